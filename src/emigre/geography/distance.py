"""Distances over the globe, and what they say beside the km of roads.

Great-circle distance of two places (haversine formula, Sinnott 1984, Sky and Telescope 68, 158),
with p latitude, q longitude in radians and R the mean radius of the Earth (IUGG):

    h = sin^2((p2 - p1) / 2) + cos p1 cos p2 sin^2((q2 - q1) / 2)      d = 2 R asin(sqrt(h))

A list of roads is never complete, and people on foot leave them: the km of the shortest way on it
are an upper bound of the distance, the great circle is a lower one. With weight s on the latter

    km_effective = km^(1 - s) * d^s          s = 0: roads alone; 1: great circle alone

Where the coordinates say more than the road, or less than a tenth of it, they are wrong, and the
road holds. (Real roads are 1.2 to 2.5 times the great circle, rarely 5 times.)
"""

from __future__ import annotations

import math

EARTH_KM = 6371.0088
LEAST_KM = 1.0
"""Places are no points: nothing is nearer than this."""

MOST_DETOUR = 10.0
"""Roads are never longer than that many times the great circle."""

Point = tuple[float | None, float | None]
"""Latitude and longitude in degrees; None if not known."""


def great_circle_km(a: Point, b: Point) -> float | None:
    """Kilometres from one place to another; None if a coordinate is not known."""
    (lat_1, lon_1), (lat_2, lon_2) = a, b
    if lat_1 is None or lon_1 is None or lat_2 is None or lon_2 is None:
        return None
    p, r = math.radians(lat_1), math.radians(lat_2)
    h = math.sin((r - p) / 2.0) ** 2
    h += math.cos(p) * math.cos(r) * math.sin(math.radians(lon_2 - lon_1) / 2.0) ** 2
    return 2.0 * EARTH_KM * math.asin(min(math.sqrt(h), 1.0))


def effective_km(km: float, a: Point, b: Point, share: float) -> float:
    """``km`` of the way from a to b and the great circle between them, weighted ``share``."""
    straight = great_circle_km(a, b) if share > 0.0 else None
    if straight is None or not km / MOST_DETOUR <= straight <= km:
        return km
    return float(km ** (1.0 - share) * min(max(straight, LEAST_KM), km) ** share)
