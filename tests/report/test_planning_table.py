"""The planning table of reception services."""

from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl

from emigre.report.reception import Line, first_day, spans_of, table

ORDER = ("q05", "q25", "q50", "q75", "q95")


def line(measure, *spans):
    return Line("X", "Hill Pass", measure, [dict(zip(ORDER, span, strict=True)) for span in spans])


def texts(*lines):
    made = table(list(lines), date(2030, 3, 21), [7, 14], 10, "90 % interval", "rarely exceeded")
    return [[cell.text for cell in row] for row in made.rows]


def run_until(end, *, as_of=None, counts=()):
    """A run from 1 March with published counts; their last days are exclusive."""
    start = date(2030, 3, 1)
    observations = pl.DataFrame({"to": counts}, {"to": pl.Date})
    return SimpleNamespace(
        info=SimpleNamespace(start=start, as_of=as_of),
        days=(start, end + timedelta(days=1)),
        scenario=SimpleNamespace(tables={"observations": observations}),
    )


def test_days_ahead_are_those_after_the_last_count_or_the_day_of_the_forecast():
    end, counted = date(2030, 4, 10), [date(2030, 3, 15), date(2030, 3, 22)]
    assert first_day(run_until(end, counts=counted)) == date(2030, 3, 22)
    assert spans_of(run_until(end, counts=counted)) == [7, 14]
    assert first_day(run_until(end, as_of=date(2030, 3, 9), counts=counted)) == date(2030, 3, 10)
    assert spans_of(run_until(end)) == [7, 14, 30]


def test_a_run_that_ends_with_the_counts_has_no_planning_table():
    assert spans_of(run_until(date(2030, 4, 10), counts=[date(2030, 4, 6)])) == []
    assert spans_of(run_until(date(2030, 4, 10), counts=[date(2031, 1, 1)])) == []


def test_a_queue_that_ends_has_a_median_then():
    row = texts(line("waiting", (0, 0, 20, 90, 360), (0, 0, 0, 0, 16)))[1]
    assert row[1:] == ["0 to 360", "0 (0 to 16)"]


def test_a_wide_interval_has_no_median():
    row = texts(line("entered", (50, 60, 100, 200, 480), (50, 60, 100, 200, 500)))[1]
    assert row[1:] == ["100 (50 to 480)", "50 to 500"]


def test_lines_too_uncertain_to_plan_with_are_named_below():
    vague = line("waiting", (0, 0, 0, 9000, 390_000), (0, 0, 0, 9000, 260_000))
    arriving = line("entered", (50, 60, 100, 200, 480), (50, 60, 100, 200, 500))
    made = table([vague, arriving], date(2030, 3, 21), [7, 14], 10, "90 % interval", "rare")
    assert [row[0].text for row in made.rows] == ["Hill Pass", "Emigrants admitted"]
    assert made.remarks[0].endswith("CSV file: emigrants in the queue (Hill Pass).")
    assert ",waiting," in made.csv
    alone = table([vague], date(2030, 3, 21), [7, 14], 10, "90 % interval", "rare")
    assert (alone.rows, alone.remarks) == ([], made.remarks)
    assert ",waiting," in alone.csv
    hours = line("wait_hours", (0, 0, 1, 9, 99), (0, 0, 1, 9, 120))
    assert not hours.is_vague


def test_need_without_any_bed_is_shown_once():
    need, without = (line(m, *[(44, 50, 62, 80, 112)] * 2) for m in ("in_need", "unsheltered"))
    # A forecast's quantiles come with their other columns.
    for at, (measure, one) in enumerate((("in_need", need), ("unsheltered", without))):
        one.spans[at]["measure"] = measure
    assert [row[0] for row in texts(need, without)] == ["Hill Pass", "People in need without a bed"]
