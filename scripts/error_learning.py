"""Learn the sizes of the model's error, and the weights of the baselines, from hindcasts.

Minimum CRPS estimation (Gneiting, Raftery, Westveld and Goldman 2005, Monthly Weather Review 133,
1098-1118). The score is the CRPS of logarithms of the later figures of episodes
(forecasting/episodes.py) relative to the best baseline: the mean of the logarithm of the ratio,
over parts of the horizon and kinds of measure of a case, then over cases. The search changes one
size at a time by a factor. A weak prior determines sizes that the figures do not: a change by a
factor of two from the start of the search costs :data:`PULL` of the score.

Forecasts with these sizes, and widths adjusted to each series' own record
(forecasting/own_record.py), are pooled with a baseline (forecasting/pooling.py). The weight of the
baseline minimises the same score, for each kind of measure and part of the horizon. A baseline is
used only if it improves the geometric mean over cases by at least :data:`WORTH`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.evaluation.baselines import LogNormal, forecasters
from emigre.evaluation.model_error import HORIZONS, ModelError, Pool, horizon_of
from emigre.forecasting.episodes import LEAST_SD, NORMAL, Episode, crps
from emigre.forecasting.own_record import TAILS, OwnRecord, scale_of_same_interval

Array = NDArray[np.float64]

TIMES = (3.0, 7.0, 14.0, 30.0, 60.0)
"""Times tried for the drift, in days."""
FACTORS = (1.5, 1.15)
"""Factors by which sizes are tried, coarse and fine."""
PULL = 0.002
WEIGHTS = tuple(np.round(np.linspace(0.0, 1.0, 11), 1).tolist())
WORTH = 0.03
"""Least relative improvement for which a baseline gets a weight."""
_SIZES = ("lasting", "drift", "daily", "everywhere", "country", "freedom")
_BOUNDS = {"freedom": (3.0, 30.0)}
_LEAST_LARGEST = (0.01, 3.0)
RECENT = (3.0, 7.0, 14.0, 30.0)
"""Times tried for forgetting misses, in days."""
FEWEST = 5
"""Fewest figures of a kind and part of the horizon of a case that are scored."""
LEARNED = "flow"
"""The kind of measure that is learned.

Waits have too few figures. Stocks of forecasts start from a count, those of runs do not.
"""


def learn(
    episodes: Sequence[Episode], start: Mapping[str, ModelError]
) -> tuple[dict[str, ModelError], float]:
    """Learn the sizes of the model's error of flows; returns all sizes by kind, and their score."""
    own = [e for e in episodes if LEARNED in e.kinds[e.n_known :]]
    sizes, score = _learn(own, start, LEARNED, start[LEARNED])
    return {**start, LEARNED: sizes}, score


def _learn(
    episodes: Sequence[Episode], errors: Mapping[str, ModelError], kind: str, start: ModelError
) -> tuple[ModelError, float]:
    @cache  # each round tries some of the sizes of the one before
    def score(tried: ModelError) -> float:
        names = (*_SIZES, "days", "recent")
        far = sum(np.log2(getattr(tried, n) / getattr(start, n)) ** 2 for n in names)
        return _score(episodes, {**errors, kind: tried}, kind) + PULL * float(far)

    current, best = start, score(start)
    for factor in FACTORS:
        moved = True
        while moved:
            moved = False
            for tried in _neighbours(current, factor):
                value = score(tried)
                if value < best - 1e-5:
                    current, best, moved = tried, value, True
    return current, best


def _neighbours(error: ModelError, factor: float) -> Iterable[ModelError]:
    for name in _SIZES:
        least, largest = _BOUNDS.get(name, _LEAST_LARGEST)
        for by in (factor, 1.0 / factor):
            size = min(max(getattr(error, name) * by, least), largest)
            tried = replace(error, **{name: size})
            if tried.everywhere + tried.country <= 0.95:
                yield tried
    for name, several in (("days", TIMES), ("recent", RECENT)):
        at = several.index(getattr(error, name))
        near = (several[i] for i in (at - 1, at + 1) if 0 <= i < len(several))
        yield from (replace(error, **{name: time}) for time in near)


