"""Consistency checks within rows, between rows and across tables.

Each check uses individually valid cells and reports contradictions. The checks in CHECKS run in
order.
"""

# Long, because all consistency checks are in one list, to be read in order.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime

from emigre import schema
from emigre.calendar import local_date
from emigre.errors import Mistake
from emigre.rules.matching import ALL, parse_list, parse_who
from emigre.scenario.disclosure_dates import day_of
from emigre.scenario.parsers import (
    CellError,
    bounds_words,
    expectation,
    listed,
    nearest,
    outside,
    parse_id,
    parse_word,
    plain,
    quoted,
)
from emigre.scenario.rule_effects import check_rules_act
from emigre.scenario.tables import ScenarioTables, TypedTable

TOLERANCE = 1e-6
"""Tolerance of sums of shares, which are often rounded."""

COUNTED_AT = {
    "origin": ("origin",),
    "crossing": ("crossing", "country"),
    "country": ("country", "camp"),
}
"""Kinds of places that have rows for a measure, by the kind it is counted at."""


def check_place_kinds(world: ScenarioTables) -> None:
    """Cells required for some kinds of places only."""
    places = world.tables["places"]
    needed = {
        "origin": ("population",),
        "crossing": ("exit_country", "mode"),
        "country": ("living_cost_eur_per_month",),
    }
    countries = {i for i, k in world.kinds_of_places.items() if k == "country"}
    for row, kind in enumerate(places["kind"]):
        for column in needed.get(kind, ()):
            if places[column][row] is None and places.is_good(row, column):
                words = expectation(schema.columns("places")[column])
                expected = f"{words} for a place of kind {kind}"
                places.report(world.mistakes, row, column, expected)
        if not places.is_good(row, "id", "country"):
            continue
        country = places["country"][row]
        if kind == "country" and country != places["id"][row]:
            expected = f"{quoted(places['id'][row])}, the country itself"
            places.report(world.mistakes, row, "country", expected)
        elif kind == "crossing" and country not in countries and places.is_clean("id", "kind"):
            expected = "the id of a country of places.csv, which the crossing enters"
            places.report(
                world.mistakes, row, "country", expected, hint=nearest(country, countries)
            )


def check_lanes(world: ScenarioTables) -> None:
    """A lane belongs to another crossing between the same two states, which is no lane itself."""
    places = world.tables["places"]
    if not places.is_clean("id", "kind", "country", "exit_country", "lane_of"):
        return
    sides = zip(places["country"], places["exit_country"], strict=True)
    border = dict(zip(places["id"], sides, strict=True))
    lanes = {i for i, lane in zip(places["id"], places["lane_of"], strict=True) if lane}
    crossings = {i for i, kind in world.kinds_of_places.items() if kind == "crossing"} - lanes
    for row, point in enumerate(places["lane_of"]):
        name = places["id"][row]
        if point and (point not in crossings or name not in lanes or border[point] != border[name]):
            expected = "another crossing between the same states, which is no lane itself"
            places.report(world.mistakes, row, "lane_of", expected)


def check_areas(world: ScenarioTables) -> None:
    """Area ids are unique, areas have one name and contain places only."""
    areas, places = world.tables["areas"], world.tables["places"]
    first: dict[str, int] = {}
    for row, area in enumerate(areas["area"]):
        if not areas.is_good(row, "area", "name"):
            continue
        before = first.setdefault(area, row)
        if areas["name"][row] != areas["name"][before]:
            name, spot = areas.text(before, "name"), areas.sheet.spot(before, "name")
            expected = f"{quoted(name)}, as in {spot.file}:{spot.line}"
            areas.report(world.mistakes, row, "name", expected)
    if not places.is_clean("id"):
        return
    ids = set(places["id"])
    for row, area in enumerate(areas["area"]):
        if area in ids and areas.is_good(row, "area"):
            areas.report(world.mistakes, row, "area", "an id that no place has")


