"""Comparison of alternatives with a baseline: reported effects match the stored runs."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.comparison import diversion
from emigre.comparison.key_effects import main_diversions, main_effects
from emigre.engine import api
from emigre.errors import InputError, ResultsError
from emigre.results.tables import QUANTILES

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

DAYS = {"start": "2030-03-01", "end": "2030-04-30"}
PERIOD = (date(2030, 3, 10), date(2030, 4, 11))
KEYS = ["run", "date", "measure", "place"]
RUNS = 5


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> emigre.Comparison:
    out = tmp_path_factory.mktemp("compared") / "c"
    base, worlds = emigre.alternatives("tiny", variants=["wider-pass", "nordal-stays-open"], **DAYS)
    return emigre.compare(base, worlds, period=PERIOD, runs=RUNS, seed=3, draws="none", out=out)


def quantiles(effects: pl.DataFrame) -> pl.DataFrame:
    """The quantiles of each row's effects at rank q (n + 1); nan where there is none."""
    frames = []
    for (n,), rows in effects.group_by(pl.col("known").list.len()):
        known = np.array(rows["known"].to_list()).reshape(len(rows), n)
        at = np.full((len(QUANTILES), len(rows)), np.nan)
        if n:
            at = np.quantile(known, [*QUANTILES.values()], axis=1, method="weibull")
        names = (f"{name}_" for name in QUANTILES)
        frames.append(rows.with_columns(map(pl.Series, names, at)))
    return pl.concat(frames)


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("measure", "place").cast(pl.String))


def pairs(compared: emigre.Comparison, name: str) -> pl.DataFrame:
    """The differences recomputed from the two published tables; a missing row is zero."""
    base, other = (plain(r.daily) for r in (compared.baseline, compared.alternative(name)))
    both = base.join(other, on=KEYS, how="full", suffix="_b", coalesce=True)
    mean = pl.col("measure").is_in(["wait_hours", "rootedness"])
    sides = [
        pl.when(mean).then(pl.col(c)).otherwise(pl.col(c).fill_null(0))
        for c in ("value", "value_b")
    ]
    return both.with_columns((sides[1] - sides[0]).alias("effect"))


@pytest.mark.parametrize("name", ["wider-pass", "nordal-stays-open"])
def test_daily_effects_are_the_paired_differences(compared, name) -> None:
    actual = compared.effects.filter(alternative=name)
    assert len(actual)
    effect = pl.col("effect")
    expected = quantiles(
        pairs(compared, name)
        .group_by("date", "measure", "place")
        .agg(effect.mean().alias("mean_"), effect.drop_nulls().drop_nans().alias("known"))
    )
    both = actual.join(expected, on=["date", "measure", "place"], how="left")
    for column in ("mean", *QUANTILES):
        here, there = both[column].fill_null(np.nan), both[column + "_"].fill_null(np.nan)
        assert np.allclose(here, there, rtol=1e-9, atol=1e-9, equal_nan=True), column
    left_out = expected.join(actual, on=["date", "measure", "place"], how="anti")
    assert left_out["mean_"].fill_null(0).abs().max() == 0


@pytest.mark.parametrize("name", ["wider-pass", "nordal-stays-open"])
def test_totals_are_over_the_period(compared, name) -> None:
    inside = pairs(compared, name).filter(pl.col("date").is_between(*PERIOD, closed="left"))
    flows = inside.group_by("run", "measure", "place").agg(pl.col("effect").sum())
    last = inside.filter(pl.col("date") == PERIOD[1] - timedelta(days=1))
    for measure, table in (("departed", flows), ("entered", flows), ("stock", last)):
        rows = compared.totals.filter(alternative=name, measure=measure).drop_nulls("mean")
        assert len(rows)
        for row in rows.iter_rows(named=True):
            effect = table.filter(measure=measure, place=row["place"])["effect"].to_numpy()
            assert row["mean"] == pytest.approx(effect.mean(), abs=5e-4)
            assert (row["runs_up"], row["runs_down"]) == ((effect > 0).sum(), (effect < 0).sum())
            assert (
                row["alternative_value"] is None
                or row["baseline"] is None
                or (
                    row["alternative_value"] - row["baseline"]
                    == pytest.approx(row["mean"], abs=1e-3)
                )
            )


