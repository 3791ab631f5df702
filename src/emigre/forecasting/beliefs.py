"""Parameter draws of a forecast, from what was known on its day."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np

from emigre.calibration.posterior import MARK, Posterior
from emigre.calibration.priors import priors_of
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, draws_of


def beliefs_on(
    world: Scenario, as_of: date, asked: Draws | str | Path | None, runs: int, seed: int
) -> Draws | None:
    """The draws given, else the stored posterior, else draws from the priors (ranges).

    ``world`` holds all figures. A posterior fitted to a figure that was published after ``as_of``
    is not used: the forecast conditions on the figures known by then itself.
    """
    if asked is not None:
        return draws_of(world, asked)
    stored = draws_of(world)
    if stored is not None and _latest(world) <= as_of:
        return stored
    return _from_priors(world, runs, seed)


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


def _from_priors(world: Scenario, runs: int, seed: int) -> Draws | None:
    priors = priors_of(world)
    if not len(priors):
        return None
    key = int.from_bytes(hashlib.blake2b(b"emigre beliefs", digest_size=8).digest(), "little")
    chance = np.random.Generator(np.random.Philox(key=[seed, key]))
    return Draws(priors.names, priors.sample(runs, chance), "the ranges of the scenario")
