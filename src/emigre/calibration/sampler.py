"""Posterior sampling with an iterative ensemble smoother.

Ensemble smoother with multiple data assimilation (ES-MDA; Emerick and Reynolds 2013, Computers and
Geosciences 55, 3-15). An ensemble of n draws z from the prior is simulated and updated, ``steps``
times:

    z <- z + cov(z, y) (cov(y, y) + R_l)^-1 (d + r - y),    r ~ N(0, R_l)

with d the observed and y the simulated figures (transformed, see `emigre.calibration.targets`).
With sum 1 / a_l = 1 and R_l = a_l C, where C is the covariance of errors and discrepancy, the
result is a sample from the posterior if y is linear in z and all distributions are normal. Here
a_l = steps.

**Simulation noise.** y includes simulation noise. Its covariance E is part of cov(y, y) once,
whereas C enters a_l times: plain ES-MDA underweights the noise by a_l, and its posterior is too
narrow. We use

    R_l = a_l C(d) + (a_l - 1) E        so that        R_l + E = a_l (C(d) + E)

with E from the residuals of a response surface (`emigre.calibration.surface`) and the discrepancy d
given or re-estimated from each batch (:mod:`emigre.calibration.discrepancy`). docs/decisions
compares it with other methods.

All random numbers are functions of the seed, the step and the simulation number. A resumed fit
therefore gives identical results.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emigre.calibration import checkpoint, diagnostics
from emigre.calibration.discrepancy import estimate
from emigre.calibration.posterior import Posterior
from emigre.calibration.surface import fit_surface
from emigre.calibration.targets import Targets
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.progress import Silent
from emigre.errors import InputError, Mistake, refuse
from emigre.numerics.array_types import F64
from emigre.results.text import counted
from emigre.scenario import arguments
from emigre.scenario.parsers import quoted
from emigre.scenario.priors import NO_RANGE, Priors
from emigre.scenario.toml import is_number

Simulate = Callable[[F64, int], F64]
"""Function of parameter values (n, k) and the number of the first simulation -> figures (n, m).

