"""Checks of columns that several tables have: places, dates, categories, notes."""

from collections.abc import Callable, Iterator
from datetime import datetime

from emigre import schema
from emigre.calendar import local_date
from emigre.rules.matching import parse_list, parse_who
from emigre.scenario.checks.common import categories_in_use, check_kind, report_category
from emigre.scenario.disclosure_dates import day_of
from emigre.scenario.parsers import CellError, parse_id, parse_word
from emigre.scenario.tables import ScenarioTables, TypedTable


def check_kinds_referred(tables: ScenarioTables) -> None:
    """References to places have a suitable kind."""
    kinds_by_column = {
        ("attractions", "place"): ("country", "camp"),
        ("composition", "origin"): ("origin",),
        ("departures", "origin"): ("origin",),
        ("jobs", "place"): ("country", "camp"),
        ("diaspora", "country"): ("country", "camp"),
        ("present", "place"): ("country", "camp"),
        ("present", "origin"): ("origin",),
        ("pressures", "place"): ("origin",),
        ("traffic", "crossing"): ("crossing",),
    }
    for (table, column), kinds in kinds_by_column.items():
        for row, _ in tables[table].filled(column):
            check_kind(tables, tables[table], row, column, kinds, "")


def check_dates(tables: ScenarioTables) -> None:
    """Dates of a row are in order."""
    orders = (
        ("rules", "effective_from", "effective_to", False),
        ("rules", "expected_from", "effective_to", False),
        ("rules", "announced", "effective_from", True),
        ("traffic", "from", "to", False),
        ("observations", "from", "to", False),
        ("claims", "from", "to", False),
        ("claims", "than_from", "than_to", False),
        ("pressures", "onset", "peak", True),
        ("pressures", "onset", "ends", False),
        ("pressures", "announced", "onset", True),
    )
    for table, first, second, may_be_same in orders:
        typed = tables[table]
        for row, before, after in typed.filled(first, second):
            if isinstance(after, datetime) and not isinstance(before, datetime):
                after = local_date(after, tables.zone)
            if not (before < after or (may_be_same and before == after)):
                word = "on or after" if may_be_same else "after"
                kind = schema.columns(table)[second].kind
                noun = "an instant" if kind == "instant" else "a date"
                typed.report(row, second, f"{noun} {word} {first}, {typed.text(row, first)}")


def check_ends(tables: ScenarioTables) -> None:
    """Ends are announced between the day of the row and the end."""
    for table, end, begin in (
        ("rules", "effective_to", "effective_from"),
        ("pressures", "ends", "onset"),
    ):
        typed = tables[table]
        for row, announced in typed.filled("end_announced"):
            if not typed.is_good(row, end, begin, "announced"):
                continue
            last = day_of(typed[end][row], tables.zone)
            column = "announced" if typed["announced"][row] else begin
            first = day_of(typed[column][row], tables.zone)
            if last is None:
                typed.require_empty(row, "end_announced", hint=f"the row has no {end}")
            elif announced > last:
                expected = f"a date on or before {end}, {typed.text(row, end)}"
                typed.report(row, "end_announced", expected)
            elif first is not None and announced < first:
                expected = f"a date on or after {column}, {typed.text(row, column)}"
                typed.report(row, "end_announced", expected)


def check_words(tables: ScenarioTables) -> None:
    """Categories, kinds and states are valid in rules and parameters."""
    for table, columns, parse in (
        ("groups", schema.attributes(), parse_word),
        ("traffic", ("nationality", "document"), parse_word),
        ("places", ("country", "exit_country"), parse_id),
        ("pressures", ("kind",), parse_id),
        ("traffic", ("kind",), parse_id),
    ):
        typed = tables[table]
        for column in columns:
            expected = {word: _refusal(word, parse) for word in {*typed[column]} - {None}}
            for row, value in typed.filled(column) if any(expected.values()) else ():
                if expected[value]:
                    typed.report(row, column, expected[value])


def _refusal(text: str, parse: Callable[[str], object]) -> str:
    """Expectation of a parser that refuses a text; empty if the text is valid."""
    try:
        parse(text)
    except CellError as error:
        return error.expected
    return ""


def check_categories(tables: ScenarioTables) -> None:
    """Addressed people exist, as a typo would make a rule without effect."""
    groups = categories_in_use(tables)
    traffic = tables["traffic"]
    wider = {attribute: set(categories) for attribute, categories in groups.items()}
    for member in tables["groups"]["member"]:
        for attribute, values in parse_who(member, schema.attributes()).items():
            wider.setdefault(attribute, set()).update(values)
    for attribute in ("nationality", "document"):
        if attribute in groups and traffic.is_whole:
            wider[attribute] |= set(traffic[attribute]) - {None}
        else:
            wider.pop(attribute, None)
    both = "groups.csv or traffic.csv"
    for table, known, where in (
        ("rules", wider, both),
        ("pressures", groups, "groups.csv"),
        ("attractions", groups, "groups.csv"),
        ("diaspora", groups, "groups.csv"),
    ):
        typed = tables[table]
        for row, column, attribute, value in _addressed(typed):
            if attribute in known and value not in known[attribute] and typed.is_good(row, column):
                report_category(typed, row, column, attribute, value, known, where)


def _addressed(typed: TypedTable) -> Iterator[tuple[int, str, str, str]]:
    """Row, column, attribute and category of all selectors of a table."""
    table = typed.sheet.table
    for column in schema.tables()[table]:
        if column.name == "who":
            for row, text in enumerate(typed["who"]):
                for attribute, values in parse_who(text, schema.attributes()).items():
                    for value in values:
                        yield row, "who", attribute, value
        elif column.name in ("nationality", "document"):
            for row, text in enumerate(typed[column.name]):
                for value in parse_list(text):
                    yield row, column.name, column.name, value


def check_notes(tables: ScenarioTables) -> None:
    """Estimates have a reason, in their row or in the note of their source."""
    sources = tables["sources"]
    noted = {s for s, note in sources.rows("id", "note") if note is not None}
    for typed in tables.each():
        if "basis" not in typed.values or not sources.is_whole:
            continue
        for row, basis, source in typed.filled("basis", "source"):
            if basis == "estimate" and typed["note"][row] is None and source not in noted:
                expected = "the reason for the estimate (here or in the note of its source)"
                typed.report(row, "note", expected)
