"""Options shared by several commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from emigre.errors import printable
from emigre.scenario.parsers import as_number, quoted

_MOST_DIGITS = 4_000
"""Upper limit on the digits of an integer; Python refuses to parse longer ones."""
_INTEGER = re.compile(r"[+-]?[0-9]+")


def _integer(given: str | int) -> int:
    """Parse plain digits; ``int`` also accepts ``1_000`` and digits of other scripts."""
    text = str(given).strip()
    if not _INTEGER.fullmatch(text) or len(text) > _MOST_DIGITS:
        raise typer.BadParameter(f"{printable(quoted(given))} is not a whole number.")
    return int(text)


def _number(given: str | float) -> float:
    """Parse a decimal number as in a table: neither ``1_000`` nor ``nan``."""
    number = as_number(str(given))
    if number is None:
        in_words = " Write it in digits: 700000, 0.5." if re.match(r"\d", str(given)) else ""
        raise typer.BadParameter(f"{printable(quoted(given))} is not a number.{in_words}")
    return number


def whole(words: str) -> Any:
    """Option with an integer value."""
    return typer.Option(help=words, parser=_integer, metavar="INTEGER")


def number(words: str) -> Any:
    """Option with a numeric value."""
    return typer.Option(help=words, parser=_number, metavar="FLOAT")


def day(words: str, *names: str) -> Any:
    """Option with a date."""
    return typer.Option(*names, help=words, metavar="YYYY-MM-DD")


NAME_OR_FOLDER = "Built-in scenario (see `emigre list`) or scenario folder."

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help=NAME_OR_FOLDER)]
Seed = Annotated[int, whole("Random seed; the same seed gives the same result.")]
Scale = Annotated[int | None, whole("People per simulated person.")]
Start = Annotated[str | None, day("First day.")]
End = Annotated[str | None, day("Last day.")]
AsOf = Annotated[str | None, day("Use only what was known on this date.", "--as-of")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a parameter or a cell TABLE.ID.COLUMN. Repeatable."
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", metavar="NAME|FILE", help="Apply a variant. Repeatable."),
]
Place = Annotated[
    str, typer.Option(metavar="ID", help="Place, country, area, or * for everywhere.")
]
Chart = Annotated[bool, typer.Option("--chart/--no-chart", help="Write the report and its charts.")]
Workers = Annotated[int | None, whole("Runs in parallel. Default: all cores.")]
Processes = Annotated[
    bool | None,
    typer.Option(
        "--processes/--threads",
        help="Where runs are simulated. Default: the faster.",
        show_default=False,
    ),
]
DrawsFile = Annotated[
    str | None,
    typer.Option(
        "--draws",
        metavar="FILE.csv|prior|none",
        help="Draws of uncertain parameters. Default: the scenario's posterior, else its ranges.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://host:8786."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print only the results folder.")]
HideProgress = Annotated[bool, typer.Option("--quiet", help="Hide progress.")]
TableFile = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="Also write the table as CSV.")
]
ForceTable = Annotated[bool, typer.Option("--force", help="Overwrite FILE.csv.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing results.")]
Folder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Output folder. Default: a new folder in runs/."),
]
