"""Great-circle distances and effective lengths of routes.

Great-circle distance of two places (haversine formula, Sinnott 1984, Sky and Telescope 68, 158),
with latitude p and longitude q in radians and the mean radius R of the Earth (IUGG):

    h = sin^2((p2 - p1) / 2) + cos p1 cos p2 sin^2((q2 - q1) / 2)      d = 2 R asin(sqrt(h))

A list of roads is never complete, and people on foot leave the roads: the shortest listed path is
an upper bound of the distance, the great circle a lower bound. With weight s of the latter

    km_effective = km^(1 - s) * d^s          s = 0: roads only; 1: great circle only

The coordinates are taken to be wrong, and the road is used, if the great circle is longer than the
road or shorter than a tenth of it. (Real roads are 1.2 to 2.5 times the great circle, rarely 5.)
"""

import math

EARTH_KM = 6371.0088
LEAST_KM = 1.0
"""Shortest distance between two places, which are not points."""

MOST_DETOUR = 10.0
"""Largest plausible ratio of road to great circle."""

Point = tuple[float | None, float | None]
"""Latitude and longitude in degrees; None if unknown."""


def great_circle_km(a: Point, b: Point) -> float | None:
    """Great-circle distance in km; None if a coordinate is unknown."""
    (lat_1, lon_1), (lat_2, lon_2) = a, b
    if lat_1 is None or lon_1 is None or lat_2 is None or lon_2 is None:
        return None
    p, r = math.radians(lat_1), math.radians(lat_2)
    h = math.sin((r - p) / 2.0) ** 2
    h += math.cos(p) * math.cos(r) * math.sin(math.radians(lon_2 - lon_1) / 2.0) ** 2
    return 2.0 * EARTH_KM * math.asin(min(math.sqrt(h), 1.0))


def effective_km(km: float, a: Point, b: Point, share: float) -> float:
    """Weighted geometric mean of ``km`` and the great circle from a to b (weight ``share``)."""
    straight = great_circle_km(a, b) if share > 0.0 else None
    if straight is None or not km / MOST_DETOUR <= straight <= km:
        return km
    return float(km ** (1.0 - share) * min(max(straight, LEAST_KM), km) ** share)
