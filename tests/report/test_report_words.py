"""Sentences give units, intervals, signs and digits, and reveal nothing withheld."""

import math
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from emigre.charts.series import ChartReader
from emigre.factcheck.claim import Range
from emigre.report import reception
from emigre.report.tables import Bar, _bar
from emigre.report.trust import capped_share, check_first, facts
from emigre.report.words import RunText, difference, during, joined, quantity


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((203.4, 211.0, 219.7), ("211", "203 to 220")),
        ((11873.2, 12456.0, 13120.9), ("12,500", "11,900 to 13,100")),
        ((0.0, 4.0, 22.0), ("<10", "0 to 22")),
        ((9.9, 9.9, 9.9), ("<10", "<10")),
        ((500.0, 500.0, 500.0), ("500", "500")),
    ],
)
def test_quantities(values, said):
    assert quantity(dict(zip(("q05", "q50", "q95"), values, strict=True)), 10) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((200.0, 300.0, 400.0), "300 more people (90 % interval: 200 to 400)"),
        ((-400.0, -300.0, -200.0), "300 fewer people (90 % interval: 200 to 400)"),
        ((-100.0, 300.0, 400.0), "300 more people (from 100 fewer to 400 more)"),
        ((-400.0, -300.0, 100.0), "300 fewer people (from 400 fewer to 100 more)"),
        ((0.0, 0.0, 0.0), "exactly as many people"),
        ((None, None, 40.0), "<10 more people (90 % interval: <10 to 40)"),
        ((-300.0, 0.0, 0.0), "0 fewer people (90 % interval: 0 to 300)"),
        ((-300.0, ">-10", ">-10"), "<10 fewer people (90 % interval: <10 to 300)"),
        ((-300.0, ">-10", 20.0), "<10 fewer people (from 300 fewer to 20 more)"),
        ((">-10", "0", "<10"), "0 fewer people (from <10 fewer to <10 more)"),
        ((19.0, 167.0, "–"), "167 more people (interval withheld)"),
        ((19.0, "–", "–"), "withheld"),
        ((0.0, 0.0, 300.0), "0 more people (90 % interval: 0 to 300)"),
    ],
)
def test_differences(values, said):
    assert difference(values, 10, runs=20) == said


def test_few_runs_have_a_range_and_equal_ends_are_reported_once():
    said = difference((200.0, 300.0, 400.0), 10, runs=2)
    assert said == "300 more people (range of 2 runs: 200 to 400)"
    assert difference((800.0, 800.0, 800.0), 10, runs=2) == "800 more people"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("3 Mar 2030", "On 3 Mar 2030"),
        ("3 – 9 Mar 2030", "From 3 to 9 Mar 2030"),
        ("1 Dec 2022 – 31 Jan 2023", "From 1 Dec 2022 to 31 Jan 2023"),
    ],
)
def test_periods_in_sentences(when, said):
    assert during(when) == said


def test_lists():
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"


def last_day(**amounts: float) -> str:
    """The sentence about the last day of a run with these totals."""
    reader = SimpleNamespace(
        info=SimpleNamespace(end=date(2030, 4, 20), small_count=0),
        totals={measure: {"*": amount} for measure, amount in amounts.items()},
        over_all=lambda measure, _: dict.fromkeys(("q05", "q50", "q95"), amounts[measure]),
    )
    return RunText(reader)._last_day()


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (["HOME"], "They settle in HOME, 5."),
        (["A", "B"], "Most settle in A, 5, followed by B, 5."),
        (["HOME", "A"], "Those who leave their country settle in A, 5."),
        (
            ["HOME", "A", "B"],
            "Most of those who leave their country settle in A, 5, followed by B, 5.",
        ),
    ],
)
def test_arrivals_abroad_are_apart_from_displacement_inside(places, said):
    reader = SimpleNamespace(
        info=SimpleNamespace(small_count=0),
        ranked=lambda *_: places,
        is_home=lambda place: place == "HOME",
        name=str,
        over_all=lambda *_: dict.fromkeys(("q05", "q50", "q95"), 5.0),
    )
    assert RunText(reader)._arriving() == said


def test_places_head_their_rows_and_equal_rows_are_one():
    def quantiles(mid):
        return dict.fromkeys(("q05", "q25", "q75", "q95"), mid) | {"q50": mid}

    needs = {"arrived": 700.0, "in_need": 300.0, "unsheltered": 300.0}
    lines = [reception.Line("A", "Aland", m, [quantiles(v)]) for m, v in needs.items()]
    other = [replace(lines[1], place="B", name="Beland"), lines[2]]
    other[1] = replace(other[1], place="B", name="Beland", spans=[quantiles(200.0)])
    made = reception.table([*lines, *other], date(2030, 3, 1), [7], 10, "range", "once")
    assert [row[0].text for row in made.rows] == [
        *("Aland", "People who arrived to stay", "People in need without a bed"),
        *("Beland", "People in need", "People in need without a bed"),
    ]
    assert [row[0].is_head for row in made.rows] == [True, False, False, True, False, False]
    assert reception.largest({"A": 1.0, "B": 3.0, "C": 0.0, "D": 3.0}) == ["B", "D", "A"]


