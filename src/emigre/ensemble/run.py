"""Run a scenario as an ensemble: simulate and store each run, then merge them into a run folder."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, Self

from emigre.engine import api
from emigre.engine.steps import Step, check_steps
from emigre.ensemble.callables import check_analyzers, main_can_be_imported
from emigre.ensemble.executors import PROCESSES, THREADS, check_pool, open_pool, simulate_all
from emigre.ensemble.listener import Days, ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, Plan, make_plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.task import EnsembleTask, make_part
from emigre.errors import Mistake, refuse
from emigre.evaluation import ard, scores
from emigre.results import (
    derived,
    folder,
    notice,
    output_dir,
    scores_csv,
    shards,
    statistics,
    tables,
)
from emigre.results.run_info import DerivedInfo, RunInfo
from emigre.results.statistics import Analyzer, name_of
from emigre.results.trajectories import Period
from emigre.scenario import arguments
from emigre.scenario.checks.sizes import warnings_at
from emigre.scenario.library import POSTERIOR, POSTERIOR_INFO
from emigre.scenario.loader import Settings, Variants, load
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import DrawsLike, draws_of, in_effect, prior_draws
from emigre.scenario.texts import place_names
from emigre.scenario.writer import scenario_files

PARTS = "parts"


# Long, because the arguments mirror the command and each is documented.
def run(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Variants = (),
    settings: Settings = (),
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    runs: int | None = None,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    by: str | None = None,
    draws: DrawsLike | None = None,
    steps: Step | Sequence[Step] = (),
    analyzers: Analyzer | Sequence[Analyzer] = (),
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> folder.Results:
    """Simulate a scenario as an ensemble of runs.

    An interrupted run resumes when it is started again with the same arguments: finished runs are
    kept.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, name of a built-in scenario, or scenario folder.
    variants, settings, start, end, as_of : optional
        Changes of the scenario, as in :func:`emigre.load`.
    runs : int, optional
        Number of runs. The scenario's own number if not given.
    seed : int, default 1
        Random seed.
    scale : int, optional
        Number of people represented by one simulated person. The scenario's own if not given.
    by : str, optional
        Also split counts by this attribute of groups, or by ``status`` or ``party_size``.
    draws : Draws, frame, mapping, array, str or path, optional
        Draws of uncertain parameters, as in :func:`emigre.draws`; run r uses row r. Defaults to the
        posterior in the scenario's folder, or, without one, to draws of the ranges in
        ``scenario.toml`` (``prior``). ``none`` uses the scenario's own values.
    steps : Step or sequence of Step, optional
        Additional steps of the day (:class:`emigre.Step`), called in order.
    analyzers : function or sequence of functions, optional
        Functions called with the daily table of each run (date, measure, place, value; zeros
        included), in the process that simulated it. Each returns a number or a mapping of names to
        numbers, collected in ``results.statistics``.
    workers : int, optional
        Cores to use, all of them if not given. Each simulates a run; several share one if runs are
        fewer.
    pool : str, optional
        Where to simulate: ``threads``, ``processes``, or the address of a Dask scheduler. Processes
        where they are faster, threads elsewhere, if not given.
    out : str or path, optional
        Run folder to write.
    shelf : str or path, optional
        Folder in which to create a new, numbered run folder, instead of ``out``. Without both,
        results are kept in a temporary folder that is removed with the returned object.
    force : bool, default False
        Replace a finished run in ``out``, and discard an unfinished one that differs.
    progress : bool or ProgressListener, default False
        True shows a progress bar on the terminal; a listener receives the progress instead.

    Returns
    -------
    Results
        Results, read from the run folder on first access.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid.
    ResultsError
        If ``out`` already holds a run or other files, or cannot be written.
    BooksError
        If the accounts of a simulated day do not balance, which is a bug.
    """
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    are_sent = isinstance(pool, str) and pool != THREADS
    with_main = pool == PROCESSES and main_can_be_imported()
    steps = check_steps(steps, in_processes=are_sent and not with_main)
    analyzers = check_analyzers(analyzers, are_sent=are_sent, with_main=with_main)
    if out is not None:
        # before any expensive work
        output_dir.refuse_if_taken(Path(out), folder.MARK, folder.NOUN, force=force)
    with watch(progress) as watcher:
        watcher.stage("reading the scenario")
        scenario = load(
            scenario, variants=variants, settings=settings, start=start, end=end, as_of=as_of
        )
        plan = make_plan([scenario], runs=runs, seed=seed, scale=scale, by=by, workers=workers)
        drawn = draws_of(scenario, draws, seed=plan.seed)
        plan = replace(plan, draws=drawn, steps=steps, analyzers=analyzers)
        about = folder.MARK, folder.NOUN, plan.key(), plan.words()
        work = output_dir.Work(*about, scratch=(PARTS,), stem=stem(scenario))
        with output_dir.drafting(out, work, shelf=shelf, force=force) as draft:
            if draft.is_done:
                return draft.owned(folder.Results(output_dir.finish(draft)))
            with open_pool(pool, workers) as opened:
                clock = Clock()
                [world] = simulate([draft.folder], plan, watcher, opened, clock)
                clock.lap("write")
                info = world.info(clock)
            return draft.owned(folder.Results(output_dir.publish(draft, info.text())))


def check_place(*, pool: object, out: object, shelf: object, force: object) -> None:
    """Check pool and output folder before any work; InputError if they are invalid."""
    mistakes: list[Mistake] = []
    arguments.path("--out", out, mistakes)
    arguments.path("--shelf", shelf, mistakes)
    arguments.yes_no("--force", force, mistakes)
    if out is not None and shelf is not None:
        mistakes.append(Mistake("--shelf", str(shelf), "no shelf together with --out"))
    refuse(mistakes)
    check_pool(pool)


def stem(scenario: Scenario) -> str:
    """Folder name for results: the scenario and its patches."""
    words = [scenario.id, *(Path(patch.name).stem for patch in scenario.applied)]
    safe = ["".join(c if c.isalnum() or c in "-_." else "-" for c in word) for word in words]
    return "-".join(safe)[:80]


class Clock:
    """Measures the wall-clock time of each stage of some work."""

    def __init__(self) -> None:
        self.started = _now()
        self._laps = [("", time.perf_counter())]

    def lap(self, name: str) -> None:
        """A stage has ended."""
        self._laps.append((name, time.perf_counter()))

    def times(self) -> dict[str, Any]:
        """Start, end and the seconds of each stage, as in the record of a folder."""
        laps = pairwise(self._laps)
        seconds = {after[0]: round(after[1] - before[1], 3) for before, after in laps}
        return {"started": self.started, "finished": _now(), "seconds": seconds}


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True, eq=False)
class WorldFolder:
    """One world of a plan, and the folder in which its run folder is created."""

    plan: Plan
    number: int
    home: Path
    task: EnsembleTask

    @classmethod
    def of(cls, plan: Plan, number: int, home: Path, trace: Period | None = None) -> Self:
        """Prepare the shards of a world; ``trace``: days over which to record trajectories."""
        (home / PARTS).mkdir(parents=True, exist_ok=True)
        (home / folder.MARK).unlink(missing_ok=True)  # of an interrupted attempt
        scenario = plan.worlds[number]
        task = EnsembleTask.of(plan, number, scenario.tables["observations"], trace)
        return cls(plan, number, home, task)

    @property
    def scenario(self) -> Scenario:
        """The scenario of this world."""
        return self.plan.worlds[self.number]

    @property
    def parts(self) -> Path:
        """Folder of its shards."""
        return self.home / PARTS

    def missing(self) -> list[int]:
        """Runs that are not finished."""
        done = set(shards.finished(self.parts, self.plan.runs))
        return [run for run in range(self.plan.runs) if run not in done]

    def scenario_texts(self) -> dict[str, str]:
        """Texts of the scenario folder by file name, with the draws that were used."""
        plan, scenario = self.plan, self.scenario
        files = scenario_files(scenario)
        drawn = None if plan.draws is None else in_effect(plan.draws, scenario)
        if drawn is not None and drawn != prior_draws(scenario, plan.seed):
            files[POSTERIOR] = drawn.text()  # so that a run of this folder is reproducible
            if drawn.fit:
                files[POSTERIOR_INFO] = drawn.fit
        return files

    def write_tables(self, scenario_texts: Mapping[str, str]) -> None:
        """Merge the shards into the tables of a run folder, and write the scenario."""
        plan, layout = self.plan, api.layout(self.scenario)
        with ThreadPoolExecutor(1) as background:
            merged = background.submit(shards.assemble, self.parts, layout, plan.runs, self.home)
            self._write_others(layout, scenario_texts)
            merged.result()
        scenario = self.scenario  # its camps are compared in the merged table
        ard.write(self.home, scenario.tables, scenario.start, scenario.n_days, plan.runs)

    def _write_others(self, layout: tables.Layout, scenario_texts: Mapping[str, str]) -> None:
        """Write the tables that do not hold all values of all runs, and the scenario."""
        plan, scenario = self.plan, self.scenario
        derived.write(derived.measures(), self.parts, layout, plan.runs, self.home)
        by_run = [shards.statistics(self.parts, run) for run in range(plan.runs)]
        statistics.write(by_run, self.home)
        observations = scenario.tables["observations"]
        observed = shards.observed(self.parts, plan.runs)
        table = scores.table(
            observations,
            scenario.tables["sources"],
            scores.targets(layout, observations),
            observed[:, : observations.height],
            place_names(scenario.tables),
            plan.seed,
            () if plan.draws is None else plan.draws.residuals,
            scenario.small_count,
            scores.moved_shares(observed, observations, scenario.small_count),
        )
        scores_csv.write_csv(table, self.home / "scores.csv", scenario.small_count)
        notice.write(self.home, scenario)
        (self.home / folder.SCENARIO).mkdir(exist_ok=True)
        for name, text in scenario_texts.items():
            path = self.home / folder.SCENARIO / name
            with output_dir.writing(path):  # synced to disk with the whole folder
                path.write_bytes(text.encode())

    def write_mark(self, clock: Clock) -> None:
        """Write run.json, the last file, which completes the run folder."""
        output_dir.write_whole(self.home / folder.MARK, self.info(clock).text())

    def info(self, clock: Clock) -> RunInfo:
        """The content of run.json."""
        plan, scenario = self.plan, self.scenario
        return RunInfo(
            **replace(plan, worlds=(scenario,)).record(),
            purpose=scenario.purpose,
            variants=tuple(patch.name for patch in scenario.applied),
            as_of=scenario.as_of,
            warnings=tuple(str(warning) for warning in warnings_at(scenario, plan.scale)),
            assumed=scenario.assumed,
            start=scenario.start,
            end=scenario.end,
            zone=scenario.zone,
            nationality=scenario.nationality,
            mode=scenario.mode,
            population=scenario.population,
            by=plan.by,
            draws=None if plan.draws is None else len(plan.draws),
            parameters_from=None if plan.draws is None else plan.draws.origin,
            residuals=() if plan.draws is None else plan.draws.residuals,
            steps=tuple(step.name for step in plan.steps),
            analyzers=tuple(name_of(analyzer) for analyzer in plan.analyzers),
            derived={
                name: DerivedInfo(unit=measure.unit, kind=measure.kind)
                for name, measure in derived.measures().items()
            },
            small_count=scenario.small_count,
            parameters=dict(sorted(scenario.parameters.items())),
            places=place_names(scenario.tables),
            **clock.times(),
        )


def simulate(
    homes: Sequence[Path],
    plan: Plan,
    watcher: ProgressListener,
    pool: Pool,
    clock: Clock,
    trace: Period | None = None,
) -> list[WorldFolder]:
    """Simulate each world of a plan into a folder, reusing runs; ``trace``: days to follow."""
    watcher.stage("preparing")
    worlds = [WorldFolder.of(plan, i, home, trace) for i, home in enumerate(homes)]
    clock.lap("prepare")
    missing = [(w, run) for w, world in enumerate(worlds) for run in world.missing()]
    days = Days(watcher, plan.n_days)
    left = sum(worlds[w].scenario.n_days for w, _ in missing)
    watcher.stage("simulating" if left == plan.n_days else "resuming an interrupted run")
    days.done = plan.n_days - left
    watcher.days(days.done, plan.n_days)

    def keep(world: int, _run: int, part: shards.Part) -> None:
        shards.keep(worlds[world].parts, part)

    with ThreadPoolExecutor(1) as background:  # processes that simulate leave this one idle
        texts = [background.submit(world.scenario_texts) for world in worlds]
        simulate_all([world.task for world in worlds], missing, make_part, keep, days, pool)
    clock.lap("simulate")
    watcher.stage("writing tables")
    for world, scenario_texts in zip(worlds, texts, strict=True):
        world.write_tables(scenario_texts.result())
    return worlds
