"""Plain twin of the itineraries: every simple path is tried."""

from __future__ import annotations

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


def before_gate(nodes: Sequence[Any], leg: Any) -> bool:
    """Legs of the way up to the first crossing: within reach of it on the side that is left."""
    a, b = nodes[leg.start], nodes[leg.end]
    if b.kind == "crossing":
        return a.kind != "crossing" and a.side == b.exit_side
    return a.kind != "crossing" or b.side == a.exit_side


def beyond_gate(nodes: Sequence[Any], leg: Any) -> bool:
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


def cheapest(found: Iterator[Path]) -> Path | None:
    """None if there is no path."""
    return min(found, key=lambda p: p.total("cost"), default=None)


def ways(
    nodes: Sequence[Any], legs: Sequence[Any], start: int, end: int, k: int
) -> list[dict[str, Any]]:
    """The ways kept from a start to an end, cheapest first, each by its own first crossing.

    The way without a crossing; the k cheapest whose first crossing leads into the country of the
    end; and of those that lead into other countries the cheapest of each, for k countries.
    """
    crossings = [i for i, n in enumerate(nodes) if n.kind == "crossing"]
    found = []
    direct = cheapest(paths(nodes, legs, start, end, before_gate))
    if direct is not None:
        found.append(described(nodes, start, end, [direct], []))
    for first in crossings:
        to_gate = cheapest(paths(nodes, legs, start, first, before_gate))
        if to_gate is None:
            continue
        options = []
        on = cheapest(paths(nodes, legs, first, end, beyond_gate))
        if on is not None:
            options.append(described(nodes, start, end, [to_gate, on], [first]))
        for second in crossings:
            if second == first:
                continue
            hop = cheapest(paths(nodes, legs, first, second, beyond_gate))
            on = cheapest(paths(nodes, legs, second, end, beyond_gate))
            if hop is not None and on is not None:
                options.append(described(nodes, start, end, [to_gate, hop, on], [first, second]))
        if options:
            found.append(min(options, key=lambda w: w["cost"]))
    found.sort(key=lambda w: w["cost"])
    goal = nodes[end].side
    none = [w for w in found if w["gate"] < 0]
    into = [w for w in found if w["gate"] >= 0 and nodes[w["gate"]].side == goal]
    by_country: dict[str, dict[str, Any]] = {}
    for way in found:
        if way["gate"] >= 0 and nodes[way["gate"]].side != goal:
            by_country.setdefault(nodes[way["gate"]].side, way)
    kept = [*none, *into[:k], *list(by_country.values())[:k]]
    return sorted(kept, key=lambda w: w["cost"])


def described(
    nodes: Sequence[Any], start: int, end: int, parts: Sequence[Path], gates: Sequence[int]
) -> dict[str, Any]:
    """A way in the words of the engine; gates as node numbers."""
    hours = [p.total("hours") for p in parts]
    last_side = nodes[gates[-1]].side if gates else nodes[start].side
    check = int(nodes[end].side != last_side)
    beyond = [g for p in parts[1:] for g in p.legs]
    straight = len(gates) > 1 and beyond[0].end == gates[1]
    second = beyond[0 if straight else 1 :] if len(gates) + check > 1 else []
    fares = math.fsum(g.fare for p in parts for g in p.legs)
    of_second = math.fsum(g.fare for g in second) if gates else 0.0
    return {
        "cost": math.fsum(p.total("cost") for p in parts),
        "gate": gates[0] if gates else -1,
        "gate_2": gates[1] if len(gates) > 1 else -1,
        "check": check,
        "hours_to_gate": hours[0] if gates else 0.0,
        "hours_between": hours[1] if len(gates) > 1 else 0.0,
        "hours_to_end": hours[-1],
        "fare": fares - of_second,
        "fare_2": of_second,
        "km": sum(p.total("km") for p in parts),
    }
