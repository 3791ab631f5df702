"""Itineraries from places to destinations: k shortest, distinct in their crossings.

Itineraries are computed once per scenario. An itinerary has legs to a first crossing (if any),
possibly further crossings, up to `borders` in all, and legs to the destination. For each start and
destination the following are kept, each with the cheapest path through its first crossing: the
direct path, the k cheapest crossings into the destination's country, and the k cheapest transit
countries (one crossing each: a single rule cannot close them all). Lanes of one crossing (cars,
buses, on foot) count once among the k, but each is kept as an itinerary. If itineraries may have
more than two crossings, a rule at a later crossing must leave an alternative too: the cheapest path
through each crossing on none of these is also kept, up to k (single-via paths: Abraham, Delling,
Goldberg and Werneck 2013), unless it enters a country twice. With H the cost from crossing to
crossing and D from a crossing to the destination, the cost after crossing x with at most n more
crossings is
    C_0(x) = D(x)      C_n(x) = min( D(x), min_y H(x, y) + C_{n-1}(y) )
The generalised cost of a leg is
    cost = time_weight * hours + cost_weight * fare / savings   (km if both weights are 0)
with the mean savings of the country of origin, so that all groups share one set of itineraries.

A start is an origin, a crossing (on the side that is left) or a country. Itineraries never pass
through an origin after a crossing.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emigre.geography.shortest_paths import cheapest_paths
from emigre.numerics.array_types import F64, I64

NONE = -1
_LEAST_COST = 1e-12
"""Of a leg, so that of paths that cost nothing the one with the fewest legs is the cheapest."""


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
class FoundWays:
    """Itineraries grouped by start: those of start s are rows first[s] to first[s + 1] (exclusive).

    With B crossings at most, crossings (I, B): crossing numbers in their order, -1 after the last.
    check: 1 if the destination checks entry on arrival, which it does if no crossing into its
    country comes last. hours (I, B + 1): to each crossing; the last column: to the destination.
    fares (I, B), euro per person: those of each border, which are the legs into it and the leg out
    of it, and after the last border all legs. A border is a crossing, or the destination if it
    checks entry on arrival (after B crossings it has no column and shares that of the last).
    """

    first: I64
    crossings: NDArray[np.int32]
    destination: NDArray[np.int32]
    check: NDArray[np.int8]
    hours: F64
    fares: F64
    km: F64


@dataclass(frozen=True, slots=True)
class _Paths:
    """Cost, hours, km and fares of the cheapest paths from some sources to some targets.

    fare is the sum of fare_out (the first leg) and fare_on (all other legs). A first leg that leads
    straight into a `stop` node counts as one of the others.
    """

    cost: F64
    hours: F64
    km: F64
    fare_out: F64
    fare_on: F64
    fare: F64


def find(nodes: Sequence[Node], legs: Sequence[Leg], k: int, borders: int = 2) -> FoundWays:
    """Itineraries kept for each start and destination (k of each kind), over at most `borders`.

    Starts are all origins, then all crossings, then all countries and camps, each in node order;
    destinations are the countries and camps in node order; crossings are numbered in node order.
    """
    origins = [i for i, n in enumerate(nodes) if n.kind == "origin"]
    crossings = [i for i, n in enumerate(nodes) if n.kind == "crossing"]
    ends = [i for i, n in enumerate(nodes) if n.kind in ("country", "camp")]
    starts, targets = origins + crossings + ends, crossings + ends
    is_stop = np.array([n.kind == "crossing" for n in nodes], bool)
    first = [leg for leg in legs if _is_before(nodes, leg)]
    later = [leg for leg in legs if _is_after(nodes, leg)]
    before = _shortest(first, starts, targets, is_stop)
    after = _shortest(later, crossings, targets, is_stop)
    chains = _chains(after, crossings, borders)
    return _keep_cheapest(_Network(nodes, starts, crossings, ends, before, after, chains), k)


def union(networks: Sequence[FoundWays]) -> tuple[FoundWays, NDArray[np.bool_]]:
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


def _described(each: FoundWays) -> F64:
    """Start, destination, check, crossings, hours, fares and km of each itinerary, as rows."""
    start = np.repeat(np.arange(len(each.first) - 1), np.diff(each.first))
    columns = (start, each.destination, each.check, each.crossings, each.hours, each.fares, each.km)
    return np.column_stack(columns).astype(np.float64)


def _of_rows(rows: F64, n_starts: int, borders: int) -> FoundWays:
    """The itineraries of rows like those of :func:`_described`, sorted by start."""
    start, destination, check, *_ = rows.T
    sizes = [borders, borders + 1, borders]
    crossings, hours, fares, km = np.split(rows[:, 3:], np.cumsum(sizes), axis=1)
    return FoundWays(
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
    legs: Sequence[Leg], sources: Sequence[int], targets: Sequence[int], is_stop: NDArray[np.bool_]
) -> _Paths:
    """Cheapest paths that do not continue through a stop node (except as their source)."""
    start, end = np.array([(g.start, g.end) for g in legs], np.int64).reshape(-1, 2).T
    cost, hours, km, fare = (
        np.array([getattr(g, name) for g in legs], np.float64)
        for name in ("cost", "hours", "km", "fare")
    )
    out = np.where(is_stop[end], 0.0, fare)
    figures = [(hours, km, out, fare - out), (hours, km, np.zeros_like(fare), fare)]
    paths, sums = cheapest_paths(
        start,
        end,
        np.maximum(cost, _LEAST_COST),
        np.array(figures).transpose(0, 2, 1),
        np.array(sources, np.int64),
        np.array(targets, np.int64),
        is_stop,
    )
    hours, km, out, on = np.moveaxis(sums, 2, 0)
    return _Paths(paths, hours, km, out, on, out + on)


@dataclass(frozen=True, slots=True)
class _Chains:
    """Cheapest continuations after each crossing.

    Of item n, with at most n more crossings: cost (X, D) to each destination, and the next crossing
    (or -1). hop: cost (X, X) from crossing to crossing.
    """

    cost: list[F64]
    following: list[I64]
    hop: F64

    def beyond(self, crossing: int, end: int, more: int) -> list[int]:
        """At most `more` crossings after a crossing, those of the cheapest continuation."""
        chain = []
        while more > 0 and (crossing := int(self.following[more][crossing, end])) != NONE:
            chain.append(crossing)
            more -= 1
        return chain

    def from_first(self, first: I64, end: I64) -> I64:
        """Crossings (n, borders) from a first one (or NONE) on, those of the cheapest path."""
        chain = [first]
        for following in self.following[:0:-1]:
            some = chain[-1] != NONE
            chain.append(np.full(len(first), NONE))
            chain[-1][some] = following[chain[-2][some], end[some]]
        return np.column_stack(chain)


def _chains(after: _Paths, crossings: list[int], borders: int) -> _Chains:
    """Cheapest continuations after each crossing, with at most borders - 1 more crossings."""
    hop, direct = (part.copy() for part in np.split(after.cost, [len(crossings)], axis=1))
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


def _keep_cheapest(network: _Network, k: int) -> FoundWays:
    """The itineraries kept for every start and destination."""
    nodes, before, chains = network.nodes, network.before, network.chains
    borders = len(chains.cost)
    sides = [nodes[x].side for x in network.crossings]
    lanes = _Lanes(network)
    rows = [np.zeros((0, 2 + borders), np.int64)]
    for s, start in enumerate(network.starts):
        to_crossing, to_end = np.split(before.cost[s], [len(network.crossings)])
        d, first = lanes.pick(np.vstack([to_crossing[:, None] + chains.cost[-1], to_end]), k)
        chain = chains.from_first(first, d)
        if borders > 2:
            reach = _forward(to_crossing, chains.hop, borders)
            home = nodes[start].exit_side or nodes[start].side
            d, chain = _with_detours(d, chain, reach, chains, home, sides, k)
        kept = np.column_stack([np.full(len(d), s), d, chain])
        rows.append(kept[np.array(network.ends, np.int64)[d] != start])
    return _measured(network, np.concatenate(rows))


class _Lanes:
    """Crossings by the side that they enter and by point; lanes of one crossing share both."""

    def __init__(self, network: _Network) -> None:
        nodes, ends = network.nodes, network.ends
        keys = [(nodes[x].side, nodes[x].point or str(x)) for x in network.crossings]
        points = sorted(set(keys))
        sides = [side for side, _ in points]
        self._point = np.array([points.index(key) for key in keys], np.int64)
        self._side = np.unique(sides, return_inverse=True)[1].astype(np.int64)
        self._into = np.array([[side == nodes[end].side for end in ends] for side in sides], bool)

    def pick(self, costs: F64, k: int) -> tuple[I64, I64]:
        """Destination and first crossing (NONE: none) of what is kept, from costs (X + 1, D)."""
        order = np.argsort(costs, axis=0, kind="stable")
        never = len(costs)
        rank = np.where(np.isfinite(costs), np.argsort(order, axis=0), never)
        kept = rank < never
        if self._point.size:
            first = _least(rank[:-1], self._point)
            into = np.where(self._into, first, never)
            through = np.where(self._into, never, first)
            by_side = _least(through, self._side)
            through[through > by_side[self._side]] = never
            kept[:-1] &= (_cheapest(into, k, never) | _cheapest(through, k, never))[self._point]
        d, position = np.nonzero(np.take_along_axis(kept, order, axis=0).T)
        crossing = order[position, d]
        return d, np.where(crossing == never - 1, NONE, crossing)


def _least(rank: I64, group: I64) -> I64:
    """Least rank of the rows of each group: (groups, D)."""
    least = np.full((group.max() + 1, rank.shape[1]), rank.max(initial=0))
    np.minimum.at(least, group, rank)
    return least


def _cheapest(rank: I64, k: int, never: int) -> NDArray[np.bool_]:
    """Whether each rank is among the k least of its column."""
    return (rank < never) & (np.argsort(np.argsort(rank, axis=0), axis=0) < k)


def _forward(to_crossing: F64, hop: F64, borders: int) -> list[tuple[F64, list[list[int]]]]:
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


def _with_detours(
    d: I64,
    chain: I64,
    reach: Sequence[tuple[F64, list[list[int]]]],
    chains: _Chains,
    home: str,
    sides: Sequence[str],
    k: int,
) -> tuple[I64, I64]:
    """Destinations and chains of crossings, each destination's detours after its own."""
    borders = chain.shape[1]
    to, more = [], []
    for end in range(chains.cost[0].shape[1]):
        kept = [[x for x in each if x != NONE] for each in chain[d == end].tolist()]
        for detour in _detours(kept, reach, chains, end, home, sides, k):
            to.append(end)
            more.append([*detour, *[NONE] * (borders - len(detour))])
    d = np.concatenate([d, np.array(to, np.int64)])
    chain = np.concatenate([chain, np.array(more, np.int64).reshape(-1, borders)])
    order = np.argsort(d, kind="stable")
    return d[order], chain[order]


