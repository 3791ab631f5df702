"""Conflicts, closures and closed borders as pressures and rules."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emigre.adapters.flee import people
from emigre.adapters.flee.closures import NEVER, Closure
from emigre.adapters.flee.folder import Conflict, Location, spans
from emigre.adapters.flee.forecast import remaining
from emigre.adapters.flee.places import BY_ROAD
from emigre.adapters.flee.plan import FOLDER, IMPORT, Plan, Rows

NOT_OPEN_YET = "not open yet"
"""Kind of closure that the import adds (openings.py)."""
CLOSES_CAMP = ("camp", "idpcamp", NOT_OPEN_YET)
CONFLICT, BETWEEN_COUNTS, FEWER = "conflict", "between_counts", "fewer_registered"
"""Kinds of pressure; `--set pressure_between_counts=0` switches the second off."""

RETURNING = 0.01
"""Hazard of returning per day that the pressures of kind ``fewer_registered`` raise or lower.

Any value between the hazards of real falls (1e-5 to 1 per day) is within their bounds.
"""

_CLOSED = {
    "entry": "The border is closed.",
    "capacity": "The camp is not open.",
    "leg": "The road is closed.",
}
"""Notes by kind of rule."""

WEARS_OFF = "wears_off"
_WORDS = {
    CONFLICT: "Intensity {:g} in the folder.",
    WEARS_OFF: "In conflict when the forecast begins; remaining intensity: {:.3g}.",
    BETWEEN_COUNTS: "Left between two counts; it had a conflict on other days.",
}

FULL_PRESSURE = 8.0
"""Log hazard of the highest intensity: people leave at 3000 times the rate of places at peace."""

PLACE_SIZE = 0.25
"""Power of the population with which the people who leave a place grow.

Theory bounds it by 0 (fighting drives out as many from a village as from a city) and 1 (everybody
in the place is exposed alike). The middle is halved, because some populations in a folder are those
of towns and others those of provinces: errors in a predictor draw its power towards 0 (regression
dilution, Spearman 1904).
"""

_LOWEST, _HIGHEST = -10.0, 10.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Daily weights of leaving a place.

    ``conflict`` is due to its conflict; ``between`` applies to days of peace between two counts.
    """

    conflict: list[float]
    between: list[float]


def rules(plan: Plan) -> Rows:
    """Entry rules of camps, and closures of camps and borders."""
    rows: Rows = [
        {
            "id": "registered_anywhere",
            "kind": "entry",
            "place": "*",
            "announced": None,
            "effective_from": None,
            "effective_to": None,
            "value": 1.0,
            "basis": "estimate",
            "source": IMPORT,
            "note": "Every camp admits people unless it is closed.",
        }
    ]
    for closure in plan.conflict.closures:
        rows += _closure_rules(plan, closure, len(rows))
    return rows


def _closure_rules(plan: Plan, closure: Closure, number: int) -> Rows:
    conflict, names = plan.conflict, plan.names
    if closure.end <= plan.first_day or closure.begin >= conflict.n_days:
        plan.left_out.append(f"{_name(closure)}: outside the simulated days")
        return []
    closed = []
    if country := _closed_country(conflict, closure):
        closed.append(("entry", names.area[country]))
    if closure.kind in CLOSES_CAMP and conflict.locations[closure.first].kind == "camp":
        closed.append(("capacity", names.place[closure.first]))
    ends = {road.ends for road in conflict.closed_roads([closure])}
    closed += [
        ("leg", f"{names.place[a]}/{names.place[b]}/{BY_ROAD}")
        for a, b in conflict.shortest_roads()
        if (a, b) in ends
    ]
    if not closed:
        why = {
            "link": "Flee ignores it",
            "remove_forced_redirection": "Flee's flag has no effect",
            "country": "no road crosses this border",
            "location": "no road leads there",
        }.get(closure.kind, "no camp")
        plan.left_out.append(f"{_name(closure)}: {why}")
    return [_closing(plan, closure, n, *what) for n, what in enumerate(closed, number)]


def _closed_country(conflict: Conflict, closure: Closure) -> str | None:
    """Country abroad to which a closure closes the border of the home country, if it has camps.

    Roads around the border do not count: they lead through camps or other countries, where most
    people stay.
    """
    abroad = closure.names - {conflict.home}
    if closure.kind != "country" or len(abroad) != 1 or conflict.home not in closure.names:
        return None
    country = abroad.pop()
    camps = {camp.name for camp in conflict.camps if camp.country == country}
    return country if camps - _without_road(conflict) else None


