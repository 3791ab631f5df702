"""The daily table as an xarray dataset (optional dependency)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emigre import schema
from emigre.errors import ResultsError

if TYPE_CHECKING:
    import xarray


def to_xarray(daily: pl.DataFrame) -> xarray.Dataset:
    """One variable a measure with dimensions (run, date, place of its kind).

    The dimensions of places are origin, crossing and country; each also holds the sums (areas,
    ``*``, and countries among the crossings). Omitted series are zero; means without
    people are nan. ResultsError if xarray is not installed.
    """
    try:
        import xarray
    except ImportError:
        raise ResultsError("xarray is not installed: pip install 'emigre[xarray]'") from None
    runs, dates = daily["run"].unique().sort(), daily["date"].unique().sort()
    named = daily.with_columns(pl.col("measure", "place").cast(pl.String))
    measures = named["measure"].unique(maintain_order=True).to_list()
    places: dict[str, list[str]] = {}
    for measure in measures:
        kind = schema.measures()[measure].place_kind
        here = named.filter(pl.col("measure") == measure)["place"].unique(maintain_order=True)
        places[kind] = list(dict.fromkeys([*places.get(kind, []), *here.to_list()]))
    variables = {}
    for measure in measures:
        spec = schema.measures()[measure]
        cube = np.full(
            (len(runs), len(dates), len(places[spec.place_kind])),
            np.nan if spec.kind == "mean" else 0.0,
        )
        rows = named.filter(pl.col("measure") == measure)
        index = {place: i for i, place in enumerate(places[spec.place_kind])}
        cube[
            runs.search_sorted(rows["run"]).to_numpy(),
            dates.search_sorted(rows["date"]).to_numpy(),
            rows["place"].replace_strict(index, return_dtype=pl.Int64).to_numpy(),
        ] = rows["value"].to_numpy()
        attributes = {"kind": spec.kind, "units": spec.unit, "long_name": spec.description}
        variables[measure] = (("run", "date", spec.place_kind), cube, attributes)
    coordinates = {
        "run": runs.to_numpy(),
        "date": dates.cast(pl.Datetime("ns")).to_numpy(),
        **places,
    }
    return xarray.Dataset(variables, coords=coordinates)
