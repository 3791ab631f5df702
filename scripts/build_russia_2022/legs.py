"""legs.csv: roads, trains and flights, one price for one person."""

import math

from scripts.scenario_tables import ESTIMATE, Cells, Row

from .evidence import Evidence
from .levels import AIR_SEATS
from .places import LEFT_OUT, NO_LEGS

PERSONS_IN_CAR = 2.0
Key = tuple[str, str, str]

# Legs of crossings that are not in the routes: (from, to, km)
MORE_ROADS = (
    ("AM", "GE-SADAKHLO", 150), ("GE-SADAKHLO", "GE", 65),
    ("TR", "GE-SARPI", 1300), ("GE-SARPI", "GE-BATUMI", 20),
    ("BY", "LT-MEDININKAI", 160), ("LT-MEDININKAI", "LT", 35),
    ("RU-PSK", "LV-PEDEDZE", 110), ("LV-PEDEDZE", "LV", 230),
)  # fmt: skip
# Their direct legs would go past the crossing.
REPLACED = {("AM", "GE"), ("TR", "GE-BATUMI"), ("BY", "LT")}
# Kazakhstan is too wide for one point: roads and flights of its south start from Almaty, while the
# country itself is reached in any of its towns.
SOUTH = {"KZ": "KZ-ALMATY"}


def build_legs(evidence: Evidence) -> list[Cells]:
    """All rows of legs.csv."""
    routes = {
        (SOUTH.get(r["from"], r["from"]), SOUTH.get(r["to"], r["to"]), r["mode"]): r
        for r in evidence.routes
        if _is_used(r)
    }
    rows = _land(evidence, routes) + _flights(evidence, routes)
    rows += _more_roads(evidence) + _arrivals(evidence)
    rows.sort(key=lambda r: (str(r["from"]), str(r["to"]), str(r["mode"])))
    return rows


def _is_used(row: Row) -> bool:
    ends = (row["from"], row["to"])
    if set(ends) & set(LEFT_OUT) or set(ends) & set(NO_LEGS):
        return False
    return row["open_2022"] == "yes" or "FI-VAINIKKALA" in ends


def _is_flight_out(key: Key, evidence: Evidence) -> bool:
    """A flight from Russia to another state, which passes an airport crossing."""
    start, end, mode = key
    return mode == "air" and _state(start, evidence) == "RU" and _state(end, evidence) != "RU"


def _state(place: str, evidence: Evidence) -> str:
    return "KZ" if place == "KZ-ALMATY" else evidence.nodes[place]["country"]


def _source(evidence: Evidence, mode: str) -> str:
    titles = {
        "air": "Direct flights from Russia in 2022 and a rule of fares (70 EUR + 9 cents a km)",
        "rail": "Railway distances (great circle x 1.25) and third-class fares of 2022",
        "road": "Road distances (great circle x 1.25 unless known) and fuel at 50 RUB a litre",
    }
    return evidence.sources.named(
        f"routes-{mode}",
        titles[mode],
        "Emigre",
        "scripts/build_russia_2022/legs.py",
        "Made for this scenario; hours without waiting at borders; 59.65 RUB to the EUR.",
    )


def _fare(row: Row) -> float:
    cost = float(row["cost_eur"])
    return round(cost / PERSONS_IN_CAR, 1) if row["mode"] == "road" else cost


def _note(row: Row) -> str:
    if row["mode"] == "road":
        return "Fare: half the fuel of a car (two to a car)."
    if row["mode"] == "air":
        known = row["source_note"].startswith("direct service documented")
        return "Direct service seen in the press." if known else "Direct service recalled."
    return "Third-class berth."


def _land(evidence: Evidence, routes: dict[Key, Row]) -> list[Cells]:
    """Everything but flights out of Russia; both directions in one row where they cost the same."""
    rows: list[Cells] = []
    for key in sorted(routes):
        start, end, mode = key
        if _is_flight_out(key, evidence) or _is_replaced(start, end, mode):
            continue
        row, back = routes[key], routes.get((end, start, mode))
        same = back is not None and _same(row, back) and not _is_replaced(end, start, mode)
        if same and end < start:
            continue
        is_entry = end in evidence.nodes and evidence.nodes[end]["kind"] == "crossing"
        rows.append(
            {
                "from": start, "to": end, "mode": mode, "km": float(row["distance_km"]),
                "hours": float(row["hours"]), "fare_eur": _fare(row),
                "both_ways": same or is_entry, "basis": "estimate",
                "source": _source(evidence, mode), "note": _note(row),
            }
        )  # fmt: skip
    return rows


