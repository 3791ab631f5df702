"""rules.csv, and the list of policies without a rule."""

from pathlib import Path

from scripts.scenario_tables import Cells, read_rows

from .evidence import Evidence
from .levels import PRESSURES
from .rule_rows import all_rules, is_private, row_of

NOT_EXPRESSED = Path(__file__).with_name("not_expressed.csv")
"""Why a policy of the evidence is not a row of rules.csv or pressures.csv."""
PRIVATE = "a single person's account, not a public page"


def build_rules(evidence: Evidence) -> list[Cells]:
    """All rows of rules.csv."""
    return [row_of(rule, evidence) for rule in all_rules()]


def not_expressed(evidence: Evidence) -> list[tuple[str, str]]:
    """Policies that are neither a rule nor a pressure, each with the reason; all must have one."""
    used = {r.policy for r in all_rules()} | {row["policy"] for row in PRESSURES}
    reasons = {row["policy"]: row["reason"] for row in read_rows(NOT_EXPRESSED)}
    rows: list[tuple[str, str]] = []
    for policy, row in evidence.policies.items():
        if policy in used:
            continue
        reason = reasons.get(policy)
        if reason is None and is_private(row["source_title"]):
            reason = PRIVATE
        if reason is None:
            raise KeyError(f"policy {policy} is not used and has no reason")
        rows.append((policy, reason))
    return rows
