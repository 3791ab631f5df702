"""Statistics of each run, computed by the caller's functions (analyzers).

They are written into ``statistics.parquet`` of a run folder: run, analyzer, name, value.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from emigre.errors import InputError, Mistake
from emigre.results.output_dir import writing

FILE = "statistics.parquet"
SCHEMA = {"run": pl.Int32, "analyzer": pl.String, "name": pl.String, "value": pl.Float64}

Analyzer = Callable[[pl.DataFrame], "float | Mapping[str, float]"]
"""Takes the daily table of one run (date, measure, place, value, zeros included) and returns a
number, or numbers by name."""

Statistics = dict[tuple[str, str], float]
"""Numbers of a run by the names of analyzer and number."""


def name_of(analyzer: Analyzer) -> str:
    """The name of an analyzer: that of its function or class."""
    function = getattr(analyzer, "func", analyzer)  # of functools.partial
    return str(getattr(function, "__name__", type(function).__name__))


def analyse(analyzers: Sequence[Analyzer], daily: pl.DataFrame) -> Statistics:
    """The statistics of a run; InputError if an analyzer does not return numbers."""
    values: Statistics = {}
    for analyzer in analyzers:
        name = name_of(analyzer)
        result = analyzer(daily)
        numbers = result if isinstance(result, Mapping) else {"": result}
        for key, value in numbers.items():
            if not hasattr(value, "__float__"):
                shown = f"{value!r:.60} ({type(value).__name__})"
                expected = "a number, or a mapping of names to numbers"
                raise InputError(Mistake("analyzers", shown, expected, column=name))
            values[name, str(key)] = float(value)
    return values


def write(statistics: Sequence[Statistics], home: Path) -> None:
    """Write the statistics of all runs, if there are any."""
    rows = [
        (run, analyzer, name, None if math.isnan(value) else value)
        for run, of_run in enumerate(statistics)
        for (analyzer, name), value in of_run.items()
    ]
    (home / FILE).unlink(missing_ok=True)  # of an attempt with other analyzers
    if rows:
        with writing(home / FILE):
            pl.DataFrame(rows, SCHEMA, orient="row").write_parquet(home / FILE, compression="zstd")
