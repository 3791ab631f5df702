"""Results of a sensitivity study."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import fields

import polars as pl
from pydantic import Field

from emigre.results import notebook, record
from emigre.results.csv_files import read_typed
from emigre.results.record import EnsembleRecord, cached_frame
from emigre.results.text import counted
from emigre.scenario.priors import Priors
from emigre.sensitivity.effects import Effect

MARK = "sensitivity.json"
TABLE = "effects.csv"
NOUN = "sensitivity"
_NUMBERS = tuple(field.name for field in fields(Effect) if field.name != "name")
COLUMNS = {
    **dict.fromkeys(("parameter", "prior"), pl.String),
    **dict.fromkeys(("low", "high", *_NUMBERS), pl.Float64),
    "note": pl.String,
}
"""Columns of ``effects.csv``."""


class SensitivityInfo(EnsembleRecord):
    """Content of ``sensitivity.json``.

    ``median`` is the number at the prior medians; ``chance_sd`` the standard error of its mean over
    the runs (None for one run); ``titles`` the cells of tables among the parameters, in words.
    """

    as_of: dt.date | None
    measure: str
    place: str
    place_name: str
    unit: str
    start: dt.date
    end: dt.date
    trajectories: int
    base: int | None
    evaluations: int
    median: float
    chance_sd: float | None
    titles: dict[str, str] = Field(default_factory=dict)


def table_of(effects: Sequence[Effect], priors: Priors, notes: Mapping[str, str]) -> pl.DataFrame:
    """One row per parameter (columns COLUMNS); ``notes`` by parameter."""
    prior_of = {prior.name: prior for prior in priors.each}
    rows = [
        {
            "parameter": e.name,
            "prior": prior_of[e.name].shape,
            "low": prior_of[e.name].low,
            "high": prior_of[e.name].high,
            **{name: _rounded(getattr(e, name)) for name in _NUMBERS},
            "note": notes.get(e.name, ""),
        }
        for e in effects
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


class Sensitivity(record.RecordFolder[SensitivityInfo]):
    """Effects of uncertain assumptions on a number, read lazily from a folder.

    Attributes
    ----------
    table : polars.DataFrame
        One row per parameter or cell, the largest effect first: prior, effect and note, as in
        ``effects.csv``.
    info : SensitivityInfo
        Content of ``sensitivity.json``: the number studied, and the settings.
    folder : Path
        Folder of the study.
    """

    _kind = SensitivityInfo
    _mark = MARK
    _noun = NOUN

    @cached_frame
    def table(self) -> pl.DataFrame:
        """One row per parameter or cell, the largest effect first."""
        return read_typed(self.folder, TABLE, COLUMNS)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """One effect per parameter or cell, the largest first."""
        rows = self.table.select("parameter", *_NUMBERS).iter_rows()
        return tuple(Effect(*row) for row in rows)

    def __repr__(self) -> str:
        info, n = self.info, self.table.height
        what = f"{info.measure} at {info.place}"
        return f"Sensitivity({info.scenario}, {what}, {counted(n, 'parameter')}, {self.folder})"

    def _repr_html_(self) -> str:
        info = self.info
        rows = {
            "number": f"{info.measure} at {info.place}, {info.start} to {info.end} (exclusive)",
            "at the medians": f"{info.median:,.4g} {info.unit}",
            "runs": f"{info.runs} (seed {info.seed}, scale {info.scale})",
            "folder": str(self.folder),
        }
        columns = ("parameter", "low", "high", "mean", "size_low", "size_high")
        return notebook.card(f"{info.title}: sensitivity", rows, self.table.select(columns))


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.6g}")
