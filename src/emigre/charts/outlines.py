"""Outlines of countries, from a small file derived from Natural Earth (outlines-NOTICE.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOTICE = (
    "Outlines: Natural Earth (public domain). Boundaries imply no judgement about the status of "
    "any territory."
)
Inside = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
"""Whether points (longitude, latitude) lie in the picture."""


@cache
def topology() -> dict[str, Any]:
    """All outlines, as TopoJSON."""
    text = files(__package__).joinpath("outlines.json").read_text(encoding="utf-8")
    outlines: dict[str, Any] = json.loads(text)
    return outlines


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
    seen = [bool(inside(*_degrees(arc, world["transform"])).any()) for arc in world["arcs"]]
    kept = [shape for shape in _shapes() if _touches(shape, seen, centre)]
    used = sorted({n if n >= 0 else ~n for shape in kept for n in _numbers(shape["arcs"])})
    new = {old: i for i, old in enumerate(used)}
    return {
        "type": "Topology",
        "transform": world["transform"],
        "objects": {
            "countries": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": shape["type"], "arcs": _renumbered(shape["arcs"], new)}
                    for shape in kept
                ],
            }
        },
        "arcs": [
            _thinned(world["arcs"][old], degrees / world["transform"]["scale"][0]) for old in used
        ],
    }


def _thinned(arc: list[list[int]], cell: float) -> list[list[int]]:
    """A line with its ends and the first of its points in each square ``cell`` of steps."""
    points = np.cumsum(np.array(arc), axis=0)
    cells = points // max(cell, 1.0)
    kept = np.append(True, (np.diff(cells, axis=0) != 0).any(axis=1))
    kept[-1] = True
    few = points[kept]
    return [few[0].tolist(), *np.diff(few, axis=0).tolist()]


def _degrees(
    arc: list[list[int]], transform: dict[str, Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cells = np.cumsum(np.array(arc), axis=0)
    x, y = (cells * transform["scale"] + transform["translate"]).T
    return x, y


def _touches(shape: dict[str, Any], seen: list[bool], centre: tuple[float, float]) -> bool:
    if any(seen[n if n >= 0 else ~n] for n in _numbers(shape["arcs"])):
        return True
    west, south, east, north = shape["properties"]["box"]
    return bool(west <= centre[0] <= east and south <= centre[1] <= north)


def _numbers(arcs: Any) -> Iterable[int]:
    """All numbers of lines in nested lists."""
    if isinstance(arcs, int):
        yield arcs
    else:
        for part in arcs:
            yield from _numbers(part)


def _renumbered(arcs: Any, new: dict[int, int]) -> Any:
    if isinstance(arcs, int):
        return new[arcs] if arcs >= 0 else ~new[~arcs]
    return [_renumbered(part, new) for part in arcs]
