"""Define a forecast: its day and horizon, its worlds with probabilities, and the plan of runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from os import PathLike
from pathlib import Path

import polars as pl

from emigre.comparison.alternative import is_name
from emigre.comparison.folder import BASELINE
from emigre.ensemble.plan import Plan
from emigre.errors import InputError, Mistake
from emigre.forecasting.folder import WorldInfo
from emigre.forecasting.settings import draws_as_of, known_on, parse_days, plan_of
from emigre.scenario import arguments
from emigre.scenario.loader import ScenarioReader, Settings, Variants, reader_of
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parameter_draws import DrawsLike, check_draws
from emigre.scenario.parsers import quoted
from emigre.scenario.toml import is_number

World = str | PathLike[str] | Patch
"""An unannounced decision: the name or the file of a variant, or a patch."""
Chances = Mapping[str, float] | Mapping[World, float]
"""Probabilities of unannounced decisions."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A forecast to make.

    Attributes
    ----------
    full : Scenario
        The scenario with everything that is known today.
    as_of : date
        Last day of known news and counts.
    plan : Plan
        Plan of the worlds as of the day; the first is the scenario without unannounced decisions.
    worlds : tuple of WorldInfo
        Names and probabilities of the worlds.
    """

    full: Scenario
    as_of: date
    plan: Plan
    worlds: tuple[WorldInfo, ...]

    @property
    def world(self) -> Scenario:
        """The scenario as of the day, without unannounced decisions."""
        return self.plan.worlds[0]

    @property
    def known(self) -> pl.DataFrame:
        """Figures known on the day."""
        return known_on(self.world, self.as_of)


def make_question(
    scenario: str | PathLike[str] | Scenario | ScenarioReader,
    *,
    as_of: date | str | None,
    horizon: str | int,
    variants: Variants,
    settings: Settings,
    chances: Chances,
    runs: int | None,
    seed: int,
    scale: int | None,
    draws: DrawsLike | None,
    workers: int | None,
) -> Question:
    """Build a question from arguments; InputError with as many mistakes as possible.

    ``chances`` are the probabilities of worlds by variant.
    """
    mistakes: list[Mistake] = []
    reader = reader_of(scenario)
    full = reader.load(variants=variants, settings=settings)
    given = arguments.several("--variant", variants, mistakes, (str, PathLike, Patch), "variants")
    ahead = parse_days("--horizon", horizon, mistakes)
    day = arguments.origin("--as-of", as_of, full.start, full.end, mistakes)
    if full.start == full.end:
        mistakes.append(Mistake("scenario.toml", "a single day", "days to forecast", column="end"))
    if as_of is None:
        day = _last_news(full, ahead)
    _check_chances(chances, mistakes)
    if mistakes or day is None:
        raise InputError(*mistakes)
    end = min(day + timedelta(days=ahead), full.end)

    def world(*more: World) -> Scenario:
        return reader.load(variants=[*given, *more], settings=settings, end=end, as_of=day)

    worlds = [world(), *(_as_world(world, one) for one in chances)]
    # A set value counts as a change: no draw overrides it.
    identities = [(world.hash, {n for p in world.applied for n in p.set}) for world in worlds]
    pairs = zip(chances, identities[1:], strict=True)
    idle = [one for one, identity in pairs if identity == identities[0]]
    if idle:
        expected = "a variant that changes the scenario"
        raise InputError(*[Mistake("--world", quoted(_name(one)), expected) for one in idle])
    plan = plan_of(worlds, runs, seed, scale, workers)
    drawn = draws_as_of(full, day, draws, plan.seed)
    if drawn is not None:
        check_draws(drawn, worlds[0])
    return Question(full, day, replace(plan, draws=drawn), _named(worlds, chances))


def _as_world(world: Callable[[World], Scenario], variant: World) -> Scenario:
    """Load the world of a variant; mistakes name the option ``--world``."""
    try:
        return world(variant)
    except InputError as error:
        own = (replace(m, file="--world") if m.file == "--variant" else m for m in error.mistakes)
        raise InputError(*own) from None


def _check_chances(chances: object, mistakes: list[Mistake]) -> None:
    if not isinstance(chances, Mapping):
        expected = "a mapping of variants to probabilities"
        mistakes.append(Mistake("--world", quoted(chances), expected))
        return
    names = [BASELINE]
    for variant, chance in chances.items():
        is_world = isinstance(variant, str | PathLike | Patch)
        if not is_world or not is_number(chance) or not 0.0 < chance < 1.0:
            found, expected = f"{variant}={chance}", "a variant and a probability between 0 and 1"
            mistakes.append(Mistake("--world", found, expected))
        elif not is_name(name := _name(variant)) or name.casefold() in names:
            expected = f"worlds with different names, none of them {BASELINE}"
            mistakes.append(Mistake("--world", quoted(name), expected))
        else:
            names.append(name.casefold())
    if not mistakes and sum(chances.values()) > 1.0 + 1e-9:
        found = f"{sum(chances.values()):g} in all"
        mistakes.append(Mistake("--world", found, "probabilities of at most 1 in all"))


def _name(variant: World) -> str:
    """Name of a variant given by name, which may contain a dot, by file, or as a patch."""
    if isinstance(variant, Patch):
        return variant.name
    return Path(variant).name.removesuffix(".toml")


def _named(worlds: Sequence[Scenario], chances: Chances) -> tuple[WorldInfo, ...]:
    rest = max(0.0, 1.0 - sum(chances.values()))
    named = [WorldInfo(name=BASELINE, title="nothing unannounced is decided", probability=rest)]
    for (variant, chance), world in zip(chances.items(), worlds[1:], strict=True):
        patch = next(p for p in reversed(world.applied) if p.file != "--as-of")
        title = patch.title or patch.name
        named.append(WorldInfo(name=_name(variant), title=title, probability=chance))
    return tuple(named)


def _last_news(world: Scenario, ahead: int) -> date:
    """Last day with a published figure that leaves room for the horizon.

    Without such a figure, the last day that leaves room for it.
    """
    last = max(world.end - timedelta(days=ahead), world.start)
    days = world.tables["observations"].filter(pl.col("use") != "context")["published"]
    known = [day for day in days if world.start <= day <= last]
    return max(known, default=last)
