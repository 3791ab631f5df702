"""places, areas, legs, diaspora, attractions: where people live, cross and go."""

from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from scripts.scenario_tables import ESTIMATE, Cells, Row, read_rows

Point = tuple[float, float]


def _table(name: str) -> dict[str, Row]:
    """Rows of a table next to this module by the first column."""
    rows = read_rows(Path(__file__).with_name(f"{name}.csv"))
    return {next(iter(row.values())): row for row in rows}


def _at(row: Row) -> Point:
    return float(row["lat"]), float(row["lon"])


ORIGINS = _table("origins")
"""Regions without Crimea and Sevastopol, Mariupol apart, with their present population."""
# Regions whose population is not in the table of regions: source, note.
POPULATION = {
    "UA-DO": ("ukrstat-population", "Present population on 1 January 2022, less Mariupol."),
    "UA-MA": ("mariupol-population", "Estimate of January 2022 for the city."),
}
# The way out of Mariupol to the rest of Ukraine leads through here; a rule opens and closes it.
ZAPORIZHZHIA = "UA-ZP-CITY"
TOWNS: dict[str, tuple[str, Point]] = {ZAPORIZHZHIA: ("Zaporizhzhia, on the way", (47.84, 35.14))}
VIA = {"UA-MA": ZAPORIZHZHIA}
# Where people displaced inside Ukraine live: one place in the west, one in the centre.
INSIDE: dict[str, tuple[str, Point, float]] = {
    "UA-IN-WEST": ("Western Ukraine", (49.60, 24.60), 3.6),
    "UA-IN-CENTRE": ("Central Ukraine", (49.10, 30.00), 3.3),
}
CROSSINGS = _table("crossings")
"""Crossings with the persons a day that they serve at most (empty: no limit).

The capacities of a border add up to the most that was counted there on a day to 20 March (Poland
141, Slovakia 16, Romania 13, Hungary after 2 March 12, Russia about 17 thousand); how it is
divided is an estimate.
"""
# The first crossing of each western neighbour; the others are its lanes, so that all of them are
# kept on every way through the country.
MAIN = {"PL": "PL-MEDYKA", "SK": "SK-VYSNE", "HU": "HU-ROAD", "RO": "RO-SIRET", "MD": "MD-OTACI"}
COUNTRIES = _table("countries")
"""Countries at their capital (Russia: Voronezh, as most stayed in the south).

With attraction, share who speak Ukrainian or Russian, income per head and monthly cost of living in
euros, and chance a month to find work.
"""
EU = ("PL", "SK", "HU", "RO", "DE", "CZ", "AT", "IT", "ES", "FR", "NL", "BG", "LT")
# Entries into Moldova (change in those present plus those who went on) and passages into Romania by
# day to 20 March: passages are 0.81 of the entries after an exponential time of 2.5 days (root mean
# square of the error 12 % of the mean; 13 % with 2 days, 14 % with 3). This includes the journey of
# eight hours, which the simulation adds.
REST_DAYS = {"MD": 2.0}
NEIGHBOURS = ("PL", "SK", "HU", "RO", "MD", "BY", "RU")
WEST = ("PL", "SK", "HU", "RO", "MD")
# Onward by land or air: (from, to, mode). Where borders inside the Schengen area are not checked,
# a way needs no crossing.
ONWARD = (
    ("PL", "DE", "rail"), ("PL", "CZ", "rail"), ("PL", "LT", "road"), ("PL", "NL", "road"),
    ("PL", "FR", "road"), ("PL", "IT", "road"), ("PL", "ES", "air"), ("PL", "GB", "air"),
    ("PL", "AT", "rail"), ("SK", "CZ", "rail"), ("SK", "AT", "road"), ("SK", "DE", "rail"),
    ("HU", "AT", "rail"), ("HU", "DE", "rail"), ("HU", "IT", "road"), ("HU", "CZ", "rail"),
    ("HU", "ES", "air"), ("RO", "BG", "road"), ("RO", "HU", "road"), ("RO", "IT", "air"),
    ("RO", "DE", "air"), ("RO", "ES", "air"), ("RO", "FR", "air"), ("DE", "CH", "rail"),
    ("DE", "FR", "rail"), ("DE", "NL", "rail"), ("PL", "CH", "air"),
    ("PL", "HOME", "air"), ("HU", "HOME", "air"), ("RO", "HOME", "air"), ("SK", "HOME", "air"),
)  # fmt: skip
SPEED = {"road": 45.0, "rail": 55.0, "port": 40.0, "air": 700.0}
DETOUR = {"road": 1.3, "rail": 1.3, "port": 1.3, "air": 1.0}
EASTERN: dict[str, tuple[str, ...]] = {
    "BY-NORTH": ("UA-KO", "UA-ZT", "UA-CH", "UA-RI", "UA-VO"),
    "RU-DONBAS": ("UA-DO", "UA-LH", "UA-ZP"),
    "RU-AZOV": ("UA-MA",),
    "RU-BELGOROD": ("UA-KK", "UA-SU", "UA-LH", "UA-CH"),
    "RU-CRIMEA": ("UA-KS", "UA-ZP"),
}


