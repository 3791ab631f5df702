"""Rule kinds of another package: read, checked, anticipated and applied like built-in ones."""

import csv
import re
import shutil
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import emigre
from emigre import schema
from emigre.engine.api import compile_scenario
from emigre.ensemble.plan import make_plan
from emigre.report.description import describe
from emigre.scenario.library import find_folder
from emigre.web.editor import _unit
from offered import EXAMPLE, declared

DAYS = {"start": "2030-03-15", "end": "2030-03-21"}
FIRST, LAST = date(2030, 3, 18), date(2030, 3, 21)


@pytest.fixture
def kinds(offer):
    offer(declared(EXAMPLE))


@pytest.fixture
def scenario(tmp_path):
    """A function that loads ``tiny`` with more rows of rules.csv."""

    def load(*rules, **days):
        folder = tmp_path / "tiny"
        shutil.copytree(find_folder("tiny"), folder, dirs_exist_ok=True)
        with (folder / "rules.csv").open("r+", newline="") as file:
            columns = next(csv.reader(file))
            file.seek(0, 2)
            csv.DictWriter(file, columns).writerows(rules)
        settings = {"joining_per_day": 0}  # only households that decide freely
        return emigre.load(folder, settings=settings, **(DAYS | days))

    return load


def rule(kind, place, value, **cells):
    dates = {"effective_from": FIRST, "effective_to": LAST, "basis": "estimate"}
    row = {"id": f"new_{kind}", "kind": kind, "place": place, "value": value}
    return {**row, **dates, "source": "invented", "note": "invented", **cells}


def decided(results, place):
    rows = results.daily.filter(pl.col("value") > 0, measure="decided", place=place)
    rows = rows.group_by("date")
    return dict(rows.agg(pl.col("value").sum()).iter_rows())


def test_a_kind_acts_where_and_while_its_rule_is_in_force(kinds, scenario):
    plain = emigre.run(scenario(), runs=1, scale=30)
    results = emigre.run(scenario(rule("curfew", "CITY", 0)), runs=1, scale=30)
    before, after = decided(plain, "CITY"), decided(results, "CITY")
    inside = {day for day in before if FIRST <= day < LAST}
    assert inside
    assert after.keys() & inside == set()
    assert {d: n for d, n in after.items() if d < FIRST} == {
        d: n for d, n in before.items() if d < FIRST
    }
    assert decided(results, "HILLS").keys() & inside


def test_a_kind_that_nobody_uses_changes_no_number(offer, scenario):
    plain = emigre.run(scenario(), runs=1, scale=50)
    offer(declared(EXAMPLE))
    assert emigre.run(scenario(), runs=1, scale=50).daily.equals(plain.daily)


def test_a_factor_multiplies_the_values_of_its_kind(kinds, scenario):
    plain = compile_scenario(scenario()).timetable
    rules = scenario(rule("strike", "PASS", 0.25), rule("strike", "FERRY", 0, id="at_sea"))
    table = compile_scenario(rules).timetable
    crossings = list(compile_scenario(scenario()).index.crossings)
    ratio = np.ones(len(crossings))
    ratio[crossings.index("PASS")], ratio[crossings.index("FERRY")] = 0.25, 0.0
    day = (FIRST - rules.start).days
    whole = plain.capacity.at(plain.last(day))[0][:, 0]
    expected = [0.0 if r == 0 else w * r for w, r in zip(whole, ratio, strict=True)]
    assert table.capacity.at(table.last(day))[0][:, 0].tolist() == expected
    assert table.capacity.at(table.last(day - 1))[0][:, 0].tolist() == whole.tolist()


def test_people_foresee_an_announced_factor(kinds, scenario):
    strike = rule("strike", "PASS", 0, effective_to="")
    row = compile_scenario(scenario()).index.crossings.index("PASS")
    known = compile_scenario(scenario(strike | {"announced": date(2030, 3, 16)})).expectations
    # The 15th is day 0; the rule is foreseen from the 16th to the 17th, and in force on the 18th.
    closed = [n >= 0 and known.prospects[n].capacity[row] == 0 for n in known.announced]
    assert closed[:3] == [False, True, True]
    secret = compile_scenario(scenario(strike)).expectations
    assert all(secret.prospects[n].capacity[row] > 0 for n in secret.announced[:3] if n >= 0)


def test_cells_are_checked_against_the_kind(kinds, scenario):
    rules = (
        rule("curfew", "PASS", 0.5),
        rule("curfew", "CITY", 2, id="twice"),
        rule("strike", "PASS", 0.5, id="men", who="sex=male"),
    )
    with pytest.raises(emigre.InputError) as error:
        scenario(*rules)
    text = str(error.value)
    assert "a place of kind origin for a rule of kind curfew" in text
    assert "(factor) for a rule of kind curfew" in text
    assert "rules of this kind apply to everybody" in text
    assert len(error.value.mistakes) == 3


def test_without_its_package_a_kind_is_unknown(scenario):
    with pytest.raises(emigre.InputError, match="expected one of entry, exit"):
        scenario(rule("curfew", "CITY", 0.5))


def test_descriptions_and_the_desk_know_the_kind(kinds, scenario):
    spec = schema.rule_kinds()["curfew"]
    assert spec.description in describe(scenario(rule("curfew", "CITY", 0.5)))
    assert _unit("rules", "value", {"kind": "curfew"}) == "factor"
    assert schema.columns("rules")["kind"].choices[-2:] == ("curfew", "strike")


def test_the_source_of_a_kind_is_part_of_the_key_for_resuming(kinds, scenario, monkeypatch):
    plan = make_plan([scenario(rule("curfew", "CITY", 0.5))], runs=1, seed=1, scale=50)
    before = plan.key()
    changed = replace(schema.added_rule_kinds()["curfew"], apply=lambda day, value: None)
    monkeypatch.setattr(schema, "added_rule_kinds", lambda: {"curfew": changed})
    assert plan.key() != before
    assert make_plan([scenario()], runs=1, seed=1, scale=50).key()


ODD = """
import emigre
kind = emigre.RuleKind
words = {"value_unit": "share", "description": "odd"}
entry = kind(places=("country",), **words)
leg = kind(places=("leg",), **words)
grace = kind(factor_on="grace", **words)
both = kind(factor_on="entry", apply=print, **words)
zero = kind(factor_on="entry", default=0, **words)
days = kind(places=("country",), uses_days=True, **words)
none = kind(places=("country",), default=None, **words)
"""


@pytest.mark.parametrize(
    ("name", "at", "words"),
    [
        ("entry", "entry", "found a kind of the model"),
        ("odd", "leg", "expected origin, crossing, country first"),
        ("odd", "grace", "found grace, expected one of entry, exit"),
        ("odd", "both", "expected factor_on, with default 1, alone"),
        ("odd", "zero", "expected factor_on, with default 1, alone"),
        ("odd", "days", "found days, expected a value alone"),
        ("odd", "none", "expected numbers from 0"),
    ],
)
def test_a_kind_that_cannot_be_used_is_refused(offer, tmp_path, monkeypatch, name, at, words):
    (tmp_path / "odd.py").write_text(ODD)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "odd", raising=False)
    offer({"emigre.rule_kinds": {name: f"odd:{at}"}})
    with pytest.raises(emigre.InputError, match=re.escape(words)):
        emigre.load("tiny")
    monkeypatch.delitem(sys.modules, "odd", raising=False)
