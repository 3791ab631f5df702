"""Learn ranges of parameters for a new crisis from the shipped ones, each left out in turn.

    python scripts/learn_priors.py --cache DIR [--scores]

Crises that ship with a posterior contribute that posterior. The others are fitted here: their own
parameters and the shared ones of SHARED (lognormal, within a factor of four of a middle). Let z be
the logarithm of a shared parameter in standard deviations of its prior, and m and v its mean and
variance in the posterior. As the prior is z ~ N(0, 1), the counts of the crisis by themselves give
the estimate

    y = m / (1 - v)    with variance    s = v / (1 - v)

Both are converted to the scale of the wide prior. With few members, an ensemble shrinks by chance
even where the counts contain no information. Therefore v is divided by its upper quartile over all
parameters of the fit, as if the counts were uninformative about a quarter of them. If 1 - v < 0.2
after that, the crisis contributes nothing. Crises differ, as in a meta-analysis with random effects
(Röver 2020, doi:10.18637/jss.v093.i06):

    y_k ~ N(mu, s_k + tau^2)    mu ~ N(0, 1)    tau ~ half-normal(0.5 on the scale of logarithms)

The prior of tau is the one recommended for few studies (Röver et al. 2021, doi:10.1002/jrsm.1475):
three crises cannot show how much crises differ, and tau would often be estimated as 0. Given tau
and w_k = 1 / (s_k + tau^2), the posterior has a closed form:

    mu ~ N(m, V)    V = 1 / (1 + sum_k w_k)    m = V sum_k w_k y_k
    ln p(tau | y) = (sum_k (ln w_k - w_k y_k^2) + ln V + m^2 / V - tau^2 / scale^2) / 2 + constant

and a new crisis has z ~ N(m, V + tau^2), averaged over tau on a grid.

**Attractions of countries.** The same model gives their standard deviation around hand-set values
(:func:`spread_of_attractions`).

**Leaving one crisis out.** The crisis is simulated from its first day. Its own parameters are drawn
from their ranges, and the shared parameters are

    defaults    the defaults of the schema, as in a new scenario
    learned     drawn from the ranges learned from the other crises
    own         drawn from the ranges of its scenario, whose author knew the counts

Its figures are scored with the model's own error, as in every run. Baselines forecast each figure
on the day before its first day, from all counts published by then. The criterion was written down
before the first comparison: learned ranges are adopted for new scenarios if, on average over
crises, the CRPS of logarithms is not higher than with the defaults, and 90 % intervals contain at
least 80 % of the figures.
"""

import argparse
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.calibration import sampler
from emigre.calibration.posterior import MARK, Posterior
from emigre.calibration.scenario_fit import FitProblem, FitSettings
from emigre.calibration.targets import targets_of
from emigre.ensemble.executors import sample
from emigre.ensemble.plan import Plan
from emigre.ensemble.progress import Silent
from emigre.evaluation.baselines import Published
from emigre.evaluation.observations import scorable
from emigre.evaluation.scores import with_error
from emigre.evaluation.skill import OURS, forecasts
from emigre.numerics.normal import Q95
from emigre.scenario.loader import load
from emigre.scenario.model import ParameterRecord, Scenario
from emigre.scenario.parameter_draws import Draws
from emigre.scenario.priors import Prior, Priors, bounds_of, prior_of, prior_values, priors_of

Array = NDArray[np.float64]

SHARED = (
    "time_weight_per_hour", "wait_weight_per_hour", "cost_weight", "network_weight",
    "language_weight", "income_weight", "risk_weight", "access_weight", "base_leaving_per_day",
    "willingness_spread", "prepare_days", "base_returning_per_day", "base_onward_per_day",
    "onward_gain_weight", "again_per_day",
)  # fmt: skip
MIDDLES = {"willingness_spread": 4.0}
"""Middles of the wide prior where the default is 0."""
FACTOR = 4.0
"""Ratio of the 95 % quantile of the wide prior to its middle."""
SPREAD = 0.5
"""Scale of the half-normal prior of tau, for logarithms and attractions."""
TAU = SPREAD * Q95 / np.log(FACTOR)
"""The same in standard deviations of the wide prior."""
SAYS, BY_CHANCE = 0.2, 0.75
NEAR = 30
RUNS, SEED, DISCREPANCY = 60, 1, 0.2


