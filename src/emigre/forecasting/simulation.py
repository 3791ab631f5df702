"""The simulation behind a forecast: a run folder, and its cells."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from emigre.engine import api
from emigre.ensemble import Plan, ProgressListener
from emigre.ensemble.executors import Pool
from emigre.ensemble.run import Clock, WorldFolder, simulate
from emigre.evaluation.simulated import SeriesReader
from emigre.forecasting.cells import Cells, cells_of
from emigre.results import folder, output_dir
from emigre.scenario.model import Scenario


def run_into(
    home: Path,
    plan: Plan,
    watcher: ProgressListener,
    *,
    pool: str | Pool,
    workers: int | None = None,
    clock: Clock | None = None,
) -> folder.Results:
    """Simulate the only world of a plan into a run folder; finished runs in it are kept."""
    clock = clock or Clock()
    watcher.stage("preparing")
    run = WorldFolder.of(plan, 0, home)
    clock.lap("prepare")
    simulate([run], plan, watcher, pool=pool, workers=workers)
    clock.lap("simulate")
    watcher.stage("writing tables")
    run.write_tables()
    mark = run.info(clock).model_dump_json(indent=2) + "\n"
    output_dir.write_whole(home / folder.MARK, mark)
    clock.lap("write")
    return folder.Results(home)


def cells_in(results: folder.Results, world: Scenario, measures: Iterable[str]) -> dict[str, Cells]:
    """The cells of some measures in the run folder of a scenario."""
    reader = SeriesReader(results)
    return cells_of(reader, api.layout(world), world.tables["places"], sorted(measures))


def chance_of(seed: int, as_of: date) -> np.random.Generator:
    """Random numbers of a forecast, a function of its seed and day."""
    words = f"emigre forecast {seed} {as_of}".encode()
    key = int.from_bytes(hashlib.blake2b(words, digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
