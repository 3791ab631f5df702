"""Parameter draws of a forecast, from what was known on its day."""

from __future__ import annotations

from datetime import date

from emigre.calibration.posterior import MARK, Posterior
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, DrawsLike, draws_of, prior_draws


def beliefs_on(world: Scenario, as_of: date, asked: DrawsLike | None, seed: int) -> Draws | None:
    """The draws given, else the stored posterior, else draws of the ranges.

    ``world`` holds all figures. A posterior fitted to a figure that was published after ``as_of``
    is not used: the forecast conditions on the figures known by then itself.
    """
    if asked is None and _latest(world) > as_of:
        return prior_draws(world, seed)
    return draws_of(world, asked, seed=seed)


def _latest(world: Scenario) -> date:
    """Day of publication of the last figure that the stored posterior was fitted to."""
    assert world.folder is not None
    if not (world.folder / MARK).is_file():
        return date.min
    info = Posterior.read(world.folder).info
    rows = world.tables["observations"]
    fitted = rows.filter(rows["id"].is_in([figure.id for figure in info.figures]))
    latest = fitted["published"].max()
    assert latest is None or isinstance(latest, date)
    return latest or info.end or date.min
