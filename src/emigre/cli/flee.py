"""Foreign formats: `emigre import flee` and `emigre export flee`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emigre.adapters import Adapter
from emigre.errors import command


def import_flee(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A conflict folder of Flee.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The scenario folder to make.")],
    capacities: Annotated[
        str, typer.Option(metavar="given|none", help="Use the folder's capacities of camps or not.")
    ] = "given",
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Forecast from this day, knowing nothing later."),
    ] = None,
) -> None:
    """Turn a conflict folder of Flee into a scenario folder."""
    from emigre.adapters.flee import import_folder

    done = import_folder(folder, out, capacities=capacities, as_of=as_of)
    rows = ", ".join(f"{n} {table}" for table, n in done.rows.items())
    print(f"{done.folder} is ready ({done.mode}): {rows}")
    if done.without_counterpart:
        print("Without a counterpart (also in NOTES.md):")
        for words in done.without_counterpart:
            print(f"  {words}")
    print(f"Next: {command('emigre', 'run', done.folder)}")


def export_flee(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder for out.csv.")],
) -> None:
    """Write the daily table that Flee's plots read."""
    from emigre.adapters.flee import export_run

    print(export_run(run, out))


ADAPTER = Adapter(imports={"flee": import_flee}, exports={"flee": export_flee})
