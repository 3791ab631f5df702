"""Small random worlds: valid scenario folders such as a person might write.

A :class:`World` is the content of a folder: the header and the rows of each table. Hypothesis draws
one, :func:`write` writes it to disk, and it is read like any other scenario. Places, people and
numbers are invented.
"""

# Long, because a world is drawn table by table, each from what the others hold.

from __future__ import annotations

import csv
import math
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from emigre import schema
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

Row = dict[str, Any]

HOME = "HOME"
NATIONALITY = "HH"
START = date(2030, 3, 20)  # the clocks change in Helsinki on 31 March
DOCUMENTS = ("passport", "internal", "visa")
AGES = ("young", "old")
JOBS = ("it_worker", "other")


@dataclass
class World:
    """A scenario before it is written: header values, parameters, and rows by table."""

    n_days: int = 30
    start: date = START
    zone: str = "UTC"
    parameters: dict[str, float] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def changed(self, **added: list[Row]) -> World:
        """The same world with rows added to some tables."""
        other = deepcopy(self)
        for table, rows in added.items():
            other.tables[table] = other.tables.get(table, []) + rows
        return other

    @property
    def nationality(self) -> str:
        """That of the first group."""
        return str(self.tables["groups"][0]["nationality"])

    def day(self, number: int) -> str:
        """A date, by its number from the start."""
        return str(self.start + timedelta(days=number))

    def ids(self, *kinds: str) -> list[str]:
        """Places of some kinds."""
        return [r["id"] for r in self.tables["places"] if r["kind"] in kinds]


def row(**cells: Any) -> Row:
    """A row with its provenance."""
    return {"basis": "estimate", "source": "invented", "note": "Invented."} | cells