@dataclass(frozen=True)
class Case:
    """A crisis: last day of its counts, people per simulated person, draws and steps of the fit."""

    until: str
    scale: int
    size: int
    steps: int


CASES = {
    "balkans-2015": Case("2016-01-31", 200, 150, 3),
    "russia-2022": Case("2022-12-31", 1000, 200, 2),
    "ukraine-2022": Case("2022-03-31", 1000, 150, 3),
}


def bounded(name: str, low: float, high: float) -> Prior:
    """A lognormal prior of a parameter of the model."""
    known = schema.parameters()[name]
    return Prior(name, "lognormal", low, high, known.low, known.high)


def wide(name: str) -> Prior:
    """The wide prior of a shared parameter, the same for all crises."""
    middle = MIDDLES.get(name, schema.parameters()[name].default)
    return bounded(name, middle / FACTOR, middle * FACTOR)


WIDE = tuple(wide(name) for name in SHARED)


def own_priors(scenario: Scenario) -> tuple[Prior, ...]:
    """Priors of the parameters that only this crisis has."""
    return tuple(p for p in priors_of(scenario).each if p.name not in SHARED)


def posterior_of(name: str, case: Case, cache: Path) -> tuple[tuple[Prior, ...], Array]:
    """Priors and posterior draws (n, k) of a crisis: those shipped, or of a fit made here."""
    scenario = load(name, end=case.until)
    assert scenario.folder is not None
    if (scenario.folder / MARK).is_file():
        posterior = Posterior.read(scenario.folder)
        shapes = {
            p.name: prior_of(
                ParameterRecord(p.name, p.q50, p.low, p.high, p.prior),
                *(bounds_of(scenario, p.name) or ()),
            )
            for p in posterior.info.parameters
        }
        return tuple(p for n in posterior.names if (p := shapes[n])), posterior.values
    settings = FitSettings(case.size, case.steps, 0, SEED, DISCREPANCY, case.scale)
    priors = Priors((*WIDE, *own_priors(scenario)))
    targets = targets_of(scenario, scale=case.scale)
    plan = Plan((scenario,), 1, SEED, case.scale)
    question = FitProblem(plan, settings, priors, targets)
    posterior = sampler.fit(
        question.simulator(Silent()), priors, targets, size=case.size, steps=case.steps,
        checks=0, seed=SEED, discrepancy=DISCREPANCY,
        keep_in=cache / f"{name}-{scenario.hash[:12]}",
    )  # fmt: skip
    return priors.each, posterior.values


def informed(priors: Sequence[Prior], values: Array) -> list[tuple[Prior, float, float]]:
    """Parameters about which the counts of a crisis are informative.

    With their estimates, as distances from the middles of their ranges, and variances, without
    prior; for lognormal priors of logarithms.
    """
    z = Priors(tuple(priors)).standard(values)
    means, variances = z.mean(axis=0), z.var(axis=0, ddof=1)
    known = variances / np.quantile(variances, BY_CHANCE)
    return [
        (prior, sd * m / (1.0 - v), sd**2 * k / (1.0 - k))
        for prior, m, v, k in zip(priors, means, variances, known, strict=True)
        if k < 1.0 - SAYS
        for _, sd in (_mean_and_sd(prior),)
    ]


def estimates_from_counts(priors: Sequence[Prior], values: Array) -> tuple[Array, Array]:
    """Estimates y and variances s of shared parameters from the counts of a crisis, without prior.

    They are on the scale of the wide prior; nan where the counts are not informative.
    """
    y, s = np.full((2, len(SHARED)), np.nan)
    for prior, distance, variance in informed(priors, values):
        if prior.name in SHARED and prior.is_log:
            i = SHARED.index(prior.name)
            mean, (middle, unit) = _mean_and_sd(prior)[0], _mean_and_sd(WIDE[i])
            y[i], s[i] = (mean + distance - middle) / unit, variance / unit**2
    return y, s


