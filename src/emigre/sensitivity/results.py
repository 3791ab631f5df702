"""Results of a sensitivity study."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emigre.calibration.priors import Priors
from emigre.results.record import Record
from emigre.sensitivity.effects import Effect

Array = NDArray[np.float64]


class SensitivityInfo(Record):
    """What ``sensitivity.json`` says.

    ``median`` is the number at the prior medians; ``chance_sd`` the standard error of its mean over
    the runs (None for one run); ``matter`` the influential parameters.
    """

    format: Literal[1] = 1
    emigre: str
    scenario: str
    title: str
    hash: str
    as_of: dt.date | None
    measure: str
    place: str
    place_name: str
    unit: str
    start: dt.date
    end: dt.date
    runs: int
    seed: int
    scale: int
    trajectories: int
    base: int | None
    evaluations: int
    median: float
    chance_sd: float | None
    matter: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """Effects, largest first, with their metadata."""

    effects: tuple[Effect, ...]
    priors: Priors
    notes: dict[str, str]
    info: SensitivityInfo
    folder: Path
