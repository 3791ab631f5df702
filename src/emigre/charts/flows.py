"""Flows on the map: arrivals by region of origin, drawn as arcs."""

from typing import Any

import numpy as np
import polars as pl

from emigre.charts.series import ChartReader
from emigre.numerics.array_types import F64, I64

Pair = tuple[str, str]
"""An origin, and the country or camp where people from there arrived."""
MOST = 24
"""Number of flows drawn for each position of the slider, the largest first."""
_ENDS = ("origin", "place")
_POINTS = 13
_BEND = 0.12
"""Height of an arc over the great circle, as a share of its length."""


def arrivals(reader: ChartReader, places: set[str]) -> dict[Pair, F64]:
    """Persons a day by pair of these places, (n_runs, n_steps + 1): all days, then each step.

    Only pairs among the largest of any position. Empty for folders without the table.
    """
    table, steps, runs = reader.results.arrivals, len(reader.steps), reader.info.runs
    if table is None or table.is_empty():
        return {}
    origins, ends = (sorted(places.intersection(table[name].unique())) for name in _ENDS)
    day = (pl.col("date") - reader.info.start).dt.total_days()
    rows = table.select(
        "run",
        "value",
        (1 + day // reader.step).clip(upper_bound=steps + 1).alias("step"),
        *(
            pl.col(name).cast(pl.Enum(names), strict=False).to_physical()
            for name, names in zip(_ENDS, (origins, ends), strict=True)
        ),
    ).drop_nulls()
    run, value, step, origin, place = (column.to_numpy() for column in rows)
    code = origin.astype(np.int64) * len(ends) + place
    is_pair = np.bincount(code) > 0
    pairs, pair = np.flatnonzero(is_pair), (is_pair.cumsum() - 1)[code]
    total = _sums(pair, step, value, (len(pairs), steps + 2))
    # Of equal flows the first by name.
    largest = np.argsort(-total, axis=0, kind="stable")[:MOST]
    shown = np.unique(largest[np.take_along_axis(total, largest, axis=0) > 0])
    number = np.full(len(pairs), -1)
    number[shown] = np.arange(len(shown))
    some = number[pair] >= 0
    row = number[pair[some]] * runs + run[some]
    values = _sums(row, step[some], value[some], (len(shown) * runs, steps + 2))
    days = np.array([reader.info.n_days] + [reader.step] * steps)
    by_pair = (values / days).reshape(len(shown), runs, steps + 1)
    named = ((origins[p // len(ends)], ends[p % len(ends)]) for p in pairs[shown].tolist())
    return dict(zip(named, by_pair, strict=True))


def _sums(row: I64, step: I64, value: F64, shape: tuple[int, int]) -> F64:
    """Sums by row and step, the sum of all steps first; without the days after the last step."""
    sums = np.bincount(row * shape[1] + step, value, minlength=shape[0] * shape[1])
    cells = sums.astype(np.float64).reshape(shape)
    cells[:, 0] = cells.sum(axis=1)
    return cells[:, :-1]


def arc(start: tuple[float, float], end: tuple[float, float]) -> list[list[float]]:
    """Longitudes and latitudes along an arc to the left of the great circle.

    Points on the sphere, r(t) = s(t) + 4 b t (1 - t) w n, normalised: s(t) runs along the great
    circle from start to end, w is its angle, n its unit normal, and b the height of the arc as a
    share of its length. So flows in opposite directions do not cover each other.
    """
    a, b = (to_vector(*point) for point in (start, end))
    normal = np.cross(a, b)
    size = float(np.hypot.reduce(normal))
    angle = float(np.arctan2(size, a @ b))
    if angle < 1e-6:
        return [list(start), list(end)]
    t = np.linspace(0, 1, _POINTS)[:, None]
    along = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    points = to_degrees((along + 4 * _BEND * t * (1 - t) * angle * normal / size).T)
    return np.round(points.T, 2).tolist()  # type: ignore[no-any-return]


def to_vector(lon: Any, lat: Any) -> F64:
    """Unit vectors (3, ...) of longitudes and latitudes in degrees."""
    a, b = np.radians(lon), np.radians(lat)
    return np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])


def to_degrees(vector: F64) -> F64:
    """Longitudes and latitudes (2, ...) in degrees of vectors (3, ...)."""
    x, y, z = vector
    return np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
