"""places.csv, areas.csv and legs.csv: a chain of borders from the Aegean to Germany and Sweden."""

from scripts.scenario_tables import ESTIMATE, Cells

from .people import NATIONALITIES

# id, name, state entered, state left, how it is reached, latitude, longitude
CROSSINGS = (
    ("GR-ISLANDS", "Landings on the Aegean islands", "GRI", "TR", "port", 39.10, 26.55),
    ("GR-FERRY", "Ferries to the Greek mainland", "GR", "GRI", "port", 37.94, 23.63),
    ("MK-GEVGELIJA", "Idomeni and Gevgelija", "MK", "GR", "rail", 41.14, 22.52),
    ("RS-MIRATOVAC", "Tabanovce and Miratovac", "RS", "MK", "foot", 42.24, 21.71),
    ("HR-BAPSKA", "Berkasovo and Bapska, Sid and Tovarnik", "HR", "RS", "road", 45.17, 19.25),
    ("HU-ROSZKE", "Horgos and Roszke", "HU", "RS", "foot", 46.18, 19.98),
    ("HU-ZAKANY", "Botovo and Zakany, Baranjsko Petrovo Selo", "HU", "HR", "rail", 46.25, 16.95),
    ("SI-DOBOVA", "Rigonce and Dobova, Sredisce ob Dravi", "SI", "HR", "rail", 45.90, 15.66),
    ("AT-NICKELSDORF", "Hegyeshalom and Nickelsdorf", "AT", "HU", "road", 47.93, 17.07),
    ("AT-SPIELFELD", "Sentilj and Spielfeld", "AT", "SI", "foot", 46.70, 15.63),
    ("DE-BAVARIA", "Salzburg, Kufstein and Passau", "DE", "AT", "road", 47.80, 13.02),
    ("SE-MALMO", "Oresund and ferries to Sweden", "SE", "DE", "rail", 55.57, 12.96),
)

# id, name, attraction, cost of a modest month in euro, reason
COUNTRIES = (
    ("DE", "Germany", 3.0, 800, "where most wanted to go; known to within a factor of three"),
    (
        "SE",
        "Sweden",
        2.0,
        850,
        "163 thousand claims in 2015, most of them by this route in the autumn",
    ),
    (
        "AT",
        "Austria",
        1.0,
        800,
        "some 90 thousand claims in 2015, a tenth of those who came through",
    ),
    ("GR", "Greece", -13.0, 550, "a last resort, as are all below: nobody stays who can move on"),
    (
        "GRI",
        "Greece, Aegean islands",
        -17.0,
        550,
        "a last resort: not a state of its own, but a ferry ride away",
    ),
    ("MK", "North Macedonia", -16.0, 300, "a last resort"),
    (
        "RS",
        "Serbia",
        -16.0,
        350,
        "a last resort: some 600 claims among 600 thousand who came through",
    ),
    ("HR", "Croatia", -16.0, 500, "a last resort"),
    ("HU", "Hungary", -16.0, 400, "a last resort"),
    ("SI", "Slovenia", -16.0, 550, "a last resort"),
)

MOST = {
    "GR-FERRY": (7500, "the ferries of October, when 27,500 waited on the islands (20 October)"),
    "MK-GEVGELIJA": (10500, "the highest daily count: 11,572 on 9 November, 10,005 on 18 October"),
    "RS-MIRATOVAC": (10200, "the highest daily count: 10,150 on 18 October"),
    "HR-BAPSKA": (10500, "the highest daily count: 11,570 on 24 October"),
    "HU-ZAKANY": (9000, "the highest daily count: 8,702 on 12 October"),
    "SI-DOBOVA": (10000, "the highest daily count: 12,616 on 21 October, otherwise below 10,000"),
    "AT-NICKELSDORF": (9000, "the highest daily count: 8,540 on 11 October"),
    "AT-SPIELFELD": (9000, "the highest daily count: 10,784 on 26 October, otherwise below 10,000"),
}
"""Persons a day that a crossing can serve, with the reason."""

