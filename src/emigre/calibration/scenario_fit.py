"""Fit a scenario to its observations, with checkpoints, and write a fit folder.

    posterior.csv  posterior.json  simulations/

The folder is written in ``OUT.partial``; repeating the command resumes an interrupted fit.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np

from emigre.calibration import sampler
from emigre.calibration.posterior import DRAWS, MARK, NOUN, Posterior
from emigre.calibration.sampler import CHECKS, SIZE, STEPS, Schedule
from emigre.calibration.targets import Targets, targets_of
from emigre.ensemble.executors import open_pool, sample
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, Plan, make_plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import Clock, check_place, stem
from emigre.errors import InputError, Mistake, refuse
from emigre.evaluation.key_results import period
from emigre.numerics.array_types import F64
from emigre.numerics.blas import in_one_blas_thread
from emigre.results import notice, output_dir
from emigre.results.labels import heading_of
from emigre.scenario import arguments
from emigre.scenario.header import FILE
from emigre.scenario.library import shipped
from emigre.scenario.loader import Settings as ScenarioSettings
from emigre.scenario.loader import Variants, load
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, check_draws
from emigre.scenario.parsers import nearest, quoted
from emigre.scenario.patch import cell_titles
from emigre.scenario.priors import Priors, priors_of
from emigre.scenario.texts import place_names

SIMULATIONS = "simulations"


@dataclass(frozen=True, slots=True)
class FitSettings(Schedule):
    """Settings of ``emigre fit``: schedule, scale, and the parameters to fit (all if empty)."""

    scale: int | None = None
    only: tuple[str, ...] = ()


@in_one_blas_thread
def fit(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Variants = (),
    settings: ScenarioSettings = (),
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    size: int = SIZE,
    steps: int = STEPS,
    checks: int = CHECKS,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    discrepancy: float | None = None,
    only: str | Iterable[str] = (),
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Posterior:
    """Fit the uncertain parameters of a scenario to its observations marked ``fit``.

    Uncertain parameters and cells are those with ``low`` and ``high`` in ``scenario.toml``.
    Observations outside the simulated days are ignored. An interrupted fit resumes when it is
    started again with the same arguments.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, name of a built-in scenario, or scenario folder.
    variants, settings, start, end, as_of : optional
        Changes of the scenario, as in :func:`emigre.load`. What they set is not fitted.
    size : int, default 300
        Number of posterior draws.
    steps : int, default 4
        Assimilation steps; each simulates all draws.
    checks : int, default 100
        Posterior draws that are simulated once more to check the fit.
    seed : int, default 1
        Random seed.
    scale : int, optional
        Number of people represented by one simulated person. The scenario's own if not given.
    discrepancy : float, optional
        Relative standard deviation of the model error. Estimated if not given.
    only : str or iterable of str, optional
        Names of the parameters and cells to fit. All uncertain ones if not given.
    workers, pool, out, shelf, force, progress : optional
        Where to simulate and to write the fit, whether to replace a finished one, and how to
        show progress, as in :func:`emigre.run`.

    Returns
    -------
    Posterior
        Draws and diagnostics; ``posterior.draws()`` is accepted as ``draws`` of :func:`emigre.run`.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid.
    ResultsError
        If ``out`` already holds a fit or other files, or cannot be written.
    """
    mistakes: list[Mistake] = []
    names = arguments.several("--only", only, mistakes, noun="names")
    refuse(mistakes)
    loaded = load(scenario, variants=variants, settings=settings, start=start, end=end, as_of=as_of)
    fit_settings = FitSettings(size, steps, checks, seed, discrepancy, scale, names)
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    problem = FitProblem.of(loaded, fit_settings, workers)
    work = problem.work()
    with (
        watch(progress) as watcher,
        output_dir.drafting(out, work, shelf=shelf, force=force) as draft,
        open_pool(pool, workers) as opened,
    ):
        clock = Clock()
        posterior = sampler.fit(
            problem.simulator(watcher, opened),
            problem.priors,
            problem.targets,
            size=size,
            seed=seed,
            steps=steps,
            checks=checks,
            discrepancy=discrepancy,
            keep_in=draft.folder / SIMULATIONS,
            watcher=watcher,
        )
        posterior = problem.with_metadata(posterior, clock)
        output_dir.write_whole(draft.folder / DRAWS, posterior.draws().text())
        notice.write(draft.folder, loaded)
        done = output_dir.publish(draft, posterior.info.text())
        return draft.owned(replace(posterior, folder=done))


@dataclass(frozen=True, slots=True, eq=False)
class FitProblem:
    """A calibration problem: the priors of parameters, and the figures to fit."""

    plan: Plan
    settings: FitSettings
    priors: Priors
    targets: Targets

    @property
    def scenario(self) -> Scenario:
        """The scenario to fit."""
        return self.plan.worlds[0]

    @classmethod
    def of(cls, scenario: Scenario, settings: FitSettings, workers: int | None = None) -> Self:
        """Define the problem from a scenario and settings; InputError with every mistake."""
        plan = make_plan(
            [scenario], runs=1, seed=settings.seed, scale=settings.scale, workers=workers
        )
        priors = priors_of(scenario, settings.only or None)
        unknown = [name for name in dict.fromkeys(settings.only) if name not in priors.names]
        if unknown:
            expected = "a parameter or cell with low and high in scenario.toml"
            known = priors_of(scenario, None).names
            raise InputError(
                *[Mistake("--only", quoted(n), expected, nearest(n, known)) for n in unknown]
            )
        if len(priors) and (mistakes := settings.mistakes(len(priors))):
            raise InputError(*mistakes)
        targets = targets_of(scenario, scale=plan.scale)
        if len(priors):
            middle = priors.values(np.zeros((1, len(priors))))
            check_draws(Draws(priors.names, middle, "scenario.toml"), scenario)
        return cls(plan, settings, priors, targets)

    def work(self) -> output_dir.Work:
        """What identifies the fit in its output folder."""
        asked = (repr(self.settings), repr(self.priors), ",".join(self.targets.names))
        noun = f"{len(self.priors)} parameters fitted to {len(self.targets)} figures"
        words = f"{noun}; {self.plan.words()}"
        key, name = self.plan.key("fit", *asked), f"{stem(self.scenario)}-fit"
        return output_dir.Work(MARK, NOUN, key, words, stem=name)

    def simulator(self, watcher: ProgressListener, pool: Pool | None = None) -> sampler.Simulate:
        """Function that simulates the targets; each simulation has random numbers of its own."""
        names, rows, settings = self.priors.names, self.targets.rows, self.settings
        assert rows is not None

        def simulate(values: F64, first: int) -> F64:
            seed, draws = seed_of(settings.seed, first), Draws(names, values)
            plan = replace(self.plan, runs=len(values), seed=seed, draws=draws)
            part = PartialProgress(watcher, first, len(values), settings.simulations)
            return np.asarray(sample(plan, rows, pool=pool, watcher=part)[0])

        return simulate

    def with_metadata(self, posterior: Posterior, clock: Clock) -> Posterior:
        """The posterior with its metadata."""
        scenario = self.scenario
        metadata = {
            "scenario": scenario.id,
            "title": scenario.title,
            "hash": scenario.hash,
            "start": scenario.start,
            "end": scenario.end,
            "as_of": scenario.as_of,
            "scale": self.plan.scale,
            "titles": self._titles(),
            **clock.times(),
        }
        return replace(posterior, info=posterior.info.model_copy(update=metadata))

    def _titles(self) -> dict[str, str]:
        """Titles of fitted cells, and of figures (measure, place and days) by id."""
        rows, names = self.targets.rows, place_names(self.scenario.tables)
        assert rows is not None
        figures = {
            id_: f"{heading_of(measure, place, names[place])}, {period(first, after)}"
            for id_, measure, place, first, after in rows.select(
                "id", "measure", "place", "from", "to"
            ).iter_rows()
        }
        return cell_titles(self.priors.names, names) | figures


def seed_of(seed: int, first: int) -> int:
    """Seed of a chunk of simulations, different for every chunk."""
    digest = hashlib.blake2b(f"emigre fit {seed} {first}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@dataclass(frozen=True, slots=True)
class PartialProgress:
    """Listener to a part of some work, which reports the progress of the whole to another."""

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
        raise InputError(Mistake("--store", quoted(scenario.id), expected))
    if any(folder.samefile(known) for known in shipped().values()):
        found = f"{quoted(scenario.id)}, a built-in scenario"
        hint = f"emigre new my-{scenario.id} --from {scenario.id}"
        raise InputError(Mistake("--store", found, expected, hint))
    return folder
