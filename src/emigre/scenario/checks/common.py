"""Shared by the checks: places of a kind, categories in use, ranges."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from emigre import schema
from emigre.scenario.parsers import listed, nearest, plain, quoted
from emigre.scenario.tables import ScenarioTables, TypedTable

TOLERANCE = 1e-6
"""Tolerance of sums of shares, which are often rounded."""

COUNTED_AT = {
    "origin": ("origin",),
    "crossing": ("crossing", "country"),
    "country": ("country", "camp"),
}
"""Kinds of places that have rows for a measure, by the kind it is counted at."""


def check_kind(
    tables: ScenarioTables,
    typed: TypedTable,
    row: int,
    column: str,
    kinds: tuple[str, ...],
    why: str,
) -> None:
    """Report a cell whose place (or all places of its area) is of the wrong kind."""
    place, kind_of = typed[column][row], tables.kinds_of_places
    if place in (None, "*") or kind_of.get(place) in kinds or not typed.is_good(row, column):
        return
    actual = sorted({kind_of[p] for p in tables.places_of(place) if p in kind_of})
    if not actual or set(actual) & set(kinds):
        return
    what = "a place" if place in kind_of else "an area with places"
    expected = f"{what} of kind {' or '.join(kinds)}{why}"
    typed.report(row, column, expected, found=f"{quoted(place)} of kind {', '.join(actual)}")


def check_counted(
    tables: ScenarioTables, typed: TypedTable, row: int, column: str, measure: str
) -> None:
    """The measure is counted at the place of a cell."""
    kinds = COUNTED_AT[schema.measures()[measure].place_kind]
    check_kind(tables, typed, row, column, kinds, f" for the measure {measure}")


def check_range(typed: TypedTable, row: int) -> None:
    """low <= value <= high."""
    low, value, high = (typed[c][row] for c in ("low", "value", "high"))
    if value is None or not typed.is_good(row, "low", "value", "high"):
        return
    for column, bound, is_outside, word in (
        ("low", low, low is not None and low > value, "most"),
        ("high", high, high is not None and high < value, "least"),
    ):
        if is_outside:
            expected = f"a number of at {word} the value, {plain(value)}"
            typed.report(row, column, expected, found=plain(bound))


def categories_in_use(tables: ScenarioTables) -> dict[str, set[str]]:
    """Categories used in groups.csv, for valid attributes."""
    groups = tables["groups"]
    if not groups.is_whole or not groups.n_rows:
        return {}
    return {a: set(groups[a]) for a in schema.attributes() if groups.is_clean(a)}


def report_category(
    typed: TypedTable,
    row: int,
    column: str,
    attribute: str,
    value: str,
    known: dict[str, set[str]],
    where: str = "groups.csv",
) -> None:
    """Report an unused category."""
    typed.report(
        row,
        column,
        f"a category of {attribute} in {where}: {listed(sorted(known[attribute]))}",
        found=quoted(value),
        hint=nearest(value, known[attribute]),
    )


def neighbours_of(legs: TypedTable, *, reverse: bool = False) -> dict[str, set[str]]:
    """Places that a leg leads to from each place; with ``reverse`` those that it comes from."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    starts, ends = ("to", "from") if reverse else ("from", "to")
    for a, b, both in legs.rows(starts, ends, "both_ways"):
        neighbours[a].add(b)
        if both:
            neighbours[b].add(a)
    return neighbours


def reachable(starts: Iterable[str], neighbours: Mapping[str, set[str]]) -> set[str]:
    """Places reached from ``starts`` (included); ``neighbours`` are those next to each place."""
    ahead = set(starts)
    reached = set(ahead)
    while ahead:
        ahead = set().union(*(neighbours[place] for place in ahead)) - reached
        reached |= ahead
    return reached
