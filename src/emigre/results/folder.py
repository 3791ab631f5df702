"""The run folder: written atomically, readable without the engine or a compiler.

    run.json  daily.parquet  summary.parquet  scores.csv  scenario/  arrivals.parquet
    [groups.parquet]  [derived.parquet]  [statistics.parquet]  [charts]

A run is written to a draft next to the target (output_dir.py); ``run.json`` is written last, then
the folder is renamed. A folder without ``run.json`` is not a complete run.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import polars as pl

from emigre import schema
from emigre.errors import InputError, Mistake, ResultsError, command
from emigre.results import notebook, output_dir, record, scores_csv
from emigre.results.intervals import covered
from emigre.results.record import cached_frame
from emigre.results.run_info import RunInfo
from emigre.results.text import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray

Table = Literal[
    "daily", "summary", "scores", "arrivals", "groups", "derived", "derived_summary", "statistics"
]
"""Tables of a run."""

MARK = "run.json"
NOUN = "run"
SCENARIO = "scenario"
"""Subfolder with the scenario of a run, with all changes."""


class Results(record.RecordFolder[RunInfo]):
    """The results of an ensemble, read lazily from its folder.

    Tables are Polars frames, read on first access.

    Attributes
    ----------
    info : RunInfo
        Content of ``run.json``: scenario, seed, dates, parameters and timings.
    summary : DataFrame
        Mean and quantiles over the runs, with columns date, measure, place, mean, q05, q25, q50,
        q75 and q95.
    daily : DataFrame
        Values of every run, with columns run, date, measure, place and value.
    scores : DataFrame
        One row per observation: observed and simulated values, scores and source.
    arrivals : DataFrame or None
        Arrivals by region of origin and place of arrival; None in folders of earlier versions.
    groups : DataFrame or None
        Counts by category; None unless the run split counts by an attribute (``by``).
    derived, derived_summary : DataFrame or None
        Measures added by other packages; None if there are none.
    statistics : DataFrame or None
        Values returned by analyzers; None without analyzers.
    """

    _kind = RunInfo
    _mark = MARK
    _noun = NOUN
    _owner: object = None

    @classmethod
    def read(cls, folder: str | PathLike[str], *, owner: object = None) -> Self:
        """Open a run folder.

        ``owner`` stays alive with the results, because its temporary folder may hold theirs. Raises
        ResultsError if it is not a complete run, or was written in a newer format.
        """
        results = super().read(folder)
        results._owner = owner
        return results

    @cached_frame
    def daily(self) -> pl.DataFrame:
        """Daily values of all runs, without series that are zero throughout."""
        return self._parquet("daily")

    def scan_daily(self) -> pl.LazyFrame:
        """The daily table as a lazy frame, for large ensembles; ResultsError if it is damaged.

        It is read when it is collected: keep results in a temporary folder until then.
        """
        return self._scan("daily")

    @cached_frame
    def summary(self) -> pl.DataFrame:
        """Mean and quantiles over the runs."""
        return self._parquet("summary")

    def scan_summary(self) -> pl.LazyFrame:
        """The summary as a lazy frame, for reading some of its rows or columns."""
        return self._scan("summary")

    @cached_frame
    def arrivals(self) -> pl.DataFrame | None:
        """Arrivals by origin and place without zeros, None in folders of earlier versions."""
        is_there = (self.folder / "arrivals.parquet").exists()
        return self._parquet("arrivals") if is_there else None

    @cached_frame
    def groups(self) -> pl.DataFrame | None:
        """Counts by the category named in ``info.by``, or None."""
        return self._parquet("groups") if self.info.by else None

    @cached_frame
    def derived(self) -> pl.DataFrame | None:
        """Derived measures of all runs day by day, None if there are none."""
        return self._parquet("derived") if self.info.derived else None

    @cached_frame
    def derived_summary(self) -> pl.DataFrame | None:
        """Mean and quantiles of the derived measures over the runs, None if there are none."""
        from emigre.results.derived import summary

        return None if self.derived is None else summary(self.derived)

    @cached_frame
    def scores(self) -> pl.DataFrame:
        """Observed against simulated values; withheld small counts are empty."""
        try:
            return scores_csv.read_csv(self.folder / "scores.csv")
        except (OSError, pl.exceptions.PolarsError):
            raise self._damaged("scores.csv") from None

    @cached_frame
    def statistics(self) -> pl.DataFrame | None:
        """Values returned by analyzers (run, analyzer, name, value), None without any."""
        return self._parquet("statistics") if self.info.analyzers else None

    @property
    def attrs(self) -> dict[str, Any]:
        """Identity of the run, as metadata of tables and files made from it."""
        info = self.info
        names = (
            *("title", "scenario", "variants", "hash", "seed", "runs", "scale", "start", "end"),
            *("as_of", "parameters_from", "values", "purpose", "emigre"),
        )
        return {name: getattr(info, name) for name in names} | {
            "variants": ", ".join(info.variants),
            "start": str(info.start),
            "end": str(info.end),
            "as_of": str(info.as_of or ""),
            "parameters_from": info.parameters_from or "the scenario",
        }

    def to_xarray(self, *, areas: bool = False) -> xarray.Dataset:
        """The daily table as a labelled dataset (needs the extra ``xarray``).

        Parameters
        ----------
        areas : bool, default False
            Hold sums instead of single places: areas, the crossings into a country, and ``*``.

        Returns
        -------
        xarray.Dataset
            One variable a measure with dimensions run, date, and origin, crossing or country; with
            all places, also where nobody is counted. ``crossing_country`` is the country that a
            crossing enters.

        Raises
        ------
        InputError
            If ``areas`` is neither True nor False.
        ResultsError
            If xarray is not installed, or the folder is damaged.
        """
        from emigre.results.xarray import to_xarray

        if not isinstance(areas, bool):  # "no" would count as true
            raise InputError(Mistake("areas", repr(areas), "True or False"))
        record.refuse_replaced(self)
        path = self.folder / "scenario" / "places.csv"
        try:
            places = pl.read_csv(path, columns=["id", "kind", "country"], infer_schema=False)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            raise self._damaged("scenario/places.csv") from None
        return to_xarray(self.daily, places, self.attrs, areas=areas)

    def to_pandas(self, table: Table = "daily") -> pd.DataFrame:
        """A table as a pandas frame (needs the extra ``xarray``).

        Parameters
        ----------
        table : str, default "daily"
            ``daily``, ``summary``, ``scores``, ``arrivals``, ``groups``, ``derived``,
            ``derived_summary`` or ``statistics``.

        Returns
        -------
        pandas.DataFrame
            The table; its ``attrs`` hold title, hash and seed of the run and ``units`` by measure.

        Raises
        ------
        InputError
            If ``table`` is none of these.
        ResultsError
            If pandas is not installed, the run does not have the table, or the folder is damaged.
        """
        from emigre.results.xarray import to_pandas

        if not isinstance(table, str) or table not in get_args(Table):
            raise InputError(Mistake("table", repr(table), f"one of {', '.join(get_args(Table))}"))
        frame: pl.DataFrame | None = getattr(self, table)
        if frame is None:
            raise ResultsError(f"{self.folder} has no table {table}")
        derived = {name: measure.unit for name, measure in self.info.derived.items()}
        return to_pandas(frame, {**self.attrs, "units": {**schema.units(), **derived}})

    def _parquet(self, name: str) -> pl.DataFrame:
        try:
            return pl.read_parquet(self.folder / f"{name}.parquet", glob=False)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            raise self._damaged(f"{name}.parquet") from None

    def _scan(self, name: str) -> pl.LazyFrame:
        record.refuse_replaced(self)
        path = self.folder / f"{name}.parquet"
        try:
            if output_dir.is_whole_parquet(path) and pl.read_parquet_schema(path):
                return pl.scan_parquet(path, glob=False)
        except pl.exceptions.PolarsError:
            pass
        raise self._damaged(path.name)

    def _damaged(self, name: str) -> ResultsError:
        return ResultsError(
            f"{self.folder} is damaged: {name} is missing or cannot be read; "
            f"run it again: {command('emigre', 'run', self.folder / 'scenario')}"
        )

    def __repr__(self) -> str:
        info = self.info
        days = f"{info.start} to {info.end}"
        return f"Results({info.scenario}, {counted(info.runs, 'run')}, {days}, {self.folder})"

    def _repr_html_(self) -> str:
        info = self.info
        rows = {
            "days": f"{info.start} to {info.end}",
            "runs": f"{info.runs} (seed {info.seed}, scale {info.scale})",
            "changes": ", ".join(info.variants),
            "as of": "" if info.as_of is None else str(info.as_of),
            "intervals": covered(info),
            "hash": info.hash[:12],
            "folder": str(self.folder),
        }
        columns = ("id", "measure", "place", "observed", "q05", "q50", "q95", "inside_90")
        return notebook.card(info.title, rows, self.scores.select(columns))
