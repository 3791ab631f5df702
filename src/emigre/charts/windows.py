"""Windows: the days that charts show."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from emigre import schema
from emigre.charts.series import WEEKLY_FROM_DAYS, ChartReader, Series

_MARGIN = 21
"""Days shown before and after those that were counted, or those of a crisis."""
_NEAR_PEAK = 0.1
"""Share of the peak from which a step belongs to a crisis."""


class Window(NamedTuple):
    """Half-open days that a chart shows, by day or in the steps of the run."""

    first: date
    after: date
    is_daily: bool

    @property
    def inside(self) -> pl.Expr:
        """Whether a row (columns from, to) has a day within the window."""
        return (pl.col("to") > self.first) & (pl.col("from") < self.after)


def window_of(readers: Sequence[ChartReader], several: Sequence[Series]) -> Window:
    """The days that panels of one figure show, so that their axes agree.

    The days around published counts of flows and waits, where they are a small part of the run or
    one of them covers less than a week, because a weekly mean says nothing about a day. Otherwise
    the crisis: all days on which the medians of the panels together exceed a tenth of their peak,
    where these are at most half of the run. Otherwise the whole run.
    """
    days, is_daily = _counted(readers, several)
    if days is None:
        return crisis_of(
            readers[0], [reader.fan(*series) for reader in readers for series in several]
        )
    return _with_margin(readers[0], *days, is_daily=is_daily)


def crisis_of(reader: ChartReader, frames: Sequence[pl.DataFrame]) -> Window:
    """Days of the steps near the peak of all medians; the whole run if these are most of it."""
    total = pl.concat(frames).group_by("from", "to").agg(pl.col("q50").abs().sum())
    busy = total.filter(pl.col("q50") > _NEAR_PEAK * pl.col("q50").max())
    if not busy.height or 2 * (max(busy["to"]) - min(busy["from"])).days > reader.info.n_days:
        return whole(reader)
    return _with_margin(reader, min(busy["from"]), max(busy["to"]))


def peak_of(reader: ChartReader, series: Series) -> Window | None:
    """The days around the highest median without a lull; None if a close-up shows no more."""
    frame = reader.fan(*series).fill_null(0.0)
    top = frame["q50"].arg_max()
    if top is None or reader.step == 1:
        return None
    is_busy = frame["q50"] > _NEAR_PEAK * frame["q50"][top]
    rows = frame.with_columns(is_busy.rle_id().alias("block"))
    block = rows.filter(pl.col("block") == rows["block"][top])
    window = _with_margin(reader, block["from"][0], block["to"][-1])
    return window if 3 * (window.after - window.first).days <= reader.info.n_days else None


def _with_margin(
    reader: ChartReader, first: date, after: date, *, is_daily: bool = False
) -> Window:
    """A window with days before and after, by day where these are few."""
    margin, info = timedelta(days=_MARGIN), reader.info
    first = max(first - margin, info.start)
    after = min(after + margin, info.end + timedelta(days=1))
    is_short = (after - first).days < WEEKLY_FROM_DAYS
    return Window(first, after, is_daily or is_short or reader.step == 1)


def whole(reader: ChartReader) -> Window:
    """All days of a run, in its steps."""
    return Window(*reader.days, reader.step == 1)


def _counted(
    readers: Sequence[ChartReader], several: Sequence[Series]
) -> tuple[tuple[date, date] | None, bool]:
    """Half-open days of the published counts to zoom to, and whether a day is among them."""
    info = readers[0].info
    flows = [series for series in several if schema.measures()[series[0]].kind != "stock"]
    if readers[0].step == 1 or not flows:
        return None, False
    counts = pl.concat(reader.published(*series) for reader in readers for series in flows)
    rows = counts.filter((pl.col("use") != "context") & whole(readers[0]).inside)
    if not rows.height:
        return None, False
    days = min(rows["from"]), max(rows["to"])
    is_daily = any((to - start).days < readers[0].step for start, to in rows["from", "to"].rows())
    is_part = 3 * ((days[1] - days[0]).days + 2 * _MARGIN) <= info.n_days
    return (days if is_daily or is_part else None), is_daily


def fan_of(reader: ChartReader, series: Series, window: Window) -> pl.DataFrame:
    """The fan of a series within a window."""
    if window.is_daily and reader.step > 1:
        return reader.close_up(*series, window.first, window.after)
    first, after = ((day - reader.info.start).days for day in (window.first, window.after))
    return reader.fan(*series)[max(first // reader.step, 0) : max(-(-after // reader.step), 0)]