def test_people_in_their_own_country_are_not_called_abroad():
    said = last_day(stock=900.0, abroad=700.0, stock_displaced=200.0, in_need=50.0)
    assert said == (
        "On 20 Apr 2030, 700 are abroad and 200 are displaced inside their own country. "
        "Among both groups, 50 have neither savings nor income."
    )
    assert last_day(stock=200.0, abroad=0.0, stock_displaced=200.0) == (
        "On 20 Apr 2030, 200 are displaced inside their own country."
    )
    assert "700 are abroad. Among them, 50 have" in last_day(
        stock=700.0, abroad=700.0, in_need=50.0
    )


def bounded(share: float, cap: float = 0.05, n_days: int = 60, capped_days: int = 60):
    """A run in which the hazards of a share of 10,000 people are above the bound on some days."""
    dates = [date(2030, 1, 1) + timedelta(days=i) for i in range(n_days)]
    rows = [("stock", d, 10_000.0) for d in dates]
    seen = 10_000.0 * share * (1 - math.exp(-cap))
    rows += [("hazard_capped", d, seen) for d in dates[:capped_days]]
    summary = pl.DataFrame(
        {
            "measure": [r[0] for r in rows],
            "date": [r[1] for r in rows],
            "place": ["*"] * len(rows),
            "mean": [r[2] for r in rows],
        }
    )
    info = SimpleNamespace(n_days=n_days, start=dates[0], parameters={"hazard_cap_per_day": cap})
    return SimpleNamespace(info=info, scan_summary=summary.lazy)


@pytest.mark.parametrize(("n_days", "capped_days"), [(60, 60), (60, 28), (10, 10)])
def test_the_share_above_the_bound_is_that_of_those_away_from_home(n_days, capped_days):
    assert capped_share(bounded(0.09, 0.05, n_days, capped_days)) == pytest.approx(0.09)
    assert capped_share(bounded(0.0, 0.05, n_days, capped_days)) == 0.0


def test_a_bound_that_is_met_is_reported(a_run):
    share = capped_share(a_run)
    names = [fact.name for fact in facts(ChartReader(a_run), None)]
    assert ("Late actions" in names) == (share > 0.01)


def finding(said, simulated=None, published=None, kind="value", withheld=()):
    """A claim, its runs (q05, q50, q95) and published counts (low, high)."""
    runs = simulated and SimpleNamespace(
        **dict(zip(("q05", "q50", "q95"), simulated, strict=True)), withheld=withheld
    )
    counts = published and SimpleNamespace(range=Range(*published))
    claim = SimpleNamespace(range=said and Range(*said), kind=kind)
    return SimpleNamespace(claim=claim, simulated=runs, published=counts)


@pytest.mark.parametrize(
    ("given", "bar"),
    [
        (finding((40, 50), (10, 20, 100), (30, 35)), Bar((10, 20, 100), (30, 35), (40, 50))),
        (finding((50, math.inf), (10, 20, 100)), Bar((10, 20, 100), None, (50, 110))),
        (finding((50, 100), None, (60, 70)), Bar(None, (60, 70), (50, 100))),
        (
            finding((50, 100), (1, 2, 3), (60, 70), withheld=("q05",)),
            Bar(None, (60, 70), (50, 100)),
        ),
        (finding((50, 100)), None),
        (finding(None, (1, 2, 3)), None),
        (finding((1, math.inf), (1, 2, 3), kind="rises"), None),
    ],
)
def test_bars_of_claims_share_a_scale_with_a_tenth_of_room(given, bar):
    found = _bar(given)
    if bar is None:
        assert found is None
        return
    top = 110  # the largest finite number is 100 in all of these
    for name in ("simulated", "published", "claimed"):
        spans = getattr(bar, name)
        placed = spans and [100 * value / top for value in spans]
        assert getattr(found, name) == (placed and pytest.approx(placed))


def test_many_warnings_leave_room_for_the_answers():
    info = SimpleNamespace(warnings=[f"legs.csv:{i}" for i in range(2, 32)])
    (fact,) = check_first(info, ["edited"])
    assert fact.text.split("; ")[::8] == ["edited", "and 23 more: emigre check lists all"]
    assert check_first(SimpleNamespace(warnings=()), []) == []
