"""Changes between two scenarios: applied to A they give what is simulated of B."""

import shutil
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edits import edit_rows
from emigre import schema
from emigre.errors import InputError
from emigre.scenario.diff import (
    INERT_COLUMNS,
    INERT_TABLES,
    Between,
    Change,
    check_comparable,
    inert_columns,
)
from emigre.scenario.library import shipped
from emigre.scenario.loader import load, read_draft
from emigre.scenario.model import Scenario
from emigre.scenario.patch import apply_patch
from emigre.scenario.writer import write
from examples import examples

BASE = Path(__file__).parent / "base"
FOLDERS = {"base": BASE, **{name: shipped()[name] for name in ("tiny", "russia-2022")}}
SETTINGS = {
    "base": (
        "access_weight=0.7",
        "patience_days=45",
        "patience_days=200",  # outside its range, which is then ignored
        "pressure_war=2",
        "pressures.shelling.leaving=2.5",
        "legs.west/inn/foot.hours=2",
        "diaspora.B/AA.persons=70",
        "sources.s1.note=another note",
    ),
    "tiny": ("patience_days=30", "pressure_call_up=1.5", "places.PASS.capacity_persons_per_day=90"),
    "russia-2022": (
        "base_leaving_per_day=3e-6",
        "pressure_war=0.8",
        "rules.fi_tourist_ban.value=0.5",
        "places.FI.reception_beds=100",
    ),
}


@cache
def choices(name: str) -> list[tuple[str, str]]:
    """Patches of a scenario: its variants, and settings."""
    variants = [("variant", v) for v in sorted(load(FOLDERS[name]).variants)]
    return variants + [("set", text) for text in SETTINGS[name]]


@cache
def loaded(name: str, chosen: tuple[tuple[str, str], ...]) -> Scenario | None:
    try:
        return load(
            FOLDERS[name],
            variants=[v for kind, v in chosen if kind == "variant"],
            settings=[t for kind, t in chosen if kind == "set"],
        )
    except InputError:
        return None  # two patches that remove the same row


def simulated(scenario: Scenario, inert: frozenset[str]) -> tuple[object, ...]:
    """Parameters and rows on which simulated numbers depend, in any order of rows."""
    tables = {
        name: sorted(map(repr, frame.drop(inert & set(frame.columns)).rows()))
        for name, frame in scenario.tables.items()
        if name not in INERT_TABLES
    }
    return dict(scenario.parameters), tables


@given(data=st.data(), name=st.sampled_from(["base", "tiny"] * 4 + ["russia-2022"]))  # it is large
@examples(60)
def test_all_changes_turn_a_into_b_for_any_patches(data, name):
    picks = st.lists(st.sampled_from(choices(name)), max_size=3, unique=True).map(tuple)
    a, b = loaded(name, data.draw(picks)), loaded(name, data.draw(picks))
    if a is None or b is None:
        return
    between = Between(a, b)
    inert = inert_columns(a, b)
    assert simulated(between.coalition(()), inert) == simulated(a, inert)
    assert simulated(between.coalition(between.changes), inert) == simulated(b, inert)
    back = Between(b, a)
    assert {c.name for c in back.changes} == {c.name for c in between.changes}
    assert simulated(back.coalition(back.changes), inert) == simulated(a, inert)
    assert (a.hash == b.hash) == (not between.changes)


def test_each_change_is_an_ordinary_patch():
    a, b = load(BASE), load(BASE, variants=["closed"], settings=["legs.west/inn/foot.hours=2"])
    result = Between(a, b).changes
    assert [(c.how, c.name) for c in result] == [
        ("set", "access_weight"),
        ("set", "legs.west/inn/foot"),
        ("removed", "pressures.shelling"),
        ("set", "rules.visit"),
        ("added", "rules.bridge_closed"),
    ]
    by_name = {c.name: c for c in result}
    assert by_name["rules.visit"].before == {"value": "0.8"}
    assert by_name["rules.visit"].after == {"value": "0"}
    assert by_name["access_weight"].patch.set == {"access_weight": 0.5}
    draft = read_draft(BASE)
    sheets, entries, mistakes = draft.sheets, draft.header.entries, []
    for change in reversed(result):
        sheets, entries = apply_patch(sheets, entries, change.patch, mistakes)
    assert mistakes == []
    assert "bridge_closed" in sheets["rules"].cells["id"]
    assert sheets["pressures"].n_rows == 0
    assert entries["access_weight"].value == 0.5


def appended(path: Path, **cells: str) -> None:
    """Add a row to a table."""
    edit_rows(path, lambda rows: [*rows, cells])


SAID = {"basis": "official", "source": "s1"}
MORE = {"id": "more", "kind": "capacity", "place": "bridge", "value": "90"}


def copied(tmp_path: Path, name: str = "copy") -> Path:
    return shutil.copytree(BASE, tmp_path / name)


