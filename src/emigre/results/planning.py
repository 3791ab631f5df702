"""Planning figures of reception services: measures by kind of place, and days ahead."""

SPANS = (7, 14, 30)
"""Days ahead."""
MEASURES = {
    "country": ("arrived", "in_need", "reception_beds_used", "unsheltered"),
    "crossing": ("entered", "waiting", "wait_hours"),
}
"""Measures by kind of place. The first is that by which the largest places are chosen."""
