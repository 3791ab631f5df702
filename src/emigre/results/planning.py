"""Planning figures of reception services: measures by kind of place, and days ahead."""

SPANS = (7, 14, 30)
"""Days ahead."""


def spans_of(days: int) -> tuple[int, ...]:
    """Days ahead within a forecast of so many days; the last one is its whole horizon.

    >>> spans_of(21), spans_of(3)
    ((7, 14, 21), (3,))
    """
    return (*(n for n in SPANS if n < days), days)


MEASURES = {
    "country": ("arrived", "in_need", "reception_beds_used", "unsheltered"),
    "crossing": ("entered", "waiting", "wait_hours"),
}
"""Measures by kind of place. The first is that by which the largest places are chosen."""