def test_small_differences_are_withheld_in_the_export(compared) -> None:
    text = pl.read_csv(compared.folder / "totals.csv", infer_schema=False)
    persons = text.filter(pl.col("measure") != "wait_hours", pl.col("measure") != "rootedness")
    for column in ("baseline", "alternative_value", "mean", "q05", "q95"):
        shown = persons[column].cast(pl.Float64, strict=False).drop_nulls()
        assert shown.filter((shown != 0) & (shown.abs() < compared.info.small_count)).is_empty()
    assert (persons["mean"] == f"<{compared.info.small_count}").any()


@pytest.mark.parametrize("name", ["wider-pass", "nordal-stays-open"])
def test_who_goes_where_instead_is_counted_household_by_household(compared, name) -> None:
    base, worlds = emigre.alternatives("tiny", variants=[name], **DAYS)
    days = diversion.days(base, *PERIOD)
    compiled = [api.compile_scenario(w) for w in (base, worlds[name])]
    pairs = [
        diversion.of_pair(*(api.simulate(c, 3, run, trace=days).trace for c in compiled))
        for run in range(RUNS)
    ]
    actual = compared.diverted.filter(alternative=name).drop("alternative", "from_name", "to_name")
    expected = diversion.summarise(pairs).drop("alternative", "from_name", "to_name")
    assert actual.height == expected.height > 5
    for column in expected.columns:
        if column in diversion.NUMBERS:
            shown = actual[column].is_not_null()
            assert (expected[column].abs() >= compared.info.small_count).filter(~shown).sum() == 0
            multiples = actual[column].filter(shown).to_numpy()
            assert not (multiples % compared.info.small_count).any()
            off = multiples - expected[column].filter(shown).to_numpy()
            assert np.abs(off).max() <= compared.info.small_count / 2
        elif column != "share":
            assert actual[column].equals(expected[column], check_names=False)
    blocks = compared.diverted_main.filter(alternative=name, by="country")
    assert blocks["about"][0] == "all routes"
    assert {line.starts for line in main_diversions(compared, name)} == {True, False}


def test_no_row_about_a_household_is_left(compared) -> None:
    kept = {p.name for p in compared.folder.rglob("*") if p.is_file()}
    assert not [name for name in kept if name.startswith("trace") or name.endswith(".npz")]


def test_the_worlds_are_ordinary_runs(compared) -> None:
    alone = emigre.run(emigre.load("tiny", **DAYS), runs=RUNS, seed=3, draws="none")
    assert plain(compared.baseline.daily).equals(plain(alone.daily))
    assert compared.baseline.info.hash == compared.info.hash
    info = compared.info.alternatives[0]
    assert info.name == "wider-pass"
    assert info.changes == (
        "sets capacity persons per day of place Hill Pass to 300 (before: 150)",
        "sets value of rule pass_second_lane to 600 (before: 300)",
    )
    assert emigre.Comparison.read(compared.folder).info == compared.info
    assert sorted(p.name for p in compared.folder.iterdir() if p.is_dir()) == [
        "baseline",
        "nordal-stays-open",
        "wider-pass",
    ]


def test_lines_for_people(compared) -> None:
    lines = main_effects(compared, "nordal-stays-open")
    assert any(line.what.startswith("Emigrants admitted, ") for line in lines)
    assert all(line.sign == "no change" or line.sign.split()[0] in ("up", "down") for line in lines)


