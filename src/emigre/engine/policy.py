"""Compile the rules of a scenario: classes of people and values by period."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from emigre import schema
from emigre.calendar import HOURS_PER_DAY, hours_since
from emigre.engine.index import Index
from emigre.engine.inputs import network_of_groups
from emigre.engine.opening_hours import closing_hours, rate_shares, without_closing_hours
from emigre.engine.rule_table import Table
from emigre.numerics.records import records
from emigre.processes.arrays import F64, I32, I64, LAW, Rows
from emigre.rules.matching import ALL, addressed, parse_who
from emigre.rules.timeline import (
    ALWAYS,
    NEVER,
    Rule,
    RuleCompiler,
    chained,
    holding,
    masks,
    member_masks,
    period_starts,
)
from emigre.scenario.disclosure_dates import day_known, end_known
from emigre.scenario.tables import KEYS, Row

Interval = tuple[float, float, int]
"""Part of a day: start and end (fractions of the day), and the last period in it."""
NO_LIMIT = math.inf
NO_LEG = np.zeros(0, np.int64)
CANNOT_APPLY = -1.0
EACH_PERSON = "person"


def with_factors(*kinds: str) -> frozenset[str]:
    """These kinds of rules, and those of other packages that are factors on them."""
    added = schema.added_rule_kinds()
    return frozenset({*kinds, *(name for name, k in added.items() if k.factor_on in kinds)})


def read_rules(index: Index) -> list[Rule]:
    """All rows of rules.csv with instants as hours since the start, the narrowest last."""
    rows = sorted(index.rows["rules"], key=lambda r: _narrowness(index, r))
    return chained([_rule(index, i, r) for i, r in enumerate(rows)])


def _narrowness(index: Index, r: Row) -> tuple[int, int, int]:
    """Sort key: by place, then by attributes named; a subset names more, or fewer categories."""
    selection = _selection(index, r)
    categories = sum(len(alternatives) for alternatives in selection.values())
    return index.addresses.narrowness(r["place"]), len(selection), -categories


def _selection(index: Index, r: Row) -> dict[str, tuple[str, ...]]:
    return addressed(r["who"], r["document"], r["nationality"], index.attributes)


def _rule(index: Index, i: int, r: Row) -> Rule:
    scenario = index.scenario

    def hours(instant: object, otherwise: float) -> float:
        if instant is None:
            return otherwise
        return hours_since(scenario.start, scenario.zone, instant)  # type: ignore[arg-type]

    def morning(day: date | None) -> float:
        return ALWAYS if day is None else HOURS_PER_DAY * (day - scenario.start).days

    zone = scenario.zone
    return Rule(
        id=r["id"],
        kind=r["kind"],
        place=r["place"],
        selection=_selection(index, r),
        announced=morning(day_known(r["announced"], r["effective_from"], zone)),
        start=hours(r["effective_from"], ALWAYS),
        end=hours(r["effective_to"], NEVER),
        credence=r["credence"],
        expected=hours(r["expected_from"], ALWAYS),
        value=r["value"],
        days=-1 if r["days"] is None else int(r["days"]),
        delay=int((r["window_days"] if r["kind"] == "entry" else r["delay_days"]) or 0),
        row=i,
        end_announced=morning(end_known(r, zone)),
        each_person=r["applies_to"] == EACH_PERSON,
    )


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of groups: by the outlook (C), and legal classes by permits (L).

    Each class is represented by one of its groups (its member); `attraction` and `jobs` are (D, C),
    `network` is the number of the diaspora (C) that attracts it.
    """

    group_class: I32
    class_member: I32
    group_legal: I32
    legal_member: I32
    attraction: F64
    jobs: F64
    network: I32


def classify(index: Index, rules: Sequence[Rule]) -> Classes:
    """Form classes of groups with the same rules, attractions, diaspora and savings."""
    people, network = index.people, network_of_groups(index)
    extra, jobs = _attractions(index), _jobs(index)
    savings = np.array([g["savings_eur"] for g in index.groups], np.float64)
    looked_at, legal = (
        [r for r in rules if schema.rule_kinds()[r.kind].by == by]
        for by in ("class", "legal_class")
    )
    # Savings first, so that classes are sorted by savings, as the loops of the outlook require.
    selected = np.vstack([masks(looked_at, people), member_masks(looked_at, index.members)])
    marks = np.column_stack([savings, selected.T.astype(np.float64), extra.T, jobs.T, network])
    group_class, class_member = _unique(marks)
    legal_marks = masks(legal, people).T.astype(np.float64).reshape(len(people), -1)
    group_legal, legal_member = _unique(np.column_stack([legal_marks, np.zeros(len(people))]))
    return Classes(
        group_class,
        class_member,
        group_legal,
        legal_member,
        np.ascontiguousarray(extra[:, class_member]),
        np.ascontiguousarray(jobs[:, class_member]),
        network[class_member],
    )