def distance(a: Point, b: Point) -> float:
    """Great-circle distance in km."""
    (la, oa), (lb, ob) = ((radians(x), radians(y)) for x, y in (a, b))
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin((ob - oa) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(h))


def build_places() -> list[Cells]:
    """Origins, places of the displaced, crossings, countries."""
    rows: list[Cells] = []
    for key, row in ORIGINS.items():
        source, note = POPULATION.get(
            key, ("ukrstat-population", "Present population on 1 January 2022.")
        )
        rows.append(_place(key, row["name"], "origin", "UA", _at(row), source=source,
                           basis="official", population=row["population"], note=note))  # fmt: skip
    for key, (name, at) in TOWNS.items():
        rows.append(_place(key, name, "town", "UA", at, source="mariupol-31-march",
                           note="For transit; those who stay are displaced."))  # fmt: skip
    for key, (name, at, pull) in INSIDE.items():
        why = "Attraction set so that more people stay in Ukraine than leave."
        rows.append(_place(key, name, "camp", "UA", at, attraction=pull, note=why))
    for key, row in CROSSINGS.items():
        rows.append(_place(key, row["name"], "crossing", row["country"], _at(row),
                           exit_country=row["exit_country"], mode=row["mode"],
                           capacity_persons_per_day=row["capacity"], lane_of=_lane_of(key),
                           note=f"Capacity is an estimate: {row['reason']}."))  # fmt: skip
    note = "Income and cost rounded; attraction, language and jobs are estimates."
    for key, row in COUNTRIES.items():
        place = _place(key, row["name"], "country", key, _at(row), note=note)
        rows.append(row | place | {"rest_days": REST_DAYS.get(key)})
    return rows


def _place(key: str, name: str, kind: str, country: str, at: Point, **more: object) -> Cells:
    row: Cells = {"id": key, "name": name, "kind": kind, "country": country, "lat": at[0],
                  "lon": at[1], "basis": "estimate", "source": ESTIMATE}  # fmt: skip
    return row | more


def _lane_of(crossing: str) -> str:
    row = CROSSINGS[crossing]
    main = MAIN.get(row["country"], crossing)
    return "" if main == crossing or row["exit_country"] != "UA" else main


def crossings_into(*countries: str) -> list[str]:
    """Crossings from Ukraine into any of the countries."""
    return [
        key
        for key, row in CROSSINGS.items()
        if row["country"] in countries and row["exit_country"] == "UA"
    ]


def build_areas() -> list[Cells]:
    """Areas of published sums, of rules, and of regions by the course of the war."""
    areas = {
        "OUT": ("Ukraine to its neighbours", crossings_into(*NEIGHBOURS)),
        "OUT-WEST": ("Crossings that Ukraine controls", crossings_into(*WEST)),
        "RO-UA": ("Romania, from Ukraine", crossings_into("RO")),
        "EU": ("European Union (countries of this scenario)", list(EU)),
        "INSIDE": ("Ukraine", list(INSIDE)),
    } | {key: (name, list(places)) for key, (name, places) in REGIONS.items()}
    return [
        {"area": key, "name": name, "place": place}
        for key, (name, places) in areas.items()
        for place in places
    ]


REGIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "NORTH": ("Kyiv and the north", ("UA-KV", "UA-KO", "UA-CH", "UA-SU", "UA-ZT")),
    "EAST": ("Kharkiv and the Donbas", ("UA-KK", "UA-DO", "UA-MA", "UA-LH")),
    "SOUTH": ("South, invaded", ("UA-KS", "UA-ZP", "UA-MY")),
    "REAR": ("Centre and Black Sea", ("UA-CK", "UA-DN", "UA-KH", "UA-OD", "UA-PO", "UA-VI")),
    "WEST": ("West", ("UA-CV", "UA-IF", "UA-KM", "UA-LV", "UA-RI", "UA-TE", "UA-VO", "UA-ZK")),
}


def build_legs() -> list[Cells]:
    """Ways from every region to every western crossing, to places inside, and onward."""
    origins, gates, countries = (
        {key: _at(row) for key, row in table.items()} for table in (ORIGINS, CROSSINGS, COUNTRIES)
    )
    towns = {k: v[1] for k, v in TOWNS.items()}
    inside = {k: v[1] for k, v in INSIDE.items()}
    starts = {k: at for k, at in origins.items() if k not in VIA} | towns
    west = crossings_into(*WEST)
    rows: list[Cells] = []
    for start, town in VIA.items():
        leg = _leg(start, town, "road", origins[start], towns[town])
        rows.append(leg | {"source": "mariupol-cars", "note": "By Berdiansk, in private cars."})
    for start, at in (starts | inside).items():
        rows += [_leg(start, x, CROSSINGS[x]["mode"], at, gates[x]) for x in west]
    for x, near in EASTERN.items():
        rows += [_leg(o, x, "road", origins[o], gates[x]) for o in near]
    for start, at in starts.items():
        rows += [_leg(start, camp, "road", at, there) for camp, there in inside.items()]
    for x, row in CROSSINGS.items():
        rows.append(_leg(x, row["country"], "road", gates[x], countries[row["country"]]))
        if x in west:
            rows.append(_leg(x, "UA-IN-WEST", "road", gates[x], inside["UA-IN-WEST"]))
    rows.append(_leg("MD", "RO-PRUT", "road", countries["MD"], gates["RO-PRUT"]))
    for a, b, mode in ONWARD:
        rows.append(_leg(a, b, mode, countries[a], countries[b]))
    return rows


def _leg(start: str, end: str, mode: str, a: Point, b: Point) -> Cells:
    km = distance(a, b) * DETOUR[mode]
    shown = {"port": "road"}.get(mode, mode)
    hours = km / SPEED[mode] + (2.0 if mode == "air" else 0.5)
    fare = {"air": 100.0, "rail": 5.0 + 0.02 * km}.get(mode, 0.04 * km)
    return {"from": start, "to": end, "mode": shown, "km": round(km), "hours": round(hours, 1),
            "fare_eur": round(fare), "both_ways": "no", "basis": "estimate", "source": ESTIMATE,
            "note": "Great circle times a detour, at the mean speed of the mode."}  # fmt: skip


def build_diaspora() -> list[Cells]:
    """Ukrainian citizens or people born in Ukraine before the war, who attract others.

    RO is small, as few lived there before.
    """
    return [{**row, "nationality": "UA"} for row in _table("diaspora").values()]


def build_attractions() -> list[Cells]:
    """Foreign students fly home; citizens of Ukraine have no home there."""
    rows: list[Cells] = [
        {"place": "HOME", "who": "nationality=XX", "weight": 10.0,
         "note": "Estimate: foreign students went home."},
        {"place": "INSIDE", "who": "nationality=XX", "weight": -10.0,
         "note": "Estimate: foreign students had nobody to stay with."},
    ]  # fmt: skip
    return [row | {"basis": "estimate", "source": ESTIMATE} for row in rows]
