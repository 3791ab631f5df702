"""Checks of groups of people, their members and composition."""

from collections import defaultdict

from emigre import schema
from emigre.errors import Mistake
from emigre.rules.matching import ALL, parse_who
from emigre.scenario.checks.common import TOLERANCE, categories_in_use, report_category
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.parsers import listed, plain, quoted
from emigre.scenario.tables import ScenarioTables


def check_group_shares(tables: ScenarioTables) -> None:
    """Group shares, and the household size shares of every group, sum to 1."""
    groups = tables["groups"]
    sizes = [c.name for c in schema.tables()["groups"] if c.name.startswith("size_")]
    for row in range(groups.n_rows):
        if not groups.is_good(row, *sizes):
            continue
        total = sum(groups[c][row] for c in sizes)
        if abs(total - 1) > TOLERANCE:
            groups.report(
                row,
                "size_1",
                f"shares {sizes[0]} to {sizes[-1]} that sum to 1",
                found=f"shares that sum to {plain(round(total, 9))}",
                hint="an empty size_1 counts as 1" if not groups.text(row, "size_1") else "",
            )
    if groups.is_clean("share") and groups.n_rows:
        total = sum(groups["share"])
        if abs(total - 1) > TOLERANCE:
            location = groups.sheet.file
            found = f"shares that sum to {plain(round(total, 9))}"
            tables.mistakes.append(Mistake(location, found, "shares that sum to 1", column="share"))


def check_members(tables: ScenarioTables) -> None:
    """The member of a household has one value per attribute; only checks look at members."""
    groups, rules = tables["groups"], tables["rules"]
    for row, member in enumerate(groups["member"]):
        values = parse_who(member, schema.attributes()).values()
        if member == ALL or any(len(alternatives) > 1 for alternatives in values):
            groups.report(row, "member", "one value per attribute, such as sex=male;age_band=18-60")
    for row, applies_to in enumerate(rules["applies_to"]):
        kind = rules["kind"][row]
        if applies_to == "person" and kind not in (None, "entry", "exit"):
            rules.report(row, "applies_to", f"household, for a rule of kind {kind}")


def check_composition(tables: ScenarioTables) -> None:
    """Composition uses categories of the groups; shares of an origin sum to at most 1."""
    composition = tables["composition"]
    known = categories_in_use(tables)
    totals: dict[tuple[str, str], float] = defaultdict(float)
    last: dict[tuple[str, str], int] = {}
    for row in range(composition.n_rows):
        attribute, value = composition["attribute"][row], composition["value"][row]
        if value is not None and attribute in known and value not in known[attribute]:
            report_category(composition, row, "value", attribute, value, known)
        if composition.is_good(row, "origin", "attribute", "share"):
            key = (composition["origin"][row], attribute)
            totals[key] += composition["share"][row]
            last[key] = row
    for key, total in totals.items():
        if total > 1 + TOLERANCE:
            found = f"shares of {key[1]} in {quoted(key[0])} that sum to {plain(round(total, 9))}"
            composition.report(last[key], "share", "shares that sum to 1 or less", found=found)


def check_nationality(tables: ScenarioTables) -> None:
    """The scenario's nationality is used in groups.csv."""
    known = categories_in_use(tables).get("nationality")
    if known and tables.nationality is not None and tables.nationality not in known:
        location = SourceLocation("scenario.toml", tables.nationality_line, "nationality")
        expected = f"a nationality in groups.csv: {listed(sorted(known))}"
        tables.mistakes.append(location.mistake(quoted(tables.nationality), expected))
