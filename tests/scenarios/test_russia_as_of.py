"""The Russia scenario as of 20 September 2022, the day before the mobilisation."""

import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

from same import counted, differences

from edits import edit_rows
from emigre.results.counts import Counts
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

FOLDER = Path(__file__).resolve().parents[2] / "src" / "emigre" / "scenarios" / "russia-2022"
EVE = "2022-09-20"
Row = dict[str, str]


def edited(folder: Path, table: str, edit: Callable[[Row], Row | None], *added: Row) -> None:
    """Every row of a table as the edit gives it (None removes it), and new rows."""
    edit_rows(folder / f"{table}.csv", lambda old: [*filter(None, map(edit, old)), *added])


def another_autumn(folder: Path) -> None:
    """No mobilisation, another ban, other counts: all that came to be known after the 20th."""
    edited(folder, "pressures", lambda r: None if r["id"].startswith("mobilisation") else r)
    known = {"source": "emigre-estimates", "basis": "estimate", "note": "Invented."}
    opened = {"id": "opened", "kind": "entry", "place": "FI", "value": "1"}
    edited(
        folder,
        "rules",
        another_law,
        known | opened | {"announced": "2022-09-21", "effective_from": "2022-09-22"},
        known | {"id": "heard", "kind": "exit", "place": "*", "value": "0", "credence": "0.9"}
        | {"announced": "2022-09-21"},
    )  # fmt: skip
    edited(folder, "traffic", lambda r: r | {"persons_per_day": "1"} if later(r) else r)
    edited(folder, "observations", lambda r: None if later(r) else r)
    edited(folder, "claims", lambda r: r | {"statement": "Another."} if r["said_on"] > EVE else r)


def another_law(row: Row) -> Row | None:
    """Later rules harsher or gone, and later ends earlier."""
    if (row["announced"] or row["effective_from"][:10]) > EVE:
        return None if row["kind"] == "fare" else row | {"value": "0"}
    if row["effective_to"] > EVE and not row["end_announced"]:
        return row | {"effective_to": "2022-09-28"}
    return row


def later(row: Row) -> bool:
    """Whether a figure was published after that day."""
    return row["published"] > EVE


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asof") / "russia-2022"
    shutil.copytree(FOLDER, folder)
    another_autumn(folder)
    return folder


def autumn(folder: Path, as_of: str | None = None, **options: object) -> Scenario:
    return load(folder, start="2022-09-12", end="2022-10-04", as_of=as_of, **options)  # type: ignore[arg-type]


def run(scenario: Scenario) -> Counts:
    return counted(scenario, scale=100)


def test_on_the_eve_nobody_knows_of_mobilisation_bans_and_surges() -> None:
    known = load(FOLDER, as_of=EVE)
    rules, pressures = set(known.tables["rules"]["id"]), set(known.tables["pressures"]["kind"])
    assert "mobilisation" not in pressures
    assert not rules & {"fi_tourist_ban", "rumour_exit_closure_sep28", "surge_tr", "lars_bicycles"}
    assert {"pl_ban_air_sea", "tr_mir_private_banks", "lars_before_crowds"} <= rules
    assert max(known.tables["observations"]["published"]) <= date.fromisoformat(EVE)


def test_an_emergency_of_three_months_is_known_to_end_and_a_call_up_is_not() -> None:
    rules = {r["id"]: r for r in load(FOLDER, as_of="2022-09-29").tables["rules"].to_dicts()}
    assert rules["lv_emergency_pededze"]["effective_to"] is not None
    assert rules["ru_mobilisation_exit"]["effective_to"] is None


def test_levels_of_travel_continue_and_the_train_that_stopped_stays_stopped() -> None:
    levels = load(FOLDER, as_of=EVE).tables["traffic"].to_dicts()
    at = {r["id"]: r for r in levels}
    assert at["fi-vaalimaa-residence_abroad-2022-07-15"]["to"] is None
    assert not any(r["from"] and r["from"] > date(2022, 9, 20) for r in levels)
    train = [r for r in levels if r["crossing"] == "FI-VAINIKKALA" and r["to"] is None]
    assert [r["persons_per_day"] for r in train] == [0.0]


def test_when_all_is_known_nothing_is_taken_out() -> None:
    assert load(FOLDER, as_of="2100-01-01").hash == load(FOLDER).hash


def test_another_autumn_is_the_same_on_its_eve(other: Path) -> None:
    assert load(other).hash != load(FOLDER).hash
    assert load(other, as_of=EVE).hash == load(FOLDER, as_of=EVE).hash
    assert load(other, as_of="2022-09-21").hash != load(FOLDER, as_of="2022-09-21").hash


@pytest.mark.parametrize("variant", ["no-finnish-ban", "georgia-closes", "lars-double-capacity"])
def test_a_what_if_is_the_same_on_the_eve_of_another_autumn(other: Path, variant: str) -> None:
    mine, theirs = (load(f, variants=[variant], as_of=EVE) for f in (FOLDER, other))
    assert mine.hash == theirs.hash
    assert ("whatif_georgia_closes" in mine.tables["rules"]["id"]) == (variant == "georgia-closes")


@pytest.mark.slow
def test_another_autumn_counts_the_same_on_its_eve(other: Path) -> None:
    assert differences(run(autumn(FOLDER, EVE)), run(autumn(other, EVE))) == []


@pytest.mark.slow
def test_up_to_its_day_an_as_of_run_is_the_full_run() -> None:
    full, known = run(autumn(FOLDER)), run(autumn(FOLDER, "2022-09-24"))
    days = (date(2022, 9, 24) - date(2022, 9, 12)).days + 1
    assert differences(full, known, slice(0, days)) == []
    assert differences(full, known, slice(days, None))
