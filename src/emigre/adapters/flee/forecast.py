"""Forecast mode: a conflict as known on a day, with the recent rates continued.

On day t0, counts and recounts up to that day are known, and the conflicts and closures in force.
These conflicts and closures last to the end of the forecast; no others begin.

    r_c   people newly registered a day in camp c over the last 28 days with counts (not below 0)
    R     sum_c r_c
    n_c   people last counted in camp c
    h(t)  share of R that leaves per day t days later:  2^(-t / 28), constant over each week
    base  hazard of leaving with which R h(0) people leave on day t0 on average
    a_c   attraction of camp c with which, on day t0, the shares of people who go to the camps are
          RECENT s_c + (1 - RECENT) n_c / sum n,    s_c: mean of r_c / R over 14 and 28 days

A rate observed over 28 days halves within 28 days, because damped trends forecast better than
linear ones (Gardner and McKenzie 1985, Management Science 31, 1237). Shares from few counts are
noisy. Therefore two windows are combined, and the shares of all people in the camps get some
weight.

The a_c are the constants of a discrete choice that reproduce the latest observed shares (Train
2009, Discrete Choice Methods with Simulation, section 2.8). Later, distances, free places, networks
and conflicts change the shares. Without newcomers the shares of all people in the camps are used.
"""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from emigre.adapters.flee.closures import NEVER
from emigre.adapters.flee.folder import Conflict
from emigre.adapters.flee.plan import Plan
from emigre.adapters.flee.registrations import Series
from emigre.calendar import A_DATE, parse_date
from emigre.errors import InputError, Mistake
from emigre.scenario.parsers import quoted

WINDOW_DAYS = 28
SHARE_WINDOWS = (14, WINDOW_DAYS)
"""Days over which the shares of newcomers are taken; their mean is used."""
LEAST_SHARE = 1e-3
"""Smallest share of the newcomers of an open camp: recent counts of 0 do not imply a share of 0."""

HALVES_IN_DAYS = 28.0
"""Half-life of departures: the length of the window over which they were observed."""

STEP_DAYS = 7
RECENT = 0.95
"""Weight of the shares of newcomers; the shares of everybody in the camps have the rest."""
EVEN = 0.05
"""Weight of equal shares where people counted nowhere are assigned to camps with older counts."""

_MOST_ATTRACTION = 15.0
_MOST_BASE = 0.1
_ROUNDS = 25
_CLOSE = 1e-3


def read_day(conflict: Conflict, as_of: str | date) -> int:
    """Day number of a date; InputError unless it lies before the last day of the period."""
    last = conflict.n_days - 2
    try:
        day = parse_date(as_of) if isinstance(as_of, str) else as_of
    except ValueError:
        raise InputError(Mistake("--as-of", quoted(as_of), A_DATE)) from None
    number = (day - conflict.start).days
    if not 0 <= number <= last:
        ends = conflict.start + timedelta(days=max(last, 0))
        expected = f"a date from {conflict.start} to {ends}"
        raise InputError(Mistake("--as-of", str(day), expected))
    return number


def as_known(conflict: Conflict, day: int) -> Conflict:
    """Conflict as known on a day, with later counts kept for comparison."""
    frozen = {
        name: (*values[: day + 1], *[values[day]] * (conflict.n_days - day - 1))
        for name, values in conflict.intensity.items()
    }
    now = [c for c in conflict.closures if c.begin <= day < c.end]
    return replace(
        conflict,
        intensity=frozen,
        closures=tuple(replace(c, end=NEVER) for c in now),
        registrations=conflict.registrations.as_known(day),
    )


def remaining(days: int) -> float:
    """Share h of the first daily rate that leaves per day ``days`` later."""
    middle = days // STEP_DAYS * STEP_DAYS + STEP_DAYS / 2.0
    return float(0.5 ** (middle / HALVES_IN_DAYS))


def newcomers_per_day(series: Series, day: int, window: int = WINDOW_DAYS) -> float:
    """r_c: mean rise per day over the window that ends with the last count up to ``day``."""
    known = series.last_known(day)
    if known is None:
        return 0.0
    last = known[0]
    first = max(last - window, series.days[0])
    return max(series.on(last) - series.on(first), 0) / (last - first) if last > first else 0.0


