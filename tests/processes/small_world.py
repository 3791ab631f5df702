"""Small worlds for tests of processes: arrays of the engine's own types, filled from a seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from emigre.engine.space import new_agenda, new_parties, zero_accounts
from emigre.numerics.random import entity_id
from emigre.numerics.records import records
from emigre.processes.arrays import (
    ABROAD,
    BY_GROUP,
    BY_SIZE,
    BY_STATUS,
    COHORT,
    COUNTRY,
    CROSSING,
    GROUP,
    LAW,
    MAX_SIZE,
    NEVER,
    NO_MEMBER,
    NOWHERE,
    PARTY,
    ROUTE,
    STAY,
    VISITOR,
    WAY,
    Accounts,
    CheckpointRules,
    Cohorts,
    Conditions,
    Itineraries,
    OpenWays,
    Parties,
    Population,
    Queues,
    Stays,
    Today,
    World,
)
from emigre.processes.decisions import no_bounds
from emigre.processes.parameters import (
    BorderParameters,
    DepartureParameters,
    JourneyParameters,
    LivelihoodParameters,
    OutlookParameters,
    Parameters,
    ReturnParameters,
    StayParameters,
)

OUTLOOK = OutlookParameters(0.3, 1.0, 0.3, 0.03, 0.04, 1.1, 2.0, 0.5, -6.0)
DEPARTURES = DepartureParameters(1e-4, 0.3, 0.9, 12.0, 0.0)
JOURNEYS = JourneyParameters(6.0, 0.7, 0.0, 0.0)
BORDERS = BorderParameters(0.03, 0.1, 0.0, 0.0, 0.25)
STAYS = StayParameters(0.01, 0.7, 0.4, 0.004, 0.0)
LIVELIHOOD = LivelihoodParameters(0.9, 60.0, 540.0, 0.5, 0.8)
RETURNS = ReturnParameters(0.002, 1.0, 2.0, 0.001, 0.3, 0.001, 0.7, 0.003, 0.2)
PARAMETERS = Parameters(DEPARTURES, JOURNEYS, BORDERS, STAYS, LIVELIHOOD, RETURNS)
CATEGORIES = {BY_GROUP: 2, BY_STATUS: 8, BY_SIZE: MAX_SIZE + 1}
KEY = np.uint64(0xDEADBEEF12345678)


class SmallWorld(SimpleNamespace):
    """Parts of the two bundles, each of which a test may replace."""

    @property
    def now(self) -> Conditions:
        today = self.today._replace(open=OpenWays.of_all(self.ways, len(self.today.route_utility)))
        return Conditions(self.world, self.ways, today, self.key, self.prm)

    @property
    def people(self) -> Population:
        return Population(
            self.cohorts,
            self.bounds,
            self.parties,
            self.queues,
            self.accounts,
            self.agenda,
            self.stays,
        )

    def on(self, day: int) -> SmallWorld:
        """Move to another day; returns this world."""
        self.today = self.today._replace(day=day)
        return self

    def using(self, **parameters: Any) -> SmallWorld:
        """Replace the parameters of some processes; returns this world."""
        self.prm = self.prm._replace(**parameters)
        return self


def make(seed: int = 0, *, scale: int = 1, by: int = BY_GROUP, n_parties: int = 12) -> Any:
    """2 origins, 3 crossings, 3 countries, 4 groups in 2 classes and 2 legal classes."""
    rng = np.random.default_rng(seed)
    w = SmallWorld(rng=rng, key=KEY, prm=PARAMETERS)
    w.world = _world(rng, scale, by)
    w.ways = make_ways(rng, w.world)
    w.cohorts = _cohorts(rng, w.world)
    w.bounds = no_bounds(6, 2, 2, (2, 4))
    w.parties = make_parties(rng, w.world, n_parties)
    w.accounts = zero_accounts(2, 3, 3, CATEGORIES[by])
    w.room = np.array([1.0, float(rng.random() < 0.5), 1.0])  # the second is a camp
    w.crossing_weight, w.check_weight = _shut(rng, (3, 2)), _shut(rng, (3, 2))
    w.checkpoint = make_counter()
    w.today = make_today(w, day=40)
    w.queues = make_queues(3, 2, 60)
    w.agenda = new_agenda(n_parties)
    w.stays = Stays(records(STAY, 0), np.zeros(1, np.int64), 1)
    return w


def _world(rng: np.random.Generator, scale: int, by: int) -> World:
    groups = records(GROUP, 4)
    groups.outlook = [0, 1, 1, 0]
    groups.legal = [0, 0, 1, 1]
    groups.category = [0, 1, 0, 1] if by == BY_GROUP else 0
    groups.returning = rng.uniform(0.2, 2, 4)
    groups.savings = rng.uniform(100, 9000, 4)
    groups.remote = [0.0, 1.0, 0.4, 0.6]
    groups.relatives = [1.0, 0.0, 0.3, 0.5]
    groups.whole = [0.0, 1.0, 0.5, 0.7]
    countries = records(COUNTRY, 3)
    countries.living_cost = [40.0, 15.0, 1.0]
    countries.jobs = [0.004, 0.0, 0.01]
    countries.formalities = [0.0, 5.0, 40.0]
    countries.rest = [0.0, 2.0, 0.5]
    countries.language = [0.0, 0.6, 1.0]
    countries.state_id = [entity_id("place", name) for name in "PQR"]
    countries.country = [0, 1, -1]
    countries.state = [1, 2, 3]  # the third is a camp in the state of the second origin
    crossings = records(CROSSING, 3)
    crossings.country = [0, 1, -1]
    crossings.state = [1, 2, 4]
    crossings.id = rng.integers(0, 2**63, 3).astype(np.uint64) * np.uint64(2)
    return World(
        n_origins=2,
        n_crossings=3,
        n_countries=3,
        scale=scale,
        by=by,
        groups=groups,
        countries=countries,
        crossings=crossings,
        start_id=rng.integers(0, 2**63, 8).astype(np.uint64) * np.uint64(2),
        class_level=np.array([0, 1], np.int32),
        level_savings=np.array([400.0, 3000.0]),
        job_factor=rng.choice([0.0, 0.5, 1.0, 2.0], (3, 2)),
        pool=np.array([-1, -1], np.int32),
        pool_id=np.array([entity_id("departures", "*")], np.uint64),
        slot_id=np.array([[entity_id("slot", x, s) for s in "ab"] for x in "XYZ"], np.uint64),
        origin_state=np.array([0, 3], np.int32),
    )


def make_ways(rng: np.random.Generator, world: World, per_start: int = 5) -> Itineraries:
    """Random itineraries from every place to stand; some without a crossing, some with two."""
    starts = world.n_origins + world.n_crossings + world.n_countries
    n = starts * per_start
    crossing = rng.integers(-1, world.n_crossings, n)
    second = rng.integers(-1, world.n_crossings, n)
    second = np.where((crossing >= 0) & (second != crossing), second, -1)
    goal = rng.integers(0, world.n_countries, n)
    goal = np.sort(goal.reshape(starts, per_start), axis=1).ravel()  # grouped, as the engine's are
    described = np.column_stack([crossing, second, goal, rng.integers(0, 2, n)])
    distinct, number = np.unique(described, axis=0, return_inverse=True)
    routes = records(ROUTE, len(distinct))
    routes.destination, routes.check = distinct[:, 2:].T
    row = records(WAY, n)
    row.id = [entity_id("way", str(i)) for i in range(n)]
    row.route = number.ravel()
    hours = np.column_stack([rng.uniform(0, 60, n) for _ in range(3)])
    fare = rng.choice([0.0, 50.0, 900.0], n)
    fares = np.column_stack([fare, np.where(second >= 0, np.roll(fare, 1), 0.0)])
    row.km = rng.choice([0.0, 120.0, 3000.0], n)
    first = np.arange(starts + 1, dtype=np.int64) * per_start
    return Itineraries(first, row, routes, distinct[:, :2].astype(np.int32), hours, fares)


def set_route(
    ways: Itineraries, i: int, crossings: tuple[int, int], destination: int, check: int
) -> None:
    """Change the route of itinerary i."""
    route = ways.row.route[i]
    ways.crossings[route] = crossings
    ways.routes[route] = (destination, check)


def no_ways(world: World) -> Itineraries:
    """A world without any way out."""
    starts = world.n_origins + world.n_crossings + world.n_countries
    crossings, hours, fares = np.full((1, 2), -1, np.int32), np.zeros((1, 3)), np.zeros((1, 2))
    first = np.zeros(starts + 1, np.int64)
    return Itineraries(first, records(WAY, 1), records(ROUTE, 1), crossings, hours, fares)


def _cohorts(rng: np.random.Generator, world: World) -> Cohorts:
    homes = np.zeros((6, MAX_SIZE), np.int32)
    homes[:, :5] = rng.integers(0, 40, (6, 5))  # larger households are rare
    row = records(COHORT, 6)
    row.id = rng.integers(0, 2**63, 6).astype(np.uint64) * np.uint64(2) + np.uint64(1)
    row.origin = [0, 0, 0, 1, 1, 1]
    row.zone = row.origin
    row.group = [0, 1, 2, 1, 2, 3]
    row.total = homes.sum(axis=1)
    undecided = np.bincount(row.group, row.total, len(world.groups)).astype(np.int64)
    return Cohorts(row, homes, undecided)


def make_parties(rng: np.random.Generator, world: World, n: int) -> Parties:
    """Parties that live abroad, with all columns filled sensibly."""
    parties = new_parties(n)
    row = parties.row
    row.id = rng.integers(0, 2**63, n).astype(np.uint64) * np.uint64(2) + np.uint64(1)
    row.cohort = rng.integers(0, 6, n)
    row.people = rng.integers(1, 6, n)
    row.household = row.people
    row.state = ABROAD
    row.way = NOWHERE
    row.place = rng.integers(0, world.n_countries, n)
    row.last_country = NOWHERE
    row.status = rng.integers(0, 6, n)
    row.status_ends = rng.integers(30, 60, n)
    row.stay_days = rng.choice([-1, 0, 90], n)
    row.decision = NEVER
    row.grant = rng.random(n)
    row.grant_days = rng.choice([-1, 365], n)
    row.candidate = rng.integers(41, 60, n)
    row.funds = rng.uniform(0, 5000, n)
    row.funds_day = rng.integers(1, 40, n)
    row.locked = rng.choice([0.0, 800.0], n)
    row.reach = np.where(row.locked > 0.0, 0.6, 1.0)
    row.need = NEVER
    row.has_funds = 1
    row.relatives = rng.integers(0, 2, n)
    row.roots = rng.choice([0.0, 200.0, 900.0], n)
    row.secure_since = NOWHERE
    row.secure_mark = rng.uniform(0.0, 5.0, n)
    row.goal = NOWHERE
    row.entered = np.arange(n) % 3 - 1
    row.reached = np.arange(n) % 4 - 1
    row.visited = row.place
    row.visited_from = rng.integers(1, 40, n)
    row.visited_to = NEVER
    row.next = NOWHERE
    row.member_draw = NO_MEMBER
    row.stays = NOWHERE
    parties.due[:] = row.candidate
    return parties


def _shut(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of which about a third are 0."""
    return rng.uniform(0.1, 1.0, shape) * (rng.random(shape) < 0.7)


