"""Derive charts/outlines.json, the outlines of countries on maps, from Natural Earth.

    pip install shapely pycountry
    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python scripts/derive_outlines.py package/countries-50m.json

The package world-atlas (ISC licence) contains Natural Earth's countries 1:50 million, version 4.1,
which are in the public domain. The script removes small islands and Antarctica, simplifies lines
(neighbours still share them), replaces numbers of countries by ISO 3166 codes, and draws Crimea as
part of Ukraine, following resolution 68/262 of the General Assembly of the United Nations; Natural
Earth draws who is in control.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pycountry
from shapely.geometry import LineString, Point, Polygon

TARGET = Path(__file__).resolve().parents[1] / "src/emigre/charts/outlines.json"
SIMFEROPOL = Point(34.1, 44.95)
LEFT_OUT = ("Antarctica",)
SMALLEST = 0.03
"""Square degrees: smaller islands are left out unless they are the largest of their country."""
TOLERANCE = 0.04
"""Degrees by which a simplified line may be off."""
CELLS_PER_DEGREE = 50

Line = list[tuple[float, float]]


class Atlas:
    """A topology: lines in degrees, and countries as rings of line numbers."""

    def __init__(self, topology: dict[str, Any]) -> None:
        (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
        self.lines: list[Line] = []
        for arc in topology["arcs"]:
            x = y = 0
            line = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                line.append((x * sx + tx, y * sy + ty))
            self.lines.append(line)
        self.countries: dict[str, list[list[list[int]]]] = {}
        self.properties: dict[str, dict[str, Any]] = {}
        for geometry in topology["objects"]["countries"]["geometries"]:
            name = geometry["properties"]["name"]
            if name not in LEFT_OUT:
                several = geometry["type"] == "MultiPolygon"
                self.countries[name] = geometry["arcs"] if several else [geometry["arcs"]]
                self.properties[name] = names(geometry.get("id"), name)

    def ring(self, numbers: list[int]) -> Line:
        """The points of a ring; a line with a negative number is reversed."""
        points: Line = []
        for number in numbers:
            line = self.lines[number] if number >= 0 else self.lines[~number][::-1]
            points += line if not points else line[1:]
        return points

    def area(self, polygon: list[list[int]]) -> float:
        """Size of a polygon in square degrees, roughly."""
        return float(Polygon(self.ring(polygon[0])).area)

    def move_crimea(self) -> None:
        """Move Crimea from Russia to Ukraine, and remove the border between them."""
        russia = self.countries["Russia"]
        crimea = [p for p in russia if len(p) == 1 and self._contains_point(p, SIMFEROPOL)]
        ukraine = max(self.countries["Ukraine"], key=self.area)
        shared = [n for n in ukraine[0] if crimea and ~n in crimea[0][0]]
        if len(crimea) != 1 or len(shared) != 1:
            sys.exit("Crimea is not what it was in version 4.1")
        russia.remove(crimea[0])
        at, back = ukraine[0].index(shared[0]), crimea[0][0].index(~shared[0])
        around = crimea[0][0][back + 1 :] + crimea[0][0][:back]
        ukraine[0][at : at + 1] = around

    def _contains_point(self, polygon: list[list[int]], point: Point) -> bool:
        ring = self.ring(polygon[0])
        return len(ring) < 2000 and bool(Polygon(ring).contains(point))

    def drop_islets(self) -> None:
        """Remove parts too small to be seen, but not the largest of a country."""
        for name, polygons in self.countries.items():
            largest = max(polygons, key=self.area)
            self.countries[name] = [p for p in polygons if p is largest or self.area(p) >= SMALLEST]

    def simplify(self) -> None:
        """Reduce the number of points; ends of lines are kept, so that neighbours still fit."""
        for i, line in enumerate(self.lines):
            simple = LineString(line).simplify(TOLERANCE, preserve_topology=True)
            is_ring = line[0] == line[-1]
            if not is_ring or len(simple.coords) > 3:
                self.lines[i] = [(x, y) for x, y in simple.coords]

    def used(self) -> list[int]:
        """Numbers of the lines that some country needs."""
        polygons = [p for several in self.countries.values() for p in several]
        return sorted({n if n >= 0 else ~n for p in polygons for ring in p for n in ring})

    def topology(self) -> dict[str, Any]:
        """As TopoJSON in whole cells."""
        new = {old: i for i, old in enumerate(self.used())}
        step = 1 / CELLS_PER_DEGREE
        return {
            "type": "Topology",
            "transform": {"scale": [step, step], "translate": [-180, -90]},
            "objects": {
                "countries": {
                    "type": "GeometryCollection",
                    "geometries": list(self._geometries(new)),
                }
            },
            "arcs": [differences(self.lines[old]) for old in new],
        }

    def _geometries(self, new: dict[int, int]) -> Iterator[dict[str, Any]]:
        for name, polygons in sorted(self.countries.items()):
            points = [point for p in polygons for point in self.ring(p[0])]
            x, y = zip(*points, strict=True)
            yield {
                "type": "MultiPolygon",
                "properties": self.properties[name]
                | {"box": [round(v, 1) for v in (min(x), min(y), max(x), max(y))]},
                "arcs": [
                    [[new[n] if n >= 0 else ~new[~n] for n in ring] for ring in p] for p in polygons
                ],
            }


def differences(line: Line) -> list[list[int]]:
    """Points as whole cells, each less the one before."""
    cells: list[tuple[int, int]] = []
    for x, y in line:
        cell = round((x + 180) * CELLS_PER_DEGREE), round((y + 90) * CELLS_PER_DEGREE)
        if not cells or cell != cells[-1]:
            cells.append(cell)
    if len(cells) == 1:
        cells *= 2
    before = [(0, 0), *cells]
    return [[x - u, y - v] for (x, y), (u, v) in zip(cells, before, strict=False)]


def names(number: str | None, name: str) -> dict[str, str]:
    """The names under which scenarios may know a country: ISO 3166 in two and three letters."""
    known = pycountry.countries.get(numeric=number or "")
    if known is None:
        return {"code": "", "alpha3": "", "name": name}
    full = getattr(known, "common_name", known.name)
    return {"code": known.alpha_2, "alpha3": known.alpha_3, "name": full}


def main(source: str) -> None:
    """Write the file beside the charts."""
    atlas = Atlas(json.loads(Path(source).read_text("utf-8")))
    atlas.move_crimea()
    atlas.drop_islets()
    atlas.simplify()
    text = json.dumps(atlas.topology(), separators=(",", ":"), ensure_ascii=False)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(atlas.countries)} countries, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
