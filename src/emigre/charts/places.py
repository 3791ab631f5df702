"""Map of a scenario before simulation: where people live, ways out, destinations."""

from typing import Any

import numpy as np
import polars as pl

from emigre.charts import outlines
from emigre.charts.maps import MAP_WIDTH, land
from emigre.charts.projection import View
from emigre.charts.spec import Spec, field, inline, layer
from emigre.scenario.model import Scenario

KINDS = {"origin": "people live here", "crossing": "crossing", "country": "country", "camp": "camp"}
"""Kinds of places with their words in the legend."""
LOOKS = {
    "origin": ("muted", "circle"),
    "crossing": ("wait-0", "diamond"),
    "country": ("more", "square"),
    "camp": ("camp", "triangle-up"),
}
"""Colour and shape of each kind."""
_MIDDLE = 0.96
"""The picture holds this share of the places of each kind, and cuts what lies far away."""


def chart(scenario: Scenario) -> Spec | None:
    """The places of a scenario; None where none has coordinates."""
    places = scenario.tables["places"].drop_nulls(["lat", "lon"])
    places = places.filter(pl.col("kind").is_in(list(KINDS)))
    if not places.height:
        return None
    view = View.around(*_shown(places))
    rows = places.select(
        "name",
        "lon",
        "lat",
        pl.col("kind").replace_strict(KINDS).alias("what"),
        _size().alias("size"),
        _words().alias("says"),
    )
    names = {row["country"] for row in places.iter_rows(named=True) if row["country"]}
    kinds = [words for kind, words in KINDS.items() if kind in places["kind"]]
    looks = [look for kind, look in LOOKS.items() if kind in places["kind"]]
    colours = [f"var(--{role})" for role, _ in looks]
    # Shapes too: some of these colours are the same to readers who do not see hues.
    marks = layer(
        "point",
        inline(rows.to_dicts(), "places"),
        look={"clip": True, "opacity": 0.8, "filled": True},
        longitude=field("lon:Q"),
        latitude=field("lat:Q"),
        size=field("size:Q", legend=None, scale={"domain": [0, 1], "range": [25, 420]}),
        color=field(
            "what:N",
            scale={"domain": kinds, "range": colours},
            legend={"title": None, "orient": "bottom", "symbolOpacity": 1},
        ),
        shape=field("what:N", scale={"domain": kinds, "range": [shape for _, shape in looks]}),
        tooltip=[field("name:N", title="place"), field("says:N", title="is")],
    )
    return {
        "layer": [*(land(view) if outlines.known(names) else []), marks],
        "width": MAP_WIDTH,
        "height": round(MAP_WIDTH * view.aspect),
        "projection": view.projection(),
    }


def _shown(places: pl.DataFrame) -> tuple[Any, Any]:
    """Longitudes and latitudes that the picture holds: crossings and countries near the origins."""
    origins = places.filter(pl.col("kind") == "origin")
    near = places.filter(pl.col("kind").is_in(["crossing", "camp"]))
    kept = pl.concat([origins, near]) if near.height else places
    lon, lat = kept["lon"].to_numpy(), kept["lat"].to_numpy()
    if len(lon) > 20:
        tail = (1 - _MIDDLE) / 2
        low, high = np.quantile(lon, [tail, 1 - tail])
        inside = (lon >= low) & (lon <= high)
        lon, lat = lon[inside], lat[inside]
    return lon, lat


def _size() -> pl.Expr:
    """Between 0 and 1, by people or by capacity within the kind."""
    number = pl.coalesce("population", "capacity_persons_per_day").cast(pl.Float64).fill_null(0)
    share = number / pl.max_horizontal(number.max().over("kind"), 1.0)
    return pl.when(number > 0).then(share).otherwise(0.2)


def _words() -> pl.Expr:
    def counted(column: str, unit: str) -> pl.Expr:
        number = pl.col(column).cast(pl.Int64).cast(pl.String)
        return pl.when(pl.col(column).is_not_null()).then(pl.format("{} " + unit, number))

    kind = pl.col("kind").cast(pl.String)
    parts = [kind, counted("population", "people"), counted("capacity_persons_per_day", "a day")]
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)
