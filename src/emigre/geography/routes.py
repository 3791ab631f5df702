"""Itineraries from places to destinations: k shortest, distinct in their crossings.

Computed once per scenario. An itinerary has legs to a first crossing (none if no crossing lies
between), possibly a second crossing, and legs to the destination. For each start and destination
these are kept, each with the cheapest path through its first crossing: the direct path, the k
cheapest crossings into the destination's country, and the k cheapest transit countries (one
crossing each, so that a single rule cannot close them all). Shortest paths use Dijkstra's
algorithm (SciPy, ``scipy.sparse.csgraph``). The generalised cost of a leg is
    cost = time_weight * hours + cost_weight * fare / savings   (km if both weights are 0)
with the mean savings of the country of origin, so that all groups share one set of itineraries.

A start is an origin, a crossing (on the side that is left) or a country. Itineraries never pass
through an origin behind a crossing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

NONE = -1


@dataclass(frozen=True, slots=True)
class Leg:
    """A directed leg between two nodes, given by number."""

    start: int
    end: int
    km: float
    hours: float
    fare: float
    cost: float


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the network. `side` is its country, `exit_side` the country left at a crossing."""

    kind: str
    side: str
    exit_side: str = ""


@dataclass(frozen=True, slots=True)
class Itineraries:
    """Itineraries grouped by start: those of start s are rows first[s] to first[s + 1] (exclusive).

    gate, gate_2: crossing numbers or -1. check: 1 if the destination checks entry on arrival, which
    it does if no crossing into its country comes last. hours_to_gate, hours_between, hours_to_end,
    km. Fares in euro per person: fare_2 belongs to the second border (legs into it and behind it),
    fare is the rest (it includes the leg out of the first crossing). A border is a crossing, or the
    destination if it checks entry on arrival.
    """

    first: NDArray[np.int64]
    gate: NDArray[np.int32]
    gate_2: NDArray[np.int32]
    destination: NDArray[np.int32]
    check: NDArray[np.int8]
    hours_to_gate: NDArray[np.float64]
    hours_between: NDArray[np.float64]
    hours_to_end: NDArray[np.float64]
    fare: NDArray[np.float64]
    fare_2: NDArray[np.float64]
    km: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Paths:
    """Cost, hours, km and fares of the cheapest paths from some sources to all nodes.

    fare is the sum of fare_out (the first leg) and fare_on (all other legs). A first leg that leads
    straight into a `stop` node counts as one of the others.
    """

    cost: NDArray[np.float64]
    hours: NDArray[np.float64]
    km: NDArray[np.float64]
    fare_out: NDArray[np.float64]
    fare_on: NDArray[np.float64]
    fare: NDArray[np.float64]


def find(nodes: Sequence[Node], legs: Sequence[Leg], k: int) -> Itineraries:
    """Itineraries kept for each start and destination (k of each kind).

    Starts are all origins, then all crossings, then all countries and camps, each in node order;
    destinations are the countries and camps in node order; crossings are numbered in node order.
    """
    origins = [i for i, n in enumerate(nodes) if n.kind == "origin"]
    crossings = [i for i, n in enumerate(nodes) if n.kind == "crossing"]
    ends = [i for i, n in enumerate(nodes) if n.kind in ("country", "camp")]
    starts = origins + crossings + ends
    before = _shortest(
        nodes, [g for g in legs if _is_before(nodes, g)], starts, stop=set(crossings)
    )
    after = _shortest(
        nodes, [g for g in legs if _is_after(nodes, g)], crossings, stop=set(crossings)
    )
    through = _through(after, crossings, ends)
    return _keep_cheapest(nodes, starts, crossings, ends, before, after, through, k)


def _is_before(nodes: Sequence[Node], leg: Leg) -> bool:
    """Whether a leg can be part of the path to the first crossing."""
    a, b = nodes[leg.start], nodes[leg.end]
    if a.kind == "crossing":
        return b.kind != "crossing" and b.side == a.exit_side
    return b.kind != "crossing" or a.side == b.exit_side


def _is_after(nodes: Sequence[Node], leg: Leg) -> bool:
    """Whether a leg can be part of the path behind a crossing."""
    a, b = nodes[leg.start], nodes[leg.end]
    if b.kind == "origin" or a.kind == "origin":
        return False
    if a.kind == "crossing":
        return b.kind == "crossing" or b.side != a.exit_side
    return b.kind != "crossing" or a.side == b.exit_side


def _shortest(
    nodes: Sequence[Node], legs: Sequence[Leg], sources: Sequence[int], stop: set[int]
) -> _Paths:
    """Cheapest paths that do not continue through a node of `stop` (except as their source).

    Every stop node is split in two: legs end in the copy (index + n) and start from the node.
    """
    n = len(nodes)
    best: dict[tuple[int, int], Leg] = {}
    for leg in legs:
        key = (leg.start, leg.end + n if leg.end in stop else leg.end)
        if key not in best or leg.cost < best[key].cost:
            best[key] = leg
    size = 2 * n
    if not best or not sources:
        empty = np.full((len(sources), size), np.inf)
        return _collect(nodes, empty, np.full(empty.shape, -9999), sources, best, stop)
    rows, columns = np.array(list(best), np.int32).T  # older SciPy accepts no wider indices
    weights = np.array([max(g.cost, 1e-12) for g in best.values()])
    graph = csr_array((weights, (rows, columns)), shape=(size, size))
    cost, previous = dijkstra(graph, indices=np.array(sources, np.int32), return_predecessors=True)
    return _collect(nodes, cost, previous, sources, best, stop)


