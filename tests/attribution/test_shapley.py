"""Shapley values against a reference implementation, their four properties and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre.attribution import shapley
from naive import shapley as plain
from tolerances import CLOSED_FORM, STANDARD_ERRORS, in_standard_errors

RUNS = 3


def random_game(n: int, seed: int, runs: int = RUNS) -> dict[frozenset[int], np.ndarray]:
    chance = np.random.default_rng(seed)
    return {some: chance.normal(0, 100, runs) for some in shapley.all_coalitions(n)}


def by_hand(n: int, value) -> dict[frozenset[int], np.ndarray]:
    return {some: np.array([float(value(some))]) for some in shapley.all_coalitions(n)}


@given(n=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_parts_match_the_reference(n, seed):
    game = random_game(n, seed)
    actual = shapley.exact(game, n)
    for run in range(RUNS):
        expected = plain.parts(n, lambda some, r=run: game[some][r])
        np.testing.assert_allclose(actual[:, run], expected, rtol=CLOSED_FORM, atol=1e-9)


@given(n=st.integers(1, 6), seed=st.integers(0, 10**6), pairs=st.integers(1, 4))
def test_parts_add_up_to_the_whole_difference_in_every_run(n, seed, pairs):
    game = random_game(n, seed)
    whole = game[frozenset(range(n))] - game[frozenset()]
    drawn, _ = shapley.sampled(game, shapley.draw_orders(n, pairs, seed))
    for parts in (shapley.exact(game, n), drawn):
        np.testing.assert_allclose(parts.sum(axis=0), whole, rtol=CLOSED_FORM, atol=1e-9)


def test_in_an_additive_game_each_part_is_the_single_effect():
    effect = [3.0, -1.0, 0.5, 7.0]
    game = by_hand(4, lambda some: 100 + sum(effect[i] for i in some))
    assert shapley.exact(game, 4)[:, 0].tolist() == pytest.approx(effect, rel=CLOSED_FORM)
    assert shapley.made_first(game, 4)[:, 0].tolist() == effect
    assert shapley.made_last(game, 4)[:, 0].tolist() == effect
    drawn, error = shapley.sampled(game, shapley.draw_orders(4, 2, 1))
    assert drawn[:, 0].tolist() == effect
    assert error.tolist() == [0.0] * 4


def test_changes_with_the_same_effect_have_the_same_share():
    result = shapley.exact(by_hand(5, lambda some: len(some) ** 2), 5)
    assert result[:, 0].tolist() == pytest.approx([5.0] * 5, rel=CLOSED_FORM)


@given(seed=st.integers(0, 10**6), dummy=st.integers(0, 3))
def test_a_change_without_effect_has_no_share(seed, dummy):
    smaller = random_game(4, seed)
    game = {some: smaller[some - {dummy}] for some in shapley.all_coalitions(4)}
    assert not shapley.exact(game, 4)[dummy].any()
    assert not shapley.sampled(game, shapley.draw_orders(4, 2, seed))[0][dummy].any()


def test_parts_of_added_games_are_added_parts():
    one, two = random_game(4, 1), random_game(4, 2)
    both = {some: one[some] + two[some] for some in one}
    np.testing.assert_allclose(
        shapley.exact(both, 4), shapley.exact(one, 4) + shapley.exact(two, 4), rtol=1e-9, atol=1e-9
    )


def test_gloves():
    # One left glove, two right ones; a pair is worth 1: the textbook's 2/3, 1/6, 1/6.
    game = by_hand(3, lambda some: 0 in some and len(some) > 1)
    assert shapley.exact(game, 3)[:, 0].tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(n=st.integers(2, 6), seed=st.integers(0, 10**6))
def test_one_pair_of_orders_is_exact_where_only_two_work_together(n, seed):
    chance = np.random.default_rng(seed)
    single, both = chance.normal(size=n), chance.normal(size=(n, n))

    def value(some: frozenset[int]) -> float:
        return sum(single[i] for i in some) + sum(both[i, j] for i in some for j in some if i < j)

    game = by_hand(n, value)
    drawn, error = shapley.sampled(game, shapley.draw_orders(n, 1, seed))
    np.testing.assert_allclose(drawn, shapley.exact(game, n), rtol=CLOSED_FORM, atol=1e-9)
    assert np.isnan(error).all()


def test_drawn_parts_have_no_bias_and_their_error_is_honest():
    n = 5
    game = random_game(n, 3, runs=1)
    exact = shapley.exact(game, n)[:, 0]
    drawn = [shapley.sampled(game, shapley.draw_orders(n, 3, seed)) for seed in range(400)]
    parts = np.array([p[:, 0] for p, _ in drawn])
    for i in range(n):
        assert in_standard_errors(parts[:, i], exact[i]) < STANDARD_ERRORS
        # The mean of the squared reported errors is the actual variance.
        ratio = [e[i] ** 2 - (p[i, 0] - exact[i]) ** 2 for p, e in drawn]
        assert in_standard_errors(ratio, 0.0) < STANDARD_ERRORS


@given(n=st.integers(2, 9), pairs=st.integers(1, 4), seed=st.integers(0, 100))
def test_orders_come_with_their_reverse_and_name_the_worlds_they_need(n, pairs, seed):
    orders = shapley.draw_orders(n, pairs, seed)
    assert orders.shape == (2 * pairs, n)
    assert all(sorted(order) == list(range(n)) for order in orders.tolist())
    assert (orders[0::2] == orders[1::2, ::-1]).all()
    assert (orders == shapley.draw_orders(n, pairs, seed)).all()
    wanted = shapley.needed(orders)
    assert wanted[0] == frozenset()
    assert wanted[-1] == frozenset(range(n))
    assert len(set(wanted)) == len(wanted) <= 2 + 2 * pairs * (n - 1) + 2 * n
    game = {some: np.zeros(1) for some in wanted}
    shapley.sampled(game, orders)
    shapley.made_first(game, n)
    shapley.made_last(game, n)