def _score(episodes: Sequence[Episode], errors: Mapping[str, ModelError], kind: str) -> float:
    """Mean over cases and parts of the horizon of ln(CRPS / CRPS of the best baseline)."""
    groups: dict[str, dict[str, list[Array]]] = {}
    for e in episodes:
        mean, scale, freedom = e.predict(errors)
        ours = crps(mean, scale, e.counted[e.n_known :], freedom)
        both = np.vstack([ours, e.crps_of_baselines])
        for (own, part), which in e.later.items():
            if own == kind:
                groups.setdefault(e.case, {}).setdefault(part, []).append(both[:, which])
    cases = []
    for parts in groups.values():
        tables = [np.hstack(several) for several in parts.values()]
        ratios = [_log_ratio(table) for table in tables if table.shape[1] >= FEWEST]
        cases += [np.mean(ratios)] if ratios else []
    return float(np.mean(cases)) if cases else 0.0


def _log_ratio(table: Array) -> float:
    """Logarithm of the mean of the first row divided by the smallest mean of the others."""
    means = table.mean(axis=1)
    return float(np.log(means[0] / means[1:].min()))


def _calibrated(
    e: Episode, errors: Mapping[str, ModelError], own: OwnRecord
) -> tuple[Array, Array, Array]:
    """Mean, scale and degrees of freedom of later figures, adjusted to the own record."""
    mean, scale, freedom = e.predict(errors)
    later = zip(e.series[e.n_known :], e.horizon[e.n_known :], strict=True)
    by = np.array([own.factor(series, horizon_of(int(h))) for series, h in later])
    return mean, scale_of_same_interval(scale, freedom) * by, np.full(len(mean), TAILS)


def pool(
    episodes: Sequence[Episode], errors: Mapping[str, ModelError]
) -> dict[str, dict[str, Pool]]:
    """The baseline and weight of each kind of measure and part of the horizon."""
    calibrated = [(e, _calibrated(e, errors, OwnRecord.of(e.past, errors))) for e in episodes]
    kinds = sorted({kind for e in episodes for kind in e.kinds[e.n_known :]})
    pools: dict[str, dict[str, Pool]] = {}
    for kind in kinds:
        for part in HORIZONS:
            several = [
                (e, t, e.later[kind, part]) for e, t in calibrated if (kind, part) in e.later
            ]
            if any(there.any() for _, _, there in several):
                pools.setdefault(kind, {})[part] = _best_pool(several)
    return pools


_Calibrated = tuple[Episode, tuple[Array, Array, Array], NDArray[np.bool_]]


def _best_pool(several: Sequence[_Calibrated]) -> Pool:
    """The pool with the lowest score over the figures of some episodes."""
    alone = _pool_scores(several, Pool("persistence", 1.0))
    best, least = Pool("persistence", 1.0), math.log1p(-WORTH)
    for baseline in forecasters():
        for weight in WEIGHTS:
            tried = _pool_scores(several, Pool(baseline, weight))
            ratio = float(np.mean([np.log(tried[case] / alone[case]) for case in alone]))
            if ratio < least:
                best, least = Pool(baseline, weight), ratio
    return best


def _pool_scores(several: Sequence[_Calibrated], chosen: Pool) -> dict[str, float]:
    """Mean CRPS by case."""
    scores: dict[str, list[float]] = {}
    for e, (mean, scale, freedom), there in several:
        for i in np.flatnonzero(there):
            own = mean[i], scale[i], freedom[i]
            baseline = None if i in e.breaks else e.baselines[chosen.baseline][i]
            middle, width, tails = _pooled(own, baseline, chosen)
            counted = e.counted[e.n_known + i]
            value = crps(np.array(middle), np.array(width), counted, tails)
            scores.setdefault(e.case, []).append(float(value))
    return {case: float(np.mean(values)) for case, values in scores.items()}


