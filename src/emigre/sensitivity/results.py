"""Results of a sensitivity study."""

import datetime as dt
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl
from pydantic import Field

from emigre.results import notebook
from emigre.results.record import EnsembleRecord
from emigre.results.text import counted
from emigre.scenario.priors import Priors
from emigre.sensitivity.effects import Effect

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
    the runs (None for one run); ``matter`` the influential parameters, ``titles`` the cells of
    tables among all parameters, in words.
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
    matter: tuple[str, ...]
    titles: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Effects of uncertain assumptions on a number.

    Attributes
    ----------
    effects : tuple of Effect
        One effect per parameter or cell, the largest first.
    priors : Priors
        The ranges from which values were taken.
    notes : dict of str to str
        Notes by parameter.
    info : SensitivityInfo
        Content of ``sensitivity.json``: the number studied, and the settings.
    folder : Path
        Folder of the study.
    """

    effects: tuple[Effect, ...]
    priors: Priors
    notes: dict[str, str]
    info: SensitivityInfo
    folder: Path

    @property
    def table(self) -> pl.DataFrame:
        """One row per parameter: prior and effect, as in ``effects.csv``."""
        priors = {prior.name: prior for prior in self.priors.each}
        rows = [
            {
                "parameter": e.name,
                "prior": priors[e.name].shape,
                "low": priors[e.name].low,
                "high": priors[e.name].high,
                **{name: _rounded(getattr(e, name)) for name in _NUMBERS},
                "note": self.notes.get(e.name, ""),
            }
            for e in self.effects
        ]
        return pl.DataFrame(rows, schema=COLUMNS)

    def __repr__(self) -> str:
        info, n = self.info, len(self.effects)
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
