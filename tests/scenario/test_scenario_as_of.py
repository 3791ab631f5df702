"""What a scenario contains as of a day, case by case."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from edits import edit_rows
from emigre.errors import InputError
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario

BASE = Path(__file__).parent / "base"
Row = dict[str, Any]

BAN = {
    "id": "ban",
    "kind": "entry",
    "place": "B",
    "value": 0,
    "announced": "2030-03-10",
    "effective_from": "2030-03-20",
}


def add(folder: Path, table: str, *rows: Row) -> Path:
    """Rows put at the end of a table, with their provenance."""

    def longer(old: list[Row]) -> list[Row]:
        provenance = {"source": "s1"} | ({"basis": "official"} if "basis" in old[0] else {})
        return [*old, *(provenance | row for row in rows)]

    edit_rows(folder / f"{table}.csv", longer)
    return folder


def rows(scenario: Scenario, table: str) -> dict[str, Row]:
    """The rows of a table by id."""
    return {r["id"]: r for r in scenario.tables[table].to_dicts()}


def test_a_rule_announced_on_the_day_is_known_and_one_announced_on_the_next_is_not(folder):
    add(folder, "rules", BAN)
    assert "ban" not in rows(load(folder, as_of="2030-03-09"), "rules")
    assert (
        rows(load(folder, as_of="2030-03-10"), "rules")["ban"] == rows(load(folder), "rules")["ban"]
    )


def test_a_rule_without_announcement_is_known_on_the_day_on_which_it_takes_effect(folder):
    # 23:30 UTC on the 19th is the 20th in Helsinki.
    add(folder, "rules", BAN | {"announced": "", "effective_from": "2030-03-19T23:30Z"})
    assert "ban" not in rows(load(folder, as_of="2030-03-19"), "rules")
    assert "ban" in rows(load(folder, as_of="2030-03-20"), "rules")


def test_undated_rows_were_known_before_the_start(folder):
    assert "papers" in rows(load(folder, as_of="2030-03-01"), "rules")


def test_a_rumour_is_not_about_before_it_is_heard(folder):
    rumour = {"id": "rumour", "kind": "exit", "place": "bridge", "value": 0, "credence": 0.3}
    add(folder, "rules", rumour | {"announced": "2030-03-12", "expected_from": "2030-03-14"})
    assert "rumour" not in rows(load(folder, as_of="2030-03-11"), "rules")
    assert "rumour" in rows(load(folder, as_of="2030-03-12"), "rules")


def test_an_end_announced_later_is_open(folder):
    visit = rows(load(folder, as_of="2030-03-09"), "rules")["visit"]
    assert (visit["effective_to"], visit["end_announced"]) == (None, None)
    visit = rows(load(folder, as_of="2030-03-10"), "rules")["visit"]
    assert visit["effective_to"] == datetime(2030, 3, 20, 16, tzinfo=UTC)
    assert visit["end_announced"] == date(2030, 3, 10)


def test_an_end_that_was_never_announced_is_known_on_its_day(folder):
    add(
        folder, "rules", BAN | {"announced": "", "effective_from": "", "effective_to": "2030-03-15"}
    )
    assert rows(load(folder, as_of="2030-03-14"), "rules")["ban"]["effective_to"] is None
    assert rows(load(folder, as_of="2030-03-15"), "rules")["ban"]["effective_to"] is not None


def test_a_pressure_comes_and_ends_when_it_was_known_to(folder):
    assert rows(load(folder, as_of="2030-03-01"), "pressures") == {}
    assert rows(load(folder, as_of="2030-03-02"), "pressures")["shelling"]["ends"] is None
    ended = rows(load(folder, as_of="2030-03-20"), "pressures")["shelling"]
    assert ended["ends"] == date(2030, 3, 25)


def test_a_kind_of_pressure_nobody_knew_of_is_no_parameter_either(folder):
    before = load(folder, as_of="2030-03-01")
    assert "pressure_war" not in before.parameters
    assert "pressures.shelling.leaving" not in {r.name for r in before.parameter_notes}


def level(name: str, first: str, last: str, persons: float, published: str) -> Row:
    """A level of residents of B over the bridge."""
    return {
        "id": name,
        "crossing": "bridge",
        "nationality": "B",
        "document": "residence",
        "from": first,
        "to": last,
        "persons_per_day": persons,
        "published": published,
    }


def test_the_last_known_level_of_travellers_continues_with_its_weekdays(folder):
    """The shoppers' 40 a day end on 20 March, for another level follows, counted later."""
    add(folder, "traffic", level("fewer", "2030-03-20", "", 10, "2030-03-25"))
    known = rows(load(folder, as_of="2030-03-24"), "traffic")
    assert list(known) == ["shoppers"]
    assert known["shoppers"] == rows(load(folder), "traffic")["shoppers"] | {"to": None}
    known = rows(load(folder, as_of="2030-03-25"), "traffic")
    assert known == rows(load(folder), "traffic")


