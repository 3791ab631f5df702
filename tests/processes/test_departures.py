"""Deciding to leave against its reference implementations."""

# Long, because given and free departures share their worlds.

import math

import numpy as np
import pytest
from scipy import stats
from small_world import DEPARTURES, JOURNEYS, groups_of, make, no_ways, party, same_party

from emigre.engine.space import new_parties
from emigre.processes.accounting import tally
from emigre.processes.arrays import (
    ABROAD,
    JOINING,
    O_AT_HOME,
    O_DECIDED,
    O_PREPARING,
    O_TRAPPED,
    PREPARING,
    RETURNED,
    STAYING,
    TRAPPED,
    TRAVELLING,
)
from emigre.processes.decisions import (
    bounds_hold,
    cohort_hazard,
    count_leavers,
    set_bounds,
    shared_hazard,
    weigh_hazards,
    write_hazards,
)
from emigre.processes.departures import (
    count_given,
    dissolve_party,
    draw_size,
    make_followers,
    make_parties,
    movers_per_household,
    try_again,
    willing_left,
)
from naive import departures as plain
from naive import journeys as plain_journeys
from tolerances import STANDARD_ERRORS, is_closed_form

SEEDS = range(8)
BASE = np.array([1e-4, 5e-4, 2e-3, 1e-2])


def cohorts_of(w):
    row = w.cohorts.row
    return [
        {
            "id": int(row.id[i]),
            "homes": w.cohorts.homes[i].tolist(),
            "whole": float(w.world.groups.whole[row.group[i]]),
            "member": bool(w.world.groups.member[row.group[i]]),
        }
        for i in range(row.size)
    ]


def hazards_of(w):
    row = w.cohorts.row
    found = []
    for i in range(row.size):
        g, o = int(row.group[i]), int(row.origin[i])
        c = int(w.world.groups.outlook[g])
        push = float(w.today.departure_multiplier[row.zone[i], g])
        found.append(float(BASE[g]) * push * math.exp(w.today.log_hazard_factor[c, o]))
    return found


def hazard_of(access, reference, urgency, prm=DEPARTURES):
    """Factor of the hazard if access and urgency are the same everywhere."""
    w = make().using(departures=prm)
    w.today.access[:], w.today.urgency[:] = access, urgency
    weigh_hazards(w.now, reference)
    assert (w.today.log_hazard_factor == w.today.log_hazard_factor[0, 0]).all()
    return float(shared_hazard(w.now, 0, 0))


def test_hazard_in_closed_form():
    assert is_closed_form(hazard_of(2.0, 0.5, 1.5), math.exp(0.3 * 1.5 + 0.9 * 1.5))
    assert is_closed_form(hazard_of(0.5, 0.5, 0.0), 1.0)


@pytest.mark.parametrize("spread", [0.5, 2.0, 8.0])
def test_the_willing_are_used_up_as_gamma_frailty_says(spread):
    # Households with willingness w leave at hazard w h: after H = h t a share exp(-w H) is left.
    w = stats.gamma(1 / spread, scale=spread).ppf((np.arange(400_000) + 0.5) / 400_000)
    for hazard in (0.01, 0.1, 1.0):
        left = np.exp(-w * hazard)
        mean = (w * left).sum() / left.sum()
        found = willing_left(np.array([left.mean()]), np.ones(1), spread)[0]
        assert found == pytest.approx(mean, rel=2e-3)
        assert is_closed_form(willing_left(np.array([0.9]), np.ones(1), spread)[0], 0.9**spread)


def test_nobody_is_used_up_where_nobody_left_or_lived():
    now, before = np.array([10.0, 0.0, 12.0]), np.array([10.0, 0.0, 10.0])
    assert willing_left(now, before, 5.0).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("weight", ["access_weight", "urgency_weight"])
