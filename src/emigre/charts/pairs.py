"""Figures of several runs side by side.

All show the same places in the same order, on axes with the same limits and maps of the same size.
"""

from collections.abc import Sequence
from dataclasses import replace

from emigre.charts import fans, ranges
from emigre.charts.atlas import Atlas
from emigre.charts.figures import Figure, fan_figure, map_figure, range_figure
from emigre.charts.projection import View
from emigre.charts.series import ChartReader

_LAYERS = ("crossings", "destinations", "camps", "origins")


def of_runs(*readers: ChartReader) -> list[tuple[Figure, ...]]:
    """Figures of runs of the same days, the main one first; series of any run are in all."""
    plans = _plans(readers)
    atlases = [Atlas(reader) for reader in readers]
    for reader in readers:
        reader.load(series for plan in plans for series in plan.series)
    drawn = [
        tuple(fan_figure(reader, p, [b for b in readers if b is not reader]) for reader in readers)
        for p in plans
    ]
    if all(atlases):
        share_scales(*atlases)
        drawn.insert(1, tuple(map_figure(atlas) for atlas in atlases))
    drawn += [tuple(range_figure(p) for p in same) for same in ranges.side_by_side(readers)]
    return drawn


def _plans(readers: Sequence[ChartReader]) -> list[fans.FanPlan]:
    """All fans of any run, with the series of all."""
    by_key = {plan.key: plan for plan in (fans.main_plan(readers[0]), *fans.plans(readers[0]))}
    for reader in readers[1:]:
        for plan in fans.plans(reader):
            mine = by_key.setdefault(plan.key, plan)
            series = tuple(dict.fromkeys((*mine.series, *plan.series)))
            by_key[plan.key] = replace(mine, series=series)
    return list(by_key.values())


def share_scales(*atlases: Atlas) -> None:
    """Give maps the same places, the same section and the same scale of sizes."""
    first = atlases[0]
    wanted = list(dict.fromkeys(place for atlas in atlases for place in atlas.essential_places()))
    places = {key: place for atlas in reversed(atlases) for key, place in atlas.places.items()}
    layers = {
        name: list(dict.fromkeys(place for atlas in atlases for place in getattr(atlas, name)))
        for name in _LAYERS
    }
    for atlas in atlases:
        atlas.places = places
    view = View.around(*first.degrees(wanted))
    for atlas in atlases:
        atlas.view, atlas.busiest = view, first.busiest
        for name, both in layers.items():
            setattr(atlas, name, list(both))
        atlas.load()
    rows = [atlas.rows() for atlas in atlases]
    most = {
        layer: max((row["v"] for side in rows for row in side[layer]), default=0.0)
        for layer in rows[0]
    }
    for atlas in atlases:
        atlas.most = most