def _without_road(conflict: Conflict) -> set[str]:
    """Camps that nobody can reach on any day."""
    return {camp.name for camp in conflict.cut_off_camps()}


def open_camps(conflict: Conflict, day: int) -> list[bool]:
    """Whether each camp is open on a day and can be reached from some conflict place."""
    now = [c for c in conflict.closures if c.begin <= day < c.end]
    closed = {c.first for c in now if c.kind in CLOSES_CAMP}
    closed |= {camp.name for camp in conflict.cut_off_camps(now)} - _without_road(conflict)
    countries = {_closed_country(conflict, c) for c in now}
    return [camp.name not in closed and camp.country not in countries for camp in conflict.camps]


def open_by_day(conflict: Conflict) -> NDArray[np.bool_]:
    """Whether each camp is open and can be reached from some conflict place: (n_days, C)."""
    is_open = np.zeros((conflict.n_days, len(conflict.camps)), np.bool_)
    for begin, end, _ in _intervals(conflict):
        is_open[begin:end] = open_camps(conflict, begin)
    return is_open


def open_ways(conflict: Conflict) -> NDArray[np.bool_]:
    """Whether each camp is open and has an open road from each origin: (n_days, Z, C)."""
    ways = np.zeros((conflict.n_days, len(conflict.origins), len(conflict.camps)), np.bool_)
    for begin, end, now in _intervals(conflict):
        reached = conflict.reached_by_origin(now)
        ways[begin:end] = [[camp.name in names for camp in conflict.camps] for names in reached]
    return np.asarray(ways & open_by_day(conflict)[:, None])


def _intervals(conflict: Conflict) -> Iterator[tuple[int, int, list[Closure]]]:
    """Intervals of days with the same closures: first day, first day after, closures."""
    last = conflict.n_days
    days = {day for c in conflict.closures for day in (c.begin, c.end) if 0 < day < last}
    for begin, end in pairwise(sorted({0, *days, last})):
        yield begin, end, [c for c in conflict.closures if c.begin <= begin < c.end]


def _name(closure: Closure) -> str:
    between = f"{closure.first} {closure.second}".strip()
    return f"closures.csv:{closure.row.line} {closure.kind} {between}"


def _closing(plan: Plan, closure: Closure, number: int, kind: str, place: str) -> dict[str, Any]:
    begin = max(closure.begin, plan.first_day)
    ends = closure.end < min(NEVER, plan.conflict.n_days)
    return {
        "id": f"closed_{number}_{place.replace('/', '_')}",
        "kind": kind,
        "place": place,
        "announced": plan.date(begin),
        "effective_from": plan.date(begin),
        "effective_to": plan.date(closure.end) if ends else None,
        "value": 0.0,
        "basis": "estimate" if closure.kind == NOT_OPEN_YET else "reported",
        "source": IMPORT if closure.kind == NOT_OPEN_YET else FOLDER,
        "note": _CLOSED[kind],
    }


def pressures(plan: Plan) -> Rows:
    """Pressures of conflicts, between counts, and of falls of the total.

    The conflicts of a forecast wear off.
    """
    _remark_changes(plan)
    rows: Rows = []
    weights, factor = weights_by_day(plan), size_factors(plan.conflict.origins)
    full = full_pressure(weights)
    for name, weight in weights.items():
        kinds = [(CONFLICT, weight.conflict), (BETWEEN_COUNTS, weight.between)]
        if plan.is_forecast:
            worn = [v * remaining(d - plan.first_day) for d, v in enumerate(weight.conflict)]
            kinds = [(WEARS_OFF, worn)]
        for note, values in kinds:
            for begin, end, value in spans(values[plan.first_day :]):
                days = (begin + plan.first_day, end + plan.first_day)
                leaving = full + math.log(value * factor[name])
                kind = CONFLICT if note == WEARS_OFF else note
                words = _WORDS[note].format(value)
                place = plan.names.place[name]
                rows.append(_pressure(plan, place, len(rows), days, kind, words, leaving=leaving))
    return rows + _returns(plan, len(rows)) if plan.totals_given else rows


