"""Reference implementation of the itineraries: every simple path is tried."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Path:
    """Legs one after the other."""

    legs: list[Any] = field(default_factory=list)

    def total(self, name: str) -> float:
        return sum(getattr(g, name) for g in self.legs)


def before_crossing(nodes: Sequence[Any], leg: Any) -> bool:
    """Legs of the way up to the first crossing: within reach of it on the side that is left."""
    a, b = nodes[leg.start], nodes[leg.end]
    if b.kind == "crossing":
        return a.kind != "crossing" and a.side == b.exit_side
    return a.kind != "crossing" or b.side == a.exit_side


def beyond_crossing(nodes: Sequence[Any], leg: Any) -> bool:
    """Legs once a crossing is behind: no origin again, and not back over the crossing."""
    a, b = nodes[leg.start], nodes[leg.end]
    if "origin" in (a.kind, b.kind):
        return False
    if b.kind == "crossing":
        return a.kind == "crossing" or a.side == b.exit_side
    return a.kind != "crossing" or b.side != a.exit_side


def paths(
    nodes: Sequence[Any],
    legs: Sequence[Any],
    source: int,
    target: int,
    allowed: Callable[[Sequence[Any], Any], bool],
) -> Iterator[Path]:
    """All simple paths that pass no crossing between their ends."""

    def walk(at: int, seen: frozenset[int], sofar: list[Any]) -> Iterator[Path]:
        if at == target and sofar:
            yield Path(sofar)
            return
        if at != source and nodes[at].kind == "crossing":
            return
        for leg in legs:
            if leg.start == at and leg.end not in seen and allowed(nodes, leg):
                yield from walk(leg.end, seen | {leg.end}, [*sofar, leg])

    if source == target:
        yield Path([])
        return
    yield from walk(source, frozenset([source]), [])


def cheapest(result: Iterator[Path]) -> Path | None:
    """None if there is no path."""
    return min(result, key=lambda p: p.total("cost"), default=None)


def ways(
    nodes: Sequence[Any], legs: Sequence[Any], start: int, end: int, k: int, borders: int = 2
) -> list[dict[str, Any]]:
    """The ways kept from a start to an end, cheapest first, each by its own first crossing.

    The way without a crossing; those of the k cheapest points whose first crossing leads into the
    country of the end; and of those that lead into other countries those of the cheapest point of
    each, for k countries. A point is a crossing or its lanes. Then, with more than two borders, the
    ways round.
    """
    result = chains(nodes, legs, start, end, borders)
    direct = cheapest(paths(nodes, legs, start, end, before_crossing))
    by_crossing = (
        [described(nodes, start, end, [direct], [], borders)] if direct is not None else []
    )
    firsts = {way["chain"][0] for way in result}
    by_crossing += [next(w for w in result if w["chain"][0] == first) for first in firsts]
    by_crossing.sort(key=lambda w: w["cost"])
    goal = nodes[end].side
    kept = [w for w in by_crossing if not w["chain"]]
    others = [w for w in by_crossing if w["chain"]]
    into = [w for w in others if nodes[w["chain"][0]].side == goal]
    points = list(dict.fromkeys(point_of(nodes, w) for w in into))[:k]
    by_country: dict[str, Any] = {}
    for way in others:
        if nodes[way["chain"][0]].side != goal:
            by_country.setdefault(nodes[way["chain"][0]].side, point_of(nodes, way))
    points += list(by_country.values())[:k]
    kept += [w for w in others if point_of(nodes, w) in points]
    kept.sort(key=lambda w: w["cost"])
    return kept + (ways_round(nodes, result, kept, start, k) if borders > 2 else [])


def point_of(nodes: Sequence[Any], way: dict[str, Any]) -> Any:
    """The first crossing, or that of which it is a lane."""
    return nodes[way["chain"][0]].point or way["chain"][0]


def ways_round(
    nodes: Sequence[Any],
    result: Sequence[dict[str, Any]],
    kept: Sequence[dict[str, Any]],
    start: int,
    k: int,
) -> list[dict[str, Any]]:
    """The cheapest way through each crossing that no way kept passes; no country twice."""
    passed = {g for w in kept for g in w["chain"]}
    best = {g: next((w for w in result if g in w["chain"]), None) for g in range(len(nodes))}
    more: list[dict[str, Any]] = []
    for way in result:
        if not any(way is w for w in best.values()) or len(more) == k:
            continue
        home = nodes[start].exit_side or nodes[start].side
        sides = [home]
        for g in way["chain"]:
            if nodes[g].side != sides[-1]:
                sides.append(nodes[g].side)
        if len(set(sides)) == len(sides) and set(way["chain"]) - passed:
            more.append(way)
            passed |= set(way["chain"])
    return more


def chains(
    nodes: Sequence[Any], legs: Sequence[Any], start: int, end: int, borders: int
) -> list[dict[str, Any]]:
    """Every sequence of crossings, joined by the cheapest paths; cheapest first."""
    crossings = [i for i, n in enumerate(nodes) if n.kind == "crossing"]
    hops = {
        (a, b): cheapest(paths(nodes, legs, a, b, beyond_crossing))
        for a in crossings
        for b in (*crossings, end)
        if a != b
    }
    collected = []

    def walk(chain: list[int], parts: list[Path]) -> None:
        if (on := hops[chain[-1], end]) is not None:
            collected.append(described(nodes, start, end, [*parts, on], chain, borders))
        for following in crossings if len(chain) < borders else []:
            hop = hops.get((chain[-1], following))
            if hop is not None:
                walk([*chain, following], [*parts, hop])

    for first in crossings:
        to_crossing = cheapest(paths(nodes, legs, start, first, before_crossing))
        if to_crossing is not None:
            walk([first], [to_crossing])
    return sorted(collected, key=lambda w: w["cost"])


def described(
    nodes: Sequence[Any],
    start: int,
    end: int,
    parts: Sequence[Path],
    chain: Sequence[int],
    borders: int,
) -> dict[str, Any]:
    """A way in the words of the engine; chain as node numbers."""
    last_side = nodes[chain[-1]].side if chain else nodes[start].side
    check = int(nodes[end].side != last_side)
    hours = [p.total("hours") for p in parts]
    fares = [0.0] * (borders + 1)
    fares[0] = parts[0].total("fare")
    for b, part in enumerate(parts[1:]):
        for i, leg in enumerate(part.legs):
            leads_out = i == 0 and nodes[leg.end].kind != "crossing"
            ahead = b + 1 < len(chain) or (check and b + 1 < borders)
            fares[b if leads_out or not ahead else b + 1] += leg.fare
    return {
        "cost": math.fsum(p.total("cost") for p in parts),
        "chain": list(chain),
        "check": check,
        "hours": [*hours[:-1], *[0.0] * (borders - len(chain)), hours[-1]],
        "fares": fares[:borders],
        "km": sum(p.total("km") for p in parts),
    }
