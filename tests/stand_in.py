"""A stand-in for the engine: balanced accounts from invented numbers; and one for drawing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emigre import schema
from emigre.results import tables
from emigre.results.counts import Arrivals, By, Counts
from emigre.results.run_info import RunInfo
from emigre.results.trajectories import ROWS, Trajectories


def counts(
    *,
    seed: int = 1,
    run: int = 0,
    start: date = date(2030, 3, 1),
    n_days: int = 12,
    origins: tuple[str, ...] = ("CITY", "HILLS"),
    crossings: tuple[str, ...] = ("BRIDGE", "PASS", "FERRY"),
    countries: tuple[str, ...] = ("NORDAL", "SUDRIA", "ISLARA"),
    by: str | None = None,
) -> Counts:
    """Counts of 1000 people an origin; each day some move from home to the first country."""
    chance = np.random.default_rng([seed, run])
    places = {"origin": origins, "crossing": crossings, "country": countries}
    values = {
        name: np.zeros((n_days, len(places[measure.place_kind])), dtype=np.int64)
        for name, measure in schema.measures().items()
        if measure.kind != "mean"
    }
    movers = chance.poisson(5, (n_days, len(origins))).astype(np.int64)
    for measure in ("decided", "departed"):
        values[measure][:] = movers
    values["at_home"][:] = 1000 - movers.cumsum(axis=0)
    arrivals = movers.sum(axis=1)
    for measure in ("exited", "entered", "passages"):
        values[measure][:, 0] = arrivals
    values["entered_ordinary"][:] = chance.poisson(20, (n_days, len(crossings)))
    values["passages"] += values["entered_ordinary"]
    values["arrived"][:, 0] = arrivals
    for measure in ("stock", "stock_visitor"):
        values[measure][:, 0] = arrivals.cumsum()
    values["exited_ordinary"][:] = chance.integers(0, 3, (n_days, len(crossings)))
    served = values["exited"] + values["exited_ordinary"]
    means = {
        "wait_hours": (chance.random(served.shape) * served, served),
        "rootedness": _rootedness(values["stock"]),
    }
    split = None
    if by is not None:
        index = list(schema.measures()).index("entered")
        days = np.arange(n_days, dtype=np.int32)
        zero = np.zeros(n_days, dtype=np.int32)
        split = By(by, ("a", "b"), days, zero + index, zero, zero, arrivals)
    return Counts(
        start=start,
        places=places,
        values=values,
        means=means,
        country_of=dict(zip(crossings, countries, strict=True)),
        areas={"BORDER": (*crossings[:2], countries[0])},
        by=split,
        arrivals=Arrivals.of([_pairs(day, row) for day, row in enumerate(movers)], 1),
    )


def _pairs(day: int, movers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Arrivals of a day by origin: all settle in the first country."""
    origin = np.flatnonzero(movers)
    return np.stack([np.full(origin.size, day), origin, movers[origin]])


def _rootedness(stock: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum and weight: taken every 28 days of all who are there, who root a little more each day."""
    days = np.arange(len(stock))[:, None]
    weight = np.where(days % 28 == 0, stock, 0)
    return (1.0 - np.exp(-(days + 1) / 540.0)) * weight, weight


def info(**changes: Any) -> RunInfo:
    """Possible content of run.json."""
    said: dict[str, Any] = {
        "emigre": "0",
        "scenario": "invented",
        "title": "Invented",
        "purpose": "tests",
        "hash": "0",
        "variants": (),
        "start": date(2030, 3, 1),
        "end": date(2030, 3, 12),
        "zone": "UTC",
        "nationality": "VES",
        "population": 2000,
        "runs": 1,
        "seed": 1,
        "scale": 1,
        "by": None,
        "small_count": 10,
        "parameters": {},
        "places": {},
        "started": datetime(2030, 1, 1, tzinfo=UTC),
        "finished": datetime(2030, 1, 1, tzinfo=UTC),
        "seconds": {},
    }
    return RunInfo(**said | changes)


class Engine:
    """Stands in for the two calls of ``emigre.engine.api``; ``fail_in`` names a run that breaks."""

    def __init__(self, fail_in: int | None = None, error: BaseException | None = None) -> None:
        self.fail_in, self.error = fail_in, error

    def compile_scenario(self, scenario: Any, *, scale: int = 1, by: str | None = None) -> Any:
        return scenario, by

    def layout(self, scenario: Any, *_: Any) -> tables.Layout:
        return tables.Layout.of(counts(start=scenario.start, n_days=scenario.n_days))

    def simulate(
        self,
        compiled: Any,
        seed: int,
        run: int,
        on_day: Any = None,
        trace: Any = None,
        steps: Any = (),
        threads: int = 1,
    ) -> Counts:
        scenario, by = compiled
        result = counts(seed=seed, run=run, start=scenario.start, n_days=scenario.n_days, by=by)
        for day in range(result.n_days):
            if run == self.fail_in and day == result.n_days // 2 and self.error is not None:
                raise self.error
            if on_day is not None:
                on_day(day)
        return result if trace is None else replace(result, trace=nobody(result))


def nobody(result: Counts) -> Trajectories:
    """A trace in which no household is followed."""
    types = {"id": np.uint64, "cohort": np.uint64, "persons": np.int64}
    rows = {name: np.zeros(0, types.get(name, np.int32)) for name in ROWS}
    crossings, countries = result.places["crossing"], result.places["country"]
    return Trajectories(
        crossings, countries, tuple(result.country_of[x] for x in crossings), **rows
    )


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Put empty pictures in place of those that vl-convert draws."""
    patch.setattr("emigre.charts.drawing.start", lambda: None)
    patch.setattr("emigre.charts.drawing.svg", lambda _: '<svg width="1" height="1"></svg>')
    patch.setattr("emigre.charts.drawing.png", lambda *_: b"")
