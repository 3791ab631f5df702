"""``emigre import flee`` and ``emigre export flee``."""

from pathlib import Path
from typing import Annotated

from emigre.adapters import Adapter
from emigre.cli.options import Text, day, flag, option, path_argument
from emigre.errors import command


def import_flee(
    folder: Annotated[Path, path_argument("DIR", "Flee conflict folder.")],
    out: Annotated[Path, path_argument("OUT", "Scenario folder to create.")],
    capacities: Annotated[
        Text,
        option(
            "given|none",
            "Whether to use the folder's camp capacities. Default: given, none with --as-of.",
        ),
    ] = None,
    as_of: Annotated[Text, day("Forecast from this date with the data known then.")] = None,
    totals: Annotated[
        Text,
        option(
            "given|none",
            "Whether to use the registered total of every day. Default: given, none with --as-of.",
        ),
    ] = None,
    ranges: Annotated[
        bool, flag("Give uncertain parameters ranges, from which each run draws.", "--ranges")
    ] = False,
) -> None:
    """Convert a Flee conflict folder to a scenario folder."""
    from emigre.adapters.flee import import_folder

    done = import_folder(
        folder, out, capacities=capacities, as_of=as_of, totals=totals, ranges=ranges
    )
    rows = ", ".join(f"{n} {table}" for table, n in done.rows.items())
    print(f"Created {done.folder} ({done.mode}): {rows}")
    notes = {"Not imported": done.without_counterpart, "Irregularities": done.irregularities}
    for head, lines in notes.items():
        if lines:
            print("\n  ".join([f"{head} (see NOTES.md):", *lines]))
    print(f"Next: {command('emigre', 'run', done.folder)}")


def export_flee(
    run: Annotated[Path, path_argument("RUN", "Run folder.")],
    out: Annotated[Path, path_argument("OUT", "Folder for out.csv.")],
) -> None:
    """Write the daily table that Flee's plotting scripts read."""
    from emigre.adapters.flee.table import export_run

    print(export_run(run, out))


ADAPTER = Adapter(imports={"flee": import_flee}, exports={"flee": export_flee})
