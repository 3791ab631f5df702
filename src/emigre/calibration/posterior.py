"""The posterior: draws of the parameters, and what was fitted to what.

posterior.csv    one row a draw, one column a parameter, all of the same weight; a table of
                 draws as ``emigre run --draws`` reads it
posterior.json   priors, figures, errors, diagnostics, versions; written last
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emigre.results import record
from emigre.results.output_dir import write_whole
from emigre.scenario.library import POSTERIOR
from emigre.scenario.parameter_draws import Draws, read_draws

Array = NDArray[np.float64]

DRAWS = POSTERIOR
MARK = "posterior.json"
NOUN = "posterior"


class FittedParameter(record.Record):
    """One parameter before and after.

    ``prior`` is the shape of the belief, ``prior_said`` whether the scenario names it; quantiles
    are of the value; ``shrinkage`` is 1 - variance after / variance before of the standard normal
    number that stands for it: 0 where the figures say nothing, 1 where they say all.
    """

    name: str
    prior: str
    prior_said: bool
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
    """One observed figure beside what the posterior predicts for it.

    Quantiles hold parameters, chance, discrepancy and the figure's own error; None where no
    posterior draw was simulated. ``error_sd`` is the
    relative standard deviation of that error. ``left_out_error`` is the distance from what the
    other figures predict for it, in standard deviations; ``explained`` the share of its variance
    over the last batch that follows from the parameters.
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
    """What ``posterior.json`` says.

    ``discrepancy`` is the relative standard deviation of the model's own error in the last step, by
    unit of the figures (persons, hours), ``discrepancies`` that of every step. ``silent`` are
    figures that were to be fitted but are not simulated. ``inside_50`` and ``inside_90`` are the
    shares of figures inside the intervals of the posterior, ``left_out_inside_90`` the share inside
    the interval that the other figures give. ``effective_size`` counts the draws, weighted; here
    all weigh the same.
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
    discrepancies: tuple[dict[str, float], ...]
    effective_size: float
    inside_50: float | None
    inside_90: float | None
    left_out_inside_90: float
    parameters: tuple[FittedParameter, ...]
    figures: tuple[FittedFigure, ...]
    silent: tuple[str, ...] = ()
    started: dt.datetime | None = None
    finished: dt.datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws ``values`` (n, k) of the parameters ``names``, and ``info``."""

    names: tuple[str, ...]
    values: Array
    info: PosteriorInfo

    def draws(self, origin: str = "") -> Draws:
        """The draws, as ensembles take them."""
        return Draws(self.names, self.values, origin)

    def write(self, folder: Path) -> None:
        """Write both files; ``posterior.json`` comes last."""
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / DRAWS, self.draws().text())
        write_whole(folder / MARK, self.text())

    def text(self) -> str:
        """What stands in ``posterior.json``."""
        return self.info.model_dump_json(indent=2) + "\n"

    @classmethod
    def read(cls, folder: str | Path) -> Posterior:
        """Read a posterior; ResultsError if the folder holds none."""
        folder = Path(folder)
        info = record.read(PosteriorInfo, folder / MARK, NOUN)
        draws = read_draws(folder / DRAWS)
        return cls(draws.names, draws.values, info)
