"""Settings shared by forecasts and hindcasts: numbers of runs and draws, scale, parameters."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from emigre.calibration.posterior import MARK, Posterior
from emigre.ensemble.plan import Plan, make_plan
from emigre.errors import Mistake
from emigre.evaluation.observations import scorable
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, DrawsLike, draws_of, prior_draws
from emigre.scenario.parsers import quoted

RUNS = 40
DRAWS = 1_000
"""Minimum number of draws of the model's error, several for each run."""
PARTIES = 1_500_000
"""Maximum number of simulated people if no scale is given: seconds rather than minutes."""


def draws_for(runs: int) -> int:
    """Number of draws of the model's error, a multiple of the number of runs."""
    return -(-DRAWS // runs) * runs


def coarse_scale(world: Scenario) -> int:
    """The scenario's scale, doubled until at most PARTIES people are simulated."""
    scale = world.scale
    while world.population > PARTIES * scale:
        scale *= 2
    return scale


def plan_of(
    worlds: Sequence[Scenario], runs: int | None, seed: int, scale: int | None, workers: int | None
) -> Plan:
    """Plan the runs of worlds; by default RUNS runs at :func:`coarse_scale`.

    Raises InputError as :func:`~emigre.ensemble.plan.make_plan` does.
    """
    runs = RUNS if runs is None else runs
    scale = coarse_scale(worlds[0]) if scale is None else scale
    return make_plan(worlds, runs=runs, seed=seed, scale=scale, workers=workers)


def known_on(world: Scenario, day: date) -> pl.DataFrame:
    """Figures of a scenario as of a day whose days are over by then."""
    return scorable(world.tables["observations"]).filter(pl.col("to") <= day + timedelta(days=1))


def draws_as_of(world: Scenario, day: date, given: DrawsLike | None, seed: int) -> Draws | None:
    """Parameter draws: those given, else of the stored posterior, else of the ranges.

    ``world`` holds all figures. A posterior fitted to a figure published after ``day`` is not used,
    because the forecast would know that figure.
    """
    if given is None and _last_fitted(world) > day:
        return prior_draws(world, seed)
    return draws_of(world, given, seed=seed)


def _last_fitted(world: Scenario) -> date:
    """Day on which the last figure used by the stored posterior was published."""
    assert world.folder is not None
    if not (world.folder / MARK).is_file():
        return date.min
    info = Posterior.read(world.folder).info
    rows = world.tables["observations"]
    fitted = rows.filter(rows["id"].is_in([figure.id for figure in info.figures]))
    latest = fitted["published"].max()
    assert latest is None or isinstance(latest, date)
    return latest or info.end or date.min


MOST_DAYS = 3660
"""Longest horizon or interval, in days."""


def parse_days(flag: str, given: str | int, mistakes: list[Mistake]) -> int:
    """Parse ``7``, ``7d`` or ``2w`` into days; 1 (and a mistake) for anything else."""
    text = str(given)
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("d", "w") else (text, "d")
    if number.isascii() and number.isdecimal() and len(number) < 9:
        days = int(number) * (7 if unit == "w" else 1)
        if 0 < days <= MOST_DAYS:
            return days
    expected = f"a number of days such as 7d, or of weeks such as 2w, of at most {MOST_DAYS} days"
    mistakes.append(Mistake(flag, quoted(text), expected))
    return 1
