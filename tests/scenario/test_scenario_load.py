import pickle
import shutil
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from emigre import schema
from emigre.errors import InputError, Mistake
from emigre.scenario.examination import check, examine
from emigre.scenario.loader import load
from emigre.scenario.patch import describe_patch, setting

BASE = Path(__file__).parent / "base"


def test_header_and_run_settings() -> None:
    s = load(BASE)
    assert (s.id, s.zone, s.nationality) == ("base", "Europe/Helsinki", "AA")
    assert (s.runs, s.scale, s.small_count) == (3, 1, 0)
    assert s.n_days == 31
    assert s.dates[0] == s.start == date(2030, 3, 1)
    assert s.dates[-1] == s.end == date(2030, 3, 31)
    assert len(s.hash) == 64
    assert s.applied == ()


def test_every_parameter_has_a_value() -> None:
    s = load(BASE)
    assert set(s.parameters) == set(schema.parameters()) | {
        "pressure_war",
        "half_life_war",
        "steepness_war",
    }
    assert s.parameters["access_weight"] == 0.4
    assert s.parameters["patience_days"] == 30.0
    assert s.parameters["pressure_war"] == 1.5
    assert s.parameters["grace_days"] == schema.parameters()["grace_days"].default


def test_records_keep_ranges_also_of_cells() -> None:
    records = {r.name: r for r in load(BASE).parameter_notes}
    patience = records["patience_days"]
    assert (patience.low, patience.high, patience.prior) == (10.0, 90.0, "uniform")
    shelling = records["pressures.shelling.leaving"]
    assert (shelling.value, shelling.low, shelling.high) == (2.0, 1.0, 3.0)


def test_tables_have_the_types_of_the_schema() -> None:
    s = load(BASE)
    types = {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "date": pl.Date(),
        "instant": pl.Datetime("us", "UTC"),
        "yes_no": pl.Boolean(),
    }
    assert set(s.tables) == set(schema.tables())
    for name, frame in s.tables.items():
        wanted = {c.name: types.get(c.kind, pl.String()) for c in schema.tables()[name]}
        assert dict(frame.schema) == wanted


def test_defaults_are_filled_in_and_empty_cells_are_null() -> None:
    s = load(BASE)
    rules = {r["id"]: r for r in s.tables["rules"].to_dicts()}
    assert rules["lane"]["who"] == rules["lane"]["document"] == "*"
    assert rules["lane"]["credence"] == 1.0
    assert rules["lane"]["days"] is None
    assert rules["visit"]["effective_from"] == datetime(2030, 3, 4, 22, tzinfo=UTC)
    assert rules["visit"]["effective_to"] == datetime(2030, 3, 20, 16, tzinfo=UTC)
    assert s.tables["groups"]["size_1"].to_list() == [1.0, 0.5]
    assert s.tables["legs"]["both_ways"].to_list() == [True, False, False, False, False]
    assert s.tables["traffic"]["sun"].to_list() == [1.0]


