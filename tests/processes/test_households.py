"""Households of which only some members may pass: references, closed forms, conservation."""

import numpy as np
import pytest
from small_world import JOURNEYS, groups_of, make, party, same_party, weigh
from test_departures import cohorts_of, follow_today

from emigre.engine.space import new_parties
from emigre.processes.arrays import (
    ABROAD,
    NO_MEMBER,
    NOWHERE,
    TRAPPED,
    measure_index,
)
from emigre.processes.departures import make_followers, make_parties
from emigre.processes.households import is_member_barred, member_passes_nowhere, share_on_way
from naive import departures as plain
from naive import households as plain_households
from naive import journeys as plain_journeys

BOOK = measure_index("origin")


def world(seed: int, *, share=None, splits: float = 0.5, scale: int = 1):
    w = make(seed, scale=scale)
    w.world.groups.member, w.world.groups.splits, w.world.groups.whole = 1, splits, 0.8
    w.today.member_share[:] = w.rng.choice([0, 0.5, 1], (3, 2)) if share is None else share
    w.cohorts.homes[:] = 0
    w.cohorts.homes[:, :5] = [5, 40, 40, 40, 40]
    w.cohorts.row.total[:] = 165
    w.accounts.origin[BOOK["at_home"]] = 10**6
    return w


def leave(w, n: int = 30):
    leavers = np.full(w.cohorts.row.size, n, np.int32)
    w.parties = new_parties(300)
    return w.parties, make_parties(w.now, w.people, np.zeros(0, np.int64), leavers, 0)


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(8))
def test_parties_match_the_reference_and_nobody_is_lost(seed, scale):
    w = world(seed, scale=scale)
    cohorts = cohorts_of(w)
    _, used = leave(w)
    p = 0
    for i, cohort in enumerate(cohorts):
        for k in range(30):
            me = plain.found_party(cohort, k, int(w.key), 40)
            plain_journeys.look_for_way(w, me, groups_of(w, p), JOURNEYS)
            same_party(party(w.parties, p), me | {"cohort": i})
            p += 1
    assert used == p
    book, gone = w.accounts.origin, int(w.parties.row.people.sum()) * scale
    assert book[BOOK["decided"]].sum() == gone
    assert book[[BOOK["trapped"], BOOK["preparing"]]].sum() == gone
    assert book[BOOK["at_home"]].sum() + gone == 4 * 10**6


def crosses(w, way: np.ndarray) -> np.ndarray:
    """Whether each way leads over a crossing: elsewhere nobody checks members."""
    return (way != NOWHERE) & (w.ways.crossings[w.ways.row.route[way], 0] >= 0)


def test_where_no_member_passes_households_leave_without_the_member():
    w = world(3, share=0.0, splits=1.0)
    parties, used = leave(w)
    row = parties.row[:used]
    gone = row[crosses(w, row.way) & (row.member_draw != NO_MEMBER)]
    assert len(gone) > 20
    assert (gone.people < gone.household).all()


def test_or_stay_together_where_none_parts():
    w = world(3, share=0.0, splits=0.0)
    parties, used = leave(w)
    row = parties.row[:used]
    together = row[(row.member_draw != NO_MEMBER) & (row.people == row.household)]
    assert not crosses(w, together.way).any()
    assert (together.household > 1).all()
    ways = [np.arange(*w.ways.first[o : o + 2]) for o in w.cohorts.row.origin[together.cohort]]
    inside = np.array([(~crosses(w, mine)).any() for mine in ways])
    assert ((together.state == TRAPPED) == ~inside).all()
    assert inside.sum() > 20
    w.ways.crossings[w.ways.crossings[:, 0] < 0, 0] = 0  # where every way crosses a border
    parties, used = leave(w)
    row = parties.row[:used]
    states = row.state[(row.member_draw != NO_MEMBER) & (row.people == row.household)]
    assert states.size > 20
    assert (states == TRAPPED).all()


def test_as_many_members_pass_as_the_rule_says():
    share, passed, met = 0.3, 0, 0
    for seed in range(20):
        w = world(seed, share=share, splits=1.0)
        w.world.groups.whole = 1.0
        parties, used = leave(w)
        row = parties.row[:used]
        row = row[crosses(w, row.way) & (row.member_draw != NO_MEMBER)]
        met += len(row)
        passed += int((row.people == row.household).sum())
    error = (share * (1 - share) / met) ** 0.5
    assert abs(passed / met - share) < 4 * error


def test_the_strictest_crossing_of_a_way_counts():
    w = world(0, share=1.0)
    w.today.member_share[0], w.today.member_share[2] = 0.4, 0.2
    for i in range(w.ways.row.size):
        crossings = w.ways.crossings[w.ways.row.route[i]]
        expected = min((w.today.member_share[x, 1] for x in crossings if x >= 0), default=1.0)
        assert share_on_way(w.now, i, 1) == expected


def test_a_member_who_passes_nowhere_does_not_follow_and_follows_once_let():
    w = world(1, share=0.0)
    w.today.member_share[2] = 1.0  # at a crossing that leads from no crossing they pass
    w.ways.crossings[:] = [0, 2]
    w.crossing_weight[:], w.check_weight[:], w.room[:] = 1.0, 1.0, 1.0
    weigh(w, w.today)
    w.parties = new_parties(4)
    row = w.parties.row
    row.place[0] = w.ways.routes.destination[w.ways.row.route[w.ways.first[0]]]
    row.cohort[0], row.people[0], row.household[0], row.state[0] = 0, 2, 3, ABROAD
    row.member_draw[0], row.goal[:], row.id[0] = 0.5, NOWHERE, 77
    follow_today(w, np.zeros(1, np.int32))
    assert make_followers(w.now, w.people, 1) == 1
    assert plain_households.member_passes_nowhere(w, party(w.parties, 0), 0, 0)
    assert member_passes_nowhere(w.now, w.people, 0)
    w.today.member_share[:] = 0.6
    assert not member_passes_nowhere(w.now, w.people, 0)
    assert make_followers(w.now, w.people, 1) == 2
    assert (row.people[1], row.member_draw[1], row.member_draw[0]) == (1, 0.5, NO_MEMBER)
    assert not is_member_barred(w.now, w.people, 0, 0.0)
