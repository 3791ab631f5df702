"""Where a party is counted. Every change of state is bracketed by tally(-1) and tally(+1).

    persons = size of the party * scale of the run        integers, so that books balance exactly

By category a party is counted in a flow under the category that it had when the event began: who
moves on or returns under the status of the stay that ends, who arrives as not abroad yet. So a
flow is written down before the party changes.

Reads: nothing. Draws: nothing. Writes: all stocks of persons but those at home. Units: persons.
Source: none, bookkeeping.
"""

from __future__ import annotations

from emigre.numerics.jit import kernel
from emigre.processes.arrays import (
    ABROAD,
    ASYLUM,
    BY_GROUP,
    BY_SIZE,
    BY_STATUS,
    C_IN_NEED,
    C_PENDING,
    C_STOCK_VISITOR,
    O_PREPARING,
    O_STOCK_RETURNED,
    O_TRAPPED,
    O_TRAVELLING,
    PREPARING,
    RETURNED,
    TRAPPED,
    TRAVELLING,
    WAITING,
    X_WAITING,
    Books,
    Cohorts,
    Parties,
    World,
)


@kernel
def persons(world: World, parties: Parties, p: int) -> int:
    """Persons a party stands for."""
    return parties.row.people[p] * world.scale


@kernel
def origin_of(cohorts: Cohorts, parties: Parties, p: int) -> int:
    """Origin of a party."""
    return cohorts.row.origin[parties.row.cohort[p]]


@kernel
def is_own_state(world: World, cohorts: Cohorts, parties: Parties, p: int, d: int) -> bool:
    """Whether country or camp d lies in the state that a party comes from."""
    return world.origin_state[origin_of(cohorts, parties, p)] == world.countries.state[d]


@kernel
def category_of(world: World, cohorts: Cohorts, parties: Parties, p: int) -> int:
    """Category of the ledger: of the group; status abroad + 1 (0 before); or people who move."""
    if world.by == BY_STATUS:
        return parties.row.status[p] + 1 if parties.row.state[p] == ABROAD else 0
    if world.by == BY_SIZE:
        return parties.row.people[p]
    return world.groups.category[cohorts.row.group[parties.row.cohort[p]]]


@kernel
def tally(
    world: World, cohorts: Cohorts, parties: Parties, books: Books, p: int, sign: int
) -> None:
    """Add (+1) or take off (-1) a party in the stock of its present state."""
    n = sign * persons(world, parties, p)
    k = category_of(world, cohorts, parties, p)
    state = parties.row.state[p]
    if state == ABROAD:
        d = parties.row.place[p]
        books.country[C_STOCK_VISITOR + parties.row.status[p], d, k] += n
        if parties.row.in_need[p] == 1:
            books.country[C_IN_NEED, d, k] += n
        if parties.row.claim[p] == ASYLUM:
            books.country[C_PENDING, d, k] += n
    elif state == WAITING:
        books.crossing[X_WAITING, parties.row.place[p], k] += n
    else:
        o = origin_of(cohorts, parties, p)
        if state == TRAPPED:
            books.origin[O_TRAPPED, o, k] += n
        elif state == PREPARING:
            books.origin[O_PREPARING, o, k] += n
        elif state == TRAVELLING:
            books.origin[O_TRAVELLING, o, k] += n
        elif state == RETURNED:
            books.origin[O_STOCK_RETURNED, o, k] += n


@kernel
def flow_origin(
    world: World, cohorts: Cohorts, parties: Parties, books: Books, p: int, measure: int
) -> None:
    """Count a party in a flow of its origin."""
    k = category_of(world, cohorts, parties, p)
    books.origin[measure, origin_of(cohorts, parties, p), k] += persons(world, parties, p)


@kernel
def flow_crossing(
    world: World, cohorts: Cohorts, parties: Parties, books: Books, p: int, measure: int, x: int
) -> None:
    """Count a party in a flow of a crossing."""
    k = category_of(world, cohorts, parties, p)
    books.crossing[measure, x, k] += persons(world, parties, p)


@kernel
def flow_country(
    world: World, cohorts: Cohorts, parties: Parties, books: Books, p: int, measure: int, d: int
) -> None:
    """Count a party in a flow of a country."""
    k = category_of(world, cohorts, parties, p)
    books.country[measure, d, k] += persons(world, parties, p)


@kernel
def category_at_home(world: World, group: int) -> int:
    """Category of the ledger for people at home: of the group, or the first (not abroad)."""
    return world.groups.category[group] if world.by == BY_GROUP else 0