def _remark_changes(plan: Plan) -> None:
    """Add remarks on conflicts whose intensity changes: Flee keeps the first one."""
    n_days = plan.conflict.n_days
    names = [
        place.name
        for place in plan.conflict.origins
        if any(
            0 < before != now > 0
            for before, now in pairwise(plan.conflict.intensity.get(place.name, ())[:n_days])
        )
    ]
    if names:
        plan.remarks.append(
            "Intensities change during a conflict, while Flee keeps the first until it ends: "
            f"{', '.join(names)}."
        )


def _returns(plan: Plan, number: int) -> Rows:
    """Pressures under which as many people return as the registered total falls."""
    first = plan.first_day
    falls = [(max(a, first), b, h) for a, b, h in people.returns(plan) if b > first]
    edges = [first, *(day for begin, end, _ in falls for day in (begin, end)), plan.conflict.n_days]
    calm = [(a, b, 0.0) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    rows: Rows = []
    for begin, end, hazard in sorted(calm + falls if falls else []):
        words = (
            f"The registered total falls by {-math.expm1(-hazard):.3g} of it a day."
            if hazard
            else "The registered total does not fall."
        )
        level = math.log(hazard / RETURNING) if hazard else _LOWEST
        days = (begin, end)
        rows.append(_pressure(plan, "*", number + len(rows), days, FEWER, words, returning=level))
    return rows


def size_factors(origins: Sequence[Location]) -> dict[str, float]:
    """Factor population^(PLACE_SIZE - 1) on leaving by place, relative to the geometric mean."""
    size = {place.name: math.log(max(place.people, 1)) for place in origins}
    mean = sum(size.values()) / max(len(size), 1)
    return {name: math.exp((PLACE_SIZE - 1.0) * (ln - mean)) for name, ln in size.items()}


def full_pressure(weights: Mapping[str, Weights]) -> float:
    """Log hazard of a weight of 1: FULL_PRESSURE for the highest, as intensities have any unit."""
    highest = max((max(weight.conflict) for weight in weights.values()), default=0.0)
    return FULL_PRESSURE - math.log(highest) if highest > 0 else FULL_PRESSURE


def weights_by_day(plan: Plan) -> dict[str, Weights]:
    """Weights of the origins, by name."""
    weights = {}
    for place in plan.conflict.origins:
        values = _conflict_weights(plan.conflict, place.name)
        weights[place.name] = Weights(values, _between_counts(plan, values))
    return weights


def _between_counts(plan: Plan, weight: Sequence[float]) -> list[float]:
    """Weight of a place on days of peace between two counts, if other days have a conflict.

    People newly counted at the end of an interval left on unknown days of it, and the straight line
    between the counts spreads them over all its days. Days of peace therefore get the mean weight
    of the interval.
    """
    days = plan.conflict.registrations.count_days(plan.conflict.n_days)
    mean_weight = [0.0] * len(weight)
    for before, until in pairwise(days):
        mean = sum(weight[before + 1 : until + 1]) / (until - before)
        for day in range(before + 1, until + 1):
            if weight[day] <= 0:
                mean_weight[day] = mean
    return mean_weight


def _conflict_weights(conflict: Conflict, name: str) -> list[float]:
    """Intensity of a place's conflict by day, times the folder's decay since it began."""
    settings = conflict.settings
    values: list[float] = []
    begin = 0
    peace = (0.0,) * conflict.n_days  # a place that conflicts.csv does not name
    for day, value in enumerate(conflict.intensity.get(name, peace)[: conflict.n_days]):
        if day and value > 0 and values[-1] <= 0:
            begin = day
        step = (day - begin) // settings.decay_days
        factor = settings.decay[min(step, len(settings.decay) - 1)] if settings.decay else 1.0
        values.append(value * factor)
    return values


def _pressure(
    plan: Plan,
    place: str,
    number: int,
    days: tuple[int, int],
    kind: str,
    words: str,
    *,
    leaving: float = 0.0,
    returning: float = 0.0,
) -> dict[str, Any]:
    begin, end = days
    return {
        "id": f"{kind}_{number}" if place == "*" else f"{kind}_{number}_{place}",
        "kind": kind,
        "place": place,
        "onset": plan.date(begin),
        "ends": plan.date(end) if end < plan.conflict.n_days else None,
        "leaving": min(max(round(leaving, 6), _LOWEST), _HIGHEST),
        "returning": min(max(round(returning, 6), _LOWEST), _HIGHEST),
        "basis": "estimate",
        "source": IMPORT,
        "note": words,
    }
