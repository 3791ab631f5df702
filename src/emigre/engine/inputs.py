"""Tables of days and persons as arrays: pressures, traffic, departures, initial stock."""

import math
from typing import NamedTuple

import numpy as np

from emigre import schema
from emigre.calendar import WEEKDAYS
from emigre.engine.index import Index
from emigre.engine.pressures import pulse
from emigre.numerics.random import entity_id
from emigre.processes.arrays import F64, I32, I64, U64
from emigre.rules.matching import addressed

NOT_GIVEN = -1
"""Departures of a day after the last row of departures.csv."""


def present_of(index: Index, population: F64, scale: int) -> I64:
    """Persons abroad at the beginning of the first day (O, D), in units of the scale.

    Rows that name several origins are shared in proportion to their people. The running total is
    rounded, so that each row is exact.
    """
    number = {c: i for i, c in enumerate(index.countries)}
    people = np.zeros((len(index.origins), len(number)), np.int64)
    carried = 0.0
    for r in index.rows["present"]:
        origins = index.addresses.origins_of(r["origin"])
        weight = population[origins]
        weight = weight if weight.any() else np.ones_like(weight)
        total = r["persons"] / scale + carried
        whole = round(total)
        carried = total - whole
        steps = np.floor(np.cumsum(weight) / weight.sum() * whole + 0.5)
        people[origins, number[r["place"]]] += np.diff(steps, prepend=0.0).astype(np.int64)
    return people


def networks_of(index: Index) -> list[str]:
    """Nationalities with a diaspora of their own, that of the scenario first."""
    others = {r["nationality"] for r in index.rows["diaspora"]} - {index.scenario.nationality}
    return [index.scenario.nationality, *sorted(others)]


def network_of_groups(index: Index) -> I32:
    """Network of each group (G); without a diaspora of its own, that of the first nationality."""
    number = {nationality: n for n, nationality in enumerate(networks_of(index))}
    return np.array([number.get(g["nationality"], 0) for g in index.groups], np.int32)


def diaspora_of(index: Index) -> F64:
    """People settled abroad on the first day, by network (N, D)."""
    network = {nationality: n for n, nationality in enumerate(networks_of(index))}
    number = {c: i for i, c in enumerate(index.countries)}
    people = np.zeros((len(network), len(number)))
    for r in index.rows["diaspora"]:
        people[network[r["nationality"]], number[r["country"]]] += r["persons"]
    return people


def pressures_of(index: Index) -> tuple[F64, F64, F64, I32]:
    """Strength (pressures, days), weights on leaving and returning, and the zone of each origin."""
    rows, start = index.rows["pressures"], index.scenario.start
    strength = np.zeros((len(rows), index.n_days))
    felt = np.zeros((len(rows), len(index.origins)), np.bool_)
    for k, r in enumerate(rows):
        onset = (r["onset"] - start).days
        peak = onset if r["peak"] is None else (r["peak"] - start).days
        ends = index.n_days if r["ends"] is None else (r["ends"] - start).days
        half = math.inf if r["half_life_days"] is None else r["half_life_days"]
        half *= index.scenario.parameters.get(f"half_life_{r['kind']}", 1.0)
        steepness = r["steepness"] * index.scenario.parameters.get(f"steepness_{r['kind']}", 1.0)
        strength[k] = pulse(index.n_days, onset, peak, half, ends, steepness)
        felt[k, index.addresses.origins_of(r["place"])] = True
    patterns, zone = np.unique(felt, axis=1, return_inverse=True)
    if any(kind.places[0] == "origin" for kind in schema.added_rule_kinds().values()):
        patterns, zone = felt, np.arange(len(index.origins))  # whose rules distinguish origins
    leaving = np.zeros((len(rows), patterns.shape[1], len(index.groups)))
    returning = np.zeros_like(leaving)
    for k, r in enumerate(rows):
        selection = addressed(r["who"], None, r["nationality"], index.attributes)
        who = index.selector.select(selection)
        cells = np.outer(patterns[k], who)
        factor = index.scenario.parameters.get(f"pressure_{r['kind']}", 1.0)
        leaving[k] = cells * (r["leaving"] or 0.0) * factor
        returning[k] = cells * (r["returning"] or 0.0) * factor
    return strength, leaving, returning, zone.ravel().astype(np.int32)


def slots_of(index: Index) -> tuple[list[dict[str, str]], I32]:
    """Kinds of ordinary travellers (nationality and document) and their slots at each crossing."""
    rows = index.rows["traffic"]
    kinds = sorted({(r["nationality"], r["document"]) for r in rows})
    number = {kind: k for k, kind in enumerate(kinds)}
    at: dict[str, set[int]] = {x: set() for x in index.crossings}
    for r in rows:
        at[r["crossing"]].add(number[r["nationality"], r["document"]])
    width = max((len(a) for a in at.values()), default=0) or 1
    column = np.full((len(at), width), -1, np.int32)
    for x, mine in enumerate(at.values()):
        column[x, : len(mine)] = sorted(mine)
    return [{"nationality": n, "document": d} for n, d in kinds], column


