"""composition.csv: how the people of each origin differ from the national shares."""

from scripts.scenario_tables import ESTIMATE, Cells

from .evidence import Evidence
from .groups import EE, FI, HOME, MEANS, OTHER, PASSPORT, document_margin, fitted_kinds

# Where holders of visas of one state live: share of all of them; what is left over goes to the
# other origins by people times income.
VISA_HOMES = {
    FI: {"RU-SPE": 0.50, "RU-LEN": 0.15, "RU-KR": 0.06, "RU-MUR": 0.05, "RU-MOW": 0.12,
         "RU-MOS": 0.05},
    EE: {"RU-SPE": 0.38, "RU-LEN": 0.20, "RU-PSK": 0.17, "RU-MOW": 0.13, "RU-MOS": 0.05},
    OTHER: {"RU-MOW": 0.36, "RU-MOS": 0.11, "RU-SPE": 0.16, "RU-KGD": 0.04, "RU-MUR": 0.01},
    HOME: {"RU-MOW": 0.22, "RU-SPE": 0.12, "RU-KGD": 0.03, "RU-LEN": 0.03, "RU-PSK": 0.02},
}  # fmt: skip
PASSPORT_KNOWN = {"RU-MOW": 0.55, "RU-SPE": 0.43}
IT_FACTOR = {"RU-MOW": 2.8, "RU-SPE": 2.6, "RU-NVS": 1.8, "RU-TA": 1.5, "RU-MOS": 1.3,
             "RU-NIZ": 1.4, "RU-SVE": 1.3, "RU-TOM": 1.5, "RU-SAM": 1.1, "RU-PER": 1.1,
             "RU-VOR": 1.1, "RU-ROS": 1.0}  # fmt: skip
HIGHER_FACTOR = {"RU-MOW": 1.55, "RU-SPE": 1.45, "RU-MOS": 1.2}


def build_composition(evidence: Evidence) -> list[Cells]:
    """All rows of composition.csv."""
    people = {r["id"]: int(r["population"]) for r in evidence.origins}
    income = {r["id"]: float(r["mean_income_rub_month"]) for r in evidence.origins}
    rows = _minority(evidence)
    rows += _documents(people, income)
    rows += _means(people, income)
    rows += _by_cities(
        evidence, people, ("education", "higher"), HIGHER_FACTOR, (0.45, 0.7),
        "national shares by age, adjusted by the urban share; higher in the capitals (census 2021)",
    )  # fmt: skip
    rows += _by_cities(
        evidence, people, ("occupation", "it_worker"), IT_FACTOR, (0.2, 0.5),
        "national number of IT workers, split by urban population; more in capitals and IT centres",
    )  # fmt: skip
    rows.sort(key=lambda r: (str(r["origin"]), str(r["attribute"]), str(r["value"])))
    return rows


def _row(origin: str, attribute: str, value: str, share: float, note: str) -> Cells:
    return {
        "origin": origin, "attribute": attribute, "value": value, "share": round(share, 6),
        "basis": "estimate", "source": ESTIMATE, "note": note,
    }  # fmt: skip


def _minority(evidence: Evidence) -> list[Cells]:
    source = evidence.sources.add(
        "2010 census of Russia: stated ethnicity by federal subject",
        "https://github.com/abessudnov/ruCasualtiesPublic",
        note="Men who stated an ethnicity: 100 minus percent Russian.",
    )
    return [
        {
            "origin": r["id"], "attribute": "minority", "value": "yes",
            "share": round(float(r["titular_minority_share"]) / 100, 4), "basis": "official",
            "source": source, "note": "Men's share assumed for everybody.",
        }
        for r in evidence.origins
    ]  # fmt: skip


def _spread(
    people: dict[str, int], weight: dict[str, float], total: float, known: dict[str, float]
) -> dict[str, float]:
    """Shares by origin in proportion to a weight, with some known, that sum to total persons."""
    left = total - sum(known[o] * people[o] for o in known)
    base = sum(people[o] * weight[o] for o in people if o not in known)
    return {o: known.get(o, weight[o] * left / base) for o in people}


def _documents(people: dict[str, int], income: dict[str, float]) -> list[Cells]:
    everyone = sum(people.values())
    margin = document_margin(everyone)
    mean = sum(people[o] * income[o] for o in people) / everyone
    weight = {o: (income[o] / mean) ** 0.8 for o in people}
    shares: dict[str, dict[str, float]] = {}
    for document, homes in VISA_HOMES.items():
        persons = margin[document] * everyone
        known = {o: share * persons / people[o] for o, share in homes.items()}
        shares[document] = _spread(people, weight, persons, known)
    better = {o: sum(s[o] for s in shares.values()) for o in people}
    held = _spread(people, weight, 0.29 * everyone, PASSPORT_KNOWN)
    shares[PASSPORT] = {o: held[o] - better[o] for o in people}
    notes = {
        PASSPORT: "29 % of adults nationally; Moscow from a poll of 2014; others by income",
        FI: "holders live near the border and in the capitals; no published split",
        EE: "holders live near the border and in the capitals; no published split",
        OTHER: "by population and income; higher in the capitals and Kaliningrad",
        HOME: "permits or close family abroad; no count, 0.6 % of the population assumed",
    }
    return [
        _row(o, "document", d, share, notes[d])
        for d, by_origin in shares.items()
        for o, share in by_origin.items()
    ]


def _means(people: dict[str, int], income: dict[str, float]) -> list[Cells]:
    everyone = sum(people.values())
    mean = sum(people[o] * income[o] for o in people) / everyone
    note = "national shares of a savings poll, adjusted by the origin's mean income of 2021"
    rich = {o: (income[o] / mean) ** 0.7 for o in people}
    poor = {o: (mean / income[o]) ** 0.4 for o in people}
    high = _spread(people, rich, MEANS["high"] * everyone, {})
    low = _spread(people, poor, MEANS["low"] * everyone, {})
    return [_row(o, "means", "high", high[o], note) for o in people] + [
        _row(o, "means", "low", low[o], note) for o in people
    ]


def _by_cities(
    evidence: Evidence,
    people: dict[str, int],
    cell: tuple[str, str],
    factor: dict[str, float],
    line: tuple[float, float],
    note: str,
) -> list[Cells]:
    """The national share of an attribute's category, spread over origins.

    The weight of an origin is its factor, else rises with its urban share along a ``line``.
    """
    attribute, category = cell
    urban = {r["id"]: float(r["share_urban"]) for r in evidence.origins}
    weight = {o: factor.get(o, line[0] + line[1] * urban[o]) for o in people}
    kinds = fitted_kinds(evidence)
    national = sum(k.weight for k in kinds if getattr(k, attribute) == category)
    shares = _spread(people, weight, national * sum(people.values()), {})
    return [_row(o, attribute, category, share, note) for o, share in shares.items()]