def check_kinds_referred(world: ScenarioTables) -> None:
    """References to places have a suitable kind."""
    kinds_by_column = {
        ("attractions", "place"): ("country", "camp"),
        ("composition", "origin"): ("origin",),
        ("departures", "origin"): ("origin",),
        ("diaspora", "country"): ("country", "camp"),
        ("present", "place"): ("country", "camp"),
        ("present", "origin"): ("origin",),
        ("pressures", "place"): ("origin",),
        ("traffic", "crossing"): ("crossing",),
    }
    for (table, column), kinds in kinds_by_column.items():
        typed = world.tables[table]
        for row in range(typed.n_rows):
            check_kind(world, typed, row, column, kinds, "")


def _check_rule_place(world: ScenarioTables, rules: TypedTable, row: int, kind: str) -> None:
    """The place suits the kind of the rule; a leg suits rules of kind leg only."""
    spec, place = schema.rule_kinds()[kind], rules["place"][row]
    if ("leg" in spec.places) != (place in world.legs):
        if place is not None and rules.is_good(row, "place") and world.tables["legs"].is_clean():
            what = "a leg, FROM/TO/MODE" if "leg" in spec.places else "a place or an area"
            rules.report(world.mistakes, row, "place", f"{what}, for a rule of kind {kind}")
        return
    kinds = spec.places + (("camp",) if "country" in spec.places else ())
    check_kind(world, rules, row, "place", kinds, f" for a rule of kind {kind}")


def check_kind(
    world: ScenarioTables,
    typed: TypedTable,
    row: int,
    column: str,
    kinds: tuple[str, ...],
    why: str,
) -> None:
    """Report a cell whose place (or all places of its area) is of the wrong kind."""
    place = typed[column][row]
    if place is None or place == "*" or not typed.is_good(row, column):
        return
    kind_of = world.kinds_of_places
    held = [place] if place in kind_of else world.members.get(place, [])
    found = sorted({kind_of[p] for p in held if p in kind_of})
    if not found or set(found) & set(kinds):
        return
    what = "a place" if place in kind_of else "an area with places"
    typed.report(
        world.mistakes,
        row,
        column,
        f"{what} of kind {' or '.join(kinds)}{why}",
        found=f"{quoted(place)} of kind {', '.join(found)}",
    )


def check_rules(world: ScenarioTables) -> None:
    """Values, places and cells fit the kind of the rule; rumours never take effect."""
    rules = world.tables["rules"]
    for row, kind in enumerate(rules["kind"]):
        if kind is not None:
            spec = schema.rule_kinds()[kind]
            _check_rule_cells(world, rules, row, spec)
            _check_rule_place(world, rules, row, kind)
        credence = rules["credence"][row]
        if credence is None:
            continue
        is_rumour = credence < 1
        column = "effective_from" if is_rumour else "expected_from"
        if rules[column][row] is not None and rules.is_good(row, column, "credence"):
            why = "a rumour never comes into force" if is_rumour else "only for rumours"
            rules.report(world.mistakes, row, column, "an empty cell", hint=why)


def _check_rule_cells(
    world: ScenarioTables, rules: TypedTable, row: int, spec: schema.RuleKind
) -> None:
    value = rules["value"][row]
    if value is not None and outside(value, spec.value_low, spec.value_high):
        words = bounds_words("a number", spec.value_low, spec.value_high)
        expected = f"{words} ({spec.value_unit}) for a rule of kind {spec.kind}"
        rules.report(world.mistakes, row, "value", expected)
    for column, used in (("days", spec.uses_days), ("delay_days", spec.uses_delay_days)):
        if not used and rules[column][row]:
            expected = f"an empty cell for a rule of kind {spec.kind}"
            rules.report(world.mistakes, row, column, expected)


def check_dates(world: ScenarioTables) -> None:
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
        typed = world.tables[table]
        for row in range(typed.n_rows):
            before, after = typed[first][row], typed[second][row]
            if before is None or after is None or not typed.is_good(row, first, second):
                continue
            if not _in_order(before, after, may_be_same, world.zone):
                word = "on or after" if may_be_same else "after"
                kind = schema.columns(table)[second].kind
                noun = "an instant" if kind == "instant" else "a date"
                expected = f"{noun} {word} {first}, {typed.text(row, first)}"
                typed.report(world.mistakes, row, second, expected)


