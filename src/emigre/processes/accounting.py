"""Accounting: stocks and flows of persons. tally(-1) and tally(+1) bracket every change of state.

    persons = size of the party * scale of the run        integers, so that accounts balance exactly

By category, a flow counts a party under the category it had before the event: onward moves and
returns under the status of the stay that ends, arrivals under not abroad. A flow is therefore
counted before the party changes.

Reads: nothing. Draws: none. Writes: all stocks of persons except at_home. Units: persons.
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
    Accounts,
    Cohorts,
    Parties,
    World,
)


@kernel
def persons(world: World, parties: Parties, p: int) -> int:
    """Persons represented by a party."""
    return parties.row.people[p] * world.scale


@kernel
def origin_of(cohorts: Cohorts, parties: Parties, p: int) -> int:
    """Origin of a party."""
    return cohorts.row.origin[parties.row.cohort[p]]


@kernel
def is_own_state(world: World, cohorts: Cohorts, parties: Parties, p: int, d: int) -> bool:
    """Whether country or camp d lies in the state of the party's origin."""
    return world.origin_state[origin_of(cohorts, parties, p)] == world.countries.state[d]


@kernel
def category_of(world: World, cohorts: Cohorts, parties: Parties, p: int) -> int:
    """Category in the ledger: of the group; status abroad + 1 (else 0); or size of the party."""
    if world.by == BY_STATUS:
        return parties.row.status[p] + 1 if parties.row.state[p] == ABROAD else 0
    if world.by == BY_SIZE:
        return parties.row.people[p]
    return world.groups.category[cohorts.row.group[parties.row.cohort[p]]]


@kernel
def tally(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int, sign: int
) -> None:
    """Add a party to (+1) or remove it from (-1) the stock of its current state."""
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
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int, measure: int
) -> None:
    """Count a party in a flow of its origin."""
    k = category_of(world, cohorts, parties, p)
    books.origin[measure, origin_of(cohorts, parties, p), k] += persons(world, parties, p)


@kernel
def flow_crossing(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int, measure: int, x: int
) -> None:
    """Count a party in a flow of a crossing."""
    k = category_of(world, cohorts, parties, p)
    books.crossing[measure, x, k] += persons(world, parties, p)


@kernel
def flow_country(
    world: World, cohorts: Cohorts, parties: Parties, books: Accounts, p: int, measure: int, d: int
) -> None:
    """Count a party in a flow of a country."""
    k = category_of(world, cohorts, parties, p)
    books.country[measure, d, k] += persons(world, parties, p)


@kernel
def category_at_home(world: World, group: int) -> int:
    """Category in the ledger of people at home: of the group, or the first (not abroad)."""
    return world.groups.category[group] if world.by == BY_GROUP else 0
