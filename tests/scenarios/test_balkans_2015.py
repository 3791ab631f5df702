"""The Balkan route scenario: built from the counts, complete, and consistent."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from evidence import EVIDENCE, NO_EVIDENCE, Rows, check_rebuilt, rows_of

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.scenario.loader import load

SCENARIO = "balkans-2015"


def rows(name: str) -> Rows:
    return rows_of(SCENARIO, name)


@pytest.mark.skipif(not (EVIDENCE / "balkans-2015").exists(), reason=NO_EVIDENCE)
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    by_hand = {"scenario.toml", "NOTES.md", "variants", "posterior.csv", "posterior.json"}
    check_rebuilt(SCENARIO, by_hand, tmp_path)


def test_no_count_after_january() -> None:
    assert max(r["to"] for r in rows("observations")) == "2016-02-01"
    assert max(r["date"] for r in rows("departures")) == "2016-01-31"
    assert max(r["said_on"] for r in rows("claims")) < "2016-02-01"
    assert max(r["to"] for r in rows("claims")) <= "2016-02-01"


def test_landings_by_nationality_add_up_to_the_count() -> None:
    landed: dict[str, int] = defaultdict(int)
    for r in rows("departures"):
        landed[r["date"]] += int(r["persons"])
    counted = {r["from"]: int(r["value"]) for r in rows("observations") if "ISL" in r["place"]}
    assert len(counted) == 123
    assert all(landed[day] == persons for day, persons in counted.items())


def test_fitted_figures_are_from_before_the_filter() -> None:
    fitted = [r for r in rows("observations") if r["use"] == "fit"]
    checked = [r for r in rows("observations") if r["use"] == "check"]
    assert max(r["from"] for r in fitted) == "2015-11-15"
    assert min(r["from"] for r in checked) == "2015-11-16"


def test_every_way_to_germany_passes_six_or_seven_borders_in_their_order() -> None:
    plan = compile_scenario(load("balkans-2015", end="2015-09-22"), scale=1000)
    index, ways = plan.index, plan.itineraries
    start, germany = index.origins.index("SY"), index.countries.index("DE")
    collected = []
    for i in range(int(ways.first[start]), int(ways.first[start + 1])):
        route = ways.row.route[i]
        if ways.routes.destination[route] == germany:
            collected.append([index.crossings[g] for g in ways.crossings[route] if g >= 0])
    chain = ["GR-ISLANDS", "GR-FERRY", "MK-GEVGELIJA", "RS-MIRATOVAC"]
    ends = [["HU-ROSZKE", "AT-NICKELSDORF"]]
    ends += [["HR-BAPSKA", "HU-ZAKANY", "AT-NICKELSDORF"]]
    ends += [["HR-BAPSKA", "SI-DOBOVA", "AT-SPIELFELD"]]
    assert sorted(collected) == sorted([*chain, *end, "DE-BAVARIA"] for end in ends)


@pytest.mark.slow
def test_the_fence_diverts_and_the_filter_stops() -> None:
    scenario = load("balkans-2015", end="2015-11-30")
    plan = compile_scenario(scenario, scale=100, by="nationality")
    counts = simulate(plan, 1, 0)
    entered, crossings = counts.values["entered"], list(counts.places["crossing"])

    def persons(place: str, first: str, end: str) -> int:
        a, b = (date.fromisoformat(day) - scenario.start for day in (first, end))
        return int(entered[a.days : b.days, crossings.index(place)].sum())

    assert persons("SI-DOBOVA", "2015-10-01", "2015-10-17") == 0
    assert persons("HU-ZAKANY", "2015-10-01", "2015-10-17") > 40_000
    assert persons("HU-ZAKANY", "2015-10-17", "2015-12-01") == 0
    assert persons("SI-DOBOVA", "2015-10-17", "2015-11-01") > 70_000
    assert counts.by is not None
    others = [counts.by.categories.index(n) for n in ("IR", "PK", "XX")]
    day = (date(2015, 11, 19) - scenario.start).days
    late = (counts.by.day > day) & (counts.by.place == crossings.index("MK-GEVGELIJA"))
    late &= counts.by.measure == list(schema.measures()).index("entered")
    let_through = {c: int(counts.by.value[late & (counts.by.category == c)].sum()) for c in others}
    assert set(let_through.values()) == {0}
