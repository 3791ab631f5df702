"""Reference implementation of rules: the value in force for one place and one kind of people.

Every rule is examined for each part of a day. Only the reading of the table and the clock are
shared with the engine.
"""

from datetime import datetime
from itertools import pairwise
from typing import Any

from emigre.calendar import hours_since
from emigre.scenario.model import Scenario

FOREVER = float("inf")


class Lawbook:
    """The rules of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.places = {r["id"]: r for r in scenario.tables["places"].to_dicts()}
        self.rules = [r for r in scenario.tables["rules"].to_dicts() if r["credence"] == 1.0]
        self.areas: dict[str, set[str]] = {}
        for r in scenario.tables["areas"].to_dicts():
            self.areas.setdefault(r["area"], set()).add(r["place"])

    def hour(self, instant: datetime | None, otherwise: float) -> float:
        """Hours since the first moment of the scenario."""
        if instant is None:
            return otherwise
        return hours_since(self.scenario.start, self.scenario.zone, instant)

    def day(
        self, kind: str, place: str, person: dict[str, str], day: int, default: float
    ) -> list[tuple[float, float]]:
        """(length as a fraction of the day, value) of each part of a day, in order."""
        met = [
            (self.hour(r["effective_from"], -FOREVER), self.hour(r["effective_to"], FOREVER), i, r)
            for i, r in enumerate(self.rules)
            if r["kind"] == kind and self.speaks_of(r, place) and means(r, person)
        ]
        cuts = {24.0 * day, 24.0 * (day + 1)}
        for begin, end, _, _ in met:
            cuts |= {t for t in (begin, end) if 24.0 * day < t < 24.0 * (day + 1)}
        parts = []
        for begin, end in pairwise(sorted(cuts)):
            held = [m for m in met if m[0] <= begin < m[1]]
            value = max(held, key=self.rank)[3]["value"] if held else default
            parts.append(((end - begin) / 24.0, float(value)))
        return parts

    def rank(self, met: tuple[float, float, int, dict[str, Any]]) -> tuple[Any, ...]:
        """The newest wins: by its beginning, then its announcement; then the narrowest, the id."""
        begin, _, _, rule = met
        if rule["announced"] is not None:
            days = float((rule["announced"] - self.scenario.start).days)
        else:  # known when it began
            days = begin // 24.0 if begin > -FOREVER else begin
        return begin, days, *self.narrowness(rule), rule["id"]

    def narrowness(self, rule: dict[str, Any]) -> tuple[int, int, int]:
        """How closely a rule names its place; attributes it names; categories, fewer first."""
        wide = ["*", *self.areas]
        place = rule["place"]
        crossings = [p for p in self.places.values() if p["kind"] == "crossing"]
        states = {p[side] for p in crossings for side in ("country", "exit_country")}
        states |= {p["country"] for p in self.places.values() if p["kind"] == "camp"}
        closeness = 2 if place in states else 3
        if place in wide:
            closeness = min(wide.index(place), 1)
        named: dict[str, set[str]] = {}
        for column in ("nationality", "document"):
            if (rule[column] or "*") != "*":
                named[column] = set(rule[column].split("|"))
        for part in [] if (rule["who"] or "*") == "*" else rule["who"].split(";"):
            name, _, values = part.partition("=")
            named[name] = set(values.split("|")) & named.get(name, set(values.split("|")))
        return closeness, len(named), -sum(len(values) for values in named.values())

    def speaks_of(self, rule: dict[str, Any], place: str) -> bool:
        """Whether a rule's address means a place; a country means all crossings into it and camps.

        In an exit rule it means all crossings out of it.
        """
        address = rule["place"]
        names = self.areas.get(address, {address})
        own = {place}
        if self.places[place]["kind"] == "crossing":
            side = "exit_country" if rule["kind"] == "exit" else "country"
            own.add(self.places[place][side])
        elif self.places[place]["kind"] == "camp":
            own.add(self.places[place]["country"])
        return address == "*" or bool(own & names)

    def capacity(self, crossing: str, day: int) -> float:
        """Persons that a crossing can serve on a day, over all its parts."""
        own = self.places[crossing]["capacity_persons_per_day"]
        parts = self.day("capacity", crossing, {}, day, FOREVER if own is None else own)
        return sum(length * value for length, value in parts if value > 0)

    def ever(self, kind: str, place: str, person: dict[str, str], day: int, default: float) -> bool:
        """Whether at any moment of a day the value is above 0."""
        return any(value > 0 for _, value in self.day(kind, place, person, day, default))


def means(rule: dict[str, Any], person: dict[str, str]) -> bool:
    """Whether a rule means a person; capacities and fares mean everybody."""
    if rule["kind"] in ("capacity", "fare"):
        return True
    for column in ("nationality", "document"):
        wanted = (rule[column] or "*").split("|")
        if "*" not in wanted and person[column] not in wanted:
            return False
    who = rule["who"] or "*"
    if who == "*":
        return True
    pairs = (part.split("=") for part in who.split(";"))
    return all(person.get(name) in values.split("|") for name, values in pairs)
