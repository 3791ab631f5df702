"""Invented conflicts with counts that follow known laws, to compare rules without tuning.

`invent(rng)` returns a conflict of 3 to 12 places in fighting, 3 to 9 camps in one to three
neighbouring countries, towns between, and roads longer than great circles. Camps open on different
days, fighting begins and ends, the total grows in one of four shapes and may fall.

Every day the newcomers go to open camps by a mixture of LAWS, of which one or two dominate, times
effects that no rule knows:

    effect of a camp    lognormal, sd 0 to 1; in half of the conflicts it drifts, sd 0 to 1.5 over
                        the period; noise of each week, sd 0 to 0.5
    access              in a third of the conflicts some countries take a tenth to a half of the
                        newcomers that they would take otherwise
    places left         population to the power 0 to 1, access to the power 0 to 2, and a number of
                        events, lognormal by place and month, sd 0 to 1.5; the folder has the
                        population of a town or of a province

In two fifths of the conflicts people are moved to a camp for 14 to 90 days after it opens, from all
camps or from those of its country. In a fifth, a recount lowers the number of one camp by 10 to
50 %. Some openings are missing in the folder; a few borders are closed for a time, as it states.
Camps are counted every 7 to 30 days, with errors of 2 %.

CAPACITIES and their shares: `peaks` are the highest counts, a quarter of them rounded up to
hundreds; `real` are sizes planned before, three quarters of them rounded, which the law may fill;
`million` is a placeholder for all, `some` for half of the camps; `none`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from emigre.adapters.flee.camp_effects import kilometres
from emigre.adapters.flee.closures import Closure
from emigre.adapters.flee.conflict_drivers import open_camps
from emigre.adapters.flee.csv_tables import Row
from emigre.adapters.flee.folder import Conflict, Location, Route
from emigre.adapters.flee.registrations import Registrations, Series
from emigre.adapters.flee.settings import Settings
from emigre.geography.distance import great_circle_km

F64 = NDArray[np.float64]
LAWS = ("free places", "size", "equal", "network", "road", "straight", "nearest")
CAPACITIES = {"peaks": 0.65, "real": 0.1, "some": 0.1, "million": 0.05, "none": 0.1}
KM_PER_DEGREE = 111.0
SEED = 2027
"""Conflict i is drawn from (SEED, i)."""
ROW = Row("invented", 1, ())


def invent(rng: np.random.Generator) -> Conflict:
    """One conflict with its counts; its name is the dominant law and the kind of capacities."""
    mixture = rng.dirichlet(np.full(len(LAWS), 0.3))
    capacities = str(rng.choice(list(CAPACITIES), p=list(CAPACITIES.values())))
    n_days = int(rng.integers(120, 400))
    locations = _locations(rng)
    camps = [p for p in locations.values() if p.kind == "camp"]
    origins = [p for p in locations.values() if p.kind == "conflict"]
    routes = _routes(locations, rng)
    intensity = {p.name: _fighting(n_days, rng, first=i == 0) for i, p in enumerate(origins)}
    late = rng.integers(0, n_days * 3 // 4, len(camps))
    opens = np.where(rng.random(len(camps)) < 0.5, 0, late)
    opens[rng.integers(len(camps))] = 0
    closures = [
        Closure("camp", camp.name, "", 0, int(day), ROW)
        for camp, day in zip(camps, opens, strict=True)
        if day and rng.random() < 0.7
    ]
    closures += _closed_border(camps, n_days, rng)
    nobody = Registrations({}, None, frozenset(), {})
    conflict = Conflict(
        f"{LAWS[mixture.argmax()]}, {capacities}", date(2030, 1, 1), n_days, locations,
        tuple(routes), tuple(closures), intensity, nobody, Settings(), {}, (), (),
    )  # fmt: skip
    total = _total(n_days, rng)
    size = rng.lognormal(0.0, 1.0, len(camps))
    size *= total.max() * rng.uniform(1.1, 2.5) / size.sum()
    people = _people(conflict, mixture, total, opens, size, rng)
    series = {
        camp.name: _with_counting_errors(camp.name, people[:, c], rng)
        for c, camp in enumerate(camps)
    }
    for camp, room in zip(camps, _rooms(capacities, people, size, rng), strict=True):
        locations[camp.name] = replace(camp, people=int(room))
    registrations = Registrations(series, None, frozenset(series), series)
    return replace(conflict, registrations=registrations)


def _locations(rng: np.random.Generator) -> dict[str, Location]:
    reach = rng.uniform(80.0, 350.0) / KM_PER_DEGREE
    countries = rng.uniform(0.0, 2 * np.pi, int(rng.integers(1, 4)))
    spread = rng.choice([0.8, 1.8])  # towns, provinces
    found: dict[str, Location] = {}

    def place(name: str, country: str, kind: str, at: F64, people: float) -> None:
        gps = (float(at[0]), float(at[1]))
        found[name] = Location(name, "", country, gps, kind, int(people), ROW)

    def at(angle: float, radius: float) -> F64:
        return np.array([5.0, 20.0]) + reach * radius * np.array([np.sin(angle), np.cos(angle)])

    for kind, n in (("conflict", rng.integers(3, 13)), ("town", rng.integers(2, 9))):
        for i in range(int(n)):
            where = at(rng.uniform(0, 2 * np.pi), np.sqrt(rng.random()))
            place(f"{kind}{i}", "home", kind, where, rng.lognormal(10.8, spread))
    for i in range(int(rng.integers(3, 10))):
        country = int(rng.integers(len(countries)))
        where = at(countries[country] + rng.normal(0.0, 0.35), rng.uniform(0.9, 2.0))
        place(f"camp{i}", f"country{country}", "camp", where, 0)
    return found


def _straight_km(a: Location, b: Location) -> float:
    assert a.gps is not None
    assert b.gps is not None
    return great_circle_km(a.gps, b.gps) or 0.0


def _routes(locations: dict[str, Location], rng: np.random.Generator) -> list[Route]:
    """Roads from every place to its two or three nearest, and a tree that connects all."""
    names = list(locations)
    km = np.array([[_straight_km(a, b) for b in locations.values()] for a in locations.values()])
    pairs = set()
    for i in range(1, len(names)):
        pairs.add((int(np.argmin(km[i, :i])), i))
    for i in range(len(names)):
        for j in np.argsort(km[i])[1 : int(rng.integers(2, 4))]:
            pairs.add((min(i, int(j)), max(i, int(j))))
    detour = rng.uniform(1.1, 1.8, len(pairs))
    return [
        Route(names[i], names[j], max(float(km[i, j] * d), 1.0), 0)
        for (i, j), d in zip(sorted(pairs), detour, strict=True)
    ]


def _fighting(n_days: int, rng: np.random.Generator, *, first: bool) -> tuple[float, ...]:
    begin = 0 if first or rng.random() < 0.3 else int(rng.integers(0, n_days * 2 // 3))
    length = n_days if first or rng.random() < 0.6 else int(rng.integers(10, n_days))
    return tuple(1.0 if begin <= day < begin + length else 0.0 for day in range(n_days))


def _total(n_days: int, rng: np.random.Generator) -> F64:
    """Registered people by day."""
    t = np.linspace(0.0, 1.0, n_days)
    rise = [t, 1 - np.exp(-4 * t), 1 / (1 + np.exp(-12 * (t - 0.4))), t**2][rng.integers(4)]
    rise = (rise - rise[0]) / (rise[-1] - rise[0])
    start = rng.choice([0.002, 0.05, 0.3])
    total = rng.lognormal(11.3, 0.8) * (start + (1 - start) * rise)
    if rng.random() < 0.25:
        total *= 1 - rng.uniform(0.0, 0.4) * np.clip((t - 0.7) / 0.3, 0, 1)
    return total


def _closed_border(camps: list[Location], n_days: int, rng: np.random.Generator) -> list[Closure]:
    """A border that is closed for a time, in one conflict of six with two countries."""
    countries = sorted({camp.country for camp in camps})
    if len(countries) < 2 or rng.random() > 1 / 6:
        return []
    begin = int(rng.integers(0, n_days // 2))
    end = begin + int(rng.integers(20, n_days // 2))
    return [Closure("country", "home", str(rng.choice(countries)), begin, end, ROW)]


def _people(
    conflict: Conflict, mixture: F64, total: F64, opens: NDArray[np.int64], size: F64,
    rng: np.random.Generator,
) -> F64:  # fmt: skip
    """(days, camps) registered people under a mixture of laws."""
    world = World.of(conflict, mixture, size, rng)
    effects = _effects(conflict, rng)
    moved = _daily_moves(conflict, opens, rng)
    recount = np.ones((conflict.n_days, size.size))
    if rng.random() < 0.2:
        recount[rng.integers(conflict.n_days // 3, conflict.n_days), rng.integers(size.size)] = (
            rng.uniform(0.5, 0.9)
        )
    total, now = total.copy(), np.zeros(size.size)
    people = np.zeros((conflict.n_days, size.size))
    for day in range(conflict.n_days):
        known = np.array(open_camps(conflict, day)) & (opens <= day)
        share = world.weights(day, now, known) * effects[day // 7]
        share = share if share.sum() > 0 else known.astype(float)
        change = total[day] - now.sum()
        if change > 0 and share.any():
            now = now + share / share.sum() * change
        elif change < 0:
            now = now * total[day] / now.sum()
        now = (now @ moved(day)) * recount[day]
        total[day + 1 :] -= (now / recount[day] - now).sum()
        people[day] = now
    return people


def _effects(conflict: Conflict, rng: np.random.Generator) -> F64:
    """(weeks, camps) what no rule knows: of camps, of their countries, drift, noise."""
    n_weeks, n_camps = conflict.n_days // 7 + 1, len(conflict.camps)
    effect = rng.normal(0.0, rng.uniform(0.0, 1.0), n_camps)
    if rng.random() < 1 / 3:
        hard = {f"country{i}": rng.uniform(0.1, 0.5) ** rng.integers(2) for i in range(3)}
        effect += np.log([hard[camp.country] for camp in conflict.camps])
    drift = rng.uniform(0.0, 1.5) * rng.integers(2)
    steps = rng.normal(0.0, drift / np.sqrt(n_weeks), (n_weeks, n_camps))
    noise = rng.normal(0.0, rng.uniform(0.0, 0.5), (n_weeks, n_camps))
    return np.exp(effect + steps.cumsum(axis=0) + noise)


def _daily_moves(
    conflict: Conflict, opens: NDArray[np.int64], rng: np.random.Generator
) -> Callable[[int], F64]:
    """(camps, camps) shares of the people of camps who are elsewhere after a day."""
    n = opens.size
    rate = rng.uniform(0.005, 0.04) * (rng.random() < 0.4)
    lasts = rng.integers(14, 90)
    same = rng.random() < 0.5
    country = np.array([camp.country for camp in conflict.camps])
    near = (country[:, None] == country) if same else np.ones((n, n), bool)

    def on(day: int) -> F64:
        young = (opens > 0) & (opens <= day) & (day < opens + lasts)
        to = near & young & ~young[:, None]
        go = rate * to / np.maximum(to.sum(axis=1, keepdims=True), 1)
        return go + np.diag(1.0 - go.sum(axis=1))

    return on


@dataclass
class World:
    """What the laws use: places z, camps c, days t."""

    mixture: F64  # (laws)
    size: F64  # (c)
    road: F64  # (z, c) km
    straight: F64  # (z, c) km
    leaving: F64  # (t, z) without access
    access: float
    power: float

    @classmethod
    def of(cls, conflict: Conflict, mixture: F64, size: F64, rng: np.random.Generator) -> World:
        origins, n_months = conflict.origins, conflict.n_days // 30 + 1
        straight = [[_straight_km(z, c) or 1.0 for c in conflict.camps] for z in origins]
        people = np.array([z.people for z in origins], float) ** rng.uniform(0.0, 1.0)
        events = np.exp(rng.normal(0.0, rng.uniform(0.0, 1.5), (n_months, len(origins))))
        fighting = np.array([conflict.intensity[z.name] for z in origins]).T
        return cls(
            mixture,
            size,
            kilometres(conflict, origins, 0.0),
            np.maximum(straight, 1.0),
            fighting * people * events.repeat(30, axis=0)[: conflict.n_days],
            access=rng.uniform(0.0, 2.0),
            power=rng.uniform(1.0, 3.0),
        )

    def weights(self, day: int, now: F64, known: NDArray[np.bool_]) -> F64:
        """Weights of the camps on a day with the people there; 0 for those not known."""
        parts = [self._weights_of_law(law, day, now, known) for law in LAWS]
        return self.mixture @ [p / max(p.sum(), 1e-300) for p in parts]

    def _weights_of_law(self, law: str, day: int, now: F64, known: NDArray[np.bool_]) -> F64:
        if law in ("road", "straight", "nearest"):
            km = self.straight if law == "straight" else self.road
            pull = km ** -(8.0 if law == "nearest" else self.power) * known
            reach = pull.sum(axis=1, keepdims=True)
            left = self.leaving[day] * (reach[:, 0] / max(reach.max(), 1e-300)) ** self.access
            return left @ (pull / np.maximum(reach, 1e-300))
        of_all = {
            "free places": np.maximum(self.size - now, 1.0),
            "size": self.size,
            "equal": np.ones(now.size),
            "network": 1.0 + 0.01 * now.sum() + now,
        }
        return of_all[law] * known


def _with_counting_errors(name: str, people: F64, rng: np.random.Generator) -> Series:
    every = int(rng.integers(7, 31))
    days = [*range(0, len(people), every)]
    found = people[days] * np.exp(rng.normal(0.0, 0.02, len(days)))
    return Series(name, ROW, days, [float(round(x)) for x in found])


def _rooms(kind: str, people: F64, size: F64, rng: np.random.Generator) -> F64:
    exact = np.ceil(people.max(axis=0) * 1.02) + 100
    peaks = np.ceil(exact / 100) * 100
    is_exact = rng.random() < (0.75 if kind == "peaks" else 0.25)
    if kind == "peaks":
        return exact if is_exact else peaks
    if kind == "real":
        known = np.maximum(size, exact)
        return np.ceil(known) if is_exact else np.ceil(known / 100) * 100
    if kind == "some":
        return np.where(rng.random(size.size) < 0.5, peaks, 1e6)
    return np.full(size.size, 1e6 if kind == "million" else 0.0)