def find_rates(plan: Plan, files: Callable[[], Mapping[str, str]]) -> None:
    """Set base and attraction of a plan; ``files`` returns the scenario of the current plan."""
    registered = plan.conflict.registrations.camps
    camps = {plan.names.place[c.name]: c.name for c in plan.conflict.camps}
    rates = [
        {i: newcomers_per_day(registered[n], plan.first_day, days) for i, n in camps.items()}
        for days in SHARE_WINDOWS
    ]
    known = {i: registered[n].last_known(plan.first_day) for i, n in camps.items()}
    target_shares = newcomer_shares(rates, {i: k[1] if k else 0.0 for i, k in known.items()})
    leaving = sum(rates[-1].values()) * remaining(0)
    from emigre.engine import api
    from emigre.scenario.loader import load
    from emigre.scenario.parameter_draws import with_draw

    with tempfile.TemporaryDirectory(prefix="emigre-import-") as folder:
        for name, text in files().items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        scenario = load(folder)
    attraction, base = dict.fromkeys(camps, 0.0), scenario.parameters["base_leaving_per_day"]
    for _ in range(_ROUNDS):
        values = {f"places.{camp}.attraction": a for camp, a in attraction.items()}
        values["base_leaving_per_day"] = base
        persons, heading = api.first_day(api.compile_scenario(with_draw(scenario, values)))
        factor = leaving / persons if persons > 0 else 1.0
        base = min(base * factor, _MOST_BASE)
        steps = _steps(heading, target_shares)
        if max([abs(step) for step in steps.values()], default=0.0) < _CLOSE and (
            abs(factor - 1.0) < _CLOSE or base == _MOST_BASE or not factor
        ):
            break
        if not steps:
            continue
        # One constant is arbitrary: the mean over camps that can be reached is set to 0.
        mean = sum(attraction[camp] + step for camp, step in steps.items()) / len(steps)
        for camp, step in steps.items():
            moved = attraction[camp] + step - mean
            attraction[camp] = min(max(moved, -_MOST_ATTRACTION), _MOST_ATTRACTION)
    plan.attraction, plan.base, plan.newcomers = attraction, base, target_shares


def nowcast(plan: Plan, people: Mapping[str, int], total: int) -> dict[str, int]:
    """People by camp on the first day: the last counts, adjusted to a given total.

    With n_c people last counted a_c days ago in camp c of C, and G = total - sum n:

        G > 0   added in proportion to a_c (EVEN / C + (1 - EVEN) s_c), s_c the share of newcomers
        G < 0   taken in proportion to n_c from camps with a_c > 0; from all if too few are there

    A camp counted on that day is not changed: missing people must be in other camps.
    """
    registered, first = plan.conflict.registrations.camps, plan.first_day
    known = {name: registered[name].last_known(first) for name in people}
    age = {name: first - count[0] if count else first + 1 for name, count in known.items()}
    gap = total - sum(people.values())
    if gap >= 0:
        closed = {c.first for c in plan.conflict.closures if c.kind != "country"}
        all_shares = sum(plan.newcomers.values()) or 1.0
        shares = {
            name: EVEN / len(people)
            + (1.0 - EVEN) * plan.newcomers[plan.names.place[name]] / all_shares
            for name in people
        }
        weight = {name: age[name] * shares[name] * (name not in closed) for name in people}
    else:
        weight = {name: float(n) if age[name] else 0.0 for name, n in people.items()}
        weight = weight if sum(weight.values()) >= -gap else dict(people)
    whole = sum(weight.values()) or 1.0
    return {name: math.floor(n + gap * weight[name] / whole) for name, n in people.items()}


def newcomer_shares(
    rates: Sequence[Mapping[str, float]], people: Mapping[str, float]
) -> dict[str, float]:
    """Target shares of the camps, up to a factor, from rates by window and people in the camps."""
    shares = dict.fromkeys(people, 0.0)
    arrived = [rate for rate in rates if sum(rate.values()) > 0]
    parts = [(rate, RECENT / len(arrived)) for rate in arrived]
    for counts, weight in (*parts, (people, 1.0 - RECENT)):
        total = sum(counts.values())
        for camp, count in counts.items():
            shares[camp] += weight * count / total if total > 0 else 0.0
    return shares


def _steps(heading: Mapping[str, float], target_shares: Mapping[str, float]) -> dict[str, float]:
    """Change of the constants of reachable camps that leads to the target shares."""
    total, newcomers = sum(heading.values()), sum(target_shares.values())
    if total <= 0 or newcomers <= 0:
        return {}
    is_open = [camp for camp in target_shares if heading[camp] > 0]
    target = {camp: max(target_shares[camp] / newcomers, LEAST_SHARE) for camp in is_open}
    whole = sum(target.values())
    return {c: math.log(target[c] / whole) - math.log(heading[c] / total) for c in is_open}
