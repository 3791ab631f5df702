"""Results of a sensitivity study."""

import csv
import datetime as dt
import io
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from pydantic import Field

from emigre.results.record import EnsembleRecord
from emigre.results.text import counted
from emigre.scenario.priors import Priors
from emigre.sensitivity.effects import Effect


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


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Sensitivity:
    """Effects, largest first, with their metadata, and the ``folder`` that holds them."""

    effects: tuple[Effect, ...]
    priors: Priors
    notes: dict[str, str]
    info: SensitivityInfo
    folder: Path

    @property
    def table(self) -> pl.DataFrame:
        """One row per parameter: prior and effect, as in ``effects.csv``."""
        return pl.read_csv(io.StringIO(self.csv()))

    def csv(self) -> str:
        """The text of ``effects.csv``: prior and effect of each parameter."""
        priors = {prior.name: prior for prior in self.priors.each}
        out = io.StringIO()
        rows = [
            {
                "parameter": e.name,
                "prior": priors[e.name].shape,
                "low": priors[e.name].low,
                "high": priors[e.name].high,
                **{
                    k: v if v is None else float(f"{v:.6g}")
                    for k, v in asdict(e).items()
                    if k != "name"
                },
                "note": self.notes.get(e.name, ""),
            }
            for e in self.effects
        ]
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def __repr__(self) -> str:
        info, n = self.info, len(self.effects)
        what = f"{info.measure} at {info.place}"
        return f"Sensitivity({info.scenario}, {what}, {counted(n, 'parameter')}, {self.folder})"
