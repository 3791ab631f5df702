"""The accounts of diversion balance in every pair of random worlds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_worlds import World, acting_places, read, row, worlds
from same import differences

from emigre import schema
from emigre.comparison import diversion
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.results.trajectories import STATES
from examples import examples
from naive import diverted as plain

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes


@examples(40)
@given(worlds(), st.sampled_from(sorted(schema.rule_kinds())), st.data())
def test_losses_of_each_way_match_the_table(world: World, kind: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, world.n_days - 1))
    period = first, data.draw(st.integers(first + 1, world.n_days))
    extra = row(
        id="extra",
        kind=kind,
        place=data.draw(st.sampled_from(acting_places(world, kind))),
        value=data.draw(st.sampled_from([0, 1])),
        effective_from=world.day(data.draw(st.integers(0, world.n_days - 1))),
    )
    scale = data.draw(st.sampled_from([1, 3]))
    one, other = (
        simulate(compile_scenario(read(w), scale=scale), 1, 0, trace=period)
        for w in (world, world.changed(rules=[extra]))
    )
    assert one.trace is not None
    assert other.trace is not None
    pair = diversion.of_pair(one.trace, other.trace)
    for view in diversion.VIEWS:
        books_balance(pair, view, one, other)
    for counts in (one, other):
        a_trace_is_part_of_the_books(counts, period)


def books_balance(pair: diversion.Pair, view: str, one: Counts, other: Counts) -> None:
    """Row and column sums equal those of the reference implementation; losses equal gains."""
    places, table, net = pair.places[view], pair.table(view), pair.net(view)
    number = {place: i for i, place in enumerate(places)}
    expected = np.zeros_like(table)
    for (was, would_be), n in plain.matrix(one.trace, other.trace, view).items():
        expected[number[was], number[would_be]] += n
    np.testing.assert_array_equal(table, expected)
    first_exits = []
    for trace in (one.trace, other.trace):
        sums = np.zeros(len(places), np.int64)
        for p in range(trace.id.size):
            sums[number[plain.fate(trace, p, view)]] += trace.persons[p]
        first_exits.append(sums)
    stays = number["stayed", "stayed"]
    ways = np.arange(len(places)) != stays
    np.testing.assert_array_equal(net.sum(axis=1)[ways], (first_exits[0] - first_exits[1])[ways])
    np.testing.assert_array_equal(net, -net.T)
    assert table[stays, stays] == 0
    assert (table >= 0).all()


def a_trace_is_part_of_the_books(counts: Counts, period: tuple[int, int]) -> None:
    first, end = period
    trace, values = counts.trace, counts.values
    assert trace is not None
    assert np.unique(trace.id).size == trace.id.size
    for x in range(len(trace.crossings)):
        passed = values["entered"][first:end, x].sum()
        assert trace.persons[trace.entered == x].sum() <= passed
    for d in range(len(trace.countries)):
        arrived = values["arrived"][first:end, d].sum()
        assert trace.persons[trace.reached == d].sum() <= arrived
    for name in ("trapped", "preparing", "waiting"):
        now = trace.persons[trace.state == STATES.index(name)].sum()
        assert now <= values[name][end - 1].sum()


@examples(10)
@given(worlds(), st.data())
def test_following_changes_nothing(world: World, data: st.DataObject) -> None:
    compiled = compile_scenario(read(world))
    end = data.draw(st.integers(1, world.n_days))
    followed = simulate(compiled, 1, 0, trace=(0, end))
    again = simulate(compiled, 1, 0, trace=(0, end))
    assert differences(followed, simulate(compiled, 1, 0)) == []
    for name in ("id", "cohort", "day", "persons", "entered", "reached", "state"):
        np.testing.assert_array_equal(getattr(followed.trace, name), getattr(again.trace, name))
    pair = diversion.of_pair(followed.trace, replace(again.trace))
    assert pair.table("crossing").sum() == np.trace(pair.table("crossing"))
