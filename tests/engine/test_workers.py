"""The real engine through the public interface: same tables for any number of workers."""

import pytest

import emigre
from emigre.results.checks import check

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

DAYS = {"start": "2030-03-10", "end": "2030-04-10"}


def test_same_tables_for_one_and_for_many_workers() -> None:
    tiny = emigre.load("tiny", **DAYS)
    one, two, many = (emigre.run(tiny, runs=4, seed=7, by="document", workers=n) for n in (1, 2, 4))
    for name in ("daily", "summary", "groups", "scores"):
        assert getattr(one, name).equals(getattr(two, name)), name
        assert getattr(one, name).equals(getattr(many, name)), name
    check(one)


def test_a_run_does_not_depend_on_how_many_there_are() -> None:
    tiny = emigre.load("tiny", **DAYS)
    few, more = (emigre.run(tiny, runs=n, seed=7).daily for n in (1, 3))
    keys = ["run", "date", "measure", "place"]
    both = few.join(more, on=keys, suffix="_more")
    assert len(both) == len(few)
    assert both["value"].equals(both["value_more"], check_names=False, null_equal=True)
