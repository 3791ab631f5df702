"""Steps of the day from other packages: what they see, may change, and leave unchanged."""

import sys
import types
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.processes.arrays import measure_index

DAYS = {"start": "2030-03-05", "end": "2030-03-15"}
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "emigre-examples" / "src"
SEEN: list[tuple[object, ...]] = []
OPENED: list[bool] = []


class Idle(emigre.Step):
    """Does nothing."""


class Recorder(emigre.Step):
    """Records what it sees, also in an attribute of the run's own copy."""

    def __init__(self):
        self.days = 0

    def morning(self, day):
        assert not day.people.accounts.country[measure_index("country")["arrived"]].any()
        self.days += 1
        drawn = day.random.random()
        SEEN.append(
            (day.run, day.day, self.days, str(day.date), len(day.people.parties.due), drawn)
        )


class Freeze(emigre.Step):
    """Nobody decides to leave."""

    def morning(self, day):
        day.change(departure_multiplier=np.zeros_like(day.today.departure_multiplier))


class Opener(emigre.Step):
    """Opens all routes; choices look at ways that were closed before, too."""

    def morning(self, day):
        closed = (day.today.route_utility == -np.inf).any()
        day.change(route_utility=np.zeros_like(day.today.route_utility))
        listed, ways = day.today.open, day.now.itineraries.row.size
        assert listed.way[listed.row[-1], : listed.first[listed.row[-1], -1]].size == ways
        OPENED.append(closed)


class Thief(emigre.Step):
    """Takes a person out of the accounts."""

    def evening(self, day):
        day.people.accounts.origin[measure_index("origin")["at_home"], 0, 0] -= 1


class Writer(emigre.Step):
    """Writes to data that all runs share."""

    def morning(self, day):
        day.now.world.countries.jobs[:] = 0.0


class Unfit(emigre.Step):
    """Gives conditions of a wrong shape."""

    def morning(self, day):
        day.change(departure_multiplier=[1.0])


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny", **DAYS)


@pytest.fixture(scope="module")
def plain(tiny):
    return emigre.run(tiny, runs=2, scale=50)


def run(tiny, *steps, **more):
    return emigre.run(tiny, **{"runs": 2, "scale": 50, "steps": list(steps)} | more)


def test_a_step_that_does_nothing_changes_nothing(tiny, plain):
    results = run(tiny, Idle())
    assert results.daily.equals(plain.daily)
    assert results.info.steps == ("Idle",)
    assert plain.info.steps == ()


def test_a_step_sees_each_day_of_each_run_and_keeps_its_state_to_a_run(tiny, plain):
    seen = []
    for workers in (1, 2):
        SEEN.clear()
        assert run(tiny, Recorder(), workers=workers).daily.equals(plain.daily)
        seen.append(sorted(SEEN))
    assert seen[0] == seen[1]
    assert [row[:3] for row in seen[0]] == [(r, d, d + 1) for r in (0, 1) for d in range(11)]
    assert seen[0][0][3] == DAYS["start"]
    assert len({row[-1] for row in seen[0]}) == 22


def test_a_step_changes_the_conditions_of_the_day(tiny, plain):
    decided = plain.daily.filter(measure="decided", place="*")["value"].sum()
    assert decided > 0
    assert run(tiny, Freeze()).daily.filter(measure="decided").is_empty()


def test_a_step_can_open_ways_that_are_closed(tiny, plain):
    OPENED.clear()
    arrived = run(tiny, Opener(), pool="threads").daily.filter(measure="arrived")
    assert any(OPENED)
    assert not arrived.equals(plain.daily.filter(measure="arrived"))


def test_the_example_makes_a_day_of_the_week_quiet(tiny, plain, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from emigre_examples.step import QuietDay

    before = plain.daily.filter(measure="decided", place="*").sort("value")
    weekday = before["date"][-1].weekday()  # of the day on which most decide
    after = run(tiny, QuietDay(weekday=weekday, factor=0.0)).daily
    decided = after.filter(measure="decided", place="*").filter(pl.col("value") > 0)
    assert len(decided)
    assert weekday not in {day.weekday() for day in decided["date"]}


def test_accounts_that_a_step_leaves_out_of_balance_are_refused(tiny):
    with pytest.raises(emigre.BooksError):
        run(tiny, Thief(), runs=1)


def test_inputs_shared_by_all_runs_are_read_only(tiny):
    with pytest.raises(ValueError, match="read-only"):
        run(tiny, Writer(), runs=1)


def test_conditions_keep_their_shape(tiny):
    with pytest.raises(emigre.InputError, match=r"shape \(1,\)"):
        run(tiny, Unfit(), runs=1)


def test_steps_that_cannot_be_pickled_are_refused(tiny, monkeypatch):
    class Local(emigre.Step):
        pass

    with pytest.raises(emigre.InputError, match=r"Local: found cannot be pickled"):
        run(tiny, Local(), pool="processes")
    with pytest.raises(emigre.InputError, match=r"a subclass of emigre\.Step"):
        run(tiny, print)
    script = type("Script", (emigre.Step,), {"__module__": "__main__"})
    script.__qualname__ = "Script"
    # as in a notebook, which other processes cannot import
    main = types.ModuleType("__main__")
    main.Script = script
    monkeypatch.setitem(sys.modules, "__main__", main)
    with pytest.raises(emigre.InputError, match="other processes can import"):
        run(tiny, script(), pool="processes")


def test_steps_are_part_of_the_key_for_resuming(tiny):
    from dataclasses import replace

    from emigre.ensemble.plan import make_plan

    plan = make_plan([tiny], runs=1, seed=1, scale=50)
    first, second = Recorder(), Recorder()
    second.days = 3
    keys = [
        replace(plan, steps=s).key() for s in ((), (Idle(),), (first,), (second,), (Recorder(),))
    ]
    assert len(set(keys)) == 4
    assert keys[2] == keys[4]