def test_rows_keep_their_places(tmp_path):
    b = load(BASE)
    for key in b.tables["rules"]["id"]:
        path = tmp_path / f"{key}.toml"
        path.write_text(f'title = "x"\n[remove]\nrules = ["{key}"]\n', encoding="utf-8")
        a = load(BASE, variants=[path])
        between = Between(a, b)
        assert [c.how for c in between.changes] == ["added"]
        assert between.coalition(between.changes).tables["rules"].equals(b.tables["rules"])


def test_another_order_of_rows_is_no_change(tmp_path):
    folder = copied(tmp_path)
    lines = (folder / "rules.csv").read_text("utf-8").splitlines()
    head, visit, men, lane, _ = lines
    path = folder / "rules.csv"
    path.write_text(head + "\n" + lane + "\n", encoding="utf-8")
    appended(path, **MORE, **SAID)
    path.write_text("\n".join([path.read_text("utf-8") + visit, men, ""]), encoding="utf-8")
    a, b = load(BASE), load(folder)
    between = Between(a, b)
    assert [(c.how, c.key) for c in between.changes] == [("added", "more"), ("removed", "papers")]
    all_changes = between.coalition(between.changes)
    assert all_changes.tables["rules"].equals(b.tables["rules"])


def test_a_changed_description_of_a_parameter_has_no_effect(tmp_path):
    folder = copied(tmp_path)
    text = (folder / "scenario.toml").read_text("utf-8")
    text = text.replace("low = 10", "low = 20").replace("low = 1,", "low = 1.5,")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    between = Between(load(BASE), load(folder))
    assert [(c.how, c.name, c.is_inert) for c in between.changes] == [
        ("described", "patience_days", True),
        ("described", "pressures.shelling.leaving", True),
    ]


def test_a_kind_of_pressure_that_one_side_lacks(tmp_path):
    folder = copied(tmp_path)
    path = folder / "pressures.csv"
    appended(path, id="prices", kind="prices", onset="2030-03-04", leaving="0.5", **SAID)
    a, b = load(BASE), load(folder, settings=["pressure_prices=2"])
    between = Between(a, b)
    assert [c.name for c in between.changes] == ["pressures.prices"]
    assert between.coalition(between.changes).parameters == b.parameters
    back = Between(b, a)
    assert back.coalition(back.changes).parameters == a.parameters


def test_words_and_counts_are_inert():
    def change(how: str, table: str, *columns: str) -> Change:
        return Change(how, table, "x", {}, dict.fromkeys(columns, "y"))

    assert change("set", "rules", "note", "source").is_inert
    assert not change("set", "rules", "note", "value").is_inert
    assert not change("added", "rules").is_inert
    assert change("removed", "observations").is_inert
    assert change("described", "").is_inert
    assert not change("set", "", "value").is_inert


def test_inert_tables_and_columns_are_those_of_the_schema():
    assert set(schema.tables()) >= INERT_TABLES
    named = {c.name for columns in schema.tables().values() for c in columns}
    assert named >= INERT_COLUMNS


def test_a_coalition_keeps_the_sources_of_both_sides(tmp_path):
    folder = copied(tmp_path)
    path = folder / "sources.csv"
    appended(path, id="s9", title="Another", publisher="Somebody", address="nowhere")
    appended(folder / "rules.csv", **MORE, basis="official", source="s9")
    between = Between(load(BASE), load(folder))
    rule = next(c for c in between.changes if c.table == "rules")
    world = between.coalition([rule])
    assert "s9" in world.tables["sources"]["id"].to_list()
    assert world.tables["observations"].height == 0
    assert world.tables["legs"].equals(between.a.tables["legs"])


def test_each_disagreement_is_reported(tmp_path):
    folder = copied(tmp_path)
    text = (folder / "scenario.toml").read_text("utf-8")
    text = text.replace("Europe/Helsinki", "UTC").replace("2030-03-01\nend", "2030-03-02\nend")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_comparable(load(BASE), load(folder), "other")
    assert [(m.file, m.column) for m in caught.value.mistakes] == [
        ("other", "start"),
        ("other", "zone"),
    ]
    assert "cannot be attributed" in str(caught.value)
    check_comparable(load(BASE), load(BASE, end=date(2030, 3, 9)))


def test_as_of_scenarios_are_compared_as_they_are():
    a, b = load("russia-2022", as_of="2022-09-20"), load("russia-2022", as_of="2022-09-25")
    between = Between(a, b)
    assert {c.table for c in between.changes} >= {"rules", "pressures"}
    there = between.coalition(between.changes)
    assert simulated(there, frozenset()) == simulated(b, frozenset())
    assert there.as_of == a.as_of
    # A side that does not pass the checks across rows is not held against its worlds.
    odd = replace(a, tables={**a.tables, "groups": a.tables["groups"].head(3)})
    assert Between(odd, odd).coalition(()).tables["groups"].height == 3


def test_scenarios_from_elsewhere_are_compared_by_content(tmp_path):
    a = load(BASE, variants=["closed"])
    copy = load(write(a, tmp_path / "resolved"))
    assert Between(a, copy).changes == ()
