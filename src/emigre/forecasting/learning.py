"""Learn the sizes of the model's error, and how much to trust naive rules, from hindcasts.

An *episode* is a forecast of the past: what n runs say about figures known on its day and about
figures of later days, and what was counted. Given sizes of the error (model_error.py) and a run,
the figures are Gaussian in logarithms (conditioning.py), so the mean and standard deviation of each
later figure have a closed form, also over the weighted runs. The sizes minimise the mean CRPS of
logarithms over later figures (Gneiting, Raftery, Westveld and Goldman 2005, Monthly Weather Review
133, 1098-1118: minimum CRPS estimation), each case with the same weight, found by trying factors
one size at a time. A weak prior keeps sizes about which no figure says anything: a factor of two
from where the search started costs :data:`PULL` of the score.

With the sizes given, forecasts are pooled with naive rules: quantiles of logarithms are averaged
(:class:`Pool`), with the weight and rule that minimise the same score for each kind of measure and
each part of the horizon, where that improves it by at least :data:`WORTH` in the geometric mean
over cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.evaluation.baselines import Forecast, Memory, rules
from emigre.evaluation.model_error import HORIZONS, ModelError, Pool, horizon_of
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import Known, Prior, weights

Array = NDArray[np.float64]

TIMES = (3.0, 7.0, 14.0, 30.0, 60.0)
"""Times tried for the drift, in days."""
FACTORS = (1.5, 1.15)
"""Factors by which sizes are tried, coarse and fine."""
PULL = 0.002
WEIGHTS = tuple(np.round(np.linspace(0.0, 1.0, 11), 1).tolist())
WORTH = 0.05
"""Least relative improvement for which a rule gets a weight."""
_SIZES = ("lasting", "drift", "daily", "everywhere", "country")
_LARGEST, _LEAST = 3.0, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Figures of one measure in an episode: covariances per unit of variance.

    ``which`` (m,) are their numbers; ``parts`` maps (grouping, time) to a matrix (m, m): grouping
    everywhere, country or place, time lasting, daily or the days of a drift.
    """

    kind: str
    which: NDArray[np.intp]
    parts: Mapping[tuple[str, str | float], Array]

    def covariance(self, error: ModelError) -> Array:
        """Covariance K of the figures, (m, m)."""
        shares = {
            "everywhere": error.everywhere,
            "country": error.country,
            "place": 1.0 - error.everywhere - error.country,
        }
        sizes: dict[str | float, float] = {
            "lasting": error.lasting**2,
            error.days: error.drift**2,
            "daily": error.daily**2,
        }
        found = np.zeros((len(self.which), len(self.which)))
        for group, share in shares.items():
            for time, size in sizes.items():
                found += share * size * self.parts[group, time]
        return found


@dataclass(frozen=True, eq=False)
class Episode:
    """A forecast of the past.

    The first ``n_known`` of m figures were known. ``counted`` (m,), ``simulated`` (runs, m) in
    logarithms, ``variance`` (m,) of the counts, ``horizon`` (m,) in days to the last day of each,
    ``naive`` by rule: a forecast of each later figure, None where the rule has none.
    """

    case: str
    day: date
    n_known: int
    counted: Array
    simulated: Array
    variance: Array
    horizon: NDArray[np.int64]
    kinds: tuple[str, ...]
    blocks: tuple[Block, ...]
    naive: Mapping[str, tuple[Forecast | None, ...]]

    def predict(self, errors: Mapping[str, ModelError]) -> tuple[Array, Array]:
        """Mean and standard deviation of the logarithm of every later figure."""
        n = self.n_known
        total = np.diag(self.variance)
        for block in self.blocks:
            total[np.ix_(block.which, block.which)] += block.covariance(errors[block.kind])
        missing = self.counted[:n] - self.simulated[:, :n]
        moved = np.linalg.solve(total[:n, :n], np.hstack([missing.T, total[:n, n:]]))
        weight = weights(-0.5 * (missing * moved[:, : len(missing)].T).sum(axis=1))
        gain = moved[:, len(missing) :].T
        means = self.simulated[:, n:] + missing @ gain.T
        mean = weight @ means
        variance = np.diag(total)[n:] - (gain * total[n:, :n]).sum(axis=1)
        variance = variance + weight @ (means - mean) ** 2
        return mean, np.sqrt(np.maximum(variance, 1e-6))

    def __len__(self) -> int:
        return len(self.counted)


