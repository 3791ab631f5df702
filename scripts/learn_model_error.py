"""Learn the size of the model's error from hindcasts, and how the record of the result reads.

    python scripts/learn_model_error.py simulate --cache DIR [--case NAME ...]
    python scripts/learn_model_error.py learn --cache DIR [--out FILE.toml]

``simulate`` replays every case from many origins (as of each, parameters from the ranges) and keeps
the simulated cells in DIR; ``learn`` fits the sizes to what was counted after each origin, given
what had been published by then.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from emigre.adapters.flee import import_folder
from emigre.engine import api
from emigre.ensemble import Draws
from emigre.ensemble.plan import make_plan
from emigre.ensemble.progress import Silent
from emigre.ensemble.run import WorldFolder, simulate
from emigre.evaluation.observations import scorable
from emigre.evaluation.simulated import SeriesReader
from emigre.forecasting.beliefs import beliefs_on
from emigre.forecasting.cells import Cells, cells_of
from emigre.results import folder, output_dir
from emigre.scenario.library import shipped
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

RUNS, SEED, AHEAD = 24, 1, 30


@dataclass(frozen=True)
class Origin:
    """A forecast to make: full scenario, the same as of a day, and the scale."""

    case: str
    day: date
    full: Scenario
    world: Scenario
    scale: int


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of an origin.

    Simulated cells, figures and pressures of the scenario, and the figures known on the day.
    """

    case: str
    day: date
    cells: dict[str, Cells]
    observations: pl.DataFrame
    pressures: pl.DataFrame
    known: pl.DataFrame
    scale: int


def of_shipped(name: str, days: list[date], last: date, scale: int) -> Iterator[Origin]:
    """Origins of a scenario that ships with Emigre."""
    full = load(name)
    for day in days:
        end = min(day + timedelta(days=AHEAD), last, full.end)
        yield Origin(name, day, full, load(name, end=end, as_of=day), scale)


def of_conflict(path: Path, every: int) -> Iterator[Origin]:
    """Origins of a conflict folder of Flee."""
    with tempfile.TemporaryDirectory() as home:
        import_folder(path, Path(home) / "full")
        full = load(Path(home) / "full")
        day = full.start + timedelta(days=every)
        while day <= full.end - timedelta(days=7):
            out = Path(home) / str(day)
            import_folder(path, out, as_of=day)
            end = min(day + timedelta(days=AHEAD), full.end)
            world = load(out, end=end)
            people = int(world.tables["places"]["population"].sum() or 0)
            yield Origin(path.name, day, full, world, max(world.scale, people // 10_000))
            day += timedelta(days=every)


def days(first: date, last: date, every: int) -> list[date]:
    """Days from first to last."""
    return [first + timedelta(days=i) for i in range(0, (last - first).days + 1, every)]


_RUSSIA = [
    *days(date(2022, 9, 20), date(2022, 9, 28), 2),
    *(date(2022, 9, 18), date(2022, 9, 15), date(2022, 8, 24), date(2022, 7, 31)),
]

CASES: dict[str, Callable[[], Iterator[Origin]]] = {
    "russia-2022": lambda: of_shipped("russia-2022", _RUSSIA, date(2022, 10, 1), 200),
    "ukraine-2022": lambda: of_shipped(
        "ukraine-2022", days(date(2022, 2, 26), date(2022, 3, 28), 2), date(2022, 3, 31), 50
    ),
    "balkans-2015": lambda: of_shipped(
        "balkans-2015", days(date(2015, 10, 5), date(2016, 1, 26), 7), date(2016, 1, 31), 20
    ),
}


def conflicts(home: Path) -> dict[str, Callable[[], Iterator[Origin]]]:
    """Conflict folders in a folder, by name."""
    found = sorted(path for path in home.iterdir() if (path / "input_csv").is_dir())
    return {path.name: lambda path=path: of_conflict(path, 45) for path in found}


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["simulate"])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--case", nargs="*")
    parser.add_argument("--conflicts", type=Path, help="folder of conflict folders")
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    cases = {n: c for n, c in CASES.items() if n in shipped()}
    if asked.conflicts is not None:
        cases |= conflicts(asked.conflicts)
    for name, origins in cases.items():
        if not asked.case or name in asked.case:
            for origin in origins():
                keep(origin, asked.cache)


def keep(origin: Origin, cache: Path) -> None:
    """Simulate an origin unless it is in the cache."""
    path = cache / f"{origin.case}-{origin.day}.pickle"
    if path.exists():
        return
    draws = beliefs_on(origin.full, origin.day, None, RUNS, SEED)
    found = simulated(origin, draws)
    output_dir.write_whole(path, pickle.dumps(found))
    print(path.name, len(found.known), "figures known", flush=True)


def simulated(origin: Origin, draws: Draws | None) -> Kept:
    """The simulated cells of an origin."""
    world = origin.world
    plan = make_plan([world], runs=RUNS, seed=SEED, scale=origin.scale, draws=draws)
    observations = origin.full.tables["observations"]
    measures = sorted(scorable(observations)["measure"].unique().to_list())
    with tempfile.TemporaryDirectory() as home:
        run = WorldFolder.of(plan, 0, Path(home))
        simulate([run], plan, Silent(), pool="threads", workers=None)
        run.write_tables()
        from emigre.ensemble.run import Clock

        output_dir.write_whole(run.home / folder.MARK, run.info(Clock()).model_dump_json())
        reader = SeriesReader(folder.Results(run.home))
        cells = cells_of(reader, api.layout(world), world.tables["places"], measures)
    known = scorable(observations, origin.day)
    known = known.filter(pl.col("to") <= origin.day + timedelta(days=1))
    return Kept(
        origin.case, origin.day, cells, observations, world.tables["pressures"], known, plan.scale
    )


if __name__ == "__main__":
    main()
