"""groups.csv, composition.csv, diaspora.csv and pressures.csv: the people on the route."""

from dataclasses import dataclass

from scripts.scenario_tables import ESTIMATE, Cells


@dataclass(frozen=True)
class Nationality:
    """People of one nationality on the route; `shares` by month from October to January."""

    origin: str
    home: str
    lat: float
    lon: float
    km: float
    people: int
    papers: float
    shares: tuple[float, float, float, float]


# Frontex gives Iraqis (11, 12 and 25 % in October, November, December) and Syrians (39 % in
# December, 56 % in 2015); Afghans were between a quarter and a third. IOM: nine in ten of January
# were of the three nationalities. The rest follows from their sum.
NATIONALITIES = (
    Nationality("SY", "Syria", 35.0, 38.5, 1500, 2_500_000, 0.75, (0.52, 0.45, 0.39, 0.43)),
    Nationality("AF", "Afghanistan", 34.0, 66.0, 4500, 1_500_000, 0.3, (0.27, 0.30, 0.27, 0.28)),
    Nationality("IQ", "Iraq", 33.2, 43.7, 2000, 800_000, 0.75, (0.11, 0.12, 0.25, 0.19)),
    Nationality("IR", "Iran", 32.4, 53.7, 2800, 300_000, 0.6, (0.04, 0.05, 0.04, 0.04)),
    Nationality("PK", "Pakistan", 30.4, 69.3, 5000, 300_000, 0.4, (0.03, 0.04, 0.03, 0.03)),
    Nationality("XX", "Other countries", 34.0, -6.8, 4500, 300_000, 0.4, (0.03, 0.04, 0.02, 0.03)),
)

SAVINGS = {"SY": 1200, "AF": 700, "IQ": 1200, "IR": 1000, "PK": 500, "XX": 600}
FAMILIES = {"SY", "AF", "IQ"}
MOSTLY_FAMILIES = (0.5, 0.18, 0.12, 0.12, 0.08)
MOSTLY_ALONE = (0.8, 0.1, 0.05, 0.03, 0.02)


def build_groups() -> list[Cells]:
    """Two groups a nationality: with a passport or identity card, and without."""
    total = sum(n.people for n in NATIONALITIES)
    rows: list[Cells] = []
    for n in NATIONALITIES:
        sizes = MOSTLY_FAMILIES if n.origin in FAMILIES else MOSTLY_ALONE
        for document, part in (("papers", n.papers), ("none", 1.0 - n.papers)):
            row: Cells = {
                "id": f"{n.origin.lower()}-{document}",
                "share": round(part * n.people / total, 9),
                "nationality": n.origin, "sex": "any", "age_band": "any", "occupation": "any",
                "minority": "no", "education": "any", "openness": "any", "document": document,
                "means": "low", "savings_eur": SAVINGS[n.origin], "returning": 0.05,
                "basis": "estimate", "source": ESTIMATE,
                "note": "Estimate: documents, family sizes and savings on the way are guesses; "
                "because of the war at home, returns are a twentieth of the usual rate.",
            }  # fmt: skip
            row |= {f"size_{i + 1}": size for i, size in enumerate(sizes)}
            rows.append(row)
    rest = 1.0 - sum(float(str(r["share"])) for r in rows[1:])
    rows[0]["share"] = round(rest, 9)
    return rows


def build_composition() -> list[Cells]:
    """Each origin has one nationality."""
    return [
        {"origin": n.origin, "attribute": "nationality", "value": n.origin, "share": 1,
         "basis": "estimate", "source": ESTIMATE, "note": "By definition of the origin."}
        for n in NATIONALITIES
    ]  # fmt: skip


def build_diaspora() -> list[Cells]:
    """People of the main nationality who had settled before, in orders of magnitude."""
    note = "Estimate: Syrians resident before October 2015, an order of magnitude."
    known = {"DE": 250_000, "SE": 100_000, "AT": 25_000}
    return [
        {"country": place, "nationality": "SY", "persons": persons, "basis": "estimate",
         "source": ESTIMATE, "note": note}
        for place, persons in known.items()
    ]  # fmt: skip


def build_pressures() -> list[Cells]:
    """Pressures where arrivals are not given: the season, and the agreement of March."""
    return [
        {"id": "season", "kind": "season", "place": "*", "announced": "2015-09-01",
         "onset": "2015-11-01", "peak": "2016-01-10", "ends": "2016-04-15",
         "end_announced": "2015-09-01", "leaving": -0.8, "basis": "estimate", "source": ESTIMATE,
         "note": "Estimate: in earlier years a third to a half as many people crossed the Aegean "
         "in January as in October."},
        {"id": "agreement", "kind": "agreement", "place": "*", "announced": "2016-03-18",
         "onset": "2016-03-20", "leaving": -1.0, "basis": "estimate", "source": "eu-turkey",
         "note": "The date is official, the weight is an estimate: people who will be returned "
         "have less reason to cross, and Turkish coast guards stop more boats."},
    ]  # fmt: skip