def episode(
    case: str,
    day: date,
    cells: Mapping[str, Cells],
    known: pl.DataFrame,
    later: pl.DataFrame,
    memory: Memory,
    scale: int,
    *,
    kinds: Sequence[str] = ("flow", "stock", "mean"),
) -> Episode:
    """The episode of a day: figures ``known`` on it and ``later`` ones, rows of observations."""
    before = Known.of(cells, known.filter(_of(kinds)), scale)
    after = Known.of(cells, later.filter(_of(kinds)), scale)
    rows = pl.concat([before.rows, after.rows], how="vertical_relaxed")
    both = Known(
        rows,
        np.concatenate([before.counted, after.counted]),
        np.concatenate([before.simulated, after.simulated], axis=1),
        np.concatenate([before.variance, after.variance]),
    )
    naive = {
        rule: tuple(
            memory.forecast(rule, r["measure"], r["place"], r["from"], r["to"])
            for r in after.rows.iter_rows(named=True)
        )
        for rule in rules()
    }
    horizon = [(to - timedelta(days=1) - day).days for to in rows["to"]]
    return Episode(
        case,
        day,
        len(before),
        both.counted,
        both.simulated,
        both.variance,
        np.array(horizon),
        tuple(schema.measures()[m].kind for m in rows["measure"]),
        tuple(_block(cells[m], both) for m in dict.fromkeys(rows["measure"])),
        naive,
    )


def _of(kinds: Sequence[str]) -> pl.Expr:
    return pl.col("measure").is_in([m.name for m in schema.measures().values() if m.kind in kinds])


def _block(cells: Cells, known: Known) -> Block:
    prior = Prior.of(cells, known, ModelError(1.0, 0.0, 1.0, 0.0, 0.0, 0.0))
    n_places, n_days = cells.values.shape[1:]
    apart = np.abs(np.subtract.outer(np.arange(n_days), np.arange(n_days)))
    times: dict[str | float, Array] = {
        "lasting": np.ones((n_days, n_days)),
        "daily": np.eye(n_days),
        **{days: np.exp(-apart / days) for days in TIMES},
    }
    names = np.asarray(cells.countries)
    groups = {
        "everywhere": np.ones((n_places, n_places)),
        "country": np.equal.outer(names, names).astype(np.float64),
        "place": np.eye(n_places),
    }
    parts = {}
    for time, over_days in times.items():
        moved = prior.shares @ over_days
        for group, over_places in groups.items():
            parts[group, time] = np.tensordot(
                over_places @ moved, prior.shares, axes=([1, 2], [1, 2])
            )
    return Block(schema.measures()[cells.measure].kind, prior.which, parts)


