"""Options shared by several commands."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from emigre.errors import printable
from emigre.scenario.parsers import as_number, plain, quoted, thousands_hint

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
    """Parse a decimal number as in a table: neither ``1_000`` nor ``nan``, nor ``1.000``."""
    number = as_number(str(given))
    if isinstance(given, str) and thousands_hint(given):
        thousands = given.replace(".", "")
        meant = thousands if number is None else f"{thousands} or {_unmistakable(plain(number))}"
        raise typer.BadParameter(f"{printable(quoted(given))} is ambiguous: write {meant}.")
    if number is None:
        in_words = " Write it in digits: 700000, 0.5." if re.match(r"\d", str(given)) else ""
        raise typer.BadParameter(f"{printable(quoted(given))} is not a number.{in_words}")
    return number


def _unmistakable(text: str) -> str:
    """A number whose decimal point cannot be taken for a thousands separator."""
    return f"{text}0" if thousands_hint(text) else text


def path(given: str | Path) -> Path:
    """Parse a path; an empty text would be the current folder."""
    if not str(given).strip():
        raise typer.BadParameter("an empty text is not a path.")
    return Path(given)


Text = str | None
Texts = list[str] | None


def argument(metavar: str, words: str) -> Any:
    """Positional argument."""
    return typer.Argument(metavar=metavar, help=words)


def option(metavar: str, words: str, *names: str) -> Any:
    """Option with a text; ``names`` if not that of the parameter."""
    return typer.Option(*names, metavar=metavar, help=words)


def path_argument(metavar: str, words: str) -> Any:
    """Positional argument with a path."""
    return typer.Argument(metavar=metavar, help=words, parser=path)


def path_option(metavar: str, words: str, *names: str) -> Any:
    """Option with a path."""
    return typer.Option(*names, metavar=metavar, help=words, parser=path)


def several(metavar: str, words: str, *names: str) -> Any:
    """Option with a text that may be given several times."""
    return option(metavar, f"{words} Repeatable.", *names)


def flag(words: str, *names: str) -> Any:
    """Option that is on or off."""
    return typer.Option(*names, help=words)


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

Scenario = Annotated[str, argument("SCENARIO", NAME_OR_FOLDER)]
Seed = Annotated[int, whole("Random seed; the same seed gives the same result.")]
Scale = Annotated[int | None, whole("People per simulated person.")]
Start = Annotated[Text, day("First simulated day. Default: that of the scenario.")]
End = Annotated[Text, day("Last simulated day. Default: that of the scenario.")]
AsOf = Annotated[Text, day("Use only what was known on this date.", "--as-of")]
Set = Annotated[Texts, several("KEY=VALUE", "Set a parameter or a cell TABLE.ID.COLUMN.", "--set")]
Variants = Annotated[Texts, several("NAME|FILE", "Apply a variant.", "--variant")]
Place = Annotated[str, option("ID", "Place, country, area, or * for everywhere.")]
Chart = Annotated[bool, flag("Write the report and its charts.", "--chart/--no-chart")]
Workers = Annotated[
    int | None, whole("Cores to use; some share a run if runs are fewer. Default: all.")
]
Processes = Annotated[
    bool | None,
    typer.Option(
        "--processes/--threads",
        help="Simulate in processes or in threads. Default: the faster of the two.",
        show_default=False,
    ),
]
DrawsFile = Annotated[
    Text,
    option(
        "FILE.csv|prior|none",
        "Draws of uncertain parameters. Default: the scenario's posterior, else its ranges.",
        "--draws",
    ),
]
Cluster = Annotated[Text, option("ADDRESS", "Run on a Dask cluster, such as tcp://host:8786.")]
Quiet = Annotated[bool, flag("Print only the results folder.", "--quiet")]
HideProgress = Annotated[bool, flag("Hide progress.", "--quiet")]
TableFile = Annotated[Path | None, path_option("FILE.csv", "Also write the table as CSV.")]
ForceTable = Annotated[bool, flag("Overwrite FILE.csv.", "--force")]
Force = Annotated[bool, flag("Overwrite existing results.", "--force")]
Folder = Annotated[
    Path | None, path_option("DIR", "Output folder. Default: a new folder in runs/.", "--out")
]
