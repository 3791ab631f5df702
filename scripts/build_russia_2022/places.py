"""places.csv and areas.csv: regions, points of entry, countries, towns on the way."""

from scripts.scenario_tables import ESTIMATE, Cells

from .evidence import Evidence
from .levels import (
    AIR_SEATS,
    ATTRACTION,
    CAPACITY_SHARE,
    FORMALITIES_DAYS,
    JOBS_PER_MONTH,
    LIVING_COST_USD,
    RECEPTION_BEDS,
)

USD_PER_EUR = 1.053  # mean of 2022
NO_LEGS = ("AZ-SAMUR", "CN-MANZHOULI", "CN-HEIHE", "CN-SUIFENHE", "MN-RAIL")
ALLEGRO_SEATS = 700
LEFT_OUT = ("UA",)

# Crossings between third states that many used on the way, and one that only a rule names.
# id: (name, country, exit country, lat, lon, capacity, reason)
MORE_CROSSINGS = {
    "GE-SADAKHLO": ("Sadakhlo", "GE", "AM", 41.25, 44.80, None,
                    "road from Yerevan to Tbilisi; its Russians are in the Georgian counts"),
    "GE-SARPI": ("Sarpi", "GE", "TR", 41.52, 41.55, None,
                 "road from Türkiye to Batumi; its Russians are in the Georgian counts"),
    "LT-MEDININKAI": ("Medininkai", "LT", "BY", 54.54, 25.67, 1500,
                      "Minsk to Vilnius: half of the Russians at Lithuania's land border came "
                      "from Belarus"),
    "LV-PEDEDZE": ("Pededze", "LV", "RU", 57.50, 27.37, 100,
                   "smallest point, closed by the state of emergency of September 2022"),
}  # fmt: skip

SCHENGEN = ("CZ", "DE", "EE", "FI", "LT", "LV", "NO", "PL", "ES", "FR", "IT")
EU = ("CZ", "DE", "EE", "FI", "LT", "LV", "PL", "ES", "FR", "IT", "CY")
CARDS_MIR = ("AM", "BY", "KZ", "KG", "TJ", "TR", "UZ")


def build_places(evidence: Evidence) -> list[Cells]:
    """All rows of places.csv."""
    return [
        *_origins(evidence),
        *_crossings(evidence),
        *_more_crossings(),
        *_airports(evidence),
        *_countries(evidence),
        *_towns(evidence),
    ]


def _origins(evidence: Evidence) -> list[Cells]:
    source = evidence.sources.add(
        "2021 census of Russia: population of the federal subjects",
        evidence.origins[0]["source_population_url"].split(" ; ")[0],
        note="83 subjects; their sum is the published total without Crimea and Sevastopol. "
        "50 of 83 figures rest on sums, not on a line that was seen.",
    )
    return [
        {
            "id": row["id"], "name": row["name"], "kind": "origin", "country": "RU",
            "lat": row["lat"], "lon": row["lon"], "population": int(row["population"]),
            "basis": "official", "source": source,
        }
        for row in evidence.origins
    ]  # fmt: skip


def _crossings(evidence: Evidence) -> list[Cells]:
    rows: list[Cells] = []
    for row in evidence.crossings:
        name, capacity = row["id"], int(row["capacity_out_per_day_est"])
        reason = row["capacity_basis"].removeprefix("estimate").lstrip(": ")
        note = f"Capacity is an estimate: {reason or 'by size and place of the point'}."
        if name == "FI-VAINIKKALA":
            capacity = ALLEGRO_SEATS
            note = "Train from St Petersburg to Helsinki; about 700 seats a day until its last run."
        if name in NO_LEGS:
            note += " Closed to travellers all the time, so no leg leads here."
        rows.append(
            {
                "id": name, "name": f"{row['name_abroad']} / {row['name_russia']}",
                "kind": "crossing", "country": row["country_abroad"], "exit_country": "RU",
                "mode": row["mode"], "lat": row["lat"], "lon": row["lon"],
                "capacity_persons_per_day": capacity,
                "capacity_share": CAPACITY_SHARE.get(str(row["country_abroad"])),
                "basis": "estimate",
                "source": evidence.sources.add(row["source_title"], row["source_url"])
                if row["source_title"] != "estimate" else ESTIMATE,
                "note": note,
            }
        )  # fmt: skip
    return rows


