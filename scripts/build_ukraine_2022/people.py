"""groups.csv: kinds of households by who lives in them, their papers and their means.

Shares are of persons. A household with a woman of working age is described by her; the man of
military age who lives with her is its member, whom the ban on leaving selects.
"""

from dataclasses import dataclass

from scripts.scenario_tables import ESTIMATE, Cells

STUDENTS = 76548 / 41_168_000  # foreign students by the people of Ukraine
# 16.6 million passports by May 2021, about 0.2 million a month since; a quarter fewer holders.
BIOMETRIC = 0.34
MEANS = {"low": (0.35, 150.0), "middle": (0.5, 700.0), "high": (0.15, 4000.0)}


MAN = "sex=male;age_band=18-60;occupation="


@dataclass(frozen=True)
class Household:
    """A kind of household: who decides, share of persons, sizes, how readily it leaves."""

    id: str
    sex: str
    age_band: str
    share: float
    sizes: tuple[float, ...]
    leaving: float
    why: str
    member: str = ""
    splits: float = 1.0
    occupation: str = "other"


# 29 % of household members are men of 18 to 60 and 38 % of households have children (State
# Statistics Service, 2008 to 2010); the split into kinds is an estimate. One man in 12 is exempt
# from the ban: unfit, father of three, single father, or father of a disabled child.
HOUSEHOLDS = (
    Household("family", "female", "18-60", 0.37, (0, 0, 0.55, 0.33, 0.12), 1.3,
              "a woman, children and a man of military age; seven in ten leave without him",
              MAN + "other", 0.7),
    Household("family_exempt", "female", "18-60", 0.03, (0, 0, 0.2, 0.2, 0.6), 1.3,
              "a woman, children and a man who may leave (father of three, unfit)", MAN + "exempt"),
    Household("mother", "female", "18-60", 0.08, (0, 0.55, 0.30, 0.15), 1.6,
              "a woman with children, no man of military age"),
    Household("couple", "female", "18-60", 0.185, (0, 0.7, 0.3), 0.6,
              "a woman and a man of military age, no children; one couple in three separates",
              MAN + "other", 0.35),
    Household("couple_exempt", "female", "18-60", 0.015, (0, 0.7, 0.3), 0.6,
              "a woman and a man who may leave, no children", MAN + "exempt"),
    Household("woman", "female", "18-60", 0.05, (0.7, 0.3), 1.1, "single women"),
    Household("man", "male", "18-60", 0.08, (1.0,), 0.4, "single men of military age"),
    Household("man_exempt", "male", "18-60", 0.01, (1.0,), 0.4,
              "single men who may leave", occupation="exempt"),
    Household("old", "female", "61+", 0.18 - STUDENTS, (0.45, 0.5, 0.05), 0.5, "people over 60"),
)  # fmt: skip


def build_groups() -> list[Cells]:
    """Kinds of households by document and means, and foreign students."""
    rows: list[Cells] = []
    mean = sum(h.share * h.leaving for h in HOUSEHOLDS)
    for h in HOUSEHOLDS:
        held = {"biometric_passport": BIOMETRIC, "internal_passport": 1 - BIOMETRIC}
        for document, d in held.items():
            for means, (m, savings) in MEANS.items():
                share = h.share * d * m
                name = f"{h.id}-{document.split('_')[0]}-{means}"
                rows.append(_row(h, name, share, document, means, savings, mean))
    rows.append(
        _row(Household("student", "male", "18-60", STUDENTS, (1.0,), 8.0,
                       "foreign students: official share; readiness to leave is an estimate"),
             "student-foreign", STUDENTS, "foreign_passport", "middle", 700.0, mean)
        | {"nationality": "XX", "occupation": "student"}
    )  # fmt: skip
    shares = [round(float(str(r["share"])) * 1e8) for r in rows]
    shares[shares.index(max(shares))] += 10**8 - sum(shares)
    return [r | {"share": f"{s / 1e8:.8f}"} for r, s in zip(rows, shares, strict=True)]


def _row(
    h: Household, name: str, share: float, document: str, means: str, savings: float, mean: float
) -> Cells:
    readiness = {"low": 0.8, "middle": 1.0, "high": 1.4}[means]
    readiness *= 1.3 if document == "biometric_passport" else 0.9
    sizes = (*h.sizes, 0.0, 0.0, 0.0, 0.0)[:5]
    return {
        "id": name, "share": share, "nationality": "UA", "sex": h.sex, "age_band": h.age_band,
        "occupation": h.occupation, "minority": "no", "education": "other", "openness": "quiet",
        "document": document, "means": means, "savings_eur": savings,
        **{f"size_{i + 1}": s for i, s in enumerate(sizes)},
        "moves_whole": 1.0 if h.member or h.sex == "male" else 0.95, "member": h.member,
        "splits": h.splits if h.member else "", "leaving": h.leaving * readiness / mean,
        "returning": 1.0, "relatives": 0.5, "remote_work": 0.1,
        "basis": "estimate", "source": ESTIMATE,
        "note": f"{h.why[0].upper()}{h.why[1:]}.",
    }  # fmt: skip
