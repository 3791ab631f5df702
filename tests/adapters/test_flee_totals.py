"""Totals of a conflict folder: departures, returns, and totals given to a forecast."""

import math
from datetime import date
from pathlib import Path

import pytest

from edits import replace_text
from emigre.adapters.flee import import_folder
from emigre.adapters.flee.csv_tables import Row
from emigre.adapters.flee.defaults import PARAMETERS
from emigre.adapters.flee.folder import read_folder
from emigre.adapters.flee.forecast import newcomer_shares, newcomers_per_day
from emigre.adapters.flee.registrations import Registrations, Series
from emigre.engine import api
from emigre.errors import InputError
from emigre.scenario.loader import load
from emigre.scenario.parameter_draws import draws_of
from tolerances import STANDARD_ERRORS

VALLEY = Path(__file__).parent / "valley"


def rows(scenario, table, *columns):
    return scenario.tables[table].select(columns).rows()


def falling(valley):
    """The valley with 600, 450, 500 people in the north on days 10, 14, 20; else no change."""
    source = valley / "source_data"
    (source / "south.csv").write_text("2030-01-01,0\n")
    (source / "inner.csv").write_text("2030-01-01,20\n")
    replace_text(source / "data_layout.csv", ",north-late.csv", "")
    days = "2030-01-01,100\n2030-01-11,600\n2030-01-15,450\n2030-01-21,500\n"
    (source / "north.csv").write_text(days)
    (valley / "input_csv" / "registration_corrections.csv").unlink()
    return valley


def test_as_many_return_as_the_total_falls(valley, tmp_path):
    import_folder(falling(valley), tmp_path / "out")
    scenario = load(tmp_path / "out")
    kinds = rows(scenario, "pressures", "kind", "onset", "ends", "returning")
    found = [row[1:] for row in kinds if row[0] == "fewer_registered"]
    jan = [date(2030, 1, day) for day in range(1, 21)]
    hazard = math.log(620 / 470) / 4
    level = pytest.approx(math.log(hazard / 0.01), abs=1e-5)
    assert found == [(jan[0], jan[11], -10), (jan[11], jan[15], level), (jan[15], None, -10)]
    assert scenario.parameters["base_returning_per_day"] == 0.01
    assert scenario.parameters["hazard_cap_per_day"] == pytest.approx(hazard + 0.001, rel=1e-5)
    # Newly registered: 500, then what comes after the fall: 450 + 5/6 of 50 on the last day.
    assert sum(n for (n,) in rows(scenario, "departures", "persons")) == 500 + 41


@pytest.mark.slow
def test_the_simulated_total_falls_and_rises_with_the_registered(valley, tmp_path):
    import_folder(falling(valley), tmp_path / "out")
    scenario = load(tmp_path / "out").set({"base_onward_per_day": 0.0})
    counts = api.simulate(api.compile_scenario(scenario), 1, 0)
    total = counts.values["stock"].sum(axis=1)
    left = total[10] * -math.expm1(-math.log(620 / 470))
    error = math.sqrt(left * (1 - left / total[10]))
    assert total[10] - total[14] == pytest.approx(left, abs=STANDARD_ERRORS * error)
    assert counts.values["returned"][:11].sum() == 0
    assert counts.values["returned"].sum() == total[10] - total[14]
    assert (total[15:] >= total[14:-1]).all()


@pytest.mark.slow
def test_people_relocate_to_a_camp_that_opens(valley, tmp_path):
    closures = valley / "input_csv" / "closures.csv"
    closures.write_text("#type,name1,name2,start,end\ncamp,South-Camp,,0,12\n")
    import_folder(falling(valley), tmp_path / "out")
    scenario = load(tmp_path / "out").set({"onward_gain_weight": 0.0})

    def moved(rate):
        changed = scenario.set({"base_onward_per_day": rate, "hazard_cap_per_day": 0.5})
        counts = api.simulate(api.compile_scenario(changed), 1, 0)
        south = counts.places["country"].index("South-Camp")
        assert counts.values["stock"][:12, south].sum() == 0
        return counts.values["onward"].sum(axis=1)

    assert moved(0.0).sum() == 0
    # From day 12 on every party moves with the hazard 0.2 a day; before only between two camps.
    assert moved(0.2)[12:].sum() > 5 * 400 * 0.15