def slot_ids(index: Index) -> U64:
    """Identity of the ordinary travellers of each slot (X, slots), for draws; 0 for none."""
    kinds, column = slots_of(index)
    ids = np.zeros(column.shape, np.uint64)
    for x, s in np.argwhere(column >= 0).tolist():
        kind = kinds[column[x, s]]
        names = index.crossings[x], kind["nationality"], kind["document"]
        ids[x, s] = entity_id("traffic", *names)
    return ids


def traffic_of(index: Index, width: int, usual_sd: float) -> tuple[F64, F64]:
    """Expected ordinary travellers, weekday profile included, and their sd; (days, X, slots).

    If several rows apply to a slot, its sd is their mean weighted by their levels.
    """
    start, n_days = index.scenario.start, index.n_days
    slots, column = slots_of(index)
    kind = {(s["nationality"], s["document"]): i for i, s in enumerate(slots)}
    number = {x: i for i, x in enumerate(index.crossings)}
    level = np.zeros((len(number), width, n_days))
    error = np.zeros_like(level)
    weekdays = np.array([d.weekday() for d in index.scenario.dates])
    for r in index.rows["traffic"]:
        x = number[r["crossing"]]
        slot = int(np.flatnonzero(column[x] == kind[(r["nationality"], r["document"])])[0])
        first = 0 if r["from"] is None else max((r["from"] - start).days, 0)
        last = n_days if r["to"] is None else min((r["to"] - start).days, n_days)
        profile = np.array([r[d] for d in WEEKDAYS], np.float64)
        if first < last:
            factor = index.scenario.parameters.get(f"travel_{r['kind']}", 1.0)
            persons = r["persons_per_day"] * factor * profile[weekdays[first:last]]
            level[x, slot, first:last] += persons
            error[x, slot, first:last] += persons * (
                usual_sd if r["level_sd"] is None else r["level_sd"]
            )
    level, error = (np.ascontiguousarray(part.transpose(2, 0, 1)) for part in (level, error))
    return level, np.divide(error, level, out=np.zeros_like(level), where=level > 0)


class GivenLevel(NamedTuple):
    """Days (half-open; below 0 before the start) and persons of the level of each pool."""

    first: I64  # (pools)
    last: I64
    persons: I64


def given_of(index: Index) -> tuple[I32, U64, I64, GivenLevel]:
    """Given departures: pool of each origin (O); identity, persons (pools, days) and level of each.

    A pool is an address of departures.csv with the origins that no narrower address names: an
    area's are excluded from `*`, and single origins from both. -1: the hazard applies. Behind the
    last row of a pool: NOT_GIVEN. The level is that of the last `departures_level_days` days.
    """
    rows, places = index.rows["departures"], index.addresses
    addresses = sorted({r["origin"] for r in rows}, key=lambda a: (places.narrowness(a), a))
    number = {address: k for k, address in enumerate(addresses)}
    pool = np.full(len(index.origins), -1, np.int32)
    for address, k in number.items():
        pool[places.origins_of(address)] = k
    given = np.full((len(addresses), index.n_days), NOT_GIVEN, np.int64)
    days = [(r["date"] - index.scenario.start).days for r in rows]
    for r, day in zip(rows, days, strict=True):
        given[number[r["origin"]], : max(day + 1, 0)] = 0
    for r, day in zip(rows, days, strict=True):
        if 0 <= day < index.n_days:
            given[number[r["origin"]], day] += r["persons"]
    ids = np.array([entity_id("departures", a) for a in addresses], np.uint64)
    window = int(index.scenario.parameters["departures_level_days"])
    at = np.array([number[r["origin"]] for r in rows], np.int64)
    persons = np.array([r["persons"] for r in rows], np.int64)
    return pool, ids, given, level_of(at, np.array(days, np.int64), persons, len(number), window)


def level_of(pool: I64, day: I64, persons: I64, pools: int, window: int) -> GivenLevel:
    """Level of each pool's last ``window`` days from rows (pool, day, persons); 0 without any."""
    begin, last = np.zeros(pools, np.int64), np.full(pools, np.iinfo(np.int32).min, np.int64)
    np.minimum.at(begin, pool, day)
    np.maximum.at(last, pool, day + 1)
    first, level = np.maximum(last - window, begin), np.zeros(pools, np.int64)
    meant = day >= first[pool]
    np.add.at(level, pool[meant], persons[meant])
    return GivenLevel(first, last, level)
