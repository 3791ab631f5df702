"""The statements of the three reports, each as a case that a lawyer or a caseworker can read.

Each statement has a file in cases/seed (see cases/seed/README.md). Its answers must be true. An
answer that names a mechanism must become false when that mechanism is switched off.
"""

import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest

import emigre
from answers import holds
from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.evaluation.key_results import key_results
from emigre.results.counts import Counts
from emigre.scenario.drafts import Draft, build, resolve
from emigre.scenario.header import flattened
from emigre.scenario.library import find_folder
from emigre.scenario.loader import load, narrowed, read_draft
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.tables import key_columns

pytestmark = pytest.mark.slow  # about a hundred runs of a world: a minute, and far more uncompiled

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(path.stem for path in (FOLDER / "seed").glob("*.toml"))
IDS = [
    *(f"E{n:02}" for n in range(1, 11)),
    *(f"F{n:02}" for n in range(1, 15)),
    *(f"K{n:02}" for n in range(1, 13)),
]
SEED = 1

WHENS = ("before", "on", "after")
CATEGORIES = (*schema.attributes(), "status", "party_size")
ASKED = {"measure", "place", "on", "from", "to", *CATEGORIES}
KEYS = {"says", "when", "is", "of", "than", "mechanism", "check", *ASKED}
FILE_KEYS = {
    *("title", "seed", "note", "base", "start", "end", "scale"),
    *("set", "remove", "given", "add", "tried", "case", "switched_off", "evidence"),
}
FREE_TEXT = {"name", "title", "publisher", "address", "note", "said_by", "statement", "seed_claim"}
"""Columns of free text: about places, sources and rows. A new one needs a look at privacy."""
WORDS = {"kind", "country", "exit_country", "value"}
"""Columns of words that other rows refer to."""
INVENTED = {"basis": "estimate", "source": "invented", "note": "Invented."}

MULTIPLE = re.compile(r"each day a multiple of (\d+)")


@cache
def content(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "seed" / f"{name}.toml").read_text(encoding="utf-8"))


def switches(name: str) -> dict[str, dict[str, Any]]:
    """The change that switches off each mechanism of a file."""
    return {off["mechanism"]: off for off in content(name)["switched_off"]}


# Worlds ---------------------------------------------------------------------------------------


def patch_of(name: str, said: dict[str, Any]) -> Patch:
    """A patch; rows of invented worlds need not repeat that they are invented."""
    fill = {} if is_real(content(name)) else INVENTED
    return Patch(
        name,
        content(name)["title"],
        set=flattened(said.get("set", {})),
        remove={t: tuple(ids) for t, ids in said.get("remove", {}).items()},
        add={
            t: tuple((fill if "basis" in schema.columns(t) else {}) | row for row in rows)
            for t, rows in said.get("add", {}).items()
        },
    )


def is_real(said: dict[str, Any]) -> bool:
    return not (FOLDER / "seed-base" / said["base"]).exists()


def patches(name: str, with_tried: bool, off: str | None) -> list[Patch]:
    """The patches of a file in order: the given world, the tried change, the mechanism switched
    off."""
    said = content(name)
    collected = [patch_of(name, {**said, "add": said.get("given", {})})]
    if with_tried:
        collected.append(patch_of(name, {"add": said.get("add", {}), **said.get("tried", {})}))
    if off is not None:
        turned = switches(name)[off]
        collected.append(patch_of(name, turned if with_tried else untried(said, turned)))
    return collected


def untried(said: dict[str, Any], off: dict[str, Any]) -> dict[str, Any]:
    """The mechanism switched off, without rows that exist only with the tried change."""
    rows = [(table, row) for table, added in said.get("add", {}).items() for row in added]
    keys = {table: key_columns(table) for table, _ in rows}
    names = {f"{table}.{'/'.join(row[c] for c in keys[table])}" for table, row in rows}
    names |= {f"pressure_{row['kind']}" for table, row in rows if table == "pressures"}
    return {
        "set": {
            key: v
            for key, v in flattened(off.get("set", {})).items()
            if key.rpartition(".")[0] not in names and key not in names
        },
        "remove": {
            table: [i for i in ids if f"{table}.{i}" not in names]
            for table, ids in off.get("remove", {}).items()
        },
        "add": off.get("add", {}),
    }


@cache
def draft_of(base: str) -> Draft:
    """A base as read, which patches leave as it is."""
    folder = FOLDER / "seed-base" / base
    return read_draft(folder if folder.exists() else find_folder(base))


@cache
def scenario_of(name: str, with_tried: bool, off: str | None) -> Scenario:
    said = content(name)
    draft = draft_of(said["base"])
    mistakes: list[Any] = list(draft.mistakes)
    wanted = patches(name, with_tried, off)
    days = narrowed(draft.header, said.get("start"), said.get("end"), mistakes)
    resolved = resolve(draft, wanted, mistakes)
    assert mistakes == [], "\n".join(map(str, mistakes))
    return build(draft, resolved, wanted, days)


