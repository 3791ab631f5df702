"""Means abroad beside their plain twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from small_world import LIVELIHOOD, groups_of, make, party, same_party

from emigre.processes.livelihood import (
    DAYS_PER_MONTH,
    bring_funds,
    cost_of,
    daily_cost,
    days_funds_last,
    funds_at_start,
    note_security,
    resettle,
    rootedness,
    secure_days,
    settle_funds,
)
from emigre.state import NEVER, TRAVELLING
from naive import livelihood as plain
from tolerances import STANDARD_ERRORS, is_closed_form

SEEDS = range(8)


def plain_cost(w, me, group, reach=None):
    d = me["place"]
    if reach is None:
        reach = float(w.today.law.reach[d, group.legal])
    living = float(w.world.countries.living_cost[d])
    return plain.cost(living, reach, LIVELIHOOD.transfers_eur_per_month, me["remote"])


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
    assert is_closed_form(days_funds_last(900.0, 0.5, 30.0), 15.0)
    assert days_funds_last(900.0, 0.5, 0.0) == math.inf
    assert DAYS_PER_MONTH == 30.4375


def test_directions_of_costs_and_funds():
    assert daily_cost(30.0, 5.0, 0.0, 1.0) < daily_cost(30.0, 2.0, 0.0, 1.0)  # transfers help
    assert daily_cost(30.0, 5.0, 1.0, 1.0) < daily_cost(30.0, 5.0, 1.0, 0.2)  # reach helps
    assert days_funds_last(900.0, 1.0, 20.0) > days_funds_last(900.0, 0.7, 20.0)
    assert funds_at_start(900.0, 1.5, 0.3) < funds_at_start(900.0, 0.5, 0.3)  # spread: the poor
    assert funds_at_start(900.0, 1.5, 0.99) > funds_at_start(900.0, 0.5, 0.99)  # and the rich


def test_rootedness_in_closed_form():
    assert rootedness(0.0, 540.0) == 0.0
    assert is_closed_form(rootedness(540.0, 540.0), 1 - math.exp(-1))
    assert rootedness(100.0, 900.0) < rootedness(100.0, 540.0) < rootedness(200.0, 540.0) < 1.0


@given(st.floats(0, 3000), st.floats(0, 1), st.floats(1, 100))
def test_funds_last_as_many_days_as_counted_one_by_one(funds, reach, cost):
    days = days_funds_last(funds, reach, cost)
    if abs(days - round(days)) > 1e-6:
        assert math.ceil(days) == plain.days_until_broke(funds, reach, cost)


@pytest.mark.parametrize("seed", SEEDS)
def test_funds_brought_are_those_of_the_twin(seed):
    w = make(seed)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        bring_funds(w.world, w.cohorts, w.parties, np.int32(p), w.key, LIVELIHOOD)
        plain.bring_funds(me, group, int(w.key), LIVELIHOOD.savings_spread)
        found = party(w.parties, p)
        # Ours takes an approximate normal quantile: see test_draws.
        assert found["funds"] == pytest.approx(me.pop("funds"), rel=1e-8)
        same_party(found, me)


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_is_that_of_the_twin(seed):
    w = make(seed)
    w.parties.row.works = w.rng.integers(0, 2, 12)
    w.parties.row.remote = w.rng.integers(0, 2, 12)
    for p in range(12):
        me, group = party(w.parties, p), groups_of(w, p)
        now = plain_cost(w, me, group)
        assert cost_of(
            w.world, w.today, w.parties, np.int32(p), group.legal, LIVELIHOOD
        ) == pytest.approx(now, rel=1e-12, abs=1e-12)
        reach = float(w.today.law.reach[me["place"], group.legal])
        settle_funds(w.world, w.today, w.cohorts, w.parties, np.int32(p), 12.5, LIVELIHOOD)
        plain.settle(me, 40, 12.5, reach, now)
        same_party(party(w.parties, p), me)


@pytest.mark.parametrize("seed", SEEDS)
def test_new_payment_rules_are_settled_like_in_the_twin(seed):
    w = make(seed, n_parties=40)
    row = w.parties.row
    row.works, row.remote = w.rng.integers(0, 2, 40), w.rng.integers(0, 2, 40)
    row.in_need = w.rng.integers(0, 2, 40)
    row.state[::9] = TRAVELLING
    w.today = w.today._replace(law=w.today.law.copy().view(np.recarray))
    before = w.today.law.reach.copy()
    w.today.law.reach[:] = w.rng.choice([0.0, 0.5, 1.0], before.shape)
    twins = [party(w.parties, p) for p in range(40)]
    resettle(w.world, w.today, w.cohorts, w.parties, 38, before, LIVELIHOOD)
    settled = 0
    for p, me in enumerate(twins):
        group = groups_of(w, p)
        old = float(before[me["place"], group.legal])
        new = float(w.today.law.reach[me["place"], group.legal])
        concerned = me["state"] == 4 and not me["in_need"] and not me["works"] and p < 38
        if concerned and old != new:
            settled += 1
            spent = max(plain_cost(w, me, group, old), 0.0)
            plain.settle(me, 40, spent, new, plain_cost(w, me, group, new))
            me["due"] = min(me["due"], max(me["need"], 40))
        same_party(party(w.parties, p), me)
    assert settled > 0


def test_funds_do_not_depend_on_how_often_they_are_settled():
    once, often = make(1, n_parties=1), make(1, n_parties=1)
    for w in (once, often):
        w.today.law.reach[:] = 0.9
        w.parties.row.funds, w.parties.row.funds_day, w.parties.row.remote = 900.0, 10, 0
    group = groups_of(once, 0)
    cost = plain_cost(once, party(once.parties, 0), group)
    for day in (13, 20, 33):
        settle_funds(
            often.world,
            often.today._replace(day=day),
            often.cohorts,
            often.parties,
            np.int32(0),
            cost,
            LIVELIHOOD,
        )
    for w in (once, often):
        settle_funds(w.world, w.today, w.cohorts, w.parties, np.int32(0), cost, LIVELIHOOD)
    assert abs(once.parties.row.need[0] - often.parties.row.need[0]) <= 1
    assert once.parties.row.funds[0] == pytest.approx(often.parties.row.funds[0], rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=12))
def test_the_clock_of_secure_days_is_that_of_the_twin(changes):
    w = make(0, n_parties=1)
    me = party(w.parties, 0)
    w.parties.row.status[0] = me["status"] = 0
    day = lived = 0
    for wait, status in changes:
        lived += wait if me["status"] in (2, 3) else 0
        day += wait
        assert secure_days(w.parties, np.int32(0), day) == plain.secure_days(me, day) == lived
        w.parties.row.status[0] = me["status"] = status
        note_security(w.parties, np.int32(0), day)
        plain.note_security(me, day)
        same_party(party(w.parties, 0), me)


def test_who_works_is_never_in_need():
    w = make(0, n_parties=1)
    w.parties.row.works = 1
    settle_funds(w.world, w.today, w.cohorts, w.parties, np.int32(0), 99.0, LIVELIHOOD)
    assert w.parties.row.need[0] == NEVER
