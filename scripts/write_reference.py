"""Write docs/reference.md from the schema that the reader and the checks use.

Also copies docs/model.md to where ``emigre describe`` reads it.
"""

from collections.abc import Iterable
from pathlib import Path

from emigre import schema

_ROOT = Path(__file__).resolve().parents[1]
PAGE = _ROOT / "docs" / "reference.md"
MODEL = _ROOT / "docs" / "model.md"
COPY = _ROOT / "src" / "emigre" / "report" / "templates" / "model.md"


def page() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        "This page lists measures, scenario tables, rule kinds, parameters and statuses. It is "
        "generated from `src/emigre/schema/` by `python scripts/write_reference.py`; edit the "
        "schema instead.",
        "## Measures",
        _table(
            ("measure", "place", "kind", "unit", "what it counts"),
            (
                (f"`{m.name}`", m.place_kind, m.kind, m.unit, m.description)
                for m in schema.measures().values()
            ),
        ),
        "## Tables of a scenario",
        "A column with a default may be left out. Lists are written with `|` between entries; "
        "`who` as `sex=male;age_band=18-27|28-35`; intervals are half-open.",
    ]
    for name, columns in schema.tables().items():
        needed = " (required)" if name in schema.REQUIRED_TABLES else ""
        parts += [f"### {name}.csv{needed}", _table(_COLUMN_HEAD, map(_column, columns))]
    parts += [
        "## Rule kinds",
        _table(
            ("kind", "places", "value", "default", "what it does"),
            (
                (f"`{k.kind}`", " ".join(k.places), k.value_unit, _number(k.default), k.description)
                for k in schema.rule_kinds().values()
            ),
        ),
        "## Statuses",
        _table(
            ("status", "what it is"),
            ((f"`{s.name}`", s.description) for s in schema.statuses().values()),
        ),
        "## Parameters",
        _table(
            ("parameter", "process", "default", "from", "to", "unit", "what it does", "basis"),
            (
                (
                    f"`{p.name}`",
                    p.process,
                    _number(p.default),
                    _number(p.low),
                    _number(p.high),
                    p.unit,
                    p.description,
                    p.source,
                )
                for p in schema.parameters().values()
            ),
        ),
    ]
    return "\n\n".join(parts) + "\n"


_COLUMN_HEAD = ("column", "type", "unit", "default", "from", "to", "meaning")


def _column(column: schema.Column) -> tuple[str, ...]:
    kind = column.kind
    if column.choices:
        kind = "one of " + ", ".join(column.choices)
    elif column.refers_to:
        kind = f"id in {column.refers_to}"
    default = "required" if column.required else (column.default or "empty")
    bounds = (_number(column.low), _number(column.high))
    return (f"`{column.name}`", kind, column.unit, default, *bounds, column.description)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [_line(names), "|" + "---|" * len(names), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    COPY.write_bytes(MODEL.read_bytes())