def _mean_and_sd(prior: Prior) -> tuple[float, float]:
    """Mean and standard deviation, of the logarithm if lognormal, ignoring bounds."""
    low, high = np.log((prior.low, prior.high)) if prior.is_log else (prior.low, prior.high)
    return float(low + high) / 2.0, float(high - low) / (2.0 * Q95)


def spread_of_attractions(crises: Iterable[tuple[Sequence[Prior], Array]]) -> float:
    """Standard deviation of attractions of countries around hand-set ones, from some crises.

    The estimates y_d of countries with informative counts lie around the middles of their ranges,
    y_d ~ N(0, s_d + tau^2), with tau half-normal(0.5) as for crises. Returns sqrt(E[tau^2 | y]).
    """
    distances, variances = [], []
    for priors, values in crises:
        for prior, distance, variance in informed(priors, values):
            if re.fullmatch(r"places\.[A-Z]{2}\.attraction", prior.name):
                distances.append(distance)
                variances.append(variance)
    tau = np.linspace(0.0, 3.0, 601)[1:]
    v = np.array(variances) + tau[:, None] ** 2
    log = -0.5 * ((np.log(v) + np.array(distances) ** 2 / v).sum(axis=1) + (tau / SPREAD) ** 2)
    p = np.exp(log - log.max())
    return float(np.sqrt(p @ tau**2 / p.sum()))


def predicted(y: Array, s: Array, scale: float = TAU) -> tuple[float, float]:
    """Mean and standard deviation of a new crisis after some crises with y and s, (n,) each."""
    tau = np.linspace(0.0, 6.0 * scale, 601)
    w = 1.0 / (s + tau[:, None] ** 2)
    v = 1.0 / (1.0 + w.sum(axis=1))
    m = v * (w * y).sum(axis=1)
    log = (np.log(w) - w * y**2).sum(axis=1) + np.log(v) + m**2 / v - (tau / scale) ** 2
    p = np.exp(0.5 * (log - log.max()))
    p /= p.sum()
    mean = float(p @ m)
    return mean, float(np.sqrt(p @ (v + tau**2 + m**2) - mean**2))


def learned(y: Array, s: Array, least: int) -> tuple[Prior, ...]:
    """Ranges learned from crises (rows of y and s), if at least ``least`` are informative."""
    ranges = []
    for i, prior in enumerate(WIDE):
        says = np.isfinite(y[:, i])
        if says.sum() >= least:
            mean, sd = predicted(y[says, i], s[says, i])
            low, high = prior.value(mean + np.array([-Q95, Q95]) * sd)
            ranges.append(bounded(prior.name, float(low), float(high)))
    return tuple(ranges)


def draws_with(scenario: Scenario, ranges: Iterable[Prior]) -> Draws:
    """Draws of a crisis' own ranges and of shared ones; other shared parameters at defaults."""
    priors = Priors((*own_priors(scenario), *ranges))
    rest = [name for name in SHARED if name not in priors.names]
    fixed = np.tile([schema.parameters()[name].default for name in rest], (RUNS, 1))
    return Draws((*priors.names, *rest), np.hstack([prior_values(priors, RUNS, SEED), fixed]))


def figures(scenario: Scenario) -> pl.DataFrame:
    """The figures of a crisis within its simulated days."""
    rows = scorable(scenario.tables["observations"])
    return rows.filter(pl.col("from") >= scenario.start, pl.col("to") <= scenario.end)


def scored(scenario: Scenario, values: Array, origin: date | None) -> pl.DataFrame:
    """Forecasts of the figures by values (runs, figures) and by baselines."""
    published = Published(scenario.tables["observations"], scenario.tables["pressures"])
    return forecasts(values, figures(scenario), published.on, seed=SEED, origin=origin)


def forecasts_of_figures(scenario: Scenario, case: Case, draws: Draws, cache: Path) -> pl.DataFrame:
    """Forecasts of the figures of a crisis after its first week, from its first day."""
    key = hashlib.sha256((scenario.hash + draws.text()).encode()).hexdigest()[:12]
    kept = cache / f"{scenario.id}-{key}.parquet"
    if not kept.is_file():
        rows = figures(scenario)
        plan = Plan((scenario,), RUNS, SEED, case.scale, draws=draws)
        simulated = sample(plan, rows)[0]
        values = [with_error(simulated[:, i], row, ()) for i, row in enumerate(rows.to_dicts())]
        week = scenario.start + timedelta(days=6)
        scored(scenario, np.stack(values, axis=1), week).write_parquet(kept)
    return pl.read_parquet(kept).filter(pl.col("forecaster") == OURS)


