"""Sensitivity measures: Morris screening and Sobol' indices.

Parameters are varied by quantiles u of their priors: the more uncertain a parameter is, the more it
varies. **Screening** (Morris 1991, Technometrics 33, 161-174; mean of absolute effects after
Campolongo, Cariboni and Saltelli 2007, Environmental Modelling and Software 22, 1509-1518): along
each trajectory, each parameter in turn changes by two thirds of its range,

    d_i = (y(u + step e_i) - y(u)) / step,    u from the 5 % to the 95 % quantile

d_i is the change of the number when parameter i goes from one end of its 90 % range to the other
while all others are held fixed. Reported are the mean of d_i (its direction), the mean of |d_i|
(its size) with a bootstrap interval, and the standard deviation of d_i (how much it depends on the
other parameters).

**Shares of variance** (Sobol' 2001; estimators of Saltelli et al. 2010, Computer Physics
Communications 181, 259-270) of the influential parameters, all others at their median:

    first_i = Var(E(y | u_i)) / Var(y),    total_i = E(Var(y | all but u_i)) / Var(y)

Both are computed with SALib. All evaluations use common random numbers: differences are due to
parameters, not to chance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from emigre.errors import InputError, Mistake
from emigre.numerics.array_types import F64
from emigre.scenario.priors import Priors

Evaluate = Callable[[F64, int], F64]
"""Function of parameter values (n, k) and the index of the first evaluation -> the number (n,)."""

LEVELS = 4
INNER = (0.05, 0.95)
"""Quantiles between which screening varies a parameter."""

_RESAMPLES = 1000
_LEVEL = 0.9
_EDGE = 1e-6
_SOME = 0.05
"""A parameter is influential if its effect is at least this share of the largest."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of one parameter on the number.

    ``mean`` is the change from its 5 % to its 95 % quantile, ``size`` the mean of the absolute
    change with the 90 % interval ``size_low`` to ``size_high``, ``spread`` its standard deviation
    over the trajectories. Shares of variance are None unless requested.
    """

    name: str
    mean: float
    size: float
    size_low: float
    size_high: float
    spread: float
    first: float | None = None
    first_low: float | None = None
    first_high: float | None = None
    total: float | None = None
    total_low: float | None = None
    total_high: float | None = None


def screen(evaluate: Evaluate, priors: Priors, *, trajectories: int, seed: int) -> list[Effect]:
    """Effects of all parameters, the largest first, from trajectories * (k + 1) evaluations."""
    sampler, analyser = _method("morris")
    problem = _problem(priors)
    u = sampler.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    y = evaluate(values_at(priors, INNER[0] + (INNER[1] - INNER[0]) * u), 0)
    # SALib assumes a normal bootstrap distribution; we use its quantiles.
    indices = analyser.analyze(problem, u, y, num_levels=LEVELS, num_resamples=2, seed=seed)
    each = elementary_effects(u, y, len(priors))
    low, high = _bootstrap(np.abs(each), seed)
    effects = [
        Effect(
            name=name,
            mean=float(indices["mu"][i]),
            size=float(indices["mu_star"][i]),
            size_low=float(low[i]),
            size_high=float(high[i]),
            spread=float(indices["sigma"][i]),
        )
        for i, name in enumerate(priors.names)
    ]
    return sorted(effects, key=lambda e: -e.size)


def elementary_effects(u: F64, y: F64, k: int) -> F64:
    """Effect d_i of each parameter along each trajectory, (n_trajectories, k)."""
    points, numbers = u.reshape(-1, k + 1, k), y.reshape(-1, k + 1)
    moved = np.diff(points, axis=1)
    which = np.abs(moved).argmax(axis=2)
    step = np.take_along_axis(moved, which[:, :, None], axis=2)[:, :, 0]
    effects = np.empty((len(points), k))
    np.put_along_axis(effects, which, np.diff(numbers, axis=1) / step, axis=1)
    return effects


def _bootstrap(sizes: F64, seed: int) -> tuple[F64, F64]:
    """Ends of the bootstrap interval of the mean over trajectories."""
    rng = np.random.default_rng([seed, 1])
    picked = rng.integers(0, len(sizes), (_RESAMPLES, len(sizes)))
    means = sizes[picked].mean(axis=1)
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    return low, high


def influential(effects: list[Effect], most: int) -> list[str]:
    """Names of the influential parameters, at most ``most``."""
    largest = max((e.size for e in effects), default=0.0)
    return [e.name for e in effects if largest and e.size >= _SOME * largest][:most]


def share(
    evaluate: Evaluate, priors: Priors, effects: list[Effect], *, most: int, base: int, seed: int
) -> list[Effect]:
    """Add shares of variance of the n influential parameters, from base * (n + 2) evaluations.

    ``base`` is a power of two, ``most`` the largest n.
    """
    sampler, analyser = _method("sobol")
    few = influential(effects, most)
    if not few:
        return effects
    chosen = [i for i, name in enumerate(priors.names) if name in few]
    problem = _problem(Priors(tuple(priors.each[i] for i in chosen)))
    points = sampler.sample(problem, base, calc_second_order=False, seed=seed)
    u = np.full((len(points), len(priors)), 0.5)
    u[:, chosen] = points
    y = evaluate(values_at(priors, u), 0)
    if np.ptp(y) == 0.0:
        return effects
    indices = analyser.analyze(
        problem,
        (y - y.mean()) / y.std(),  # the estimators are better conditioned around 0
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=_LEVEL,
        seed=seed,
    )
    shares = {priors.names[i]: _shares(indices, at) for at, i in enumerate(chosen)}
    return [replace(e, **shares.get(e.name, {})) for e in effects]


def _shares(indices: Any, at: int) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for name, index in (("first", "S1"), ("total", "ST")):
        value, half = float(indices[index][at]), float(indices[f"{index}_conf"][at])
        shares |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return shares


def values_at(priors: Priors, u: F64) -> F64:
    """Values of the parameters at quantiles u of their priors, (n, k)."""
    from scipy.special import ndtri

    return priors.values(ndtri(np.clip(u, _EDGE, 1.0 - _EDGE)))


def _problem(priors: Priors) -> dict[str, Any]:
    return {
        "num_vars": len(priors),
        "names": list(priors.names),
        "bounds": [[0.0, 1.0]] * len(priors),
    }


def require_library() -> None:
    """InputError unless the requirements of a study are installed."""
    _method("morris")


def _method(name: str) -> tuple[Any, Any]:
    """Sampler and analyser of a method of SALib."""
    try:
        return import_module(f"SALib.sample.{name}"), import_module(f"SALib.analyze.{name}")
    except ImportError:
        expected = "the extra emigre[fit]: pip install 'emigre[fit]'"
        mistake = Mistake("emigre sensitivity", "no library for sensitivity", expected)
        raise InputError(mistake) from None