def make_today(w: Any, day: int) -> Today:
    """A day with random weights; w.crossing_weight, w.check_weight and w.room say what is shut."""
    rng, world, ways = w.rng, w.world, w.ways
    law = records(LAW, (world.n_countries, 2))
    law.permit_share = rng.choice([-1.0, 0.0, 0.5, 1.0], law.shape)
    law.permit_days = rng.choice([-1, 365], law.shape)
    law.permit_delay = rng.choice([0, 30], law.shape)
    law.asylum_share = rng.choice([-1.0, 0.3, 1.0], law.shape)
    law.asylum_days = rng.choice([-1, 730], law.shape)
    law.asylum_delay = rng.choice([0, 90], law.shape)
    law.renewal_share = rng.choice([-1.0, 0.0, 0.5, 1.0], law.shape)
    law.renewal_days = rng.choice([-1, 180], law.shape)
    law.renewal_delay = rng.choice([0, 20], law.shape)
    law.border_run = rng.choice([0.0, 0.4, 1.0], law.shape)
    law.work = rng.choice([0.0, 0.3, 1.0], law.shape)
    law.grace = rng.choice([0, 14, 30], law.shape)
    law.security = rng.random(law.shape)
    law.security_sum = rng.uniform(5.0, 40.0, law.shape)
    law.threat = rng.choice([0.0, 0.2, 0.9], law.shape)
    law.accessible_share = rng.choice([0.0, 0.7, 1.0], law.shape)
    law.regularisation_share = rng.choice([-1.0, 0.0, 0.5, 1.0], law.shape)
    law.regularisation_days = rng.choice([-1, 365], law.shape)
    law.regularisation_delay = rng.choice([0, 30], law.shape)
    today = Today(
        day=day,
        way_utility=np.log(rng.uniform(0.05, 1.0, (2, ways.row.size))),
        route_utility=np.zeros((2, ways.routes.size)),
        column=np.array([0, 1], np.int32),
        open=OpenWays.of_all(ways, 2),
        attraction=np.log(rng.uniform(0.5, 20.0, (2, 3))),
        room=np.zeros(3),
        kind=np.array([0, 1], np.int32),
        access=np.zeros((2, world.n_origins + world.n_countries)),
        urgency=rng.uniform(0.0, 2.0, (2, 2)),
        log_hazard_factor=np.log(rng.uniform(0.5, 2.0, (2, 2))),
        departure_multiplier=rng.uniform(0.5, 3.0, (2, 4)),
        return_log_hazard=rng.uniform(-2.0, 1.0, (2, 4)),
        law=law,
        entry_share=_shut(rng, (3, 2)),
        entry_days=rng.choice([-1, 30, 90], (3, 2)).astype(np.int32),
        entry_window=rng.choice([0, 20, 180], (3, 2)).astype(np.int32),
        entry_rule=np.arange(6).reshape(3, 2),
        free=np.full(3, np.inf),
        member_share=np.ones((3, 2)),
        tonight=w.checkpoint,
    )
    weigh(w, today)
    return today


