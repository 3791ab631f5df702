"""Sensitivity study of one number of a scenario, with checkpoints, written as a folder.

    effects.csv  sensitivity.json  chart.svg  chart.png

The folder is written in ``OUT.partial``; repeating the command resumes an interrupted study.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike
from pathlib import Path

import numpy as np

from emigre import schema
from emigre.attribution.quantity import make_quantity
from emigre.calibration import checkpoint
from emigre.calibration.scenario_fit import PartialProgress
from emigre.engine import api
from emigre.ensemble.executors import open_pool, sample
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, MOST_RUNS, Plan, make_plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import check_place, stem
from emigre.errors import InputError, Mistake
from emigre.evaluation import scores
from emigre.numerics.array_types import F64
from emigre.results import csv_files, notice, output_dir
from emigre.results.window import Quantity
from emigre.scenario import arguments
from emigre.scenario.loader import Settings as ScenarioSettings
from emigre.scenario.loader import Variants, load
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import with_draw
from emigre.scenario.patch import cell_titles
from emigre.scenario.priors import NO_RANGE, Priors, priors_of
from emigre.scenario.texts import place_names
from emigre.sensitivity import picture
from emigre.sensitivity.effects import Effect, require_library, screen, share
from emigre.sensitivity.results import MARK, NOUN, TABLE, Sensitivity, SensitivityInfo, table_of

MOST, BASE = 4, 32
MOST_POINTS = 65_536
_EVALUATIONS = "evaluations"
_CHUNK = 10


@dataclass(frozen=True, slots=True)
class StudySettings:
    """Settings of a study.

    Screening uses ``trajectories``. With ``shares``, shares of variance of at most ``most``
    parameters are estimated from ``base`` points (a power of two). Each evaluation is the mean of
    ``runs`` runs, with the same random numbers in all evaluations.
    """

    trajectories: int = 10
    shares: bool = False
    most: int = MOST
    base: int = BASE
    runs: int = 2
    seed: int = DEFAULT_SEED
    scale: int | None = None

    def mistakes(self) -> list[Mistake]:
        """Mistakes in the settings."""
        wrong: list[Mistake] = []
        arguments.whole("--runs", self.runs, 1, MOST_RUNS, wrong, needed=True)
        arguments.whole("--trajectories", self.trajectories, 2, 10_000, wrong, needed=True)
        arguments.yes_no("shares", self.shares, wrong)
        most = arguments.whole("--most", self.most, 1, 1_000, wrong, needed=True)
        base = arguments.whole("--base", self.base, 2, MOST_POINTS, wrong, needed=True)
        if base is not None and base & (base - 1):
            wrong.append(Mistake("--base", str(base), "a power of two"))
        elif self.shares is False:
            for option, given, default in (("--most", most, MOST), ("--base", base, BASE)):
                if given not in (default, None):
                    expected = "--method=sobol, the only method that uses this number"
                    wrong.append(Mistake(option, str(given), expected))
        return wrong


def sensitivity(
    scenario: Scenario | str | PathLike[str],
    measure: str,
    place: str = "*",
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    variants: Variants = (),
    settings: ScenarioSettings = (),
    shares: bool = False,
    trajectories: int = 10,
    most: int = MOST,
    base: int = BASE,
    runs: int = 2,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Sensitivity:
    """Rank the uncertain parameters and cells of a scenario by their effect on a number.

    Uncertain parameters and cells are those with ``low`` and ``high`` in ``scenario.toml``. Days
    after the period of the number are not simulated. An interrupted study resumes when it is
    started again with the same arguments.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, name of a built-in scenario, or scenario folder.
    measure : str
        Measure of the number.
    place : str, default "*"
        Place or area of the number; ``*`` for all places.
    start, end : date or str, optional
        Start and end (exclusive) of the period of the number. All simulated days if not given.
        Flows are summed over it, stocks are taken on its last day, and waits are averaged over the
        people served.
    as_of, variants, settings : optional
        Changes of the scenario, as in :func:`emigre.load`.
    shares : bool, default False
        Also estimate shares of variance (Sobol) of the parameters with the largest effects.
    trajectories : int, default 10
        Number of trajectories of the screening (Morris).
    most : int, default 4
        Maximum number of parameters with shares of variance.
    base : int, default 32
        Points from which shares of variance are estimated; a power of two.
    runs : int, default 2
        Runs per evaluation, with the same random numbers in all of them.
    seed : int, default 1
        Random seed.
    scale : int, optional
        Number of people represented by one simulated person. The scenario's own if not given.
    workers, pool, out, shelf, force, progress : optional
        Where to simulate and to write the study, whether to replace a finished one, and how to
        show progress, as in :func:`emigre.run`.

    Returns
    -------
    Sensitivity
        Effects, largest first.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid.
    ResultsError
        If ``out`` already holds a study or other files, or cannot be written.
    """
    loaded = load(scenario, variants=variants, settings=settings, as_of=as_of)
    study_settings = StudySettings(trajectories, shares, most, base, runs, seed, scale)
    mistakes = study_settings.mistakes()
    priors = priors_of(loaded)
    if not len(priors):
        mistakes.append(Mistake("scenario.toml", *NO_RANGE, column="parameters"))
    figure = make_quantity(
        loaded, measure=measure, place=place, start=start, end=end, mistakes=mistakes
    )
    require_library()
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    simulated = replace(loaded, end=min(loaded.end, figure.last))
    plan = make_plan([simulated], runs=runs, seed=seed, scale=scale, workers=workers)
    study = _Study(plan, figure, study_settings, priors)
    work = study.work()
    with (
        watch(progress) as watcher,
        output_dir.drafting(out, work, shelf=shelf, force=force) as draft,
        open_pool(pool, workers) as opened,
    ):
        study.check_figure()
        effects, info = study.run(draft.folder / _EVALUATIONS, watcher, opened)
        notes = {r.name: r.note for r in loaded.parameter_notes}
        table = table_of(effects, study.priors, notes)
        csv_files.write(table, draft.folder / TABLE)
        notice.write(draft.folder, loaded)
        watcher.stage("drawing the chart")
        picture.write(table, info, draft.folder)
        result = Sensitivity(output_dir.publish(draft, info.text()))
        # after publishing: nothing is lost if this fails
        shutil.rmtree(result.folder / _EVALUATIONS, ignore_errors=True)
        return draft.owned(result)


@dataclass(frozen=True, slots=True, eq=False)
class _Study:
    plan: Plan
    figure: Quantity
    settings: StudySettings
    priors: Priors

    def work(self) -> output_dir.Work:
        figure = self.figure
        words = f"{figure.measure} at {figure.place}; {self.plan.words()}"
        key = self.plan.key(NOUN, repr(figure), repr(self.settings), repr(self.priors))
        name = f"{stem(self.plan.worlds[0])}-sensitivity"
        return output_dir.Work(MARK, NOUN, key, words, stem=name)

    def check_figure(self) -> None:
        """InputError if the figure is not simulated."""
        layout = api.layout(*self.plan.worlds)
        reason = scores.targets(layout, self.figure.frame())[0].reason
        if reason:
            where = f"{self.figure.measure} at {self.figure.place}"
            raise InputError(Mistake("--place", where, "a simulated figure", reason))

    def run(
        self, folder: Path, watcher: ProgressListener, pool: Pool
    ) -> tuple[list[Effect], SensitivityInfo]:
        settings, k = self.settings, len(self.priors)
        n_screen = settings.trajectories * (k + 1)
        n_share = settings.base * (min(settings.most, k) + 2) if settings.shares else 0
        total = 1 + n_screen + n_share  # at most: few parameters may be influential
        evaluated = [1]

        def simulate(some: F64, number: int) -> F64:
            return self.evaluate(some, PartialProgress(watcher, number, len(some), total), pool)

        def stage(name: str, offset: int) -> Callable[[F64, int], F64]:
            def evaluate(values: F64, first: int) -> F64:
                watcher.stage(name)
                parts = checkpoint.simulate_in_chunks(
                    folder, values, offset + first, _CHUNK, simulate
                )
                means: F64 = np.vstack(parts).mean(axis=1)
                evaluated.append(len(means))
                return means

            return evaluate

        middle = self.priors.values(np.zeros((1, k)))
        at_median = self.evaluate(middle, PartialProgress(watcher, 0, 1, total), pool)[0]
        effects = screen(
            stage("screening", 1),
            self.priors,
            trajectories=settings.trajectories,
            seed=settings.seed,
        )
        if settings.shares:
            effects = share(
                stage("shares of variance", 1 + n_screen),
                self.priors,
                effects,
                most=settings.most,
                base=settings.base,
                seed=settings.seed,
            )
        return effects, self.info(at_median, sum(evaluated))

    def evaluate(self, values: F64, watcher: ProgressListener, pool: Pool) -> F64:
        """Simulate the figure for values (n, k) of the parameters, (n, runs)."""
        names, [scenario] = self.priors.names, self.plan.worlds
        worlds = tuple(
            with_draw(scenario, dict(zip(names, row, strict=True))) for row in values.tolist()
        )
        plan = replace(self.plan, worlds=worlds)
        figures = sample(plan, self.figure.frame(), pool=pool, watcher=watcher)
        # No people served means no wait.
        by_point: F64 = np.nan_to_num(figures[:, :, 0], nan=0.0)
        return by_point

    def info(self, at_median: F64, evaluations: int) -> SensitivityInfo:
        [scenario], settings, figure = self.plan.worlds, self.settings, self.figure
        runs, names = settings.runs, place_names(scenario.tables)
        return SensitivityInfo(
            **self.plan.record(),
            as_of=scenario.as_of,
            measure=figure.measure,
            place=figure.place,
            place_name=names.get(figure.place, figure.place),
            unit=schema.measures()[figure.measure].unit,
            start=figure.first,
            end=figure.end,
            trajectories=settings.trajectories,
            base=settings.base if settings.shares else None,
            evaluations=evaluations,
            median=float(at_median.mean()),
            chance_sd=float(at_median.std(ddof=1) / np.sqrt(runs)) if runs > 1 else None,
            titles=cell_titles(self.priors.names, names),
        )