def _detours(
    kept: Sequence[list[int]],
    reach: Sequence[tuple[F64, list[list[int]]]],
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


def _measured(network: _Network, rows: I64) -> FoundWays:
    """Itineraries with hours, fares and km; rows: start, destination and crossings of each."""
    before, after = network.before, network.after
    (s, d), chain = rows[:, :2].T, rows[:, 2:]
    n, borders = chain.shape
    stop, end = np.array([*network.crossings, NONE])[chain], np.array(network.ends, np.int64)[d]
    side = np.unique([node.side for node in network.nodes], return_inverse=True)[1]
    last = np.array(network.starts, np.int64)[s]  # the last node before the destination's country
    for b in range(borders):
        last = np.where(stop[:, b] == NONE, last, stop[:, b])
    check = side[end] != side[last]
    hours, fares = np.zeros((n, borders + 1)), np.zeros((n, borders))
    each, direct = np.arange(n), chain[:, 0] == NONE
    column = np.zeros(len(network.nodes), np.int64)
    column[[*network.crossings, *network.ends]] = np.arange(before.cost.shape[1])
    ahead = column[np.where(direct, end, stop[:, 0])]
    hours[each, np.where(direct, borders, 0)] = before.hours[s, ahead]
    fares[:, 0], km = before.fare[s, ahead], before.km[s, ahead]
    for b in range(borders):
        i = np.flatnonzero(chain[:, b] != NONE)
        crossing = chain[i, b]
        following = stop[i, b + 1] if b + 1 < borders else np.full(len(i), NONE)
        is_last = following == NONE
        ahead = column[np.where(is_last, end[i], following)]
        hours[i, np.where(is_last, borders, b + 1)] = after.hours[crossing, ahead]
        km[i] += after.km[crossing, ahead]
        fares[i, b] += after.fare_out[crossing, ahead]
        own = is_last & ~(check[i] & (b + 1 < borders))  # the border pays the leg to the end
        fares[i, np.where(own, b, b + 1)] += after.fare_on[crossing, ahead]
    table = np.column_stack([s, d, check, chain, hours, fares, km])
    return _of_rows(table, len(network.starts), borders)