_runs: dict[tuple[str, ...], Counts] = {}


def counted(name: str, by: str | None, with_tried: bool = True, off: str | None = None) -> Counts:
    """One run of a case's world; files that mean the same world share it."""
    scenario = scenario_of(name, with_tried, off)
    scale = content(name).get("scale", 1)
    key = (scenario.hash, str(scenario.start), str(scenario.end), str(scale), str(by))
    if key not in _runs:
        _runs[key] = simulate(compile_scenario(scenario, scale=scale, by=by), SEED, 0)
    return _runs[key]


# Values ---------------------------------------------------------------------------------------


def daily(case: dict[str, Any], counts: Counts) -> np.ndarray:
    """Value by day and place of the people of a case, over its days."""
    measure = schema.measures()[case["measure"]]
    array = counts.values[measure.name]
    attribute = attribute_of(case)
    if attribute is not None:
        array = split(array, measure.name, case[attribute].split("|"), counts)
    return array[days_of(case, counts)][:, columns_of(case, counts)]


def split(like: np.ndarray, measure: str, wanted: list[str], counts: Counts) -> np.ndarray:
    by = counts.by
    assert by is not None
    of = by.measure == list(schema.measures()).index(measure)
    of &= np.isin(by.category, [by.categories.index(c) for c in wanted])
    result = np.zeros_like(like)
    np.add.at(result, (by.day[of], by.place[of]), by.value[of])
    return result


def columns_of(case: dict[str, Any], counts: Counts) -> list[int]:
    places = counts.places[schema.measures()[case["measure"]].place_kind]
    wanted = counts.areas.get(case["place"], (case["place"],))
    columns = [
        i
        for i, place in enumerate(places)
        if "*" in wanted or place in wanted or counts.country_of.get(place) in wanted
    ]
    assert columns, f"{case['place']} is no place where {case['measure']} is counted"
    return columns


def days_of(case: dict[str, Any], counts: Counts) -> slice:
    first = ((case["on"] if "on" in case else case["from"]) - counts.start).days
    last = first + 1 if "on" in case else (case["to"] - counts.start).days
    assert 0 <= first < last <= counts.n_days, f"{case} is not within the run"
    return slice(first, last)


def value(case: dict[str, Any], counts: Counts) -> float:
    """A flow summed over the days, a stock on the last of them, a mean over those counted."""
    measure = schema.measures()[case["measure"]]
    if measure.kind == "mean":
        cells = days_of(case, counts), columns_of(case, counts)
        total, weight = (a[cells[0]][:, cells[1]].sum() for a in counts.means[measure.name])
        return float(total / weight) if weight else 0.0
    result = daily(case, counts)
    return float((result[-1] if measure.kind == "stock" else result).sum())


