"""People of a conflict: present on the first day, departures, returns, observations."""

import math
from typing import Any

from emigre.adapters.flee.csv_tables import MOST_TOGETHER
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.forecast import nowcast
from emigre.adapters.flee.plan import FOLDER, Plan, Rows
from emigre.adapters.flee.registrations import Series
from emigre.adapters.flee.settings import FILE as SETTINGS
from emigre.errors import InputError, Mistake

MOST_RETURNING = 1.0
"""Maximum hazard of returning per day: two thirds of those present."""


def new_by_day(plan: Plan) -> list[int]:
    """People who leave on each day: those newly registered, or as conflicts determine."""
    if plan.displaced is not None:
        return [sum(people) for people in zip(*plan.displaced.values(), strict=True)]
    settings = plan.conflict.settings
    rises = plan.conflict.registrations.new_by_day(plan.conflict.n_days)
    if not settings.insert_day0 and not settings.empty_camps_on_day0:
        rises[0] = on_day_0(plan)
    return rises


def displaced(conflict: Conflict) -> dict[str, list[int]] | None:
    """People who leave each origin by day due to its conflict; None unless settings ask for it.

    Raises InputError if more people leave than a scenario may have.
    """
    displacement, n_days = conflict.settings.displacement, conflict.n_days
    if displacement is None:
        return None
    peace = (0.0,) * n_days
    leaving = {
        place.name: displacement.leaving(
            place.people, conflict.intensity.get(place.name, peace)[:n_days]
        )
        for place in conflict.origins
    }
    people = sum(map(sum, leaving.values()))
    if people > MOST_TOGETHER:
        column = "spawn_rules.conflict_driven_spawning"
        found, expected = f"{people} people who leave", f"at most {MOST_TOGETHER}"
        raise InputError(Mistake(SETTINGS, found, expected, column=column))
    return leaving


def returns(plan: Plan) -> list[tuple[int, int, float]]:
    """Falls of the registered total: first day, first day after, hazard of returning per day.

    With T registered on the last day before the fall, T' on its last day and n days between, the
    hazard is ln(T / T') / n, the same for everybody, at most MOST_RETURNING. Counts of day 0 that
    the folder subtracts are subtracted from T and T'. None if departures follow from conflicts.
    """
    if plan.displaced is not None:
        return []
    total, settings = _totals(plan), plan.conflict.settings
    taken_off = total[0] if settings.empty_camps_on_day0 else 0
    phases = []
    for before, last in plan.conflict.registrations.falls(plan.conflict.n_days):
        start, end = (total[day] - taken_off for day in (before, last))
        if start > 0:
            hazard = math.log(start / end) / (last - before) if end > 0 else math.inf
            phases.append((before + 1, last + 1, min(hazard, MOST_RETURNING)))
    return phases


def on_day_0(plan: Plan) -> int:
    """People registered on day 0."""
    return sum(s.on(0) for s in plan.conflict.registrations.camps.values())


def present(plan: Plan) -> Rows:
    """People registered when the first day begins; in a forecast, by the last counts and total."""
    settings = plan.conflict.settings
    if not plan.is_forecast and (not settings.insert_day0 or settings.empty_camps_on_day0):
        return []
    counts = people = _last_counts(plan)
    if plan.is_forecast and plan.totals_given:
        people = nowcast(plan, counts, max(given_totals(plan)[plan.first_day], 0))
    return [
        {
            "place": plan.names.place[name],
            "origin": "*",
            "persons": persons,
            "basis": "reported" if persons == counts[name] else "estimate",
            "source": FOLDER,
        }
        for name, persons in people.items()
        if persons > 0
    ]


def _last_counts(plan: Plan) -> dict[str, int]:
    """People by camp at the last counts, without those of day 0 if the folder subtracts them."""
    people = {}
    for camp in plan.conflict.camps:
        series = plan.conflict.registrations.camps[camp.name]
        known = series.last_known(plan.first_day) if plan.is_forecast else (0, series.on(0))
        people[camp.name] = int(known[1]) if known else 0
        if plan.is_forecast and plan.conflict.settings.empty_camps_on_day0:
            people[camp.name] = max(people[camp.name] - series.on(0), 0)
    return people


def given_totals(plan: Plan) -> list[int]:
    """Number of people by day: those of day 0, plus the rises and minus the falls of the total."""
    total = _totals(plan)
    first = 0 if plan.conflict.settings.empty_camps_on_day0 else on_day_0(plan)
    return [first + n - total[0] for n in total]


def _totals(plan: Plan) -> list[int]:
    """Registered total by day."""
    return plan.conflict.registrations.totals(plan.conflict.n_days)


def departures(plan: Plan) -> Rows:
    """People who leave by day. The last day always has a row: after it, the hazard applies."""
    last = plan.conflict.n_days - 1
    if plan.displaced is not None:
        return [
            _departure(plan, plan.names.place[name], day, persons)
            for name, by_day in plan.displaced.items()
            for day, persons in enumerate(by_day)
            if persons > 0 or day == last
        ]
    new = new_by_day(plan)
    if plan.is_forecast:
        there = sum(row["persons"] for row in present(plan))
        new[plan.first_day] = max(given_totals(plan)[plan.first_day] - there, 0)
    return [
        _departure(plan, "*", day, new[day])
        for day in range(plan.first_day, last + 1)
        if new[day] > 0 or day == last
    ]


def _departure(plan: Plan, origin: str, day: int, persons: int) -> dict[str, Any]:
    return {"origin": origin, "date": plan.date(day), "persons": persons, "source": FOLDER}


def observations(plan: Plan) -> Rows:
    """Counts of camps, and of the total as context, with one count beyond each end."""
    conflict = plan.conflict
    rows: Rows = []
    for camp in conflict.camps:
        series = conflict.registrations.camps[camp.name]
        taken_off = series.on(0) if conflict.settings.empty_camps_on_day0 else 0
        counts = _within_period(series, plan)
        last = max((d for d, _ in counts if plan.first_day <= d < conflict.n_days), default=None)
        for day, count in counts:
            value = float(max(int(count) - taken_off, 0))
            row = _observation(plan, plan.names.place[camp.name], day, value)
            rows.append(row | {"headline": day == last})
    total = conflict.registrations.total
    for day, count in _within_period(total, plan) if total else ():
        row = _observation(plan, "*", day, float(int(count)))
        note = "Total registered; may include other places."
        rows.append(row | {"use": "context", "note": note})
    return rows


def _within_period(series: Series, plan: Plan) -> list[tuple[int, float]]:
    """Counts within the simulated days, with one more on each side."""
    counts = list(dict(zip(series.days, series.counts, strict=True)).items())  # the last of a day
    before = [c for c in counts if c[0] < plan.first_day][-1:]
    within = [c for c in counts if plan.first_day <= c[0] < plan.conflict.n_days]
    after = [c for c in counts if c[0] >= plan.conflict.n_days][:1]
    return [*before, *within, *after]


def _observation(plan: Plan, place: str, day: int, value: float) -> dict[str, Any]:
    """Observation of a stock on one day."""
    begin = plan.date(day)
    return {
        "id": f"{'registered_total' if place == '*' else place}_{begin}",
        "measure": "stock",
        "place": place,
        "from": begin,
        "to": plan.date(day + 1),
        "value": value,
        "use": "check",
        "headline": False,
        "published": begin,
        "basis": "reported",
        "source": FOLDER,
        "note": None,
    }