def test_absent_tables_have_columns_and_no_rows(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(BASE, folder)
    (folder / "observations.csv").unlink()
    frame = load(folder).tables["observations"]
    assert frame.height == 0
    assert frame.columns == [c.name for c in schema.tables()["observations"]]


def test_byte_order_mark_line_ends_and_spaces_make_no_difference(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(BASE, folder)
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace(",", " , ") + ",,\n\n"
        text = "".join(
            line.rstrip(",") + "\n" if set(line) == {","} else line + "\n"
            for line in text.splitlines()
        )
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(folder).hash == load(BASE).hash


def test_hash_follows_content_and_not_place(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    shutil.copytree(BASE, folder)
    assert load(folder).hash == load(BASE).hash
    changed = [
        load(BASE, settings=["access_weight=0.41"]),
        load(BASE, settings=["rules.visit.days=91"]),
        load(BASE, start="2030-03-02"),
        load(BASE, variants=["closed"]),
    ]
    assert len({load(BASE).hash, *(s.hash for s in changed)}) == 5
    assert load(BASE, settings=["access_weight=0.4"]).hash == load(BASE).hash


def test_narrowing_the_days() -> None:
    s = load(BASE, start="2030-03-05", end=date(2030, 3, 6))
    assert s.n_days == 2


def test_variant_sets_removes_and_adds() -> None:
    s = load(BASE, variants=["closed"])
    assert s.parameters["access_weight"] == 0.5
    assert s.tables["pressures"].height == 0
    rules = {r["id"]: r for r in s.tables["rules"].to_dicts()}
    assert rules["visit"]["value"] == 0.0
    assert rules["bridge_closed"]["effective_from"] == datetime(2030, 3, 9, 22, tzinfo=UTC)
    assert [p.name for p in s.applied] == ["closed"]
    assert load(BASE).tables["rules"].height == len(rules) - 1


def test_settings_win_over_variants_and_files_work_as_variants() -> None:
    path = str(BASE / "variants" / "closed.toml")
    s = load(BASE, variants=[path], settings=["access_weight=0.8"])
    assert s.parameters["access_weight"] == 0.8
    plain = load(BASE, variants=["closed"], settings=["access_weight=0.8"])
    assert s.hash == plain.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": ["access_weight=0.7", "access_weight = 0.8"]},
        {"settings": ["rules.visit.value=1", "rules.visit.value=1"]},
        {"variants": ["closed", "closed"]},
        {"variants": ["closed", BASE / "variants" / "closed.toml"]},
    ],
)
def test_a_change_that_is_given_twice_is_refused(changes: dict[str, list[str | Path]]) -> None:
    with pytest.raises(InputError, match="only once"):
        load(BASE, **changes)


def test_settings_reach_cells_of_tables_without_ids() -> None:
    s = load(BASE, settings=["diaspora.B/AA.persons=7", "legs.west/inn/foot.hours=2.5"])
    assert s.tables["diaspora"]["persons"].to_list() == [7]
    assert s.tables["legs"]["hours"].to_list()[2] == 2.5


def test_a_setting_may_leave_the_range_but_not_the_bounds() -> None:
    assert load(BASE, settings=["patience_days=200"]).parameters["patience_days"] == 200.0


def test_description_of_a_patch() -> None:
    s = load(BASE)
    assert describe_patch(s.variants["closed"], s) == [
        "sets access_weight to 0.5 (before: 0.4)",
        "sets value of rule visit to 0 (before: 0.8)",
        "removes pressure shelling",
        "adds rule bridge_closed",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2022-03-01T10:00+01:00", "2022-03-01 11:00"),  # shown in the zone of the scenario
        ("2022-03-01T00:00+02:00", "2022-03-01"),
        ("2022-03-01", "2022-03-01"),
    ],
)
def test_description_of_a_patch_writes_dates_as_people_do(given: str, said: str) -> None:
    s = load(BASE)
    change = setting("rules.visit.effective_from", given)
    assert describe_patch(change, s)[0].startswith(f"sets effective from of rule visit to {said}")


def test_examination_sums_up() -> None:
    result = examine(BASE)
    assert result.mistakes == ()
    assert result.summary is not None
    assert result.summary.population == 3000
    assert result.summary.rows["legs"] == 5
    assert result.summary.places["origin"] == 2
    assert result.summary.basis["groups"] == {"estimate": 1, "official": 1}
    assert result.summary.estimates == (("groups", "women", "invented"),)
    assert result.summary.variants == {"closed": "The bridge stays closed"}
    assert 0 < result.summary.estimate_share < 0.1


def test_check_reports_mistakes_of_a_variant(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(BASE, folder)
    text = 'title = "x"\n[set]\n"groups.men.share" = 0.5\n'
    (folder / "variants" / "more.toml").write_text(text, encoding="utf-8")
    assert [str(m) for m in check(folder)] == [
        "groups.csv column share: found shares that sum to 1.1, expected shares that sum to 1"
    ]
    assert load(folder).n_days == 31


def test_input_errors_survive_pickling() -> None:
    error = InputError(Mistake("a.csv", "x", "y", "z", line=2, column="b"))
    again = pickle.loads(pickle.dumps(error))
    assert again.mistakes == error.mistakes
    assert str(again) == "1 mistake:\n  a.csv:2 column b: found x, expected y (z)"


def test_a_thousand_mistakes_are_reported_quickly(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(BASE, folder)
    rows = [f"p{i},q{i},road,1,1,1,no,official,t{i}" for i in range(4000)]
    with (folder / "legs.csv").open("a", encoding="utf-8") as legs:
        legs.write("\n".join(rows) + "\n")
    started = time.process_time()  # what else the machine does takes none of it
    assert len(check(folder)) == 3 * 4000
    assert time.process_time() - started < 5.0


def test_scenarios_survive_pickling() -> None:
    s = load(BASE, variants=["closed"])
    again = pickle.loads(pickle.dumps(s))
    assert again.hash == s.hash
    assert again.tables["rules"].equals(s.tables["rules"])