def _is_replaced(start: str, end: str, mode: str) -> bool:
    return mode != "air" and (start, end) in REPLACED


def _same(a: Row, b: Row) -> bool:
    return all(a[c] == b[c] for c in ("distance_km", "hours", "cost_eur"))


def _flights(evidence: Evidence, routes: dict[Key, Row]) -> list[Cells]:
    rows: list[Cells] = []
    for key, row in sorted(routes.items()):
        if not _is_flight_out(key, evidence):
            continue
        country = _state(key[1], evidence)
        if country == "KZ" and key[1] != "KZ-ALMATY":
            continue  # the flight to Almaty stands for all flights to Kazakhstan
        rows.append(_flight(evidence, key[0], country, row))
    moscow = next(r for r in evidence.origins if r["id"] == "RU-MOW")
    places = {r["iso2"]: r for r in evidence.destinations}
    for country in ("TH", "GE"):
        km = round(_great_circle(moscow, places[country]))
        rows.append(
            {
                "from": "RU-MOW", "to": f"AIR-{country}", "mode": "air", "km": km,
                "hours": round(km / 780 + 0.8, 1), "fare_eur": round(70 + 0.09 * km),
                "basis": "estimate", "source": _source(evidence, "air"),
                "note": "Great circle; flies only while its seats are not zero (see the rules).",
            }
        )  # fmt: skip
    return rows + [
        {
            "from": f"AIR-{country}", "to": "RU-MOW", "mode": "road", "km": 0, "hours": 3,
            "fare_eur": 0, "basis": "estimate", "source": ESTIMATE,
            "note": "For people refused at the airport, most of whom flew from Moscow.",
        }
        for country in AIR_SEATS
    ]  # fmt: skip


def _flight(evidence: Evidence, start: str, country: str, row: Row) -> Cells:
    return {
        "from": start, "to": f"AIR-{country}", "mode": "air", "km": float(row["distance_km"]),
        "hours": float(row["hours"]), "fare_eur": float(row["cost_eur"]), "basis": "estimate",
        "source": _source(evidence, "air"), "note": _note(row),
    }  # fmt: skip


def _more_roads(evidence: Evidence) -> list[Cells]:
    return [
        {
            "from": start, "to": end, "mode": "road", "km": km, "hours": round(km / 65, 1),
            "fare_eur": round(km * 0.067 / PERSONS_IN_CAR, 1),
            "both_ways": start.startswith("RU-"), "basis": "estimate",
            "source": _source(evidence, "road"),
            "note": "Length from memory, at 65 km an hour. Fare: half the fuel of a car.",
        }
        for start, end, km in MORE_ROADS
    ]  # fmt: skip


def _arrivals(evidence: Evidence) -> list[Cells]:
    """The country is reached at the first large town, or on landing."""
    rows: list[Cells] = [
        {
            "from": f"AIR-{country}", "to": country, "mode": "road", "km": 0, "hours": 1,
            "fare_eur": 0, "basis": "estimate", "source": ESTIMATE,
            "note": "From passport control into town.",
        }
        for country in AIR_SEATS
    ]  # fmt: skip
    towns = {n: r["country"] for n, r in evidence.nodes.items() if r["kind"] == "gateway"}
    for name, country in (towns | {"KZ-ALMATY": "KZ"}).items():
        rows.append(
            {
                "from": name, "to": country, "mode": "foot", "km": 0, "hours": 0,
                "fare_eur": 0, "basis": "estimate", "source": ESTIMATE,
                "note": "Anybody who reaches a large town has reached the country.",
            }
        )  # fmt: skip
    rows.append(
        {
            "from": "KZ", "to": "KZ-ALMATY", "mode": "rail", "km": 1200, "hours": 15,
            "fare_eur": 30, "basis": "estimate", "source": ESTIMATE,
            "note": "Mean journey within Kazakhstan to its south.",
        }
    )  # fmt: skip
    return rows


def _great_circle(a: Row, b: Row) -> float:
    lat1, lon1, lat2, lon2 = (
        math.radians(float(v)) for v in (a["lat"], a["lon"], b["lat"], b["lon"])
    )
    angle = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(
        lon2 - lon1
    )
    return 6371.0 * math.acos(angle)