def _more_crossings() -> list[Cells]:
    return [
        {
            "id": name, "name": title, "kind": "crossing", "country": country,
            "exit_country": left, "mode": "road", "lat": lat, "lon": lon,
            "capacity_persons_per_day": capacity, "basis": "estimate", "source": ESTIMATE,
            "note": f"Not listed as a crossing in the evidence: {reason}.",
        }
        for name, (title, country, left, lat, lon, capacity, reason) in MORE_CROSSINGS.items()
    ]  # fmt: skip


def _airports(evidence: Evidence) -> list[Cells]:
    by_country = {r["iso2"]: r for r in evidence.destinations}
    rows: list[Cells] = []
    for country, (seats, reason) in AIR_SEATS.items():
        there = by_country[country]
        rows.append(
            {
                "id": f"AIR-{country}", "name": f"Flights from Russia to {there['name']}",
                "kind": "crossing", "country": country, "exit_country": "RU", "mode": "air",
                "lat": there["lat"], "lon": there["lon"], "capacity_persons_per_day": seats,
                "basis": "estimate", "source": ESTIMATE,
                "note": f"Seats a day one way on sale in Russia: {reason}.",
            }
        )  # fmt: skip
    return rows


def _countries(evidence: Evidence) -> list[Cells]:
    source = evidence.sources.add(
        "Countries: World Bank income, Numbeo prices, UN DESA stocks, our shares of speakers",
        "https://github.com/open-numbers/ddf--gapminder--systema_globalis",
        note="Income per head 2021 at purchasing power; month's cost from price indices of 2022.",
    )
    rows: list[Cells] = []
    for row in evidence.destinations:
        code = row["iso2"]
        if code in LEFT_OUT:
            continue
        cost = float(row["monthly_cost_of_living_usd"] or LIVING_COST_USD[code])
        guess = "" if row["monthly_cost_of_living_usd"] else " Its cost is a guess."
        rows.append(
            {
                "id": code, "name": row["name"], "kind": "country", "country": code,
                "lat": row["lat"], "lon": row["lon"], "attraction": ATTRACTION[code],
                "language_share": row["russian_speaking"],
                "income_eur_per_year": round(float(row["gdp_per_capita_ppp_usd"]) / USD_PER_EUR),
                "living_cost_eur_per_month": round(cost / USD_PER_EUR),
                "formalities_days": FORMALITIES_DAYS.get(code),
                "jobs_per_month": JOBS_PER_MONTH[code],
                "reception_beds": RECEPTION_BEDS.get(code, 0),
                "basis": "estimate", "source": source,
                "note": f"Income is published (PPP, {USD_PER_EUR} USD to the EUR); language share, "
                f"cost, jobs and beds are estimates.{guess}",
            }
        )  # fmt: skip
    return rows


def _towns(evidence: Evidence) -> list[Cells]:
    almaty = {"name": "Almaty", "country": "KZ", "kind": "gateway", "lat": "43.25", "lon": "76.91"}
    return [
        {
            "id": name, "name": row["name"], "kind": "town", "country": row["country"],
            "lat": row["lat"], "lon": row["lon"], "basis": "official",
            "source": evidence.sources.add("GeoNames (CC BY 4.0)", "https://www.geonames.org"),
        }
        for name, row in {**evidence.nodes, "KZ-ALMATY": almaty}.items()
        if row["kind"] in ("hub", "gateway")
    ]  # fmt: skip


