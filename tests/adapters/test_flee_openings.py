"""Camps that are empty on the first day open later if other camps have people by then."""

from datetime import date

import pytest
from test_flee_camp_effects import folder, planned

from emigre.adapters.flee.conflict_drivers import open_camps, rules
from emigre.adapters.flee.openings import LEAST, QUARTER, with_openings


def test_an_empty_camp_opens_after_a_quarter_of_the_period(tmp_path):
    plan = planned(folder(tmp_path, 80, 40, there=20))
    plan.conflict = with_openings(plan)
    opens = int(QUARTER * 11)
    assert [open_camps(plan.conflict, day)[1] for day in (0, opens - 1, opens)] == [0, 0, 1]
    assert all(open_camps(plan.conflict, day)[0] for day in range(11))
    (closing,) = [rule for rule in rules(plan) if rule["kind"] == "capacity"]
    assert (closing["place"], closing["basis"]) == ("Far", "estimate")
    assert closing["effective_to"] == date(2030, 1, 1 + opens)
    assert plan.remarks == [
        f"Camps without people on the first day are assumed to open on 2030-01-0{1 + opens}: Far."
    ]


@pytest.mark.parametrize(
    ("there", "opens", "closures"),
    [
        pytest.param(0, 0, "", id="nobody is anywhere yet"),
        pytest.param(2, 0, "", id=f"others have less than {LEAST:.0%}"),
        pytest.param(20, 5, "", id="the folder gives its opening"),
        pytest.param(20, 0, "country,Aland,Bland,0,1\n", id="no camp would be open"),
    ],
)
def test_openings_of_the_folder_stay(tmp_path, there, opens, closures):
    path = folder(tmp_path, 80, 40, opens, there)
    with (path / "input_csv/closures.csv").open("a") as file:
        file.write(closures)
    plan = planned(path)
    assert with_openings(plan) is plan.conflict


@pytest.mark.parametrize("days", [1, 2, 3])
def test_in_a_period_without_a_first_quarter_no_opening_is_assumed(tmp_path, days):
    path = folder(tmp_path, 80, 40, there=20)
    (path / "input_csv/sim_period.csv").write_text(f"StartDate,2030-01-01\nLength,{days}\n")
    plan = planned(path)
    assert with_openings(plan) is plan.conflict
    assert not plan.remarks
