"""Livelihood abroad against its reference implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from small_world import LIVELIHOOD, groups_of, make, party, same_party

from emigre.processes.accounting import tally
from emigre.processes.arrays import C_IN_NEED, NEVER, TRAVELLING
from emigre.processes.livelihood import (
    DAYS_PER_MONTH,
    daily_cost,
    days_funds_last,
    days_of_root_growth,
    draw_funds,
    funds_at_start,
    measure_roots,
    party_cost,
    record_roots,
    restart_roots,
    root_growth_rate,
    rootedness,
    spend,
    split_funds,
    update_all_funds,
    update_funds,
)
from naive import livelihood as plain
from tolerances import STANDARD_ERRORS, is_closed_form

SEEDS = range(8)


def plain_cost(w, me, group, reach=None):
    return plain.cost_of(w, me, group, LIVELIHOOD, reach)


def test_funds_in_closed_form():
    assert is_closed_form(funds_at_start(1000.0, 0.0, 0.3), 1000.0)
    assert is_closed_form(funds_at_start(1000.0, 0.8, 0.5), 1000 * math.exp(-0.32))
    u = 0.9
    expected = 1000 * math.exp(0.8 * ndtri(u) - 0.32)
    assert abs(funds_at_start(1000.0, 0.8, u) / expected - 1) < 2e-9  # that of the quantile


def test_funds_keep_the_mean_of_the_group():
    u = (np.arange(200_000) + 0.5) / 200_000
    for spread in (0.3, 1.0):
        found = np.array([funds_at_start(500.0, spread, x) for x in u[::10]])
        assert abs(found.mean() - 500) < STANDARD_ERRORS * found.std() / math.sqrt(found.size)


def test_costs_in_closed_form():
    assert is_closed_form(daily_cost(30.0, 2.0, 0.0, 0.5), 29.0)
    assert is_closed_form(daily_cost(30.0, 2.0, 1.0, 0.5), 14.0)
    assert daily_cost(30.0, 2.0, 1.0, 1.0) < 0
    assert is_closed_form(days_funds_last(450.0, 30.0), 15.0)
    assert days_funds_last(900.0, 0.0) == math.inf
    assert DAYS_PER_MONTH == 30.4375


def test_directions_of_costs_and_funds():
    assert daily_cost(30.0, 5.0, 0.0, 1.0) < daily_cost(30.0, 2.0, 0.0, 1.0)  # transfers help
    assert daily_cost(30.0, 5.0, 1.0, 1.0) < daily_cost(30.0, 5.0, 1.0, 0.2)  # reach helps
    assert days_funds_last(900.0, 20.0) > days_funds_last(900.0, 25.0)
    assert funds_at_start(900.0, 1.5, 0.3) < funds_at_start(900.0, 0.5, 0.3)  # spread: the poor
    assert funds_at_start(900.0, 1.5, 0.99) > funds_at_start(900.0, 0.5, 0.99)  # and the rich


def test_rootedness_in_closed_form():
    assert rootedness(0.0, 540.0) == 0.0
    assert is_closed_form(rootedness(540.0, 540.0), 1 - math.exp(-1))
    assert rootedness(100.0, 900.0) < rootedness(100.0, 540.0) < rootedness(200.0, 540.0) < 1.0


@given(st.floats(0, 3000), st.floats(1, 100))
def test_funds_last_as_many_days_as_counted_one_by_one(funds, cost):
    days = days_funds_last(funds, cost)
    if abs(days - round(days)) > 1e-6:
        assert math.ceil(days) == plain.days_until_broke(funds, cost)


@pytest.mark.parametrize("seed", SEEDS)
def test_funds_brought_match_the_reference(seed):
    w = make(seed)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        draw_funds(w.now, w.people, np.int32(p))
        plain.draw_funds(me, group, int(w.key), LIVELIHOOD.savings_spread)
        found = party(w.parties, p)
        # Ours takes an approximate normal quantile: see test_draws.
        assert found["funds"] == pytest.approx(me.pop("funds"), rel=1e-8)
        same_party(found, me)


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_matches_the_reference(seed):
    w = make(seed)
    w.parties.row.works = w.rng.integers(0, 2, 12)
    w.parties.row.remote = w.rng.integers(0, 2, 12)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        now = plain_cost(w, me, group)
        reach = float(w.today.law.accessible_share[me["place"], group.legal])
        found = party_cost(w.now, w.people, np.int32(p), reach)
        assert found == pytest.approx(now, rel=1e-12, abs=1e-12)
        update_funds(w.now, w.people, np.int32(p))
        plain.settle(w, me, group, LIVELIHOOD)
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_new_payment_rules_matches_the_reference(seed):
    w = make(seed, n_parties=40)
    row = w.parties.row
    row.works, row.remote = w.rng.integers(0, 2, 40), w.rng.integers(0, 2, 40)
    row.in_need = w.rng.integers(0, 2, 40)
    row.state[::9] = TRAVELLING
    w.today = w.today._replace(law=w.today.law.copy())
    w.today.law.accessible_share[:] = w.rng.choice(
        [0.0, 0.6, 1.0], w.today.law.accessible_share.shape
    )
    row.in_need *= 1 - row.works
    row.funds[row.in_need == 1] = 0.0
    twins = [party(w.parties, p) for p in range(40)]
    for p in range(40):
        tally(w.now, w.people, np.int32(p), 1)
    update_all_funds(w.now, w.people, 38)
    settled, needy = 0, 0
    for p, me in enumerate(twins):
        group = groups_of(w, p)
        new = float(w.today.law.accessible_share[me["place"], group.legal])
        if me["state"] == 4 and p < 38 and me["reach"] != new:
            settled += 1
            plain.settle(w, me, group, LIVELIHOOD)
            me["in_need"] *= me["need"] <= 40
            if not me["in_need"]:
                me["due"] = min(me["due"], max(me["need"], 40))
        same_party(party(w.parties, p), me)
        needy += me["in_need"] * me["people"] * (me["state"] == 4)
    assert settled > 0
    assert w.accounts.country[C_IN_NEED].sum() == needy


@pytest.mark.parametrize("seed", SEEDS)
def test_spending_matches_the_reference(seed):
    w = make(seed)
    w.parties.row.works = w.rng.integers(0, 2, 12)
    w.parties.row.remote = w.rng.integers(0, 2, 12)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        spend(w.now, w.people, np.int32(p))
        plain.spend(w, me, group, LIVELIHOOD)
        same_party(party(w.parties, p), me)


def test_relatives_and_work_at_a_distance_spare_the_funds():
    w = make(0, n_parties=1)
    row, p = w.parties.row, np.int32(0)
    row.place = 0
    cost = {}
    for row.relatives[0], row.remote[0] in ((0, 0), (1, 0), (0, 1), (1, 1)):
        key = int(row.relatives[0]), int(row.remote[0])
        cost[key] = party_cost(w.now, w.people, p, 0.5)
    sent = 0.5 * 60 / 30.4375
    assert is_closed_form(cost[0, 0], 40.0)
    assert is_closed_form(cost[1, 0], 40.0 - sent)
    assert is_closed_form(cost[0, 1], 20.0)
    assert is_closed_form(cost[1, 1], 20.0 - sent)
    row.relatives = 1
    for reach, less in ((0.0, 0.5), (0.5, 1.0)):  # what cannot be reached does not help
        dear = party_cost(w.now, w.people, p, reach)
        assert party_cost(w.now, w.people, p, less) < dear


def test_the_share_that_relatives_help_is_that_of_the_group():
    n = 4000
    w = make(0, n_parties=n)
    w.parties.row.cohort = 2
    for p in range(n):
        draw_funds(w.now, w.people, np.int32(p))
    share = w.parties.row.relatives.mean()
    assert abs(share - 0.3) < STANDARD_ERRORS * math.sqrt(0.3 * 0.7 / n)
    # Of two independent draws: helped by relatives and working at a distance.
    both = (w.parties.row.relatives * w.parties.row.remote).mean()
    assert abs(both - 0.3 * 0.4) < STANDARD_ERRORS * math.sqrt(0.12 * 0.88 / n)


def test_funds_do_not_depend_on_how_often_they_are_settled():
    once, often = make(1, n_parties=1), make(1, n_parties=1)
    for w in (once, often):
        w.today.law.accessible_share[:] = 0.9
        w.parties.row.funds, w.parties.row.locked, w.parties.row.reach = 1900.0, 0.0, 1.0
        w.parties.row.funds_day, w.parties.row.remote, w.parties.row.place = 10, 0, 0
        split_funds(w.people, np.int32(0), 0.9)
    for day in (13, 20, 33, 40):
        update_funds(often.on(day).now, often.people, np.int32(0))
    for w in (once, often):
        update_funds(w.now, w.people, np.int32(0))
    assert 40 < once.parties.row.need[0] == often.parties.row.need[0]
    assert once.parties.row.locked[0] == pytest.approx(190.0)
    assert once.parties.row.funds[0] == pytest.approx(often.parties.row.funds[0], rel=1e-12)


def test_speed_of_roots_in_closed_form():
    assert root_growth_rate(0.0, 1.0, 0.0, LIVELIHOOD) == 1.0
    assert is_closed_form(root_growth_rate(1.0, 2.0, 0.25, LIVELIHOOD), 1 + 0.5 * 2 + 0.8 * 0.25)


@pytest.mark.parametrize("weight", ["root_work_weight", "root_language_weight"])
def test_directions_of_roots(weight):
    more = LIVELIHOOD._replace(**{weight: 3.0})
    assert root_growth_rate(1.0, 1.0, 0.5, more) > root_growth_rate(1.0, 1.0, 0.5, LIVELIHOOD)
    assert root_growth_rate(0.0, 1.0, 0.0, more) == root_growth_rate(0.0, 1.0, 0.0, LIVELIHOOD)
    assert root_growth_rate(1.0, 2.0, 0.0, more) > root_growth_rate(
        1.0, 0.5, 0.0, more
    )  # work in demand
    assert rootedness(90.0, 200.0) > rootedness(90.0, 900.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_roots_match_the_reference(seed):
    w = make(seed)
    row, rng = w.parties.row, w.rng
    row.works = rng.integers(0, 2, 12)
    row.status_ends = rng.choice([60, NEVER], 12)
    row.secure_since = np.where(rng.random(12) < 0.6, rng.integers(0, 40, 12), -1)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        found = days_of_root_growth(w.now, w.people, np.int32(p))
        assert found == pytest.approx(
            plain.days_of_root_growth(w, me, group, LIVELIHOOD), rel=1e-12
        )
        record_roots(w.now, w.people, np.int32(p))
        plain.record_roots(w, me, group, LIVELIHOOD)
        same_party(party(w.parties, p), me)
        assert days_of_root_growth(w.now, w.people, np.int32(p)) == me["roots"]
        restart_roots(w.now, w.people, np.int32(p))
        plain.restart_roots(w, me, group)
        same_party(party(w.parties, p), me)
        assert (me["secure_since"] == 40) == (me["status"] in (2, 3))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=60), st.booleans()
)
def test_roots_grow_as_counted_day_by_day(days, endless):
    w = make(0, n_parties=1)
    row, p = w.parties.row, np.int32(0)
    row.status, row.place, row.roots = 2, 1, 0.0
    row.status_ends = NEVER if endless else 10_000
    d, group = 1, groups_of(w, 0)
    w.today.law.security_sum[:] = 17.0
    w.on(100)
    restart_roots(w.now, w.people, p)
    row.works[0] = days[0][1]
    for i, (security, works) in enumerate(days):
        if works != row.works[0]:  # any change settles what has grown, then it goes on
            record_roots(w.now, w.people, p)
            row.works[0] = works
            restart_roots(w.now, w.people, p)
        w.today.law.security_sum[:] += security
        w.on(101 + i)
    found = rootedness(days_of_root_growth(w.now, w.people, p), LIVELIHOOD.rooting_days)
    lived = [(1.0 if endless else security, works) for security, works in days]
    demand = float(w.world.job_factor[d, group.outlook])
    expected = plain.rooted_after(lived, demand, 0.6, LIVELIHOOD)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_without_a_safe_status_roots_do_not_grow():
    w = make(0, n_parties=1)
    row, p = w.parties.row, np.int32(0)
    row.roots = 30.0
    for row.status[0] in (0, 1, 4, 5):
        restart_roots(w.now, w.people, p)
        assert row.secure_since[0] == -1
        assert days_of_root_growth(w.now, w.people, p) == 30.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scale", [1, 10])
def test_rootedness_is_counted_by_person_and_country(seed, scale):
    w = make(seed, scale=scale, n_parties=30)
    w.parties.row.state[::7] = TRAVELLING
    w.parties.row.secure_since[::3] = 12
    total, persons = [0.0] * 3, [0] * 3
    for p in range(28):
        me, group = party(w.parties, p), groups_of(w, p)
        if me["state"] == 4:
            days = plain.days_of_root_growth(w, me, group, LIVELIHOOD)
            n = me["people"] * scale
            total[me["place"]] += n * (1 - math.exp(-days / LIVELIHOOD.rooting_days))
            persons[me["place"]] += n
    measure_roots(w.now, w.people, 28)
    assert w.accounts.rooted.tolist() == persons
    assert w.accounts.roots == pytest.approx(total, rel=1e-12)


def test_who_works_is_never_in_need():
    w = make(0, n_parties=1)
    w.parties.row.works = 1
    update_funds(w.now, w.people, np.int32(0))
    assert w.parties.row.need[0] == NEVER