def summary(scenario: Scenario, arm: str, ours: pl.DataFrame) -> dict[str, Any]:
    """A line of the comparison, with the skill against the best baseline on the day before."""
    baselines = scored(scenario, np.ones((1, figures(scenario).height)), None)
    baselines = baselines.filter(pl.col("forecaster") != OURS).select(
        "id", "forecaster", "crps_log"
    )
    beside = baselines.join(ours.select("id", pl.col("crps_log").alias("ours")), on="id")
    means = beside.group_by("forecaster").agg(pl.col("crps_log", "ours").mean())
    best = means.sort("crps_log").row(0, named=True)
    near = ours.filter(pl.col("horizon") <= NEAR)
    return {
        "crisis": scenario.id,
        "parameters": arm,
        "figures": ours.height,
        "crps": ours["crps_log"].mean(),
        "in 90": ours["covered_90"].mean(),
        "in 50": ours["covered_50"].mean(),
        f"to day {NEAR}": near["crps_log"].mean(),
        "later": ours.filter(pl.col("horizon") > NEAR)["crps_log"].mean(),
        "baseline": best["crps_log"],
        "skill": 1.0 - best["ours"] / best["crps_log"],
    }


def compare(y: Array, s: Array, cache: Path) -> pl.DataFrame:
    """Simulate each crisis with learned ranges, with defaults and with its own ranges."""
    lines = []
    for i, (name, case) in enumerate(CASES.items()):
        scenario = load(name, end=case.until)
        rest = np.arange(len(CASES)) != i
        arms: dict[str, Draws] = {
            "defaults": draws_with(scenario, ()),
            "learned": draws_with(scenario, learned(y[rest], s[rest], 1)),
        }
        every = priors_of(scenario)
        arms["own"] = Draws(every.names, prior_values(every, RUNS, SEED))
        for arm, draws in arms.items():
            lines.append(summary(scenario, arm, forecasts_of_figures(scenario, case, draws, cache)))
    return pl.DataFrame(lines, infer_schema_length=None)


def table_of(names: Sequence[str], y: Array, s: Array) -> pl.DataFrame:
    """Estimates of shared parameters by crisis, and the ranges learned from all."""
    sd = np.log(FACTOR) / Q95
    ranges = {p.name: p for p in learned(y, s, 2)}
    lines = []
    for i, prior in enumerate(WIDE):
        line: dict[str, Any] = {"parameter": prior.name}
        middle = np.sqrt(prior.low * prior.high)
        for case, a, b in zip(names, y[:, i], s[:, i], strict=True):
            words = f"{middle * np.exp(sd * a):.2g} ({np.exp(Q95 * sd * b**0.5):.1f})"
            line[case] = words if np.isfinite(a) else "-"
        line["default"] = f"{schema.parameters()[prior.name].default:.2g}"
        got = ranges.get(prior.name)
        line["range"] = f"{got.low:.2g} to {got.high:.2g}" if got else "-"
        lines.append(line)
    return pl.DataFrame(lines)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for finished simulations")
    parser.add_argument("--scores", action="store_true", help="also leave each crisis out in turn")
    asked = parser.parse_args()
    posteriors = [posterior_of(name, case, asked.cache) for name, case in CASES.items()]
    estimates = [estimates_from_counts(*posterior) for posterior in posteriors]
    y, s = np.array([y for y, _ in estimates]), np.array([s for _, s in estimates])
    with pl.Config(tbl_cols=20, tbl_rows=40, tbl_width_chars=150, float_precision=3):
        print(table_of(tuple(CASES), y, s))
        for i, name in enumerate(CASES):
            spread = spread_of_attractions(posteriors[:i] + posteriors[i + 1 :])
            print(f"spread of attractions for {name}, from the other crises: {spread:.2f}")
        if asked.scores:
            print(compare(y, s, asked.cache))


if __name__ == "__main__":
    main()