def check_ends(world: ScenarioTables) -> None:
    """Ends are announced between the day of the row and the end."""
    for table, end, begin in (
        ("rules", "effective_to", "effective_from"),
        ("pressures", "ends", "onset"),
    ):
        typed = world.tables[table]
        for row, announced in enumerate(typed["end_announced"]):
            if announced is None or not typed.is_good(
                row, end, begin, "announced", "end_announced"
            ):
                continue
            last = day_of(typed[end][row], world.zone)
            column = "announced" if typed["announced"][row] else begin
            first = day_of(typed[column][row], world.zone)
            if last is None:
                hint = f"the row has no {end}"
                typed.report(world.mistakes, row, "end_announced", "an empty cell", hint=hint)
            elif announced > last:
                expected = f"a date on or before {end}, {typed.text(row, end)}"
                typed.report(world.mistakes, row, "end_announced", expected)
            elif first is not None and announced < first:
                expected = f"a date on or after {column}, {typed.text(row, column)}"
                typed.report(world.mistakes, row, "end_announced", expected)


def _in_order(before: date, after: date, may_be_same: bool, zone: str) -> bool:
    if isinstance(after, datetime) and not isinstance(before, datetime):
        after = local_date(after, zone)
    return before <= after if may_be_same else before < after


def check_group_shares(world: ScenarioTables) -> None:
    """Group shares, and the household size shares of every group, sum to 1."""
    groups = world.tables["groups"]
    sizes = [c.name for c in schema.tables()["groups"] if c.name.startswith("size_")]
    for row in range(groups.n_rows):
        if not groups.is_good(row, *sizes):
            continue
        total = sum(groups[c][row] for c in sizes)
        if abs(total - 1) > TOLERANCE:
            groups.report(
                world.mistakes,
                row,
                "size_1",
                f"shares {sizes[0]} to {sizes[-1]} that sum to 1",
                found=f"shares that sum to {plain(round(total, 9))}",
                hint="an empty size_1 counts as 1" if not groups.text(row, "size_1") else "",
            )
    if groups.is_clean("share") and groups.n_rows:
        total = sum(groups["share"])
        if abs(total - 1) > TOLERANCE:
            spot = groups.sheet.file
            found = f"shares that sum to {plain(round(total, 9))}"
            world.mistakes.append(Mistake(spot, None, "share", found, "shares that sum to 1"))


def check_members(world: ScenarioTables) -> None:
    """The member of a household has one value per attribute; only checks look at members."""
    groups, rules = world.tables["groups"], world.tables["rules"]
    for row, member in enumerate(groups["member"]):
        values = parse_who(member, schema.attributes()).values()
        if member == ALL or any(len(alternatives) > 1 for alternatives in values):
            expected = "one value per attribute, such as sex=male;age_band=18-60"
            groups.report(world.mistakes, row, "member", expected)
    for row, applies_to in enumerate(rules["applies_to"]):
        kind = rules["kind"][row]
        if applies_to == "person" and kind not in (None, "entry", "exit"):
            expected = f"household, for a rule of kind {kind}"
            rules.report(world.mistakes, row, "applies_to", expected)


def check_words(world: ScenarioTables) -> None:
    """Categories and kinds are valid in rules and parameters."""
    for table, columns, parse in (
        ("groups", schema.attributes(), parse_word),
        ("traffic", ("nationality", "document"), parse_word),
        ("pressures", ("kind",), parse_id),
        ("traffic", ("kind",), parse_id),
    ):
        typed = world.tables[table]
        for column in columns:
            for row, value in enumerate(typed[column]):
                if value is None:
                    continue
                try:
                    parse(value)
                except CellError as error:
                    typed.report(world.mistakes, row, column, error.expected)