@pytest.mark.parametrize("as_of", [5, 12, 16])
def test_falls_of_the_days_ahead_are_given_with_the_total(valley, tmp_path, as_of):
    day = date(2030, 1, as_of)
    import_folder(falling(valley), tmp_path / "out", as_of=day, totals="given")
    found = rows(load(tmp_path / "out"), "pressures", "kind", "onset", "ends")
    starts = [(onset.day, ends and ends.day) for kind, onset, ends in found if "fewer" in kind]
    fall = {5: [(5, 12), (12, 16), (16, None)], 12: [(12, 16), (16, None)], 16: []}[as_of]
    assert starts == fall


def test_the_total_of_a_file_falls_by_its_own_share(bring, valley):
    replace_text(valley / "simsetting.yml", "insert_day0: True", "sum_from_camps: False")
    total = valley / "source_data" / "refugees.csv"
    total.write_text("2030-01-01,900\n2030-01-11,900\n2030-01-20,600\n")  # 121 in the camps
    falls = [r for (r,) in rows(bring(), "pressures", "returning") if r > -10 and r]
    assert falls == [pytest.approx(math.log(math.log(900 / 600) / 9 / 0.01), abs=1e-5)]


def test_recounts_of_the_total_correct_it(valley):
    (valley / "source_data" / "refugees.csv").write_text(
        "2030-01-01,500\n2030-01-10,1000\n2030-01-11,900\n"
    )
    (valley / "input_csv" / "registration_corrections.csv").write_text("total,2030-01-11\n")
    registrations = read_folder(valley).registrations
    assert registrations.total.counts == [450, 900, 900]
    assert registrations.as_known(9).total.counts == [500, 1000, 900]
    assert "total" not in registrations.camps


def test_a_fall_to_nothing_is_as_fast_as_can_be(bring, valley):
    path = falling(valley) / "source_data" / "north.csv"
    replace_text(path, ",450", ",0")
    (path.parent / "inner.csv").write_text("2030-01-01,0\n")
    scenario = bring()
    assert scenario.parameters["hazard_cap_per_day"] == 1.0
    returning = [r for (r,) in rows(scenario, "pressures", "returning")]
    assert max(returning) == pytest.approx(math.log(1 / 0.01), abs=1e-5)


def test_a_fall_of_less_than_a_person_per_row_is_rounding(bring, valley):
    path = falling(valley) / "source_data" / "north.csv"
    replace_text(path, ",450", ",598")
    replace_text(path, ",500", ",700")
    assert bring().parameters["base_returning_per_day"] == 0.0


def test_where_the_total_never_falls_nobody_returns(bring):
    scenario = bring()
    assert scenario.parameters["base_returning_per_day"] == 0.0
    assert {r for (r,) in rows(scenario, "pressures", "returning")} == {0.0}


def test_the_total_can_be_given_to_a_forecast(tmp_path):
    done = import_folder(VALLEY, tmp_path / "out", as_of="2030-01-12", totals="given")
    scenario = load(tmp_path / "out")
    assert done.mode == scenario.mode == "conditional"
    assert "forecast from 2030-01-12, departures given" in scenario.title
    # 400, 0 and 20 were counted 1, 5 and 12 days before; on 12 January the lines between the
    # counts give more, which is added to the camps by age and shares of newcomers.
    total = (400 + 22) + 100 + 42
    counts, age = (400, 0, 20), (1, 5, 12)
    shares = (0.95 + 0.05 * 400 / 420, 0.0, 0.05 * 20 / 420)
    weight = [a * (0.05 / 3 + 0.95 * s) for a, s in zip(age, shares, strict=True)]
    more = [(total - 420) * w / sum(weight) for w in weight]
    present = [math.floor(n + m) for n, m in zip(counts, more, strict=True)]
    assert [n for (n,) in rows(scenario, "present", "persons")] == present
    assert set(scenario.tables["present"]["basis"]) == {"estimate"}
    first, *_, last = rows(scenario, "departures", "date", "persons")
    assert first == (date(2030, 1, 12), total - sum(present))
    assert last[0] == date(2030, 1, 20)


