"""Little's law at a crossing: hours waited equal the queue summed over time."""

from datetime import date

import numpy as np
import pytest
from random_worlds import read, row
from same import counted
from test_people_by_hand import world

DAYS = 40


@pytest.mark.parametrize(("traffic", "capacity"), [(100, 150), (60, 110), (30, 90)])
def test_hours_waited_are_the_queue_added_up(traffic: int, capacity: int) -> None:
    """Emigrants and ordinary travellers at a counter that lags behind, over a day of 23 hours."""
    made = world({"A": 100_000}, n_days=DAYS)
    made.start, made.zone = date(2030, 3, 20), "Europe/Helsinki"
    made.parameters |= {"base_leaving_per_day": 0.001, "balking_per_hour": 0.0}
    for place in made.tables["places"]:
        place |= {"capacity_persons_per_day": capacity} if place["id"] == "X" else {}
    people = {"nationality": "HH", "document": "passport", "persons_per_day": traffic}
    made.tables["traffic"] = [row(id="t", crossing="X", **people)]
    counts = counted(read(made))
    hours, served = (each[:, 0] for each in counts.means["wait_hours"])
    queue = np.r_[0, counts.values["queued"][:, 0]]
    assert queue[-1] > capacity
    still_waiting = 24.0 * queue[-1] ** 2 / (2.0 * capacity)  # they came as fast as others left
    in_the_queue = 24.0 * (queue[1:] + queue[:-1]).sum() / 2.0
    assert hours.sum() + still_waiting == pytest.approx(in_the_queue, rel=0.03)
    assert served.sum() == pytest.approx(DAYS * capacity, rel=0.03)
