"""Itineraries from places to destinations: k shortest, distinct in their crossings.

Computed once per scenario. An itinerary has legs to a first crossing (none if no crossing lies
between), possibly further crossings, up to `borders` in all, and legs to the destination. For each
start and destination these are kept, each with the cheapest path through its first crossing: the
direct path, the k cheapest crossings into the destination's country, and the k cheapest transit
countries (one crossing each, so that a single rule cannot close them all). Lanes of one crossing
(cars, buses, on foot) count once and are all kept, each as an itinerary of its own. Where an
itinerary may have more than two crossings, a rule at a later one must leave an alternative as well:
the cheapest path through each crossing on none of these is kept too, up to k (single-via paths:
Abraham, Delling, Goldberg and Werneck 2013), unless it enters a country twice. Shortest paths use
Dijkstra's algorithm (SciPy, ``scipy.sparse.csgraph``). With H the cost from crossing to crossing
and D from a crossing to the destination, the cost after crossing x with at most n more crossings is
    C_0(x) = D(x)      C_n(x) = min( D(x), min_y H(x, y) + C_{n-1}(y) )
The generalised cost of a leg is
    cost = time_weight * hours + cost_weight * fare / savings   (km if both weights are 0)
with the mean savings of the country of origin, so that all groups share one set of itineraries.

A start is an origin, a crossing (on the side that is left) or a country. Itineraries never pass
through an origin after a crossing.
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
    """A place in the network. `side` is its country, `exit_side` the country left at a crossing.

    Crossings with the same `point`, unless it is empty, are lanes of one.
    """

    kind: str
    side: str
    exit_side: str = ""
    point: str = ""


@dataclass(frozen=True, slots=True)
class Itineraries:
    """Itineraries grouped by start: those of start s are rows first[s] to first[s + 1] (exclusive).

    With B crossings at most, crossings (I, B): crossing numbers in their order, -1 after the last.
    check: 1 if the destination checks entry on arrival, which it does if no crossing into its
    country comes last. hours (I, B + 1): to each crossing; the last column: to the destination.
    fares (I, B), euro per person: those of each border, which are the legs into it and the leg out
    of it, and after the last border all legs. A border is a crossing, or the destination if it
    checks entry on arrival (after B crossings it has no column and shares that of the last).
    """

    first: NDArray[np.int64]
    crossings: NDArray[np.int32]
    destination: NDArray[np.int32]
    check: NDArray[np.int8]
    hours: NDArray[np.float64]
    fares: NDArray[np.float64]
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


def find(nodes: Sequence[Node], legs: Sequence[Leg], k: int, borders: int = 2) -> Itineraries:
    """Itineraries kept for each start and destination (k of each kind), over at most `borders`.

    Starts are all origins, then all crossings, then all countries and camps, each in node order;
    destinations are the countries and camps in node order; crossings are numbered in node order.
    """
    origins = [i for i, n in enumerate(nodes) if n.kind == "origin"]
    crossings = [i for i, n in enumerate(nodes) if n.kind == "crossing"]
    ends = [i for i, n in enumerate(nodes) if n.kind in ("country", "camp")]
    starts = origins + crossings + ends
    stop = set(crossings)
    before = _shortest(nodes, [leg for leg in legs if _is_before(nodes, leg)], starts, stop)
    after = _shortest(nodes, [leg for leg in legs if _is_after(nodes, leg)], crossings, stop)
    chains = _chains(after, crossings, ends, borders)
    return _keep_cheapest(_Network(nodes, starts, crossings, ends, before, after, chains), k)


def union(networks: Sequence[Itineraries]) -> tuple[Itineraries, NDArray[np.bool_]]:
    """Itineraries of several networks with the same nodes, each once, and whether each has them.

    Returns the itineraries, in the order of start, destination and network, and (networks, I).
    """
    if len(networks) == 1:
        return networks[0], np.ones((1, len(networks[0].km)), np.bool_)
    parts = [_described(each) for each in networks]
    rows, row = np.unique(np.concatenate(parts), axis=0, return_inverse=True)
    exists = np.zeros((len(networks), len(rows)), np.bool_)
    sizes = np.cumsum([0, *map(len, parts)])
    for number, (begin, end) in enumerate(itertools.pairwise(sizes)):
        exists[number, row.ravel()[begin:end]] = True
    return _of_rows(rows, len(networks[0].first) - 1, networks[0].crossings.shape[1]), exists


def _described(each: Itineraries) -> NDArray[np.float64]:
    """Start, destination, check, crossings, hours, fares and km of each itinerary, as rows."""
    start = np.repeat(np.arange(len(each.first) - 1), np.diff(each.first))
    columns = (start, each.destination, each.check, each.crossings, each.hours, each.fares, each.km)
    return np.column_stack(columns).astype(np.float64)


def _of_rows(rows: NDArray[np.float64], n_starts: int, borders: int) -> Itineraries:
    """The itineraries of rows like those of :func:`_described`, sorted by start."""
    start, destination, check, *_ = rows.T
    sizes = [borders, borders + 1, borders]
    crossings, hours, fares, km = np.split(rows[:, 3:], np.cumsum(sizes), axis=1)
    return Itineraries(
        np.searchsorted(start, np.arange(n_starts + 1)).astype(np.int64),
        np.ascontiguousarray(crossings, np.int32),
        destination.astype(np.int32),
        check.astype(np.int8),
        *(np.ascontiguousarray(part) for part in (hours, fares, km[:, 0])),
    )


def _is_before(nodes: Sequence[Node], leg: Leg) -> bool:
    """Whether a leg can be part of the path to the first crossing."""
    a, b = nodes[leg.start], nodes[leg.end]
    if a.kind == "crossing":
        return b.kind != "crossing" and b.side == a.exit_side
    return b.kind != "crossing" or a.side == b.exit_side


def _is_after(nodes: Sequence[Node], leg: Leg) -> bool:
    """Whether a leg can be part of the path after a crossing."""
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
    weights = np.array([max(leg.cost, 1e-12) for leg in best.values()])
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
        if source in stop:  # already at the crossing: no path to it
            cost[row, source + n] = 0.0
            sums[:, row, source + n] = 0.0
    fold = [i + n if i in stop else i for i in range(n)]
    hours, km, out, on = sums[:, :, fold]
    return _Paths(cost[:, fold], hours, km, out, on, out + on)


@dataclass(frozen=True, slots=True)
class _Chains:
    """Cheapest continuations after each crossing.

    Of item n, with at most n more crossings: cost (X, D) to each destination, and the next crossing
    (or -1). hop: cost (X, X) from crossing to crossing.
    """

    cost: list[NDArray[np.float64]]
    following: list[NDArray[np.int64]]
    hop: NDArray[np.float64]

    def beyond(self, crossing: int, end: int, more: int) -> list[int]:
        """At most `more` crossings after a crossing, those of the cheapest continuation."""
        chain = []
        while more > 0 and (crossing := int(self.following[more][crossing, end])) != NONE:
            chain.append(crossing)
            more -= 1
        return chain


def _chains(after: _Paths, crossings: list[int], ends: list[int], borders: int) -> _Chains:
    """Cheapest continuations after each crossing, with at most borders - 1 more crossings."""
    direct = after.cost[:, ends]
    hop = after.cost[:, crossings].copy()
    np.fill_diagonal(hop, np.inf)
    cost, following = [direct], [np.full(direct.shape, NONE)]
    for _ in range(borders - 1):
        if not crossings:  # no itinerary has one
            cost, following = cost * borders, following * borders
            break
        total = hop[:, :, None] + cost[-1][None, :, :]
        best = total.min(axis=1)
        following.append(np.where(direct <= best, NONE, total.argmin(axis=1)))
        cost.append(np.minimum(direct, best))
    return _Chains(cost, following, hop)


@dataclass(frozen=True, slots=True)
class _Network:
    """Nodes by role, with the cheapest paths to the first crossing and after each crossing."""

    nodes: Sequence[Node]
    starts: list[int]
    crossings: list[int]
    ends: list[int]
    before: _Paths
    after: _Paths
    chains: _Chains


def _keep_cheapest(network: _Network, k: int) -> Itineraries:
    """The itineraries kept for every start and destination."""
    nodes, ends, chains = network.nodes, network.ends, network.chains
    sides = [nodes[x].side for x in network.crossings]
    points = [nodes[x].point or str(x) for x in network.crossings]
    borders = len(chains.cost)
    rows: list[list[float]] = []
    for s, start in enumerate(network.starts):
        to_crossing, to_end = (
            network.before.cost[s, network.crossings],
            network.before.cost[s, ends],
        )
        reach = _forward(to_crossing, chains.hop, borders)
        home = nodes[start].exit_side or nodes[start].side
        costs = np.vstack([to_crossing[:, None] + chains.cost[-1], to_end])
        order = np.argsort(costs, axis=0, kind="stable").T.tolist()
        feasible = np.isfinite(costs).sum(axis=0).tolist()
        for d, end in enumerate(ends):
            if end == start:
                continue
            cheapest = order[d][: feasible[d]]
            kept = [
                [] if crossing == NONE else [crossing, *chains.beyond(crossing, d, borders - 1)]
                for crossing in _pick(cheapest, sides, points, nodes[end].side, k)
            ]
            if borders > 2:
                kept += _detours(kept, reach, chains, d, home, sides, k)
            for chain in kept:
                check = int(nodes[end].side != (sides[chain[-1]] if chain else nodes[start].side))
                padded = [*chain, *[NONE] * (borders - len(chain))]
                rows.append([s, d, check, *padded, *_figures(network, s, end, chain, check)])
    table = np.array(rows, dtype=np.float64).reshape(-1, 3 * borders + 5)
    return _of_rows(table, len(network.starts), borders)


def _pick(
    cheapest: Sequence[int], sides: Sequence[str], points: Sequence[str], goal: str, k: int
) -> list[int]:
    """First crossings to keep, of feasible ones, cheapest first; number X stands for none."""
    kept: list[int] = []
    into = set[str]()
    through: dict[str, str] = {}  # country -> the point kept there
    for x in cheapest:
        if x == len(sides):
            kept.append(NONE)
        elif sides[x] == goal:
            if points[x] in into or len(into) < k:
                kept.append(x)
                into.add(points[x])
        elif len(through) < k or sides[x] in through:
            point = through.setdefault(sides[x], points[x])
            kept += [x] if point == points[x] else []
    return kept


def _forward(
    to_crossing: NDArray[np.float64], hop: NDArray[np.float64], borders: int
) -> list[tuple[NDArray[np.float64], list[list[int]]]]:
    """Cost and crossings of the cheapest path to each crossing, with at most 1, 2, .. of them."""
    cost, chain = to_crossing, [[x] for x in range(len(to_crossing))]
    reach = [(cost, chain)]
    for _ in range(borders - 1 if len(to_crossing) else 0):
        total = cost[:, None] + hop
        best, before = total.min(axis=0), total.argmin(axis=0)
        chain = [
            chain[x] if cost[x] <= best[x] else [*chain[before[x]], x] for x in range(len(cost))
        ]
        cost = np.minimum(cost, best)
        reach.append((cost, chain))
    return reach


def _detours(
    kept: Sequence[list[int]],
    reach: Sequence[tuple[NDArray[np.float64], list[list[int]]]],
    chains: _Chains,
    end: int,
    home: str,
    sides: Sequence[str],
    k: int,
) -> list[list[int]]:
    """The cheapest route through each crossing that no kept route passes, at most k."""
    chosen: list[tuple[float, list[int]]] = []
    borders = len(reach)
    for via in range(len(sides)):
        options = [
            (float(cost[via] + chains.cost[borders - n][via, end]), [*chain[via]])
            for n, (cost, chain) in enumerate(reach, 1)
        ]
        cost, chain = min(options)
        if np.isfinite(cost):
            chain += chains.beyond(via, end, borders - len(chain))
            chosen.append((cost, chain))
    passed = {crossing for chain in kept for crossing in chain}
    more: list[list[int]] = []
    for _, chain in sorted(chosen):
        stages = itertools.groupby([home, *(sides[crossing] for crossing in chain)])
        entered = [side for side, _ in stages]  # a border inside a country does not leave it
        if len(more) < k and len(set(entered)) == len(entered) and not passed.issuperset(chain):
            more.append(chain)
            passed.update(chain)
    return more


def _figures(network: _Network, s: int, end: int, chain: Sequence[int], check: int) -> list[float]:
    """Hours to each crossing and to the end, fares of each border, and km."""
    before, after, borders = network.before, network.after, len(network.chains.cost)
    hours, fares = [0.0] * (borders + 1), [0.0] * borders
    if not chain:
        hours[-1], fares[0] = before.hours[s, end], before.fare[s, end]
        return [*hours, *fares, before.km[s, end]]
    stops = [network.crossings[crossing] for crossing in chain]
    hours[0], fares[0], km = (part[s, stops[0]] for part in (before.hours, before.fare, before.km))
    for b, crossing in enumerate(chain):
        ahead = stops[b + 1] if b + 1 < len(chain) else end
        last = ahead == end
        hours[-1 if last else b + 1] = after.hours[crossing, ahead]
        km += after.km[crossing, ahead]
        fares[b] += after.fare_out[crossing, ahead]
        onto = b if last and not (check and b + 1 < borders) else b + 1
        fares[onto] += after.fare_on[crossing, ahead]
    return [*hours, *fares, km]
