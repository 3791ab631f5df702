"""The posterior: parameter draws, settings and diagnostics.

posterior.csv    one row per draw, one column per parameter, equal weights; the format of
                 ``emigre run --draws``
posterior.json   priors, figures, errors, diagnostics, versions; written last
"""

import datetime as dt
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, Self

import polars as pl
from pydantic import Field

from emigre.numerics.array_types import F64
from emigre.results import notebook, record
from emigre.results.output_dir import folder_given, write_files
from emigre.results.text import counted, percent
from emigre.scenario.library import POSTERIOR, POSTERIOR_INFO
from emigre.scenario.parameter_draws import Draws, read_draws

DRAWS = POSTERIOR
MARK = POSTERIOR_INFO
NOUN = "posterior"


class FittedParameter(record.Record):
    """Prior and posterior of one parameter.

    ``prior`` is the shape of the prior; quantiles are in the unit of the parameter; ``shrinkage``
    is 1 - posterior variance / prior variance on the standard normal scale: 0 if the figures are
    uninformative, 1 if they determine the parameter.
    """

    name: str
    prior: str
    low: float
    high: float
    prior_q05: float
    prior_q50: float
    prior_q95: float
    q05: float
    q50: float
    q95: float
    shrinkage: float


class FittedFigure(record.Record):
    """One observed figure and its posterior prediction.

    Quantiles include parameter uncertainty, simulation noise, discrepancy and observation error;
    None if no posterior draw was simulated. ``error_sd`` is the relative standard deviation of the
    observation error. ``left_out_error`` is the leave-one-out residual in standard deviations;
    ``explained`` the share of its variance in the last batch explained by the parameters.
    """

    id: str
    observed: float
    error_sd: float
    q05: float | None
    q50: float | None
    q95: float | None
    inside_90: bool | None
    left_out_error: float
    explained: float
    measure: str = ""
    place: str = ""
    start: dt.date | None = None
    end: dt.date | None = None


class PosteriorInfo(record.Record):
    """Content of ``posterior.json``.

    ``discrepancy`` is the relative standard deviation of the model error in the last step, by unit
    of the figures (persons, hours). ``silent`` are figures marked fit that are not simulated,
    ``titles`` describe figures by id. ``inside_50`` and ``inside_90`` are the shares of figures
    inside the intervals of the posterior, ``left_out_inside_90`` the share inside their
    leave-one-out intervals.
    """

    format: Literal[1] = 1
    emigre: str
    scenario: str = ""
    title: str = ""
    hash: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    as_of: dt.date | None = None
    scale: int = 1
    size: int
    steps: int
    checks: int
    seed: int
    simulations: int
    discrepancy: dict[str, float]
    discrepancy_estimated: bool
    inside_50: float | None
    inside_90: float | None
    left_out_inside_90: float
    parameters: tuple[FittedParameter, ...]
    figures: tuple[FittedFigure, ...]
    silent: tuple[str, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)
    started: dt.datetime | None = None
    finished: dt.datetime | None = None


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of the parameters that agree with published counts, made by a fit.

    Attributes
    ----------
    names : tuple of str
        Names of the fitted parameters and cells.
    values : array of shape (n_draws, n_names)
        One row per draw.
    info : PosteriorInfo
        Content of ``posterior.json``: settings, figures, and diagnostics of the fit.
    folder : Path or None
        Folder of the fit.
    """

    names: tuple[str, ...]
    values: F64
    info: PosteriorInfo
    folder: Path | None = None

    @property
    def table(self) -> pl.DataFrame:
        """One row per parameter: prior and posterior quantiles, and the shrinkage."""
        columns = ("name", "prior_q05", "prior_q50", "prior_q95", "q05", "q50", "q95", "shrinkage")
        rows = [{c: getattr(p, c) for c in columns} for p in self.info.parameters]
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Float64) | {"name": pl.String})

    def __repr__(self) -> str:
        figures, draws = (
            counted(len(self.info.figures), "figure"),
            counted(len(self.values), "draw"),
        )
        fitted = f"{counted(len(self.names), 'parameter')} fitted to {figures}"
        return f"Posterior({self.info.scenario}, {fitted}, {draws}, {self.folder})"

    def _repr_html_(self) -> str:
        info = self.info
        share = info.inside_90
        rows = {
            "draws": f"{len(self.values):,} ({info.steps} steps, seed {info.seed})",
            "figures": str(len(info.figures)),
            "inside the 90 % interval": "" if share is None else percent(share),
            "days": f"{info.start} to {info.end}",
            "folder": str(self.folder or ""),
        }
        return notebook.card(f"{info.title or info.scenario}: posterior", rows, self.table)

    def draws(self, origin: str = "") -> Draws:
        """The draws as used by ensembles; ``origin`` is noted in ``run.json``."""
        origin = origin or f"a fit of {self.info.scenario}"
        return Draws(self.names, self.values, origin, self.info.text())

    def write(self, folder: str | PathLike[str]) -> None:
        """Write both files; ``posterior.json`` comes last."""
        folder = folder_given(folder, NOUN)
        write_files({folder / DRAWS: self.draws().text(), folder / MARK: self.info.text()})

    @classmethod
    def read(cls, folder: str | PathLike[str]) -> Self:
        """Read a posterior; ResultsError if the folder has none."""
        folder = folder_given(folder, NOUN)
        info = record.read(PosteriorInfo, folder / MARK, NOUN)
        draws = read_draws(folder / DRAWS)
        return cls(draws.names, draws.values, info, folder)
