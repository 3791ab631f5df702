"""State of a run: named tuples of arrays, and the data type of every column.

Index conventions: O origins, X crossings, D countries and camps, G groups, C classes (groups that
no rule, fare or attraction distinguishes), L legal classes (the same for permits, asylum and
payments), I itineraries, K categories of the ledger (1 unless results are split by category).
Kernels take two bundles of them: `Conditions` (of the day) and `Population` (the state that
changes). Starts of ways are numbered origins first, then crossings, then countries: O + X + D.
Times within a run are days since the first day; an instant is a day with a fraction.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.numerics.array_types import F64 as F64
from emigre.numerics.array_types import I64 as I64
from emigre.numerics.bundle import bundle
from emigre.processes.parameters import Parameters

I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
Flags = NDArray[np.bool_]

# State of a party.
TRAPPED, PREPARING, TRAVELLING, WAITING, ABROAD, RETURNED, ENDED = range(7)
# Stage of its way: the number of crossings passed (TO_CROSSING: none), or after the last one.
TO_CROSSING, TO_END = 0, -1
# Kind of its application.
NO_CLAIM, PERMIT, ASYLUM, RENEWAL, REGULARISATION = range(5)

VISITOR, APPLICANT, PERMITTED, PROTECTED, OVERSTAYING, MUST_LEAVE, DISPLACED = (
    status.code for status in schema.statuses().values()
)

# Categories of the ledger.
BY_GROUP, BY_STATUS, BY_SIZE = range(3)

# Lists of the agenda.
DUE, COMING, NEXT, ARRIVING, STAYING, LIVING, JOINING = range(7)

NEVER = 1 << 30
NOWHERE = -1
MAX_SIZE = 10


@cache
def measure_index(place_kind: str) -> dict[str, int]:
    """Row of each counted measure in the accounts of a kind of place, in schema order."""
    names = [m.name for m in schema.measures().values() if m.place_kind == place_kind]
    return {name: i for i, name in enumerate(names)}


_O = measure_index("origin")
_X = measure_index("crossing")
_C = measure_index("country")
O_AT_HOME, O_DECIDED, O_DEPARTED, O_RETURNED, O_DEPARTURES_MISSING = (
    _O[m] for m in ("at_home", "decided", "departed", "returned", "departures_missing")
)
O_TRAPPED, O_PREPARING, O_TRAVELLING, O_STOCK_RETURNED = (
    _O[m] for m in ("trapped", "preparing", "travelling", "stock_returned")
)
X_TRANSIT = _X["entered_transit"]
X_ENTERED, X_ENTERED_ORDINARY, X_EXITED, X_EXITED_ORDINARY = (
    _X[m] for m in ("entered", "entered_ordinary", "exited", "exited_ordinary")
)
X_REFUSED_ENTRY, X_REFUSED_EXIT, X_REFUSED_ORDINARY, X_CLAIMS = (
    _X[m] for m in ("refused_entry", "refused_exit", "refused_ordinary", "asylum_claims")
)
X_WAITING, X_WAITING_ORDINARY = _X["waiting"], _X["waiting_ordinary"]
X_PASSAGES, X_QUEUED = _X["passages"], _X["queued"]
C_ARRIVED, C_ONWARD, C_APPLIED, C_GRANTED, C_REJECTED, C_WITHDRAWN = (
    _C[m] for m in ("arrived", "onward", "applied", "granted", "rejected", "withdrawn")
)
C_JOINED, C_PENDING, C_PRESENT = _C["joined"], _C["asylum_pending"], _C["present"]
C_TURNED_BACK, C_HAZARD_CAPPED = _C["turned_back"], _C["hazard_capped"]
C_ASYLUM_LODGED, C_ASYLUM_GRANTED, C_ASYLUM_REJECTED, C_ASYLUM_WITHDRAWN = (
    _C[f"asylum_{m}"] for m in ("lodged", "granted", "rejected", "withdrawn")
)
C_STOCK_VISITOR, C_IN_NEED = _C["stock_visitor"], _C["in_need"]
C_STOCK, C_ABROAD, C_STOCK_DISPLACED = (_C[m] for m in ("stock", "abroad", "stock_displaced"))
C_BEDS_USED, C_UNSHELTERED = _C["reception_beds_used"], _C["unsheltered"]


NO_MEMBER = -1.0
"""Number of a household without a member whom rules on persons select."""

Rows = Any
"""A NumPy record array: columns by name (`rows.state[p]`), one record after the other in memory.

