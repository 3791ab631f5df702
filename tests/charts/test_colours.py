"""Colours with different meanings can be told apart: without hues, on paper, in dark mode."""

from itertools import pairwise

import numpy as np
import pytest

from emigre.charts import places
from emigre.charts.theme import DARK, ROLES, WAITS

SEEN = {
    "all hues": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
"""Perceived colour of linear red, green and blue (Machado, Oliveira and Fernandes 2009, severity
1)."""

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
TOLD_APART = 15
"""Distance in CIE Lab; about 2 can just be seen side by side."""

BESIDE = [
    ("series", "published"),
    ("published", "context"),
    *pairwise(WAITS),
    *((role, "land") for role in ("flow", "camp", "border", "road", *WAITS)),
    *((role, "paper") for role in ("series", "muted", "context")),
]
"""Roles that a reader compares within one chart and one shape."""


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("colours", [ROLES, DARK], ids=["light", "dark"])
def test_neighbouring_colours_are_distinguishable(colours, seen):
    for one, other in BESIDE:
        assert distance(colours[one], colours[other], seen) >= TOLD_APART, (one, other)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("colours", [ROLES, DARK], ids=["light", "dark"])
def test_bands_of_a_fan_its_median_and_marks_are_distinguishable(colours, seen):
    outer = over(colours["series"], colours["paper"], 0.22)
    inner = over(colours["series"], outer, 0.4)
    for one, other in [(outer, colours["paper"]), (inner, outer)]:
        assert distance(one, other, seen) >= 10
    for role in ("series", "muted", "published"):
        assert distance(colours[role], inner, seen) >= 20, role


def test_waits_are_ordered_by_lightness_in_even_steps():
    for colours, sign in ((ROLES, -1), (DARK, 1)):
        light = [lab(colours[role], "grey")[0] for role in WAITS]
        steps = sign * np.diff(light)
        assert (steps >= 14).all()
        assert steps.max() < 1.5 * steps.min()


def test_kinds_of_places_differ_by_shape_as_well():
    shapes = [shape for _, shape in places.LOOKS.values()]
    assert len(set(shapes)) == len(shapes) == len(places.KINDS)


def test_colours_can_be_read_on_both_grounds():
    assert set(DARK) == set(ROLES)
    for colours in (ROLES, DARK):
        for role in ("ink", "muted", "series"):
            assert contrast(colours[role], colours["paper"]) >= 4.5, role
        for role in ("published", "wait-0", "wait-2", "wait-3", "context"):
            assert contrast(colours[role], colours["paper"]) >= 3, role


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, seen: str) -> np.ndarray:
    """CIE Lab of a colour as it is seen."""
    xyz = TO_XYZ @ np.clip(SEEN[seen] @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, seen: str) -> float:
    return float(np.linalg.norm(lab(one, seen) - lab(other, seen)))


def over(colour: str, ground: str, opacity: float) -> str:
    parts = [
        opacity * int(colour[i : i + 2], 16) + (1 - opacity) * int(ground[i : i + 2], 16)
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{round(part):02x}" for part in parts)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    a, b = sorted((linear(c) @ TO_XYZ[1] for c in (one, other)), reverse=True)
    return float((a + 0.05) / (b + 0.05))
