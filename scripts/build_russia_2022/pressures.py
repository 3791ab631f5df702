"""pressures.csv, diaspora.csv, attractions.csv, jobs.csv."""

from scripts.scenario_tables import ESTIMATE, Cells

from .evidence import Evidence
from .levels import GROUP_ATTRACTION, JOBS, PRESSURES, STEEPNESS
from .places import LEFT_OUT

MAIN = "RU"
# No stock of people born in Russia is published for these; ours.
DIASPORA_GUESS = {"AE": 40000, "TH": 15000, "ID": 4000}
# Stocks that are mostly settlers of Soviet times and their children: what helps a newcomer of 2022
# is taken as a tenth of them.
OLD_STOCK = ("KZ", "BY", "UZ", "KG", "TJ")


def build_pressures(evidence: Evidence) -> list[Cells]:
    """All rows of pressures.csv, from the table of that name next to this module."""
    rows: list[Cells] = []
    for given in PRESSURES:
        nationality = given["who"].partition("nationality=")[2] or MAIN
        policy = given["policy"]
        dated = "The date is reported, weights" if policy else "Dates, weights"
        rows.append(
            {
                **{name: given[name] for name in ("id", "kind", "place", "onset", "peak", "ends")},
                "nationality": nationality, "who": "*" if nationality != MAIN else given["who"],
                "half_life_days": given["half_life"], "steepness": STEEPNESS.get(given["kind"]),
                "leaving": given["leaving"], "returning": given["returning"], "basis": "estimate",
                "source": evidence.policy_source(policy) if policy else ESTIMATE,
                "note": f"{dated} and shape are estimates: {given['reason']}.",
            }
        )  # fmt: skip
    return rows


def build_diaspora(evidence: Evidence) -> list[Cells]:
    """All rows of diaspora.csv."""
    source = evidence.sources.add(
        "UN DESA: international migrant stock 2020, born in Russia",
        "https://www.un.org/development/desa/pd/content/international-migrant-stock",
    )
    rows: list[Cells] = []
    for row in evidence.destinations:
        code, born = row["iso2"], row["russian_diaspora_before_2022"]
        if code in LEFT_OUT:
            continue
        cells: Cells = {"country": code, "nationality": "RU", "source": source}
        if not born:
            cells |= {
                "persons": DIASPORA_GUESS[code],
                "basis": "estimate",
                "source": ESTIMATE,
                "note": "No published stock; a guess at the Russians resident there.",
            }
        elif code in OLD_STOCK:
            cells |= {
                "persons": round(int(born) / 10),
                "basis": "estimate",
                "note": f"A tenth of {born}: mostly settlers of Soviet times.",
            }
        else:
            cells |= {"persons": int(born), "basis": "official", "note": "People born in Russia."}
        rows.append(cells)
    return rows


def build_attractions() -> list[Cells]:
    """All rows of attractions.csv."""
    return [
        {"place": place, "who": who, "weight": weight, "basis": "estimate", "source": ESTIMATE,
         "note": f"Estimate: {why}."}
        for place, who, weight, why in GROUP_ATTRACTION
    ]  # fmt: skip


def build_jobs() -> list[Cells]:
    """All rows of jobs.csv."""
    return [
        {"place": place, "who": who, "factor": factor, "basis": "estimate", "source": ESTIMATE,
         "note": f"Estimate: {why}."}
        for place, who, factor, why in JOBS
    ]  # fmt: skip