def ln(weight: Any) -> Any:
    """Logarithm; of 0: minus infinity."""
    with np.errstate(divide="ignore"):
        return np.log(weight)


def weigh(w: Any, today: Today) -> None:
    """Fill what follows from the weights of crossings, checks and destinations, one by one."""
    today.room[:] = ln(w.room)
    for r, route in enumerate(w.ways.routes):
        weight = np.ones(2)
        for crossing in w.ways.crossings[r]:
            weight *= w.crossing_weight[crossing] if crossing >= 0 else 1.0
        weight *= w.check_weight[route.destination] if route.check else 1.0
        today.route_utility[:, r] = ln(weight)
    goal = today.attraction + today.room
    crossings = w.world.n_crossings
    for s in range(len(w.ways.first) - 1):
        if w.world.n_origins <= s < w.world.n_origins + crossings:
            continue
        total = np.exp(np.full(2, OUTLOOK.floor_utility))
        for i in range(int(w.ways.first[s]), int(w.ways.first[s + 1])):
            route = w.ways.row.route[i]
            v = today.way_utility[w.world.class_level, i] + today.route_utility[:, route]
            total += np.exp(v + goal[:, w.ways.routes.destination[route]])
        today.access[:, s if s < w.world.n_origins else s - crossings] = np.log(total)