def check_composition(world: ScenarioTables) -> None:
    """Composition uses categories of the groups; shares of an origin sum to at most 1."""
    composition = world.tables["composition"]
    known = categories_in_use(world)
    totals: dict[tuple[str, str], float] = defaultdict(float)
    last: dict[tuple[str, str], int] = {}
    for row in range(composition.n_rows):
        attribute, value = composition["attribute"][row], composition["value"][row]
        if value is not None and attribute in known and value not in known[attribute]:
            report_category(world, composition, row, "value", attribute, value, known)
        if composition.is_good(row, "origin", "attribute", "share"):
            key = (composition["origin"][row], attribute)
            totals[key] += composition["share"][row]
            last[key] = row
    for key, total in totals.items():
        if total > 1 + TOLERANCE:
            found = f"shares of {key[1]} in {quoted(key[0])} that sum to {plain(round(total, 9))}"
            expected = "shares that sum to 1 or less"
            composition.report(world.mistakes, last[key], "share", expected, found=found)


def check_departures(world: ScenarioTables) -> None:
    """Addresses of departures.csv are unambiguous and not empty.

    An origin uses the rows that name it, else those of its area, else those of ``*``.
    """
    departures, places = world.tables["departures"], world.tables["places"]
    if not (departures.is_clean("origin") and places.is_clean("id", "kind")):
        return
    line = {address: row for row, address in reversed(list(enumerate(departures["origin"])))}
    free = {p for p, kind in world.kinds_of_places.items() if kind == "origin"} - line.keys()
    taken: dict[str, str] = {}
    for address in sorted(line.keys() & world.members.keys(), key=line.__getitem__):
        mine = free & set(world.members[address])
        both = sorted(mine & taken.keys())
        if both:
            found = f"{quoted(address)}, which overlaps another area in {quoted(both[0])}"
            spot = departures.sheet.spot(line[taken[both[0]]], "origin")
            hint = f"{taken[both[0]]} is in {spot.file}:{spot.line}"
            expected = "areas without common origins"
            departures.report(
                world.mistakes, line[address], "origin", expected, found=found, hint=hint
            )
        elif not mine:
            _report_nobody_left(world, departures, line[address])
        taken |= dict.fromkeys(mine, address)
    if "*" in line and not free - taken.keys():
        _report_nobody_left(world, departures, line["*"])


def _report_nobody_left(world: ScenarioTables, departures: TypedTable, row: int) -> None:
    expected = "an address with an origin that no more specific row covers"
    departures.report(world.mistakes, row, "origin", expected)


def categories_in_use(world: ScenarioTables) -> dict[str, set[str]]:
    """Categories used in groups.csv, for valid attributes."""
    groups = world.tables["groups"]
    if not groups.is_whole or not groups.n_rows:
        return {}
    return {a: set(groups[a]) for a in schema.attributes() if groups.is_clean(a)}


def report_category(
    world: ScenarioTables,
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
        world.mistakes,
        row,
        column,
        f"a category of {attribute} in {where}: {listed(sorted(known[attribute]))}",
        found=quoted(value),
        hint=nearest(value, known[attribute]),
    )


def check_categories(world: ScenarioTables) -> None:
    """Addressed people exist, as a typo would make a rule without effect."""
    groups = categories_in_use(world)
    traffic = world.tables["traffic"]
    wider = {attribute: set(categories) for attribute, categories in groups.items()}
    for member in world.tables["groups"]["member"]:
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
        typed = world.tables[table]
        for row, column, attribute, value in _addressed(typed):
            if attribute in known and value not in known[attribute] and typed.is_good(row, column):
                report_category(world, typed, row, column, attribute, value, known, where)


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


def check_nationality(world: ScenarioTables) -> None:
    """The scenario's nationality is used in groups.csv."""
    known = categories_in_use(world).get("nationality")
    if known and world.nationality is not None and world.nationality not in known:
        world.mistakes.append(
            Mistake(
                "scenario.toml",
                world.nationality_line,
                "nationality",
                quoted(world.nationality),
                f"a nationality in groups.csv: {listed(sorted(known))}",
            )
        )


def check_observations(world: ScenarioTables) -> None:
    """Ranges contain their value; measures fit their place."""
    observations = world.tables["observations"]
    for row in range(observations.n_rows):
        measure = observations["measure"][row]
        if measure is not None:
            check_counted(world, observations, row, "place", measure)
        check_range(world, observations, row)


