"""Households at home by origin, group and size, compiled from groups and composition."""

from itertools import compress

import numpy as np
from numpy.typing import NDArray

from emigre.engine.index import Index
from emigre.engine.memo import reuse
from emigre.errors import InputError, Mistake
from emigre.numerics.random import entity_ids
from emigre.numerics.records import records
from emigre.processes.arrays import BY_GROUP, COHORT, F64, I32, I64, MAX_SIZE, Cohorts, World
from emigre.scenario.population import expected_households, households, rake, unmet

_ORDINARY_SIZE = 5
"""Sizes up to this one are always offered when households are fitted to a population."""


def inhabitants_of(index: Index) -> F64:
    """Persons who live in the origins: (O)."""
    return np.array([r["population"] for r in index.origin_rows], np.float64)


def cohorts_of(index: Index, zone: I32, scale: int, present: I64) -> tuple[Cohorts, F64]:
    """Cohorts, and the households (cohorts, sizes) that people abroad resemble."""
    tables = {name: index.scenario.tables[name] for name in ("groups", "composition")}
    tables["places"] = index.scenario.tables["places"].select("id", "kind", "population")
    abroad = tuple(bool(n) for n in present.sum(axis=1))
    cohorts, typical_homes = reuse(
        "cohorts", tables, (scale, abroad), lambda: _make_cohorts(index, scale, abroad)
    )
    row = cohorts.row.copy()
    row.zone = zone[row.origin]
    return cohorts._replace(row=row), typical_homes


def _make_cohorts(index: Index, scale: int, abroad: tuple[bool, ...]) -> tuple[Cohorts, F64]:
    """Households at home by origin, group and size; empty cohorts are left out.

    abroad: (O) whether people of an origin are abroad on the first day. If so, its cohorts are kept
    even if no whole household is left at home. Everything is done in the order of ids, so that
    results do not depend on the order of rows.
    """
    homes, expected = _homes(index, scale)
    belongs: NDArray[np.bool_] = homes.sum(axis=2) > 0
    empty = np.array(abroad, np.bool_) & ~belongs.any(axis=1)
    belongs |= empty[:, None] & (expected.sum(axis=2) > 0)
    _require_typical_homes(index, np.array(abroad, np.bool_) & ~belongs.any(axis=1))
    where, who = np.nonzero(belongs)
    kept = homes[where, who].astype(np.int32)
    names = [g["id"] for g in index.groups]
    row = records(COHORT, len(where))
    row.id = np.concatenate(
        [
            entity_ids("cohort", origin, last=compress(names, those))
            for origin, those in zip(index.origins, belongs, strict=True)
        ]
    )
    row.origin, row.group = where, who
    row.total = kept.sum(axis=1)
    undecided = np.zeros(len(names), np.int64)
    np.add.at(undecided, row.group, row.total)
    return Cohorts(row, kept, undecided), np.where(empty[where, None], expected[where, who], kept)


def _homes(index: Index, scale: int) -> tuple[I64, F64]:
    """Whole households at home (O, G, sizes), and their expected numbers."""
    o = np.argsort(index.origins)
    g = np.argsort([row["id"] for row in index.groups])
    groups = [index.groups[i] for i in g]
    number = {index.origins[i]: n for n, i in enumerate(o)}
    margins: dict[tuple[int, str], dict[str, float]] = {}
    population = inhabitants_of(index)[o]
    for r in index.rows["composition"]:
        if not population[number[r["origin"]]]:
            continue
        margins.setdefault((number[r["origin"]], r["attribute"]), {})[r["value"]] = r["share"]
    margins = {key: margins[key] for key in sorted(margins)}
    categories = {a: [index.people[i][a] for i in g] for a in index.attributes}
    share = np.array([row["share"] for row in groups], np.float64)
    persons = rake(population, share, categories, margins)
    _require_met(index, o, persons, categories, margins)
    sizes = np.array([[row[f"size_{s + 1}"] for s in range(MAX_SIZE)] for row in groups])
    # Sizes that nobody has would still change the last bits of sums.
    largest = max(int(np.flatnonzero(sizes.any(axis=0))[-1]) + 1, _ORDINARY_SIZE)
    back = np.ix_(np.argsort(o), np.argsort(g))
    rest = ((0, 0), (0, 0), (0, MAX_SIZE - largest))
    whole = households(persons, sizes[:, :largest], scale)[back]
    fractional = expected_households(persons, sizes[:, :largest], scale)[back]
    return np.pad(whole, rest), np.pad(fractional, rest)


def _require_met(
    index: Index,
    order: I64,
    persons: F64,
    categories: dict[str, list[str]],
    margins: dict[tuple[int, str], dict[str, float]],
) -> None:
    """InputError unless every origin has its shares; ``check`` misses values drawn or set."""
    for miss in unmet(persons, categories, margins):
        place = index.origins[order[miss.origin]]
        found = f"{place}: share {miss.target:g} of {miss.attribute} {miss.category}"
        expected = "shares that the groups of groups.csv can satisfy together"
        raise InputError(Mistake("composition.csv", found, expected, column="share"))


def _require_typical_homes(index: Index, without: NDArray[np.bool_]) -> None:
    """InputError if people come from an origin without inhabitants."""
    if without.any():
        found = f'"{index.origins[int(without.argmax())]}" with a population of 0'
        expected = "an origin with a population: people abroad are generated like those at home"
        raise InputError(Mistake("present.csv", found, expected, column="origin"))


def people_at_home(world: World, cohorts: Cohorts, categories: int) -> I64:
    """Persons at home on the first day: (O, K)."""
    people = np.zeros((world.n_origins, categories), np.int64)
    size = np.arange(1, MAX_SIZE + 1)
    category = np.zeros_like(cohorts.row.group)
    if world.by == BY_GROUP:
        category = world.groups.category[cohorts.row.group]
    np.add.at(
        people, (cohorts.row.origin, category), (cohorts.homes * size).sum(axis=1) * world.scale
    )
    return people
