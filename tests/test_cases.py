"""The cases of cases/*.toml: a date, a group of people, an answer. See cases/README.md."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answers import holds
from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.counts import Counts
from emigre.scenario.drafts import build, resolve
from emigre.scenario.header import flattened
from emigre.scenario.loader import load, read_draft
from emigre.scenario.model import Patch

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))
WHENS = ("before", "on", "after")
KEYS = {"says", "when", "measure", "place", "on", "from", "to", "is", *schema.attributes()}
SEED = 1


@cache
def content(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def counted(name: str, by: str | None, with_added: bool) -> Counts:
    """One run of a case's world, with or without the rows it adds."""
    said = content(name)
    added = {t: tuple(rows) for t, rows in said.get("given", {}).items()}
    for table, rows in said.get("add", {}).items() if with_added else ():
        added[table] = (*added.get(table, ()), *rows)
    removed = {t: tuple(ids) for t, ids in said.get("remove", {}).items()}
    patch = Patch(
        name, said["title"], set=flattened(said.get("set", {})), remove=removed, add=added
    )
    base = FOLDER / "base" / said["base"]
    draft = read_draft(base if base.exists() else load(said["base"]).folder)
    mistakes: list[Any] = list(draft.mistakes)
    resolved = resolve(draft, [patch], mistakes)
    assert mistakes == [], "\n".join(map(str, mistakes))
    scenario = build(draft, resolved, [patch], (draft.header.start, draft.header.end))
    return simulate(compile_scenario(scenario, by=by), SEED, 0)


def value(case: dict[str, Any], counts: Counts) -> float:
    """A flow summed over the days, a stock on the last of them, a mean over those served."""
    measure = schema.measures()[case["measure"]]
    places = counts.places[measure.place_kind]
    columns = [
        i
        for i, place in enumerate(places)
        if case["place"] in ("*", place, counts.country_of.get(place))
    ]
    assert columns, f"{case['place']} is no place where {measure.name} is counted"
    first = (case.get("on") or case["from"]) - counts.start
    last = first.days + 1 if "on" in case else (case["to"] - counts.start).days
    days = slice(last - 1 if measure.kind == "stock" else first.days, last)
    if measure.kind == "mean":
        total, weight = (a[days, columns].sum() for a in counts.means[measure.name])
        return float(total / weight)
    return float(array(case, counts)[days][:, columns].sum())


def array(case: dict[str, Any], counts: Counts) -> np.ndarray:
    """Daily values by place, of the people of the case."""
    measure = case["measure"]
    chosen = attribute_of(case)
    if chosen is None:
        return counts.values[measure]
    by = counts.by
    assert by is not None
    of = by.measure == list(schema.measures()).index(measure)
    of &= by.category == by.categories.index(case[chosen])
    result = np.zeros_like(counts.values[measure])
    np.add.at(result, (by.day[of], by.place[of]), by.value[of])
    return result


def attribute_of(case: dict[str, Any]) -> str | None:
    named = [a for a in schema.attributes() if a in case]
    assert len(named) <= 1, "a case speaks of one attribute"
    return named[0] if named else None


CASES = [
    pytest.param(name, case, id=f"{name}: {case['says']}")
    for name in FILES
    for case in content(name)["case"]
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, Any]) -> None:
    assert set(case) <= KEYS
    assert case["when"] in WHENS
    by = attribute_of(case)
    result = value(case, counted(name, by, True))
    without = value(case, counted(name, by, False)) if "without" in case["is"] else 0.0
    said = f"{case['says']} {case['measure']} at {case['place']} is {result:g}, wanted {case['is']}"
    assert holds(result, case["is"], without), f"{said} ({without:g} without)"


@pytest.mark.parametrize("kind", schema.rule_kinds())
def test_every_kind_of_rule_has_a_case_before_and_one_after(kind: str) -> None:
    whens = {c["when"] for f in FILES if content(f).get("kind") == kind for c in content(f)["case"]}
    assert {"before", "after"} <= whens


@pytest.mark.parametrize("name", FILES)
def test_a_file_about_a_kind_adds_rules_of_it_and_dates_its_cases_rightly(name: str) -> None:
    said = content(name)
    rules = said.get("add", {}).get("rules", [])
    assert said.get("kind") in {None, *(r["kind"] for r in rules)}
    begins = [_date(r.get("effective_from") or r["announced"]) for r in rules]
    for case in said["case"]:
        first = case.get("on") or case["from"]
        if case["when"] == "before":
            assert first < max(begins), case["says"]
        else:
            assert case.get("on", case.get("to")) >= min(begins), case["says"]


def _date(moment: date | str) -> date:
    return date.fromisoformat(moment[:10]) if isinstance(moment, str) else moment