def check_counted(
    world: ScenarioTables, typed: TypedTable, row: int, column: str, measure: str
) -> None:
    """The measure is counted at the place of a cell."""
    kinds = COUNTED_AT[schema.measures()[measure].place_kind]
    check_kind(world, typed, row, column, kinds, f" for the measure {measure}")


def check_range(world: ScenarioTables, typed: TypedTable, row: int) -> None:
    """low <= value <= high."""
    low, value, high = (typed[c][row] for c in ("low", "value", "high"))
    if value is None or not typed.is_good(row, "low", "value", "high"):
        return
    for column, bound, fits in (
        ("low", low, low is None or low <= value),
        ("high", high, high is None or high >= value),
    ):
        if not fits:
            word = "at most" if column == "low" else "at least"
            expected = f"a number of {word} the value, {plain(value)}"
            typed.report(world.mistakes, row, column, expected, found=plain(bound))


def check_notes(world: ScenarioTables) -> None:
    """Estimates have a reason, in their row or in the note of their source."""
    sources = world.tables["sources"]
    noted = {s for s, note in zip(sources["id"], sources["note"], strict=True) if note is not None}
    for typed in world.tables.values():
        if "basis" not in typed.values or not sources.is_whole:
            continue
        for row, basis in enumerate(typed["basis"]):
            if basis != "estimate" or typed["note"][row] is not None:
                continue
            if typed["source"][row] not in noted and typed.is_good(row, "source"):
                expected = "the reason for the estimate (here or in the note of its source)"
                typed.report(world.mistakes, row, "note", expected)


def reachable(starts: Iterable[str], beside: Mapping[str, set[str]]) -> set[str]:
    """The places that can be reached from any of ``starts``, these included.

    ``beside`` maps a place to those one step away, and gives an empty set for places without any.
    """
    ahead = set(starts)
    reached = set(ahead)
    while ahead:
        ahead = set().union(*(beside[place] for place in ahead)) - reached
        reached |= ahead
    return reached


def check_ways_out(world: ScenarioTables) -> None:
    """Every origin has a route to a destination."""
    places, legs = world.tables["places"], world.tables["legs"]
    if not (places.is_clean("id", "kind") and legs.is_clean("from", "to", "both_ways")):
        return
    kind_of = world.kinds_of_places
    # Backwards from all destinations at once: a single search instead of one per origin.
    before: dict[str, set[str]] = defaultdict(set)
    for a, b, both in zip(legs["from"], legs["to"], legs["both_ways"], strict=True):
        before[b].add(a)
        if both:
            before[a].add(b)
    reached = reachable({p for p, kind in kind_of.items() if kind in ("country", "camp")}, before)
    for row, place in enumerate(places["id"]):
        if places["kind"][row] == "origin" and place not in reached:
            expected = "an origin with a route to a country or camp"
            places.report(world.mistakes, row, "id", expected)


def check_enough(world: ScenarioTables) -> None:
    """At least one group, one origin and one destination exist."""
    groups, places = world.tables["groups"], world.tables["places"]
    if groups.is_whole and not groups.n_rows:
        world.mistakes.append(Mistake("groups.csv", None, "", "no rows", "at least one group"))
    if not places.is_clean("kind"):
        return
    kinds = set(places["kind"])
    for needed, word in (({"origin"}, "origin"), ({"country", "camp"}, "country or camp")):
        if not kinds & needed:
            found, expected = f"no place of kind {word}", "at least one"
            world.mistakes.append(Mistake("places.csv", None, "kind", found, expected))


CHECKS: tuple[Callable[[ScenarioTables], None], ...] = (
    check_enough,
    check_place_kinds,
    check_lanes,
    check_areas,
    check_kinds_referred,
    check_rules,
    check_rules_act,
    check_dates,
    check_ends,
    check_group_shares,
    check_members,
    check_words,
    check_composition,
    check_departures,
    check_categories,
    check_nationality,
    check_observations,
    check_notes,
    check_ways_out,
)
