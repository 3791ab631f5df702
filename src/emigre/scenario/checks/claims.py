"""Consistency checks of claims.csv."""

from emigre import schema
from emigre.results.window import is_flow
from emigre.rules.matching import parse_list
from emigre.scenario.checks.common import (
    categories_in_use,
    check_counted,
    check_range,
    report_category,
)
from emigre.scenario.parsers import thousands_hint
from emigre.scenario.tables import ScenarioTables, TypedTable

DIRECTIONS = ("rises", "falls")
COMPARED_WITH = ("than_measure", "than_place", "than_from", "than_to", "than_value")


def check_claims(tables: ScenarioTables) -> None:
    """Claims with a measure have place, dates and value; ratios have a reference."""
    claims = tables["claims"]
    for row in range(claims.n_rows):
        if claims["measure"][row] is not None:
            _check_figure(tables, claims, row)
            _check_comparison(tables, claims, row)
        check_range(claims, row)
        _check_category(tables, claims, row)


def _check_figure(tables: ScenarioTables, claims: TypedTable, row: int) -> None:
    """Place, dates and value of a claim that names a measure."""
    measure, kind = claims["measure"][row], claims["kind"][row]
    for column in ("place", "from", "to"):
        claims.require(row, column, "for a claim that names a measure")
    check_counted(tables, claims, row, "place", measure)
    if claims["per"][row] != "period" and not is_flow(measure) and claims.is_good(row, "per"):
        claims.report(row, "per", f"period for the measure {measure}, which is not a flow")
    if kind == "value" and schema.measures()[measure].unit == "share":
        for column in ("value", "low", "high"):
            if claims.is_good(row, column) and (claims[column][row] or 0.0) > 1.0:
                claims.report(row, column, "a share from 0 to 1 (0.5 is 50 %)")
    if schema.measures()[measure].is_count:
        columns = ("value", "low", "high", "than_value") if kind == "value" else ("than_value",)
        for column in columns:
            if hint := thousands_hint(claims.text(row, column)):
                claims.report(row, column, "an unambiguous number", hint=hint)
    if kind in DIRECTIONS:
        for column in ("value", "low", "high"):
            claims.require_empty(row, column, f"for a claim of kind {kind}")
    elif kind is not None and all(claims[c][row] is None for c in ("value", "low", "high")):
        claims.require(row, "value", f"for a claim of kind {kind}")


def _check_comparison(tables: ScenarioTables, claims: TypedTable, row: int) -> None:
    """Values have no reference; ratios and directions have exactly one."""
    kind = claims["kind"][row]
    if kind == "value":
        for column in COMPARED_WITH:
            claims.require_empty(row, column, "for a claim of kind value")
        return
    if kind is None or not claims.is_good(row, *COMPARED_WITH):
        return
    if all(claims[c][row] is None for c in COMPARED_WITH):
        hint = "than_from and than_to, than_place, than_measure or than_value"
        claims.report(row, "than_from", f"a reference for a claim of kind {kind}", hint=hint)
    for one, other in (("than_from", "than_to"), ("than_to", "than_from")):
        if claims[one][row] is not None:
            claims.require(row, other, f"with {one}")
    if claims["than_value"][row] is not None:
        if claims["than_value"][row] == 0:
            claims.report(row, "than_value", "a number above 0")
        for column in COMPARED_WITH[:-1]:
            claims.require_empty(row, column, "with than_value")
    elif claims["than_place"][row] is not None or claims["than_measure"][row] is not None:
        measure = claims["than_measure"][row] or claims["measure"][row]
        column = "place" if claims["than_place"][row] is None else "than_place"
        check_counted(tables, claims, row, column, measure)


def _check_category(tables: ScenarioTables, claims: TypedTable, row: int) -> None:
    """Attributes have categories used by the groups."""
    attribute, category = claims["attribute"][row], claims["category"][row]
    if attribute is None and category is None:
        return
    claims.require(row, "category", "with an attribute")
    claims.require(row, "attribute", "with a category")
    known = categories_in_use(tables)
    if attribute in known and category is not None:
        for value in parse_list(category):
            if value not in known[attribute] and claims.is_good(row, "category"):
                report_category(claims, row, "category", attribute, value, known)
