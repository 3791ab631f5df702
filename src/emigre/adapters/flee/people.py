"""People of a conflict: who is registered on the first day, who comes when, what was counted."""

from __future__ import annotations

from typing import Any

from emigre.adapters.flee.plan import FOLDER, Plan, Rows
from emigre.adapters.flee.registrations import Series


def new_by_day(plan: Plan) -> list[int]:
    """People who are newly registered, by day of the folder."""
    conflict = plan.conflict
    settings = conflict.settings
    rises = conflict.registrations.new_by_day(conflict.n_days, from_camps=settings.sum_from_camps)
    if not settings.insert_day0 and not settings.empty_camps_on_day0:
        rises[0] = sum(s.on(0) for s in conflict.registrations.camps.values())
    return rises


def present(plan: Plan) -> Rows:
    """People who are registered when the first day begins: in a forecast the last count."""
    settings = plan.conflict.settings
    if not plan.is_forecast and (not settings.insert_day0 or settings.empty_camps_on_day0):
        return []
    rows: Rows = []
    for camp in plan.conflict.camps:
        series = plan.conflict.registrations.camps[camp.name]
        known = series.last_known(plan.first_day) if plan.is_forecast else (0, series.on(0))
        people = int(known[1]) if known else 0
        if plan.is_forecast and settings.empty_camps_on_day0:
            people = max(people - series.on(0), 0)
        if people > 0:
            rows.append(
                {
                    "place": plan.names.place[camp.name],
                    "origin": "*",
                    "persons": people,
                    "basis": "reported",
                    "source": FOLDER,
                }
            )
    return rows


def departures(plan: Plan) -> Rows:
    """People who are newly registered, by day."""
    return [
        {"origin": "*", "date": plan.date(day), "persons": people, "source": FOLDER}
        for day, people in enumerate(new_by_day(plan))
        if people > 0
    ]


def observations(plan: Plan) -> Rows:
    """Counts of every camp, and of the total as context.

    Also the last count before the first day and the first one after the last: what lies between
    counts is a straight line.
    """
    conflict = plan.conflict
    rows: Rows = []
    for camp in conflict.camps:
        series = conflict.registrations.camps[camp.name]
        taken_off = series.on(0) if conflict.settings.empty_camps_on_day0 else 0
        counts = _around(series, plan)
        last = max((d for d, _ in counts if plan.first_day <= d < conflict.n_days), default=None)
        for day, count in counts:
            value = float(max(int(count) - taken_off, 0))
            row = _observation(plan, plan.names.place[camp.name], day, value)
            rows.append(row | {"headline": day == last})
    total = conflict.registrations.total
    for day, count in _around(total, plan) if total else ():
        row = _observation(plan, "*", day, float(int(count)))
        note = "Registered in all; may count other places too."
        rows.append(row | {"use": "context", "note": note})
    return rows


def _around(series: Series, plan: Plan) -> list[tuple[int, float]]:
    """Day and count within the simulated days, with one neighbour on each side."""
    counts = list(zip(series.days, series.counts, strict=True))
    before = [c for c in counts if c[0] < plan.first_day][-1:]
    within = [c for c in counts if plan.first_day <= c[0] < plan.conflict.n_days]
    after = [c for c in counts if c[0] >= plan.conflict.n_days][:1]
    return [*before, *within, *after]


def _observation(plan: Plan, place: str, day: int, value: float) -> dict[str, Any]:
    """A stock on one day."""
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