def crps(mean: Array, sd: Array, observed: Array) -> Array:
    """CRPS of normal forecasts (n,), elementwise (Gneiting et al. 2005, equation 5)."""
    from scipy.special import ndtr

    z = (observed - mean) / sd
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return np.asarray(sd * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


def learn(
    episodes: Sequence[Episode], start: Mapping[str, ModelError]
) -> tuple[dict[str, ModelError], float]:
    """Sizes of the model's error by kind, and their score."""
    kinds = {kind for e in episodes for kind in e.kinds[e.n_known :]}
    found = dict(start)
    best = _score(episodes, found, start)
    for factor in FACTORS:
        moved = True
        while moved:
            moved = False
            for kind in sorted(kinds):
                for tried in _around(found[kind], factor):
                    score = _score(episodes, {**found, kind: tried}, start)
                    if score < best - 1e-6:
                        found[kind], best, moved = tried, score, True
    return found, best


def _around(error: ModelError, factor: float) -> Iterable[ModelError]:
    for name in _SIZES:
        for by in (factor, 1.0 / factor):
            size = min(max(getattr(error, name) * by, _LEAST), _LARGEST)
            tried = replace(error, **{name: size})
            if tried.everywhere + tried.country <= 0.95:
                yield tried
    at = TIMES.index(error.days)
    yield from (replace(error, days=TIMES[i]) for i in (at - 1, at + 1) if 0 <= i < len(TIMES))


def _score(
    episodes: Sequence[Episode],
    errors: Mapping[str, ModelError],
    start: Mapping[str, ModelError],
) -> float:
    """Mean score of cases, plus what it costs to be far from the start."""
    by_case: dict[str, list[float]] = {}
    for e in episodes:
        mean, sd = e.predict(errors)
        by_case.setdefault(e.case, []).extend(crps(mean, sd, e.counted[e.n_known :]).tolist())
    score = np.mean([np.mean(values) for values in by_case.values()])
    far = sum(
        np.log2(getattr(errors[k], name) / getattr(start[k], name)) ** 2
        for k in errors
        for name in (*_SIZES, "days")
    )
    return float(score + PULL * far / len(errors))


def pool(
    episodes: Sequence[Episode], errors: Mapping[str, ModelError]
) -> dict[str, dict[str, Pool]]:
    """The rule and weight of each kind of measure and part of the horizon."""
    rows: dict[tuple[str, str], list[tuple[str, float, float, float, int, Episode]]] = {}
    for e in episodes:
        mean, sd = e.predict(errors)
        for i in range(len(mean)):
            j = e.n_known + i
            key = e.kinds[j], horizon_of(int(e.horizon[j]))
            row = (e.case, mean[i], sd[i], e.counted[j], i, e)
            rows.setdefault(key, []).append(row)
    found: dict[str, dict[str, Pool]] = {}
    for (kind, part), several in sorted(rows.items()):
        found.setdefault(kind, {})[part] = _best_pool(several)
    return found


def _best_pool(rows: list[tuple[str, float, float, float, int, Episode]]) -> Pool:
    """The pool with the least mean score over figures that the rule forecasts."""
    best, least = Pool("persistence", 1.0), 1.0 - WORTH
    for rule in rules():
        there = [r for r in rows if (f := r[5].naive[rule][r[4]]) is not None and f.median > 0]
        if len(there) < len(rows) / 2 or not there:
            continue
        cases = np.array([r[0] for r in there])
        mean, sd, counted = (np.array([r[k] for r in there], dtype=float) for k in (1, 2, 3))
        other = [r[5].naive[rule][r[4]] for r in there]
        naive = np.array([np.log(f.median) for f in other if f is not None])
        spread = np.array([f.sd for f in other if f is not None])

        names = sorted(set(cases))

        def score(weight: float) -> Array:
            mixed = weight * mean + (1.0 - weight) * naive  # noqa: B023
            width = np.maximum(weight * sd + (1.0 - weight) * spread, 1e-3)  # noqa: B023
            each = crps(mixed, width, counted)  # noqa: B023
            return np.array([each[cases == c].mean() for c in names])  # noqa: B023

        alone = score(1.0)
        for weight in WEIGHTS:
            ratio = float(np.exp(np.log(score(weight) / alone).mean()))
            if ratio < least:
                best, least = Pool(rule, weight), ratio
    return best


def record(
    episodes: Sequence[Episode],
    errors: Mapping[str, ModelError],
    pools: Mapping[str, Mapping[str, Pool]],
) -> pl.DataFrame:
    """Score by case, part of the horizon and forecaster, on figures that a rule forecasts.

    ``crps`` is the mean of that of logarithms; ``in_50`` and ``in_90`` are shares of figures inside
    the intervals, ``width`` the mean standard deviation of the logarithm.
    """
    rows = []
    for e in episodes:
        mean, sd = e.predict(errors)
        for i in range(len(mean)):
            j = e.n_known + i
            part = horizon_of(int(e.horizon[j]))
            chosen = pools.get(e.kinds[j], {}).get(part, Pool("persistence", 1.0))
            several = {rule: e.naive[rule][i] for rule in rules()}
            if not any(f is not None and f.median > 0 for f in several.values()):
                continue
            said = {"conditioned": (mean[i], sd[i])}
            said |= {
                rule: (np.log(f.median), max(f.sd, 1e-3))
                for rule, f in several.items()
                if f is not None and f.median > 0
            }
            said["simulation"] = _plain(e, j)
            said["emigre"] = _pooled(said["conditioned"], said.get(chosen.rule), chosen.weight)
            for name, (m, s) in said.items():
                z = abs(e.counted[j] - m) / s
                rows.append(
                    {
                        "case": e.case,
                        "days": part,
                        "forecaster": name,
                        "crps": float(crps(np.array(m), np.array(s), e.counted[j])),
                        "in_50": z <= 0.6745,
                        "in_90": z <= 1.6449,
                        "width": float(s),
                    }
                )
    keys = ["case", "days", "forecaster"]
    means = [pl.col("crps", "in_50", "in_90", "width").mean()]
    return pl.DataFrame(rows).group_by(keys).agg(pl.len().alias("n"), *means).sort(keys)


def _plain(e: Episode, j: int) -> tuple[float, float]:
    runs = e.simulated[:, j]
    return float(runs.mean()), float(max(np.sqrt(runs.var(ddof=1) + e.variance[j]), 1e-3))


def _pooled(
    ours: tuple[float, float], rule: tuple[float, float] | None, weight: float
) -> tuple[float, float]:
    if rule is None:
        return ours
    pairs = zip(ours, rule, strict=True)
    mean, sd = (weight * a + (1.0 - weight) * b for a, b in pairs)
    return mean, sd


__all__ = ["HORIZONS", "Episode", "crps", "episode", "learn", "pool", "record"]
