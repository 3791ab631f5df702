"""Compiled rules for a group at an instant agree with a plain reading of the rules."""

from itertools import pairwise

import numpy as np
import pytest

from emigre.engine.build import compile_scenario
from emigre.engine.policy import read_rules
from emigre.scenario.loader import load
from naive import timetable as plain

SPAN = {"tiny": None, "russia-2022": "2022-10-15"}


@pytest.fixture(scope="module", params=list(SPAN))
def plan(request):
    return compile_scenario(load(request.param, end=SPAN[request.param]))


def addresses(index) -> dict[str, set[str]]:
    """Every address each place answers to."""
    country = {r["id"]: r["country"] for r in index.crossing_rows}
    collected = {p: {p, country.get(p, p)} for p in (*index.crossings, *index.countries)}
    for names in collected.values():
        names |= {a for a, members in index.areas.items() if names & set(members)}
    return collected


def instants(plan, n: int, seed: int) -> list[float]:
    """Hours at, just before and between the changes."""
    starts = plan.timetable.starts
    some = np.random.default_rng(seed).choice(starts[1:], min(n, len(starts) - 1), replace=False)
    edges = [t for s in some for t in (float(s), float(s) - 1e-6)]
    return [0.0, 24.0 * plan.n_days - 1.0, *edges]


def period_at(plan, hour: float) -> int:
    return int(np.searchsorted(plan.timetable.starts, hour, side="right")) - 1


def counters_of(plan, period: int) -> tuple[int, ...]:
    """What crossings and countries apply in a period, as numbers of layers."""
    t = plan.timetable
    return tuple(int(table.layer[period]) for table in (t.capacity, t.exit, t.entry, t.arrival))


def test_the_intervals_of_a_day_cover_it(plan):
    for day in range(plan.n_days):
        parts = plan.timetable.intervals(day)
        assert parts[0][0] == 0.0
        assert parts[-1][1] == 1.0
        assert all(a[1] == b[0] for a, b in pairwise(parts))
        # The last period of the day is the one people look at in the evening.
        assert parts[-1][2] == period_at(plan, 24.0 * (day + 1) - 1e-6)


def test_crossings_do_the_same_within_a_stretch_and_something_else_in_the_next(plan):
    cuts = 0
    for day in range(plan.n_days):
        parts = plan.timetable.intervals(day)
        cuts += len(parts) - 1
        for begin, end, period in parts:
            hours = 24.0 * (day + np.linspace(begin, end, 50)[:-1]) + 1e-6
            held = {counters_of(plan, period_at(plan, float(hour))) for hour in hours}
            assert held == {counters_of(plan, period)}
        for a, b in pairwise(parts):
            assert counters_of(plan, a[2]) != counters_of(plan, b[2])
    assert cuts > 0


@pytest.mark.parametrize(
    ("kind", "table", "default"),
    [
        ("entry", "entry", (0.0, -1, 0)),
        ("exit", "exit", (1.0, -1, 0)),
        ("entry", "arrival", (0.0, -1, 0)),
        ("permit", "permit", (-1.0, -1, 0)),
        ("asylum", "asylum", (-1.0, -1, 0)),
        ("renewal", "renewal", (-1.0, -1, 0)),
        ("regularisation", "regularisation", (-1.0, -1, 0)),
        ("border_run", "border_run", (0.0, -1, 0)),
        ("work", "work", (0.0, -1, 0)),
        ("grace", "grace", (None, -1, 0)),
        ("payment", "payment", (1.0, -1, 0)),
    ],
)
def test_rules_for_people(plan, kind, table, default):
    index, rules = plan.index, read_rules(plan.index)
    if kind == "grace":
        default = (plan.scenario.parameters["grace_days"], -1, 0)
    of_kind = [r for r in rules if r.kind == kind]
    members, groups = addresses(index), plan.world.groups
    at_crossings = table in ("entry", "exit")
    places = index.crossings if at_crossings else index.countries
    classes = groups.outlook if table in ("entry", "exit", "arrival") else groups.legal
    rng = np.random.default_rng(1)
    for hour in instants(plan, 6, 2):
        value, days, delay = getattr(plan.timetable, table).at(period_at(plan, hour))
        for x in rng.choice(len(places), min(8, len(places)), replace=False):
            for g in rng.choice(len(groups), min(12, len(groups)), replace=False):
                best = plain.newest(of_kind, kind, hour, index.people[g], places[x], members)
                expected = default if best is None else (best.value, best.days, best.delay)
                c = classes[g]
                assert (value[x, c], days[x, c], delay[x, c]) == expected, (hour, places[x], g)


@pytest.mark.parametrize("kind", ["capacity", "fare"])
def test_rules_for_crossings(plan, kind):
    index, rules = plan.index, read_rules(plan.index)
    of_kind, members = [r for r in rules if r.kind == kind], addresses(index)
    base = share = np.ones(len(index.crossings))
    if kind == "capacity":
        limits = [r["capacity_persons_per_day"] for r in index.crossing_rows]
        base = np.array([np.inf if limit is None else limit for limit in limits])
        share = np.array([r["capacity_share"] for r in index.crossing_rows])
    for hour in instants(plan, 12, 3):
        value = getattr(plan.timetable, kind).at(period_at(plan, hour))[0]
        for x, place in enumerate(index.crossings):
            best = plain.newest(of_kind, kind, hour, {}, place, members)
            assert value[x, 0] == share[x] * (base[x] if best is None else best.value)


def test_ordinary_travellers_meet_the_entry_rules_of_their_document(plan):
    index, rules = plan.index, read_rules(plan.index)
    of_kind, members = [r for r in rules if r.kind == "entry"], addresses(index)
    table = plan.timetable.entry_documents
    kinds: list[tuple[str, str]] = []
    for r in index.rows["traffic"]:
        if (r["nationality"], r["document"]) not in kinds:
            kinds.append((r["nationality"], r["document"]))
    for hour in instants(plan, 8, 4):
        value = table.at(period_at(plan, hour))[0]
        for x, place in enumerate(index.crossings):
            for column in plan.timetable.slot_column[x]:
                if column < 0:
                    continue
                nationality, document = kinds[column]
                person = {"nationality": nationality, "document": document}
                best = plain.newest(of_kind, "entry", hour, person, place, members)
                assert value[x, column] == (0.0 if best is None else best.value)
