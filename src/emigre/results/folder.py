"""The run folder: written atomically, readable without the engine or a compiler.

    run.json  daily.parquet  summary.parquet  scores.csv  scenario/  [groups.parquet]
    [derived.parquet]  [charts]

A run is written to a draft next to the target (output_dir.py); ``run.json`` is written last, then
the folder is renamed. A folder without ``run.json`` is not a complete run.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from emigre.errors import ResultsError, command
from emigre.results import output_dir, record, scores_csv
from emigre.results.run_info import RunInfo

if TYPE_CHECKING:
    import xarray

MARK = "run.json"
NOUN = "run"


class Results:
    """The results of an ensemble, read lazily from its folder.

    Attributes are frames of Polars: ``daily`` (run, date, measure, place, value), ``summary``
    (date, measure, place, mean, q05, q25, q50, q75, q95), ``scores`` (one row an observation),
    ``groups`` (None unless the run was asked for a category), ``derived`` and ``derived_summary``
    (of measures that other packages add, None without), and ``info``, what run.json says.
    """

    def __init__(self, folder: Path, *, temporary: Path | None = None) -> None:
        self.folder = folder
        if temporary is not None:  # keeps the temporary folder alive
            weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)

    @classmethod
    def read(cls, folder: str | Path) -> Results:
        """Open a run folder.

        Raises ResultsError if it is not a complete run, or was written in a newer format.
        """
        results = cls(Path(folder))
        _ = results.info
        return results

    @cached_property
    def info(self) -> RunInfo:
        """Scenario and its hash, version, parameters, seed, days and times.

        ResultsError if run.json is missing or cannot be read.
        """
        return record.read(RunInfo, self.folder / MARK, NOUN)

    @cached_property
    def daily(self) -> pl.DataFrame:
        """Daily values of all runs, without series that are zero throughout."""
        return self._parquet("daily")

    def scan_daily(self) -> pl.LazyFrame:
        """The daily table as a lazy frame, for ensembles that do not fit into memory.

        ResultsError if it is missing or truncated.
        """
        path = self.folder / "daily.parquet"
        try:
            if output_dir.is_whole_parquet(path) and pl.read_parquet_schema(path):
                return pl.scan_parquet(path, glob=False)
        except pl.exceptions.PolarsError:
            pass
        raise self._damaged("daily.parquet")

    @cached_property
    def summary(self) -> pl.DataFrame:
        """Mean and quantiles over the runs."""
        return self._parquet("summary")

    @cached_property
    def groups(self) -> pl.DataFrame | None:
        """Counts by the category named in ``info["by"]``, or None."""
        if not (self.folder / "groups.parquet").exists():
            return None
        return self._parquet("groups")

    @cached_property
    def derived(self) -> pl.DataFrame | None:
        """Derived measures of all runs day by day, None if there are none."""
        return self._parquet("derived") if self.info.derived else None

    @cached_property
    def derived_summary(self) -> pl.DataFrame | None:
        """Mean and quantiles of the derived measures over the runs, None if there are none."""
        from emigre.results.derived import summary

        return None if self.derived is None else summary(self.derived)

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Observed against simulated values; withheld small counts are empty."""
        path = self.folder / "scores.csv"
        try:
            if path.read_bytes()[-1:] == b"\n":  # else it is truncated
                return scores_csv.read_csv(path)
        except (OSError, pl.exceptions.PolarsError):
            pass
        raise self._damaged("scores.csv")

    def to_xarray(self) -> xarray.Dataset:
        """The daily table as a labelled cube (needs the extra ``xarray``)."""
        from emigre.results.xarray import to_xarray

        return to_xarray(self.daily)

    def _parquet(self, name: str) -> pl.DataFrame:
        try:
            return pl.read_parquet(self.folder / f"{name}.parquet", glob=False)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            raise self._damaged(f"{name}.parquet") from None

    def _damaged(self, name: str) -> ResultsError:
        return ResultsError(
            f"{self.folder} is damaged: {name} is missing or cannot be read; "
            f"run it again: {command('emigre', 'run', self.folder / 'scenario')}"
        )

    def __repr__(self) -> str:
        info = self.info
        days = f"{info.start} to {info.end}"
        return f"Results({info.scenario}, {info.runs} runs, {days}, {self.folder})"


def refuse_if_taken(out: Path, *, force: bool) -> None:
    """Raise ResultsError if the target must not be overwritten."""
    output_dir.refuse_if_taken(out, MARK, NOUN, force=force)


@contextmanager
def temporary() -> Iterator[Path]:
    """A new temporary folder, removed if an error occurs while it is filled."""
    folder = Path(tempfile.mkdtemp(prefix="emigre-run-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
