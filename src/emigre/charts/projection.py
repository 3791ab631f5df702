"""Projection of maps: Lambert azimuthal equal-area."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from emigre.charts import flows
from emigre.numerics.array_types import F64

_PAD = 0.07
"""Margin on each side, in widths and heights of the picture."""


@dataclass(frozen=True, slots=True)
class View:
    """A Lambert azimuthal equal-area picture around a middle, in radii of the Earth.

    Snyder 1987, Map projections: a working manual (USGS 1395), equations 24-2 to 24-4.
    """

    lon: float
    lat: float
    box: tuple[float, float, float, float]

    @classmethod
    def around(cls, lon: F64, lat: F64) -> Self:
        """The smallest picture that holds points, with a margin. lon, lat: degrees, (n,)."""
        middle = flows.to_degrees(flows.to_vector(lon, lat).mean(axis=1))
        centre = float(middle[0]), float(middle[1])
        x, y = project(lon, lat, *centre)
        wide, high = max(float(np.ptp(x)), 0.02), max(float(np.ptp(y)), 0.02)
        # Neither a ribbon nor a tower: height between 1/2 and 3/4 of the width.
        high, wide = max(high, 0.5 * wide), max(wide, high / 0.75)
        mx, my = float(x.max() + x.min()) / 2, float(y.max() + y.min()) / 2
        half = (0.5 + _PAD) * wide, (0.5 + _PAD) * high
        return cls(*centre, (mx - half[0], my - half[1], mx + half[0], my + half[1]))

    def holds(self, lon: F64, lat: F64, margin: float = 0.0) -> NDArray[np.bool_]:
        """Whether points lie in the picture. lon, lat: degrees, (n,) -> (n,).

        ``margin`` is added on each side, in widths and heights of the picture.
        """
        x, y = project(lon, lat, self.lon, self.lat)
        west, south, east, north = self.box
        wide, high = margin * (east - west), margin * (north - south)
        is_inside = (x >= west - wide) & (x <= east + wide)
        return np.asarray(is_inside & (y >= south - high) & (y <= north + high))

    def shares(self, lon: F64, lat: F64) -> F64:
        """Positions of points from the south-west, in widths of the picture; degrees, (2, n)."""
        west, south, east, _ = self.box
        x, y = project(lon, lat, self.lon, self.lat)
        return np.array([x - west, y - south]) / (east - west)

    @property
    def aspect(self) -> float:
        """Height over width."""
        west, south, east, north = self.box
        return (north - south) / (east - west)

    def projection(self) -> dict[str, Any]:
        """The Vega-Lite projection, scaled to the width and height of the picture."""
        west, south, east, north = self.box
        scale = f"min(width / {east - west:.6f}, height / {north - south:.6f})"
        x, y = (west + east) / 2, (south + north) / 2
        return {
            "type": "azimuthalEqualArea",
            "rotate": [round(-self.lon, 4), round(-self.lat, 4), 0],
            "scale": {"expr": scale},
            "translate": {
                "expr": f"[width / 2 - {scale} * {x:.6f}, height / 2 + {scale} * {y:.6f}]"
            },
        }


def project(lon: F64, lat: F64, lon0: float, lat0: float) -> tuple[F64, F64]:
    """Points in radii of the Earth from a middle. lon, lat: degrees, (n,) -> (n,), (n,)."""
    a, b, b0 = np.radians(lon - lon0), np.radians(lat), np.radians(lat0)
    towards = 1 + np.sin(b0) * np.sin(b) + np.cos(b0) * np.cos(b) * np.cos(a)
    k = np.sqrt(2 / np.maximum(towards, 1e-9))
    y = np.cos(b0) * np.sin(b) - np.sin(b0) * np.cos(b) * np.cos(a)
    return k * np.cos(b) * np.sin(a), k * y
