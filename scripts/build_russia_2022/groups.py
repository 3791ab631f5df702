"""groups.csv: kinds of households, described by the person who decides.

A household with a man of working age is described by him, because he may be called up; others are
described by a woman. National shares start as products of the shares of single attributes, and are
then fitted to all known totals together (iterative proportional fitting).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.scenario_tables import ESTIMATE, Cells

from .evidence import Evidence
from .levels import (
    LEAVING_DOCUMENT,
    LEAVING_HIGHER,
    LEAVING_MEANS,
    LEAVING_OCCUPATION,
    LEAVING_OUTSPOKEN,
    OTHERS,
)

HOUSEHOLDS = 66.1e6


@dataclass(frozen=True)
class Decider:
    """Households decided by one sex and age band: how many, how large, who moves."""

    sex: str
    age_band: str
    households: float  # millions
    sizes: tuple[float, float, float, float, float]
    moves_whole: float
    higher: float  # share with higher education
    outspoken: float
    abroad_ready: float  # relative odds of holding a foreign passport
    leaving: float

    @property
    def mean_size(self) -> float:
        """Persons in a household, five or more counted as five."""
        return sum((i + 1) * s for i, s in enumerate(self.sizes))


# Households: men of the band times the share who head one (0.55, 0.85, then 0.95); the rest of
# the 66.1 million by women, most of them old. Sizes: a fit to 27.6 million one-person households
# and the mean of 2.2; by age as households grow and shrink.
DECIDERS = (
    Decider("male", "18-27", 3.97, (0.50, 0.25, 0.15, 0.08, 0.02), 0.25, 0.17, 0.13, 1.1, 2.0),
    Decider("male", "28-35", 7.48, (0.27, 0.21, 0.24, 0.18, 0.10), 0.40, 0.32, 0.12, 1.4, 2.2),
    Decider("male", "36-50", 15.26, (0.22, 0.18, 0.22, 0.22, 0.16), 0.35, 0.27, 0.09, 1.2, 1.3),
    Decider("male", "51-60", 7.89, (0.30, 0.32, 0.20, 0.11, 0.07), 0.45, 0.20, 0.06, 0.8, 0.6),
    Decider("male", "61+", 10.83, (0.37, 0.44, 0.11, 0.05, 0.03), 0.80, 0.18, 0.00, 0.4, 0.1),
    Decider("female", "18-35", 3.20, (0.50, 0.30, 0.13, 0.05, 0.02), 0.70, 0.33, 0.13, 1.4, 1.5),
    Decider("female", "36-60", 7.00, (0.48, 0.27, 0.15, 0.07, 0.03), 0.70, 0.32, 0.07, 1.1, 0.5),
    Decider("female", "61+", 10.47, (0.80, 0.12, 0.05, 0.02, 0.01), 0.80, 0.18, 0.00, 0.3, 0.05),
)

# Share of the deciders of each band who are ...
IT_SHARE = {("male", "18-27"): 0.05, ("male", "28-35"): 0.065, ("male", "36-50"): 0.03,
            ("female", "18-35"): 0.04, ("female", "36-60"): 0.008}  # fmt: skip
DOCTOR_SHARE = {("male", "28-35"): 0.007, ("male", "36-50"): 0.006, ("male", "51-60"): 0.007,
                ("female", "18-35"): 0.02, ("female", "36-60"): 0.02}  # fmt: skip
STUDENT_SHARE = {("male", "18-27"): 0.20, ("female", "18-35"): 0.20}

Pairs = tuple[tuple[str, str], ...]
NO, PASSPORT, OWN = "internal_passport", "foreign_passport", "own_state_passport"
FI, EE, OTHER, HOME = (
    "schengen_visa_fi",
    "schengen_visa_ee",
    "schengen_visa_other",
    "residence_abroad",
)
FULL: Pairs = ((NO, "low"), (NO, "middle"), (PASSPORT, "low"), (PASSPORT, "middle"),
               (PASSPORT, "high"), (FI, "middle"), (FI, "high"), (EE, "middle"),
               (OTHER, "middle"), (OTHER, "high"), (HOME, "middle"))  # fmt: skip
SHORT: Pairs = ((NO, "low"), (NO, "middle"), (PASSPORT, "middle"), (PASSPORT, "high"),
                (FI, "middle"), (EE, "middle"), (OTHER, "middle"), (HOME, "middle"))  # fmt: skip
OLD: Pairs = ((NO, "low"), (NO, "middle"), (PASSPORT, "middle"), (FI, "middle"),
              (OTHER, "middle"), (HOME, "middle"))  # fmt: skip
IT: Pairs = ((NO, "middle"), (PASSPORT, "middle"), (PASSPORT, "high"), (FI, "high"),
             (EE, "high"), (OTHER, "high"), (HOME, "high"))  # fmt: skip
DOCTOR: Pairs = ((NO, "middle"), (PASSPORT, "middle"), (FI, "middle"), (OTHER, "middle"),
                 (HOME, "middle"))  # fmt: skip
STUDENT: Pairs = ((NO, "low"), (PASSPORT, "low"), (PASSPORT, "middle"), (FI, "middle"),
                  (EE, "middle"), (OTHER, "middle"), (HOME, "middle"))  # fmt: skip

# Households (not persons) may hold a visa through their decider: published counts are of persons,
# so shares of persons are used as they are.
DOCUMENT_PERSONS = {FI: 240_800, EE: 45_000, OTHER: 963_189 - 240_800 - 45_000, HOME: 870_000}
PASSPORT_OR_BETTER = 0.29
MEANS = {"low": 0.47, "middle": 0.42, "high": 0.11}
# Share whose relatives at home send money: who has nothing mostly comes from those who have
# nothing; students live on their parents; kin stand by each other more among the minorities.
RELATIVES = {"low": 0.3, "middle": 0.5, "high": 0.5}
SAVINGS = {"low": 300.0, "middle": 1100.0, "high": 6000.0}


@dataclass
class Kind:
    """One unfinished row of groups.csv."""

    decider: Decider
    occupation: str
    minority: str
    education: str
    openness: str
    document: str
    means: str
    weight: float
    nationality: str = "RU"

    @property
    def id(self) -> str:
        """Readable name, unique."""
        if self.nationality != "RU":
            return f"citizens-{self.nationality.lower()}"
        parts = (
            self.decider.sex[0] + self.decider.age_band.replace("-", "_").replace("+", "up"),
            self.occupation.split("_")[0],
            "minority" if self.minority == "yes" else "majority",
            self.education,
            self.openness,
            self.document.replace("schengen_", "").split("_passport")[0],
            self.means,
        )
        return "-".join(parts)

    @property
    def leaving(self) -> float:
        """Relative readiness to leave, before it is scaled to a mean of 1."""
        if self.nationality != "RU":
            return 1.0
        factor = self.decider.leaving * LEAVING_DOCUMENT[self.document]
        factor *= LEAVING_OCCUPATION[self.occupation] * LEAVING_MEANS[self.means]
        factor *= LEAVING_HIGHER if self.education == "higher" else 1.0
        return factor * (LEAVING_OUTSPOKEN if self.openness == "outspoken" else 1.0)


def _pairs(decider: Decider, occupation: str) -> Pairs:
    if occupation == "it_worker":
        return IT
    if occupation == "doctor":
        return DOCTOR
    if occupation == "student":
        return STUDENT
    if decider.age_band == "61+":
        return OLD
    young = decider.sex == "male" and decider.age_band in ("18-27", "28-35", "36-50")
    return FULL if young else SHORT


def occupations(decider: Decider) -> dict[str, float]:
    """Shares of occupations among the deciders of one band."""
    key = (decider.sex, decider.age_band)
    special = {
        "it_worker": IT_SHARE.get(key, 0.0),
        "doctor": DOCTOR_SHARE.get(key, 0.0),
        "student": STUDENT_SHARE.get(key, 0.0),
    }
    return {k: v for k, v in special.items() if v} | {"other": 1.0 - sum(special.values())}


def kinds(minority_share: float) -> list[Kind]:
    """All kinds of households with a first guess of their shares of persons."""
    persons = sum(d.households * d.mean_size for d in DECIDERS)
    found: list[Kind] = []
    for decider in DECIDERS:
        base = decider.households * decider.mean_size / persons
        jobs = occupations(decider)
        taken = jobs.get("it_worker", 0.0) + jobs.get("doctor", 0.0)
        higher = max(0.05, (decider.higher - taken) / jobs["other"])
        for occupation, share in jobs.items():
            found += _cells(decider, occupation, base * share, higher, minority_share)
    return found


def _cells(
    decider: Decider, occupation: str, base: float, higher: float, minority_share: float
) -> list[Kind]:
    if occupation == "other":
        educations = {"higher": higher, "other": 1.0 - higher}
    else:
        educations = {"other" if occupation == "student" else "higher": 1.0}
    cells: list[Kind] = []
    for education, e in educations.items():
        factor = (1.5 if education == "higher" else 0.85) * (2 if occupation == "it_worker" else 1)
        open_share = min(0.5, decider.outspoken * factor)
        opennesses = {"quiet": 1.0 - open_share, "outspoken": open_share}
        for openness, o in opennesses.items():
            if o == 0.0:
                continue
            for minority, m in (("yes", minority_share), ("no", 1.0 - minority_share)):
                pairs = _pairs(decider, occupation)
                odds = [_odds(decider, occupation, education, d, w) for d, w in pairs]
                for (document, means), odd in zip(pairs, odds, strict=True):
                    weight = base * e * o * m * odd / sum(odds)
                    cells.append(
                        Kind(decider, occupation, minority, education, openness, document, means,
                             weight)
                    )  # fmt: skip
    return cells


def _odds(decider: Decider, occupation: str, education: str, document: str, means: str) -> float:
    """Relative odds of document and means together, before they are fitted to the totals."""
    odds = MEANS[means]
    if document == NO:
        return odds * (1.0 - PASSPORT_OR_BETTER)
    ready = decider.abroad_ready * {"it_worker": 2.5, "doctor": 1.3}.get(occupation, 1.0)
    ready *= 2.0 if education == "higher" else 1.0
    ready *= {"low": 0.5, "middle": 1.0, "high": 3.0}[means]
    share = DOCUMENT_PERSONS.get(document, 40_000_000) / 144.7e6
    return odds * ready * share


def with_others(cells: list[Kind]) -> list[Kind]:
    """Add citizens of other states, in place of a part of the young men without means.

    They belong to no minority of Russia: pressures on minorities there do not concern them.
    """
    youngs = next(d for d in DECIDERS if (d.sex, d.age_band) == ("male", "28-35"))
    worker = replace(youngs, sizes=(0.7, 0.1, 0.1, 0.06, 0.04))
    place = (worker.sex, worker.age_band, "other", "other", "low")
    same = [
        k for k in cells
        if (k.decider.sex, k.decider.age_band, k.occupation, k.education, k.means) == place
    ]  # fmt: skip
    taken = sum(share for share, _ in OTHERS.values()) / sum(k.weight for k in same)
    for kind in same:
        kind.weight *= 1.0 - taken
    return cells + [
        Kind(worker, "other", "no", "other", "quiet", OWN, "low", share, nationality)
        for nationality, (share, _) in OTHERS.items()
    ]


def fit(cells: list[Kind], margins: list[tuple[Callable[[Kind], str], dict[str, float]]]) -> None:
    """Scale the weights in turn until every margin holds to a millionth."""
    for _ in range(500):
        worst = 0.0
        for label, target in margins:
            sums = dict.fromkeys(target, 0.0)
            for kind in cells:
                sums[label(kind)] += kind.weight
            for kind in cells:
                kind.weight *= target[label(kind)] / sums[label(kind)]
            worst = max(worst, *(abs(sums[k] / target[k] - 1.0) for k in target))
        if worst < 1e-7:
            return
    raise ValueError("the margins of the groups contradict each other")


def document_margin(population: int) -> dict[str, float]:
    """National shares of persons by the best document of their household."""
    better = {k: v / population for k, v in DOCUMENT_PERSONS.items()}
    passport = PASSPORT_OR_BETTER - sum(better.values())
    own = sum(share for share, _ in OTHERS.values())
    return {NO: 1.0 - PASSPORT_OR_BETTER - own, OWN: own, PASSPORT: passport, **better}


def national_minority(evidence: Evidence) -> float:
    """Share of people who do not identify as Russian, over all origins."""
    total = sum(int(r["population"]) for r in evidence.origins)
    return (
        sum(
            int(r["population"]) * float(r["titular_minority_share"]) / 100
            for r in evidence.origins
        )
        / total
    )


def fitted_kinds(evidence: Evidence) -> list[Kind]:
    """All kinds with shares that meet every national total."""
    population = sum(int(r["population"]) for r in evidence.origins)
    minority = national_minority(evidence)
    cells = with_others(kinds(minority))
    jobs: dict[str, float] = {}
    schooling: dict[str, float] = {}
    for kind in cells:
        who = f"{kind.decider.sex}{kind.decider.age_band}"
        job, school = f"{who}{kind.occupation}", f"{who}{kind.education}{kind.occupation}"
        jobs[job] = jobs.get(job, 0.0) + kind.weight
        schooling[school] = schooling.get(school, 0.0) + kind.weight
    fit(
        cells,
        [
            (lambda k: k.document, document_margin(population)),
            (lambda k: k.means, MEANS),
            (lambda k: k.minority, {"yes": minority, "no": 1.0 - minority}),
            (
                lambda k: f"{k.decider.sex}{k.decider.age_band}{k.education}{k.occupation}",
                schooling,
            ),
        ],
    )
    return cells


def build_groups(evidence: Evidence) -> list[Cells]:
    """All rows of groups.csv; shares sum to 1 exactly."""
    cells = sorted(fitted_kinds(evidence), key=lambda k: k.id)
    total = sum(k.weight for k in cells)
    shares = [round(k.weight / total * 1e10) for k in cells]
    shares[shares.index(max(shares))] += 10**10 - sum(shares)
    mean = sum(k.leaving * k.weight for k in cells) / total
    rows = [_row(k, share, mean) for k, share in zip(cells, shares, strict=True)]
    return [r for r in rows if r["share"] != "0.0000000000"]


def _row(kind: Kind, share: int, mean_leaving: float) -> Cells:
    decider = kind.decider
    whole = min(0.9, decider.moves_whole + (0.15 if kind.occupation == "it_worker" else 0.0))
    if kind.occupation == "student":
        whole = 0.15
    minority = kind.minority == "yes"
    relatives = RELATIVES[kind.means] + (0.1 if minority else 0.0)
    if kind.occupation == "student":
        relatives = 0.7
    note = "See NOTES.md, Groups."
    if kind.nationality != "RU":
        relatives = 0.9
        note = (
            f"Citizens of {OTHERS[kind.nationality][1]} settled in Russia; their share is a guess."
        )
    savings = SAVINGS[kind.means] * {"it_worker": 1.5, "doctor": 1.1}.get(kind.occupation, 1.0)
    remote = {"it_worker": 0.8, "doctor": 0.05, "student": 0.1}.get(
        kind.occupation, 0.3 if kind.education == "higher" else 0.1
    )
    return {
        "id": kind.id, "share": f"{share / 1e10:.10f}", "nationality": kind.nationality,
        "sex": decider.sex,
        "age_band": decider.age_band, "occupation": kind.occupation, "minority": kind.minority,
        "education": kind.education, "openness": kind.openness, "document": kind.document,
        "means": kind.means, "savings_eur": savings,
        **{f"size_{i + 1}": s for i, s in enumerate(decider.sizes)},
        "moves_whole": whole, "leaving": kind.leaving / mean_leaving,
        "returning": 0.6 if kind.openness == "outspoken" else 1.0, "relatives": relatives,
        "remote_work": remote, "basis": "estimate", "source": ESTIMATE, "note": note,
    }  # fmt: skip