def _unique(marks: F64) -> tuple[I32, I32]:
    """Class of each row, and the first row of each class; classes in the order of their keys."""
    _, first, inverse = np.unique(marks, axis=0, return_index=True, return_inverse=True)
    return inverse.ravel().astype(np.int32), first.astype(np.int32)


def _attractions(index: Index) -> F64:
    """Additional attraction from attractions.csv: (D, G)."""
    extra = np.zeros((len(index.countries), len(index.people)))
    for r in index.rows["attractions"]:
        extra[_cells(index, r)] += r["weight"]
    return extra


def _jobs(index: Index) -> F64:
    """Demand for the work of each group (D, G), from jobs.csv: factors multiply."""
    factor = np.ones((len(index.countries), len(index.people)))
    for r in index.rows["jobs"]:
        factor[_cells(index, r)] *= r["factor"]
    return factor


def _cells(index: Index, r: Row) -> tuple[NDArray[np.intp], ...]:
    """Countries and groups of a row, as an index of a table (D, G)."""
    who = index.selector.select(parse_who(r["who"], index.attributes))
    return np.ix_(index.addresses.countries_of(r["place"]), np.flatnonzero(who))


@dataclass(frozen=True, slots=True)
class Timetable:
    """Rules of each period.

    capacity, fare: (layers, X, 1); room, arrival_fare: (layers, D, 1). exit, entry: crossings (X)
    by class, for the person who decides; exit_documents, entry_documents: the same by document of
    ordinary travellers; member_exit, member_entry: the same for the member. arrival: countries (D)
    by class. usual_capacity .. usual_arrival: the same without hours of closing (`opening_hours`),
    as people plan; rate_share: (days, X) mean rate of a day relative to usual_capacity. permit ..
    payment: countries by legal class. leg: (layers, legs, 1), above 0 where open, in the
    order of the index. added: kinds of other packages that are not factors, by name.
    """

    starts: F64
    rate_share: F64
    capacity: Table
    room: Table
    fare: Table
    arrival_fare: Table
    exit: Table
    entry: Table
    exit_documents: Table
    entry_documents: Table
    member_exit: Table
    member_entry: Table
    arrival: Table
    usual_capacity: Table
    usual_exit: Table
    usual_entry: Table
    usual_arrival: Table
    permit: Table
    renewal: Table
    regularisation: Table
    asylum: Table
    protection: Table
    border_run: Table
    work: Table
    grace: Table
    payment: Table
    leg: Table
    slot_column: I32  # (X, slots) document of ordinary travellers, -1 for none
    added: dict[str, Table] = field(default_factory=dict)

    def last(self, day: int) -> int:
        """The period in which a day ends."""
        return bisect_left(self.starts, HOURS_PER_DAY * (day + 1)) - 1

    def intervals(self, day: int) -> list[Interval]:
        """Parts of a day in which the rules at borders do not change."""
        first = bisect_right(self.starts, HOURS_PER_DAY * day) - 1
        parts: list[Interval] = []
        begin = 0.0
        for period in range(first, len(self.starts)):
            last = period + 1 == len(self.starts)
            end = math.inf if last else self.starts[period + 1] / HOURS_PER_DAY - day
            if parts and self._same_rules_at_crossings(parts[-1][2], period):
                begin = parts.pop()[0]
            parts.append((begin, min(end, 1.0), period))
            if end >= 1.0:
                break
            begin = end
        return parts

    def law(self, period: int, arriving: int) -> Rows:
        """Law of a period (D, L), for those who arrive that of another; without expectations."""
        law = records(LAW, self.payment.at(period)[0].shape)
        law.permit_share, law.permit_days, law.permit_delay = self.permit.at(period)
        law.renewal_share, law.renewal_days, law.renewal_delay = self.renewal.at(period)
        regular = self.regularisation.at(period)
        law.regularisation_share, law.regularisation_days, law.regularisation_delay = regular
        law.asylum_share, law.asylum_days, law.asylum_delay = self.asylum.at(arriving)
        law.protection_share, law.protection_days, _ = self.protection.at(arriving)
        law.border_run = self.border_run.at(period)[0]
        law.work = self.work.at(period)[0]
        law.grace = self.grace.at(period)[0]
        law.accessible_share = self.payment.at(period)[0]
        return law

    def _same_rules_at_crossings(self, a: int, b: int) -> bool:
        """Whether all crossings, and countries on arrival, apply the same in two periods."""
        members = (self.member_exit, self.member_entry)
        arriving = (self.arrival, self.asylum, self.protection)
        tables = (self.capacity, self.exit, self.entry, *arriving, *members)
        return all(t.layer[a] == t.layer[b] for t in tables)


