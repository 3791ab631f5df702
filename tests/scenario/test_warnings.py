"""Warnings about valid but almost certainly wrong rows, each with its location."""

from pathlib import Path

import pytest

import emigre
from edits import edit_rows
from emigre.scenario.examination import examine
from emigre.scenario.library import new
from emigre.scenario.warnings import warn_overridden
from observed import call


@pytest.fixture
def folder(tmp_path):
    return new("mine", into=tmp_path)


def edit(folder: Path, table: str, change) -> None:
    """Rewrite the rows of a table: ``change`` takes and returns a list of dicts."""
    edit_rows(folder / f"{table}.csv", change)


def with_cells(key: str, **cells: str):
    """A change of the row whose first cell is ``key``."""
    return lambda rows: [r | cells if next(iter(r.values())) == key else r for r in rows]


def swapped(*keys: str):
    return lambda rows: [
        r | {"lat": r["lon"], "lon": r["lat"]} if not keys or r["id"] in keys else r for r in rows
    ]


@pytest.mark.parametrize(
    ("kind", "is_weighed"), [("entry", True), ("fare", True), ("payment", False), ("work", False)]
)
def test_a_rumour_that_nobody_weighs(folder, kind, is_weighed):
    rumour = {"id": "r", "kind": kind, "place": "NORDAL", "credence": "0.5", "value": "1"}
    sourced = {"basis": "estimate", "source": "invented", "note": "Invented."}
    edit(folder, "rules", lambda rows: [*rows, rumour | sourced])
    warnings = [str(w) for w in emigre.load(folder).warnings if "rumour" in str(w)]
    assert len(warnings) == (not is_weighed)
    assert all(w.startswith("rules.csv:17 column kind") for w in warnings), warnings


@pytest.mark.parametrize(
    ("name", "is_similar"),
    [("Bridge", True), ("Br\N{LATIN SMALL LETTER I WITH ACUTE}dge", True), ("BRIDGES", False)],
)
def test_ids_that_differ_in_case_or_accents_only(folder, name, is_similar):
    def with_a_copy(rows, column):
        return [*rows, *(r | {column: name} for r in rows if r[column] == "BRIDGE")]

    edit(folder, "places", lambda rows: with_a_copy(rows, "id"))
    edit(folder, "legs", lambda rows: with_a_copy(with_a_copy(rows, "to"), "from"))
    warnings = [str(w) for w in emigre.load(folder).warnings if "another case" in str(w)]
    assert len(warnings) == is_similar, warnings


def test_places_of_one_kind_with_the_same_name(folder):
    names = {"NORDAL": "Vesland City", "SUDRIA": "vesland city"}
    edit(folder, "places", lambda rows: [r | {"name": names.get(r["id"], r["name"])} for r in rows])
    [warning] = [str(w) for w in emigre.load(folder).warnings if "another name" in str(w)]
    # An origin may have the name of a country.
    said = 'column name: found "vesland city", expected another name than that of "NORDAL", also of'
    assert said in warning


def series(values: list[str]):
    """Observations of one series, a day each."""

    def change(rows):
        model = next(r for r in rows if r["id"] == "pass_wait")
        return rows + [
            model
            | {"id": f"x{i}", "measure": "entered", "from": f"2030-04-{i + 1:02}"}
            | {"to": f"2030-04-{i + 2:02}", "value": value, "low": "", "high": ""}
            | {"published": "2030-05-30"}
            for i, value in enumerate(values)
        ]

    return change


