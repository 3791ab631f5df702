"""Tornado chart of a sensitivity study."""

from functools import partial
from pathlib import Path

import polars as pl

from emigre import charts
from emigre.charts import fans
from emigre.charts.figures import Figure, Panel, table_of
from emigre.charts.ranges import RANGE_WIDTH, ROW_HEIGHT, name_axis
from emigre.charts.spec import TOUCH, Spec, field, inline, layer
from emigre.evaluation.key_results import period
from emigre.results.labels import heading_of, kind_of
from emigre.results.text import counted, words
from emigre.sensitivity.results import SensitivityInfo
from emigre.sensitivity.study_text import change, share

MOST_BARS = 15
_RAISES, _LOWERS = "raises it", "lowers it"
_SHARES = {"first": "alone", "total": "with all others"}
_MEANING = (
    "Bars: mean magnitude of the change when one assumption goes from the 5 % to the 95 % "
    "quantile of its range, at random values of the others.",
    "Lines: 90 % interval of that mean.",
)


def write(table: pl.DataFrame, info: SensitivityInfo, folder: Path) -> list[Path]:
    """Draw chart.svg and chart.png into a folder; returns their paths."""
    what = (
        f"{heading_of(info.measure, info.place, info.place_name)}, {period(info.start, info.end)}"
    )
    number = change(info.median, sign=False)
    subtitle = [
        f"{what}: {number} {info.unit} with every assumption at its median",
        *_MEANING,
        f"{counted(info.trajectories, 'trajectory', 'trajectories')}, "
        f"{counted(info.runs, 'run')} each, Emigre {info.emigre}, seed {info.seed}",
    ]
    title = f"{info.title}: which assumptions matter"
    drawn = figure(table, info).chart(columns=1)
    return charts.save(charts.styled(drawn, title, subtitle), folder)


def figure(table: pl.DataFrame, info: SensitivityInfo) -> Figure:
    """Figure of the largest effects in ``table`` (``effects.csv``), with any shares of variance."""
    effects = table.head(MOST_BARS).with_columns(
        name=pl.Series(
            [info.titles.get(name, words(name)) for name in table["parameter"][:MOST_BARS]],
            dtype=pl.String,
        )
    )
    says = "; ".join(f"{name}, {text}" for name, text in _effect_labels(effects)[:3])
    panels = [Panel("Magnitude of the change", f"Largest: {says}.", partial(_sizes, effects, info))]
    shared = effects.filter(pl.col("total").is_not_null())
    if shared.height:
        says = "; ".join(f"{name}, {share(x)}" for name, x in shared.select("name", "total").rows())
        panels.append(
            Panel("Share of the variance", f"With all others: {says}.", partial(_shares, shared))
        )
    numbers = effects.select(
        pl.lit(info.start).alias("from"),
        pl.lit(info.end).alias("to"),
        measure=pl.lit(""),
        place="parameter",
        place_name="name",
        label=pl.lit("simulated"),
        unit=pl.lit(info.unit),
        value="size",
        q05="size_low",
        q95="size_high",
    )
    return Figure(
        key="tornado",
        section="numbers",
        title="Largest effects",
        note=" ".join(_MEANING),
        counts=(kind_of(info.measure),),
        panels=tuple(panels),
        table=table_of(numbers),
    )


def _effect_labels(effects: pl.DataFrame) -> list[tuple[str, str]]:
    """Name and effect of each assumption, as text."""
    labels = []
    for name, mean, *ends in effects.select("name", "mean", "size_low", "size_high").iter_rows():
        low, high = (change(end, sign=False) for end in ends)
        labels.append((name, f"{change(mean)} (magnitude {low} to {high})"))
    return labels


def _sizes(effects: pl.DataFrame, info: SensitivityInfo) -> Spec:
    data = effects.select(
        "name",
        kind=pl.when(pl.col("mean") >= 0).then(pl.lit(_RAISES)).otherwise(pl.lit(_LOWERS)),
        x="size",
        low="size_low",
        high="size_high",
        says=pl.Series([text for _, text in _effect_labels(effects)], dtype=pl.String),
    )
    return _bars(data, f"change, {info.unit}", "a higher value", [_RAISES, _LOWERS])


def _shares(effects: pl.DataFrame) -> Spec:
    data = pl.concat(
        effects.select(
            "name",
            kind=pl.lit(kind),
            x=pl.col(key).clip(0.0, 1.0),
            low=pl.col(f"{key}_low").clip(0.0, 1.0),
            high=pl.col(f"{key}_high").clip(0.0, 1.0),
            says=pl.Series([share(x) for x in effects[key]], dtype=pl.String),
        )
        for key, kind in _SHARES.items()
    )
    kinds = list(_SHARES.values())
    offset = {"yOffset": field("kind:N", sort=kinds)}
    return _bars(data, "share of the number's variance", "share", kinds, **offset)


def _bars(data: pl.DataFrame, unit: str, legend: str, kinds: list[str], **offset: Spec) -> Spec:
    """Bars by name and kind, with lines from ``low`` to ``high``."""
    names = list(dict.fromkeys(data["name"]))
    y = {"y": field("name:N", sort=names, title=None, axis=name_axis(names))} | offset
    top = max([*data["high"], *data["x"]], default=0.0)
    x = field("x:Q", title=unit, axis=fans.numbers(top))
    colour = field(
        "kind:N",
        title=legend,
        scale={"domain": kinds},
        legend={"orient": "bottom", "symbolOpacity": 1},
    )
    tips = [field("name:N", title="assumption"), field("says:N", title="simulated")]
    ends = {"x": field("low:Q"), "x2": {"field": "high"}}
    return {
        "data": inline(data.to_dicts()),
        "layer": [
            layer("bar", look={"opacity": 0.85}, x=x, color=colour, **y),
            layer("rule", look={"style": "interval-end"}, **ends, **y),
            layer("rect", look={"style": TOUCH, "opacity": 0}, tooltip=tips, y=y["y"]),
        ],
        "width": RANGE_WIDTH,
        "height": len(names) * ROW_HEIGHT,
    }