def write(world: World, folder: Path) -> Path:
    """Put a world on disk as a scenario folder."""
    last = world.start + timedelta(days=world.n_days - 1)
    lines = [
        'id = "random"',
        'title = "A random world"',
        'purpose = "Drawn for a test."',
        f"start = {world.start}",
        f"end = {last}",
        f'zone = "{world.zone}"',
        f'nationality = "{world.nationality}"',
        "[parameters]",
        *(f"{name} = {value}" for name, value in world.parameters.items()),
    ]
    (folder / "scenario.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"id": "invented", "title": "Invented", "publisher": "Tests", "address": "here"}
    tables = world.tables | {"sources": [source, *world.tables.get("sources", [])]}
    for table in schema.REQUIRED_TABLES:
        tables.setdefault(table, [])
    for table, rows in tables.items():
        names = [c.name for c in schema.tables()[table]]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def read(world: World, as_of: date | None = None) -> Scenario:
    """The world as a scenario, through a folder and the ordinary reader."""
    with tempfile.TemporaryDirectory() as folder:
        return load(write(world, Path(folder)), as_of=as_of)


def world_of(name: str, n_days: int, **parameters: float) -> World:
    """A shipped scenario as a world, with some parameters of its own, to be changed row by row."""
    scenario = load(name)
    assert scenario.folder is not None
    world = World(n_days, scenario.start, scenario.zone, scenario.parameters | parameters)
    for table in schema.tables():
        path = scenario.folder / f"{table}.csv"
        if path.exists() and table != "sources":
            with path.open(encoding="utf-8", newline="") as file:
                world.tables[table] = list(csv.DictReader(file))
    return world


@st.composite
def worlds(draw: st.DrawFn, *, camps: bool = True, departures: bool = True) -> World:
    """A random valid world of 20 to 60 days and at most 20,000 people."""
    world = World(
        n_days=draw(st.integers(20, 60)),
        zone=draw(st.sampled_from(["UTC", "Europe/Helsinki", "Asia/Kathmandu"])),
        parameters=draw(_parameters()),
    )
    world.tables["places"] = draw(_places(camps=camps))
    world.tables["legs"] = draw(_legs(world))
    world.tables["groups"] = draw(_groups())
    world.tables["traffic"] = draw(_traffic(world))
    world.tables["rules"] = draw(_rules(world))
    world.tables["areas"] = draw(_areas(world))
    world.tables["pressures"] = draw(_pressures(world))
    world.tables["composition"] = draw(_composition(world))
    world.tables["attractions"] = draw(_attractions(world))
    world.tables["jobs"] = draw(_jobs(world))
    world.tables["diaspora"] = [
        row(country=c, nationality=NATIONALITY, persons=100 * i)
        for i, c in enumerate(world.ids("country"))
    ]
    if draw(st.booleans()):
        world.tables["present"] = draw(_present(world))
    if departures and draw(st.integers(0, 3)) == 3:
        world.tables["departures"] = draw(_departures(world))
    return world


def _parameters() -> st.SearchStrategy[dict[str, float]]:
    """Lively ones: in a few weeks everything that can happen should happen to somebody."""
    return st.fixed_dictionaries(
        {
            "base_leaving_per_day": st.sampled_from([0.02, 0.004]),
            "access_weight": st.sampled_from([0.0, 0.3]),
            "urgency_weight": st.sampled_from([0.0, 0.2]),
            "patience_days": st.sampled_from([3.0, 60.0]),
            "prepare_days": st.sampled_from([0.1, 2.0]),
            "asylum_share": st.sampled_from([0.2, 0.0]),
            "apply_per_day": st.sampled_from([0.2, 0.01]),
            "overstay_share": st.sampled_from([0.1, 1.0]),
            "grace_days": st.sampled_from([0, 3]),
            "base_returning_per_day": st.sampled_from([0.002, 0.05]),
            "base_onward_per_day": st.sampled_from([0.001, 0.05]),
            "again_per_day": st.sampled_from([0.001, 0.1]),
            "transfers_eur_per_month": st.sampled_from([0.0, 60.0]),
            "renew_share": st.sampled_from([0.8, 1.0, 0.0]),
            "settled_share": st.sampled_from([0.0, 0.4]),
            "joining_per_day": st.sampled_from([0.05, 0.0]),
            "rooting_days": st.sampled_from([540.0, 5.0]),
            "threat_weight": st.sampled_from([1.0, 10.0]),
            "foresight_days": st.sampled_from([14.0, 1.0]),
            "hazard_cap_per_day": st.sampled_from([0.04, 0.4]),
        }
    )


@st.composite
def _places(draw: st.DrawFn, *, camps: bool) -> list[Row]:
    n_countries = draw(st.integers(1, 4))
    countries = [f"C{i}" for i in range(1, n_countries + 1)]
    places = [
        row(
            id=f"O{i}",
            kind="origin",
            country=HOME,
            population=5000 if i == 1 else draw(st.sampled_from([5000, 600, 7, 0])),
        )
        for i in range(1, draw(st.integers(2, 4)) + 1)
    ]
    for i in range(1, draw(st.integers(1, 4)) + 1):
        entered = draw(st.sampled_from(countries))
        others = [HOME, HOME, *(c for c in countries if c != entered)]
        places.append(
            row(
                id=f"X{i}",
                kind="crossing",
                country=entered,
                exit_country=HOME if i == 1 else draw(st.sampled_from(others)),
                mode=draw(st.sampled_from(["road", "air"])),
                capacity_persons_per_day=draw(
                    st.sampled_from([90, "", 13, 2, 1000, *([0.5, 0] if i > 1 else [])])
                ),
            )
        )
    places += [
        row(
            id=country,
            kind="country",
            country=country,
            attraction=draw(st.sampled_from([0, 1, -1])),
            living_cost_eur_per_month=draw(st.sampled_from([0, 500, 3000])),
            jobs_per_month=draw(st.sampled_from([0, 0.3])),
            reception_beds=draw(st.sampled_from([0, 5, 1000])),
        )
        for country in countries
    ]
    if camps and draw(st.booleans()):
        places.append(
            row(
                id="K1",
                kind="camp",
                country=draw(st.sampled_from([HOME, *countries])),
                attraction=1,
                capacity_persons=draw(st.sampled_from(["", 0, 20, 500])),
                reception_beds=10,
            )
        )
    places = [p | {"name": p["id"]} for p in places]
    return draw(st.permutations(places)) if draw(st.booleans()) else places


@st.composite
def _legs(draw: st.DrawFn, world: World) -> list[Row]:
    """Every crossing leads on; every origin reaches the first crossing or the air."""
    crossings = [p for p in world.tables["places"] if p["kind"] == "crossing"]
    countries = world.ids("country")
    pairs: list[tuple[str, str]] = []
    for x in crossings:
        pairs.append((x["id"], x["country"]))
        if x["exit_country"] != HOME:
            pairs.append((x["exit_country"], x["id"]))
    for origin in world.ids("origin"):
        from_home = [x["id"] for x in crossings if x["exit_country"] == HOME]
        pairs += [(origin, x) for x in from_home if x == "X1" or draw(st.booleans())]
        if draw(st.integers(0, 3)) == 3:
            pairs.append((origin, draw(st.sampled_from(countries))))
    for camp in world.ids("camp"):
        place = next(p for p in world.tables["places"] if p["id"] == camp)
        if place["country"] == HOME:
            pairs += [(origin, camp) for origin in world.ids("origin")]
            pairs += [(camp, x["id"]) for x in crossings if x["exit_country"] == HOME]
        else:
            pairs.append((place["country"], camp))
        pairs += [(x["id"], camp) for x in crossings if x["country"] == place["country"]]
    if len(countries) > 1 and draw(st.booleans()):
        pairs.append((countries[0], countries[-1]))
    hours = st.sampled_from([0, 0.5, 7, 30])
    return [
        row(
            **{"from": a, "to": b},
            mode="road",
            km=draw(st.sampled_from([0, 50, 400])),
            hours=draw(hours),
            fare_eur=draw(st.sampled_from([0, 20, 900])),
            both_ways="no" if a.startswith("O") else draw(st.sampled_from(["yes", "no"])),
        )
        for a, b in pairs
    ]


@st.composite
def _groups(draw: st.DrawFn) -> list[Row]:
    parts = draw(st.lists(st.integers(1, 10), min_size=2, max_size=6))
    groups = []
    for i, part in enumerate(parts):
        sizes = draw(st.sampled_from([(1, 0, 0, 0, 0), (0, 0, 0, 0, 1), (0.2, 0.2, 0.2, 0.2, 0.2)]))
        groups.append(
            row(
                id=f"g{i}",
                share=part / sum(parts),
                nationality=NATIONALITY,
                sex=draw(st.sampled_from(["male", "female"])),
                age_band=draw(st.sampled_from(AGES)),
                occupation=draw(st.sampled_from(JOBS)),
                minority="no",
                education="any",
                openness="quiet",
                document=draw(st.sampled_from(DOCUMENTS)),
                means="any",
                savings_eur=draw(st.sampled_from([0, 100, 3000])),
                moves_whole=draw(st.sampled_from([0, 0.5, 1])),
                leaving=draw(st.sampled_from([1, 1, 10, 0])),
                returning=draw(st.sampled_from([0, 1, 5])),
                remote_work=draw(st.sampled_from([0, 0.5])),
                relatives=draw(st.sampled_from([0.4, 0, 1])),
                member=draw(st.sampled_from(["", "sex=male", "sex=female;age_band=" + AGES[0]])),
                splits=draw(st.sampled_from([1, 0.5, 0])),
                **{f"size_{s}": share for s, share in enumerate(sizes, start=1)},
            )
        )
    return groups


@st.composite
def _traffic(draw: st.DrawFn, world: World) -> list[Row]:
    return [
        row(
            id=f"t{i}",
            crossing=draw(st.sampled_from(world.ids("crossing"))),
            nationality=NATIONALITY,
            document=draw(st.sampled_from(DOCUMENTS)),
            persons_per_day=draw(st.sampled_from([0, 0.4, 12, 80])),
            sat=draw(st.sampled_from([0, 1, 2])),
            to=draw(st.sampled_from(["", START + timedelta(days=15)])),
        )
        for i in range(draw(st.integers(0, 4)))
    ]


def instants(n_days: int) -> st.SearchStrategy[str]:
    """A day of the scenario, or a moment of one, written with an offset."""
    days = st.integers(1, n_days - 1).map(lambda n: START + timedelta(days=n))
    clocks = st.sampled_from(
        ["", "", "T06:00Z", "T18:00+01:00", "T00:30+02:00", "T23:59+05:45", "T12:00-04:00"]
    )
    return st.builds(lambda day, clock: f"{day}{clock}", days, clocks)


def known(rows: list[Row], column: str) -> list[str]:
    """Categories of a column."""
    return sorted({r[column] for r in rows})


@st.composite
def _who(draw: st.DrawFn, world: World) -> str:
    groups = world.tables["groups"]
    attribute = draw(st.sampled_from(["*", "*", "sex", "age_band", "occupation"]))
    if attribute == "*":
        return "*"
    return f"{attribute}={draw(st.sampled_from(known(groups, attribute)))}"


_STAYS = [
    {"days": days, "window_days": window}
    for days, window in (("", ""), (1, ""), (5, 7), (5, 180), (20, ""), (20, 180), (365, ""))
]
"""Limits of stays."""


@st.composite
def _rules(draw: st.DrawFn, world: World) -> list[Row]:
    """First some that open the countries, then others that come and go."""
    documents = known(world.tables["groups"] + world.tables["traffic"], "document")
    opened = []
    for place in world.ids("country", "camp"):
        entry = {
            "document": draw(st.sampled_from(["*", "*", *documents])),
            "value": draw(st.sampled_from([0.7, 1])),
        } | draw(st.sampled_from(_STAYS))
        run = {"value": draw(st.sampled_from([0.5, 1]))}
        claim = {"value": draw(st.sampled_from([0.5, 1, 0])), "delay_days": 3, "days": 9}
        for kind, cells in (
            ("entry", entry),
            ("permit", claim),
            ("regularisation", claim),
            ("asylum", claim),
            ("border_run", run),
        ):
            if (kind, place) == ("entry", "C1") or draw(st.integers(0, 5)) < 5:
                opened.append(row(id=f"{kind}_{place}", kind=kind, place=place, **cells))
    if draw(st.booleans()):
        opened.append(row(id="exit_all", kind="exit", place="*", value=0.8))
    if draw(st.booleans()):
        start = START + timedelta(days=draw(st.integers(0, 15)))
        men = {"who": "sex=male", "applies_to": "person", "effective_from": start}
        if "male" in known(world.tables["groups"], "sex"):
            opened.append(row(id="exit_men", kind="exit", place="*", value=0.2, **men))
    others = [draw(_rule(world, f"r{i}", documents)) for i in range(draw(st.integers(0, 12)))]
    return [r for r in opened + others if acts(world, r)]


def acts(world: World, rule: Row) -> bool:
    """Whether a rule does anything where it stands; a scenario holds no other."""
    at = {p["id"]: p for p in world.tables["places"]}
    crossings = [p for p in at.values() if p["kind"] == "crossing"]
    place = rule["place"]
    if place == "*" or rule["kind"] == "leg" or at[place]["kind"] == "crossing":
        return True
    sides = {"exit": "exit_country", "entry": "country", "fare": "country"}
    if rule["kind"] not in sides:
        return True
    has_border = any(x[sides[rule["kind"]]] == place for x in crossings)
    if rule["kind"] != "entry" or has_border:
        return has_border
    state = at[place]["country"]  # entered over a leg without a crossing
    ends = [(at[leg["from"]], at[leg["to"]], leg["both_ways"]) for leg in world.tables["legs"]]
    ends += [(b, a, "no") for a, b, both in ends if both == "yes"]
    return any(
        "crossing" not in (a["kind"], b["kind"]) and a["country"] != state == b["country"]
        for a, b, _ in ends
    )


def acting_places(world: World, kind: str) -> list[str]:
    """Where a rule of a kind can stand and does something."""
    if kind == "leg":
        return ["/".join((e["from"], e["to"], e["mode"])) for e in world.tables["legs"]]
    places = ["*", *world.ids(*schema.rule_kinds()[kind].places)]
    return [p for p in places if acts(world, {"kind": kind, "place": p})]


@st.composite
def _rule(draw: st.DrawFn, world: World, name: str, documents: list[str]) -> Row:
    spec = schema.rule_kinds()[draw(st.sampled_from(sorted(schema.rule_kinds())))]
    is_leg = spec.kind == "leg"
    places = acting_places(world, "leg") if is_leg else ["*", *world.ids(*spec.places)]
    values = {"capacity": [0, 1.5, 40, 5000], "fare": [0, 0.5, 3], "grace": [0, 2, 30]}
    values["leg"] = [0, 1]
    cells: Row = {
        "id": name,
        "kind": spec.kind,
        "place": draw(st.sampled_from(places)),
        "value": draw(st.sampled_from(values.get(spec.kind, [0, 0.5, 1]))),
        "document": draw(st.sampled_from(["*", *documents])),
        "who": draw(_who(world)),
    }
    if spec.uses_days:
        cells["days"] = draw(st.sampled_from(["", 2, 20, 365]))
    if spec.kind == "entry":
        cells |= draw(st.sampled_from(_STAYS))
    if spec.kind in ("capacity", "fare", "leg"):  # of everybody
        cells |= {"document": "*", "who": "*"}
    if spec.uses_delay_days:
        cells["delay_days"] = draw(st.sampled_from([0, 2, 10]))
    cells |= draw(_times(world, is_rumour=draw(st.integers(0, 4)) == 4))
    return row(**cells)


@st.composite
def _times(draw: st.DrawFn, world: World, *, is_rumour: bool) -> Row:
    """When a rule was announced, from when and until when it holds."""
    moments = sorted(draw(st.lists(instants(world.n_days), min_size=2, max_size=2)))
    cells: Row = {}
    if draw(st.booleans()):
        cells["announced"] = START + timedelta(days=draw(st.integers(-2, 0)))
    first = "expected_from" if is_rumour else "effective_from"
    if is_rumour:
        cells["credence"] = draw(st.sampled_from([0.1, 0.4, 0.9]))
    if not is_rumour or draw(st.booleans()):
        cells[first] = moments[0]
    # An end on another day than the beginning comes after it whatever the offsets are.
    first_day, last_day = (date.fromisoformat(m[:10]) for m in moments)
    if draw(st.booleans()) and (last_day - first_day).days > 1:
        cells["effective_to"] = moments[1]
        if draw(st.booleans()):
            told = draw(st.integers(1, (last_day - first_day).days - 1))
            cells["end_announced"] = first_day + timedelta(days=told)
    return cells


@st.composite
def _jobs(draw: st.DrawFn, world: World) -> list[Row]:
    """Work wanted more or less; a place and a who stand in the table once."""
    places = st.sampled_from(["*", *world.ids("country", "camp")])
    wanted = draw(st.sets(st.tuples(places, _who(world)), max_size=3))
    return [
        row(place=place, who=who, factor=draw(st.sampled_from([0, 0.5, 20])))
        for place, who in sorted(wanted)
    ]


@st.composite
def _attractions(draw: st.DrawFn, world: World) -> list[Row]:
    """Places that pull more or less; a place and a who stand in the table once."""
    places = st.sampled_from(["*", *world.ids("country", "camp")])
    wanted = draw(st.sets(st.tuples(places, _who(world)), max_size=4))
    return [
        row(place=place, who=who, weight=draw(st.sampled_from([-0.7, 0.1, 0.3])))
        for place, who in sorted(wanted)
    ]


@st.composite
def _areas(draw: st.DrawFn, world: World) -> list[Row]:
    """An area of some origins, named so that it comes before or after them."""
    members = draw(st.sets(st.sampled_from(world.ids("origin")), max_size=2))
    name = draw(st.sampled_from(["AREA", "ZONE"]))
    return [row(area=name, name="Some origins", place=place) for place in sorted(members)]


@st.composite
def _composition(draw: st.DrawFn, world: World) -> list[Row]:
    """Origins that differ in one attribute or two, by shares of a category that not all hold."""
    groups, result = world.tables["groups"], []
    attributes = ["sex", "occupation"]
    pairs = {tuple(g[a] for a in attributes) for g in groups}
    if len(pairs) < math.prod(len(known(groups, a)) for a in attributes):
        del attributes[draw(st.integers(0, 1))]  # both shares may be more than its people can hold
    for attribute in attributes:
        categories = known(groups, attribute)
        for origin in world.ids("origin"):
            if len(categories) > 1 and draw(st.integers(0, 3)) == 3:
                share = draw(st.sampled_from([0.1, 0.6]))
                cells = {"attribute": attribute, "value": categories[0], "share": share}
                result.append(row(origin=origin, **cells))
    return result


@st.composite
def _pressures(draw: st.DrawFn, world: World) -> list[Row]:
    places = world.ids("origin")
    return [
        row(
            id=f"p{i}",
            kind=draw(st.sampled_from(["war", "prices"])),
            place=draw(st.sampled_from(["*", *known(world.tables["areas"], "area"), *places])),
            who=draw(_who(world)),
            onset=START + timedelta(days=draw(st.integers(-5, world.n_days))),
            half_life_days=draw(st.sampled_from(["", 0.5, 10])),
            leaving=draw(st.sampled_from([-1, 0.5, 2])),
            returning=draw(st.sampled_from([-2, 0, 1])),
        )
        for i in range(draw(st.integers(0, 3)))
    ]


@st.composite
def _present(draw: st.DrawFn, world: World) -> list[Row]:
    """People abroad when the first day begins, of one origin or of all."""
    collected = []
    for place in world.ids("country", "camp"):
        for origin in draw(st.sets(st.sampled_from(sorted(people(world))), max_size=2)):
            persons = draw(st.sampled_from([0, 1, 17, 300]))
            collected.append(row(place=place, origin=origin, persons=persons))
    return collected


@st.composite
def _departures(draw: st.DrawFn, world: World) -> list[Row]:
    """Of one address, or of two of which the narrower takes its origin out of the wider."""
    left = people(world)
    collected = []
    for origin in sorted(draw(st.sets(st.sampled_from(sorted(left)), min_size=1, max_size=2))):
        for day in range(0, world.n_days, draw(st.integers(1, 7))):
            persons = min(draw(st.sampled_from([0, 1, 30, 200])), left[origin])
            left[origin] -= persons
            collected.append(row(origin=origin, date=START + timedelta(days=day), persons=persons))
    return collected


def people(world: World) -> dict[str, int]:
    """Population of every origin that has people, and of all."""
    rows = [p for p in world.tables["places"] if p["kind"] == "origin"]
    collected = {p["id"]: p["population"] for p in rows if p["population"]}
    return collected | {"*": sum(collected.values())}
