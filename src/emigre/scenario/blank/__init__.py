"""The blank form of a scenario: every table with its header and one explained example row.

The rows of the required tables, a pressure and an observation make a scenario that runs. They cite
the source ``example``, so that ``check`` can list those that are left. Rows of other tables begin
with ``#`` and are skipped until the sign is removed. Header and rows are in the files next to this
module.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from emigre import schema
from emigre.scenario.csv_files import REMARK
from emigre.scenario.rows import csv_text

EXAMPLE = "example"
"""Source of the example rows."""
EXAMPLE_ADDRESS = "https://example.org"
"""Its address."""

_FILES = ("scenario.toml", "rows.toml")
_IN_USE = (*schema.REQUIRED_TABLES, "pressures", "observations")


def blank_files() -> dict[str, str]:
    """Texts of the files of a blank form by name."""
    header, rows = (files(__package__).joinpath(f).read_text("utf-8") for f in _FILES)
    examples = tomllib.loads(rows)
    tables = {f"{name}.csv": _table(name, examples) for name in schema.tables()}
    return {"scenario.toml": header, **tables}


def _table(name: str, examples: Mapping[str, Any]) -> str:
    """A table: header, what the columns mean, example rows."""
    columns = schema.tables()[name]
    meanings = [_meaning(column) for column in columns]
    rows = [[c.name for c in columns], [f"{REMARK} {meanings[0]}", *meanings[1:]]]
    sign = "" if name in _IN_USE else REMARK
    for row in examples[name]:
        cells = [(examples["common"] | row).get(column.name, "") for column in columns]
        rows.append([sign + cells[0], *cells[1:]])
    return csv_text(rows)


def _meaning(column: schema.Column) -> str:
    """Explanation of a column: whether it is required, its unit or choices, its description."""
    need = "required" if column.required else f"empty: {column.default or 'none'}"
    kind = ", ".join(column.choices) or column.unit or column.kind.replace("_", " or ")
    if column.refers_to:
        kind = f"id in {column.refers_to}.csv"
    return f"({need}; {kind}) {column.description}"
