"""The Ukraine scenario: built from the evidence, complete, and consistent."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from evidence import EVIDENCE, NO_EVIDENCE, Rows, check_rebuilt, rows_of, script

import emigre
from emigre.engine.build import compile_scenario
from emigre.evaluation.vintages import current_figures

SCENARIO = "ukraine-2022"


def rows(name: str) -> Rows:
    return rows_of(SCENARIO, name)


@pytest.mark.skipif(not (EVIDENCE / "ukraine-2022").exists(), reason=NO_EVIDENCE)
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    by_hand = {"scenario.toml", "NOTES.md", "variants", "posterior.csv", "posterior.json"}
    check_rebuilt(SCENARIO, by_hand, tmp_path)


def test_regions_hold_the_people_of_ukraine_without_crimea() -> None:
    origins = [r for r in rows("places") if r["kind"] == "origin"]
    assert len(origins) == 26  # 24 regions without Mariupol, Kyiv and Mariupol
    assert sum(int(r["population"]) for r in origins) == 41_167_285


def test_no_count_after_march() -> None:
    counts = [r for r in rows("observations") if r["source"] == "unhcr-portal"]
    assert max(r["to"] for r in counts) == "2022-04-01"
    assert all(r["to"] <= "2022-04-02" for r in rows("observations"))


def test_the_last_eleven_days_are_kept_back() -> None:
    for row in rows("observations"):
        assert not (row["from"] >= "2022-03-21" and row["use"] == "fit"), row["id"]


def test_the_daily_total_is_the_one_known_on_the_day() -> None:
    table = emigre.load("ukraine-2022").tables["observations"]
    values = {}
    for known in (date(2022, 3, 10), date(2022, 3, 15), None):
        now = current_figures(table, known)
        values[known] = [
            r["value"] for r in now.iter_rows(named=True)
            if r["place"] == "OUT" and r["from"] == date(2022, 3, 8)
        ]  # fmt: skip
    assert [len(v) for v in values.values()] == [1, 1, 1]
    assert [v[0] for v in values.values()] == [185_184, 185_038, 182_170]


@pytest.mark.parametrize("name", ["places", "legs", "groups", "rules", "pressures", "traffic"])
def test_every_estimate_gives_its_reason(name: str) -> None:
    for row in rows(name):
        if row["basis"] == "estimate":
            assert row["note"], row


def test_every_crossing_into_a_neighbour_is_a_way_from_every_region() -> None:
    plan = compile_scenario(emigre.load("ukraine-2022", end="2022-02-24"), scale=10_000)
    index, ways = plan.index, plan.itineraries
    into = {r["id"]: r["country"] for r in rows("places") if r["exit_country"] == "UA"}
    for country in ("PL", "SK", "HU", "RO", "MD"):
        expected = {x for x, entered in into.items() if entered == country}
        for start in range(len(index.origins)):
            routes = ways.row.route[int(ways.first[start]) : int(ways.first[start + 1])]
            there = routes[ways.routes.destination[routes] == index.countries.index(country)]
            first = {index.crossings[ways.crossings[route, 0]] for route in there}
            assert first >= expected, (index.origins[start], country)


def test_people_of_mariupol_reach_poland_only_once_the_way_is_open() -> None:
    run = emigre.run(
        SCENARIO,
        settings=["pressures.mariupol_besieged.leaving=1"],  # so that many try
        start="2022-03-02",
        end="2022-03-20",
        runs=1,
        scale=500,
        draws="none",
    )
    arrivals = run.arrivals
    assert arrivals is not None
    out = arrivals.filter((pl.col("origin") == "UA-MA") & (pl.col("value") > 0))
    besieged = out.filter(pl.col("date") < date(2022, 3, 14))
    assert set(besieged["place"]) == {"RU"}
    assert besieged.filter(pl.col("date") < date(2022, 3, 5)).is_empty()
    assert {"PL", "RU", "UA-IN-CENTRE"} <= set(out["place"])


def test_the_ways_of_mariupol_open_and_close_on_the_reported_days() -> None:
    ways = {r["place"]: (r["effective_from"], r["effective_to"]) for r in rows("rules")
            if r["kind"] == "leg"}  # fmt: skip
    assert ways == {
        "UA-MA/RU-AZOV/road": ("", "2022-03-05T00:00+02:00"),
        "UA-MA/UA-ZP-CITY/road": ("2022-03-02T00:00+02:00", "2022-03-14T00:00+02:00"),
    }
    assert {r["to"] for r in rows("legs") if r["from"] == "UA-MA"} == {"RU-AZOV", "UA-ZP-CITY"}


def test_a_new_crisis_is_like_those_that_agree_and_wide_without_any() -> None:
    predicted = script("learn_priors").predicted
    # If crises are alike: the likelihood N(0.625, 0.25) once and twice, and the prior N(0, 1).
    one = predicted(np.array([0.625]), np.array([0.25]), scale=1e-6)
    assert one == pytest.approx((0.5, np.sqrt(0.2)), rel=1e-6)
    two = predicted(np.array([0.625, 0.625]), np.array([0.25, 0.25]), scale=1e-6)
    assert two == pytest.approx((5 / 9, 1 / 3), rel=1e-6)
    # Without any: the prior, and the mean of the square of a half-normal spread.
    assert predicted(np.zeros(0), np.zeros(0), scale=0.5) == pytest.approx((0.0, 1.25**0.5), 1e-3)


@pytest.mark.parametrize(("by_chance", "left"), [(1.0, 0.2), (0.8, 0.25), (0.2, None)])
def test_information_of_counts_without_the_prior_of_their_fit(
    by_chance: float, left: float | None
) -> None:
    learn = script("learn_priors")
    names = ("network_weight", "risk_weight", "income_weight", "language_weight")
    # A prior of 0.3, a factor of two either way, and a posterior with mean 0.5 and variance 0.2.
    priors = [learn.bounded(name, 0.15, 0.6) for name in names]
    variances = np.array([0.2, by_chance, by_chance, by_chance])
    z = np.array([-1.0, 1.0])[:, None] * np.sqrt(variances / 2.0) + 0.5
    y, s = learn.estimates_from_counts(priors, learn.Priors(tuple(priors)).values(z))
    at = learn.SHARED.index("network_weight")
    # On the scale of a factor of four: half as many standard deviations, a quarter of the variance.
    expected = (np.nan, np.nan) if left is None else (0.625 / 2, left / (1.0 - left) / 4)
    assert (y[at], s[at]) == pytest.approx(expected, rel=1e-3, nan_ok=True)
    assert np.isnan(np.delete(y, at)).all()


def test_spread_of_attractions_of_one_informed_country() -> None:
    learn = script("learn_priors")
    assert learn.spread_of_attractions([]) == pytest.approx(0.5, rel=1e-2)  # half-normal(0.5)
    # A posterior with mean 0.5 and variance 0.2, in standard deviations of 1 / q around 0.
    places = [f"places.{code}.attraction" for code in ("AA", "BB", "CC", "DD")]
    priors = [learn.Prior(name, "normal", -1.0, 1.0) for name in places]
    z = np.array([-1.0, 1.0])[:, None] * np.sqrt(np.array([0.2, 1.0, 1.0, 1.0]) / 2.0) + 0.5
    values = learn.Priors(tuple(priors)).values(z)
    y, s = 0.5 / 0.8 / learn.Q95, 0.2 / 0.8 / learn.Q95**2
    assert [x[1:] for x in learn.informed(priors, values)] == [pytest.approx((y, s), rel=1e-4)]
    tau = np.linspace(0.0, 3.0, 3001)
    density = np.exp(-0.5 * (y**2 / (s + tau**2) + (tau / 0.5) ** 2)) / np.sqrt(s + tau**2)
    expected = np.sqrt((density * tau**2).sum() / density.sum())
    assert learn.spread_of_attractions([(priors, values)]) == pytest.approx(expected, rel=1e-2)
