"""Paired figures of two runs.

Both show the same places in the same order, on axes with the same limits and maps of the same
size.
"""

from __future__ import annotations

from dataclasses import replace

from emigre.charts import fans, maps, ranges
from emigre.charts.figures import Figure, fan_figure, map_figure, range_figure
from emigre.charts.series import ChartReader

_LAYERS = ("crossings", "destinations", "camps", "origins")


def of_runs(left: ChartReader, right: ChartReader) -> list[tuple[Figure, Figure]]:
    """Figures of two runs of the same days, the one that matters first.

    What is in one of them alone is shown of both: nobody is also a result.
    """
    plans = _plans(left, right)
    atlases = maps.Atlas(left), maps.Atlas(right)
    for book in (left, right):
        book.load(series for plan in plans for series in plan.series)
    found = [(fan_figure(left, p, right), fan_figure(right, p, left)) for p in plans]
    if all(atlases):
        agree(*atlases)
        found.insert(1, (map_figure(atlases[0]), map_figure(atlases[1])))
    found += [(range_figure(a), range_figure(b)) for a, b in ranges.pairs(left, right)]
    return found


def _plans(left: ChartReader, right: ChartReader) -> list[fans.FanPlan]:
    """All fans of either run, with the series of both."""
    mine = [fans.main_plan(left), *fans.plans(left)]
    others = {plan.key: plan for plan in fans.plans(right)}
    found = []
    for plan in mine:
        other = others.pop(plan.key, None)
        series = plan.series if other is None else (*plan.series, *other.series)
        found.append(replace(plan, series=tuple(dict.fromkeys(series))))
    return found + list(others.values())


def agree(left: maps.Atlas, right: maps.Atlas) -> None:
    """Let two maps show the same places, in the same picture, with the same sizes."""
    for atlas in (left, right):
        atlas.load()
    wanted = list(dict.fromkeys([*left.mattering(), *right.mattering()]))
    left.places = right.places = right.places | left.places
    left.view = right.view = maps.View.around(*left.degrees(wanted))
    right.busiest = left.busiest
    for name in _LAYERS:
        both = list(dict.fromkeys([*getattr(left, name), *getattr(right, name)]))
        setattr(left, name, both)
        setattr(right, name, both)
    for atlas in (left, right):
        atlas.load()
    rows = left.rows(), right.rows()
    most = {
        layer: max((row["v"] for side in rows for row in side[layer]), default=0.0)
        for layer in rows[0]
    }
    left.most = right.most = most
