"""Random numbers: equal to the reference implementation, uniform, independent, right quantiles."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from emigre.numerics import random
from naive import draws as plain
from tolerances import STANDARD_ERRORS, is_closed_form

keys = st.integers(0, 2**64 - 1)
KEY = np.uint64(random.run_key(7, 3))
N = 20_000


@cache
def numbers(n: int = N, day: int = 5, purpose: int = random.DECIDE) -> np.ndarray:
    return np.array([random.uniform(KEY, np.uint64(i), day, purpose) for i in range(n)])


@given(keys, keys, st.integers(0, 4000), st.integers(1, 300_000))
def test_bits_and_numbers_match_the_reference(key, entity, day, purpose):
    result = random.bits(np.uint64(key), np.uint64(entity), day, purpose)
    assert int(result) == plain.bits(key, entity, day, purpose)
    result = random.uniform(np.uint64(key), np.uint64(entity), day, purpose)
    assert result == plain.uniform(key, entity, day, purpose)


@given(keys, st.integers(0, 10**6))
def test_what_belongs_to_an_entity_matches_the_reference(entity, k):
    assert int(random.nth(np.uint64(entity), k)) == plain.nth(entity, k)


def test_things_of_neighbouring_entities_never_meet():
    # Sums of an identity and a number would: the 5th of one entity, the 4th of the next.
    collected = {int(random.nth(np.uint64(e), k)) for e in range(100) for k in range(100)}
    assert len(collected) == 100 * 100


def test_the_mixing_step_is_that_of_splitmix64():
    # The published generator started at 0 gives these three numbers first.
    golden = 0x9E3779B97F4A7C15
    collected = [int(random.mix(np.uint64(golden * i % 2**64))) for i in (1, 2, 3)]
    assert collected == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_keys_and_identities_are_hashes_and_never_change():
    assert random.run_key(1, 0) == 0x84A13428D7A4B027
    assert random.entity_id("cohort", "A", "b") == 0x305C81C2390A0307
    known = {random.run_key(s, r) for s in range(30) for r in range(30)}
    assert len(known) == 900
    assert random.entity_id("a", "bc") != random.entity_id("ab", "c")
    assert 0 <= random.entity_id("cohort", "x", "y") < 2**64


def test_purposes_are_frozen():
    names = [n for n in vars(random) if n.isupper() and not n.startswith("_")]
    collected = {n: getattr(random, n) for n in names}
    assert collected == {
        "DECIDE": 1,
        "IDENTITY": 2,
        "HOUSEHOLD": 3,
        "WHOLE": 4,
        "WAY": 5,
        "PREPARE": 6,
        "DEPART_HOUR": 7,
        "EXIT_CHECK": 8,
        "ENTRY_CHECK": 9,
        "CLAIM": 10,
        "GIVE_UP": 11,
        "ARRIVAL_CHECK": 12,
        "SAVINGS": 13,
        "REMOTE": 14,
        "CANDIDATE_GAP": 15,
        "CANDIDATE": 16,
        "DECISION": 17,
        "STATUS_END": 18,
        "TRAFFIC": 19,
        "RELATIVES": 20,
        "FOLLOW": 21,
        "TRAFFIC_LEVEL": 22,
        "GIVEN_DRIFT": 23,
        "GIVEN_NOISE": 24,
        "TRAVEL_TIME": 25,
        "MEMBER": 26,
        "SPLIT": 27,
        "RECOGNISED": 28,
        "PHASE": 29,
        "RENEW": 30,
        "REST": 31,
        "SETTLED": 32,
    }


@pytest.mark.parametrize("along", ["entity", "day", "purpose"])
def test_numbers_are_even_along_each_key(along):
    start = {"entity": 0, "day": 0, "purpose": 1}[along]
    u = np.array(
        [
            random.uniform(
                KEY,
                np.uint64(i if along == "entity" else 99),
                i if along == "day" else 5,
                i if along == "purpose" else 1,
            )
            for i in range(start, start + N)
        ]
    )
    counted = np.histogram(u, bins=64, range=(0.0, 1.0))[0]
    chi = ((counted - N / 64) ** 2 / (N / 64)).sum()
    assert abs(chi - 63) / math.sqrt(2 * 63) < STANDARD_ERRORS
    assert stats.kstest(u, "uniform").pvalue > 1e-9


@pytest.mark.parametrize("shift", ["entity", "day", "purpose", "key"])
def test_neighbouring_numbers_are_independent(shift):
    here = numbers()
    if shift == "entity":
        there = np.roll(here, 1)
    elif shift == "day":
        there = numbers(day=6)
    elif shift == "purpose":
        there = numbers(purpose=random.IDENTITY)
    else:
        there = np.array([random.uniform(KEY + np.uint64(1), np.uint64(i), 5, 1) for i in range(N)])
    assert abs(np.corrcoef(here, there)[0, 1]) * math.sqrt(N) < STANDARD_ERRORS
    both = np.histogram2d(here, there, bins=8, range=((0, 1), (0, 1)))[0]
    chi = ((both - N / 64) ** 2 / (N / 64)).sum()
    assert abs(chi - 63) / math.sqrt(2 * 63) < STANDARD_ERRORS


def test_each_input_bit_changes_half_of_the_output():
    base = [int(random.bits(KEY, np.uint64(i), 3, 1)) for i in range(200)]
    for bit in range(0, 64, 7):
        changed = [int(random.bits(KEY, np.uint64(i ^ (1 << bit)), 3, 1)) for i in range(200)]
        share = np.mean([(a ^ b).bit_count() / 64 for a, b in zip(base, changed, strict=True)])
        assert abs(share - 0.5) * math.sqrt(200 * 64) / 0.5 < STANDARD_ERRORS


@given(st.floats(1e-300, 1.0, exclude_max=True))
def test_normal_quantile_is_scipys(p):
    # The approximation promises 1.15e-9, so not the 1e-9 of other closed forms.
    expected = special.ndtri(p)
    assert abs(random.normal_quantile(p) - expected) <= 1.2e-9 * abs(expected) + 1e-12


@pytest.mark.parametrize(
    "p", [0.02425, 0.0242499999, 0.02425000001, 0.97575, 0.5, 1e-12, 1 - 1e-12]
)
def test_normal_quantile_at_its_seams(p):
    assert (
        abs(random.normal_quantile(p) - special.ndtri(p)) <= 1.2e-9 * abs(special.ndtri(p)) + 1e-12
    )


@given(
    st.integers(0, 60),
    st.fractions(0, 1, max_denominator=97),
    st.fractions(Fraction(1, 997), Fraction(996, 997), max_denominator=997),
)
def test_binomial_quantile_is_the_exact_one(n, p, u):
    expected = plain.binomial_quantile(n, p, u)
    tie = {
        plain.binomial_quantile(n, p, u + d) for d in (-Fraction(1, 10**12), Fraction(1, 10**12))
    }
    assert random.binomial_quantile(n, float(p), float(u)) in tie | {expected}


def test_binomial_quantile_is_scipys_over_the_whole_range():
    rng = np.random.default_rng(2)
    n = np.concatenate([rng.integers(1, 400, 1500), rng.integers(400, 2_000_000, 1500)])
    p = np.minimum(10.0 ** rng.uniform(-7, 0, n.size), 1.0)
    p = np.where(rng.random(n.size) < 0.3, 1.0 - p, p)
    u = np.where(rng.random(n.size) < 0.2, 10.0 ** rng.uniform(-9, -2, n.size), rng.random(n.size))
    exact = stats.binom.ppf(u, n, p)
    for i in range(n.size):
        result = random.binomial_quantile(int(n[i]), float(p[i]), float(u[i]))
        mean = n[i] * p[i]
        if mean > 500 and n[i] - mean > 500:
            # The normal quantile: its probability lies within 0.001 of the number asked for.
            low, high = stats.binom.cdf([result - 1, result], n[i], p[i])
            assert low - 0.001 <= u[i] <= high + 0.001
        elif result != exact[i]:  # a tie, decided by the last bit of a sum
            border = stats.binom.cdf(min(result, exact[i]), n[i], p[i])
            assert abs(result - exact[i]) == 1
            assert border == pytest.approx(u[i], rel=1e-9)


@given(st.integers(0, 3000), st.floats(0, 1), st.floats(1e-9, 1 - 1e-9))
def test_binomial_quantile_stays_in_its_range(n, p, u):
    assert 0 <= random.binomial_quantile(n, p, u) <= n


@given(st.integers(1, 900), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(1e-9, 1 - 1e-9))
def test_a_higher_chance_adds_events_and_replaces_none(n, p, more, u):
    assert random.binomial_quantile(n, p, u) <= random.binomial_quantile(n, p + more, u)


@given(st.floats(0.02, 1.5), st.floats(1e-6, 1, exclude_max=True))
def test_geometric_gap_matches_the_reference(hazard, u):
    nearest = abs(-math.log(u) / hazard - round(-math.log(u) / hazard))
    if nearest > 1e-9:
        assert random.geometric_gap(hazard, u) == plain.geometric_gap(hazard, u)


def test_geometric_gaps_have_the_constant_hazard():
    for hazard in (0.03, 0.4, 1.0):
        gaps = np.array([random.geometric_gap(hazard, u) for u in numbers()])
        for k in (1, 2, 5, 20):
            spared = math.exp(-hazard * k)
            error = math.sqrt(spared * (1 - spared) / N)
            assert abs((gaps > k).mean() - spared) <= STANDARD_ERRORS * error + 1 / N
    assert random.geometric_gap(0.0, 0.5) == 1 << 30
    assert random.geometric_gap(1e-12, 0.5) == 1 << 30


def test_exponential_waiting_times_have_mean_and_deviation_one():
    times = np.array([random.exponential(u) for u in numbers()])
    assert abs(times.mean() - 1) * math.sqrt(N) < STANDARD_ERRORS
    assert abs(times.var() - 1) * math.sqrt(N / 8) < STANDARD_ERRORS
    assert is_closed_form(random.exponential(math.exp(-2.5)), 2.5)


@given(st.floats(1e-3, 3000), st.floats(0, 2), st.floats(1e-9, 1 - 1e-9))
def test_count_quantile_matches_the_reference(mean, cv, u):
    ends = [
        plain.count_quantile(mean, cv, special.ndtri(min(u * (1 + d), 1 - 1e-16)))
        for d in (-1e-9, 1e-9)
    ]
    assert ends[0] <= random.count_quantile(mean, cv, u) <= ends[1]


def by_chance(quantile):
    """(values, their probabilities) of a quantile function: its steps, found by bisection."""
    first, last = quantile(1e-15), quantile(1 - 1e-15)
    steps = [0.0]
    for k in range(first, last):
        low, high = steps[-1], 1.0
        for _ in range(45):
            middle = (low + high) / 2
            if quantile(middle) <= k:
                low = middle
            else:
                high = middle
        steps.append(low)
    return np.arange(first, last + 1), np.diff([*steps, 1.0])


@pytest.mark.parametrize(
    ("mean", "cv"),
    [
        *((m, cv) for m in (0.01, 0.25, 0.5, 1.0, 7.0) for cv in (0.0, 0.1, 0.8)),
        *((15.99, 0.0), (16.01, 0.0)),  # the seam of a Poisson count
        *((39.0, 0.1), (42.0, 0.1), (60.0, 0.124), (12.0, 0.3)),
    ],
)
def test_counts_of_travellers_have_the_mean_and_variance_asked_for(mean, cv):
    k, chance = by_chance(lambda u: random.count_quantile(mean, cv, u))
    result = (k * chance).sum()
    assert result == pytest.approx(mean, rel=1e-7)
    variance = ((k - result) ** 2 * chance).sum()
    assert variance == pytest.approx(mean + (cv * mean) ** 2, rel=1e-6)


@pytest.mark.parametrize(("mean", "cv"), [(0.25, 0.1), (15.9, 0.0), (16.1, 0.0), (45.0, 0.1)])
def test_the_tail_of_counts_is_that_of_the_law(mean, cv):
    size = 1 / cv**2 if cv else 0
    law = stats.nbinom(size, size / (size + mean)) if cv else stats.poisson(mean)
    for u in (1e-9, 1e-5, 1e-3, 0.5, 0.999, 1 - 1e-5, 1 - 1e-9):
        exact = (1 + 2 * cv**2 * mean) / math.sqrt(mean + (cv * mean) ** 2) > 0.25
        assert abs(random.count_quantile(mean, cv, u) - law.ppf(u)) <= (0 if exact else 1)


@given(st.floats(0.01, 500), st.floats(0, 1), st.floats(1e-15, 1 - 1e-15), st.floats(0, 1))
def test_a_higher_number_never_counts_less(mean, cv, u, part):
    lower = max(u * part, 1e-16)
    assert random.count_quantile(mean, cv, lower) <= random.count_quantile(mean, cv, u)


def test_many_leavers_have_the_binomial_mean_and_variance():
    for n, p in ((1200, 0.45), (3000, 0.2), (40, 0.01), (700, 0.9)):
        law = stats.binom(n, p)
        k = np.arange(n + 1)[law.pmf(np.arange(n + 1)) > 1e-9]
        result = np.array(
            [random.binomial_quantile(n, p, u) for u in law.cdf(k) - 0.5 * law.pmf(k)]
        )
        assert (np.abs(result - k) <= (1 if 500 < n * p < n - 500 else 0)).all()
        if 500 < n * p < n - 500:
            values, chance = by_chance(lambda u, n=n, p=p: random.binomial_quantile(n, p, u))
            assert (values * chance).sum() == pytest.approx(n * p, rel=1e-9)
            spread = ((values - n * p) ** 2 * chance).sum()
            assert spread == pytest.approx(n * p * (1 - p), rel=1e-8)


def test_numbers_never_reach_zero_or_one():
    unit, half = random._UNIT, random._HALF
    shift = int(random._S12)
    top = float(2 ** (64 - shift) - 1) * unit + half
    assert half > 0.0
    assert top < 1.0
