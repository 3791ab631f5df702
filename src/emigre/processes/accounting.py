"""Accounting: stocks and flows of persons. tally(-1) and tally(+1) bracket every change of state.

    persons = size of the party * scale of the run        integers, so that accounts balance exactly

By category, a flow counts a party under the category it had before the event: onward moves and
returns under the status of the stay that ends, arrivals under not abroad. A flow is therefore
counted before the party changes.

Reads: nothing. Draws: none. Writes: all stocks of persons except at_home. Units: persons.
"""

from emigre.numerics.jit import kernel
from emigre.processes.arrays import (
    ABROAD,
    ASYLUM,
    BY_GROUP,
    BY_SIZE,
    BY_STATUS,
    C_ARRIVED,
    C_IN_NEED,
    C_PENDING,
    C_PRESENT,
    C_STOCK_VISITOR,
    NOWHERE,
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
    Conditions,
    Population,
)


@kernel
def persons(now: Conditions, people: Population, p: int) -> int:
    """Persons represented by a party."""
    return people.parties.row.people[p] * now.world.scale


@kernel
def origin_of(people: Population, p: int) -> int:
    """Origin of a party."""
    return people.cohorts.row.origin[people.parties.row.cohort[p]]


@kernel
def group_of(people: Population, p: int) -> int:
    """Group of a party."""
    return people.cohorts.row.group[people.parties.row.cohort[p]]


@kernel
def class_of(now: Conditions, people: Population, p: int) -> int:
    """Class of a party: groups that no rule, fare or attraction distinguishes."""
    return now.world.groups.outlook[group_of(people, p)]


@kernel
def legal_class_of(now: Conditions, people: Population, p: int) -> int:
    """Class of a party under the rules of permits, asylum and payments."""
    return now.world.groups.legal[group_of(people, p)]


@kernel
def is_own_state(now: Conditions, people: Population, p: int, d: int) -> bool:
    """Whether country or camp d lies in the state of the party's origin."""
    world = now.world
    return world.origin_state[origin_of(people, p)] == world.countries.state[d]


@kernel
def country_of(now: Conditions, people: Population, p: int) -> int:
    """Country abroad in which a party lives, travels or waits, or NOWHERE."""
    party = people.parties.row
    d = NOWHERE
    if party.state[p] == ABROAD:
        d = party.place[p]
    elif party.state[p] == TRAVELLING or party.state[p] == WAITING:
        d = party.last_country[p]
    return d if d != NOWHERE and not is_own_state(now, people, p, d) else NOWHERE


@kernel
def category_of(now: Conditions, people: Population, p: int) -> int:
    """Category in the ledger: of the group; status abroad + 1 (else 0); or size of the party."""
    world, party = now.world, people.parties.row
    if world.by == BY_STATUS:
        return party.status[p] + 1 if party.state[p] == ABROAD else 0
    if world.by == BY_SIZE:
        return party.people[p]
    return world.groups.category[group_of(people, p)]


@kernel
def tally(now: Conditions, people: Population, p: int, sign: int) -> None:
    """Add a party to (+1) or remove it from (-1) the stock of its current state."""
    party, accounts = people.parties.row, people.accounts
    n = sign * persons(now, people, p)
    k = category_of(now, people, p)
    state = party.state[p]
    here = country_of(now, people, p)
    if here != NOWHERE:
        accounts.country[C_PRESENT, here, k] += n
    if state == ABROAD:
        d = party.place[p]
        accounts.country[C_STOCK_VISITOR + party.status[p], d, k] += n
        if party.in_need[p] == 1:
            accounts.country[C_IN_NEED, d, k] += n
        if party.claim[p] == ASYLUM:
            accounts.country[C_PENDING, d, k] += n
    elif state == WAITING:
        accounts.crossing[X_WAITING, party.place[p], k] += n
    else:
        o = origin_of(people, p)
        if state == TRAPPED:
            accounts.origin[O_TRAPPED, o, k] += n
        elif state == PREPARING:
            accounts.origin[O_PREPARING, o, k] += n
        elif state == TRAVELLING:
            accounts.origin[O_TRAVELLING, o, k] += n
        elif state == RETURNED:
            accounts.origin[O_STOCK_RETURNED, o, k] += n


@kernel
def flow_origin(now: Conditions, people: Population, p: int, measure: int) -> None:
    """Count a party in a flow of its origin."""
    k = category_of(now, people, p)
    people.accounts.origin[measure, origin_of(people, p), k] += persons(now, people, p)


@kernel
def flow_crossing(now: Conditions, people: Population, p: int, measure: int, x: int) -> None:
    """Count a party in a flow of a crossing."""
    k = category_of(now, people, p)
    people.accounts.crossing[measure, x, k] += persons(now, people, p)


@kernel
def flow_country(now: Conditions, people: Population, p: int, measure: int, d: int) -> None:
    """Count a party in a flow of a country."""
    k = category_of(now, people, p)
    people.accounts.country[measure, d, k] += persons(now, people, p)


@kernel
def flow_arrived(now: Conditions, people: Population, p: int, d: int) -> None:
    """Count a party that arrives in country d, there and in the pair of its origin and d."""
    flow_country(now, people, p, C_ARRIVED, d)
    people.accounts.arrived[origin_of(people, p), d] += persons(now, people, p)


@kernel
def category_at_home(now: Conditions, group: int) -> int:
    """Category in the ledger of people at home: of the group, or the first (not abroad)."""
    world = now.world
    return world.groups.category[group] if world.by == BY_GROUP else 0
