"""Rules of the scenario, and the content and note of their rows.

The rules are in ``rules.csv`` next to this module. An empty cell has the default of :class:`Rule`,
``none`` means no date. The newest matching rule wins: each exit rule states the whole share let
out. A rumour ends when nobody believes it any more; one about a certain day ends some days after
it, which is known with the rumour. Capacities after the cut of flights are shares of the
usual seats.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from scripts.scenario_tables import ESTIMATE, Cells, Row, read_rows

from .evidence import Evidence
from .levels import AIR_SEATS

VISAS = ("schengen_visa_fi", "schengen_visa_ee", "schengen_visa_other")
VISA = "|".join(VISAS)
SCHENGEN_DAYS, SCHENGEN_WINDOW = 90, 180  # a short stay on a visa of any Schengen state
ANY = "*"
POLICY_DATE = "policy"
WITH_RULE = "with the rule"
DATES = ("start", "announced")
# Kinds whose value of 0 or 1 is what the evidence says, not a share of ours.
CERTAIN_KINDS = ("entry", "capacity", "border_run", "work", "renewal")


@dataclass(frozen=True)
class Rule:
    """A rule; dates and source come from the row `policy` of the evidence unless they are given.

    `end_announced` is empty where nobody knew the end before it came, WITH_RULE where a rule had
    its term from the first, else a date.
    """

    id: str
    kind: str
    place: str
    value: float
    policy: str = ""
    document: str = ANY
    who: str = ANY
    days: int | None = None
    window: int | None = None
    delay: int | None = None
    start: str = POLICY_DATE
    end: str = ""
    end_announced: str = ""
    announced: str = POLICY_DATE
    credence: float | None = None
    expected: str = ""
    why: str = ""
    nationality: str = "RU"


def all_rules() -> list[Rule]:
    """Every rule of the scenario."""
    return [_rule(row) for row in read_rows(Path(__file__).with_name("rules.csv"))]


def _rule(row: Row) -> Rule:
    numbers = {"value": float, "days": int, "window": int, "delay": int, "credence": float}
    cells = {name: numbers.get(name, str)(cell) for name, cell in row.items() if cell}
    rule = Rule(**cells | {name: "" for name in DATES if row[name] == "none"})
    if (rule.policy, rule.kind) == ("aeroflot_intl_stop", "capacity"):
        seats, _ = AIR_SEATS[rule.place.removeprefix("AIR-")]
        return replace(rule, value=round(seats * rule.value))
    return rule


def row_of(rule: Rule, evidence: Evidence) -> Cells:
    """The row of rules.csv."""
    policy = evidence.policies.get(rule.policy)
    if rule.policy and policy is None:
        raise KeyError(f"{rule.id}: no policy {rule.policy}")
    start, announced = rule.start, rule.announced
    if start == POLICY_DATE:
        start = policy["effective_from"] if policy and rule.credence is None else ""
    if announced == POLICY_DATE:
        announced = policy["announced"] if policy else ""
    if rule.credence is None and announced and (not start or announced > start[:10]):
        announced = ""  # known when it began
    end_announced = rule.end_announced
    if end_announced == WITH_RULE:
        end_announced = announced or start[:10]
    basis, source = "estimate", ESTIMATE
    note = rule.why
    if policy:
        source = evidence.policy_source(rule.policy)
        certain = rule.kind in CERTAIN_KINDS and rule.value in (0, 1) and not rule.why
        basis = "reported" if certain else "estimate"
        reason = rule.why or "the date is reported, the share is an estimate"
        words = without_marks(policy["note"])
        note = words if certain else f"{words} Estimate: {reason}."
    is_over_place = rule.kind in ("capacity", "fare")
    window = rule.window
    if rule.kind == "entry" and rule.days == SCHENGEN_DAYS and rule.document in (VISA, *VISAS):
        window = SCHENGEN_WINDOW
    return {
        "id": rule.id, "kind": rule.kind, "place": rule.place,
        "nationality": "" if is_over_place else rule.nationality,
        "document": "" if is_over_place else rule.document,
        "who": "" if is_over_place else rule.who,
        "announced": announced, "effective_from": start, "effective_to": rule.end,
        "end_announced": end_announced, "credence": rule.credence,
        "expected_from": rule.expected, "value": float(rule.value),
        "days": rule.days, "window_days": window, "delay_days": rule.delay, "basis": basis,
        "source": source, "note": note,
    }  # fmt: skip


def without_marks(note: str) -> str:
    """A note of the evidence without its references to stored excerpts."""
    note = re.sub(r"\s*\(?\b([Aa]lso in |[Ll]inked in )?[Ss]eed 00\d\)?\.?", "", note)
    note = note.strip(" ;")
    return note if note.endswith(".") else note + "."


def is_private(address: str) -> bool:
    """Whether a source is a text file of a single person's account rather than a public page."""
    return PurePosixPath(address).suffix == ".txt"