STEEP = {"steepness": "5", "half_life_days": ""}
LATER = {"from": "2032-03-20", "to": "2032-03-21", "published": "2032-03-21"}
CASES = [
    ("rules", lambda rows: [r for r in rows if r["kind"] != "entry"], "no rule of kind entry"),
    (
        "rules",
        lambda rows: [r for r in rows if r["kind"] != "entry" or r["place"] != "ISLARA"],
        '"ISLARA", to which no entry rule applies',
    ),
    ("pressures", with_cells("prices", onset="2031-04-01"), 'csv:3 column onset: found "2031'),
    ("places", swapped("BRIDGE"), "places.csv:4 column lat: found 10.2, 51"),
    ("places", swapped(), "latitude in lat and longitude in lon"),
    ("legs", with_cells("PASS", km="35000"), "legs.csv:7 column km: found 35000"),
    ("legs", with_cells("HILLS", km="0", hours="0"), "legs.csv:5 column km: found 0 km and 0"),
    ("legs", with_cells("HILLS", hours="0.01"), "hours, not minutes?"),
    ("observations", with_cells("pass_wait", **LATER), "observations.csv:5 column from"),
    ("observations", series(["414659", "420000", "415", "418000"]), "csv:10 column value"),
    ("observations", series(["41", "42018", "40", "39"]), "csv:9 column value: found 42018"),
]  # fmt: skip


def again(key: str, **cells: str):
    """A copy of the row whose first cell is ``key``, with other cells."""

    def change(rows):
        return [*rows, next(r for r in rows if next(iter(r.values())) == key) | cells]

    return change


def scored(**cells: str):
    return again("bridge_week_after", id="x", **cells)