def make_counter(start: float = 0.0, end: float = 1.0) -> CheckpointRules:
    """Servers that are open at all three crossings."""
    return CheckpointRules(
        start=start,
        end=end,
        since=np.full(3, start),
        until=np.full(3, end),
        capacity=np.array([30.0, 4.0, np.inf]),
        usual=np.array([30.0, 4.0, np.inf]),
        exit_share=np.ones((3, 2)),
        entry_share=np.ones((3, 2)),
        entry_days=np.full((3, 2), 90, np.int32),
        entry_window=np.zeros((3, 2), np.int32),
        exit_rule=np.full((3, 2), 7),
        entry_rule=np.full((3, 2), 9),
        member_exit=np.ones((3, 2)),
        member_entry=np.ones((3, 2)),
        ordinary_share=np.ones((3, 2)),
    )


def make_queues(n_crossings: int, slots: int, batches: int) -> Queues:
    """Empty queues."""
    x = n_crossings
    return Queues(
        head=np.full(x, NOWHERE, np.int32),
        tail=np.full(x, NOWHERE, np.int32),
        free=np.zeros(x),
        credit=np.zeros(x),
        begun=np.zeros(x),
        length=np.zeros(x),
        expected=np.zeros((x, slots)),
        ordinary=np.zeros((x, batches, slots), np.int32),
        came=np.zeros((x, batches), np.int32),
        done=np.zeros((x, batches), np.int32),
        since=np.zeros((x, batches)),
        until=np.zeros((x, batches)),
        first=np.zeros(x, np.int32),
        last=np.full(x, NOWHERE, np.int32),
    )