def test_a_level_continues_over_a_gap_until_the_next_known_one_begins(folder):
    add(
        folder,
        "traffic",
        level("counted_late", "2030-03-20", "2030-03-25", 10, "2030-03-28"),
        level("holidays", "2030-03-25", "2030-03-28", 90, "2030-03-01"),
    )
    known = rows(load(folder, as_of="2030-03-22"), "traffic")
    assert known["shoppers"]["to"] == date(2030, 3, 25)
    assert known["holidays"]["to"] is None


def test_a_level_of_nobody_ends_travel(folder):
    add(folder, "traffic", level("none", "2030-03-20", "", 0, "2030-03-05"))
    known = rows(load(folder, as_of="2030-03-10"), "traffic")
    assert known["shoppers"]["to"] == date(2030, 3, 20)
    assert known["none"]["persons_per_day"] == 0


def test_extra_travellers_on_top_of_a_level_end_on_their_day(folder):
    add(
        folder,
        "traffic",
        level("always", "", "", 5, "2030-03-01"),
        level("pilgrims", "2030-03-10", "2030-03-12", 80, "2030-03-01"),
    )
    known = rows(load(folder, as_of="2030-03-02"), "traffic")
    assert known["pilgrims"]["to"] == date(2030, 3, 12)
    assert known["shoppers"]["to"] == date(2030, 3, 20)


def test_other_travellers_are_not_carried_on_by_one_another(folder):
    add(folder, "traffic", level("none", "2030-03-20", "", 9, "") | {"document": "visa"})
    assert rows(load(folder, as_of="2030-03-10"), "traffic")["shoppers"]["to"] is None


@pytest.mark.parametrize(
    ("published", "of_the_source", "first", "since"),
    [
        ("2030-03-08", "2030-03-05", "2030-03-02", "2030-03-08"),
        ("", "2030-03-05", "2030-03-02", "2030-03-05"),
        ("", "", "2030-03-02", "2030-03-02"),
        ("", "", "", "2030-03-01"),
    ],
)
def test_a_level_is_known_when_published_or_by_its_source_or_on_its_first_day(
    folder, published, of_the_source, first, since
):
    source = {"id": "s2", "title": "t", "publisher": "p", "address": "a"}
    path = folder / "sources.csv"
    names = path.read_text(encoding="utf-8").split("\n")[0].split(",")
    cells = source | {"published": of_the_source}
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(cells.get(n, "") for n in names) + "\n")
    add(folder, "traffic", level("more", first, "", 9, published) | {"source": "s2"})
    days = [date(2030, 3, d) for d in range(1, 10)]
    known = [d for d in days if "more" in rows(load(folder, as_of=d), "traffic")]
    assert known[0] == date.fromisoformat(since)
    assert known == [d for d in days if d >= known[0]]


def test_later_departures_observations_claims_and_sources_are_removed(folder):
    add(folder, "departures", {"origin": "west", "date": "2030-03-09", "persons": 7})
    before = load(folder, as_of="2030-03-08")
    assert before.tables["departures"]["date"].to_list() == [date(2030, 3, 1)]
    assert before.tables["observations"].height == before.tables["claims"].height == 0
    later = load(folder, as_of="2030-03-10")
    assert later.tables["departures"].height == 2
    assert list(rows(later, "observations")) == ["week1"]
    assert list(rows(later, "claims")) == ["many"]


def test_sources_that_only_later_rows_name_are_removed(folder):
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("s2,Decree,Office,,https://example.org/decree,\n")
    add(folder, "rules", BAN | {"source": "s2"})
    assert list(rows(load(folder, as_of="2030-03-09"), "sources")) == ["s1"]
    assert list(rows(load(folder, as_of="2030-03-10"), "sources")) == ["s1", "s2"]


def test_the_day_is_kept_and_the_hash_is_that_of_the_content(folder):
    known = load(folder, as_of=date(2030, 3, 11))
    assert known.as_of == date(2030, 3, 11)
    assert known.hash == load(folder, as_of="2030-03-12").hash
    assert known.hash != load(folder, as_of="2030-03-09").hash
    assert load(folder).as_of is None
    assert known.applied == ()


def test_the_day_may_lie_before_or_after_the_days_that_are_simulated(folder):
    assert load(folder, start="2030-03-20", as_of="2030-03-10").as_of == date(2030, 3, 10)
    assert load(folder, end="2030-03-05", as_of="2030-03-10").as_of == date(2030, 3, 10)


