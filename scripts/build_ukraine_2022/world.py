"""places, areas, legs, diaspora, attractions: where people live, cross and go."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from scripts.scenario_tables import ESTIMATE, Cells

Point = tuple[float, float]

# Regions without Crimea and Sevastopol, Mariupol apart: name, centre, present population.
ORIGINS: dict[str, tuple[str, Point, int]] = {
    "UA-CK": ("Cherkasy", (49.44, 32.06), 1160744),
    "UA-CH": ("Chernihiv", (51.50, 31.29), 959315),
    "UA-CV": ("Chernivtsi", (48.29, 25.94), 890457),
    "UA-DN": ("Dnipropetrovsk", (48.46, 35.04), 3096485),
    "UA-DO": ("Donetsk without Mariupol", (48.02, 37.80), 4059372 - 425681),
    "UA-IF": ("Ivano-Frankivsk", (48.92, 24.71), 1351822),
    "UA-KK": ("Kharkiv", (49.99, 36.23), 2598961),
    "UA-KS": ("Kherson", (46.64, 32.61), 1001598),
    "UA-KM": ("Khmelnytskyi", (49.42, 26.99), 1228829),
    "UA-KH": ("Kirovohrad", (48.51, 32.26), 903712),
    "UA-MA": ("Mariupol", (47.10, 37.55), 425681),
    "UA-KV": ("Kyiv", (50.45, 30.52), 2952301),
    "UA-KO": ("Kyiv region", (50.25, 30.30), 1795079),
    "UA-LH": ("Luhansk", (48.57, 39.31), 2102921),
    "UA-LV": ("Lviv", (49.84, 24.03), 2478133),
    "UA-MY": ("Mykolaiv", (46.97, 31.99), 1091821),
    "UA-OD": ("Odesa", (46.48, 30.73), 2351392),
    "UA-PO": ("Poltava", (49.59, 34.55), 1352283),
    "UA-RI": ("Rivne", (50.62, 26.25), 1141784),
    "UA-SU": ("Sumy", (50.91, 34.80), 1035722),
    "UA-TE": ("Ternopil", (49.55, 25.59), 1021713),
    "UA-VI": ("Vinnytsia", (49.23, 28.47), 1509515),
    "UA-VO": ("Volyn", (50.75, 25.33), 1021356),
    "UA-ZK": ("Zakarpattia", (48.62, 22.29), 1244476),
    "UA-ZP": ("Zaporizhzhia", (47.84, 35.14), 1638462),
    "UA-ZT": ("Zhytomyr", (50.25, 28.66), 1179032),
}
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
# Crossings: name, country entered, country left, mode, position, persons a day (None: no limit).
# The capacities of a border add up to the most that was counted there on a day to 20 March (Poland
# 141, Slovakia 16, Romania 13, Hungary after 2 March 12, Russia about 17 thousand); how it is
# divided is an estimate.
CROSSINGS: dict[str, tuple[str, str, str, str, Point, int | None, str]] = {
    "PL-RAIL": (
        "Trains to Przemysl, Chelm and Warsaw",
        "PL",
        "UA",
        "rail",
        (49.78, 22.78),
        28000,
        "about thirty evacuation trains of a thousand people each",
    ),
    "PL-MEDYKA": (
        "Medyka / Shehyni",
        "PL",
        "UA",
        "road",
        (49.81, 22.95),
        38000,
        "the largest crossing, with a lane for pedestrians",
    ),
    "PL-KORCZOWA": (
        "Korczowa, Budomierz, Kroscienko",
        "PL",
        "UA",
        "road",
        (49.96, 23.10),
        28000,
        "three roads in the Subcarpathian region",
    ),
    "PL-HREBENNE": (
        "Hrebenne, Dolhobyczow, Zosin",
        "PL",
        "UA",
        "road",
        (50.28, 23.60),
        28000,
        "three roads in the Lublin region; one of them had 10.4 thousand a day in March",
    ),
    "PL-DOROHUSK": (
        "Dorohusk / Yahodyn",
        "PL",
        "UA",
        "road",
        (51.18, 23.82),
        19000,
        "the northern road and railway",
    ),
    "SK-VYSNE": (
        "Vysne Nemecke, Velke Slemence",
        "SK",
        "UA",
        "road",
        (48.66, 22.26),
        9300,
        "one road and one crossing on foot; 13,500 in all after 27 February",
    ),
    "SK-UBLA": ("Ubla / Malyi Bereznyi", "SK", "UA", "road", (48.90, 22.42), 4200, "a small road"),
    "HU-ROAD": (
        "Zahony, Beregsurany, Tiszabecs and others",
        "HU",
        "UA",
        "road",
        (48.16, 22.55),
        9000,
        "five roads",
    ),
    "HU-RAIL": (
        "Trains from Chop to Zahony",
        "HU",
        "UA",
        "rail",
        (48.43, 22.18),
        4000,
        "nine pairs of trains a day",
    ),
    "RO-SIRET": (
        "Siret / Porubne",
        "RO",
        "UA",
        "road",
        (47.99, 26.06),
        6000,
        "the main road from the north",
    ),
    "RO-SIGHET": (
        "Sighetu Marmatiei, Halmeu",
        "RO",
        "UA",
        "road",
        (47.93, 23.88),
        4000,
        "a bridge on foot and a road",
    ),
    "RO-ISACCEA": (
        "Isaccea / Orlivka",
        "RO",
        "UA",
        "port",
        (45.29, 28.46),
        3000,
        "a ferry on the Danube",
    ),
    "MD-OTACI": (
        "Otaci, Criva and others",
        "MD",
        "UA",
        "road",
        (48.44, 27.79),
        14000,
        "the northern roads; with Palanca 30,000 were counted on 3 March",
    ),
    "MD-PALANCA": (
        "Palanca / Maiaky",
        "MD",
        "UA",
        "road",
        (46.41, 30.11),
        16000,
        "the road from Odesa",
    ),
    "RO-PRUT": (
        "Albita, Sculeni, Galati",
        "RO",
        "MD",
        "road",
        (46.80, 28.15),
        30000,
        "the roads over the Prut",
    ),
    "BY-NORTH": (
        "Roads to Belarus",
        "BY",
        "UA",
        "road",
        (51.80, 30.50),
        2000,
        "closed by Ukraine from 28 February",
    ),
    "RU-DONBAS": (
        "Avilo-Uspenka, Matveev Kurgan and others",
        "RU",
        "UA",
        "road",
        (47.80, 38.80),
        6000,
        "roads out of the areas that Russia held before",
    ),
    "RU-AZOV": (
        "Novoazovsk / Veselo-Voznesenka",
        "RU",
        "UA",
        "road",
        (47.12, 38.32),
        3000,
        "the coast road, taken by buses from Mariupol to Taganrog",
    ),
    "RU-BELGOROD": (
        "Roads to Belgorod, Kursk and Bryansk",
        "RU",
        "UA",
        "road",
        (50.40, 36.60),
        4000,
        "out of areas under occupation",
    ),
    "RU-CRIMEA": (
        "Armiansk, Dzhankoi",
        "RU",
        "UA",
        "road",
        (46.10, 33.70),
        4000,
        "out of areas under occupation",
    ),
}
# The first crossing of each western neighbour; the others are its lanes, so that all of them are
# kept on every way through the country.
MAIN = {"PL": "PL-MEDYKA", "SK": "SK-VYSNE", "HU": "HU-ROAD", "RO": "RO-SIRET", "MD": "MD-OTACI"}
# Countries: name, capital (Russia: Voronezh, as most stayed in the south), attraction, share who
# speak Ukrainian or Russian, income per head and monthly cost of living in euros, chance a month
# to find work.
COUNTRIES: dict[str, tuple[str, Point, float, float, int, int, float]] = {
    "PL": ("Poland", (52.23, 21.01), 0.9, 0.10, 32000, 700, 0.20),
    "SK": ("Slovakia", (48.15, 17.11), 0.3, 0.10, 30000, 700, 0.15),
    "HU": ("Hungary", (47.50, 19.04), 0.0, 0.03, 32000, 650, 0.15),
    "RO": ("Romania", (44.43, 26.10), 0.4, 0.02, 31000, 600, 0.10),
    "MD": ("Moldova", (47.01, 28.86), -0.6, 0.60, 13000, 450, 0.08),
    "BY": ("Belarus", (53.90, 27.57), -0.5, 0.98, 20000, 550, 0.15),
    "RU": ("Russia", (51.67, 39.20), 0.6, 0.98, 28000, 600, 0.15),
    "DE": ("Germany", (52.52, 13.40), 0.0, 0.05, 52000, 950, 0.05),
    "CZ": ("Czechia", (50.08, 14.44), 0.5, 0.10, 40000, 800, 0.20),
    "AT": ("Austria", (48.21, 16.37), -1.0, 0.03, 52000, 1000, 0.06),
    "IT": ("Italy", (41.90, 12.50), -0.5, 0.02, 42000, 900, 0.06),
    "ES": ("Spain", (40.42, -3.70), -0.5, 0.02, 38000, 850, 0.06),
    "FR": ("France", (48.86, 2.35), -1.0, 0.02, 45000, 1000, 0.05),
    "NL": ("Netherlands", (52.37, 4.90), -1.0, 0.02, 55000, 1100, 0.15),
    "CH": ("Switzerland", (46.95, 7.44), -1.5, 0.02, 70000, 1800, 0.05),
    "BG": ("Bulgaria", (42.70, 23.32), -0.5, 0.20, 25000, 550, 0.08),
    "LT": ("Lithuania", (54.69, 25.28), -0.5, 0.60, 38000, 750, 0.15),
    "GB": ("United Kingdom", (51.51, -0.13), -2.0, 0.01, 46000, 1200, 0.15),
    "HOME": ("Home countries of foreign students", (28.61, 77.21), 4.0, 0.0, 6000, 300, 0.1),
}
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
# Ukrainian citizens or people born in Ukraine before the war: persons, basis, source, reason.
PERMITS = "valid residence permits at the end of 2020"
DIASPORA: dict[str, tuple[int, str, str, str]] = {
    "UA-IN-WEST": (
        10378570,
        "official",
        "ukrstat-population",
        "The population of the western regions, as relatives and hosts.",
    ),
    "UA-IN-CENTRE": (
        10374131,
        "official",
        "ukrstat-population",
        "The population of the central regions and Odesa, as relatives and hosts.",
    ),
    "PL": (1500000, "reported", "poland-trains", "Ukrainians in Poland before the war."),
    "CZ": (165572, "official", "eurostat-permits", PERMITS),
    "IT": (223478, "official", "eurostat-permits", PERMITS),
    "DE": (135000, "estimate", ESTIMATE, "citizens of Ukraine in the register of foreigners"),
    "ES": (110000, "estimate", ESTIMATE, "order of magnitude of residence permits"),
    "HU": (60000, "estimate", ESTIMATE, "permits, and Hungarians of Zakarpattia"),
    "SK": (55000, "estimate", ESTIMATE, "order of magnitude of residence permits"),
    "RO": (5000, "estimate", ESTIMATE, "0.1 permits per 1,000 inhabitants (Eurostat), rounded up"),
    "MD": (100000, "estimate", ESTIMATE, "part of the people born in Ukraine"),
    "BY": (
        23000,
        "estimate",
        ESTIMATE,
        "a tenth of the people born in Ukraine, most of whom settled long ago",
    ),
    "RU": (
        330000,
        "estimate",
        ESTIMATE,
        "a tenth of the people born in Ukraine, most of whom settled long ago",
    ),
    "AT": (13000, "estimate", ESTIMATE, "order of magnitude of residence permits"),
    "FR": (14000, "estimate", ESTIMATE, "0.2 permits per 1,000 inhabitants (Eurostat)"),
    "NL": (7000, "estimate", ESTIMATE, "0.4 permits per 1,000 inhabitants (Eurostat)"),
    "CH": (7000, "estimate", ESTIMATE, "order of magnitude"),
    "BG": (6000, "estimate", ESTIMATE, "order of magnitude"),
    "LT": (31000, "estimate", ESTIMATE, "11 permits per 1,000 inhabitants (Eurostat)"),
    "GB": (35000, "estimate", ESTIMATE, "order of magnitude of those born in Ukraine"),
}


def distance(a: Point, b: Point) -> float:
    """Great-circle distance in km."""
    (la, oa), (lb, ob) = ((radians(x), radians(y)) for x, y in (a, b))
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin((ob - oa) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(h))


def build_places() -> list[Cells]:
    """Origins, places of the displaced, crossings, countries."""
    rows: list[Cells] = []
    for key, (name, at, people) in ORIGINS.items():
        source, note = POPULATION.get(
            key, ("ukrstat-population", "Present population on 1 January 2022.")
        )
        rows.append(_place(key, name, "origin", "UA", at, source=source, basis="official",
                           population=people, note=note))  # fmt: skip
    for key, (name, at) in TOWNS.items():
        rows.append(_place(key, name, "town", "UA", at, source="mariupol-31-march",
                           note="For transit; those who stay are displaced."))  # fmt: skip
    for key, (name, at, pull) in INSIDE.items():
        why = "Attraction set so that more people stay in Ukraine than leave."
        rows.append(_place(key, name, "camp", "UA", at, attraction=pull, note=why))
    for key, (name, entered, left, mode, at, capacity, why) in CROSSINGS.items():
        rows.append(_place(key, name, "crossing", entered, at, exit_country=left, mode=mode,
                           capacity_persons_per_day=capacity, lane_of=_lane_of(key),
                           note=f"Capacity is an estimate: {why}."))  # fmt: skip
    for key, (name, at, pull, language, income, cost, jobs) in COUNTRIES.items():
        rows.append(_place(key, name, "country", key, at, attraction=pull,
                           language_share=language, income_eur_per_year=income,
                           living_cost_eur_per_month=cost, jobs_per_month=jobs,
                           rest_days=REST_DAYS.get(key),
                           note="Income and cost rounded; attraction, language and jobs are "
                           "estimates."
                           ))  # fmt: skip
    return rows


def _place(key: str, name: str, kind: str, country: str, at: Point, **more: object) -> Cells:
    row: Cells = {"id": key, "name": name, "kind": kind, "country": country, "lat": at[0],
                  "lon": at[1], "basis": "estimate", "source": ESTIMATE}  # fmt: skip
    return row | more


def _lane_of(crossing: str) -> str:
    main = MAIN.get(CROSSINGS[crossing][1], crossing)
    return "" if main == crossing or CROSSINGS[crossing][2] != "UA" else main


def crossings_into(*countries: str) -> list[str]:
    """Crossings from Ukraine into any of the countries."""
    return [k for k, c in CROSSINGS.items() if c[1] in countries and c[2] == "UA"]


def build_areas() -> list[Cells]:
    """Sums that were published, areas of rules, and regions by the course of the war."""
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
    origins = {k: v[1] for k, v in ORIGINS.items()}
    towns = {k: v[1] for k, v in TOWNS.items()}
    inside = {k: v[1] for k, v in INSIDE.items()}
    starts = {k: at for k, at in origins.items() if k not in VIA} | towns
    gates = {k: v[4] for k, v in CROSSINGS.items()}
    west = crossings_into(*WEST)
    rows: list[Cells] = []
    for start, town in VIA.items():
        leg = _leg(start, town, "road", origins[start], towns[town])
        rows.append(leg | {"source": "mariupol-cars", "note": "By Berdiansk, in private cars."})
    for start, at in (starts | inside).items():
        rows += [_leg(start, x, CROSSINGS[x][3], at, gates[x]) for x in west]
    for x, near in EASTERN.items():
        rows += [_leg(o, x, "road", origins[o], gates[x]) for o in near]
    for start, at in starts.items():
        rows += [_leg(start, camp, "road", at, there) for camp, there in inside.items()]
    for x, (_, entered, *_more) in CROSSINGS.items():
        rows.append(_leg(x, entered, "road", gates[x], COUNTRIES[entered][1]))
        if x in west:
            rows.append(_leg(x, "UA-IN-WEST", "road", gates[x], inside["UA-IN-WEST"]))
    rows.append(_leg("MD", "RO-PRUT", "road", COUNTRIES["MD"][1], gates["RO-PRUT"]))
    for a, b, mode in ONWARD:
        rows.append(_leg(a, b, mode, COUNTRIES[a][1], COUNTRIES[b][1]))
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
    """People who attract others; RO is small, as few lived there before."""
    return [
        {"country": country, "nationality": "UA", "persons": persons, "basis": basis,
         "source": source, "note": note}
        for country, (persons, basis, source, note) in DIASPORA.items()
    ]  # fmt: skip


def build_attractions() -> list[Cells]:
    """Foreign students fly home; citizens of Ukraine have no home there."""
    rows: list[Cells] = [
        {"place": "HOME", "who": "nationality=XX", "weight": 10.0,
         "note": "Estimate: foreign students went home."},
        {"place": "INSIDE", "who": "nationality=XX", "weight": -10.0,
         "note": "Estimate: foreign students had nobody to stay with."},
    ]  # fmt: skip
    return [row | {"basis": "estimate", "source": ESTIMATE} for row in rows]
