"""Parameters of a hindcast: for each origin those of a fit to what was published by then."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from emigre.calibration.of_scenario import SIMULATIONS, Settings, fit_scenario
from emigre.calibration.posterior import MARK, Posterior
from emigre.ensemble import Draws, Watcher
from emigre.ensemble.executors import THREADS
from emigre.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class FittedToThen:
    """Gives each origin of :func:`emigre.forecast.hindcast.replay` a posterior of its own.

    Each fit sees the scenario as of its origin, simulated to that day and no further, and the
    figures marked ``fit`` that were published by then; where there was none, its draws are those of
    the beliefs. What no figure speaks of stays as it was believed, which for pressures to come is
    what the scenario says today. ``watcher`` is told of its progress.
    """

    settings: Settings
    workers: int | None = None
    pool: str = THREADS
    watcher: Watcher | bool = False

    @property
    def words(self) -> str:
        """Where the parameters come from."""
        size, steps = self.settings.size, self.settings.steps
        return (
            f"fitted as of each origin to what was published by then ({size} draws, {steps} steps)"
        )

    def __call__(self, world: Scenario, origin: date, home: Path) -> Draws:
        """The posterior as of an origin; kept in ``home``, and taken from there if it is done."""
        folder = home / str(origin)
        if not (folder / MARK).exists():
            until_then = replace(world, end=origin)
            fit_scenario(
                until_then,
                self.settings,
                workers=self.workers,
                pool=self.pool,
                out=folder,
                progress=self.watcher,
            )
            shutil.rmtree(folder / SIMULATIONS, ignore_errors=True)
        return Posterior.read(folder).draws(f"the fit as of {origin}")