# Each with the number of warnings: one mistake gives one.
CASES_OF_VALUES = [
    ("legs", with_cells("HILLS", hours="0.1"), "csv:5 column hours: found 60 km in 0.1 hours"),
    ("legs", with_cells("HILLS", mode="foot"), "by foot, expected at most 12 km an hour"),
    ("legs", with_cells("HILLS", km="1100"), "legs.csv:5 column km: found 1100, expected about"),
    ("legs", again("HILLS", to="HILLS"), "legs.csv:10 column to: found"),
    ("legs", again("HILLS", **{"from": "PASS", "to": "HILLS"}), "no leg in reverse"),
    ("places", with_cells("CITY", lat=""), "places.csv:2 column lat: found an empty cell"),
    ("places", with_cells("NORDAL", income_eur_per_year="45"), "of 45 a year"),
    ("places", with_cells("SUDRIA", living_cost_eur_per_month="6000"), "found 6000 a month"),
    ("places", with_cells("BRIDGE", capacity_persons_per_day="300000"), "places.csv:4 column cap"),
    ("rules", with_cells("pass_second_lane", value="100000"), "rules.csv:8 column value"),
    ("groups", with_cells("young_men", savings_eur="2.5"), "groups.csv:3 column savings_eur"),
    ("groups", with_cells("young_men", leaving="4000"), "groups.csv:3 column leaving"),
    ("traffic", with_cells("bridge", **dict.fromkeys(("mon", "tue"), "90")), "a mean of 26.471"),
    ("traffic", with_cells("bridge", sat="8"), "a mean of 1.943"),
    ("traffic", with_cells("bridge", document="foreign_pasport"), "did you mean foreign_passport?"),
    ("places", with_cells("BRIDGE", exit_country="VESLND"), "did you mean VESLAND?"),
    ("places", with_cells("BRIDGE", exit_country="NORDAL"), "the state left, not the one entered"),
    ("places", with_cells("HILLS", country="VESLAN"), "places.csv:3 column country: found"),
    ("pressures", with_cells("call_up_men", ends="2030-03-18"), "pressures.csv:2 column ends"),
    ("rules", again("sudria_open", id="x", value="0"), "place and days as rules.csv:4"),
    (
        "rules",
        again("sudria_open", id="x", who="minority=yes", document="foreign_passport"),
        "rules.csv:17 column who: found",
    ),
    ("pressures", with_cells("call_up_men", who="sex=female;age_band=18-35"), "a group of groups"),
    ("rules", with_cells("sudria_open", document="foreign_passport"), "no entry rule applies"),
    ("observations", scored(), 'csv:8 column use: found "check", expected a count scored once'),
    ("observations", scored(measure="arrived", place="SUDRIA", value="500000"), "at most 152950"),
    ("observations", scored(measure="rootedness", place="SUDRIA", value="40"), "write 0.4"),
    ("observations", scored(measure="wait_hours", value="9000"), "at most 1000 hours"),
    ("observations", series(["100", "100000"]), "csv:9 column value: found 100000"),
    ("observations", scored(**LATER), "observations.csv:8 column from"),
    ("legs", with_cells("HILLS", hours="90"), "60 km in 90 hours by road, expected about 60 km"),
    ("traffic", again("bridge", id="x"), "second level of the same travellers on 2030-03-01"),
    (
        "traffic",
        again("bridge", id="x", **{"from": "2030-04-01", "to": "2030-04-05"}),
        'traffic.csv:4 column from: found a second level of the same travellers on 2030-04-01',
    ),
    ("traffic", with_cells("bridge", persons_per_day="1400"), "the capacity of BRIDGE, 300"),
    ("traffic", with_cells("bridge", document="internal_passport"), "whom no entry rule applies"),
    ("traffic", with_cells("bridge", nationality="XYZ"), "whom no entry rule applies"),
    ("observations", scored(measure="entered", **{"from": "2030-02-20"}), 'found "2030-02-20"'),
    (
        "observations",
        scored(measure="entered", to="2030-06-02", published="2030-06-02"),
        'column to: found "2030-06-02", expected simulated days',
    ),
    ("pressures", again("call_up_men", id="x"), "days as pressures.csv:2"),
    ("places", with_cells("NORDAL", capacity_persons="300"), "reception_beds are the beds"),
    ("places", with_cells("BRIDGE", capacity_persons="0"), "capacity_persons_per_day is that of"),
    ("places", with_cells("NORDAL", capacity_persons_per_day="0"), 'found "0", which a place of k'),
    ("places", with_cells("PASS", reception_beds="50"), "or a place of kind country or camp"),
    ("places", with_cells("ISLARA", population="5000"), "a place of kind origin"),
    ("places", with_cells("CITY", exit_country="VESLAND"), "csv:2 column exit_country: found"),
    ("pressures", again("call_up_men", id="x", leaving="1"), "days as pressures.csv:2"),
    ("observations", scored(measure="entered", to="2030-03-16"), "1300, expected at most 300, "),
    ("observations", scored(measure="exited", place="PASS", value="9000"), "at most 2100, which"),
    ("sources", with_cells("invented", published="2060-01-01"), "sources.csv:2 column published"),
    ("observations", with_cells("pass_wait", published="2110-03-21"), "csv:5 column published"),
    ("traffic", with_cells("bridge", published="2050-01-01"), "traffic.csv:2 column published"),
    ("claims", with_cells("left_by_passages", said_on="2099-05-02"), "claims.csv:4 column said_on"),
    ("rules", with_cells("rumour_men_closed_in", credence="0"), "csv:7 column credence: found 0"),
    ("rules", with_cells("pass_taxis_dear", value="150"), "a percentage? write 1.5"),
    ("jobs", with_cells("NORDAL", factor="200"), "jobs.csv:2 column factor: found 200"),
    ("groups", with_cells("young_men", leaving="100"), "a percentage? write 1)"),
    ("places", with_cells("NORDAL", attraction="15"), "for a factor of 15 write 2.71"),
    ("places", with_cells("NORDAL", jobs_per_month="10"), "csv:7 column jobs_per_month: found 10"),
    ("places", with_cells("BRIDGE", mode="air"), 'csv:4 column mode: found "air", but only legs'),
    ("diaspora", with_cells("SUDRIA", persons="40000000"), "diaspora.csv:3 column persons"),
    ("pressures", with_cells("prices", leaving="9"), "pressures.csv:3 column leaving: found 9"),
    ("pressures", with_cells("prices", leaving="0", returning=""), "a pressure without effect"),
    ("pressures", lambda rows: [r | STEEP for r in rows], "which has no effect, expected an empty"),
    ("observations", scored(measure="entered_ordinary", place="FERRY"), "column place: found"),
    ("observations", scored(measure="reception_beds_used", place="NORDAL"), "at most 150, for"),
    ("legs", with_cells("HILLS", hours="0"), "60 km in 0 hours by road"),
    ("groups", with_cells("young_men", sex="Male"), 'column sex: found "Male", expected "male"'),
    ("groups", with_cells("young_men", age_band="18\N{EN DASH}35"), 'expected "18-35", or more'),
    ("areas", again("VESLAND-BORDER", area="x", place="FERRY"), "areas.csv:4 column name: found"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "change", "said"), CASES_OF_VALUES)