Simulation i of a fit has random numbers of its own, a function of i. Missing values are nan.
"""

SIZE = 300
STEPS = 4
CHECKS = 100
"""Default number of posterior draws simulated to check the fit."""
MOST_DRAWS, MOST_STEPS = 100_000, 100

_CHUNK = 50
"""Simulations per checkpoint."""
_LEAST_MEMBERS_PER_PARAMETER = 3


@dataclass(frozen=True, slots=True)
class Schedule:
    """Settings of a fit.

    ``discrepancy`` is the relative standard deviation of the model error, estimated if None.
    """

    size: int = SIZE
    steps: int = STEPS
    checks: int = CHECKS
    seed: int = 1
    discrepancy: float | None = None

    @property
    def simulations(self) -> int:
        """Total number of simulations."""
        return self.size * self.steps + self.checks

    def mistakes(self, n_parameters: int) -> list[Mistake]:
        """Mistakes in the settings for this number of parameters."""
        least = max(_LEAST_MEMBERS_PER_PARAMETER * n_parameters, 10)
        wrong: list[Mistake] = []
        size = arguments.whole("--size", self.size, 1, MOST_DRAWS, wrong, needed=True)
        if size is not None and size < least:
            expected = f"at least {least} draws, for a fit of {counted(n_parameters, 'parameter')}"
            wrong.append(Mistake("--size", str(size), expected))
        arguments.whole("--steps", self.steps, 1, MOST_STEPS, wrong, needed=True)
        arguments.whole("--checks", self.checks, 0, MOST_DRAWS, wrong, needed=True)
        arguments.whole("--seed", self.seed, 0, 2**63 - 1, wrong, needed=True)
        given = self.discrepancy
        if given is not None and not (is_number(given) and 0 <= given <= 3):
            wrong.append(Mistake("--discrepancy", quoted(given), "a number from 0 to 3"))
        return wrong


def fit(
    simulate: Simulate,
    priors: Priors,
    targets: Targets,
    *,
    size: int = SIZE,
    seed: int = 1,
    steps: int = STEPS,
    checks: int = CHECKS,
    discrepancy: float | None = None,
    keep_in: Path | None = None,
    watcher: ProgressListener | None = None,
) -> Posterior:
    """Draw parameters from their posterior given the observed figures.

    ``size`` draws are simulated ``steps`` times, and ``checks`` posterior draws once more. Finished
    chunks of simulations are stored in the folder ``keep_in``, if given, and reused.
    ``discrepancy`` is the relative standard deviation of the model error, estimated if None. Raises
    InputError for invalid arguments.
    """
    schedule = Schedule(size, steps, checks, seed, discrepancy)
    mistakes = schedule.mistakes(len(priors))
    if not len(priors):
        mistakes.append(Mistake("scenario.toml", *NO_RANGE, column="parameters"))
    refuse(mistakes)
    watcher = watcher or Silent()

    def simulated(values: F64, first: int) -> F64:
        parts = checkpoint.simulate_in_chunks(keep_in, values, first, _CHUNK, simulate)
        return np.vstack(parts) if parts else np.empty((0, len(targets)))

    z = first_ensemble(size, len(priors), seed)
    for step in range(steps):
        watcher.stage(f"step {step + 1} of {steps}")
        figures = simulated(priors.values(z), step * size)
        if step == 0:
            silent = _not_simulated(figures)
            used = targets.without(silent)
        figures = figures[:, ~silent]
        y = fill_gaps(used.transform(figures), used.observed)
        surface = fit_surface(z, y)
        shift = used.noise_correction(figures, np.diag(surface.noise))
        y, surface = y + shift, surface.shifted(shift)
        if discrepancy is None:
            of_model = estimate(surface, used)
        else:
            of_model = dict.fromkeys(used.units, discrepancy)
        error = used.error(of_model)
        z = assimilate(z, y, used.observed, error, surface.noise, steps, [seed, 1 + step])
    watcher.stage("simulating the posterior")
    checked = simulated(priors.values(z)[:checks], steps * size)[:, ~silent]
    settings = {
        "size": size,
        "steps": steps,
        "checks": checks,
        "seed": seed,
        "simulations": schedule.simulations,
        "discrepancy_estimated": discrepancy is None,
        "silent": tuple(n for n, s in zip(targets.names, silent, strict=True) if s),
    }
    return diagnostics.posterior(priors, used, z, checked, surface, of_model, settings)


def _not_simulated(figures: F64) -> NDArray[np.bool_]:
    """Whether most runs of a batch (n, m) do not simulate a figure, (m,); InputError if all."""
    silent = np.isnan(figures).mean(axis=0) > 0.5
    if silent.all():
        found = "figures that are not simulated"
        expected = "observations marked fit that are simulated"
        raise InputError(Mistake("observations.csv", found, expected, column="use"))
    return np.asarray(silent)


def first_ensemble(n: int, k: int, seed: int) -> F64:
    """Standard normal draws (n, k) from a Sobol' sequence (1967), scrambled after Owen (1998)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    power = int(np.ceil(np.log2(max(n, 2))))
    u = qmc.Sobol(k, rng=np.random.default_rng([seed, 0])).random_base2(power)[:n]
    return np.asarray(ndtri(np.clip(u, 1e-9, 1.0 - 1e-9)), dtype=np.float64)


def fill_gaps(y: F64, observed: F64) -> F64:
    """Replace missing figures by the mean of the other simulations, which is uninformative.

    y: (n, m) with nan; observed: (m,), used where all are missing. Returns (n, m).
    """
    gaps = ~np.isfinite(y)
    if not gaps.any():
        return y
    there = np.maximum((~gaps).sum(axis=0), 1)
    mean = np.where(gaps, 0.0, y).sum(axis=0) / there
    mean = np.where((~gaps).any(axis=0), mean, observed)
    return np.where(gaps, mean, y)


def assimilate(
    z: F64, y: F64, observed: F64, error: F64, noise: F64, steps: int, seed: list[int]
) -> F64:
    """Update draws z (n, k) with figures y (n, m) in one step of the smoother; returns (n, k).

    ``error`` (m, m) is the covariance C of errors and discrepancy, ``noise`` (m, m) the covariance
    E of simulation noise.
    """
    spread = steps * error + (steps - 1) * noise
    r = np.random.default_rng(seed).standard_normal(y.shape) @ np.linalg.cholesky(spread).T
    from_mean = y - y.mean(axis=0)
    cov_zy = (z - z.mean(axis=0)).T @ from_mean / (len(z) - 1)
    cov_yy = from_mean.T @ from_mean / (len(z) - 1)
    moves = cov_zy @ np.linalg.solve(cov_yy + spread, (observed + r - y).T)
    return np.ascontiguousarray(z + moves.T, dtype=np.float64)
