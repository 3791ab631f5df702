"""Sensitivity study of one number of a scenario, with checkpoints, written as a folder.

    effects.csv  sensitivity.json  chart.svg  chart.png

The folder is written in ``OUT.partial``; repeating the command resumes an interrupted study.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import add_days
from emigre.calibration import checkpoint
from emigre.calibration.of_scenario import PartOfWork
from emigre.calibration.priors import Priors, priors_of
from emigre.engine import api
from emigre.ensemble import DEFAULT_SEED, Plan, ProgressListener, sample
from emigre.ensemble.executors import THREADS, Pool, open_pool
from emigre.ensemble.listener import watch
from emigre.ensemble.plan import make_plan
from emigre.ensemble.run import check_place, stem
from emigre.errors import InputError, Mistake
from emigre.evaluation import scores
from emigre.results import notice, output_dir
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import believed
from emigre.scenario.parsers import nearest, quoted, shown
from emigre.sensitivity import picture
from emigre.sensitivity.effects import Effect, require_library, screen, share, those_that_matter
from emigre.sensitivity.results import Sensitivity, SensitivityInfo
from emigre.version import VERSION

Array = NDArray[np.float64]

MARK = "sensitivity.json"
NOUN = "sensitivity"
SHELF = "runs"
MOST_POINTS = 65_536
_KEPT = "evaluations"
_CHUNK = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a study.

    ``trajectories`` of the screening; ``with_shares`` asks for shares of variance of at most
    ``most`` parameters from ``base`` points (a power of two). Each evaluation is the mean of
    ``runs`` runs with the same random numbers as in all others.
    """

    trajectories: int = 10
    with_shares: bool = False
    most: int = 4
    base: int = 32
    runs: int = 2
    seed: int = DEFAULT_SEED
    scale: int | None = None

    def mistakes(self) -> list[Mistake]:
        """Mistakes in the settings."""
        is_power = 2 <= self.base <= MOST_POINTS and self.base & (self.base - 1) == 0
        said = [
            (
                "--trajectories",
                self.trajectories,
                2 <= self.trajectories <= 10_000,
                "a whole number from 2 to 10000",
            ),
            ("--most", self.most, 1 <= self.most <= 1_000, "a whole number from 1 to 1000"),
            ("--base", self.base, is_power, f"a power of two from 2 to {MOST_POINTS}"),
        ]
        return [
            Mistake(key, None, "", shown(value), words) for key, value, is_right, words in said
            if not is_right
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """The number to study, over half-open days."""

    measure: str
    place: str
    first: dt.date
    after: dt.date

    def rows(self) -> pl.DataFrame:
        """The figure as a table of observations."""
        row = {"measure": self.measure, "place": self.place, "from": self.first, "to": self.after}
        return pl.DataFrame([row], schema_overrides={"from": pl.Date, "to": pl.Date})


def sensitivity(
    scenario: Scenario,
    figure: Figure,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    pool: str = THREADS,
    out: Path | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Sensitivity:
    """Effects of the uncertain parameters and cells of a scenario on a number.

    Uncertain are those with low and high in ``scenario.toml``. Only days up to the last one of the
    figure are simulated. Raises InputError for mistakes in the figure and the settings,
    ResultsError if ``out`` is taken.
    """
    settings = settings or Settings()
    require_library()
    check_place(pool=pool, out=out, force=force)
    study = _Study.of(scenario, figure, settings, workers)
    if out is not None:
        output_dir.refuse_if_taken(out, MARK, NOUN, force=force)
    work = study.work()
    if out is None:
        out = output_dir.numbered(Path(SHELF), f"{stem(scenario)}-sensitivity", work)
    with (
        watch(progress) as watcher,
        output_dir.drafting(out, work, force=force) as making,
        open_pool(pool, workers) as where,
    ):
        study.check_figure()
        effects, info = study.run(making.folder / _KEPT, watcher, where)
        notes = {r.name: r.note for r in scenario.parameter_notes}
        found = Sensitivity(tuple(effects), study.priors, notes, info, out)
        output_dir.write_whole(making.folder / "effects.csv", table(found))
        notice.write(making.folder, scenario)
        watcher.stage("drawing the chart")
        picture.write(found, making.folder)
        output_dir.publish(making, info.model_dump_json(indent=2) + "\n")
        shutil.rmtree(out / _KEPT, ignore_errors=True)  # last, so that nothing is lost if it fails
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Study:
    scenario: Scenario
    figure: Figure
    settings: Settings
    scale: int
    priors: Priors

    @classmethod
    def of(
        cls, scenario: Scenario, figure: Figure, settings: Settings, workers: int | None
    ) -> _Study:
        mistakes = [*settings.mistakes(), *_figure_mistakes(scenario, figure)]
        priors = priors_of(scenario)
        if not len(priors):
            found, expected = "no parameter with a range", "low and high of at least one parameter"
            mistakes.append(Mistake("scenario.toml", None, "parameters", found, expected))
        if mistakes:
            raise InputError(mistakes)
        scenario = replace(scenario, end=min(scenario.end, add_days(figure.after, -1)))
        plan = make_plan(
            [scenario],
            runs=settings.runs,
            seed=settings.seed,
            scale=settings.scale,
            workers=workers,
        )
        return cls(scenario, figure, settings, plan.scale, priors)

    def work(self) -> output_dir.Work:
        plan = Plan((self.scenario,), self.settings.runs, self.settings.seed, self.scale)
        figure = self.figure
        words = f"{figure.measure} at {figure.place}; {plan.words()}"
        key = plan.key(NOUN, repr(figure), repr(self.settings), repr(self.priors))
        return output_dir.Work(MARK, NOUN, key, words)

    def check_figure(self) -> None:
        """InputError if the figure is not simulated."""
        layout = api.layout(self.scenario)
        reason = scores.targets(layout, self.figure.rows())[0].reason
        if reason:
            where = f"{self.figure.measure} at {self.figure.place}"
            raise InputError([Mistake("--place", None, "", where, "a simulated figure", reason)])

    def run(
        self, kept: Path, watcher: ProgressListener, pool: Pool
    ) -> tuple[list[Effect], SensitivityInfo]:
        settings, k = self.settings, len(self.priors)
        n_screen = settings.trajectories * (k + 1)
        n_share = settings.base * (min(settings.most, k) + 2) if settings.with_shares else 0
        total = 1 + n_screen + n_share

        def simulate(some: Array, number: int) -> Array:
            return self.numbers(some, PartOfWork(watcher, number, len(some), total), pool)

        def stage(name: str, offset: int) -> Callable[[Array, int], Array]:
            def evaluate(values: Array, first: int) -> Array:
                watcher.stage(name)
                parts = checkpoint.simulated(kept, values, offset + first, _CHUNK, simulate)
                means: Array = np.vstack(parts).mean(axis=1)
                return means

            return evaluate

        middle = self.priors.values(np.zeros((1, k)))
        at_median = self.numbers(middle, PartOfWork(watcher, 0, 1, total), pool)[0]
        effects = screen(
            stage("screening", 1),
            self.priors,
            trajectories=settings.trajectories,
            seed=settings.seed,
        )
        if settings.with_shares:
            effects = share(
                stage("shares of variance", 1 + n_screen),
                self.priors,
                effects,
                most=settings.most,
                base=settings.base,
                seed=settings.seed,
            )
        return effects, self.info(effects, at_median, total)

    def numbers(self, values: Array, watcher: ProgressListener, pool: Pool) -> Array:
        """The figure in every run of every draw of values (n, k). Shape (n, runs)."""
        names = self.priors.names
        worlds = tuple(
            believed(self.scenario, dict(zip(names, row, strict=True))) for row in values.tolist()
        )
        plan = Plan(worlds, self.settings.runs, self.settings.seed, self.scale)
        figures = sample(plan, self.figure.rows(), pool=pool, watcher=watcher)
        # No people served means no wait.
        found: Array = np.nan_to_num(figures[:, :, 0], nan=0.0)
        return found

    def info(self, effects: list[Effect], at_median: Array, evaluations: int) -> SensitivityInfo:
        scenario, settings, figure = self.scenario, self.settings, self.figure
        runs = settings.runs
        return SensitivityInfo(
            emigre=VERSION,
            scenario=scenario.id,
            title=scenario.title,
            hash=scenario.hash,
            as_of=scenario.as_of,
            measure=figure.measure,
            place=figure.place,
            place_name=_name(scenario, figure.place),
            unit=schema.measures()[figure.measure].unit,
            start=figure.first,
            end=figure.after,
            runs=runs,
            seed=settings.seed,
            scale=self.scale,
            trajectories=settings.trajectories,
            base=settings.base if settings.with_shares else None,
            evaluations=evaluations,
            median=float(at_median.mean()),
            chance_sd=float(at_median.std(ddof=1) / np.sqrt(runs)) if runs > 1 else None,
            matter=tuple(those_that_matter(effects, settings.most)),
        )


def _figure_mistakes(scenario: Scenario, figure: Figure) -> list[Mistake]:
    mistakes = []
    measures = schema.measures()
    if figure.measure not in measures:
        hint = nearest(figure.measure, measures)
        found = quoted(figure.measure)
        mistakes.append(Mistake("--measure", None, "", found, "the name of a measure", hint))
    known = ["*", *scenario.tables["places"]["id"], *scenario.tables["areas"]["area"]]
    if figure.place not in known:
        expected, hint = "the id of a place or an area, or *", nearest(figure.place, known)
        mistakes.append(Mistake("--place", None, "", quoted(figure.place), expected, hint))
    if figure.after <= figure.first:
        expected = f"a date after --from, {figure.first} (it is not counted)"
        mistakes.append(Mistake("--to", None, "", str(figure.after), expected))
    if figure.first < scenario.start:
        expected = f"a date on or after {scenario.start}"
        mistakes.append(Mistake("--from", None, "", str(figure.first), expected))
    last = add_days(scenario.end, 1)
    if figure.after > last:
        expected = f"a date on or before {last}"
        mistakes.append(Mistake("--to", None, "", str(figure.after), expected))
    return mistakes


def _name(scenario: Scenario, place: str) -> str:
    for frame, key in (("areas", "area"), ("places", "id")):
        found = scenario.tables[frame].filter(pl.col(key) == place)
        if found.height:
            return str(found["name"][0])
    return "everywhere" if place == "*" else place


def table(found: Sensitivity) -> str:
    """``effects.csv``: prior and effect of each parameter."""
    beliefs = {prior.name: prior for prior in found.priors.each}
    out = io.StringIO()
    rows = [
        {
            "parameter": e.name,
            "prior": beliefs[e.name].shape,
            "low": beliefs[e.name].low,
            "high": beliefs[e.name].high,
            **{
                k: v if v is None else float(f"{v:.6g}")
                for k, v in asdict(e).items()
                if k != "name"
            },
            "note": found.notes.get(e.name, ""),
        }
        for e in found.effects
    ]
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
