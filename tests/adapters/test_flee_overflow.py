"""Capacities grow if more people are registered than all camps can hold."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from emigre.adapters.flee import import_folder
from emigre.adapters.flee.overflow import STEP
from emigre.scenario.loader import load

VALLEY = Path(__file__).parent / "valley"
FIRST = date(2030, 1, 1)


def grown(tmp_path, rooms, closures="", **options):
    """Capacity rules above 0 of the valley, where 101 to 776 people are registered."""
    folder = Path(shutil.copytree(VALLEY, tmp_path / "valley"))
    path = folder / "input_csv" / "locations.csv"
    text = path.read_text("utf-8")
    for old, room in zip(("camp,,900", "camp,,400", "idpcamp,,"), rooms, strict=True):
        text = text.replace(old, f"{old.split(',')[0]},,{room}")
    path.write_text(text, encoding="utf-8")
    (folder / "input_csv" / "closures.csv").write_text(closures)
    import_folder(folder, tmp_path / "out", **options)
    rules = load(tmp_path / "out").tables["rules"].iter_rows(named=True)
    return [
        ((rule["effective_from"].date() - FIRST).days, rule["place"], rule["value"])
        for rule in rules
        if rule["kind"] == "capacity" and rule["value"] > 0
    ]


def test_capacities_hold_the_registered_total(tmp_path):
    steps = grown(tmp_path, (200, 100, 100))
    assert [value for _, place, value in steps if place == "Inner"] == sorted(
        value for _, place, value in steps if place == "South-Camp"
    )
    last = {place: value for _, place, value in steps}
    total = 598 + 120 + 58
    assert total <= sum(last.values()) <= STEP * total + len(last)
    assert last["North_Camp"] == pytest.approx(2 * last["Inner"], abs=1)
    assert min(day for day, *_ in steps) > 0
    notes = (tmp_path / "out" / "NOTES.md").read_text("utf-8")
    assert "capacities grow with the registered total" in notes


@pytest.mark.parametrize(
    ("rooms", "options"),
    [
        ((900, 400, 100), {}),  # there is room for everybody
        ((200, 100, 0), {}),  # a camp without a limit takes the others
        ((200, 100, 100), {"capacities": "none"}),
        ((200, 100, 100), {"as_of": "2030-01-12", "capacities": "given"}),  # unknown total
    ],
)
def test_capacities_stay(tmp_path, rooms, options):
    assert not grown(tmp_path, rooms, **options)


def test_a_closed_camp_does_not_grow(tmp_path):
    steps = grown(tmp_path, (200, 100, 100), "camp,South-Camp,,3,18\n")
    days = {
        name: {day for day, place, _ in steps if place == name} for name in ("South-Camp", "Inner")
    }
    assert min(days["South-Camp"]) == 18 > min(days["Inner"])


def test_a_camp_that_has_not_opened_has_no_room(tmp_path):
    """101 people, 776 in the end; the camps open at first have room for 200, the third for 900."""
    steps = grown(tmp_path, (900, 100, 100), "camp,North Camp,,0,12\n")
    assert {place for _, place, _ in steps} == {"South-Camp", "Inner"}
    highest = max(value for _, _, value in steps)
    day = min(day for day, _, value in steps if value == highest)
    assert day < 12
    # From day 12 on there is room for everybody, and the capacities stay what they were.
    assert not any(day >= 12 for day, *_ in steps)
