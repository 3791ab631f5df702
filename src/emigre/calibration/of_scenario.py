"""Fit a scenario to its observations, with checkpoints, and write a fit folder.

    posterior.csv  posterior.json  simulations/

The folder is written in ``OUT.partial``; repeating the command resumes an interrupted fit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emigre.calibration.posterior import DRAWS, MARK, NOUN, Posterior
from emigre.calibration.priors import Priors, priors_of
from emigre.calibration.sampler import CHECKS, SIZE, STEPS, fit
from emigre.calibration.targets import Targets, targets_of
from emigre.ensemble import DEFAULT_SEED, Draws, Plan, ProgressListener, sample
from emigre.ensemble.executors import THREADS, Pool, open_pool
from emigre.ensemble.listener import watch
from emigre.ensemble.plan import make_plan
from emigre.ensemble.run import check_place, stem
from emigre.errors import InputError, Mistake
from emigre.results import notice, output_dir
from emigre.scenario.header import FILE
from emigre.scenario.library import shipped
from emigre.scenario.parameter_draws import check_draws
from emigre.scenario.parsers import quoted

if TYPE_CHECKING:
    from emigre.scenario.model import Scenario

Array = NDArray[np.float64]

SIMULATIONS = "simulations"
SHELF = "runs"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of ``emigre fit``; see :func:`emigre.calibration.sampler.fit`."""

    size: int = SIZE
    steps: int = STEPS
    checks: int = CHECKS
    seed: int = DEFAULT_SEED
    scale: int | None = None
    discrepancy: float | None = None
    only: tuple[str, ...] = ()


