"""The simulation behind a forecast: a run folder, and its cells."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from emigre.engine import api
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.plan import Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import Clock, WorldFolder, simulate
from emigre.evaluation.simulated import SeriesReader
from emigre.forecasting.cells import Cells, cells_of
from emigre.results import folder, output_dir
from emigre.scenario.model import Scenario


def run_into(
    homes: Sequence[Path],
    plan: Plan,
    watcher: ProgressListener,
    *,
    pool: Pool,
    clock: Clock | None = None,
) -> list[folder.Results]:
    """Simulate the worlds of a plan into run folders; finished runs in them are kept."""
    clock = clock or Clock()
    watcher.stage("preparing")
    worlds = [WorldFolder.of(plan, i, home) for i, home in enumerate(homes)]
    clock.lap("prepare")
    simulate(worlds, plan, watcher, pool)
    clock.lap("simulate")
    watcher.stage("writing tables")
    for world in worlds:
        world.write_tables()
        mark = world.info(clock).model_dump_json(indent=2) + "\n"
        output_dir.write_whole(world.home / folder.MARK, mark)
    clock.lap("write")
    return [folder.Results(home) for home in homes]


def cells_in(results: folder.Results, world: Scenario, measures: Iterable[str]) -> dict[str, Cells]:
    """The cells of some measures in the run folder of a scenario."""
    reader = SeriesReader(results)
    return cells_of(reader, api.layout(world), world.tables["places"], sorted(measures))


def chance_of(seed: int, as_of: date) -> np.random.Generator:
    """Random numbers of a forecast, a function of its seed and day."""
    words = f"emigre forecast {seed} {as_of}".encode()
    key = int.from_bytes(hashlib.blake2b(words, digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