def party(parties: Parties, p: int) -> dict[str, Any]:
    """One row as plain values; `due` included."""
    found = {name: parties.row[name][p].item() for name, _ in PARTY}
    found["due"] = int(parties.due[p])
    return found


def same_party(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Integers equal, floats to 1e-12 relative."""
    for name, value in expected.items():
        if isinstance(value, float):
            assert abs(found[name] - value) <= 1e-12 * max(abs(value), 1.0), name
        else:
            assert found[name] == value, (name, found[name], value)


def copy_accounts(accounts: Accounts) -> Accounts:
    """New accounts."""
    return Accounts(*(part.copy() for part in accounts))


def groups_of(w: Any, p: int) -> SimpleNamespace:
    """Group, classes, origin, zone and category of a party, looked up plainly."""
    cohort = w.cohorts.row[int(w.parties.row.cohort[p])]
    g = int(cohort.group)
    group = w.world.groups[g]
    return SimpleNamespace(
        group=g,
        outlook=int(group.outlook),
        legal=int(group.legal),
        origin=int(cohort.origin),
        zone=int(cohort.zone),
        category=int(group.category),
        savings=float(group.savings),
        remote=float(group.remote),
        relatives=float(group.relatives),
        returning=float(group.returning),
    )


ONE = np.int32(0)
DAY = 40


def alone(n: int = 1, **columns):
    """Parties of one person alike in all but their draws, visitors in country 0 with money."""
    w = make(0, n_parties=n, by=columns.pop("by", 0))
    row, law = w.parties.row, w.today.law
    row.cohort, row.people, row.household, row.place, row.visited = 0, 1, 1, 0, 0
    row.status, row.status_ends, row.works, row.in_need, row.roots = VISITOR, 90, 0, 0, 0.0
    row.funds, row.locked, row.reach, row.funds_day = 4000.0, 0.0, 1.0, DAY
    row.remote, row.relatives, row.need, row.candidate = 0, 0, NEVER, DAY + 9
    law.accessible_share[:], law.grace[:], law.threat[:] = 1.0, 0, 0.0
    law.permit_share[:] = law.renewal_share[:] = law.regularisation_share[:] = -1.0
    for name, value in columns.items():
        row[name] = value
    return w
