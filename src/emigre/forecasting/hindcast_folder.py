"""The folder of a hindcast, read lazily; ``hindcast.py`` writes it."""

import datetime as dt

import polars as pl
from pydantic import Field

from emigre.evaluation.key_results import period
from emigre.evaluation.reliability import RECORD_COLUMNS
from emigre.evaluation.skill import FORECAST_COLUMNS, SKILL_COLUMNS
from emigre.evaluation.track_record import coverage
from emigre.results import csv_files, notebook, record
from emigre.results.record import cached_frame
from emigre.results.text import counted

MARK = "hindcast.json"
NOUN = "hindcast"


class HindcastInfo(record.TimedRecord):
    """Content of hindcast.json.

    ``horizon_days`` is the length of each forecast. ``parameters_from`` names the source of the
    parameters, ``places`` are the names of the places of the figures.
    """

    variants: tuple[str, ...]
    first: dt.date
    last: dt.date
    horizon_days: int
    origins: tuple[dt.date, ...]
    parameters_from: str
    places: dict[str, str] = Field(default_factory=dict)


class Hindcast(record.RecordFolder[HindcastInfo]):
    """Forecasts from past days with their scores, read lazily from a folder.

    Attributes
    ----------
    record : DataFrame
        Scores, coverage and width of intervals, by kind of measure and part of the horizon.
    skill : DataFrame
        Scores of each forecaster by measure, place and horizon, and skill against the baselines.
    forecasts : DataFrame
        One row per published figure, day of the forecast and forecaster.
    info : HindcastInfo
        Content of ``hindcast.json``.
    """

    _kind = HindcastInfo
    _mark = MARK
    _noun = NOUN

    @cached_frame
    def forecasts(self) -> pl.DataFrame:
        """One row per published figure, day of the forecast and forecaster."""
        return csv_files.read_typed(self.folder, "forecasts.csv", FORECAST_COLUMNS)

    @cached_frame
    def record(self) -> pl.DataFrame:
        """Scores, coverage and sharpness by kind of measure and part of the horizon."""
        return csv_files.read_typed(self.folder, "record.csv", RECORD_COLUMNS)

    @cached_frame
    def skill(self) -> pl.DataFrame:
        """Scores and skill of each forecaster by series and horizon."""
        return csv_files.read_typed(self.folder, "skill.csv", SKILL_COLUMNS)

    def __repr__(self) -> str:
        info = self.info
        return f"Hindcast({info.scenario}, {counted(len(info.origins), 'origin')}, {self.folder})"

    def _repr_html_(self) -> str:
        rows = {"notes": " ".join(self.remarks()), "folder": str(self.folder)}
        columns = ("measure", "place", "horizon", "forecaster", "n", "skill_log", "crps_log")
        return notebook.card(f"{self.info.title}: hindcast", rows, self.skill.select(columns))

    def remarks(self) -> list[str]:
        """Notes on the forecasts, their parameters and their coverage."""
        info = self.info
        return [
            f"{counted(len(info.origins), 'forecast')} of {counted(info.horizon_days, 'day')}, "
            f"made {period(info.first, info.last + dt.timedelta(days=1))}. Each uses only what "
            "had been announced and published by the day on which it was made.",
            f"Parameters: {info.parameters_from}.",
            *(coverage(self.forecasts, use) for use in ("check", "fit")),
        ]