def test_each_implausible_value_has_one_warning(folder, table, change, said):
    edit(folder, table, change)
    warnings = [str(w) for w in emigre.load(folder).warnings]
    assert all(said in w for w in warnings), warnings
    assert warnings


def test_a_group_of_nobody_has_a_warning(folder):
    shares = {"young_men": "0", "hill_people": "0.68"}
    edit(
        folder,
        "groups",
        lambda rows: [r | {"share": shares.get(r["id"], r["share"])} for r in rows],
    )
    [warning] = examine(folder).warnings
    assert str(warning).startswith("groups.csv:3 column share: found 0")


def test_two_sources_may_disagree_if_one_is_scored(folder):
    edit(folder, "observations", scored(use="context", value="200000"))
    assert not examine(folder).warnings


@pytest.mark.parametrize(("table", "change", "said"), CASES)
def test_each_warning_has_its_place(folder, table, change, said):
    edit(folder, table, change)
    warnings = [str(w) for w in emigre.load(folder).warnings]
    assert any(said in w for w in warnings), warnings


def test_a_leg_that_was_meant_both_ways(folder):
    def backwards(rows):
        turned = {"from": "NORDAL", "to": "BRIDGE", "both_ways": "no"}
        return [r | turned if (r["from"], r["to"]) == ("BRIDGE", "NORDAL") else r for r in rows]

    edit(folder, "legs", backwards)
    [warning] = examine(folder).warnings
    assert str(warning).startswith('legs.csv:6 column both_ways: found "no", expected yes')


def test_a_rule_that_nobody_lives_to_see(folder):
    def late(rows):
        return [*rows, rows[0] | {"id": "late", "effective_from": "2032-01-01", "announced": ""}]

    edit(folder, "rules", late)
    [warning] = examine(folder).warnings
    assert warning.column == "effective_from"
    # Announced before the end it changes what people expect.
    edit(folder, "rules", with_cells("late", announced="2030-04-01"))
    assert not examine(folder).warnings


@pytest.mark.parametrize("name", ["tiny", "russia-2022", "ukraine-2022", "balkans-2015"])
def test_shipped_scenarios_have_no_warnings(name):
    assert examine(name).warnings == ()


def test_a_camp_of_the_own_state_needs_no_entry_rule(folder):
    def moved(rows):
        home = next(r for r in rows if r["kind"] == "origin")
        camp = home | {"id": "REFUGE", "kind": "camp", "population": ""}
        return [*rows, camp]

    def reached(rows):
        return [*rows, rows[0] | {"to": "REFUGE", "both_ways": "no"}]

    edit(folder, "places", moved)
    edit(folder, "legs", reached)
    assert not [w for w in examine(folder).warnings if "REFUGE" in str(w)]


def test_the_neighbours_of_the_simulated_days_have_a_use(folder):
    def far(rows):
        model = next(r for r in rows if r["id"] == "sudria_stock")
        days = ("2029-12-01", "2030-01-01", "2030-05-01")
        return rows + [
            model | {"id": f"n{i}", "from": d, "to": d[:-1] + "2", "published": "2031-01-01"}
            for i, d in enumerate(days)
        ]

    edit(folder, "observations", far)
    assert [w.line for w in examine(folder).warnings] == [8]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ((2000, 0, 2100, 1900), 3),
        ((2000, 2100, 1900, 0), 5),  # not published yet
        ((0, 2000, 2100, 1900), None),  # how a crisis begins
        ((2000, 0, 0, 1900), None),  # a strike, or a closure
        ((2000, 0, 2100, 0), None),
        ((20, 0, 30, 10), None),
    ],
)
def test_one_count_of_nobody_among_many_people_is_suspected(folder, values, line):
    expected = [] if line is None else [(line, "not counted? leave the row out")]
    assert suspected(folder, values) == expected


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ((120, 1200, 118, 125), 3),
        ((120, 125, 1500, 118), 4),
        ((120, 700, 118, 125), None),  # six times as many: a rush
        ((120, 1900, 118, 125), None),  # sixteen times: no digit
        ((120, 1200, 300, 125), None),  # it goes on
        ((120, 125, 118, 1200), None),  # the newest may be the first of many
        ((120, 12, 118, 125), None),  # a closure
    ],
)
def test_a_count_with_a_digit_too_many_is_suspected(folder, values, line):
    expected = [] if line is None else [(line, "a digit too many?")]
    assert suspected(folder, values) == expected


