"""Reference implementation of the timetable: the rule that applies at an instant."""

from collections.abc import Mapping, Sequence
from typing import Any


def meant(
    rule: Any, person: Mapping[str, str], place: str, members: Mapping[str, set[str]]
) -> bool:
    """Whether a rule means a person at a place. members: place -> every address it answers to."""
    for attribute, values in rule.selection.items():
        if person.get(attribute) not in values:
            return False
    return rule.place == "*" or rule.place in members[place]


def newest(
    rules: Sequence[Any],
    kind: str,
    hour: float,
    person: Mapping[str, str],
    place: str,
    members: Mapping[str, set[str]],
) -> Any | None:
    """The rule that wins: in force last, then announced last, then read last (the narrowest)."""
    best = None
    for rule in rules:
        if rule.kind != kind or rule.credence < 1 or not rule.start <= hour < rule.end:
            continue
        if not meant(rule, person, place, members):
            continue
        age = (rule.start, rule.announced, rule.row)
        if best is None or age > (best.start, best.announced, best.row):
            best = rule
    return best
