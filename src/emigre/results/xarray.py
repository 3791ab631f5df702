"""Tables of a run as an xarray dataset and as pandas frames (optional dependencies)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from emigre import schema
from emigre.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd
    import xarray

KINDS = {"origin": ("origin",), "crossing": ("crossing",), "country": ("country", "camp")}
"""Kinds of places of each dimension."""


def to_xarray(
    daily: pl.DataFrame, places: pl.DataFrame, attributes: Mapping[str, Any], *, areas: bool = False
) -> xarray.Dataset:
    """One variable a measure with dimensions (run, date, place of its kind).

    The dimensions origin, crossing and country hold single places alone, so that their sums count
    nobody twice; with ``areas`` they hold the sums instead. ``places`` has the columns id, kind,
    name and country. Series that are zero throughout are present; means without people are nan.
    ResultsError if xarray is not installed.
    """
    try:
        import xarray
    except ImportError:
        raise ResultsError("xarray is not installed: pip install 'emigre[xarray]'") from None
    runs, dates = daily["run"].unique().sort(), daily["date"].unique().sort()
    named = daily.with_columns(pl.col("measure", "place").cast(pl.String))
    dimensions = {kind: _members(named, places, kind, areas) for kind in KINDS}
    variables = {}
    kind = daily.schema["measure"]
    assert isinstance(kind, pl.Enum)
    known = [name for name in kind.categories if name in schema.measures()]
    for measure in known:  # also those that are zero throughout
        spec = schema.measures()[measure]
        own = dimensions[spec.place_kind]
        empty = np.nan if spec.kind == "mean" else 0.0
        cube = np.full((len(runs), len(dates), len(own)), empty)
        rows = named.filter(pl.col("measure") == measure, pl.col("place").is_in(own))
        cube[
            runs.search_sorted(rows["run"]).to_numpy(),
            dates.search_sorted(rows["date"]).to_numpy(),
            rows["place"].cast(pl.Enum(own)).to_physical().to_numpy(),
        ] = rows["value"].to_numpy()
        facts = {"kind": spec.kind, "units": spec.unit, "long_name": spec.description}
        variables[measure] = (("run", "date", spec.place_kind), cube, facts)
    days = dates.cast(pl.Datetime("ns")).to_numpy()
    coordinates: dict[str, Any] = {"run": runs.to_numpy(), "date": days, **dimensions}
    if not areas:
        countries = dict(zip(places["id"], places["country"], strict=True))
        entered = [countries[place] or "" for place in dimensions["crossing"]]
        coordinates["crossing_country"] = ("crossing", entered)
    return xarray.Dataset(variables, coords=coordinates, attrs=dict(attributes))


def _members(named: pl.DataFrame, places: pl.DataFrame, kind: str, areas: bool) -> list[str]:
    """The places of a dimension, or the sums over them."""
    own = places.filter(pl.col("kind").is_in(KINDS[kind]))["id"].sort().to_list()
    if not areas:
        return own
    measures = [m.name for m in schema.measures().values() if m.place_kind == kind]
    there = named.filter(pl.col("measure").is_in(measures))["place"].unique(maintain_order=True)
    return [place for place in there if place not in own]


def to_pandas(frame: pl.DataFrame, attributes: Mapping[str, Any]) -> pd.DataFrame:
    """A table with ``attrs``, names as categories; ResultsError if pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise ResultsError("pandas is not installed: pip install 'emigre[xarray]'") from None
    columns = {}
    for name, kind in frame.schema.items():
        values = frame[name]
        if isinstance(kind, pl.Enum):
            codes = values.to_physical().fill_null(-1).cast(pl.Int32).to_numpy()
            columns[name] = pd.Categorical.from_codes(codes, list(kind.categories))
        elif kind == pl.Date:
            columns[name] = values.cast(pl.Datetime("ms")).to_numpy()
        else:
            columns[name] = values.to_numpy()
    made = pd.DataFrame(columns)
    made.attrs = dict(attributes)
    return made
