"""Sharing of beds in closed form; accounts by category add up to those without."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre import schema
from emigre.engine.build import compile_scenario, require_rows
from emigre.engine.ledger import share_beds
from emigre.engine.simulate import simulate
from emigre.errors import InputError
from emigre.results.counts import Counts
from emigre.scenario.loader import load

people = st.lists(st.integers(0, 10**6), min_size=1, max_size=6)


@given(people, st.integers(0, 10**6))
def test_beds_are_given_while_there_are_any(needy: list[int], beds: int) -> None:
    in_need = np.array([needy], dtype=np.int64)
    used = np.zeros_like(in_need)
    share_beds(in_need, np.array([beds], dtype=np.int64), used)
    assert used.sum() == min(sum(needy), beds)
    assert (used >= 0).all()
    assert (used <= in_need).all()
    if sum(needy):
        fair = in_need * min(sum(needy), beds) / sum(needy)
        assert (abs(used - fair) < 1).all()


def test_beds_by_hand() -> None:
    used = np.zeros((2, 3), dtype=np.int64)
    share_beds(np.array([[6, 3, 1], [1, 0, 2]]), np.array([5, 9]), used)
    # 5 beds for 10: running totals 3, 4.5 and 5, rounded down; with 9 beds all have one.
    assert used.tolist() == [[3, 1, 1], [1, 0, 2]]


@pytest.fixture(scope="module")
def plain() -> Counts:
    return simulate(compile_scenario(load("tiny")), 1, 0)


def test_arrivals_by_origin_add_up_to_arrivals(plain: Counts) -> None:
    pairs = plain.arrivals
    assert pairs is not None
    again = np.zeros_like(plain.values["arrived"])
    np.add.at(again, (pairs.day, pairs.place), pairs.value)
    np.testing.assert_array_equal(again, plain.values["arrived"])
    assert set(pairs.origin.tolist()) == {0, 1}
    assert (pairs.value > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("by", ["group", "status", *schema.attributes()])
def test_categories_add_up_to_the_accounts_without(by: str, plain: Counts) -> None:
    split = simulate(compile_scenario(load("tiny"), by=by), 1, 0)
    assert split.by is not None
    assert split.by.attribute == by
    for number, measure in enumerate(schema.measures()):
        if measure not in plain.values:
            continue
        of = split.by.measure == number
        again = np.zeros_like(plain.values[measure])
        np.add.at(again, (split.by.day[of], split.by.place[of]), split.by.value[of])
        np.testing.assert_array_equal(again, plain.values[measure], err_msg=measure)


@pytest.mark.parametrize("by", ["group", "status", "document"])
def test_ordinary_travellers_are_in_no_group(by: str) -> None:
    counts = simulate(compile_scenario(load("tiny", end="2030-03-08"), by=by), 1, 0)
    split, names = counts.by, list(schema.measures())
    assert split is not None
    for measure in ("entered", "entered_ordinary", "passages", "waiting_ordinary", "queued"):
        of = split.measure == names.index(measure)
        mark = split.categories.index("ordinary travellers")
        ordinary = split.value[of & (split.category == mark)].sum()
        other = split.value[of & (split.category != mark)].sum()
        part = {"passages": "entered_ordinary", "queued": "waiting_ordinary"}.get(measure, measure)
        expected = counts.values[part].sum() if part.endswith("_ordinary") else 0
        assert (ordinary, other) == (expected, counts.values[measure].sum() - expected)


@pytest.mark.slow
def test_by_status_each_stock_is_its_own_category() -> None:
    split = simulate(compile_scenario(load("tiny"), by="status"), 1, 0).by
    assert split is not None
    names = list(schema.measures())
    for status in schema.statuses():
        of = split.measure == names.index(f"stock_{status}")
        assert {split.categories[c] for c in split.category[of]} <= {status}


def test_a_table_by_category_that_nobody_can_work_with_is_refused_before_the_run():
    with pytest.raises(InputError, match=r"by: found 803 categories on 699 days: more than 1"):
        compile_scenario(load("russia-2022"), scale=100, by="group")


def test_a_short_one_is_not_refused():
    require_rows(25_000, 30, 803)