def _area_members(places: list[Cells]) -> dict[str, tuple[str, list[str]]]:
    """Name and places of every area but the federal districts."""
    crossings = [p for p in places if p["kind"] == "crossing"]
    land = [str(p["id"]) for p in crossings if p["mode"] != "air" and p["exit_country"] == "RU"]

    def ids(*states: str) -> list[str]:
        return [i for i in land if i.split("-")[0] in states]

    countries = [str(p["id"]) for p in places if p["kind"] == "country"]
    everywhere = [str(p["id"]) for p in crossings if p["exit_country"] == "RU"]
    return {
        "RU-BORDER": ("All ways out of Russia", everywhere),
        "RU-LAND": ("Land ways out of Russia but those to Belarus",
                    [i for i in land if not i.startswith("BY")]),
        "BY-LAND": ("Land ways from Russia to Belarus", ids("BY")),
        "EU": ("European Union (countries of this scenario)", list(EU)),
        "SCHENGEN": ("Schengen area (countries of this scenario)", list(SCHENGEN)),
        "EU-LAND": ("Land borders of the European Union with Russia, and with Belarus to Lithuania",
                    [*ids("FI", "EE", "LV", "LT", "PL"), "LT-MEDININKAI"]),
        "BALTIC": ("Estonia, Latvia, Lithuania", ["EE", "LV", "LT"]),
        "FI-LAND": ("Finland, all land crossings", ids("FI")),
        "FI-ROAD": ("Finland, all road crossings", [i for i in ids("FI") if i != "FI-VAINIKKALA"]),
        "FI-SOUTHEAST": ("Finland, Vaalimaa, Nuijamaa and Imatra",
                         ["FI-VAALIMAA", "FI-NUIJAMAA", "FI-IMATRA"]),
        "FI-LAPLAND": ("Finland, Lapland crossings", ["FI-SALLA", "FI-RAJAJOOSEPPI"]),
        "EE-LAND": ("Estonia, land crossings", ids("EE")),
        "LV-LAND": ("Latvia, land crossings with Russia", ids("LV")),
        "PL-LAND": ("Poland, land crossings with Russia", ids("PL")),
        "KZ-LAND": ("Kazakhstan, all land crossings", ids("KZ")),
        "KZ-WEST": ("Kazakhstan, western crossings from Astrakhan to Orenburg",
                    ["KZ-KURMANGAZY", "KZ-TASKALA", "KZ-SYRYM", "KZ-SHAGAN", "KZ-AKSAI",
                     "KZ-ZHANIBEK", "KZ-ZHAISAN", "KZ-ALIMBET"]),
        "KZ-URALSK": ("West Kazakhstan region, road points",
                      ["KZ-TASKALA", "KZ-SYRYM", "KZ-SHAGAN", "KZ-AKSAI", "KZ-ZHANIBEK"]),
        "MN-LAND": ("Mongolia, land crossings", ids("MN")),
        "AIR": ("Flights out of Russia", [str(p["id"]) for p in crossings if p["mode"] == "air"]),
        "MIR": ("Countries where Mir cards worked before September 2022", list(CARDS_MIR)),
        "NO-MIR": ("Countries where no Russian card works from 10 March 2022",
                   [c for c in countries if c not in CARDS_MIR]),
        "BURYATIA-TUVA": ("Buryatia and Tuva", ["RU-BU", "RU-TY"]),
    }  # fmt: skip


def build_areas(evidence: Evidence, places: list[Cells]) -> list[Cells]:
    """All rows of areas.csv."""
    rows: list[Cells] = []
    for area, (name, members) in _area_members(places).items():
        rows += [{"area": area, "name": name, "place": p} for p in members]
    for origin in evidence.origins:
        district = origin["federal_district"]
        area = district.upper().replace(" ", "-")
        rows.append({"area": area, "name": f"{district} federal district", "place": origin["id"]})
    return rows
