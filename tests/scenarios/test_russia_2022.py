"""The Russia scenario: built from the evidence, complete, and consistent."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from evidence import EVIDENCE, NO_EVIDENCE, Rows, check_rebuilt, folder_of, rows_of

import emigre

SCENARIO = "russia-2022"


def rows(name: str) -> Rows:
    return rows_of(SCENARIO, name)


@pytest.mark.skipif(not (EVIDENCE / "policies.csv").exists(), reason=NO_EVIDENCE)
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    by_hand = {"scenario.toml", "variants", "posterior.csv", "posterior.json"}
    check_rebuilt(SCENARIO, by_hand, tmp_path)


def test_origins_are_all_regions_one_to_one() -> None:
    origins = [r for r in rows("places") if r["kind"] == "origin"]
    assert len(origins) == 83
    assert sum(int(r["population"]) for r in origins) == 144_699_673


def test_at_least_25_countries() -> None:
    assert sum(r["kind"] == "country" for r in rows("places")) >= 25


def test_no_border_count_of_october_to_december_2022_is_fitted() -> None:
    border = ("passages", "wait_hours", "entered", "exited", "refused_entry", "queued")
    for row in rows("observations"):
        last = date.fromisoformat(row["to"]) - timedelta(days=1)
        if row["measure"] in border and date(2022, 9, 29) < last < date(2023, 1, 1):
            assert row["use"] != "fit", row["id"]


def test_whole_series_are_kept_back() -> None:
    for series in (("passages", "FI-SOUTHEAST"), ("passages", "LT"), ("stock_returned", "*")):
        uses = {r["use"] for r in rows("observations") if (r["measure"], r["place"]) == series}
        assert "check" in uses, series
        assert "fit" not in uses, series


def test_levels_of_days_without_counts_are_off_by_a_quarter() -> None:
    for row in rows("traffic"):
        ends = row["to"] or "9999"
        assert ends <= "2022-10-01" or row["from"] >= "2022-10-01", row["id"]
        assert row["level_sd"] == ("0.25" if row["from"] >= "2022-10-01" else ""), row["id"]


def test_observations_are_published_after_they_end() -> None:
    for row in rows("observations"):
        last = date.fromisoformat(row["to"]) - timedelta(days=1)
        assert date.fromisoformat(row["published"]) >= last, row["id"]


def test_every_observation_says_how_exact_it_is() -> None:
    for row in rows("observations"):
        assert row["error"] in ("exact", "rounded", "approximate", "range"), row["id"]
        if row["low"] or row["high"]:
            assert row["error"] == "range", row["id"]
        if row["measure"].startswith("stock") and not row["low"]:
            assert row["error"] == "approximate", row["id"]


def test_some_observations_are_headlines_and_some_kept_back() -> None:
    table = rows("observations")
    assert 8 <= sum(r["headline"] == "yes" for r in table) <= 14
    assert sum(r["use"] == "check" for r in table) >= 10


def test_every_row_names_a_source_that_exists_and_is_used() -> None:
    known = {r["id"] for r in rows("sources")}
    named: set[str] = set()
    for path in folder_of(SCENARIO).glob("*.csv"):
        if path.stem not in ("sources", "areas", "posterior"):
            named |= {r["source"] for r in rows(path.stem)}
    assert named == known


def test_finnish_tourist_ban_has_its_hour_and_admits_nobody() -> None:
    ban = next(r for r in rows("rules") if r["id"] == "fi_tourist_ban")
    assert ban["effective_from"] == "2022-09-30T00:00+03:00"
    assert (ban["kind"], ban["place"], float(ban["value"])) == ("entry", "FI", 0.0)
    assert {"schengen_visa_fi", "schengen_visa_other"} <= set(ban["document"].split("|"))


def test_every_country_admits_somebody_on_the_first_day() -> None:
    countries = {r["id"] for r in rows("places") if r["kind"] == "country"}
    open_to = {
        r["place"] for r in rows("rules") if r["kind"] == "entry" and not r["effective_from"]
    }
    assert countries <= open_to


@pytest.mark.parametrize(
    ("country", "day"), [("KZ", date(2023, 1, 27)), ("KG", date(2023, 10, 10))]
)
def test_border_runs_end_on_the_day_on_which_days_are_counted_in_a_window(
    country: str, day: date
) -> None:
    rules = [r for r in rows("rules") if r["place"] == country and r["nationality"] == "RU"]
    runs = [r for r in rules if r["kind"] == "border_run"]
    counted = [r for r in rules if r["kind"] == "entry" and r["window_days"]]
    assert [r["effective_to"][:10] for r in runs] == [day.isoformat()]
    assert [r["effective_from"][:10] for r in counted] == [day.isoformat()]
    assert (counted[0]["days"], counted[0]["window_days"]) == ("90", "180")


def test_schengen_visas_allow_90_days_in_180() -> None:
    for row in rows("rules"):
        if row["kind"] == "entry" and row["document"].startswith("schengen") and row["days"]:
            assert (row["days"], row["window_days"]) == ("90", "180"), row["id"]


def test_citizens_of_neighbours_are_warned_and_may_go_home() -> None:
    nationalities = {r["nationality"] for r in rows("groups")} - {"RU"}
    assert nationalities == {"KG", "KZ", "UZ"}
    assert nationalities <= {r["nationality"] for r in rows("pressures")}
    for code in nationalities:
        home = [
            r
            for r in rows("rules")
            if r["kind"] == "entry" and r["place"] == code and r["nationality"] == code
        ]
        assert len(home) == 1
        assert (float(home[0]["value"]), home[0]["days"]) == (1.0, "")


def test_other_nationalities_are_a_small_part_and_marked_estimates() -> None:
    others = [r for r in rows("groups") if r["nationality"] != "RU"]
    assert 0.0 < sum(float(r["share"]) for r in others) < 0.01
    assert {r["basis"] for r in others} == {"estimate"}


def test_latvia_stops_renewals_and_estonia_only_those_of_students() -> None:
    renewals = {r["id"]: r for r in rows("rules") if r["kind"] == "renewal"}
    latvia = renewals["lv_trp_no_extension_renewal"]
    assert (latvia["announced"], latvia["effective_from"]) == ("2022-08-16", "2022-09-24")
    assert float(latvia["value"]) <= 0.1
    stopped = [r for r in renewals.values() if r["place"] == "EE" and float(r["value"]) == 0]
    in_force = [r for r in stopped if not r["credence"]]
    assert [r["who"] for r in in_force] == ["occupation=student"]


def test_lost_permits_in_estonia_are_a_rumour_only() -> None:
    rumour = next(r for r in rows("rules") if r["id"] == "rumour_ee_revocation")
    assert rumour["announced"] == "2022-08-29"
    assert rumour["effective_from"] == ""
    assert 0.0 < float(rumour["credence"]) < 1.0


def test_economic_pressure_drives_out_and_keeps_from_returning() -> None:
    for row in rows("pressures"):
        if row["kind"] == "prices":
            assert float(row["leaving"]) > 0.0 > float(row["returning"]), row["id"]


def test_words_of_october_2023_weigh_more_on_the_outspoken() -> None:
    of_the_day = [r for r in rows("pressures") if r["id"].startswith("vilification_conduct")]
    assert {r["onset"] for r in of_the_day} == {"2023-10-13"}
    weight = {r["who"]: float(r["returning"]) for r in of_the_day}
    assert weight["openness=outspoken"] < weight["*"] < 0.0


def test_group_shares_sum_to_one_and_are_at_most_900() -> None:
    table = rows("groups")
    assert len(table) <= 900
    assert abs(sum(float(r["share"]) for r in table) - 1.0) < 1e-9


@pytest.mark.parametrize("attribute", ["document", "means", "minority", "education", "occupation"])
def test_named_shares_of_origins_agree_with_the_national_groups(attribute: str) -> None:
    people = {r["id"]: int(r["population"]) for r in rows("places") if r["kind"] == "origin"}
    national: dict[str, float] = {}
    for row in rows("groups"):
        value = row[attribute]
        national[value] = national.get(value, 0.0) + float(row["share"])
    named: dict[str, float] = {}
    for row in rows("composition"):
        if row["attribute"] == attribute:
            persons = float(row["share"]) * people[row["origin"]]
            named[row["value"]] = named.get(row["value"], 0.0) + persons
    for value, persons in named.items():
        # Shares are written with six digits: half a millionth of each origin's people.
        assert abs(persons / sum(people.values()) - national[value]) < 1e-4, value


def test_mean_household_size_is_that_of_the_census() -> None:
    persons = homes = 0.0
    for row in rows("groups"):
        mean = sum(i * float(row[f"size_{i}"]) for i in range(1, 6))
        persons += float(row["share"])
        homes += float(row["share"]) / mean
    assert 2.1 < persons / homes < 2.3


def test_folder_stays_small() -> None:
    assert sum(p.stat().st_size for p in folder_of(SCENARIO).rglob("*") if p.is_file()) < 3_000_000


def test_the_posterior_is_fitted_to_figures_marked_fit_within_its_days() -> None:
    from emigre.calibration import Posterior

    result = Posterior.read(folder_of(SCENARIO))
    fitted = {figure.id for figure in result.info.figures}
    end = (result.info.end + timedelta(days=1)).isoformat()
    used = [r for r in rows("observations") if r["use"] == "fit" and r["to"] <= end]
    assert fitted == {r["id"] for r in used}
    assert len(result.draws()) >= 200
    ranges = {p.name: p for p in emigre.load("russia-2022").parameter_notes if p.low is not None}
    assert set(result.names) == set(ranges)