# from, to, mode, km, hours, source, note
LEGS = (
    ("TR-COAST", "GR-ISLANDS", "sea", 15, 0.0, ESTIMATE,
     "departures.csv counts people when they land."),
    ("GR-ISLANDS", "GR-FERRY", "sea", 300, 30.0, ESTIMATE,
     "Estimate: registration and a ticket take a day or two."),
    ("GR-FERRY", "MK-GEVGELIJA", "road", 550, 42.0, "transit-ferry",
     "A night on the ferry, a bus from Athens and the wait at Idomeni: about two days."),
    ("MK-GEVGELIJA", "RS-MIRATOVAC", "rail", 200, 8.0, "transit-idomeni",
     "Four hours by train, then 4 km on foot; about eight hours with the wait for a train."),
    ("RS-MIRATOVAC", "HR-BAPSKA", "road", 520, 20.0, "transit-presevo",
     "Three hours to register, then six hours by bus or ten by train; nearly a day with waits."),
    ("RS-MIRATOVAC", "HU-ROSZKE", "road", 560, 20.0, ESTIMATE, "Estimate: as far as Croatia."),
    ("HR-BAPSKA", "HU-ZAKANY", "rail", 330, 12.0, ESTIMATE,
     "Estimate: registration at Opatovac, then a train across Croatia."),
    ("HR-BAPSKA", "SI-DOBOVA", "rail", 330, 14.0, "transit-trains",
     "Registration at Opatovac or Slavonski Brod, then a train to Dobova."),
    ("HR-BAPSKA", "SI-DOBOVA", "road", 330, 16.0, ESTIMATE,
     "Estimate: by bus, then on foot across the border."),
    ("HU-ZAKANY", "AT-NICKELSDORF", "rail", 250, 8.0, ESTIMATE, "Estimate: train through Hungary."),
    ("HU-ROSZKE", "AT-NICKELSDORF", "road", 330, 12.0, ESTIMATE, "Estimate: by bus and train."),
    ("SI-DOBOVA", "AT-SPIELFELD", "rail", 140, 10.0, "transit-trains",
     "A change of trains at Dobova, then Sentilj; with registration about half a day."),
    ("AT-NICKELSDORF", "DE-BAVARIA", "rail", 370, 14.0, ESTIMATE, "Estimate: train, overnight."),
    ("AT-SPIELFELD", "DE-BAVARIA", "rail", 300, 16.0, ESTIMATE, "Estimate: night train or bus."),
    ("DE-BAVARIA", "SE-MALMO", "rail", 1100, 30.0, ESTIMATE, "Estimate: by train through Denmark."),
    ("GR-ISLANDS", "GRI", "road", 10, 6.0, ESTIMATE, "Estimate."),
    ("GR-FERRY", "GR", "road", 20, 22.0, ESTIMATE, "Estimate."),
    ("MK-GEVGELIJA", "MK", "road", 20, 2.0, ESTIMATE, "Estimate."),
    ("RS-MIRATOVAC", "RS", "road", 20, 4.0, ESTIMATE, "Estimate."),
    ("HR-BAPSKA", "HR", "road", 20, 4.0, ESTIMATE, "Estimate."),
    ("HU-ROSZKE", "HU", "road", 20, 6.0, ESTIMATE, "Estimate."),
    ("HU-ZAKANY", "HU", "road", 20, 2.0, ESTIMATE, "Estimate."),
    ("SI-DOBOVA", "SI", "road", 20, 2.0, ESTIMATE, "Estimate."),
    ("AT-NICKELSDORF", "AT", "road", 60, 4.0, ESTIMATE, "Estimate."),
    ("AT-SPIELFELD", "AT", "road", 60, 4.0, ESTIMATE, "Estimate."),
    ("DE-BAVARIA", "DE", "road", 100, 6.0, ESTIMATE, "Estimate."),
    ("SE-MALMO", "SE", "road", 50, 4.0, ESTIMATE, "Estimate."),
)  # fmt: skip

