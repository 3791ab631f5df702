"""Consistency checks of observations.csv: errors, revisions and cumulative totals."""

from datetime import timedelta

from emigre.results.window import is_flow
from emigre.scenario.checks.common import check_counted, check_range
from emigre.scenario.tables import ScenarioTables, TypedTable
from emigre.scenario.texts import value_text

SAME = ("measure", "place", "from", "to", "cumulative")
"""Columns a revision must share with the figure it replaces."""


def check_counts(tables: ScenarioTables) -> None:
    """Ranges contain their value; measures fit their place."""
    observations = tables["observations"]
    for row, measure in observations.filled("measure"):
        check_counted(tables, observations, row, "place", measure)
    for row in range(observations.n_rows):
        check_range(observations, row)


def check_observations(tables: ScenarioTables) -> None:
    """Errors are complete; revisions are later figures of the same count, in a chain."""
    observations = tables["observations"]
    for row, kind in enumerate(observations["error"]):
        _check_error(observations, row, kind)
    _check_published(observations)
    _check_replaced(observations)
    _check_cumulative(observations)


def _check_cumulative(observations: TypedTable) -> None:
    """Cumulative totals are of flows, with one total for each day."""
    replaced = set(observations["replaces"])
    columns = ("measure", "place", "from", "to")
    first: dict[tuple[object, ...], str] = {}
    for row, is_total in enumerate(observations["cumulative"]):
        measure, name = observations["measure"][row], observations["id"][row]
        if not is_total or measure is None:
            continue
        if not is_flow(measure):
            observations.report(row, "cumulative", f"no, because {measure} is not a flow")
        key = tuple(observations[c][row] for c in columns)
        if None in key or observations["use"][row] == "context" or name in replaced:
            continue
        if key in first:
            hint = f"the other is {first[key]}: replace it, or mark one as context"
            observations.report(row, "to", "one total for each day", hint=hint)
        first.setdefault(key, name)


def _check_error(observations: TypedTable, row: int, kind: str | None) -> None:
    low, high = observations["low"][row], observations["high"][row]
    if kind == "range" and observations.is_good(row, "error", "low", "high"):
        if low is None and high is None:
            observations.report(row, "error", "low or high, or another kind of error")
        elif (observations["value"][row] if low is None else low) == 0:
            column = "value" if low is None else "low"
            observations.report(row, column, "a number above 0 for a range")
    if kind != "approximate" and observations.is_good(row, "error"):
        observations.require_empty(row, "error_sd", "where error is not approximate")


def _check_published(observations: TypedTable) -> None:
    """Counts are published after their last day."""
    for row, published, _, after in observations.filled("published", "from", "to"):
        last = after - timedelta(days=1)
        if published < last:
            expected = f"a date on or after {last}, the last day counted"
            observations.report(row, "published", expected)


def _check_replaced(observations: TypedTable) -> None:
    if not observations.is_clean("id"):
        return
    rows = {name: row for row, name in enumerate(observations["id"])}
    taken: dict[str, str] = {}
    for row, former in observations.filled("replaces"):
        if former in taken:
            expected = "the id of a figure that no other row replaces"
            hint = f"already replaced by {taken[former]}"
            observations.report(row, "replaces", expected, hint=hint)
            continue
        taken[former] = observations["id"][row]
        circle = _circle(observations, rows, row)
        if circle and row == min(circle):  # reported once, at its start
            observations.report(row, "replaces", "the id of an earlier figure, without a cycle")
        elif not circle:
            _check_pair(observations, row, rows[former])


def _circle(observations: TypedTable, rows: dict[str, int], row: int) -> set[int]:
    """The cycle of ``replaces`` through a row; empty if there is none."""
    seen: set[int] = set()
    at: int | None = row
    while at is not None and at not in seen:
        seen.add(at)
        former = observations["replaces"][at]
        at = rows.get(former) if former is not None else None
    return seen if at == row else set()


def _check_pair(observations: TypedTable, row: int, former: int) -> None:
    name = observations["id"][former]
    for column in SAME:
        here, there = observations[column][row], observations[column][former]
        if None not in (here, there) and here != there:
            expected = f"{value_text(there)}, as in {name}, which this figure replaces"
            observations.report(row, column, expected)
    here, there = observations["published"][row], observations["published"][former]
    if None not in (here, there) and here <= there:
        expected = f"a date after {there}, when {name} was published, which this figure replaces"
        observations.report(row, "published", expected)
