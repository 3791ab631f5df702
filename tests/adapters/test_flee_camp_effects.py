"""Attraction of camps from their capacities: closed forms for one conflict place and two camps."""

import math
from pathlib import Path

import numpy as np
import pytest

from emigre.adapters.flee.camp_effects import MOST_EFFECT, camp_effects, capacity_trust
from emigre.adapters.flee.conflict_drivers import open_camps, open_ways
from emigre.adapters.flee.defaults import PARAMETERS
from emigre.adapters.flee.folder import read_folder
from emigre.adapters.flee.names import names_of
from emigre.adapters.flee.people import new_by_day, on_day_0
from emigre.adapters.flee.plan import Plan

VALUES = {name: default.value for name, default in PARAMETERS.items()}


def folder(path: Path, near: int, far: int, opens: int = 0, there: int = 0) -> Path:
    """100 newly registered in 10 days; camps 10 and 40 km away, the far one opens on a day."""
    files = {
        "input_csv/sim_period.csv": "StartDate,2030-01-01\nLength,11\n",
        "input_csv/locations.csv": (
            "#name,region,country,gps_x,gps_y,location_type,conflict_date,pop/cap\n"
            f"Home,,Aland,,,conflict,0,500\nNear,,Bland,,,camp,,{near}\nFar,,Cland,,,camp,,{far}\n"
        ),
        "input_csv/routes.csv": "Home,Near,10\nHome,Far,40\n",
        "input_csv/closures.csv": f"country,Aland,Cland,0,{opens}\n" if opens else "",
        "input_csv/conflicts.csv": "#Day,Home\n" + "".join(f"{day},1\n" for day in range(11)),
        "source_data/data_layout.csv": "total,all.csv\nNear,near.csv\nFar,far.csv\n",
        "source_data/all.csv": f"2030-01-01,{there}\n2030-01-11,{there + 100}\n",
        "source_data/near.csv": f"2030-01-01,{there}\n2030-01-11,{there + 50}\n",
        "source_data/far.csv": "2030-01-01,0\n2030-01-11,50\n",
        "simsetting.yml": "spawn_rules:\n  insert_day0: True\n",
    }
    for name, text in files.items():
        (path / name).parent.mkdir(exist_ok=True, parents=True)
        (path / name).write_text(text)
    return path


def planned(path: Path) -> Plan:
    conflict = read_folder(path)
    plan = Plan(conflict, names_of(conflict), True)
    plan.everybody = sum(new_by_day(plan)) + on_day_0(plan)
    return plan


def difference(path: Path) -> float:
    """Attraction of the far camp beyond that of the near one."""
    near, far = camp_effects(planned(path), VALUES)
    assert near + far == pytest.approx(0.0, abs=1e-9)
    return float(far - near)


def explained(near: int, far: int) -> float:
    """ln W_far - ln W_near by distance and room, with nobody in the camps."""
    return math.log(10 / 40) + VALUES["room_weight"] * math.log(far / near)


def test_capacities_that_everybody_fills_are_shares(tmp_path):
    wanted = math.log(80 / 20) - explained(20, 80)
    assert difference(folder(tmp_path, 20, 80)) == pytest.approx(0.75 * wanted, abs=1e-6)


def test_a_camp_that_opens_late_attracts_more(tmp_path):
    """60 of the 100 come after the far camp has opened, and half of all must go there."""
    path = folder(tmp_path, 50, 50, opens=5)
    assert [open_camps(read_folder(path), day) for day in (4, 5)] == [[True, False], [True, True]]
    wanted = math.log(50 / 10) - explained(50, 50)
    assert difference(path) == pytest.approx(0.75 * wanted, abs=1e-4)


def test_camps_are_open_to_the_places_that_closures_leave_a_road(tmp_path):
    path = folder(tmp_path, 50, 50, opens=5)
    (path / "input_csv/closures.csv").write_text("location,Far,,2,4\ncamp,Near,,3,6\n")
    found = open_ways(read_folder(path))[:, 0].tolist()
    both, near, none, far = [True, True], [True, False], [False, False], [False, True]
    assert found[:7] == [both, both, near, none, far, far, both]


