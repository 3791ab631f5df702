"""Forecast a scenario from what was known on a day.

1. Simulate the scenario as of the end of that day (rules, pressures, levels and counts public by
   then) to the end of the horizon, with parameters from what was known (settings.py).
2. Condition runs and the model's error on the counts public by then (conditioning.py). The forecast
   starts at the last counts and returns to the model at a speed estimated from past errors.
3. Simulate and condition a separate world for each unannounced decision. The forecast is the
   mixture of all worlds with the stated probabilities.
4. Compute quantiles of every series with counts and of totals, by day, by week, over 14 and 30 days
   and over the horizon, and those of baselines (evaluation/baselines.py) given the same figures.
5. Compute quantiles of arrivals, need, beds and queues of every country and crossing
   (reception.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.ensemble.executors import open_pool
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import PARTS, Clock, check_place, stem
from emigre.evaluation.baselines import Memory, Published, forecasters
from emigre.evaluation.model_error import shipped
from emigre.evaluation.observations import span_of
from emigre.evaluation.scoring import LEVELS
from emigre.evaluation.skill import OURS, SIMULATION
from emigre.forecasting import reception
from emigre.forecasting.cells import Cells, values_of
from emigre.forecasting.conditioning import Conditioned
from emigre.forecasting.folder import (
    COLUMNS,
    MARK,
    NOUN,
    RUN,
    SHARES,
    TABLE,
    WORLDS,
    Forecast,
    ForecastInfo,
    SeriesInfo,
)
from emigre.forecasting.question import Chances, Question, make_question
from emigre.forecasting.simulation import Widths, cells_in, conditioned, run_into
from emigre.forecasting.split import shares
from emigre.numerics.array_types import F64
from emigre.numerics.blas import in_one_blas_thread
from emigre.results import csv_files, notice, output_dir
from emigre.results import folder as run_folder
from emigre.results.counts import EVERYWHERE
from emigre.results.disclosure import hide_small, small_count_of
from emigre.results.planning import SPANS
from emigre.results.tables import QUANTILES, summarise
from emigre.scenario.loader import ScenarioReader, Settings, Variants
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import DrawsLike
from emigre.scenario.texts import place_names

HORIZON = "30d"
_MAIN = (("departed", EVERYWHERE), ("stock", EVERYWHERE))


@in_one_blas_thread
def forecast(
    scenario: str | PathLike[str] | Scenario | ScenarioReader,
    *,
    as_of: date | str | None = None,
    horizon: str | int = HORIZON,
    runs: int | None = None,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    variants: Variants = (),
    settings: Settings = (),
    worlds: Chances | None = None,
    draws: DrawsLike | None = None,
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Forecast:
    """Forecast the days after a given day from the rules and counts known on it.

    The forecast starts at the last published counts. Intervals include chance, uncertain parameters
    and the model's own error. An interrupted forecast resumes when it is started again with the
    same arguments.

    Parameters
    ----------
    scenario : str, path, Scenario or ScenarioReader
        Scenario folder, the name of a built-in scenario, a scenario, or a reader that has already
        read one.
    as_of : date or str, optional
        Last day of known news and counts. If not given, the last day with a published figure that
        leaves room for the horizon.
    horizon : str or int, default "30d"
        Days to forecast, such as ``30d`` or ``4w``; cut at the end of the scenario.
    runs : int, optional
        Number of runs, 40 if not given.
    seed : int, default 1
        Random seed.
    scale : int, optional
        Number of people per simulated person. If not given, the scenario's own, or a coarser one
        for more than 1.5 million simulated people.
    variants, settings : optional
        Variants and settings, as in :func:`emigre.load`.
    worlds : mapping of str, path or Patch to float, optional
        Unannounced decisions: the name or the file of a variant, or a patch, to its probability.
        The scenario without them has the remaining probability.
    draws : Draws, frame, mapping, array, str or path, optional
        Draws of uncertain parameters, as in :func:`emigre.run`. Defaults to the stored posterior if
        all its figures were known, otherwise to draws from the ranges.
    workers, pool, out, shelf, force, progress : optional
        As in :func:`emigre.run`.

    Returns
    -------
    Forecast
        The forecast, read from its folder on first access.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid.
    ResultsError
        If ``out`` already holds a forecast or other files, or cannot be written.
    """
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    if out is not None:
        output_dir.refuse_if_taken(Path(out), MARK, NOUN, force=force)
    with watch(progress) as watcher:
        watcher.stage("reading the scenario")
        question = make_question(
            scenario,
            as_of=as_of,
            horizon=horizon,
            variants=variants,
            settings=settings,
            chances={} if worlds is None else worlds,
            runs=runs,
            seed=seed,
            scale=scale,
            draws=draws,
            workers=workers,
        )
        chances = [f"{world.name} {world.probability}" for world in question.worlds]
        work = output_dir.Work(
            MARK,
            NOUN,
            question.plan.key(NOUN, *chances),
            question.plan.words(),
            (f"{RUN}/{PARTS}", f"{WORLDS}/*/{PARTS}"),
            f"{stem(question.full)}-forecast",
        )
        with output_dir.drafting(out, work, shelf=shelf, force=force) as draft:
            if draft.is_done:
                return draft.owned(Forecast(output_dir.finish(draft)))
            with open_pool(pool, workers) as opened:
                info = _fill(draft.folder, question, watcher, opened)
            return draft.owned(Forecast(output_dir.publish(draft, info.text()), question.world))


def _fill(home: Path, question: Question, watcher: ProgressListener, pool: Pool) -> ForecastInfo:
    clock = Clock()
    homes = [home / RUN, *(home / WORLDS / world.name for world in question.worlds[1:])]
    results = run_into(homes, question.plan, watcher, pool=pool, clock=clock)
    watcher.stage("conditioning on counts")
    forecasts = ForecastTables(question, tuple(results))
    csv_files.write(forecasts.shown(forecasts.table()), home / TABLE)
    notice.write(home, question.world)
    clock.lap("condition")
    return _info(forecasts, clock)


@dataclass(frozen=True, eq=False)
class ForecastTables:
    """Forecast tables, computed from the run folders of all worlds."""

    question: Question
    results: tuple[run_folder.Results, ...]

    @cached_property
    def series(self) -> tuple[SeriesInfo, ...]:
        """Series with counts, totals over all places, and departures and people abroad."""
        known, cells = self.question.known, self.cells
        by_series = known.group_by("measure", "place").agg(pl.len(), pl.col("to").max())
        counted = {
            (measure, place): (n, to - timedelta(days=1))
            for measure, place, n, to in by_series.sort("measure", "place").iter_rows()
        }
        totals = {(measure, EVERYWHERE) for measure, _ in counted if measure != "wait_hours"}
        return tuple(
            SeriesInfo(measure=measure, place=place, figures=n, last=last)
            for measure, place in dict.fromkeys([*counted, *sorted(totals | set(_MAIN))])
            if measure in cells and place in cells[measure].rows
            for n, last in [counted.get((measure, place), (0, None))]
        )

    @cached_property
    def measures(self) -> set[str]:
        """Measures of the series."""
        return {*self.question.known["measure"], *(measure for measure, _ in _MAIN)}

    @cached_property
    def cells(self) -> dict[str, Cells]:
        """Simulated cells of :attr:`measures`, without unannounced decisions."""
        return self.cells_of_worlds[0]

    @cached_property
    def cells_of_worlds(self) -> tuple[dict[str, Cells], ...]:
        """Simulated cells of :attr:`measures` in each world."""
        return tuple(
            {measure: own for measure, own in cells.items() if measure in self.measures}
            for cells in self.all_cells
        )

    @cached_property
    def all_cells(self) -> tuple[dict[str, Cells], ...]:
        """Simulated cells of each world, including measures of reception, read in one pass."""
        measures = self.measures | set(self.reception_targets["measure"])
        pairs = zip(self.results, self.question.plan.worlds, strict=True)
        return tuple(cells_in(results, world, measures) for results, world in pairs)

    @cached_property
    def reception_targets(self) -> pl.DataFrame:
        """Rows of reception measures to forecast."""
        question = self.question
        first = question.as_of + timedelta(days=1)
        days = (question.world.end - question.as_of).days
        return reception.targets(question.world.tables["places"], first, days)

    @cached_property
    def memory(self) -> Memory:
        """Counts known to the baselines."""
        tables = self.question.world.tables
        return Published(tables["observations"], tables["pressures"]).on(self.question.as_of)

    @cached_property
    def widths(self) -> Widths:
        """Widths from the scenario's own record, without unannounced decisions."""
        question = self.question
        return Widths.of(
            self.cells, question.known, self.memory, question.as_of, question.plan.scale
        )

    @cached_property
    def conditioned_worlds(self) -> tuple[Conditioned, ...]:
        """Conditioned draws of each world."""
        question = self.question
        return tuple(
            conditioned(cells, question.known, world, question.plan, question.as_of)
            for cells, world in zip(self.cells_of_worlds, question.plan.worlds, strict=True)
        )

    def mixture(self, values: Sequence[F64]) -> F64:
        """Draws of the mixture of worlds, (n, n_rows), from those of each world."""
        mixed = []
        for draws, world in zip(values, self.question.worlds, strict=True):
            # Evenly spaced draws include all runs of a world.
            n = round(len(draws) * world.probability)
            mixed.append(draws[np.linspace(0, len(draws) - 1, n).astype(np.intp)])
        return np.concatenate(mixed)

    @cached_property
    def targets(self) -> pl.DataFrame:
        """Rows to forecast: every series by day, by week and over the horizon."""
        first = self.question.as_of + timedelta(days=1)
        after = self.question.world.end + timedelta(days=1)
        n = (after - first).days
        spans = [(i, i + 1) for i in range(n)]
        spans += [(i, i + 7) for i in range(0, n - 6, 7)]
        spans += [(0, several) for several in (*SPANS[1:], n) if several <= n]
        rows = [
            {
                "measure": series.measure,
                "place": series.place,
                "from": first + timedelta(days=a),
                "to": first + timedelta(days=b),
            }
            for series in self.series
            for a, b in dict.fromkeys(spans)
        ]
        return pl.DataFrame(rows)

    def table(self) -> pl.DataFrame:
        """Quantiles of all targets and uncounted measures by all forecasters (COLUMNS)."""
        given, following = self.conditioned_worlds[0], self.reception_draws()
        series = pl.DataFrame([s.model_dump(include={"measure", "place"}) for s in self.series])
        by = ["measure", "place"]
        others = self.reception_targets.join(series, on=by, how="anti", maintain_order="left")
        tables = [self._quantiles(self.targets, given, following, with_baselines=True)]
        if others.height:
            given = replace(given, cells=self.all_cells[0])
            tables.append(self._quantiles(others, given, following, with_baselines=False))
        return pl.concat(tables)

    def _quantiles(
        self,
        rows: pl.DataFrame,
        given: Conditioned,
        following: Sequence[reception.Following],
        *,
        with_baselines: bool,
    ) -> pl.DataFrame:
        """Quantiles of rows by the forecast, the simulation alone, and baselines."""
        values = [each.values(rows) for each in following]
        ours, alone = summarise(self.mixture(values)), summarise(values_of(self.all_cells[0], rows))
        are_drawn = self.question.plan.draws is not None
        split = shares(given, values[0], rows, are_drawn=are_drawn)
        places = self.results[0].info.places
        lines: list[dict[str, Any]] = []
        for i, row in enumerate(rows.iter_rows(named=True)):
            span, name = span_of(row["from"], row["to"]), places.get(row["place"], row["place"])
            by_forecaster = {
                OURS: dict(zip(SHARES, split[:, i], strict=True)) | _quantiles_of_row(ours, i),
                SIMULATION: _quantiles_of_row(alone, i),
                **(_baseline_quantiles(self.memory, row) if with_baselines else {}),
            }
            lines += [
                row | {"span": span, "place_name": name, "forecaster": forecaster} | numbers
                for forecaster, numbers in by_forecaster.items()
            ]
        return pl.DataFrame(lines, schema=COLUMNS)

    def reception_draws(self) -> list[reception.Following]:
        """Draws of series and reception measures in each world."""
        tables = self.question.world.tables
        figures = {(s.measure, s.place): s.figures for s in self.series}
        if tables["departures"].height:  # given, so a count of its own
            figures["departed", EVERYWHERE] = tables["departures"].height
        beds = dict(
            tables["places"].select("id", pl.col("reception_beds").fill_null(0)).iter_rows()
        )
        departures_given = tables["departures"].height > 0
        return [
            reception.Following(
                draws, cells, figures, partial(self._draws, draws), beds, departures_given
            )
            for draws, cells in zip(self.conditioned_worlds, self.all_cells, strict=True)
        ]

    def series_with_leaders(self) -> tuple[SeriesInfo, ...]:
        """The series with the counted measure that each of them follows."""
        following = self.reception_draws()[0]
        return tuple(
            s.model_copy(
                update={
                    "follows": following.leader(s.measure, s.place),
                    "counted_share": following.counted_share(s.measure, s.place)
                    if s.place == EVERYWHERE
                    else None,
                }
            )
            for s in self.series
        )

    def _draws(self, draws: Conditioned, rows: pl.DataFrame) -> F64:
        """Draws of rows, (n, n_rows), widened by the scenario's own record and pooled."""
        return draws.values(rows, partial(self.widths.shaped, given=draws))

    def shown(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table as written: rounded, with small simulated counts withheld."""
        small = self.question.world.small_count
        simulated = pl.col("forecaster").is_in([OURS, SIMULATION])
        persons = [m for m in schema.measures() if small_count_of(m, small)]
        hidden = simulated & pl.col("measure").is_in(persons)
        return table.with_columns(
            pl.when(hidden).then(new).otherwise(pl.col(name)).round_sig_figs(9).alias(name)
            for name, new in zip(QUANTILES, hide_small(QUANTILES, small), strict=True)
        )


def _quantiles_of_row(quantiles: Mapping[str, F64], i: int) -> dict[str, float]:
    return {name: float(quantiles[name][i]) for name in QUANTILES}


def _baseline_quantiles(memory: Memory, row: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Quantiles of a row by each baseline that has a forecast."""
    from scipy.special import ndtri

    made = {}
    for baseline in forecasters():
        f = memory.forecast(baseline, row["measure"], row["place"], row["from"], row["to"])
        if f is not None:
            ends = (f.median * float(np.exp(f.sd * ndtri(level))) for level in LEVELS)
            made[baseline] = dict(zip(QUANTILES, ends, strict=True))
    return made


def _info(forecasts: ForecastTables, clock: Clock) -> ForecastInfo:
    question = forecasts.question
    world, plan = question.world, question.plan
    return ForecastInfo(
        **plan.record(),
        purpose=world.purpose,
        variants=tuple(patch.name for patch in question.full.applied),
        as_of=question.as_of,
        end=world.end,
        horizon_days=(world.end - question.as_of).days,
        draws=len(forecasts.conditioned_worlds[0].runs),
        small_count=world.small_count,
        figures=forecasts.conditioned_worlds[0].figures,
        series=forecasts.series_with_leaders(),
        worlds=question.worlds,
        parameters_from=None if plan.draws is None else plan.draws.origin,
        model_error_from=shipped().learned_from,
        places=place_names(world.tables),
        **clock.times(),
    )
