"""Checks of rules against their kind, and detection of rules without effect.

An exit rule acts at the crossings out of a country. An entry or a fare rule acts at the crossings
into a country, and on arrival where a leg leads into it without a crossing.
"""

from collections.abc import Callable

from emigre import schema
from emigre.scenario.checks.common import check_kind
from emigre.scenario.parsers import bounds_words, outside, quoted
from emigre.scenario.tables import ScenarioTables, TypedTable

EXPECTED = {
    "exit": "a crossing, or a country that a crossing leads out of",
    "fare": "a crossing, or a country that people enter",
    "entry": "a crossing, or a country or camp whose border is crossed on the way to it",
}

WHOLE = {"grace": "a whole number of days", "leg": "0 (closed) or 1 (open)"}
"""Kinds whose values are whole numbers."""


def check_rules_act(tables: ScenarioTables) -> None:
    """Every rule has an effect, and its cells are meaningful for its kind."""
    rules, places, legs = (tables[t] for t in ("rules", "places", "legs"))
    for row, kind in rules.filled("kind"):
        _check_unused_cells(rules, row, kind)
    if not (places.is_clean("id", "kind", "country", "exit_country") and legs.is_clean()):
        return
    acts = _tests(places, legs)
    for row, kind, place in rules.filled("kind", "place"):
        if kind not in acts or place == "*":
            continue
        members = tables.places_of(place)
        kinds = {tables.kinds_of_places.get(p) for p in members}
        if kinds & {"crossing", "country", "camp"} and not any(map(acts[kind], members)):
            expected = f"{EXPECTED[kind]}, for a rule of kind {kind}"
            rules.report(row, "place", expected, found=quoted(place))


def _check_unused_cells(rules: TypedTable, row: int, kind: str) -> None:
    cells = [] if kind == "entry" else ["window_days"]
    if schema.rule_kinds()[kind].by == "everyone":
        cells += ["nationality", "document", "who"]
    for column in cells:
        if rules[column][row] not in ("*", 0):
            why = "rules of this kind apply to everybody" if column != "window_days" else ""
            rules.require_empty(row, column, f"for a rule of kind {kind}", hint=why)


def _tests(places: TypedTable, legs: TypedTable) -> dict[str, Callable[[str], bool]]:
    """Whether each kind of rule has an effect at a place."""
    columns = ("id", "kind", "country", "exit_country")
    rows = {i: (kind, country, left) for i, kind, country, left in places.rows(*columns)}
    crossings = {i for i, (kind, _, _) in rows.items() if kind == "crossing"}
    into = {rows[x][1] for x in crossings}
    out_of = {rows[x][2] for x in crossings}
    unchecked = set()  # countries entered by legs without a crossing
    for a, b, both in legs.rows("from", "to", "both_ways"):
        if a in rows and b in rows and not {a, b} & crossings and rows[a][1] != rows[b][1]:
            unchecked |= {rows[b][1], rows[a][1]} if both else {rows[b][1]}

    def entered(p: str) -> bool:
        kind, country, _ = rows[p]
        return country in unchecked or (kind != "camp" and country in into)

    return {
        "exit": lambda p: p in crossings or p in out_of,
        "fare": lambda p: p in crossings or (rows[p][0] == "country" and p in into | unchecked),
        "entry": entered,
    }


def check_rules(tables: ScenarioTables) -> None:
    """Values, places and cells fit the kind of the rule; rumours never take effect."""
    rules = tables["rules"]
    for row, kind in enumerate(rules["kind"]):
        if kind is not None:
            spec = schema.rule_kinds()[kind]
            _check_rule_cells(rules, row, spec)
            _check_rule_place(tables, rules, row, kind)
        credence = rules["credence"][row]
        if credence is None:
            continue
        is_rumour = credence < 1
        column = "effective_from" if is_rumour else "expected_from"
        if rules.is_good(row, "credence"):
            why = "a rumour never comes into force" if is_rumour else "only for rumours"
            rules.require_empty(row, column, hint=why)


def _check_rule_cells(rules: TypedTable, row: int, spec: schema.RuleKind) -> None:
    value = rules["value"][row]
    if value is not None and outside(value, spec.value_low, spec.value_high):
        words = bounds_words("a number", spec.value_low, spec.value_high)
        rules.report(row, "value", f"{words} ({spec.value_unit}) for a rule of kind {spec.kind}")
    for column, used in (("days", spec.uses_days), ("delay_days", spec.uses_delay_days)):
        if not used and rules[column][row]:
            rules.report(row, column, f"an empty cell for a rule of kind {spec.kind}")
    if spec.kind in WHOLE and value is not None and value != int(value):
        rules.report(row, "value", f"{WHOLE[spec.kind]}, for a rule of kind {spec.kind}")
    _check_days(rules, row, spec)


def _check_days(rules: TypedTable, row: int, spec: schema.RuleKind) -> None:
    """A stay has at least one day, and a window is longer than the days that it limits."""
    days, window = rules["days"][row], rules["window_days"][row]
    if spec.uses_days and days == 0:
        rules.report(row, "days", "a whole number of at least 1, or an empty cell for no limit")
    elif window is not None and spec.kind == "entry" and rules.is_good(row, "days"):
        if days is None:
            rules.report(row, "days", "the days allowed within window_days")
        elif window <= days:
            rules.report(row, "window_days", f"more days than days, {days}")


def _check_rule_place(tables: ScenarioTables, rules: TypedTable, row: int, kind: str) -> None:
    """The place suits the kind of the rule; a leg suits rules of kind leg only."""
    spec, place = schema.rule_kinds()[kind], rules["place"][row]
    if ("leg" in spec.places) != (place in tables.legs):
        if place is not None and rules.is_good(row, "place") and tables["legs"].is_clean():
            what = "a leg, FROM/TO/MODE" if "leg" in spec.places else "a place or an area"
            rules.report(row, "place", f"{what}, for a rule of kind {kind}")
        return
    kinds = spec.places + (("camp",) if "country" in spec.places else ())
    check_kind(tables, rules, row, "place", kinds, f" for a rule of kind {kind}")
