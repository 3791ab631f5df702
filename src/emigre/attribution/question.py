"""The number to explain: a measure at a place over some days."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from emigre.errors import Mistake, refuse
from emigre.results import window
from emigre.scenario import arguments
from emigre.scenario.checks.common import COUNTED_AT
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import nearest, quoted


@dataclass(frozen=True, slots=True)
class Question:
    """A measure at a place over half-open days; a stock is that of the last (results/window.py)."""

    measure: str
    place: str
    start: date
    end: date

    @property
    def last(self) -> date:
        """The last day included."""
        return self.end - timedelta(days=1)

    @property
    def first(self) -> date:
        """First day of the period."""
        return window.first_day(self.measure, self.start, self.end, window.LAST_DAY)

    def frame(self) -> pl.DataFrame:
        """The question as a row of observations."""
        return pl.DataFrame(
            {
                "measure": [self.measure],
                "place": [self.place],
                "from": [self.first],
                "to": [self.end],
            }
        )


def make_question(
    a: Scenario,
    b: Scenario,
    *,
    measure: str = "departed",
    place: str = "*",
    start: date | str | None = None,
    end: date | str | None = None,
) -> Question:
    """The question, by default for all common days; InputError with every mistake."""
    mistakes: list[Mistake] = []
    spec = arguments.measure("--measure", measure, mistakes)
    known = _kinds_at(a), _kinds_at(b)
    if not isinstance(place, str) or place not in known[0] or place not in known[1]:
        hint = nearest(str(place), set(known[0]) & set(known[1]))
        expected = "a place or an area of both sides"
        mistakes.append(Mistake("--place", quoted(place), expected, hint))
    elif spec is not None and place != "*":
        kinds = COUNTED_AT[spec.place_kind]
        if not all(k[place] & set(kinds) for k in known):
            found = f"{quoted(place)} of kind {', '.join(sorted(known[0][place]))}"
            expected = f"a place of kind {' or '.join(kinds)}, where {measure} is counted"
            mistakes.append(Mistake("--place", found, expected))
    first, after = a.start, min(a.end, b.end) + timedelta(days=1)
    days = arguments.period(start, end, first, after, mistakes)
    refuse(mistakes)
    return Question(measure, place, *days)


def _kinds_at(scenario: Scenario) -> dict[str, set[str]]:
    """Kinds of the places of every place or area id."""
    places, areas = scenario.tables["places"], scenario.tables["areas"]
    kinds = {i: {k} for i, k in zip(places["id"], places["kind"], strict=True)}
    held: dict[str, set[str]] = {}
    for area, place in zip(areas["area"], areas["place"], strict=True):
        held.setdefault(area, set()).update(kinds[place])
    return {**kinds, **held, "*": set()}