def fit_scenario(
    scenario: Scenario,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    pool: str = THREADS,
    out: Path | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> tuple[Posterior, Path]:
    """Fit the uncertain parameters of a scenario; returns the posterior and its folder.

    Parameters and cells whose record gives low and high are fitted (``only`` picks some) to the
    observations marked ``fit`` within the simulated days, so load the scenario with the intended
    ``end`` and ``as_of``. ``out`` is the fit folder, by default a new one below ``runs``.

    Raises InputError for mistakes in the scenario or the settings, ResultsError if ``out`` is
    taken.
    """
    settings = settings or Settings()
    check_place(pool=pool, out=out, force=force)
    question = Question.of(scenario, settings, workers)
    if out is not None:
        output_dir.refuse_if_taken(out, MARK, NOUN, force=force)
    work = question.work()
    out = output_dir.numbered(Path(SHELF), f"{stem(scenario)}-fit", work) if out is None else out
    with (
        watch(progress) as watcher,
        output_dir.drafting(out, work, force=force) as making,
        open_pool(pool, workers) as where,
    ):
        started = datetime.now(UTC).replace(microsecond=0)
        found = fit(
            question.simulator(watcher, where),
            question.priors,
            question.targets,
            size=settings.size,
            seed=settings.seed,
            steps=settings.steps,
            checks=settings.checks,
            discrepancy=settings.discrepancy,
            keep_in=making.folder / SIMULATIONS,
            watcher=watcher,
        )
        found = question.named(found, started)
        output_dir.write_whole(making.folder / DRAWS, found.draws().text())
        notice.write(making.folder, scenario)
        return found, output_dir.publish(making, found.text())


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A calibration problem: parameters and targets."""

    scenario: Scenario
    settings: Settings
    scale: int
    priors: Priors
    targets: Targets

    @classmethod
    def of(cls, scenario: Scenario, settings: Settings, workers: int | None = None) -> Question:
        """The problem given by a scenario and settings; InputError with every mistake."""
        plan = make_plan(
            [scenario], runs=1, seed=settings.seed, scale=settings.scale, workers=workers
        )
        priors = priors_of(scenario, settings.only or None)
        unknown = [name for name in settings.only if name not in priors.names]
        if unknown:
            expected = "a parameter or cell with low and high in scenario.toml"
            raise InputError([Mistake("--only", None, "", name, expected) for name in unknown])
        targets = targets_of(scenario, scale=plan.scale)
        if len(priors):
            middle = priors.values(np.zeros((1, len(priors))))
            check_draws(Draws(priors.names, middle, "scenario.toml"), scenario)
        return cls(scenario, settings, plan.scale, priors, targets)

    def work(self) -> output_dir.Work:
        """Identity of the fit for its output folder."""
        settings = self.settings
        plan = Plan((self.scenario,), 1, settings.seed, self.scale)
        asked = (repr(settings), repr(self.priors), ",".join(self.targets.names))
        noun = f"{len(self.priors)} parameters fitted to {len(self.targets)} figures"
        return output_dir.Work(MARK, NOUN, plan.key("fit", *asked), f"{noun}; {plan.words()}")

    def simulator(self, watcher: ProgressListener, pool: Pool | str = THREADS) -> Simulator:
        """The simulator, as called by the sampler."""
        settings = self.settings
        total = settings.size * settings.steps + settings.checks
        return Simulator(self, watcher, pool, total)

    def named(self, found: Posterior, started: datetime) -> Posterior:
        """The posterior with its metadata."""
        scenario = self.scenario
        said = {
            "scenario": scenario.id,
            "title": scenario.title,
            "hash": scenario.hash,
            "start": scenario.start,
            "end": scenario.end,
            "as_of": scenario.as_of,
            "scale": self.scale,
            "started": started,
            "finished": datetime.now(UTC).replace(microsecond=0),
        }
        return replace(found, info=found.info.model_copy(update=said))


@dataclass(frozen=True, slots=True, eq=False)
class Simulator:
    """Simulated figures for parameter draws; every simulation has its own random numbers."""

    question: Question
    watcher: ProgressListener
    pool: Pool | str
    total: int

    def __call__(self, values: Array, first: int) -> Array:
        """Values (n, k) of simulations ``first`` ... -> figures (n, m)."""
        asked = self.question
        assert asked.targets.rows is not None
        plan = Plan(
            (asked.scenario,),
            len(values),
            seed_of(asked.settings.seed, first),
            asked.scale,
            draws=Draws(asked.priors.names, values),
        )
        watcher = PartOfWork(self.watcher, first, len(values), self.total)
        found = sample(plan, asked.targets.rows, pool=self.pool, watcher=watcher)
        figures: Array = found[0]
        return figures


def seed_of(seed: int, first: int) -> int:
    """The seed of a chunk of simulations, distinct for every chunk."""
    digest = hashlib.blake2b(f"emigre fit {seed} {first}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@dataclass(frozen=True, slots=True)
class PartOfWork:
    """A listener of one part that reports overall progress to another."""

    whole: ProgressListener
    first: int
    size: int
    total: int

    def stage(self, words: str) -> None:
        """Ignored: parts have no stages."""

    def kernels(self, ready: int, total: int) -> None:
        """Forwarded."""
        self.whole.kernels(ready, total)

    def days(self, done: int, total: int) -> None:
        """Forwarded as days of all simulations."""
        each = total // self.size
        self.whole.days(self.first * each + done, self.total * each)


def folder_to_store_in(scenario: Scenario) -> Path:
    """Path of the posterior in the scenario folder.

    InputError if the scenario has no folder, or is a shipped one, because this would silently
    change the parameters of all its later runs.
    """
    folder, expected = scenario.folder, "a scenario folder of your own"
    if folder is None or not (folder / FILE).is_file():
        raise InputError([Mistake("--store", None, "", quoted(scenario.id), expected)])
    if any(folder.samefile(known) for known in shipped().values()):
        found = f"{quoted(scenario.id)}, which ships with Emigre"
        hint = f"emigre new my-{scenario.id} --from {scenario.id}"
        raise InputError([Mistake("--store", None, "", found, expected, hint)])
    return folder
