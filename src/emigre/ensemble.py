"""Many runs of one scenario, side by side, and the tables made of them.

The runs differ in their number alone; each is a function of (scenario, parameters, seed, run), so
the results are the same for any number of workers. Workers are threads: kernels release the
interpreter's lock, and the compiled scenario is shared. Finished runs wait on disk.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from emigre import runs as single
from emigre.errors import InputError, Mistake
from emigre.progress import Bar, Silent
from emigre.results import folder, parts, score, tables
from emigre.results.info import RunInfo
from emigre.scenario.read import load
from emigre.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emigre.engine.compile import Compiled
    from emigre.results.counts import Counts
    from emigre.scenario.model import Scenario

DEFAULT_SEED = 1
_TELL_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0
"""How long an interrupted ensemble waits for members that are busy compiling."""


class Watcher(Protocol):
    """Whoever wants to know how far a run has come. Calls may come from any thread."""

    def stage(self, words: str) -> None:
        """A new stage begins, such as ``writing tables``."""

    def kernels(self, ready: int, total: int) -> None:
        """So many kernels have their machine code; the first run of a version compiles them."""

    def days(self, done: int, total: int) -> None:
        """So many days of all runs together are simulated."""


def run(
    scenario: Scenario | str | Path,
    *,
    runs: int | None = None,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    by: str | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: bool | Watcher = False,
) -> folder.Results:
    """Run a scenario as an ensemble and return its results.

    ``scenario`` is a loaded scenario, a name of one that ships, or a folder. ``runs`` and
    ``scale`` (one simulated person stands for that many) come from the scenario if not given.
    ``by`` adds counts split by an attribute of groups or by status. ``out`` is the run folder;
    without it the results live in a temporary folder that goes with the returned object.
    ``progress`` may be True (a bar on the terminal) or a watcher.

    Raises InputError for what is wrong in the scenario or these arguments, ResultsError if
    ``out`` is taken, BooksError if persons are lost.
    """
    if out is None:
        with folder.temporary() as home:
            done = run(
                scenario,
                runs=runs,
                seed=seed,
                scale=scale,
                by=by,
                workers=workers,
                out=home / "run",
                progress=progress,
            )
            return folder.Results(done.folder, temporary=home)
    target = Path(out)
    folder.refuse_if_taken(target, force=force)  # before any work
    with _watch(progress) as watcher:
        if isinstance(scenario, str | Path):
            watcher.stage("reading the scenario")
            scenario = load(scenario)
        job = _job(scenario, runs, seed, scale, by, workers)
        with folder.drafting(target, force=force) as draft:
            info = _fill(draft, job, watcher)
            return folder.publish(draft, target, info, force=force)


@dataclass(frozen=True, slots=True)
class _Job:
    scenario: Scenario
    runs: int
    seed: int
    scale: int
    by: str | None
    workers: int


@dataclass(eq=False)
class _Ensemble:
    """What the finished runs have in common; its methods may be called from any thread."""

    job: _Job
    parts: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)
    days_done: int = 0
    layout: tables.Layout | None = None
    targets: tuple[score.Target, ...] = ()
    kept: NDArray[np.bool_] | None = None
    scores: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def add(self, run: int, counts: Counts) -> None:
        """Keep a finished run."""
        with self.lock:
            if self.layout is None:
                self.layout = tables.Layout.of(counts)
                observations = self.job.scenario.tables["observations"]
                self.targets = score.targets(self.layout, observations)
            layout = self.layout
        kept = parts.write(self.parts, layout, counts, run)
        values = score.simulated(self.targets, counts)
        with self.lock:
            self.kept = kept if self.kept is None else self.kept | kept
            self.scores[run] = values

    def day(self, watcher: Watcher) -> None:
        """One more day of some run is done."""
        if self.stopped.is_set():
            raise _StoppedError
        with self.lock:
            self.days_done += 1
            watcher.days(self.days_done, self.job.runs * self.job.scenario.n_days)


class _StoppedError(Exception):
    """Another run failed or the user stopped: this one need not go on."""


def _job(
    scenario: Scenario,
    runs: int | None,
    seed: int,
    scale: int | None,
    by: str | None,
    workers: int | None,
) -> _Job:
    runs = scenario.runs if runs is None else runs
    scale = scenario.scale if scale is None else scale
    wanted = (("runs", runs, 1), ("scale", scale, 1), ("seed", seed, 0), ("workers", workers, 1))
    mistakes = [
        Mistake(f"--{name}", None, "", str(value), f"a whole number of at least {low}")
        for name, value, low in wanted
        if value is not None and value < low
    ]
    if seed >= 2**63:
        mistakes.append(Mistake("--seed", None, "", str(seed), "a whole number below 2^63"))
    if mistakes:
        raise InputError(mistakes)
    return _Job(scenario, runs, seed, scale, by, min(workers or cores(), runs))


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fill(draft: Path, job: _Job, watcher: Watcher) -> RunInfo:
    """Simulate and write all tables into the draft; returns what run.json says."""
    started = datetime.now(UTC)
    clock = [time.perf_counter()]
    watcher.stage("preparing")
    compiled = single.compile_scenario(job.scenario, scale=job.scale, by=job.by)
    clock.append(time.perf_counter())
    ensemble = _Ensemble(job, draft / "parts")
    ensemble.parts.mkdir()
    watcher.stage("simulating")
    watcher.days(0, job.runs * job.scenario.n_days)
    _simulate_all(ensemble, compiled, watcher)
    clock.append(time.perf_counter())
    watcher.stage("writing tables")
    _write(draft, ensemble)
    shutil.rmtree(ensemble.parts)
    clock.append(time.perf_counter())
    names = ("prepare", "simulate", "write")
    seconds = {n: round(b - a, 3) for n, (a, b) in zip(names, pairwise(clock), strict=True)}
    return _info(job, started, seconds)


def _simulate_all(ensemble: _Ensemble, compiled: Compiled, watcher: Watcher) -> None:
    def one(run: int) -> None:
        counts = single.simulate(
            compiled, ensemble.job.seed, run, lambda _day: ensemble.day(watcher)
        )
        ensemble.add(run, counts)

    job = ensemble.job
    threading.Thread(target=_tell_kernels, args=(ensemble, watcher), daemon=True).start()
    pool = ThreadPoolExecutor(job.workers, thread_name_prefix="emigre-run")
    members: list[Future[None]] = [pool.submit(one, run) for run in range(job.runs)]
    try:
        pending = set(members)
        while pending:
            # Awake now and then: a blocked main thread would not hear Ctrl-C at once.
            done, pending = wait(pending, _TELL_SECONDS, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
    except BaseException:
        ensemble.stopped.set()  # also on Ctrl-C: running members end at their next day
        pool.shutdown(wait=False, cancel_futures=True)
        wait([m for m in members if not m.cancelled()], timeout=_PATIENCE_SECONDS)
        raise
    pool.shutdown()


def _tell_kernels(ensemble: _Ensemble, watcher: Watcher) -> None:
    """Until the first day is done, say how far the kernels are: this may take a minute or two."""
    while not ensemble.stopped.wait(_TELL_SECONDS):
        with ensemble.lock:
            if ensemble.days_done:
                return
            watcher.kernels(*single.kernels_ready())


def _write(draft: Path, ensemble: _Ensemble) -> None:
    job, layout, kept = ensemble.job, ensemble.layout, ensemble.kept
    assert layout is not None
    assert kept is not None
    parts.assemble(ensemble.parts, layout, job.runs, kept, draft)
    values = np.stack([ensemble.scores[run] for run in range(job.runs)])
    scenario = job.scenario
    scores = score.table(
        scenario.tables["observations"],
        scenario.tables["sources"],
        ensemble.targets,
        values,
        _names(scenario),
        job.seed,
    )
    score.write_csv(scores, draft / "scores.csv", scenario.small_count)


def _names(scenario: Scenario) -> dict[str, str]:
    """Names a reader knows, by id of place or area."""
    names = {"*": "everywhere"}
    for table, key in (("areas", "area"), ("places", "id")):
        frame = scenario.tables[table]
        names |= dict(zip(frame[key], frame["name"], strict=True))
    return names


def _info(job: _Job, started: datetime, seconds: dict[str, float]) -> RunInfo:
    scenario = job.scenario
    return RunInfo(
        emigre=VERSION,
        scenario=scenario.id,
        title=scenario.title,
        purpose=scenario.purpose,
        hash=scenario.hash,
        variants=tuple(patch.name for patch in scenario.applied),
        start=scenario.start,
        end=scenario.end,
        zone=scenario.zone,
        nationality=scenario.nationality,
        population=int(scenario.tables["places"]["population"].sum() or 0),
        runs=job.runs,
        seed=job.seed,
        scale=job.scale,
        by=job.by,
        small_count=scenario.small_count,
        parameters=dict(sorted(scenario.parameters.items())),
        places=_names(scenario),
        started=started.replace(microsecond=0),
        finished=datetime.now(UTC).replace(microsecond=0),
        seconds=seconds,
    )


def _watch(progress: bool | Watcher) -> AbstractContextManager[Watcher]:
    """The watcher to report to; one that was handed in is opened and closed by its owner."""
    if isinstance(progress, bool):
        return Bar() if progress else Silent()
    return nullcontext(progress)
