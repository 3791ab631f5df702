"""Flows on the map: arrivals by region of origin, drawn as arcs."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.charts.series import ChartReader

Pair = tuple[str, str]
"""An origin, and the country or camp where people from there arrived."""
MOST = 24
"""Number of flows drawn for each position of the slider, the largest first."""
_POINTS = 13
_BEND = 0.12
"""Height of an arc over the great circle, as a share of its length."""


def arrivals(book: ChartReader, places: set[str]) -> dict[Pair, NDArray[np.float64]]:
    """Persons a day by pair of these places, (n_runs, n_steps + 1): all days, then each step.

    Only pairs among the largest of any position. Empty for folders without the table.
    """
    table, steps = book.results.arrivals, len(book.steps)
    if table is None or table.is_empty():
        return {}
    day = (pl.col("date") - book.info.start).dt.total_days()
    names = [pl.col(name).cast(pl.String) for name in ("origin", "place")]
    by_step = (
        table.lazy()
        .with_columns((1 + day // book.step).alias("step"))
        .group_by("run", "origin", "place", "step", maintain_order=True)
        .agg(pl.col("value").sum())
        .with_columns(names)
        .filter(pl.col(name).is_in(places) for name in ("origin", "place"))
    )
    whole = by_step.group_by("run", "origin", "place", maintain_order=True).agg(
        pl.lit(0, pl.Int64).alias("step"), pl.col("value").sum()
    )
    columns = ["run", "step", "origin", "place", "value"]
    sums = pl.concat([by_step.select(columns), whole.select(columns)]).filter(
        pl.col("step") <= steps
    )
    return _by_pair(sums.collect(), book)


def _by_pair(sums: pl.DataFrame, book: ChartReader) -> dict[Pair, NDArray[np.float64]]:
    """The largest pairs of each step from rows run, step, origin, place, value."""
    pair = ["origin", "place"]
    largest = (
        sums.group_by("step", *pair, maintain_order=True)
        .agg(pl.col("value").sum())
        .sort("step", "value", *pair, descending=[False, True, False, False])
        .group_by("step", maintain_order=True)
        .head(MOST)
    )
    pairs = largest.select(pair).unique().sort(pair).with_row_index("number")
    rows = sums.join(pairs, on=pair)
    values = np.zeros((len(pairs), book.info.runs, 1 + len(book.steps)))
    values[rows["number"], rows["run"], rows["step"]] = rows["value"]
    days = np.array([book.info.n_days] + [book.step] * len(book.steps))
    return dict(zip(pairs.select(pair).iter_rows(), values / days, strict=True))


def arc(start: tuple[float, float], end: tuple[float, float]) -> list[list[float]]:
    """Longitudes and latitudes along an arc beside the great circle, to the left of its direction.

    Points on the sphere, r(t) = s(t) + 4 b t (1 - t) w n, normalised: s(t) runs along the great
    circle from start to end, w is its angle, n its unit normal, and b the height of the arc as a
    share of its length. So flows in opposite directions do not cover each other.
    """
    a, b = (_vector(*np.radians(point)) for point in (start, end))
    normal = np.cross(a, b)
    size = float(np.hypot.reduce(normal))
    angle = float(np.arctan2(size, a @ b))
    if angle < 1e-6:
        return [list(start), list(end)]
    t = np.linspace(0, 1, _POINTS)[:, None]
    along = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    x, y, z = (along + 4 * _BEND * t * (1 - t) * angle * normal / size).T
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    return np.round(np.stack([lon, lat], axis=1), 2).tolist()  # type: ignore[no-any-return]


def _vector(lon: float, lat: float) -> NDArray[np.float64]:
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