# Who cannot pass a border goes back into the country and reaches the next one from there: by no
# shorter way than straight from border to border.
ONWARD = (
    ("GR", "MK-GEVGELIJA", 20.0),
    ("GRI", "GR-FERRY", 24.0),
    ("MK", "RS-MIRATOVAC", 6.0),
    ("RS", "HR-BAPSKA", 16.0),
    ("RS", "HU-ROSZKE", 16.0),
    ("HR", "HU-ZAKANY", 8.0),
    ("HR", "SI-DOBOVA", 10.0),
    ("HU", "AT-NICKELSDORF", 6.0),
    ("SI", "AT-SPIELFELD", 8.0),
    ("AT", "DE-BAVARIA", 12.0),
    ("DE", "SE-MALMO", 24.0),
)


def build_places() -> list[Cells]:
    """Origins by nationality, the Turkish coast, crossings in their order, countries."""
    made: dict[str, object] = {"basis": "estimate", "source": ESTIMATE}
    rows: list[Cells] = [
        {
            "id": n.origin, "name": n.home, "kind": "origin", "country": n.origin, "lat": n.lat,
            "lon": n.lon, "population": n.people,
            "note": f"Estimate: people from {n.home} who might come this way; only shares matter.",
        }
        | made
        for n in NATIONALITIES
    ]  # fmt: skip
    rows.append(
        {"id": "TR-COAST", "name": "Turkish coast", "kind": "town", "country": "TR", "lat": 39.3,
         "lon": 26.7, "note": "Estimate: the coast opposite Lesvos and Chios."} | made
    )  # fmt: skip
    for key, name, state, left, mode, lat, lon in CROSSINGS:
        most, reason = MOST.get(key, (None, ""))
        note = f"Estimate: {reason}." if reason else "No limit is known."
        rows.append(
            {"id": key, "name": name, "kind": "crossing", "country": state, "exit_country": left,
             "mode": mode, "lat": lat, "lon": lon, "capacity_persons_per_day": most, "note": note}
            | made
        )  # fmt: skip
    rows += [
        {"id": key, "name": name, "kind": "country", "country": key, "attraction": attraction,
         "living_cost_eur_per_month": cost, "note": f"Estimate: {reason}."} | made
        for key, name, attraction, cost, reason in COUNTRIES
    ]  # fmt: skip
    return rows


def build_areas() -> list[Cells]:
    """States that filter by nationality."""
    name = "North Macedonia, Serbia, Croatia and Slovenia"
    gates = ("MK-GEVGELIJA", "RS-MIRATOVAC", "HR-BAPSKA", "SI-DOBOVA")
    return [{"area": "FILTER", "name": name, "place": gate} for gate in gates]


def build_legs() -> list[Cells]:
    """From home to the coast, along the chain of borders, and on from each country."""
    rows: list[Cells] = [
        _leg(n.origin, "TR-COAST", "road", n.km, 0.0, ESTIMATE,
             "They left home long before; departures.csv counts them when they land.")
        for n in NATIONALITIES
    ]  # fmt: skip
    rows += [_leg(*leg) for leg in LEGS]
    rows += [
        _leg(a, b, "road", 100, hours, ESTIMATE, "Estimate: from inside the country.", "yes")
        for a, b, hours in ONWARD
    ]
    return rows


def _leg(
    a: str, b: str, mode: str, km: float, hours: float, source: str, note: str, both: str = "no"
) -> Cells:
    return {
        "from": a, "to": b, "mode": mode, "km": km, "hours": hours, "fare_eur": 0,
        "both_ways": both, "basis": "estimate", "source": source, "note": note,
    }  # fmt: skip