Records are used because a kernel that takes five tables of thirty columns each as separate arrays
takes minutes to compile. Columns of one size stand together, so that little space is lost. Row
numbers that are never -1 are unsigned: compiled code then does not look for negative indices.
"""

ROUTE = [
    ("destination", np.uint32),
    ("check", np.int32),  # 1 if the destination checks entry on arrival
]

WAY = [
    ("id", np.uint64),  # identity, for draws: crossings and destination
    ("route", np.uint32),
    ("km", np.float64),
]

GROUP = [
    ("outlook", np.uint32),  # class
    ("legal", np.uint32),  # legal class
    ("category", np.uint32),  # category in the ledger
    ("returning", np.float64),  # factor on the base rate
    ("savings", np.float64),  # mean, euro per person
    ("remote", np.float64),  # share with income from remote work
    ("relatives", np.float64),  # share whose relatives send money
    ("whole", np.float64),  # share of households that leave as a whole
    ("member", np.int32),  # 1 if larger households have a member whom rules on persons select
    ("splits", np.float64),  # share of them that leave without a member who may not pass
]

COUNTRY = [
    ("state_id", np.uint64),  # identity of its state, for draws
    ("living_cost", np.float64),  # euro per day and person
    ("jobs", np.float64),  # hazard per day
    ("formalities", np.float64),  # mean days of formalities before setting out for it
    ("rest", np.float64),  # mean days of rest of those on their way through it
    ("language", np.float64),  # share of its people with whom emigrants share a language
    ("country", np.int32),  # the country of places.csv in which it lies, or -1
    ("state", np.uint32),  # state in which it lies
]

CROSSING = [
    ("country", np.int32),  # country entered, or -1
    ("state", np.uint32),  # state entered
    ("id", np.uint64),  # identity, for its draws
]

COHORT = [
    ("id", np.uint64),
    ("origin", np.uint32),
    ("group", np.uint32),
    ("zone", np.uint32),  # origins with the same pressures
    ("total", np.int64),  # households that have not decided
]

PARTY = [
    # The first 64 bytes are read whenever something may happen to a party abroad.
    ("id", np.uint64),
    ("roots", np.float64),  # days of growth of its roots before `secure_since`
    ("secure_mark", np.float64),  # LAW.security_sum on that day
    ("cohort", np.uint32),
    ("people", np.int32),  # those who move
    ("place", np.int32),  # crossing while waiting, country while abroad
    ("secure_since", np.int32),  # day since which they grow, or -1
    ("status_ends", np.int32),
    ("decision", np.int32),
    ("candidate", np.int32),  # next day on which a chance event may happen (thinning)
    ("need", np.int32),  # day on which funds run out
    ("state", np.int8),
    ("stage", np.int8),
    ("status", np.int8),
    ("claim", np.int8),
    ("works", np.int8),
    ("remote", np.int8),
    ("relatives", np.int8),
    ("in_need", np.int8),
    ("has_funds", np.int8),  # 1 once its funds have been drawn
    ("household", np.int32),  # size of the household they come from
    ("way", np.int32),  # itinerary, or -1
    ("start", np.int32),  # start of its way
    ("last_country", np.int32),  # country it left or entered last on its way, or -1 (from home)
    ("stay_days", np.int32),  # stay limit given at the entry check; -1 without limit
    ("admitted", np.int32),  # day of that check
    ("not_before", np.int32),  # day before which it does not set out again, after a second refusal
    ("goal", np.int32),  # country of the family that it joins, or -1
    ("entered", np.int32),  # first crossing that admitted it, or -1
    ("reached", np.int32),  # first country of arrival, or -1
    ("visited", np.int32),  # country of its last stay, or -1
    ("visited_from", np.int32),  # day of its admission; NEVER while under a permit or protection
    ("visited_to", np.int32),  # day on which it left; NEVER while it is there
    ("grant_days", np.int32),
    ("funds_day", np.int32),
    ("next", np.int32),  # next party in the queue, or -1
    ("stays", np.int32),  # newest of its earlier stays, or -1
    ("tried", np.uint64),  # checks and applications that failed, one bit each (admission.bit_of)
    ("at", np.float64),  # instant of its next arrival, or when it joined the queue
    ("grant", np.float64),
    ("funds", np.float64),  # euro per person within reach on the day `funds_day`
    ("locked", np.float64),  # euro per person out of reach
    ("reach", np.float64),  # share that payment rules let through when funds were last split
    ("member_draw", np.float64),  # decides whether its member passes; NO_MEMBER without one
]

STAY = [
    ("state", np.int32),
    ("since", np.int32),
    ("until", np.int32),  # day on which it ended
    ("before", np.int32),  # the party's stay before this one, or -1
]

LAW = [
    ("permit_share", np.float64),  # below 0: no applications taken
    ("permit_days", np.int32),
    ("permit_delay", np.int32),
    ("asylum_share", np.float64),  # below 0: no claims taken
    ("asylum_days", np.int32),
    ("asylum_delay", np.int32),
    ("protection_share", np.float64),  # share recognised on arrival
    ("protection_days", np.int32),
    ("renewal_share", np.float64),  # below 0: the permit rule applies
    ("renewal_days", np.int32),
    ("renewal_delay", np.int32),
    ("regularisation_share", np.float64),  # below 0: no applications taken
    ("regularisation_days", np.int32),
    ("regularisation_delay", np.int32),
    ("border_run", np.float64),  # share who can renew a stay by leaving and re-entering
    ("work", np.float64),  # share who may work without a permit
    ("grace", np.int32),  # days to leave
    ("security", np.float64),  # expected share of renewals granted, given announcements and rumours
    ("security_sum", np.float64),  # its sum over the days before today
    ("threat", np.float64),  # how much less than under the rules in force
    ("accessible_share", np.float64),  # share of money that payment rules let through
]


@bundle
class Itineraries(NamedTuple):
    """Itineraries (I), grouped by start and destination; see geography/routes.py.

    A route (R) is an itinerary without its start: crossings and destination, shared by many. B is
    the largest number of crossings on an itinerary, at least 2.
    """

    first: I64  # (starts + 1)
    row: Rows  # WAY (I)
    routes: Rows  # ROUTE (R)
    crossings: I32  # (R, B) crossings in their order, -1 after the last
    hours: F64  # (I, B + 1) to each crossing; the last column: to the destination
    fares: F64  # (I, B) euro per person, by border


@bundle
class OpenWays(NamedTuple):
    """Ways open to a column of `Today.route_utility`; closed ones listed too are never chosen."""

    row: I32  # (Q) row of each column in the following; columns with the same ways share one
    first: I64  # (rows, starts + 1) first way of each start
    way: NDArray[np.uint32]  # (rows, I) numbers of ways

    @classmethod
    def empty(cls, ways: Itineraries, row: I32) -> OpenWays:
        """Space for the lists of columns that share rows (Q)."""
        n, starts, size = row.size, ways.first.size, ways.row.size
        return cls(row, np.empty((n, starts), np.int64), np.empty((n, size), np.uint32))

    @classmethod
    def of_all(cls, ways: Itineraries, columns: int) -> OpenWays:
        """Lists of all ways, open or not, for some columns."""
        every = np.arange(ways.row.size, dtype=np.uint32)
        return cls(np.zeros(columns, np.int32), ways.first[None].astype(np.int64), every[None])


@bundle
class World(NamedTuple):
    """Arrays that do not change during a run."""

    n_origins: int
    n_crossings: int
    n_countries: int
    scale: int
    by: int  # categories of the ledger: BY_GROUP, BY_STATUS or BY_SIZE
    groups: Rows  # GROUP (G)
    countries: Rows  # COUNTRY (D)
    crossings: Rows  # CROSSING (X)
    start_id: U64  # (starts) identity of each start, for draws
    class_level: I32  # (C) level of savings of a class; classes are in the order of their levels
    level_savings: F64  # (levels) mean savings per person, euro
    job_factor: F64  # (D, C) demand for the work of a class
    pool: I32  # (O) pool of origins whose departures are given, or -1
    pool_id: U64  # (pools) identity of each, for its draws
    slot_id: U64  # (X, slots) identity of the ordinary travellers of each slot, for draws
    origin_state: I32  # (O) state in which it lies


@bundle
class Cohorts(NamedTuple):
    """People at home, by cohort (one group in one origin)."""

    row: Rows  # COHORT
    homes: I32  # (cohorts, 5) households that have not decided, by size
    undecided: I64  # (G) their number by group


@bundle
class Bounds(NamedTuple):
    """Bounds on the hazards of cohorts and what they were computed from (decisions.set_bounds)."""

    source: U64  # (cohorts) of the draws of each (random.source)
    most: F64  # (cohorts) households x hazard is at most this
    kind: I32  # (C) today.kind; the bounds hold while it is the same
    factor: F64  # (C, O) and today.log_hazard_factor (by kind),
    push: F64  # (zones, G) today.departure_multiplier
    base: F64  # (G) and the base rates are at most these


@bundle
class Parties(NamedTuple):
    """One row per party: people of one cohort who decide and travel together."""

    row: Rows  # PARTY
    due: I32  # next day on which an event may occur; separate, because it is scanned daily


@bundle
class Queues(NamedTuple):
    """Queues at crossings: parties as a linked list, ordinary travellers in batches.

    A batch arrives evenly over a span of the day in which the rules of its crossing do not change.
    Batches and times of the queue are kept for each crossing separately.
    """

    head: I32  # (X)
    tail: I32  # (X)
    free: F64  # (X) instant from which the server is free
    credit: F64  # (X) service already given to the first in line in earlier spans, in persons
    begun: F64  # (X) instant at which that service began
    length: F64  # (X) persons who waited when the day began
    expected: F64  # (X, slots) ordinary travellers expected so far today
    ordinary: I32  # (X, batches, slots) not yet served
    came: I32  # (X, batches) total arrivals
    done: I32  # (X, batches) of these, served
    since: F64  # (X, batches) instants between which they arrive
    until: F64  # (X, batches)
    first: I32  # (X) earliest batch with people waiting
    last: I32  # (X) newest batch, or -1


@bundle
class Accounts(NamedTuple):
    """Accounts of the current day in persons; stocks carry over, flows are reset each morning."""

    origin: I64  # (measures, O, K)
    crossing: I64  # (measures, X, K)
    country: I64  # (measures, D, K)
    arrived: I64  # (O, D) persons who arrived, by the origin they come from
    wait_hours: F64  # (X) person-hours waited by those served
    wait_served: I64  # (X) persons served
    roots: F64  # (D) sum of the rootedness of persons, on days on which it is measured
    rooted: I64  # (D) persons measured


@bundle
class CheckpointRules(NamedTuple):
    """Rules applied at the crossings during one interval of the day.

    An interval ends where the rules of some crossing change; those of a crossing hold from `since`
    to `until`, which may cover several intervals. Times are fractions of the day.
    """

    start: float
    end: float
    since: F64  # (X)
    until: F64  # (X)
    capacity: F64  # (X) persons a day while it lasts
    usual: F64  # (X) the same; that when it is open, if it opens within a day or later today
    exit_share: F64  # (X, C)
    entry_share: F64  # (X, C)
    entry_days: I32  # (X, C)
    entry_window: I32  # (X, C)
    exit_rule: I64  # (X, C) number of the rule whose share decides, for draws; 0 without one
    entry_rule: I64  # (X, C)
    member_exit: F64  # (X, C) share of members let out, by rules on persons
    member_entry: F64  # (X, C) share of members admitted
    ordinary_share: F64  # (X, slots) share of ordinary travellers admitted; 0 if not let out


@bundle
class Today(NamedTuple):
    """Conditions of the current day, from the timetable and the outlook."""

    day: int
    way_utility: F64  # (levels, I) part of V from hours, fare and km
    route_utility: F64  # (Q, R) part of V from crossings and checks; -inf if not feasible
    column: I32  # (C) column of route_utility of each class
    open: OpenWays
    attraction: F64  # (C, D) the destination's part of V, its network included
    room: F64  # (D) part of V from the free places of a camp; -inf if it is full
    kind: I32  # (C) kind of each class: classes with the same access and urgency today
    access: F64  # (kinds, O + D) value of access from each origin and country
    urgency: F64  # (kinds, O)
    log_hazard_factor: F64  # (kinds, O) log of the part of the hazard of leaving common to a kind
    departure_multiplier: F64  # (zones, G) exp of the pressures on leaving
    return_log_hazard: F64  # (zones, G) pressures on returning, log hazard
    law: Rows  # LAW (D, L)
    entry_share: F64  # (D, C) for entries without a crossing and re-entries
    entry_days: I32  # (D, C)
    entry_window: I32  # (D, C) window in which days are counted; 0: from each entry
    entry_rule: I64  # (D, C) number of the rule whose share decides
    free: F64  # (D) free places of a camp, today's arrivals deducted; else infinite
    member_share: F64  # (X, C) share of members of households whom rules on persons let pass
    tonight: CheckpointRules  # rules at crossings at the end of the day


@bundle
class Conditions(NamedTuple):
    """Conditions of the day; kernels only read them."""

    world: World
    itineraries: Itineraries
    today: Today
    key: np.uint64  # random key of the run
    prm: Parameters


@bundle
class Agenda(NamedTuple):
    """Rows of parties with an event, in lists by number, and the lengths of these lists."""

    due: I32  # (parties) those with an event today
    coming: I32  # (parties) heap of those whose travel ends today, earliest first
    next: I32  # (parties) those to be put on the heap
    arriving: I32  # (parties) those whose journey ends today at a place that is never full
    staying: I32  # (parties) trapped ones that give up this morning
    living: I32  # (parties) those abroad, or home again, with an event this evening
    joining: I32  # (parties) those abroad whose family follows tomorrow
    size: I64  # (7) entries in use of each list
    instant: F64  # (parties) when travel ends, by place in the heap


@bundle
class Stays(NamedTuple):
    """Earlier stays abroad, as linked lists; without rows if no rule counts days in a window."""

    row: Rows  # STAY
    free: I64  # (1) the next free row of a thread
    step: int  # to the one after it; threads take rows in turn


@bundle
class Population(NamedTuple):
    """State that changes; kernels write it."""

    cohorts: Cohorts
    bounds: Bounds
    parties: Parties
    queues: Queues
    accounts: Accounts
    agenda: Agenda
    stays: Stays
