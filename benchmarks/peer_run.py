"""One run of Flee on a conflict folder, by Flee's own interpreter.

Called by against_flee.py inside the environment in which Flee is installed; imports nothing of
ours. The loop does what Flee's own run script does: conflicts, spawning, closures, movement, and
a row a day with the agents in every camp beside the registered count. Arguments: a folder with
`input_csv`, `source_data` and `simsetting.yml`; the file of daily rows; a seed. Works in the
current directory, which must be that folder (Flee looks for demographics there).
"""

import contextlib
import inspect
import io
import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np


def main() -> None:
    out, seed = Path(sys.argv[1]), int(sys.argv[2])
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the stream that Flee draws from)
    words = io.StringIO()
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        simulate(out)


def simulate(out: Path) -> None:
    from flee import InputGeography, flee, spawning
    from flee.datamanager import handle_refugee_data, read_period
    from flee.SimulationSettings import SimulationSettings

    read = getattr(read_period, "read_sim_period", None) or read_period.read_conflict_period
    start, days = read("input_csv/sim_period.csv")
    SimulationSettings.ReadFromYML("simsetting.yml")
    SimulationSettings.ConflictInputFile = "input_csv/conflicts.csv"
    world = flee.Ecosystem(**_taken(flee.Ecosystem, start_date=start))
    geography = InputGeography.InputGeography()
    geography.ReadConflictInputCSV(SimulationSettings.ConflictInputFile)
    geography.ReadLocationsFromCSV("input_csv/locations.csv")
    geography.ReadLinksFromCSV("input_csv/routes.csv")
    geography.ReadClosuresFromCSV("input_csv/closures.csv")
    world, places = geography.StoreInputGeographyInEcosystem(world)
    table = handle_refugee_data.RefugeeTable(
        csvformat="generic",
        data_directory="source_data",
        start_date=start,
        data_layout="data_layout.csv",
        population_scaledown_factor=SimulationSettings.optimisations["PopulationScaleDownFactor"],
        **_taken(
            handle_refugee_data.RefugeeTable,
            start_empty=SimulationSettings.spawn_rules.get("EmptyCampsOnDay0", False),
        ),
    )
    table.ReadL1Corrections("input_csv/registration_corrections.csv")
    camps = world.get_camp_names()
    for camp in camps:
        spawning.add_initial_refugees(world, table, places[camp])
    rows = ["Day," + ",".join(f"{camp} sim,{camp} data" for camp in camps)]
    for day in range(days):
        geography.AddNewConflictZones(world, day)
        spawn = spawning.spawn_daily_displaced
        spawn(world, day, table, **_taken(spawn, SumFromCamps=True))
        spawning.refresh_spawn_weights(world)
        world.enact_border_closures(day)
        world.evolve()
        cells = (f"{places[c].numAgents},{table.get_field(c, day)}" for c in camps)
        rows.append(f"{day}," + ",".join(cells))
    out.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _taken(function: Callable[..., object], **arguments: object) -> dict[str, object]:
    """Those of the arguments that this version's function takes."""
    known = inspect.signature(function).parameters
    return {name: value for name, value in arguments.items() if name in known}


if __name__ == "__main__":
    main()
