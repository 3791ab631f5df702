"""Learn the weights of route choice over the shipped crises, each left out in turn.

    python scripts/learn_defaults.py --cache DIR [--case NAME ...]

Every case is fitted with its own parameters and the shared weights, which have the same wide prior
in all cases: a factor of four either way of their default. With z the logarithm of a weight in
standard deviations of the prior, m and v the mean and variance of z in the posterior of a case, the
counts of the case alone say

    y = m / (1 - v)    with variance    s = v / (1 - v)

as the prior is z ~ N(0, 1). Cases differ by more than chance (y_k = theta + delta_k, the variance
of delta by DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2), so that

    theta = sum_k w_k y_k / (1 + sum_k w_k)    w_k = 1 / (s_k + variance of delta)

is the default that the cases give, drawn to the present one by the prior. Each case is then
simulated with its own parameters from their ranges, and with the weights that the others give or
the present defaults; the score is the mean CRPS of logarithms of the published figures. A case
that is not learned from is simulated with what all the others give.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calibration import sampler
from emigre.calibration.of_scenario import FitSettings, Question
from emigre.calibration.targets import targets_of
from emigre.ensemble import Draws, sample
from emigre.ensemble.plan import Plan
from emigre.ensemble.progress import Silent
from emigre.evaluation.observations import scorable
from emigre.evaluation.scoring import ensemble_crps
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from emigre.scenario.priors import Prior, Priors, prior_values, priors_of

Array = NDArray[np.float64]

SHARED = ("time_weight_per_hour", "wait_weight_per_hour", "cost_weight", "network_weight")
FACTOR = 4.0
"""Ratio of the 95 % quantile of the shared prior to the default."""
RUNS, SEED, DISCREPANCY = 48, 1, 0.2


@dataclass(frozen=True)
class Case:
    """A crisis: last day to fit, people per simulated person, draws and steps of the fit."""

    until: str
    scale: int
    size: int
    steps: int


CASES = {
    "russia-2022": Case("2022-10-15", 500, 200, 2),
    "ukraine-2022": Case("2022-03-31", 1000, 120, 3),
    "balkans-2015": Case("2015-12-15", 200, 120, 2),
}


def default(name: str) -> float:
    """The default of a parameter of the model."""
    return float(schema.parameters()[name].default)


def shared_priors() -> tuple[Prior, ...]:
    """The prior that all cases share."""
    return tuple(
        Prior(name, "lognormal", default(name) / FACTOR, default(name) * FACTOR, 0.0, np.inf, True)
        for name in SHARED
    )


def own_priors(scenario: Scenario) -> tuple[Prior, ...]:
    """The priors of what belongs to the case alone."""
    return tuple(p for p in priors_of(scenario).each if p.name not in SHARED)


def shared_weights(name: str, case: Case, cache: Path) -> tuple[Array, Array]:
    """Mean and variance of the shared weights, on the scale of the prior, in a case's posterior."""
    scenario = load(name, end=case.until)
    settings = FitSettings(case.size, case.steps, 0, SEED, case.scale, DISCREPANCY)
    priors = Priors((*shared_priors(), *own_priors(scenario)))
    targets = targets_of(scenario, scale=case.scale)
    question = Question(scenario, settings, case.scale, priors, targets)
    posterior = sampler.fit(
        question.simulator(Silent()), priors, targets, size=case.size, steps=case.steps, checks=0,
        seed=SEED, discrepancy=DISCREPANCY, keep_in=cache / name,
    )  # fmt: skip
    draws = posterior.draws()
    z = priors.standard(draws.values)[:, : len(SHARED)]
    return z.mean(axis=0), z.var(axis=0, ddof=1)


def default_of(means: Array, variances: Array) -> Array:
    """The weights (on the scale of the prior) that some cases give. Shapes (cases, weights)."""
    v = np.clip(variances, 1e-6, 0.999)
    y, s = means / (1.0 - v), v / (1.0 - v)
    w = 1.0 / s
    mean = (w * y).sum(axis=0) / w.sum(axis=0)
    excess = (w * (y - mean) ** 2).sum(axis=0) - (len(y) - 1)
    spread = w.sum(axis=0) - (w**2).sum(axis=0) / w.sum(axis=0)
    between = np.maximum(excess, 0.0) / np.maximum(spread, 1e-9)
    w = 1.0 / (s + between)
    return np.asarray((w * y).sum(axis=0) / (1.0 + w.sum(axis=0)))


def weights_of(z: Array) -> dict[str, float]:
    """Values of the shared weights."""
    values = Priors(shared_priors()).values(z[None])[0]
    return dict(zip(SHARED, values.tolist(), strict=True))


def score(name: str, case: Case, weights: Mapping[str, float]) -> tuple[float, Array]:
    """Mean CRPS of logarithms of all figures of a case, and that of each figure."""
    scenario = load(name, end=case.until)
    own = Priors(own_priors(scenario))
    values = prior_values(own, RUNS, SEED)
    fixed = np.tile(list(weights.values()), (RUNS, 1))
    draws = Draws((*own.names, *weights), np.hstack([values, fixed]))
    rows = scorable(scenario.tables["observations"])
    rows = rows.filter(pl.col("from") >= scenario.start, pl.col("to") <= scenario.end)
    plan = Plan((scenario,), RUNS, SEED, case.scale, draws=draws)
    simulated = sample(plan, rows)[0]
    is_there = np.isfinite(simulated).all(axis=0)
    observed = rows["value"].to_numpy()[is_there]
    errors = ensemble_crps(np.log1p(simulated[:, is_there].T), np.log1p(observed))
    return float(errors.mean()), errors


def report(names: Sequence[str], means: Array, variances: Array) -> None:
    """Print the weights that each choice of cases gives, and how the case left out is simulated."""
    now = {name: default(name) for name in SHARED}
    rows: list[dict[str, Any]] = [{"cases": "default", **now}]
    for i, name in enumerate(names):
        alone = weights_of(default_of(means[[i]], variances[[i]]))
        rows.append({"cases": f"{name} alone", **alone})
    for i, name in enumerate(names):
        others = [j for j in range(len(names)) if j != i]
        weights = weights_of(default_of(means[others], variances[others]))
        before, after = score(name, CASES[name], now)[0], score(name, CASES[name], weights)[0]
        rows.append({"cases": f"without {name}", **weights, "default": before, "learned": after})
        print(name, "shrinkage", dict(zip(SHARED, (1 - variances[i]).round(2), strict=True)))
    weights = weights_of(default_of(means, variances))
    rows.append({"cases": "all", **weights})
    for name in set(CASES) - set(names):
        before, after = score(name, CASES[name], now)[0], score(name, CASES[name], weights)[0]
        rows.append({"cases": f"all, on {name}", "default": before, "learned": after})
    with pl.Config(tbl_cols=20, tbl_rows=20, tbl_width_chars=150):
        print(pl.DataFrame(rows))


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--case", nargs="*", default=list(CASES))
    asked = parser.parse_args()
    every = [shared_weights(name, CASES[name], asked.cache) for name in asked.case]
    report(asked.case, np.array([m for m, _ in every]), np.array([v for _, v in every]))


if __name__ == "__main__":
    main()
