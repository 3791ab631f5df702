"""Options that several commands take, each with its one meaning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from emigre.errors import printable
from emigre.scenario.parsers import as_number, quoted

_MOST_DIGITS = 4_000
"""Of a whole number: more are a slip, and Python refuses to read them."""
_INTEGER = re.compile(r"[+-]?[0-9]+")


def _integer(given: str | int) -> int:
    """Plain digits; Python also reads ``1_000`` and the digits of other scripts."""
    text = str(given).strip()
    if not _INTEGER.fullmatch(text) or len(text) > _MOST_DIGITS:
        raise typer.BadParameter(f"{printable(quoted(given))} is not a whole number.")
    return int(text)


def _number(given: str | float) -> float:
    """A decimal number as in a table: neither ``1_000`` nor ``nan``."""
    number = as_number(str(given))
    if number is None:
        raise typer.BadParameter(f"{printable(quoted(given))} is not a number.")
    return number


def whole(words: str) -> Any:
    """An option that takes a whole number."""
    return typer.Option(help=words, parser=_integer, metavar="INTEGER")


def number(words: str) -> Any:
    """An option that takes a number."""
    return typer.Option(help=words, parser=_number, metavar="FLOAT")


NAME_OR_FOLDER = "A shipped scenario (see `emigre list`) or a scenario folder."

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help=NAME_OR_FOLDER)]
Seed = Annotated[int, whole("Root of chance; same seed, same result.")]
Scale = Annotated[int | None, whole("One simulated person stands for so many.")]
Start = Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")]
End = Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Only what was known on this day, YYYY-MM-DD.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter or a cell TABLE.ID.COLUMN."),
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", metavar="NAME|FILE", help="Apply a variant; may be given again."),
]
Workers = Annotated[int | None, whole("Runs side by side; all cores if not given.")]
Processes = Annotated[
    bool, typer.Option("--processes", help="Simulate in processes instead of threads.")
]
DrawsFile = Annotated[
    str | None,
    typer.Option(
        "--draws",
        metavar="FILE.csv|none",
        help="Draws of uncertain parameters; the scenario's own posterior if not given.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Simulate on a Dask cluster, such as tcp://host:8786."),
]
Folder = Annotated[
    Path | None, typer.Option("--out", help="Folder; a new one below runs/ if not given.")
]