def camps_of(index: Index, address: str) -> I64:
    """Indices (n,) of camps that a capacity rule names; `*` selects crossings only."""
    if address == ALL:
        return np.zeros(0, np.int64)
    meant = index.addresses.countries_of(address)
    return np.array([d for d in meant if index.country_rows[d]["kind"] == "camp"], np.int64)


def legs_of(index: Index) -> dict[str, I64]:
    """Index (1) of each leg by its key, as a rule names it."""
    keys = ("/".join(r[c] for c in KEYS["legs"]) for r in index.rows["legs"])
    return {key: np.array([i], np.int64) for i, key in enumerate(keys)}


def compilers(
    index: Index, rules: Sequence[Rule], classes: Classes, slots: Sequence[dict[str, str]] = ()
) -> dict[str, RuleCompiler]:
    """Compilers of the tables of a timetable by name, and of the kinds of other packages.

    slots: kinds of ordinary travellers, appended to the classes.
    """
    addresses, legs = index.addresses, legs_of(index)
    rows = {r.row: i for i, r in enumerate(rules)}
    people = [index.people[g] for g in classes.class_member]
    mask = {
        "everyone": np.ones((len(rules), 1), np.bool_),
        "group": masks(rules, index.people if schema.added_rule_kinds() else []),
        "class": masks(rules, [*people, *slots]),
        "legal_class": masks(rules, [index.people[g] for g in classes.legal_member]),
    }
    at: dict[str, tuple[Callable[[str], I64], int]] = {
        "origin": (addresses.origins_of, len(index.origins)),
        "crossing": (addresses.crossings_of, len(index.crossings)),
        "exit": (addresses.exits_of, len(index.crossings)),
        "country": (addresses.governed_of, len(index.countries)),
        "camp": (lambda a: camps_of(index, a), len(index.countries)),
        "leg": (lambda a: legs.get(a, NO_LEG), len(legs)),
    }

    def of(kind: str, places: str, default: float | F64 | None = None) -> RuleCompiler:
        spec = schema.rule_kinds()[kind]
        if default is None:
            default = CANNOT_APPLY if spec.default is None else spec.default
        return RuleCompiler(kind, at[places][0], mask[spec.by], rows, at[places][1], default)

    made = {
        "capacity": of("capacity", "crossing", 0.0),
        "room": of("capacity", "camp", 0.0),
        "fare": of("fare", "crossing"),
        "arrival_fare": of("fare", "country"),
        "exit": of("exit", "exit"),
        "entry": of("entry", "crossing"),
        "arrival": of("entry", "country"),
        "grace": of("grace", "country", index.scenario.parameters["grace_days"]),
        "leg": of("leg", "leg"),
    }
    kinds = ("permit", "regularisation", "asylum", "protection", "renewal", "border_run", "work")
    for kind in (*kinds, "payment"):
        made[kind] = of(kind, "country")
    of_member = member_masks(rules, [index.members[g] for g in classes.class_member])
    for kind in ("exit", "entry"):  # members pass unless a rule on persons applies to them
        made[f"member_{kind}"] = replace(made[kind], mask=of_member, default=1.0)
    made = {table: _with_added_factors(compiler) for table, compiler in made.items()}
    for name, spec in schema.added_rule_kinds().items():
        if not spec.factor_on:
            made[name] = of(name, spec.places[0])
    return made | limits(index, made)


