"""Attribute a difference between two sides to their changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike, fspath

import numpy as np
from numpy.typing import NDArray

from emigre.attribution import shapley
from emigre.attribution.explanation_table import table
from emigre.attribution.grouping import Group, grouped, merge_invalid
from emigre.attribution.operands import Side, differences_of_runs, of_run, read_side, recorded
from emigre.attribution.quantity import make_quantity
from emigre.attribution.result import Explanation, Part
from emigre.attribution.shapley import Coalition
from emigre.ensemble.executors import check_pool, sample
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, Plan, make_plan
from emigre.ensemble.pool import Pool
from emigre.errors import InputError, Mistake, ResultsError, refuse
from emigre.evaluation.key_results import differences
from emigre.numerics.array_types import F64
from emigre.results.disclosure import small_count_of
from emigre.results.folder import Results
from emigre.results.text import counted
from emigre.results.window import Quantity
from emigre.scenario import arguments
from emigre.scenario.diff import Between, check_comparable
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import DrawsLike, draws_of
from emigre.scenario.parsers import quoted

MOST_PAIRS = 10_000
PAIRS = 4
"""Default number of pairs of orders drawn if there are too many changes for all coalitions."""


@dataclass(frozen=True, slots=True)
class _Game:
    """Groups, required coalitions, and the world of each."""

    groups: tuple[Group, ...]
    orders: NDArray[np.intp] | None
    worlds: dict[Coalition, Scenario]


def explain(
    a: str | PathLike[str] | Scenario | Results,
    b: str | PathLike[str] | Scenario | Results,
    *,
    measure: str = "departed",
    place: str = "*",
    start: date | str | None = None,
    end: date | str | None = None,
    runs: int | None = None,
    seed: int | None = None,
    scale: int | None = None,
    draws: DrawsLike | None = None,
    pairs: int = PAIRS,
    each: bool = False,
    workers: int | None = None,
    pool: str | Pool | None = None,
    progress: bool | ProgressListener = False,
) -> Explanation:
    """Attribute the difference of a figure between two sides to the changes that cause it.

    Each group of changes gets its Shapley value, run by run with common random numbers.

    Parameters
    ----------
    a, b : str, path, Scenario or Results
        The two sides: scenarios, names or folders of scenarios (with variants as
        SCENARIO:VARIANT+VARIANT), results of runs, or their folders.
    measure : str, default "departed"
        Measure of the figure.
    place : str, default "*"
        Place or area of the figure; ``*`` for all places.
    start, end : date or str, optional
        Start and end (exclusive) of the period of the figure. All simulated days if not given.
    runs, seed, scale : int, optional
        Size and random seed of the ensembles. Those of the first side that is a run folder if not
        given; otherwise the runs and scale of scenario ``a``, and seed 1.
    draws : Draws, frame, mapping, array, str or path, optional
        Draws of uncertain parameters, as in :func:`emigre.run`; those of ``a`` if not given.
        Parameters that differ between the sides are not drawn for ``b``.
    pairs : int
        Number of pairs of orders to draw if there are more than six groups of changes.
    each : bool, default False
        Attribute to single rows instead of groups of related changes.
    workers, pool, progress : optional
        Where to simulate and how to show progress, as in :func:`emigre.run`.

    Returns
    -------
    Explanation
        The figure on both sides and the part of each group of changes.

    Raises
    ------
    InputError
        If a side or an argument is invalid, or if the sides differ in first day, zone or
        nationality.
    ResultsError
        If a run folder does not hold its scenario, or if the figure exists in no run.
    """
    mistakes: list[Mistake] = []
    arguments.whole("--orders", pairs, 1, MOST_PAIRS, mistakes, needed=True)
    arguments.yes_no("--each", each, mistakes)
    refuse(mistakes)
    check_pool(pool)
    with watch(progress) as watcher:
        watcher.stage("reading both sides")
        sides = _side(a, "A"), _side(b, "B")
        one, two = (side.scenario for side in sides)
        check_comparable(one, two, sides[1].name)
        quantity = make_quantity(one, two, measure=measure, place=place, start=start, end=end)
        plan = _plan(sides, runs, seed, scale, draws, workers)
        between = Between(one, two)
        watcher.stage("building the worlds between them")
        game = _game(between, grouped(between.changes, one, two, each=each), pairs, plan.seed)
        # Days after the requested ones cannot affect them and are not simulated.
        worlds = [replace(world, end=quantity.last) for world in game.worlds.values()]
        plan = replace(plan, worlds=tuple(worlds))
        values = np.zeros((1, 0))
        if game.groups:
            watcher.stage(f"simulating {counted(len(worlds), 'world')}")
            every = sample(plan, quantity.frame(), workers=workers, pool=pool, watcher=watcher)
            values = _whole(every[:, :, 0], quantity)
    explanation = _explanation(sides, quantity, between, game, plan, values)
    return replace(explanation, table=table(explanation))


def _plan(
    sides: tuple[Side, Side],
    runs: int | None,
    seed: int | None,
    scale: int | None,
    draws: DrawsLike | None,
    workers: int | None,
) -> Plan:
    """Runs, seed and scale as given, else those of the first side that is a run."""
    infos = [side.info for side in sides if side.info is not None]
    if infos:
        runs = infos[0].runs if runs is None else runs
        seed = infos[0].seed if seed is None else seed
        scale = infos[0].scale if scale is None else scale
    seed = DEFAULT_SEED if seed is None else seed
    base = sides[0].scenario
    drawn = sides[0].draws(seed) if draws is None else draws_of(base, draws, seed=seed)
    return make_plan([base], runs=runs, seed=seed, scale=scale, draws=drawn, workers=workers)


def _explanation(
    sides: tuple[Side, Side],
    quantity: Quantity,
    between: Between,
    game: _Game,
    plan: Plan,
    values: F64,
) -> Explanation:
    """Build the explanation from the values of all worlds, shape (worlds, runs)."""
    parts = _parts(game, dict(zip(game.worlds, values, strict=True)))
    moving = [p for p in parts if any(x.any() for x in (p.part, p.alone, p.last))]
    notes = (
        *differences_of_runs(*sides, seed=plan.seed, scale=plan.scale, draws=plan.draws),
        *_notes(sides, quantity, values, plan.runs),
    )
    return Explanation(
        a=sides[0].name,
        b=sides[1].name,
        quantity=quantity,
        of_a=values[0],
        of_b=values[-1],
        parts=tuple(sorted(moving, key=lambda p: -abs(float(p.part.mean())))),
        idle=tuple(p.group for p in parts if not any(p is q for q in moving)),
        inert=tuple(c for c in between.changes if c.is_inert),
        notes=notes,
        sides=(between.a, between.b),
        runs=plan.runs,
        seed=plan.seed,
        scale=plan.scale,
        orders=None if game.orders is None else len(game.orders),
        worlds=len(game.worlds),
        parameters_from=None if plan.draws is None else plan.draws.origin,
    )


def _side(given: str | PathLike[str] | Scenario | Results, letter: str) -> Side:
    if isinstance(given, Scenario):
        return Side(letter, given)
    if isinstance(given, Results):
        return of_run(given)
    if isinstance(given, str | PathLike) and fspath(given).strip():
        return read_side(fspath(given))
    expected = "a scenario, its name or folder, or a run folder"
    raise InputError(Mistake(letter, quoted(given), expected))


def _game(between: Between, groups: tuple[Group, ...], pairs: int, seed: int) -> _Game:
    """Build every required world; merge groups that are invalid without each other."""
    built: dict[frozenset[str], Scenario | None] = {}

    def world(some: Coalition, groups: Sequence[Group]) -> Scenario | None:
        chosen = [c for i in sorted(some) for c in groups[i].changes]
        key = frozenset(f"{c.how} {c.name}" for c in chosen)
        if key not in built:
            try:
                built[key] = between.coalition(chosen)
            except InputError:
                built[key] = None
        return built[key]

    while True:
        n = len(groups)
        orders = None if n <= shapley.MOST_EXACT else shapley.draw_orders(n, pairs, seed)
        coalitions = shapley.all_coalitions(n) if orders is None else shapley.needed(orders)
        worlds: dict[Coalition, Scenario] = {}
        for some in coalitions:
            made = world(some, groups)
            if made is None:
                if len(some) in (0, n):
                    between.coalition(c for i in some for c in groups[i].changes)  # raises
                now = groups
                groups = merge_invalid(now, some, lambda some: world(some, now) is not None)  # noqa: B023 - called at once
                break
            worlds[some] = made
        else:
            return _Game(groups, orders, worlds)


def _whole(values: F64, quantity: Quantity) -> F64:
    """Values of the runs in which the number exists in every world. Shape (worlds, runs)."""
    there = ~np.isnan(values).any(axis=0)
    if not there.any():
        raise ResultsError(
            f"there is no {quantity.measure} at {quantity.place} in these days: "
            "in every run it is undefined in some world"
        )
    return values[:, there]


def _parts(game: _Game, values: shapley.Values) -> list[Part]:
    n = len(game.groups)
    errors: Sequence[float | None] = [None] * n
    if game.orders is None:
        shares = shapley.exact(values, n)
    else:
        shares, spread = shapley.sampled(values, game.orders)
        errors = spread.tolist()
    first, last = shapley.made_first(values, n), shapley.made_last(values, n)
    return [
        Part(group, shares[i], first[i], last[i], errors[i]) for i, group in enumerate(game.groups)
    ]


def _notes(sides: tuple[Side, Side], quantity: Quantity, values: F64, runs: int) -> list[str]:
    notes: list[str] = []
    left_out = runs - values.shape[1]
    if left_out and values.size:
        notes.append(f"{left_out} of {counted(runs, 'run')} left out: the number is undefined.")
    ends = [side.scenario.end for side in sides]
    if ends[0] != ends[1]:
        notes.append(
            f"{sides[0].name} ends on {ends[0]}, {sides[1].name} on {ends[1]}: only common days "
            "are compared."
        )
    kept = [recorded(side, quantity) for side in sides]
    if kept[0] is not None and kept[1] is not None and values.size:
        both = kept[1] - kept[0], float((values[-1] - values[0]).mean())
        largest = max(side.scenario.small_count for side in sides)
        small = small_count_of(quantity.measure, largest)
        there, here = (differences(x, x, x, small)[1] for x in both)
        if there != here:
            notes.append(
                f"Between the run folders themselves the means differ by {there}, here by {here}: "
                "the rest is due to chance and settings."
            )
    return notes