def test_a_rule_may_name_travellers_who_were_counted_later(folder):
    """A known rule names a document that only a level published later holds: no mistake."""
    add(folder, "traffic", level("seamen", "", "", 9, "2030-03-25") | {"document": "seaman_book"})
    add(folder, "rules", BAN | {"announced": "2030-03-01", "document": "seaman_book"})
    assert "ban" in rows(load(folder, as_of="2030-03-05"), "rules")


# What-ifs: a variant or a setting concerns something unannounced.


def test_a_row_that_a_variant_adds_stays_whole(folder):
    text = (folder / "variants" / "closed.toml").read_text(encoding="utf-8")
    (folder / "variants" / "later.toml").write_text(
        text + "effective_to = 2030-03-20\n", encoding="utf-8"
    )
    closed = rows(load(folder, variants=["later"], as_of="2030-03-05"), "rules")["bridge_closed"]
    assert closed["effective_from"] == datetime(2030, 3, 9, 22, tzinfo=UTC)
    assert closed["effective_to"] == datetime(2030, 3, 19, 22, tzinfo=UTC)


def test_a_later_rule_to_which_a_setting_gives_a_day_stays(folder):
    add(folder, "rules", BAN | {"effective_to": "2030-03-25"})
    earlier = ["rules.ban.announced=2030-03-08", "rules.ban.effective_from=2030-03-09"]
    ban = rows(load(folder, settings=earlier, as_of="2030-03-05"), "rules")["ban"]
    assert ban["announced"] == date(2030, 3, 8)
    assert ban["effective_to"] is None  # an end of its own that nobody knew


def test_a_later_rule_of_which_only_the_value_is_set_is_removed(folder):
    add(folder, "rules", BAN)
    milder = load(folder, settings=["rules.ban.value=0.5"], as_of="2030-03-05")
    assert "ban" not in rows(milder, "rules")


def test_an_end_that_a_setting_chooses_stays(folder):
    chosen = load(folder, settings=["pressures.shelling.ends=2030-03-22"], as_of="2030-03-10")
    assert rows(chosen, "pressures")["shelling"]["ends"] == date(2030, 3, 22)
    chosen = load(folder, settings=["traffic.shoppers.to=2030-03-15"], as_of="2030-03-10")
    assert rows(chosen, "traffic")["shoppers"]["to"] == date(2030, 3, 15)


def test_values_of_cells_in_the_header_are_no_choice_of_the_user(folder):
    add(folder, "departures", {"origin": "west", "date": "2030-03-09", "persons": 7})
    path = folder / "scenario.toml"
    cell = '"departures.west/2030-03-09.persons" = { value = 8 }\n'
    path.write_text(path.read_text(encoding="utf-8") + cell, encoding="utf-8")
    assert load(folder).tables["departures"]["persons"].to_list() == [5, 8]
    assert load(folder, as_of="2030-03-08").tables["departures"]["persons"].to_list() == [5]
    what_if = load(folder, settings=["departures.west/2030-03-09.persons=9"], as_of="2030-03-08")
    assert what_if.tables["departures"]["persons"].to_list() == [5, 9]


def test_all_mistakes_come_at_once_with_that_of_the_day(folder):
    with pytest.raises(InputError) as caught:
        load(folder, start="nonsense", as_of="2030-02-30")
    assert sorted(m.file for m in caught.value.mistakes) == ["--as-of", "--start"]


def test_a_figure_counts_as_it_stood_and_one_that_a_variant_adds_replaces_nothing_unknown(folder):
    first = {"id": "first", "measure": "passages", "place": "bridge", "use": "fit"}
    first |= {"from": "2030-03-08", "to": "2030-03-15", "value": 200, "published": "2030-03-20"}
    later = first | {"id": "later", "value": 210, "published": "2030-03-25", "replaces": "first"}
    add(folder, "observations", first, later)
    known = rows(load(folder, as_of="2030-03-24"), "observations")
    assert "first" in known
    assert "later" not in known
    assert rows(load(folder, as_of="2030-03-25"), "observations")["later"]["replaces"] == "first"
    own = later | {"id": "own", "replaces": "later", "published": "2030-03-30"}
    lines = [f"{key} = {value!r}" for key, value in own.items()]
    text = "[[add.observations]]\n" + "\n".join([*lines, "basis = 'official'", "source = 's1'"])
    (folder / "variants").mkdir(exist_ok=True)
    (folder / "variants" / "own.toml").write_text(f"title = 'x'\n{text}\n")
    assert rows(load(folder, variants=["own"]), "observations")["own"]["replaces"] == "later"
    known = rows(load(folder, variants=["own"], as_of="2030-03-10"), "observations")
    assert known["own"]["replaces"] is None
