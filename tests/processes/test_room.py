"""Free places of camps in the utility of a destination."""

import math

import numpy as np

from emigre.processes.route_choice import room_utility
from tolerances import CLOSED_FORM, is_closed_form


def test_free_places_attract_and_a_full_camp_is_no_goal():
    capacity = np.array([np.inf, 100.0, 400.0, 50.0])
    present = np.array([1e6, 0.0, 100.0, 50.0])
    # Free: 100, 300, 0; the mean of those with some is 200.
    found = room_utility(capacity, present, 0.5, 0.0)
    assert found[0] == 0.0
    assert is_closed_form(found[1], 0.5 * math.log(100 / 200))
    assert is_closed_form(found[2], 0.5 * math.log(300 / 200))
    assert found[3] == -math.inf
    assert room_utility(capacity, present, 0.0, 0.0).tolist() == [0.0, 0.0, 0.0, -math.inf]
    assert room_utility(np.full(2, np.inf), present[:2], 1.0, 1.0).tolist() == [0.0, 0.0]
    # The share of a camp's own places: 100 of 100 and 300 of 400; a full camp stays closed.
    own = room_utility(capacity, present, 0.0, 0.5)
    assert is_closed_form(own[2], 0.5 * math.log(0.75))
    assert own[[0, 1, 3]].tolist() == [0.0, 0.0, -math.inf]
    # A camp that is closed or full changes nothing, whether or not people live in it.
    alone = room_utility(capacity, present, 0.5, 0.5).tolist()
    for places, people in ((0.0, 0.0), (0.0, 7.0), (20.0, 20.0), (20.0, 21.0)):
        others = room_utility(np.append(capacity, places), np.append(present, people), 0.5, 0.5)
        assert others.tolist() == [*alone, -math.inf]
    assert room_utility(np.zeros(2), present[:2], 0.5, 0.5).tolist() == [-math.inf, -math.inf]
    # Twice the room of every camp: the same choice among them.
    twice = room_utility(2 * capacity, 2 * present, 1.0, 1.0)
    assert np.allclose(twice, room_utility(capacity, present, 1.0, 1.0), rtol=CLOSED_FORM)
