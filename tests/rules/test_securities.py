"""Expected security of a status, against a plain reading of the rules."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from emigre.engine.build import compile_scenario
from emigre.engine.expectations import RuleValues, securities
from emigre.engine.policy import classify, compilers, read_rules
from emigre.rules.timeline import NEVER
from emigre.scenario.loader import load
from naive import outlook as plain_outlook
from naive import timetable as plain

KINDS = ("permit", "renewal", "border_run")


@pytest.fixture(scope="module")
def index():
    return compile_scenario(load("tiny", end="2030-04-20")).index


def share(rules, hour: float, person, place: str, members) -> float:
    """Share of stays that can be renewed: renewal, else permit; or a border run if that is more."""
    collected = {k: plain.newest(rules, k, hour, person, place, members) for k in KINDS}
    renewal, permit, run = (collected[k] for k in KINDS[1:2] + KINDS[:1] + KINDS[2:])
    again = renewal or permit
    return max(again.value if again else 0.0, run.value if run else 0.0)


def expected_and_threat(index, rules, day: int, person, place: str, members):
    """What a person expects of a place on a day, rumours included, and what there is to lose."""
    tonight = 24.0 * (day + 1) - 1e-6
    ahead = tonight + 24.0 * index.scenario.parameters["foresight_days"]
    told = [r for r in rules if r.credence >= 1 and r.announced <= tonight]
    now = share(told, tonight, person, place, members)
    told = [r if r.end_announced <= tonight else replace(r, end=NEVER) for r in told]
    announced = share(told, ahead, person, place, members)
    matters = defaultdict(list)
    for r in rules:
        if r.credence < 1 and r.announced <= tonight < r.end and r.expected <= ahead:
            # If it came true it would be the newest rule of its kind.
            real = replace(r, credence=1.0, start=ahead, end=ahead + 1.0)
            value = share([*told, real], ahead, person, place, members)
            matters[r.cells].append((r.credence, value))
    after = plain_outlook.expected(announced, list(matters.values()))
    return after, max(0.0, now - after)


def rumoured(rules, index):
    """The rules of the scenario, and the same with some of them rumours."""
    yield rules
    rng = np.random.default_rng(3)
    made = []
    for r in rules:
        if r.kind in KINDS and rng.random() < 0.4:
            told = float(rng.integers(0, 30) * 24)
            made.append(replace(r, credence=0.6, announced=told, expected=told + 240.0, end=1e9))
        else:
            made.append(r)
    assert any(r.is_rumour and r.kind in KINDS for r in made)
    yield made
    ended = []
    for r in rules:
        if r.kind in KINDS and rng.random() < 0.6:
            end = max(r.start, 0.0) + float(rng.integers(2, 30) * 24)
            told = end - float(rng.choice([0, 5, 40]) * 24)
            ended.append(replace(r, end=end, end_announced=told))
        else:
            ended.append(r)
    yield ended


def test_security_and_threat_are_those_of_a_plain_reading(index):
    country = {p: {p} for p in index.countries}
    for names in country.values():
        names |= {a for a, members in index.areas.items() if names & set(members)}
    moved = 0
    for rules in rumoured(read_rules(index), index):
        classes = classify(index, rules)
        result = securities(index, rules, RuleValues(compilers(index, rules, classes)))
        ours = [r for r in rules if r.kind in KINDS]
        for day in range(0, index.n_days, 5):
            security = result.security[result.layer[day]]
            threat = result.threat[result.layer[day]]
            for d, place in enumerate(index.countries):
                for legal, g in enumerate(classes.legal_member):
                    person = index.people[g]
                    after, lost = expected_and_threat(index, ours, day, person, place, country)
                    assert security[d, legal] == pytest.approx(after, rel=1e-12, abs=1e-12)
                    assert threat[d, legal] == pytest.approx(lost, rel=1e-12, abs=1e-12)
                    moved += lost > 0
    assert moved > 0