def _pooled(
    ours: tuple[float, float, float], baseline: LogNormal | None, chosen: Pool
) -> tuple[float, float, float]:
    """Mean, scale and degrees of freedom of a pool of logarithms."""
    if baseline is None or baseline.median <= 0:
        return ours
    mean, scale, freedom = ours
    weight = chosen.share(scale, baseline.sd)
    pooled_mean = weight * mean + (1.0 - weight) * math.log(baseline.median)
    return pooled_mean, weight * scale + (1.0 - weight) * baseline.sd, freedom / max(weight, 1e-3)


def record(
    episodes: Sequence[Episode],
    errors: Mapping[str, ModelError],
    pools: Mapping[str, Mapping[str, Pool]],
) -> pl.DataFrame:
    """Score by case, origin, kind, part of the horizon and forecaster, if there is a baseline.

    ``crps`` is that of logarithms, ``below`` the probability of less than the figure, ``in_50`` and
    ``in_90`` whether it lies inside the intervals, ``width`` the scale of the logarithm.
    """
    from scipy.special import stdtr

    rows = []
    for e in episodes:
        of_past = OwnRecord.of(e.past, errors)
        by_kind = of_past.pools(pools)
        for i, own in enumerate(zip(*_calibrated(e, errors, of_past), strict=True)):
            j = e.n_known + i
            if not np.isfinite(e.crps_of_baselines[:, i]).any():
                continue
            part = horizon_of(int(e.horizon[j]))
            chosen = by_kind.get(e.kinds[j], {}).get(part, Pool("persistence", 1.0))
            runs = e.simulated[:, j]
            spread = math.sqrt(runs.var(ddof=1) + e.variance[j])
            forecasts = {
                baseline: (math.log(f.median), max(f.sd, LEAST_SD), math.inf)
                for baseline, several in e.baselines.items()
                if (f := several[i]) is not None and f.median > 0
            }
            forecasts["conditioned"] = own
            forecasts["simulation"] = float(runs.mean()), spread, math.inf
            baseline = None if i in e.breaks else e.baselines[chosen.baseline][i]
            forecasts["emigre"] = _pooled(own, baseline, chosen)
            for name, (mean, scale, freedom) in forecasts.items():
                value = crps(np.array(mean), np.array(scale), e.counted[j], freedom)
                z = (e.counted[j] - mean) / scale
                below = float(stdtr(min(freedom, NORMAL), z))
                rows.append(
                    {
                        "case": e.case,
                        "day": e.day,
                        "kind": e.kinds[j],
                        "days": part,
                        "forecaster": name,
                        "crps": float(value),
                        "below": below,
                        "in_50": abs(below - 0.5) <= 0.25,
                        "in_90": abs(below - 0.5) <= 0.45,
                        "width": float(scale),
                    }
                )
    return pl.DataFrame(rows)


def table(record: pl.DataFrame, keys: Sequence[str] = ("case", "days")) -> pl.DataFrame:
    """Means of a record by ``keys``: forecast and best baseline, and the skill in logarithms."""
    means = record.group_by(*keys, "forecaster").agg(
        pl.len().alias("n"), pl.col("crps", "in_50", "in_90", "width").mean()
    )
    ours = pl.col("forecaster").is_in(["emigre", "conditioned", "simulation"])
    best = means.filter(~ours).sort("crps").group_by(*keys, maintain_order=True).first()
    plain = means.filter(pl.col("forecaster") == "simulation").select(*keys, simulation="crps")
    return (
        means.filter(pl.col("forecaster") == "emigre")
        .drop("forecaster")
        .join(best.select(*keys, baseline="forecaster", best="crps"), on=keys)
        .join(plain, on=keys)
        .with_columns(skill=1.0 - pl.col("crps") / pl.col("best"))
        .sort(keys)
    )
