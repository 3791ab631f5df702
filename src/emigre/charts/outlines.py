"""Outlines of countries, from a small file derived from Natural Earth (outlines-NOTICE.md)."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64

NOTICE = (
    "Outlines: Natural Earth (public domain). Boundaries imply no judgement about the status of "
    "any territory."
)
Inside = Callable[[F64, F64], NDArray[np.bool_]]
"""Whether points (longitude, latitude) lie in the picture."""


@cache
def topology() -> dict[str, Any]:
    """All outlines, as TopoJSON."""
    text = files(__package__).joinpath("outlines.json").read_text(encoding="utf-8")
    outlines: dict[str, Any] = json.loads(text)
    return outlines


class Lines(NamedTuple):
    """Points of all lines of the outlines, one line after the other, in steps of their grid."""

    points: I64  # (n, 2)
    first: I64  # (lines + 1) first point of each line


@cache
def lines() -> Lines:
    """All lines, which TopoJSON holds as differences of successive points."""
    arcs = topology()["arcs"]
    steps = np.array(list(chain.from_iterable(arcs)), np.int64)
    first = np.cumsum([0, *map(len, arcs)])
    points = steps.cumsum(axis=0)
    before = (points - steps)[first[:-1]]
    return Lines(points - np.repeat(before, np.diff(first), axis=0), first)


def _shapes() -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = topology()["objects"]["countries"]["geometries"]
    return shapes


def _key(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().casefold()


def known(names: Iterable[str]) -> bool:
    """Whether most of these are countries of the Earth: by ISO code of 2 or 3 letters, or name."""
    there = {_key(v) for s in _shapes() for k, v in s["properties"].items() if k != "box" and v}
    wanted = {_key(name) for name in names}
    return 2 * len(wanted & there) > len(wanted)


def within(inside: Inside, centre: tuple[float, float], degrees: float = 0.0) -> dict[str, Any]:
    """The outlines that touch the picture, as TopoJSON with the object ``countries``.

    ``centre`` (longitude, latitude) is the middle of the picture: a country that holds all of it
    may have no point in it. Of successive points in a cell of ``degrees`` only the first is kept.
    """
    world = topology()
    points, first = lines()
    x, y = (points * world["transform"]["scale"] + world["transform"]["translate"]).T
    seen = np.logical_or.reduceat(inside(x, y), first[:-1]).tolist()
    kept = [shape for shape in _shapes() if _touches(shape, seen, centre)]
    used = sorted({n for shape in kept for n in _numbers(shape["arcs"])})
    new = {old: i for i, old in enumerate(used)}
    thin = _thinned(degrees / world["transform"]["scale"][0])
    shapes = [{"type": s["type"], "arcs": _renumbered(s["arcs"], new)} for s in kept]
    return {
        "type": "Topology",
        "transform": world["transform"],
        "objects": {"countries": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": [thin[old] for old in used],
    }


def _thinned(cell: float) -> list[list[list[int]]]:
    """All lines, reduced to their ends and their first point in each square of ``cell`` steps."""
    points, first = lines()
    cells = points // max(cell, 1.0)
    kept = np.append(True, (np.diff(cells, axis=0) != 0).any(axis=1))
    kept[first[:-1]] = kept[first[1:] - 1] = True
    few, starts = points[kept], np.append(0, kept.cumsum())[first]
    steps = np.diff(few, axis=0, prepend=0)
    steps[starts[:-1]] = few[starts[:-1]]
    rows = steps.tolist()
    return [rows[start:end] for start, end in pairwise(starts.tolist())]


def _touches(shape: dict[str, Any], seen: list[bool], centre: tuple[float, float]) -> bool:
    if any(seen[n] for n in _numbers(shape["arcs"])):
        return True
    west, south, east, north = shape["properties"]["box"]
    return bool(west <= centre[0] <= east and south <= centre[1] <= north)


def _numbers(arcs: Any) -> Iterable[int]:
    """Numbers of all lines in nested lists; ~n is line n backwards."""
    if isinstance(arcs, int):
        yield arcs if arcs >= 0 else ~arcs
    else:
        for part in arcs:
            yield from _numbers(part)


def _renumbered(arcs: Any, new: dict[int, int]) -> Any:
    if isinstance(arcs, int):
        return new[arcs] if arcs >= 0 else ~new[~arcs]
    return [_renumbered(part, new) for part in arcs]
