"""Compile a scenario into arrays, once per scenario. Only here do tables and processes meet.

Groups that no rule, fare or attraction distinguishes form a class, so that the outlook is computed
once for all of them. Rules become small dense tables by period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.engine.cohorts import cohorts_of, inhabitants_of, people_at_home
from emigre.engine.expectations import (
    Expectations,
    Prospects,
    RuleValues,
    expectations,
    prospects_with_capacities,
    securities,
)
from emigre.engine.index import Index, index_of
from emigre.engine.inputs import (
    GivenLevel,
    diaspora_of,
    given_of,
    present_of,
    pressures_of,
    slot_ids,
    slots_of,
    traffic_of,
)
from emigre.engine.itineraries import itineraries_of
from emigre.engine.memo import reuse
from emigre.engine.memory import require
from emigre.engine.policy import (
    Classes,
    Timetable,
    classify,
    compilers,
    limits,
    read_rules,
    timetable,
    with_capacities,
)
from emigre.errors import InputError, Mistake, refuse
from emigre.numerics.random import entity_id
from emigre.numerics.records import records
from emigre.processes.arrays import (
    BY_GROUP,
    BY_SIZE,
    BY_STATUS,
    COUNTRY,
    CROSSING,
    F64,
    GROUP,
    I32,
    I64,
    MAX_SIZE,
    U64,
    Cohorts,
    Itineraries,
    World,
    measure_index,
)
from emigre.processes.livelihood import DAYS_PER_MONTH
from emigre.processes.parameters import OutlookParameters, Parameters, all_parameters, parameters_of
from emigre.processes.route_choice import destination_utility
from emigre.rules.timeline import Rule, RuleCompiler, with_values
from emigre.scenario.checks.sizes import check_scale
from emigre.scenario.tables import KEYS

if TYPE_CHECKING:
    from emigre.scenario.model import Scenario

MOST_ROWS = 5_000_000
"""Maximum rows of a run split by category: sorting them takes about 2 GB of memory."""
STATUS, SIZE = "status", "party_size"
CAPACITY = "capacity"
STATUS_NAMES = ("not abroad", *schema.statuses())


@dataclass(frozen=True, slots=True)
class Compiled:
    """A scenario as arrays, read-only during runs, so that threads share it.

    exists: (sets of open legs, I) whether an itinerary exists; the first are the layers of
    timetable.leg, the others are expected (`expectations`). base: (G) hazard of deciding
    per day without pressure; willing: (G) the same, relative. pull: (C, D) the destination's
    utility without its network. diaspora: (N, D) people settled there, by network; network: (C).
    beds: (D). strength: (pressures, days) x(t). leaving, returning: (pressures, zones, G) weights.
    level: (days, X, slots) ordinary travellers; level_sd: standard deviation of the logarithm of
    their error. given: (pools, days) persons who leave where departures are known. present: (O, D)
    persons abroad at the beginning of the first day, in units of the scale; kin: (cohorts, sizes)
    households that they resemble. reference: the plan of the reference day, whose access is the
    baseline of every day; None if it is the first day.
    """

    scenario: Scenario
    scale: int
    by: str | None
    categories: tuple[str, ...]
    index: Index
    world: World
    itineraries: Itineraries
    exists: NDArray[np.bool_]
    cohorts: Cohorts
    people_at_home: I64
    base: F64
    willing: F64
    pull: F64
    diaspora: F64
    network: I32
    beds: I64
    strength: F64
    leaving: F64
    returning: F64
    level: F64
    level_sd: F64
    given: I64
    given_level: GivenLevel
    present: I64
    typical_homes: F64
    timetable: Timetable
    expectations: Expectations
    securities: Prospects
    outlook: OutlookParameters
    parameters: Parameters
    reference: Compiled | None

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return self.scenario.n_days

    @property
    def population(self) -> int:
        """Persons in the origins and abroad when the first day begins (at the given scale)."""
        return int(self.people_at_home.sum()) + int(self.present.sum()) * self.scale


def compile_scenario(scenario: Scenario, *, scale: int = 1, by: str | None = None) -> Compiled:
    """Compile a checked scenario; one simulated party stands for `scale`.

    by: attribute of groups, "group", "status" or "party_size" by which accounts are split as well.
    """
    refuse(check_scale(scenario.population, scale))
    index = index_of(scenario)
    values = scenario.parameters
    outlook = parameters_of(OutlookParameters, values)
    laws = _laws(index)
    slots = laws.timetable.slot_column.shape[1]
    open_legs = np.stack(laws.expectations.open_legs)
    itineraries, exists = itineraries_of(index, outlook, open_legs)
    _require_days(index, slots)
    strength, leaving, returning, zone = pressures_of(index)
    group_category, categories = _categories(index, by)
    pool, pool_id, given, given_level = given_of(index)
    world = _world(index, scale, by, laws.classes, group_category, pool, pool_id)
    present = present_of(index, inhabitants_of(index), scale)
    cohorts, typical_homes = cohorts_of(index, zone, scale, present)
    at_home = people_at_home(world, cohorts, len(categories))
    if by is not None:
        require_rows(int(np.count_nonzero(at_home)), index.n_days, len(categories))
    willing = np.array([g["leaving"] for g in index.groups], np.float64)
    level, level_sd = traffic_of(index, slots, values["traffic_level_sd"])
    return Compiled(
        scenario=scenario,
        scale=scale,
        by=by,
        categories=categories,
        index=index,
        world=world,
        itineraries=itineraries,
        exists=exists,
        cohorts=cohorts,
        people_at_home=at_home,
        base=willing * values["base_leaving_per_day"],
        willing=willing,
        pull=_attraction(index, outlook, laws.classes),
        diaspora=diaspora_of(index),
        network=laws.classes.network,
        beds=np.array([r["reception_beds"] or 0 for r in index.country_rows], np.int64),
        strength=strength,
        leaving=leaving,
        returning=returning,
        level=level,
        level_sd=level_sd,
        given=given,
        given_level=given_level,
        present=present,
        typical_homes=typical_homes,
        timetable=laws.timetable,
        expectations=laws.expectations,
        securities=laws.securities,
        outlook=outlook,
        parameters=all_parameters(values),
        reference=_reference(scenario, scale),
    )


def _reference(scenario: Scenario, scale: int) -> Compiled | None:
    """Plan of the reference day, unless that is the first day."""
    day = scenario.reference
    if day == scenario.start:
        return None
    return compile_scenario(replace(scenario, start=day, end=day), scale=scale)


def _require_days(index: Index, slots: int) -> None:
    """InputError unless accounts, ordinary travellers by slot and pressures fit into memory."""
    measures = sum(
        len(measure_index(kind)) * len(names)
        for kind, names in (
            ("origin", index.origins),
            ("crossing", index.crossings),
            ("country", index.countries),
        )
    )
    numbers = 2 * measures + 4 * len(index.crossings) * slots + len(index.rows["pressures"])
    size = 8 * index.n_days * numbers
    what = f"{index.n_days} days of {measures} series"
    require(size, what, "--end", "--start and --end take fewer days")


def require_rows(cells: int, n_days: int, categories: int) -> None:
    """InputError if counts by category would exceed the maximum size of a table.

    ``cells`` are pairs of origin and category with inhabitants: nearly all have a row on every day,
    and they are most of the table.
    """
    rows = cells * n_days
    if rows > MOST_ROWS:
        found = f"{categories} categories on {n_days} days: more than {rows:,} rows a run"
        expected = f"at most {MOST_ROWS:,} rows a run"
        hint = "fewer days with --start and --end, or an attribute with fewer values"
        raise InputError(Mistake("--by", found, expected, hint))


@dataclass(frozen=True, slots=True)
class _Laws:
    """Everything derived from rules: classes, timetable and expectations.

    compiler: of capacities, which draws of parameters may change (:meth:`with_capacities`).
    """

    rules: list[Rule]
    compiler: dict[str, RuleCompiler]
    classes: Classes
    timetable: Timetable
    expectations: Expectations
    securities: Prospects

    def with_capacities(self, index: Index) -> _Laws:
        """The same laws with the capacities of another scenario."""
        compiler = limits(index, self.compiler)
        values = {r["id"]: r["value"] for r in index.rows["rules"] if r["kind"] == CAPACITY}
        rules = with_values(self.rules, values)
        return replace(
            self,
            timetable=with_capacities(self.timetable, compiler, rules),
            expectations=prospects_with_capacities(self.expectations, compiler["capacity"], values),
        )


def _laws(index: Index) -> _Laws:
    """Laws, memoised for scenarios whose rules differ in capacities only."""
    scenario = index.scenario
    names = ("areas", "groups", "attractions", "jobs", "traffic")
    tables = {name: scenario.tables[name] for name in names}
    tables["places"] = scenario.tables["places"].select("id", "kind", "country", "exit_country")
    is_same = (pl.col("kind") != CAPACITY) | (pl.col("value") == 0)  # 0 closes
    value = pl.when(is_same).then("value")
    tables["rules"] = scenario.tables["rules"].with_columns(value=value)
    tables["legs"] = scenario.tables["legs"].select(KEYS["legs"])
    tables["diaspora"] = scenario.tables["diaspora"].select("nationality")
    used = (scenario.parameters[p] for p in ("grace_days", "foresight_days"))
    kinds = tuple(schema.added_rule_kinds().values())
    header = (scenario.start, scenario.end, scenario.zone, scenario.nationality)
    values = (*header, *used, kinds)
    return reuse("laws", tables, values, lambda: _make_laws(index)).with_capacities(index)


def _make_laws(index: Index) -> _Laws:
    rules = read_rules(index)
    classes = classify(index, rules)
    slots, slot_column = slots_of(index)
    table = timetable(index, rules, classes, slots, slot_column)
    compiler = compilers(index, rules, classes)
    values = RuleValues(compiler)
    return _Laws(
        rules,
        compiler,
        classes,
        table,
        expectations(index, rules, values, table.leg.value[:, :, 0] > 0.0),
        securities(index, rules, values),
    )


def _attraction(index: Index, prm: OutlookParameters, classes: Classes) -> F64:
    """Utility of destinations (C, D), without the network."""
    utility = np.array(
        [
            destination_utility(
                r["attraction"] or 0.0,
                0.0,
                r["language_share"] or 0.0,
                r["income_eur_per_year"] or 0.0,
                prm,
            )
            for r in index.country_rows
        ]
    )
    return np.ascontiguousarray((utility[:, None] + classes.attraction).T)


def _world(
    index: Index,
    scale: int,
    by: str | None,
    classes: Classes,
    category: I32,
    pool: I32,
    pool_id: U64,
) -> World:
    """Arrays that do not change during a run."""
    savings = np.array([index.groups[g]["savings_eur"] for g in classes.class_member], np.float64)
    levels, class_level = np.unique(savings, return_inverse=True)
    states = {r["country"]: i for i, r in enumerate(index.rows["places"])}
    places = (*index.origins, *index.crossings, *index.countries)
    return World(
        n_origins=len(index.origins),
        n_crossings=len(index.crossings),
        n_countries=len(index.countries),
        scale=scale,
        by={STATUS: BY_STATUS, SIZE: BY_SIZE}.get(by or "", BY_GROUP),
        groups=_group_records(index, classes, category),
        countries=_country_records(index, states),
        crossings=_crossing_records(index, states),
        start_id=np.array([entity_id("place", name) for name in places], np.uint64),
        class_level=class_level.astype(np.int32),
        level_savings=levels,
        job_factor=classes.jobs,
        pool=pool,
        pool_id=pool_id,
        slot_id=slot_ids(index),
        origin_state=np.array([states[r["country"]] for r in index.origin_rows], np.int32),
    )


def _group_records(index: Index, classes: Classes, category: I32) -> Any:
    groups = records(GROUP, len(index.groups))
    groups.outlook, groups.legal = classes.group_class, classes.group_legal
    groups.category = category
    for name, column in (
        ("returning", "returning"),
        ("savings", "savings_eur"),
        ("remote", "remote_work"),
        ("relatives", "relatives"),
        ("whole", "moves_whole"),
        ("splits", "splits"),
    ):
        groups[name] = [g[column] for g in index.groups]
    groups.member = [member is not None for member in index.members]
    return groups


def _country_records(index: Index, states: Mapping[str, int]) -> Any:
    rows, number = index.country_rows, {c: i for i, c in enumerate(index.countries)}
    countries = records(COUNTRY, len(rows))
    countries.living_cost = [(r["living_cost_eur_per_month"] or 0.0) / DAYS_PER_MONTH for r in rows]
    countries.formalities = [r["formalities_days"] for r in rows]
    countries.rest = [r["rest_days"] for r in rows]
    countries.jobs = [(r["jobs_per_month"] or 0.0) / DAYS_PER_MONTH for r in rows]
    countries.language = [r["language_share"] or 0.0 for r in rows]
    countries.country = [number.get(r["country"], -1) for r in rows]
    countries.state = [states[r["country"]] for r in rows]
    countries.state_id = [entity_id("place", r["country"]) for r in rows]
    return countries


def _crossing_records(index: Index, states: Mapping[str, int]) -> Any:
    rows, number = index.crossing_rows, {c: i for i, c in enumerate(index.countries)}
    crossings = records(CROSSING, len(rows))
    crossings.state = [states[r["country"]] for r in rows]
    crossings.country = [number.get(r["country"], -1) for r in rows]
    crossings.id = np.array([entity_id("crossing", x) for x in index.crossings], np.uint64)
    return crossings


def _categories(index: Index, by: str | None) -> tuple[I32, tuple[str, ...]]:
    """Category of each group and names of the categories."""
    n = len(index.groups)
    if by is None:
        return np.zeros(n, np.int32), ("all",)
    if by == STATUS:
        return np.zeros(n, np.int32), STATUS_NAMES
    if by == SIZE:
        return np.zeros(n, np.int32), ("not moving", *(str(i + 1) for i in range(MAX_SIZE)))
    names = [g["id"] if by == "group" else str(g[by]) for g in index.groups]
    known = tuple(dict.fromkeys(names))
    return np.array([known.index(name) for name in names], np.int32), known