@pytest.mark.parametrize(
    ("values", "is_suspected"),
    [
        (range(20, 180, 20), True),
        ((20, 20, 25, 40, 40, 61, 70, 90), True),  # days of nobody
        (range(20, 160, 20), False),  # a few days may grow
        ((20, 40, 60, 80, 100, 99, 120, 140), False),
        (range(100, 108), False),
        ([100] * 8, False),
    ],
)
def test_running_totals_without_their_mark_are_suspected(folder, values, is_suspected):
    edit(folder, "observations", series(list(map(str, values))))
    warnings = [str(w) for w in examine(folder).warnings if "never fall" in str(w)]
    assert len(warnings) == is_suspected, warnings
    assert all(w.startswith("observations.csv:8 column value: found 8") for w in warnings)


@pytest.mark.parametrize("change", [{"kind": "tourists"}, {"from": "2030-04-01"}])
def test_levels_of_other_travellers_or_days_add_nothing_twice(folder, change):
    first = {"to": "2030-04-01"} if "from" in change else {}
    edit(folder, "traffic", with_cells("bridge", **first))
    edit(folder, "traffic", again("bridge", id="x", to="", **change))
    assert not examine(folder).warnings


def test_travellers_who_are_hardly_admitted_make_no_queue(folder):
    edit(folder, "traffic", with_cells("bridge", persons_per_day="1400"))
    edit(folder, "rules", with_cells("nordal_visa_free", value="0.01"))
    assert not examine(folder).warnings


def suspected(folder, values):
    """Lines and hints of the warnings about counts of successive days."""

    def daily(rows):
        model = next(r for r in rows if r["id"] == "bridge_week_before")
        days = [f"2030-03-{day:02}" for day in range(8, 13)]
        return [
            model | {"id": f"n{i}", "from": days[i], "to": days[i + 1], "value": str(value)}
            for i, value in enumerate(values)
        ]

    edit(folder, "places", with_cells("BRIDGE", capacity_persons_per_day=""))
    edit(folder, "observations", daily)
    return [(w.line, w.hint) for w in examine(folder).warnings if w.column == "value"]


def test_check_lists_warnings_apart_and_strict_makes_them_mistakes(folder):
    edit(folder, "legs", with_cells("PASS", km="35000"))
    done = call("check", str(folder))
    assert done.exit_code == 0
    assert "1 warning" in done.stdout
    assert "No mistakes." in done.stdout
    strict = call("check", "--strict", str(folder))
    assert strict.exit_code == 2
    assert "legs.csv:7 column km" in strict.stderr
    assert len(emigre.load(folder).warnings) == 1


@pytest.mark.parametrize(
    ("table", "key", "column", "text"),
    [
        ("observations", "bridge_week_before", "value", "414.659"),
        ("observations", "bridge_week_before", "value", "5000.5"),
        ("places", "BRIDGE", "capacity_persons_per_day", "4.000"),
        ("places", "CITY", "population", "41.018"),
        ("traffic", "bridge_visitors", "persons_per_day", "1.250"),
    ],
)
def test_a_mark_of_thousands_is_no_decimal_point(folder, table, key, column, text):
    keys = [r.split(",")[0] for r in (folder / f"{table}.csv").read_text("utf-8").splitlines()]
    key = key if key in keys else keys[1]
    edit(folder, table, with_cells(key, **{column: text}))
    mistakes = examine(folder).mistakes
    assert mistakes[0].column == column
    assert mistakes[0].found == f'"{text}"'
    if text != "5000.5":
        assert f"write {text.replace('.', '')}" in mistakes[0].hint
        assert str(mistakes[0]).count("thousands") == 1