def test_places_of_one_world_alone_are_compared_with_nobody(tmp_path) -> None:
    """One alternative has no ferry and no country behind it, the next one has a new pass."""
    gone = emigre.patch(
        "gone",
        remove={
            "places": ["FERRY", "ISLARA"],
            "legs": ["SUDRIA/FERRY/road", "FERRY/ISLARA/sea"],
            "diaspora": "ISLARA/VES",
            "rules": ["islara_open", "islara_cards"],
        },
    )
    sourced = {"basis": "estimate", "source": "invented", "note": "Invented."}
    way = {"mode": "road", "km": 1, "hours": 1} | sourced
    new = {"id": "NEW", "name": "New Pass", "kind": "crossing", "mode": "road", **sourced}
    more = emigre.patch(
        "more",
        add={
            "places": new | {"country": "NORDAL", "exit_country": "VESLAND"},
            "legs": [{"from": a, "to": b} | way for a, b in (("CITY", "NEW"), ("NEW", "NORDAL"))],
        },
    )
    base, worlds = emigre.alternatives("tiny", variants=[gone, more], **DAYS)
    base = replace(base, small_count=0)  # nothing is withheld
    compared = emigre.compare(base, worlds, runs=2, scale=5, draws="none", out=tmp_path / "c")
    key = ["alternative", "measure", "place"]
    table = compared.totals.rows_by_key(key, named=True, unique=True)
    names = {place: table["gone", "entered", place]["place_name"] for place in ("FERRY", "ISLARA")}
    assert names == {"FERRY": "Sudria Ferry", "ISLARA": "Islara"}
    for name, place, nobody in (
        ("gone", "FERRY", "alternative_value"),
        ("more", "NEW", "baseline"),
    ):
        row = table[name, "entered", place]
        assert row[nobody] == 0
        assert row["mean"] == row["alternative_value"] - row["baseline"] != 0
    for name, world in (("gone", base), ("more", worlds["more"])):
        crossings = world.tables["places"].filter(kind="crossing")["id"]
        effects = [table[name, "entered", x]["mean"] for x in crossings]
        assert sum(effects) == pytest.approx(table[name, "entered", "*"]["mean"])
    waits = compared.effects.filter(measure="wait_hours")  # no wait where nobody can be served
    assert waits.filter(alternative="gone", place="FERRY").is_empty()
    assert waits.filter(alternative="more", place="NEW").is_empty()
    assert emigre.report(compared).exists()


def test_a_change_that_touches_nothing_changes_nothing(tmp_path) -> None:
    base = emigre.load("tiny", **DAYS)
    same = {"same": base}
    result = emigre.compare(base, same, runs=2, out=tmp_path / "c")
    assert result.effects.is_empty()
    assert result.totals.filter(pl.col("runs_up") + pl.col("runs_down") > 0).is_empty()
    assert result.diverted.is_empty()
    assert result.diverted_main.is_empty()
    assert main_diversions(result, "same") == []


def test_rules_move_with_all_their_dates() -> None:
    base, worlds = emigre.alternatives(
        "tiny", shifts=["nordal_closes=+7d"], without=["nordal_closes"], **DAYS
    )
    row, moved = (
        w.tables["rules"].filter(id="nordal_closes").row(0, named=True)
        for w in (base, worlds["nordal_closes-+7d"])
    )
    changed = {
        c: (moved[c] - row[c]).days for c in row if row[c] is not None and moved[c] != row[c]
    }
    assert changed
    assert set(changed.values()) == {7}
    assert worlds["without-nordal_closes"].tables["rules"].filter(id="nordal_closes").is_empty()


def test_everything_wrong_is_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        emigre.alternatives(
            "tiny",
            variants=["wider-pas"],
            without=["nordal_close"],
            shifts=["nordal_closes=7", "nordal_closes=+0d", "nobody=+1d"],
            settings=["x=1"],
            **DAYS,
        )
    said = [str(m) for m in caught.value.mistakes]
    assert len(said) == 6
    assert any("did you mean nordal_closes?" in line for line in said)
    assert sum("ID=+7d" in line for line in said) == 2
    with pytest.raises(InputError, match=r"expected at least one \(variants: "):
        emigre.alternatives("tiny", **DAYS)


def test_a_folder_that_is_not_a_comparison(tmp_path) -> None:
    with pytest.raises(ResultsError, match="not a complete comparison"):
        emigre.Comparison.read(tmp_path)
    base, worlds = emigre.alternatives("tiny", variants=["wider-pass"], **DAYS)
    with pytest.raises(InputError, match="a date after start, 2030-04-01"):
        emigre.compare(
            base, worlds, period=(date(2030, 4, 1), date(2030, 4, 1)), out=tmp_path / "c"
        )


def test_a_what_if_may_concern_something_unannounced() -> None:
    asked = {"shifts": ["nordal_closes=+7d"], "without": ["nordal_closes"], "as_of": "2030-03-12"}
    base, worlds = emigre.alternatives("tiny", **asked, **DAYS)
    there = {name: "nordal_closes" in w.tables["rules"]["id"] for name, w in worlds.items()}
    assert "nordal_closes" not in base.tables["rules"]["id"]
    assert there == {"without-nordal_closes": False, "nordal_closes-+7d": True}
