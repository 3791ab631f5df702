"""Layouts of agencies' tables of counts: the role of each column.

A role (place, value, first day ...) is played by the first of its columns that a table has,
whatever their case. A user overrides roles, also by a TOML file (:func:`read_mapping`):

    measure = "stock"
    [columns]
    last_day = "As of"
    value = ["Refugees", "Asylum-seekers"]
    [places]
    "Chad (east)" = "TCD"
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from emigre.errors import Mistake, refuse
from emigre.scenario.arguments import name_values
from emigre.scenario.parsers import nearest, quoted
from emigre.scenario.toml import read_toml

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Columns by role, in order of preference.

    ``place`` is where people are counted, finest first, ``origin`` where they come from: the two
    are never exchanged. ``value`` are alternatives, each a sum of columns. A count covers the days
    ``first_day`` to ``last_day`` (both inclusive, by default the same) or a ``year``. ``parts`` are
    columns of a breakdown, such as sex. Rows that differ only in ``sum_over`` are added up.
    ``where`` filters rows if the table has the column. ``is_stock``: the values are people present,
    who cannot be taken for those who came. ``named`` are columns by role that a user
    named: a table must have them.
    """

    place: Columns = ()
    value: tuple[Columns, ...] = ()
    first_day: Columns = ()
    last_day: Columns = ()
    year: Columns = ()
    published: Columns = ()
    origin: Columns = ()
    parts: Columns = ()
    sum_over: Columns = ()
    where: Mapping[str, str] = field(default_factory=dict)
    measure: str = ""
    is_stock: bool = False
    named: Mapping[str, Columns] = field(default_factory=dict)

    @property
    def known(self) -> list[str]:
        """All names of columns."""
        roles = (*self.place, *self.first_day, *self.last_day, *self.year, *self.origin)
        return [*roles, *self.published, *(c for each in self.value for c in each), *self.parts]

    def with_columns(self, columns: Mapping[str, Columns]) -> Self:
        """The layout with columns of some roles replaced."""
        named = {role: tuple(map(one_line, names)) for role, names in columns.items()}
        changes: dict[str, Any] = dict(named)
        if "value" in changes:
            changes["value"] = (changes["value"],)
        return replace(self, **changes, named={**self.named, **named})


def one_line(text: str) -> str:
    r"""A text with single spaces in place of line breaks and other white space.

    >>> one_line("Country\nof  asylum")
    'Country of asylum'
    """
    return " ".join(text.split())


ROLES = ("place", "value", "first_day", "last_day", "year", "published", "origin")
"""Roles that a user may give a column; ``value`` may have several, which are added up."""

TOTALS = ("all", "total", "t", "")
"""Words for the total of a breakdown."""


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


_BUILT_IN = tomllib.loads(files(__package__).joinpath("layouts.toml").read_text(encoding="utf-8"))
LAYOUTS: Mapping[str, TableLayout] = {
    name: TableLayout(**{role: _tuples(columns) for role, columns in roles.items()})
    for name, roles in _BUILT_IN.items()
}
"""Layouts by the name of their command, from layouts.toml."""


_OPTIONS = ("measure", "source", "use", "at", "origin", "since", "dates", "sum_over")
_SEVERAL = ("sum_over", *(f"columns.{role}" for role in ROLES))


def read_mapping(path: str | Path) -> tuple[dict[str, Columns], dict[str, Any]]:
    """Read columns by role, and arguments of ImportOptions, from a TOML file.

    InputError with every mistake.
    """
    path = Path(path)
    source = read_toml(path, path.name)
    content = source.content
    source.check_keys(content, ("columns", "places", "where", *_OPTIONS))
    by_role = source.table("columns")
    tables = {key: source.table(key) for key in ("places", "where")}
    source.check_keys(by_role, ROLES, "columns.")
    given = [(key, content[key]) for key in _OPTIONS if key in content]
    given += [(f"columns.{role}", column) for role, column in by_role.items()]
    for key, value in given:
        parts = value if isinstance(value, list) and key in _SEVERAL else [value]
        if not all(isinstance(p, str) or (key == "since" and isinstance(p, date)) for p in parts):
            expected = "a text, or a list of texts" if key in _SEVERAL else "a text"
            source.report(key, quoted(value), expected)
    refuse(source.mistakes)
    options: dict[str, Any] = {key: str(content[key]) for key in _OPTIONS if key in content}
    if "sum_over" in content:
        options["sum_over"] = _names(content["sum_over"])
    for key, table in tables.items():
        options[key] = {name: str(value) for name, value in table.items()}
    return {role: _names(column) for role, column in by_role.items()}, options


def _names(given: object) -> Columns:
    return tuple(given) if isinstance(given, list) else (str(given),)


def parse_columns(given: Iterable[str]) -> dict[str, Columns]:
    """Columns by role from ROLE=COLUMN (value=A+B adds up); InputError for another form."""
    form = f"ROLE=COLUMN with a role of {', '.join(ROLES)}"
    once = "every role once (value=A+B adds up columns)"
    columns = name_values("--column", given, form=form, once=once)
    refuse(
        Mistake("--column", quoted(f"{role}={column}"), form, nearest(role, ROLES))
        for role, column in columns.items()
        if role not in ROLES or not column
    )
    return {r: tuple(c.split("+")) if r == "value" else (c,) for r, c in columns.items()}