@pytest.mark.parametrize(
    ("near", "far", "trust"),
    [
        (50, 50, 1.0),
        (100, 40, 1 - math.log2(1.4)),  # half of them planned
        (60, 80, 1 - math.log2(1.4) / 2),  # counted
        (40, 40, 1 + math.log2(0.8)),
        (100, 100, 0.0),
        (400, 20, 0.0),
        (205, 205, 0.0),
        (20, 30, 0.0),
        (100, 0, 0.0),  # no limit
        (50, 5000, 0.0),  # a placeholder
    ],
)
def test_trust_falls_with_the_ratio_of_capacities_to_people(tmp_path, near, far, trust):
    path = folder(tmp_path, near, far)
    assert capacity_trust(planned(path)) == pytest.approx(trust)
    if trust:
        wanted = math.log(far / near) - explained(near, far)
        assert difference(path) == pytest.approx(0.75 * trust * wanted, abs=1e-6)
    else:
        assert np.allclose(camp_effects(planned(path), VALUES), 0.0)


def test_a_camp_that_is_first_counted_later_is_compared_at_that_time(tmp_path):
    """The near camp grows from 20 to 40 people until 36 are counted in the far one."""
    path = folder(tmp_path, 0, 0, there=20)
    (path / "source_data/near.csv").write_text("2030-01-01,20\n2030-01-09,40\n")
    (path / "source_data/far.csv").write_text("2030-01-09,36\n")
    near, far = camp_effects(planned(path), VALUES) / 0.75
    expected = math.log(18 / 20) - VALUES["distance_weight_per_ln_km"] * math.log(10 / 40)
    assert far / (18 / 28) - near / (20 / 30) == pytest.approx(expected)
    assert "first count of Far, of day 8, holds from day 0 on" in str(read_folder(path).remarks)


def test_people_of_the_first_day_have_their_places(tmp_path):
    """Of 80 places in the near camp 20 are taken, so newcomers are 60 and 40."""
    room = VALUES["room_weight"] * math.log(40 / 60) - VALUES["free_share_weight"] * math.log(0.75)
    wanted = math.log(40 / 60) - (math.log(10 / 40) + room)
    path = folder(tmp_path, 80, 40, there=20)
    assert difference(path) == pytest.approx(0.75 * wanted, abs=1e-6)


def test_effects_are_bounded(tmp_path):
    """The far camp opens on the last day for 10 people and cannot get 90."""
    assert difference(folder(tmp_path, 10, 90, opens=10)) == pytest.approx(1.5 * MOST_EFFECT)


@pytest.mark.parametrize("third", [None, (50, 0), (50, 50)])
def test_a_closed_or_full_camp_does_not_change_the_effects_of_others(tmp_path, third):
    """20 of 80 places are taken near, 10 people are in a camp without a limit far away."""
    path = folder(tmp_path, 80, 0, there=20)
    (path / "source_data/far.csv").write_text("2030-01-01,10\n2030-01-11,50\n")
    (path / "source_data/all.csv").write_text("2030-01-01,30\n2030-01-11,130\n")
    if third:
        capacity, people = third
        more = {
            "input_csv/locations.csv": f"Third,,Dland,,,camp,,{capacity}\n",
            "input_csv/routes.csv": "Home,Third,20\n",
            "source_data/data_layout.csv": "Third,third.csv\n",
            "source_data/third.csv": f"2030-01-01,{people}\n2030-01-11,50\n",
        }
        for name, text in more.items():
            with (path / name).open("a") as file:
                file.write(text)
    plan = planned(path)
    assert capacity_trust(plan) == 0.0
    near, far, *_ = camp_effects(plan, VALUES) / 0.75
    expected = math.log(20 / 10) - VALUES["distance_weight_per_ln_km"] * math.log(40 / 10)
    expected -= VALUES["free_share_weight"] * math.log(60 / 80)
    assert near / (20 / 30) - far / (10 / 20) == pytest.approx(expected)
