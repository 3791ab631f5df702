"""Invented conflicts with counts that follow known laws, to compare rules without tuning.

`invent(law, capacities, rng)` returns a conflict of 3 to 12 places in fighting, 3 to 9 camps in one
to three neighbouring countries, towns between, and roads longer than great circles. Camps open on
different days, fighting begins and ends, the total grows in one of four shapes and may fall.

Every day the newcomers go to open camps by one of LAWS, times an effect of each camp that no rule
knows (lognormal, sd 0 to 1) and noise of each week. Which places they leave is drawn too:
population to the power 0 to 1, times access to the power 0 to 2. In some conflicts people are moved
to camps that open. Camps are counted every 7 to 30 days, with errors of 2 %.

CAPACITIES: `peaks` are the highest counts, rounded up; `real` are sizes that are known before and
that the law may fill; `million` is a placeholder for all, `some` for half of the camps; `none`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from emigre.adapters.flee.camp_effects import kilometres
from emigre.adapters.flee.conflict_drivers import open_camps
from emigre.adapters.flee.csv_tables import Row
from emigre.adapters.flee.folder import Closure, Conflict, Location, Route
from emigre.adapters.flee.registrations import Registrations, Series
from emigre.adapters.flee.settings import Settings
from emigre.geography.distance import great_circle_km

F64 = NDArray[np.float64]
LAWS = ("free places", "size", "equal", "network", "road", "straight", "nearest", "mixture")
CAPACITIES = ("peaks", "real", "some", "million", "none")
KM_PER_DEGREE = 111.0
ROW = Row("invented", 1, ())


def invent(law: str, capacities: str, rng: np.random.Generator) -> Conflict:
    """One conflict with its counts."""
    n_days = int(rng.integers(120, 400))
    locations = _locations(rng)
    camps = [p for p in locations.values() if p.kind == "camp"]
    origins = [p for p in locations.values() if p.kind == "conflict"]
    routes = _routes(locations, rng)
    intensity = {p.name: _fighting(n_days, rng, first=i == 0) for i, p in enumerate(origins)}
    opens = np.where(rng.random(len(camps)) < 0.6, 0, rng.integers(0, n_days // 2, len(camps)))
    opens[rng.integers(len(camps))] = 0
    closures = [
        Closure("camp", camp.name, "", 0, int(day), ROW)
        for camp, day in zip(camps, opens, strict=True)
        if day and rng.random() < 0.7
    ]
    nobody = Registrations({}, None, frozenset(), {})
    conflict = Conflict(
        f"{law}, {capacities}", date(2030, 1, 1), n_days, locations, tuple(routes),
        tuple(closures), intensity, nobody, Settings(), (), (), (),
    )  # fmt: skip
    total = _total(n_days, rng)
    size = rng.lognormal(0.0, 1.0, len(camps))
    size *= total.max() * rng.uniform(1.1, 2.5) / size.sum()
    people = _people(conflict, law, total, opens, size, rng)
    series = {camp.name: _counted(camp.name, people[:, c], rng) for c, camp in enumerate(camps)}
    for camp, room in zip(camps, _rooms(capacities, people, size, rng), strict=True):
        locations[camp.name] = replace(camp, people=int(room))
    registrations = Registrations(series, None, frozenset(series), series)
    return replace(conflict, registrations=registrations)


def _locations(rng: np.random.Generator) -> dict[str, Location]:
    reach = rng.uniform(80.0, 350.0) / KM_PER_DEGREE
    countries = rng.uniform(0.0, 2 * np.pi, int(rng.integers(1, 4)))
    found: dict[str, Location] = {}

    def place(name: str, country: str, kind: str, at: F64, people: float) -> None:
        gps = (float(at[0]), float(at[1]))
        found[name] = Location(name, "", country, gps, kind, int(people), ROW)

    def at(angle: float, radius: float) -> F64:
        return np.array([5.0, 20.0]) + reach * radius * np.array([np.sin(angle), np.cos(angle)])

    for kind, n in (("conflict", rng.integers(3, 13)), ("town", rng.integers(2, 9))):
        for i in range(int(n)):
            where = at(rng.uniform(0, 2 * np.pi), np.sqrt(rng.random()))
            place(f"{kind}{i}", "home", kind, where, rng.lognormal(10.8, 1.2))
    for i in range(int(rng.integers(3, 10))):
        country = int(rng.integers(len(countries)))
        where = at(countries[country] + rng.normal(0.0, 0.35), rng.uniform(0.9, 2.0))
        place(f"camp{i}", f"country{country}", "camp", where, 0)
    return found


def _routes(locations: dict[str, Location], rng: np.random.Generator) -> list[Route]:
    """Every place to its two or three nearest, and a tree, so that all are connected."""
    names = list(locations)
    km = np.array(
        [[great_circle_km(a.gps, b.gps) or 0.0 for b in locations.values()]
         for a in locations.values()]
    )  # fmt: skip
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


def _people(
    conflict: Conflict, law: str, total: F64, opens: NDArray[np.int64], size: F64,
    rng: np.random.Generator,
) -> F64:  # fmt: skip
    """(days, camps) registered people under a law."""
    world = World.of(conflict, size, rng)
    effect = np.exp(rng.normal(0.0, rng.uniform(0.0, 1.0), size.size))
    noise = rng.uniform(0.0, 0.5)
    relocated = 0.02 if rng.random() < 0.3 else 0.0
    now = np.zeros(size.size)
    people = np.zeros((conflict.n_days, size.size))
    weekly = effect
    for day in range(conflict.n_days):
        if day % 7 == 0:
            weekly = effect * np.exp(rng.normal(0.0, noise, size.size))
        known = np.array(open_camps(conflict, day)) & (opens <= day)
        share = world.weights(law, day, now, known) * weekly
        share = share if share.sum() > 0 else known.astype(float)
        change = total[day] - now.sum()
        now = now + share / share.sum() * change if change > 0 else now * total[day] / now.sum()
        young = known & (opens > 0) & (day < opens + 60)
        if relocated and young.any():
            moved = relocated * now * ~young
            now = now - moved + moved.sum() * young / young.sum()
        people[day] = now
    return people


@dataclass
class World:
    """What the laws use: places z, camps c, days t."""

    size: F64  # (c)
    road: F64  # (z, c) km
    straight: F64  # (z, c) km
    leaving: F64  # (t, z) without access
    access: float
    power: float
    shares: F64  # of the other laws in the mixture

    @classmethod
    def of(cls, conflict: Conflict, size: F64, rng: np.random.Generator) -> World:
        origins = conflict.origins
        straight = [[great_circle_km(z.gps, c.gps) or 1.0 for c in conflict.camps] for z in origins]
        people = np.array([z.people for z in origins], float) ** rng.uniform(0.0, 1.0)
        return cls(
            size,
            kilometres(conflict, origins, 0.0),
            np.maximum(straight, 1.0),
            np.array([conflict.intensity[z.name] for z in origins]).T * people,
            access=rng.uniform(0.0, 2.0),
            power=rng.uniform(1.0, 3.0),
            shares=rng.dirichlet(np.ones(len(LAWS) - 1)),
        )

    def weights(self, law: str, day: int, now: F64, known: NDArray[np.bool_]) -> F64:
        """Weights of the camps on a day with the people there; 0 for those not known."""
        if law == "mixture":
            parts = [self.weights(one, day, now, known) for one in LAWS[:-1]]
            return self.shares @ [p / max(p.sum(), 1e-300) for p in parts]
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


def _counted(name: str, people: F64, rng: np.random.Generator) -> Series:
    every = int(rng.integers(7, 31))
    days = [*range(0, len(people), every)]
    found = people[days] * np.exp(rng.normal(0.0, 0.02, len(days)))
    return Series(name, ROW, days, [float(round(x)) for x in found])


def _rooms(kind: str, people: F64, size: F64, rng: np.random.Generator) -> F64:
    peaks = np.ceil(people.max(axis=0) * 1.02 / 100) * 100 + 100
    if kind == "peaks":
        return peaks
    if kind == "real":
        return np.maximum(np.ceil(size), peaks)
    if kind == "some":
        return np.where(rng.random(size.size) < 0.5, peaks, 1e6)
    return np.full(size.size, 1e6 if kind == "million" else 0.0)