def _with_added_factors(compiler: RuleCompiler) -> RuleCompiler:
    """The compiler with the kinds of other packages that are factors on its values."""
    added = schema.added_rule_kinds().items()
    factors = [
        replace(compiler, kind=name, default=1.0, share=None, factors=())
        for name, spec in added
        if spec.factor_on == compiler.kind
    ]
    high = schema.rule_kinds()[compiler.kind].value_high
    return replace(compiler, factors=tuple(factors), high=high) if factors else compiler


def limits(index: Index, compiler: Mapping[str, RuleCompiler]) -> dict[str, RuleCompiler]:
    """The compilers of capacities with the limits of places.csv, where no rule matches."""

    def column(rows: Sequence[Row], name: str) -> F64:
        cells = [r[name] for r in rows]
        return np.array([NO_LIMIT if c is None else c for c in cells], np.float64)[:, None]

    capacity = column(index.crossing_rows, "capacity_persons_per_day")
    share = column(index.crossing_rows, "capacity_share")
    room = column(index.country_rows, "capacity_persons")
    return {
        "capacity": replace(compiler["capacity"], default=capacity, share=share),
        "room": replace(compiler["room"], default=room),
    }


def timetable(
    index: Index,
    rules: Sequence[Rule],
    classes: Classes,
    slots: Sequence[dict[str, str]],
    slot_column: I32,
) -> Timetable:
    """Fill the tables of every period.

    slots: kinds of ordinary travellers, appended to the classes. slot_column:
    (X, slots) the kind of each slot of a crossing.
    """
    # One more day at both ends: decisions in the first and the last night depend on when that night
    # began and ends.
    starts = period_starts(rules, -HOURS_PER_DAY, HOURS_PER_DAY * (index.n_days + 1))
    held = holding(rules, starts)
    compiler = compilers(index, rules, classes, slots)
    filled = {name: _table(held, each) for name, each in compiler.items()}
    for name in ("exit", "entry", "arrival"):
        closings = list(closing_hours(filled[name], starts, rules, compiler[name]))
        filled[f"usual_{name}"] = without_closing_hours(filled[name], closings)
    filled["usual_capacity"], rate_share = rate_shares(
        filled["capacity"], starts, rules, compiler["capacity"], index.n_days
    )
    n = len(classes.class_member)
    for name in ("exit", "entry"):
        filled[f"{name}_documents"] = filled[name].of_columns(slice(n, None))
    for name in ("exit", "entry", "arrival", "usual_exit", "usual_entry", "usual_arrival"):
        filled[name] = filled[name].of_columns(slice(n))
    added = {name: filled.pop(name) for name in schema.added_rule_kinds() if name in filled}
    for table in added.values():
        table.value.flags.writeable = False  # all runs share it
    return Timetable(
        starts=starts, rate_share=rate_share, **filled, added=added, slot_column=slot_column
    )


def with_capacities(
    table: Timetable, compiler: Mapping[str, RuleCompiler], rules: Sequence[Rule]
) -> Timetable:
    """The same timetable with other capacities. rules: those of the timetable, with new values."""
    both = compiler["capacity"], compiler["room"]
    kinds = frozenset().union(*(each.kinds for each in both))
    mine = [r for r in rules if r.kind in kinds]
    held = holding(mine, table.starts)
    capacity, room = (_table(held, each) for each in both)
    usual, share = rate_shares(capacity, table.starts, mine, both[0], len(table.rate_share))
    return replace(table, capacity=capacity, room=room, usual_capacity=usual, rate_share=share)


def _table(held: Sequence[Sequence[Rule]], compiler: RuleCompiler) -> Table:
    """Build a table in which periods with equal values share a layer."""
    layers: list[tuple[F64, I32, I32, I64]] = []
    known: dict[tuple[int, ...], int] = {}
    alike: dict[bytes, int] = {}
    layer = np.zeros(len(held), np.int64)
    for i, rules in enumerate(held):
        now = compiler.relevant(rules)
        key = tuple(r.row for r in now)
        if key not in known:
            filled = compiler.fill(now)
            content = b"".join(part.tobytes() for part in filled)
            known[key] = alike.setdefault(content, len(layers))
            if known[key] == len(layers):
                layers.append(filled)
        layer[i] = known[key]
    value, days, delay, number = (np.stack(part) for part in zip(*layers, strict=True))
    return Table(value, days, delay, number, layer)