def test_nobody_is_counted_twice_on_the_first_day_of_the_folder(bring, valley):
    replace_text(valley / "simsetting.yml", "insert_day0: True", "insert_day0: False")
    scenario = bring(as_of="2030-01-01", totals="given")
    assert sum(n for (n,) in rows(scenario, "present", "persons")) == 100 + 21
    assert rows(scenario, "departures", "date", "persons")[0] == (date(2030, 1, 2), 52)


def test_camps_counted_on_the_first_day_are_known(bring, valley):
    falling(valley)  # the north is counted on 11 January, the others are not
    (valley / "source_data" / "south.csv").write_text("2030-01-01,0\n2030-01-21,200\n")
    scenario = bring(as_of="2030-01-11", totals="given")
    present = dict(rows(scenario, "present", "place", "persons"))
    assert present["North_Camp"] == 600
    assert sum(present.values()) == pytest.approx(600 + 20 + 100, abs=2)
    assert dict(rows(scenario, "present", "place", "basis"))["North_Camp"] == "reported"


@pytest.mark.parametrize("emptied", [False, True])
def test_old_counts_do_not_exceed_the_given_total(bring, valley, emptied):
    # On 13 January the last count of the north is 600, the given total half way to 450.
    falling(valley)
    if emptied:
        settings = valley / "simsetting.yml"
        text = settings.read_text().replace("insert_day0: True", "empty_camps_on_day0: True")
        settings.write_text(text)
    found = bring(as_of="2030-01-13", totals="given")
    total = 525 + 20 - emptied * (100 + 20)
    present = rows(found, "present", "place", "persons")
    assert present[0] == ("North_Camp", 600 * total // 620 if not emptied else total)
    assert total - 1 <= sum(n for _, n in present) <= total
    assert dict(rows(found, "departures", "date", "persons")).get(date(2030, 1, 13), 0) <= 1


def test_shares_of_two_windows_are_combined():
    row = Row("north.csv", 1, ())
    north = Series("north", row, [0, 14, 28], [0.0, 280.0, 280.0])
    south = Series("south", row, [0, 14, 28], [0.0, 0.0, 140.0])
    rates = [
        {"n": newcomers_per_day(north, 30, days), "s": newcomers_per_day(south, 30, days)}
        for days in (14, 28)
    ]
    assert rates == [{"n": 0.0, "s": 10.0}, {"n": 10.0, "s": 5.0}]
    shares = newcomer_shares(rates, {"n": 280.0, "s": 140.0})
    assert shares["s"] == pytest.approx(0.95 * (1 + 1 / 3) / 2 + 0.05 / 3)
    assert sum(shares.values()) == pytest.approx(1)


def test_without_newcomers_the_shares_are_those_of_all_in_the_camps():
    shares = newcomer_shares([{"n": 0.0, "s": 0.0}] * 2, {"n": 30.0, "s": 10.0})
    assert shares["n"] == pytest.approx(3 * shares["s"])


@pytest.mark.parametrize("options", [{"totals": "none"}, {"totals": "some", "as_of": "2030-01-12"}])
def test_totals_are_given_or_a_date_is(tmp_path, options):
    with pytest.raises(InputError, match="totals"):
        import_folder(VALLEY, tmp_path / "out", **options)


def test_ranges_are_asked_for_and_each_run_draws_from_them(tmp_path):
    import_folder(VALLEY, tmp_path / "middle")
    assert draws_of(load(tmp_path / "middle")) is None
    import_folder(VALLEY, tmp_path / "ranges", ranges=True)
    scenario = load(tmp_path / "ranges")
    assert scenario.parameters == load(tmp_path / "middle").parameters
    drawn = draws_of(scenario)
    ranged = {name: p.range for name, p in PARAMETERS.items() if p.range}
    assert set(drawn.names) == set(ranged)
    for name, values in zip(drawn.names, drawn.values.T, strict=True):
        low, high = ranged[name]
        assert low <= values.min() < values.max() <= high
        assert scenario.parameters[name] == pytest.approx((low + high) / 2)
    with pytest.raises(InputError, match="ranges without"):
        import_folder(VALLEY, tmp_path / "out", as_of="2030-01-12", ranges=True)


def test_further_files_are_added_as_in_flee(valley):
    """The numbers are those of Flee 3.1 for the same files."""
    source = valley / "source_data"
    days = ((2, 100), (5, 200), (8, 300)), ((0, 10), (3, 20), (7, 30), (9, 40))
    for name, counts in zip(("north.csv", "north-late.csv"), days, strict=True):
        (source / name).write_text("".join(f"2030-01-{d + 1:02},{n}\n" for d, n in counts))
    (valley / "input_csv" / "registration_corrections.csv").unlink()
    north = read_folder(valley).registrations.camps["North Camp"]
    found = [north.on(day) for day in range(10)]
    assert found == [110, 110, 110, 220, 220, 220, 275, 330, 330, 330]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([[(2, 100), (5, 200), (5, 50), (8, 110)]], [100, 100, 100, 133, 166, 50, 70, 90, 110]),
        ([[(2, 100), (2, 40), (6, 80)]], [100, 100, 100, 50, 60, 70, 80, 80, 80]),
        (
            [[(2, 100), (5, 200), (5, 50), (8, 300)], [(0, 10), (3, 20), (3, 60), (9, 40)]],
            [110, 110, 110, 260, 260, 110, 193, 276, 360],
        ),
    ],
)
def test_counts_jump_on_a_date_that_occurs_twice_as_in_flee(bring, valley, files, expected):
    """The numbers are those of Flee 3.1 for the same files."""
    source = valley / "source_data"
    for name, counts in zip(("north.csv", "north-late.csv"), files, strict=False):
        (source / name).write_text("".join(f"2030-01-{d + 1:02},{n}\n" for d, n in counts))
    if len(files) == 1:
        replace_text(source / "data_layout.csv", ",north-late.csv", "")
    (valley / "input_csv" / "registration_corrections.csv").unlink()
    north = read_folder(valley).registrations.camps["North Camp"]
    assert [north.on(day) for day in range(9)] == expected
    stocks = rows(bring(), "observations", "id", "value")
    counted = dict(zip(north.days, north.counts, strict=True))  # the later of a day
    found = [n for name, n in stocks if name.startswith("North_Camp")]
    assert found == list(counted.values())


def test_people_who_come_before_a_jump_down_are_new(valley):
    row = Row("north.csv", 1, ())
    north = Series("north", row, [0, 10, 10, 20], [0.0, 100.0, 40.0, 60.0])
    written = Registrations({"north": north}, None, frozenset(), {})
    assert written.falls(21) == [(9, 10)]
    assert written.new_by_day(21) == [0, *[10] * 9, 0, *[2] * 10]


def test_a_recount_of_a_day_counted_twice_scales_all_before(valley):
    """As in Flee 3.1, each count of the day is a recount of those before it."""
    north = Series("north", Row("n", 1, ()), [0, 10, 10, 20], [50.0, 100.0, 40.0, 60.0])
    north.correct(10)
    assert north.counts == [40.0, 40.0, 40.0, 60.0]  # times 100 / 50, then times 40 / 100