@pytest.mark.parametrize(
    ("table", "row", "column", "text"),
    [
        ("legs", 1, "fare_eur", "1.200"),
        ("groups", 2, "savings_eur", "1.500"),
        ("places", 7, "jobs_per_month", "2.250"),
        ("places", 7, "living_cost_eur_per_month", "1.150"),
    ],
)
def test_an_amount_with_a_mark_of_thousands_has_a_warning(folder, table, row, column, text):
    edit(
        folder,
        table,
        lambda rows: [r | {column: text} if i == row else r for i, r in enumerate(rows, 1)],
    )
    said = f'{table}.csv:{row + 1} column {column}: found "{text}", expected an amount without a'
    assert sum(str(w).startswith(said) for w in emigre.load(folder).warnings) == 1


def test_a_number_below_one_has_no_mark_of_thousands(folder):
    edit(folder, "traffic", with_cells("bridge", persons_per_day="0.125"))
    assert not examine(folder).mistakes


def test_no_count_is_published_before_its_days_are_over(folder):
    edit(folder, "observations", with_cells("bridge_week_before", published="2030-03-13"))
    [mistake] = examine(folder).mistakes
    assert mistake.column == "published"
    assert mistake.expected == "a date on or after 2030-03-14, the last day counted"
    edit(folder, "observations", with_cells("bridge_week_before", published="2030-03-14"))
    assert not examine(folder).mistakes


@pytest.mark.usefixtures("empty_pictures")
def test_a_run_and_its_report_say_the_same_warnings(folder, tmp_path, stand_in):
    import emigre

    stand_in()
    edit(folder, "legs", with_cells("PASS", km="35000"))
    out = tmp_path / "out"
    words = ["run", str(folder), "--runs", "2", "--workers", "1", "--out", str(out), "--no-chart"]
    done = call(*words)
    assert done.exit_code == 0, done.output
    assert "legs.csv:7 column km: found 35000" in done.stderr
    results = emigre.read(out)
    assert len(results.info.warnings) == 1
    page = emigre.report(results).read_text("utf-8")
    assert page.index("legs.csv:7 column km") < page.index("Contents")


def test_check_shows_the_warnings_of_each_variant(folder):
    assert not examine(folder).warnings
    text = """title = "Later"
        remove.traffic = ["bridge"]
        [set]
        "pressures.prices.onset" = 2031-01-01"""
    (folder / "variants" / "later.toml").write_text(text)
    (warning,) = map(str, examine(folder).warnings)
    assert warning.startswith("variants/later.toml:4 key set.pressures.prices.onset: found")
    assert warning.endswith("(with variant later)")


@pytest.mark.parametrize(
    ("later", "found"),
    [
        ({"set": {"places.PASS.lat": 48.8}}, None),  # the same value
        ({"set": {"places.PASS.lon": 11.3}}, None),
        ({"set": {"places.PASS.lat": 48.9}}, 'set.places.PASS.lat: found "48.9", but "48.8" in'),
        ({"remove": {"places": "PASS"}}, "remove.places: found a row of which variant first sets"),
    ],
)
def test_a_variant_that_undoes_another(later, found):
    first = emigre.patch("first", set={"places.PASS.lat": 48.8, "places.PASS.note": "moved"})
    second = emigre.patch("second", **later)
    warnings = [str(w) for w in warn_overridden([first, second])]
    assert len(warnings) == (0 if found is None else len(first.set) if "remove" in found else 1)
    assert all(w.startswith(f"second key {found}") for w in warnings), warnings


def test_a_setting_may_change_what_a_variant_sets(folder):
    lower = emigre.patch("lower", set={"patience_days": 20})
    assert not emigre.load(folder, variants=lower, settings="patience_days=30").warnings


@pytest.mark.parametrize(
    "later",
    [{"set": {"rules.nordal_closes.value": 1}}, {"remove": {"rules": "nordal_closes"}}],
)
def test_a_variant_that_needs_a_row_removed_by_another_is_told_where(later):
    gone = emigre.patch("gone", remove={"rules": "nordal_closes"})
    with pytest.raises(emigre.InputError, match=r'"nordal_closes", .* \(gone removes it\)'):
        emigre.load("tiny", variants=[gone, emigre.patch("later", **later)])
