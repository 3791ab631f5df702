"""Series of a run folder: correct values, or a message about gaps in the table."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from emigre import schema
from emigre.errors import ResultsError
from emigre.evaluation.simulated import daily_values
from emigre.results.folder import Results
from stand_in import info

RUNS, DAYS = 3, 12
SERIES = (("departed", "CITY"), ("wait_hours", "BRIDGE"), ("stock", "NORDAL"))
VALUES = np.random.default_rng(1).random((RUNS, len(SERIES), DAYS))
VALUES[1, 1, 4] = np.nan


@pytest.fixture
def table() -> pl.DataFrame:
    days = [date(2030, 3, 1) + timedelta(days=i) for i in range(DAYS)]
    names = {"measure": pl.Enum(list(schema.measures())), "place": pl.Enum([p for _, p in SERIES])}
    rows = [
        (run, day, *SERIES[i], VALUES[run, i, d])
        for run in range(RUNS)
        for i in range(len(SERIES))
        for d, day in enumerate(days)
    ]
    kinds = {"run": pl.Int32, "date": pl.Date, **names, "value": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row").with_columns(
        pl.col("value").fill_nan(None)
    )


def written(folder, table: pl.DataFrame) -> Results:
    table.write_parquet(folder / "daily.parquet")
    said = info(runs=RUNS, places={place: place for _, place in SERIES})
    (folder / "run.json").write_text(said.model_dump_json(), encoding="utf-8")
    return Results.read(folder)


def test_the_series_asked_for_by_run_and_day(tmp_path, table):
    asked = [*SERIES[1:], ("departed", "HILLS")]
    read = daily_values(written(tmp_path, table), asked)
    assert list(read) == list(SERIES[1:])
    for i, series in enumerate(SERIES[1:], 1):
        assert np.array_equal(read[series], VALUES[:, i], equal_nan=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t[1:],
        lambda t: t[DAYS:],
        lambda t: t.sort("measure", "place", "run", "date"),
        lambda t: t.with_columns(pl.col("date") + timedelta(days=1)),
    ],
    ids=["a day", "a series", "another order", "other days"],
)
def test_gaps_are_reported(tmp_path, table, damage):
    with pytest.raises(ResultsError, match="has gaps"):
        daily_values(written(tmp_path, damage(table)), SERIES)
