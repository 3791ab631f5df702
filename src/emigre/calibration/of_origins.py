"""Parameters of a hindcast, fitted as of each origin."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from emigre.calibration.of_scenario import SIMULATIONS, FitSettings, fit
from emigre.calibration.posterior import MARK, Posterior
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.pool import Pool
from emigre.results.text import counted
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws


@dataclass(frozen=True, slots=True)
class FittedToThen:
    """Fits a posterior as of each origin of :func:`emigre.forecasting.hindcast.replay`.

    Each fit uses the scenario as of its origin, simulated up to that day, and the figures marked
    ``fit`` published by then; without any, it draws from the prior. Parameters without informative
    figures keep their prior, which for later pressures is the one in the scenario today.
    ``watcher`` receives its progress.
    """

    settings: FitSettings
    watcher: ProgressListener | bool = False

    @property
    def words(self) -> str:
        """Description of the parameters' origin."""
        size, steps = self.settings.size, self.settings.steps
        return (
            "fitted as of each origin to what was published by then "
            f"({counted(size, 'draw')}, {counted(steps, 'step')})"
        )

    def __call__(self, world: Scenario, origin: date, home: Path, pool: Pool) -> Draws:
        """The posterior as of an origin, cached in ``home``."""
        folder = home / str(origin)
        if not (folder / MARK).exists():
            fit(
                replace(world, end=origin),
                **asdict(self.settings),
                pool=pool,
                out=folder,
                progress=self.watcher,
            )
            shutil.rmtree(folder / SIMULATIONS, ignore_errors=True)
        return Posterior.read(folder).draws(f"the fit as of {origin}")