def test_weights_raise_the_hazard_where_there_is_something_to_gain(weight):
    higher = DEPARTURES._replace(**{weight: 2.0})
    assert hazard_of(1.0, 0.0, 1.0, higher) > hazard_of(1.0, 0.0, 1.0)
    # Access worse than on the first day lowers it.
    assert hazard_of(-1.0, 0.0, 0.0, higher) <= hazard_of(-1.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_hazards_match_the_reference(seed):
    w = make(seed)
    weigh_hazards(w.now, -0.4)
    for o in range(2):
        for c in range(2):
            expected = plain.hazard(
                1, 1, float(w.today.access[c, o]), -0.4, float(w.today.urgency[c, o]), DEPARTURES
            )
            found = math.exp(w.today.log_hazard_factor[c, o])
            assert found == pytest.approx(expected, rel=1e-12)
    for i, expected in enumerate(hazards_of(w)):
        found = cohort_hazard(w.now, w.people, BASE, i)
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_leavers_match_the_reference(seed):
    w = make(seed)
    if seed % 4 == 0:
        w.today.departure_multiplier[:] *= 300.0
    leavers = np.full(6, 77, np.int32)
    set_bounds(w.now, w.people, BASE)
    total = count_leavers(w.now, w.people, BASE, leavers)
    expected = plain.leavers(
        cohorts_of(w), hazards_of(w), int(w.key), 40, lambda n, p, u: stats.binom.ppf(u, n, p)
    )
    assert leavers.tolist() == expected
    assert total == sum(expected)


def test_a_day_of_decisions_is_its_hazards_and_its_leavers():
    one, two = make(3), make(3)
    leavers, wanted = np.zeros(6, np.int32), np.zeros(6, np.int32)
    write_hazards(one.now, one.people, 100 * BASE, -0.4)
    total = count_leavers(one.now, one.people, 100 * BASE, leavers)
    weigh_hazards(two.now, -0.4)
    set_bounds(two.now, two.people, 100 * BASE)
    assert total == count_leavers(two.now, two.people, 100 * BASE, wanted) > 0
    assert (leavers == wanted).all()
    assert (one.today.log_hazard_factor == two.today.log_hazard_factor).all()


def test_households_are_counted_by_group_as_they_decide_and_give_up():
    w = make(2)
    w.ways = no_ways(w.world)
    w.parties, n_groups = new_parties(10), len(w.world.groups)
    w.accounts.origin[O_AT_HOME] = 10**6

    def by_group():
        return np.bincount(w.cohorts.row.group, w.cohorts.row.total, n_groups)

    leavers = np.array([1, 0, 2, 1, 0, 3], np.int32)
    used = make_parties(w.now, w.people, np.zeros(0, np.int64), leavers, 0)
    assert used == leavers.sum()
    assert (w.cohorts.undecided == by_group()).all()
    dissolve_party(w.now, w.people, 0)
    assert (w.cohorts.undecided == by_group()).all()


def test_nobody_decides_where_departures_are_given_or_nobody_is_left():
    w = make(1)
    w.today.departure_multiplier[:] *= 1e6
    w.world.pool[0] = 0
    w.cohorts.row.total[3] = 0
    leavers = np.zeros(6, np.int32)
    set_bounds(w.now, w.people, BASE)
    count_leavers(w.now, w.people, BASE, leavers)
    assert (leavers[:4] == 0).all()
    assert (leavers[4:] == w.cohorts.row.total[4:]).all()


def test_leavers_are_binomial():
    w = make(2)
    h = hazards_of(w)[5] * 3
    w.today.departure_multiplier[:] *= 3.0
    n, counted = int(w.cohorts.row.total[5]), []
    leavers = np.zeros(6, np.int32)
    set_bounds(w.now, w.people, BASE)
    for day in range(4000):
        count_leavers(w.on(day).now, w.people, BASE, leavers)
        counted.append(int(leavers[5]))
    mean = n * (1 - math.exp(-h))
    assert abs(np.mean(counted) - mean) / (np.std(counted) / math.sqrt(4000)) < STANDARD_ERRORS


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", SEEDS)
def test_given_leavers_match_the_reference(seed, scale):
    w = make(seed, scale=scale)
    w.world.pool[1] = 0
    owed = np.array([int(w.rng.integers(1, 400)) * scale])
    leavers = np.zeros(6, np.int32)
    total = count_given(w.now, w.people, BASE, owed, leavers)
    expected = plain.given_leavers(
        cohorts_of(w)[3:],
        hazards_of(w)[3:],
        int(owed[0]),
        scale,
        int(w.key),
        int(w.world.pool_id[0]),
        40,
    )
    assert leavers.tolist() == [0, 0, 0, *expected]
    assert total == sum(expected)


def test_given_departures_do_not_depend_on_the_number_of_their_pool():
    w = make(3)
    pools = np.array([101, 202], np.uint64)
    found = []
    for a, b in ((0, 1), (1, 0)):
        w.world.pool[:] = a, b
        w.world = w.world._replace(pool_id=pools[[a, b]])
        owed, leavers = np.array([60, 90])[[a, b]], np.zeros(6, np.int32)
        count_given(w.now, w.people, BASE, owed, leavers)
        found.append(leavers.tolist())
    assert found[0] == found[1]
    assert sum(found[0]) > 0


def given(w, owed, willing=BASE):
    """Households by cohort that leave where both origins are one pool."""
    w.world.pool[:] = 0
    leavers = np.zeros(6, np.int32)
    count_given(w.now, w.people, willing, np.array([owed]), leavers)
    return leavers


def singles(w, numbers):
    """Let cohorts hold so many households of one person."""
    w.cohorts.homes[:] = 0
    w.cohorts.homes[:, 0] = numbers
    w.cohorts.row.total[:] = numbers


def test_given_departures_are_in_proportion_to_households_and_hazards():
    w = make(5)
    singles(w, [9000] * 6)
    expected = np.array(hazards_of(w)) / sum(hazards_of(w)) * 1000
    assert (np.abs(given(w, 1000) - expected) <= 1).all()
    assert given(w, 1000).sum() == 1000
    # The base rate is no matter, however small.
    assert (given(w, 1000, BASE * 1e-200) == given(w, 1000)).all()


def test_given_departures_need_no_hazard():
    w = make(5)
    singles(w, [100, 200, 300, 0, 100, 300])
    assert given(w, 100, np.zeros(4)).tolist() == pytest.approx([10, 20, 30, 0, 10, 30], abs=1)
    assert given(w, 100, np.zeros(4)).sum() == 100
    # Those of whom nobody leaves by themselves go when the others are gone, not before.
    alone = np.array([0.0, 0.0, 1.0, 0.0])  # group 2: cohorts 2 and 4
    assert given(w, 150, alone)[[0, 1, 3, 5]].sum() == 0
    assert given(w, 450, alone).tolist()[2::2] == [300, 100]
    assert given(w, 450, alone).sum() == 450


def test_the_share_of_an_exhausted_cohort_is_redistributed():
    w = make(5)
    singles(w, [3, 900, 900, 900, 900, 900])
    w.today.departure_multiplier[:] = 1.0
    w.today.log_hazard_factor[:] = 0.0
    found = given(w, 2000, np.array([1e6, 1.0, 1.0, 1.0]))
    assert found[0] == 3
    assert found.sum() == 2000
    assert given(w, 10**6).tolist() == [3, 900, 900, 900, 900, 900]


def test_who_leaves_by_given_numbers_sets_out_that_day():
    w = make(1)
    w.world.pool[0] = 0
    leavers = np.array([5, 5, 5, 5, 5, 5], np.int32)
    w.parties = parties = new_parties(40)
    used = make_parties(w.now, w.people, np.array([30]), leavers, 0)
    row = parties.row[:used]
    prepares = row.state == PREPARING
    is_given = w.cohorts.row.origin[row.cohort] == 0
    assert (parties.due[:used][prepares & is_given] == w.today.day).all()
    assert parties.due[:used][prepares & ~is_given].max() > w.today.day


def test_nobody_whole_and_everybody_whole_in_closed_form():
    for share in (0.0, 0.3, 1.0):
        w = make(4)
        w.cohorts.homes[:] = 0
        w.cohorts.homes[:, 3] = 2000
        w.cohorts.row.total[:] = 2000
        w.world.groups.whole[:] = share
        w.accounts.origin[O_AT_HOME] = 10**6
        leavers = np.full(6, 300, np.int32)
        w.parties = parties = new_parties(1800)
        used = make_parties(w.now, w.people, np.zeros(0, np.int64), leavers, 0)
        moved = (parties.row.people[:used] == 4).mean()
        error = math.sqrt(share * (1 - share) / used)
        assert abs(moved - share) <= STANDARD_ERRORS * error
        assert w.accounts.origin[O_AT_HOME].sum() == 4 * 10**6 - parties.row.people[:used].sum()


def test_given_departures_follow_their_number():
    # About as many persons as are owed go; the difference is carried to the next day.
    w = make(3)
    w.cohorts.homes[:] *= 100
    w.cohorts.row.total[:] *= 100
    w.world.pool[:] = 0
    owed, gone = np.zeros(1, np.int64), 0
    w.parties, leavers, used = new_parties(3000), np.zeros(6, np.int32), 0
    for day in range(20):
        owed += 50
        leavers[:] = 0
        count_given(w.on(day).now, w.people, BASE, owed, leavers)
        used = make_parties(w.now, w.people, owed, leavers, used)
        gone = int(w.parties.row.people[:used].sum())
        assert gone + owed[0] == 50 * (day + 1)
        assert abs(owed[0]) < 50


@pytest.mark.parametrize("scale", [1, 7, 1000])
def test_as_many_leave_on_average_as_are_given_however_few(scale):
    # Three persons a day for ten days, in households of four.
    w = make(5, scale=scale)
    w.world.pool[:] = 0
    w.cohorts.homes[:] = 0
    w.cohorts.homes[:, 3] = w.cohorts.row.total[:] = 50
    w.world.groups.whole[:] = 1.0
    found = []
    for key in range(200):
        w.key = np.uint64(key)
        owed, leavers = np.zeros(1, np.int64), np.zeros(6, np.int32)
        for day in range(10):
            owed += 3
            leavers[:] = 0
            count_given(w.on(day).now, w.people, BASE, owed, leavers)
            owed -= 4 * scale * leavers.sum()
        found.append(30 - int(owed[0]))
    taken = 30 / (4 * scale)  # households; a floor of this plus a uniform number
    part = taken % 1
    error = 4 * scale * math.sqrt(part * (1 - part) / 200)
    assert abs(np.mean(found) - 30) < STANDARD_ERRORS * error
    assert set(found) <= {4 * scale * math.floor(taken), 4 * scale * math.ceil(taken)}


def test_movers_of_a_household_in_closed_form():
    w = make(0)
    w.cohorts.homes[0] = 0
    w.cohorts.homes[0, [0, 2]] = 1
    w.cohorts.row.total[0] = 2
    w.cohorts.row.group[0] = 2
    w.world.groups.whole[2] = 0.25
    assert is_closed_form(movers_per_household(w.now, w.people, 0), (1 + 0.25 * 3 + 0.75) / 2)
    for i, cohort in enumerate(cohorts_of(w)):
        assert is_closed_form(movers_per_household(w.now, w.people, i), plain.movers(cohort))


def with_family(seed: int, scale: int):
    """Parties abroad or back, some of whom left others of their household at home."""
    w = make(seed, scale=scale, n_parties=20)
    row, rng = w.parties.row, w.rng
    row.state[:10] = rng.choice([ABROAD, ABROAD, ABROAD, RETURNED, TRAVELLING], 10)
    row.household[:10] = row.people[:10] + rng.integers(0, 3, 10)
    w.accounts.origin[O_AT_HOME] = 10**6
    return w


def follow_today(w, rows):
    """The families of these parties follow today."""
    w.agenda.joining[: len(rows)] = rows
    w.agenda.size[JOINING] = len(rows)


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", range(12))
def test_families_that_follow_match_the_reference(seed, scale):
    w = with_family(seed, scale)
    row = w.parties.row
    firsts = [party(w.parties, p) for p in range(10)]
    joining = np.array([3, 0, 7, 8, 1, 2, 9, 5], np.int32)
    follow_today(w, joining[:6])
    used = make_followers(w.now, w.people, 10)
    p, gone = 10, 0
    for j in joining[:6]:
        me = plain.follow(firsts[j], int(w.key), 40)
        if me is not None:
            plain_journeys.look_for_way(w, me, groups_of(w, p), JOURNEYS)
            same_party(party(w.parties, p), me | {"cohort": firsts[j]["cohort"]})
            gone += me["people"] * scale
            p += 1
    assert used == p
    for j in range(10):
        same_party(party(w.parties, j), firsts[j])
    book = w.accounts.origin
    assert book[O_DECIDED].sum() == book[O_TRAPPED].sum() + book[O_PREPARING].sum() == gone
    assert book[O_AT_HOME].sum() == 4 * 10**6 - gone
    assert row.household[10:used].tolist() == row.people[10:used].tolist()


def test_families_follow_only_to_where_the_first_of_them_lives():
    led, followed = 0, 0
    for seed in range(30):
        w = with_family(seed, 1)
        follow_today(w, np.arange(10))
        used = make_followers(w.now, w.people, 10)
        for p in range(10, used):
            followed += 1
            goal, way = int(w.parties.row.goal[p]), int(w.parties.row.way[p])
            assert 0 <= goal < 3
            if way >= 0:
                led += 1
                assert w.ways.routes.destination[w.ways.row.route[way]] == goal
    assert 0 < led < followed


def test_nobody_follows_twice():
    w = with_family(1, 1)
    follow_today(w, np.arange(10))
    used = make_followers(w.now, w.people, 10)
    assert used > 10
    assert make_followers(w.now, w.people, used) == used


def test_sizes_are_drawn_in_proportion():
    w = make(0)
    w.cohorts.homes[0] = 0
    w.cohorts.homes[0, [1, 3]] = 3, 1
    w.cohorts.row.total[0] = 4
    found = [draw_size(w.cohorts.homes, 0, u) for u in (1e-9, 0.4, 0.7499, 0.7501, 1 - 1e-9)]
    assert found == [2, 2, 2, 4, 4]


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("seed", SEEDS)
def test_new_parties_match_the_reference(seed, scale):
    w = make(seed, scale=scale)
    if seed % 2:
        w.ways = no_ways(w.world)
    cohorts = cohorts_of(w)
    leavers = np.minimum([3, 0, 25, 1, 7, 40], w.cohorts.row.total).astype(np.int32)
    parties, owed = new_parties(100), np.zeros(0, np.int64)
    w.parties = parties
    w.accounts.origin[O_AT_HOME] = 10**6
    used = make_parties(w.now, w.people, owed, leavers, 0)
    assert used == leavers.sum()
    p = 0
    for i, n in enumerate(leavers):
        for k in range(n):
            expected = plain.found_party(cohorts[i], k, int(w.key), 40)
            plain_journeys.look_for_way(w, expected, groups_of(w, p), JOURNEYS)
            same_party(party(parties, p), expected | {"cohort": i})
            p += 1
        assert w.cohorts.homes[i].tolist() == cohorts[i]["homes"]
        assert w.cohorts.row.total[i] == sum(cohorts[i]["homes"])
    book, gone = w.accounts.origin, int(parties.row.people.sum()) * scale
    assert book[O_DECIDED].sum() == gone
    assert book[O_AT_HOME].sum() == 4 * 10**6 - gone
    assert book[O_TRAPPED].sum() + book[O_PREPARING].sum() == gone
    assert (book[O_PREPARING].sum() == 0) == bool(seed % 2)


@pytest.mark.parametrize("seed", range(6))
def test_a_household_more_changes_no_other(seed):
    few, many = make(seed), make(seed)
    parties = new_parties(50), new_parties(50)
    for w, rows, n in ((few, parties[0], 2), (many, parties[1], 3)):
        leavers = np.array([n, 0, 4, 0, 0, 0], np.int32)
        w.parties = rows
        w.cohorts.homes[:] = 40
        w.cohorts.row.total[:] = 200
        make_parties(w.now, w.people, np.zeros(0, np.int64), leavers, 0)
    names = {int(i) for i in parties[0].row.id[:6]}
    assert names < {int(i) for i in parties[1].row.id[:7]}


def again(w, p: int) -> None:
    """A trapped party tries again; one that gives up at home is dissolved."""
    w.agenda.size[:] = 0
    try_again(w.now, w.people, np.int32(p))
    for j in range(w.agenda.size[STAYING]):
        dissolve_party(w.now, w.people, w.agenda.staying[j])


@pytest.mark.parametrize("seed", range(30))
def test_trying_again_while_trapped_matches_the_reference(seed):
    w = make(seed, n_parties=6)
    if seed % 3:
        w.ways = no_ways(w.world)
    w.parties.row.state, w.parties.row.household = TRAPPED, 5
    w.accounts.origin[O_AT_HOME] = 1000
    for p in range(6):
        tally(w.now, w.people, np.int32(p), 1)
    homes, at_home = w.cohorts.homes.copy(), 4 * 1000
    for p in range(6):
        me, group = party(w.parties, p), groups_of(w, p)
        again(w, p)
        if plain.try_again(w, me, group, DEPARTURES, JOURNEYS):
            homes[me["cohort"], 4] += 1
            at_home += me["people"]
        same_party(party(w.parties, p), me)
    assert (w.cohorts.homes == homes).all()
    assert w.accounts.origin[O_AT_HOME].sum() == at_home
    still = w.parties.row.people[w.parties.row.state == TRAPPED].sum()
    assert w.accounts.origin[O_TRAPPED].sum() == still


def test_patience_is_a_constant_hazard():
    n, gave_up = 3000, {}
    for patience in (4.0, 40.0):
        w = make(0, n_parties=n)
        w.ways = no_ways(w.world)
        w.parties.row.state = TRAPPED
        w.using(departures=DEPARTURES._replace(patience_days=patience))
        for p in range(n):
            again(w, p)
        chance = 1 - math.exp(-1 / patience)
        gave_up[patience] = (w.parties.row.state != TRAPPED).mean()
        error = math.sqrt(chance * (1 - chance) / n)
        assert abs(gave_up[patience] - chance) < STANDARD_ERRORS * error
    assert gave_up[40.0] < gave_up[4.0]


def test_bounds_hold_until_a_hazard_rises_and_leavers_still_match_the_reference():
    w = make(3)
    leavers, held_on = np.zeros(6, np.int32), []
    for day in range(40, 400):
        w.on(day)
        w.today.log_hazard_factor[:] += (-0.7, 0.001, 0.05)[day % 3]  # falls on average, then rises
        if day == 300:
            w.today.log_hazard_factor[:] = 1.6
        held = bounds_hold(w.today, w.bounds, BASE)
        if not held:
            set_bounds(w.now, w.people, BASE)
        count_leavers(w.now, w.people, BASE, leavers)
        held_on.append(held)
        expected = plain.leavers(
            cohorts_of(w), hazards_of(w), int(w.key), day, lambda n, p, u: stats.binom.ppf(u, n, p)
        )
        assert leavers.tolist() == expected
    assert set(held_on) == {True, False}


@pytest.mark.parametrize("higher", ["kind", "log_hazard_factor", "departure_multiplier"])
def test_a_risen_part_of_a_hazard_ends_bounds(higher):
    w = make(3)
    set_bounds(w.now, w.people, BASE)
    assert bounds_hold(w.today, w.bounds, BASE)
    part = getattr(w.today, higher)
    part.flat[-1] = 2 * abs(part.flat[-1]) + 1
    assert not bounds_hold(w.today, w.bounds, BASE)


def test_a_risen_base_rate_ends_bounds():
    w = make(3)
    set_bounds(w.now, w.people, BASE)
    assert bounds_hold(w.today, w.bounds, 1.09 * BASE)
    assert not bounds_hold(w.today, w.bounds, 1.11 * BASE)
