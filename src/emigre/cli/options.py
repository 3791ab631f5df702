"""Options that several commands take, each with its one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME_OR_FOLDER = "A shipped scenario (see `emigre list`) or a scenario folder."

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help=NAME_OR_FOLDER)]
Seed = Annotated[int, typer.Option(help="Root of chance; same seed, same result.")]
Scale = Annotated[int | None, typer.Option(help="One simulated person stands for so many.")]
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
Workers = Annotated[int | None, typer.Option(help="Runs side by side; all cores if not given.")]
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
