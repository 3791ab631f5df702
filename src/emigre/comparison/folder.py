"""The comparison folder: alternatives, effects and diversion.

    compare.json  effects.parquet  totals.csv  diverted.csv  diverted_main.csv
    baseline/  ALTERNATIVE/ …

``baseline`` and every alternative are ordinary run folders.
"""

import datetime as dt
from functools import cached_property

import polars as pl
from pydantic import NonNegativeInt

from emigre.comparison import diversion
from emigre.errors import InputError, Mistake, ResultsError
from emigre.results import csv_files, notebook, record
from emigre.results.folder import Results
from emigre.results.output_dir import RESULTS
from emigre.results.record import cached_frame
from emigre.results.tables import QUANTILES
from emigre.results.text import counted
from emigre.scenario.parsers import listed, nearest, quoted

MARK = "compare.json"
NOUN = "comparison"
BASELINE = "baseline"
EFFECTS = "effects.parquet"
TABLES = tuple(f"{name}.csv" for name in RESULTS[MARK][1:])


class AlternativeInfo(record.Record):
    """One alternative: its folder's name, its title and note, and a description of its changes."""

    name: str
    title: str
    note: str
    changes: tuple[str, ...]
    hash: str


class CompareInfo(record.TimedRecord):
    """Content of compare.json: the question, the alternatives, the period and the settings.

    ``period`` is half-open: flows are summed over its days, stocks taken on its last.
    """

    alternatives: tuple[AlternativeInfo, ...]
    start: dt.date
    end: dt.date
    as_of: dt.date | None = None
    period: tuple[dt.date, dt.date]
    draws: int | None = None
    parameters_from: str | None = None
    small_count: NonNegativeInt


class Comparison(record.RecordFolder[CompareInfo]):
    """Paired differences between alternatives and a baseline, read lazily from a folder.

    Attributes
    ----------
    totals : DataFrame
        One row per alternative, measure and place: the values on both sides over the period, mean
        and quantiles of the paired differences, and the number of runs with each sign.
    effects : DataFrame
        Mean and quantiles of the paired differences by day, where any run differs.
    diverted, diverted_main : DataFrame
        Where people went instead, by pair of places, and for the routes that change most.
    baseline : Results
        The runs of the baseline; those of an alternative are ``alternative(name)``.
    """

    _kind = CompareInfo
    _mark = MARK
    _noun = NOUN

    @cached_property
    def baseline(self) -> Results:
        """The runs of the baseline."""
        return Results.read(self.folder / BASELINE, owner=self)

    def alternative(self, name: str) -> Results:
        """The runs of an alternative; InputError for an unknown name."""
        names = [a.name for a in self.info.alternatives]
        if name not in names:
            hint = nearest(str(name), names) or f"alternatives: {listed(names)}"
            raise InputError(Mistake("name", quoted(name), "the name of an alternative", hint))
        return Results.read(self.folder / name, owner=self)

    @cached_frame
    def effects(self) -> pl.DataFrame:
        """Paired differences day by day; ResultsError if the table is missing or damaged."""
        try:
            return pl.read_parquet(self.folder / EFFECTS, glob=False)
        except (OSError, pl.exceptions.PolarsError):
            raise ResultsError(f"{self.folder} is damaged: {EFFECTS} cannot be read") from None

    @cached_frame
    def totals(self) -> pl.DataFrame:
        """Paired differences over the period; withheld small numbers are empty."""
        return csv_files.read_typed(self.folder, "totals.csv", TOTALS, strict=False)

    @cached_frame
    def diverted(self) -> pl.DataFrame:
        """Diversions by pair of places; withheld small numbers are empty."""
        columns = diversion.COLUMNS
        return csv_files.read_typed(self.folder, "diverted.csv", columns, strict=False)

    @cached_frame
    def diverted_main(self) -> pl.DataFrame:
        """Diversions of the routes that change most, in blocks that add up."""
        columns = {"about": pl.String} | diversion.COLUMNS
        return csv_files.read_typed(self.folder, "diverted_main.csv", columns, strict=False)

    def written(self, name: str) -> pl.DataFrame:
        """A table of the folder as strings, with the markers of withheld numbers.

        InputError unless ``name`` is one of its CSV files, such as ``totals.csv``.
        """
        if name not in TABLES:
            raise InputError(Mistake("name", quoted(name), f"one of {', '.join(TABLES)}"))
        record.refuse_replaced(self)
        return csv_files.read_typed(self.folder, name)

    def __repr__(self) -> str:
        info = self.info
        names = ", ".join(a.name for a in info.alternatives)
        return (
            f"Comparison({info.scenario} with {names}, {counted(info.runs, 'run')}, {self.folder})"
        )

    def _repr_html_(self) -> str:
        info = self.info
        rows = {
            "alternatives": "; ".join(f"{a.name}: {a.title}" for a in info.alternatives),
            "period": f"{info.period[0]} to {info.period[1]} (exclusive)",
            "runs": f"{counted(info.runs, 'pair')} (seed {info.seed}, scale {info.scale})",
            "folder": str(self.folder),
        }
        columns = ("alternative", "measure", "place", "baseline", "mean", "q05", "q95", "runs_up")
        return notebook.card(f"{info.title}: comparison", rows, self.totals.select(columns))


TOTALS = {
    **dict.fromkeys(("alternative", "measure", "place", "place_name", "place_kind"), pl.String),
    "what": pl.String,
    "from": pl.Date,
    "to": pl.Date,
    **dict.fromkeys(("baseline", "alternative_value", "mean", *QUANTILES), pl.Float64),
    "standard_error": pl.Float64,
    **dict.fromkeys(("runs", "runs_up", "runs_down"), pl.Int64),
}
"""Columns of totals.csv with their types."""