def _collect(
    nodes: Sequence[Node],
    cost: NDArray[np.float64],
    previous: NDArray[np.int32],
    sources: Sequence[int],
    best: Mapping[tuple[int, int], Leg],
    stop: set[int],
) -> _Paths:
    """Hours, km and fares along the paths; each node comes after its predecessor."""
    n = len(nodes)
    sums = np.zeros((4, *cost.shape))
    for row, source in enumerate(sources):
        done = {source}
        for node in np.flatnonzero(np.isfinite(cost[row])):
            path = [int(node)]
            while path[-1] not in done:
                path.append(int(previous[row, path[-1]]))
            for before, after in itertools.pairwise(reversed(path)):
                leg = best[(before, after)]
                out = leg.fare if before == source and after < n else 0.0
                part = (leg.hours, leg.km, out, leg.fare - out)
                sums[:, row, after] = sums[:, row, before] + part
                done.add(after)
        if source in stop:  # already at the crossing: no way to it
            cost[row, source + n] = 0.0
            sums[:, row, source + n] = 0.0
    fold = [i + n if i in stop else i for i in range(n)]
    hours, km, out, on = sums[:, :, fold]
    return _Paths(cost[:, fold], hours, km, out, on, out + on)


@dataclass(frozen=True, slots=True)
class _Through:
    """From each crossing to each destination: total cost and second crossing (or -1)."""

    cost: NDArray[np.float64]
    second: NDArray[np.int64]


def _through(after: _Paths, crossings: Sequence[int], ends: Sequence[int]) -> _Through:
    """Cheapest continuation behind each crossing, with at most one more crossing."""
    direct = after.cost[:, list(ends)]
    if not crossings:
        return _Through(direct, np.full(direct.shape, NONE))
    hop = after.cost[:, list(crossings)].copy()
    np.fill_diagonal(hop, np.inf)
    total = hop[:, :, None] + direct[None, :, :]
    second = total.argmin(axis=1)
    best = total.min(axis=1)
    use_direct = direct <= best
    return _Through(np.minimum(direct, best), np.where(use_direct, NONE, second))


def _keep_cheapest(
    nodes: Sequence[Node],
    starts: Sequence[int],
    crossings: Sequence[int],
    ends: Sequence[int],
    before: _Paths,
    after: _Paths,
    through: _Through,
    k: int,
) -> Itineraries:
    """Rows of the itineraries kept for every start and destination."""
    sides = [nodes[x].side for x in crossings]
    first = [0]
    rows: list[tuple[int, int, int, int]] = []
    figures: list[tuple[float, ...]] = []
    for s, start in enumerate(starts):
        to_gate = before.cost[s, list(crossings)]
        for d, end in enumerate(ends):
            if end == start:
                continue
            costs = np.append(to_gate + through.cost[:, d], before.cost[s, end])
            for gate in _pick(costs, sides, nodes[end].side, k):
                second = NONE if gate == NONE else int(through.second[gate, d])
                last = second if second != NONE else gate
                seen = sides[last] if last != NONE else nodes[start].side
                check = int(nodes[end].side != seen)
                rows.append((gate, second, d, check))
                figures.append(_figures(s, end, gate, second, check, crossings, before, after))
        first.append(len(rows))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    data = np.array(figures, dtype=np.float64).reshape(-1, 6)
    return Itineraries(
        np.array(first, dtype=np.int64),
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.int32),
        table[:, 3].astype(np.int8),
        *(np.ascontiguousarray(column) for column in data.T),
    )


def _pick(costs: NDArray[np.float64], sides: Sequence[str], goal: str, k: int) -> list[int]:
    """First crossings to keep, cheapest first; the last of costs is the path without a crossing."""
    kept: list[int] = []
    into, through = 0, set[str]()
    for g in np.argsort(costs, kind="stable"):
        if not np.isfinite(costs[g]):
            break
        if g == len(sides):
            kept.append(NONE)
        elif sides[g] == goal and into < k:
            kept.append(int(g))
            into += 1
        elif sides[g] != goal and sides[g] not in through and len(through) < k:
            kept.append(int(g))
            through.add(sides[g])
    return kept


def _figures(
    s: int,
    end: int,
    gate: int,
    second: int,
    check: int,
    crossings: Sequence[int],
    before: _Paths,
    after: _Paths,
) -> tuple[float, ...]:
    """Hours to the gate, between the gates and to the end; fares of both borders; km."""
    if gate == NONE:
        return (0.0, 0.0, before.hours[s, end], before.fare[s, end], 0.0, before.km[s, end])
    node = crossings[gate]
    hours, fare, km = before.hours[s, node], before.fare[s, node], before.km[s, node]
    if second == NONE:
        rest = after.fare_on[gate, end]
        fare += after.fare_out[gate, end] + (0.0 if check else rest)
        km += after.km[gate, end]
        return (hours, 0.0, after.hours[gate, end], fare, rest if check else 0.0, km)
    node = crossings[second]
    return (
        hours,
        after.hours[gate, node],
        after.hours[second, end],
        fare + after.fare_out[gate, node],
        after.fare_on[gate, node] + after.fare[second, end],
        km + after.km[gate, node] + after.km[second, end],
    )