def asked(case: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The same question with some changes."""
    kept = {k: v for k, v in case.items() if k in ASKED}
    if {"on", "from", "to"} & set(other):
        kept = {k: v for k, v in kept.items() if k not in ("on", "from", "to")}
    if set(CATEGORIES) & set(other):
        kept = {k: v for k, v in kept.items() if k not in CATEGORIES}
    return kept | other


def answer(case: dict[str, Any], counts: Counts) -> float:
    """The value, or its ratio to another one."""
    result = value(case, counts)
    if "of" not in case:
        return result
    whole = value(asked(case, case["of"]), counts)
    return result / whole if whole else 0.0


def attribute_of(case: dict[str, Any]) -> str | None:
    named = [a for a in CATEGORIES if a in case or a in case.get("than", {})]
    assert len(named) <= 1, "a case speaks of one attribute"
    return named[0] if named else None


def attribute_in(name: str) -> str | None:
    """The first attribute a file speaks of: one run by it serves the other cases as well."""
    named = [a for case in content(name)["case"] if (a := attribute_of(case))]
    return named[0] if named else None


def verdict(name: str, case: dict[str, Any], off: str | None = None) -> tuple[bool, str]:
    """Whether an answer holds, and the value found."""
    if "check" in case:
        return CHECKS[case["check"]](name, off)
    wanted, by = case["is"], attribute_of(case) or attribute_in(name)
    counts = counted(name, by, True, off)
    if multiple := MULTIPLE.fullmatch(wanted):
        cells = daily(case, counts)
        fits = bool((cells % int(multiple[1]) == 0).all()) and cells.any()
        return bool(fits), f"{case['says']} {int(cells.sum())} persons over the days"
    result = answer(case, counts)
    unit, against = 1.0, ""
    if wanted.endswith(" than"):
        than = {k: v for k, v in case["than"].items() if k != "of"}
        other = asked(case, than)
        if "of" in case:
            other["of"] = case["of"] | {k: v for k, v in than.items() if k != "measure"}
        unit = answer(other, counts)
        against = f" against {unit:g}"
    elif wanted.endswith(" without") or wanted == "same as without":
        unit = answer(case, counted(name, by, False, off))
        against = f" ({unit:g} without)"
    return holds(result, wanted, unit), f"{case['says']} {result:g}{against}, wanted {wanted}"


# Privacy --------------------------------------------------------------------------------------


def inputs_are_of_groups(name: str, off: str | None) -> tuple[bool, str]:
    """No text column but those known; groups are described by categories alone."""
    text = {c.name for table in schema.tables().values() for c in table if c.kind == "text"}
    people = {c.name for c in schema.tables()["groups"] if c.kind == "text"} - FREE_TEXT
    new = text - FREE_TEXT - WORDS - set(schema.attributes())
    return people == set(schema.attributes()) and not new, f"{people} {new}"


def results(name: str, off: str | None, folder: Path) -> emigre.Results:
    scenario = scenario_of(name, True, None)
    if off is not None:
        scenario = replace(scenario, small_count=switches(name)[off]["small_count"])
    return emigre.run(scenario, runs=2, seed=SEED, scale=1, by="group", workers=1, out=folder)


def outputs_are_counts(name: str, off: str | None) -> tuple[bool, str]:
    """Every table has one value for each run, day, measure, place, origin and category."""
    fine = {"run", "date", "measure", "place", "origin", "category"}
    with TemporaryDirectory() as folder:
        results(name, off, Path(folder) / "run")
        for path in sorted((Path(folder) / "run").glob("*.parquet")):
            table = pl.read_parquet(path)
            keys = [c for c in table.columns if c in fine]
            unknown = (
                set(table.columns) - fine - {"value", "mean", "q05", "q25", "q50", "q75", "q95"}
            )
            if unknown or table.select(keys).is_duplicated().any():
                return False, f"{path.name}: {sorted(unknown)}"
    return True, ""


def small_counts_are_withheld(name: str, off: str | None) -> tuple[bool, str]:
    """scores.csv and the key results say <10 where a few people are meant."""
    with TemporaryDirectory() as folder:
        done = results(name, off, Path(folder) / "run")
        rows = (Path(folder) / "run" / "scores.csv").read_text(encoding="utf-8").splitlines()
        shown = [row for row in rows if row.startswith("a_few_people")]
        line = next(iter(key_results(done)))
    return "<10" in shown[0] and "<10" in str(line), f"{shown} {line}"


CHECKS = {
    "inputs": inputs_are_of_groups,
    "outputs": outputs_are_counts,
    "small counts": small_counts_are_withheld,
}


# Tests ----------------------------------------------------------------------------------------


def _params(only_mechanisms: bool) -> list[Any]:
    collected = []
    for name in FILES:
        for case in content(name).get("case", []):
            if only_mechanisms and "mechanism" not in case:
                continue
            collected.append(pytest.param(name, case, id=f"{name}: {case['says']}"))
    return collected


@pytest.mark.parametrize(("name", "case"), _params(only_mechanisms=False))
def test_the_answer_holds(name: str, case: dict[str, Any]) -> None:
    right, said = verdict(name, case)
    assert right, said


@pytest.mark.parametrize(("name", "case"), _params(only_mechanisms=True))
def test_it_fails_once_the_mechanism_is_switched_off(name: str, case: dict[str, Any]) -> None:
    right, said = verdict(name, case, case["mechanism"])
    assert not right, f"holds although '{case['mechanism']}' is off: {said}"


def test_every_statement_has_one_file() -> None:
    assert [name[:3] for name in FILES] == IDS


@pytest.mark.parametrize("name", FILES)
def test_files_are_well_formed(name: str) -> None:
    said = content(name)
    assert set(said) <= FILE_KEYS
    assert said["seed"]
    assert is_real(said) == (said["base"] == "russia-2022")
    cases = said["case"]
    assert all(set(c) <= KEYS and c["when"] in WHENS for c in cases)
    assert {c["mechanism"] for c in cases if "mechanism" in c} == set(switches(name))


@pytest.mark.parametrize("name", [n for n in FILES if "evidence" in content(n)])
def test_the_figures_are_cited(name: str) -> None:
    for cited in content(name)["evidence"]:
        claims = load(cited["scenario"]).tables["claims"]
        mine = claims.filter(pl.col("seed_claim") == content(name)["seed"])
        assert set(mine["value"]) >= set(cited["values"])
        assert mine["source"].null_count() == 0


def test_the_table_leads_from_each_statement_to_its_case() -> None:
    root = FOLDER.parent.parent
    page = (root / "docs" / "claims.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if re.match(r"\| [EFK]\d\d ", line)]
    assert [row[0].strip("| ") for row in rows] == IDS
    for row, name in zip(rows, FILES, strict=True):
        assert row[4] == f"`{name}.toml`"
        for path in re.findall(r"`([a-z_/]+\.py)`", row[2]):
            assert (root / "src" / "emigre" / path).is_file(), path
