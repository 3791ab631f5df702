"""Claims compared with a hand-made run whose figures are easy to verify."""

import csv
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emigre import schema
from emigre.factcheck.claim import Claim, Range, counted_by, from_table, spread, years_between
from emigre.factcheck.verdict import CONSISTENT, NOT_COMPARABLE, NOT_CONSISTENT, judge
from emigre.factcheck.verdict_text import COLUMNS, cells, remarks, table
from emigre.results import scores_csv
from emigre.results.folder import Results
from emigre.results.tables import summarise
from emigre.results.window import Quantity
from emigre.scenario.loader import load
from stand_in import info

pytestmark = pytest.mark.usefixtures("no_model_error")

START = date(2030, 3, 1)
N_DAYS, RUNS = 12, 4
PLACES = {"*": "everywhere", "BRIDGE": "River Bridge", "PASS": "Hill Pass", "NORDAL": "Nordal"}


@pytest.fixture(autouse=True)
def enough_runs(monkeypatch):
    """Take the four runs by hand for enough to contradict a claim."""
    monkeypatch.setattr("emigre.factcheck.verdict.ENOUGH_RUNS", RUNS)


BY_DOCUMENT = {"attribute": "document", "categories": ("a",)}


def day(number: int) -> date:
    """The first of March is day 1."""
    return START + timedelta(days=number - 1)


def flat(first: float, second: float, step: float = 0.0) -> np.ndarray:
    """Values of (runs, days): one level for six days, then another; each run a step higher."""
    days = np.where(np.arange(N_DAYS) < 6, first, second)
    return days + step * np.arange(RUNS)[:, None]


SERIES = {
    ("passages", "BRIDGE"): flat(100, 200, 1),
    ("passages", "PASS"): flat(50, 50),
    ("passages", "NORDAL"): flat(100, 200, 1),
    ("entered", "BRIDGE"): flat(3, 3),
    ("stock", "NORDAL"): flat(500, 700),
    ("stock", "*"): flat(500, 700),
    ("departed", "*"): flat(40, 40),
}
OBSERVATIONS = (
    ("exact", "passages", "BRIDGE", 7, 10, 606, None, None, "check", "official"),
    ("day1", "passages", "BRIDGE", 1, 2, 110, None, None, "fit", "official"),
    ("day2", "passages", "BRIDGE", 2, 4, 200, 190, 210, "fit", "official"),
    ("press", "passages", "BRIDGE", 1, 4, 900, None, None, "fit", "reported"),
    ("context", "passages", "BRIDGE", 4, 5, 7000, None, None, "context", "official"),
    ("stock7", "stock", "NORDAL", 7, 8, 900, 650, 950, "check", "reported"),
)


def keyed(values: np.ndarray, measure: str, place: str, run: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "run": pl.Series([run] * N_DAYS, dtype=pl.Int32),
            "date": [day(i + 1) for i in range(N_DAYS)],
            "measure": [measure] * N_DAYS,
            "place": [place] * N_DAYS,
            "value": values.astype(float),
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Results:
    """A run folder of four runs over twelve days."""
    folder = tmp_path_factory.mktemp("runs") / "by-hand"
    folder.mkdir()
    names = {"measure": pl.Enum(list(schema.measures())), "place": pl.Enum(list(PLACES))}
    frames = [
        keyed(values[i], measure, place, i)
        for (measure, place), values in SERIES.items()
        for i in range(RUNS)
    ]
    by_run = pl.concat(frames).cast(names).sort("run", maintain_order=True)
    by_run.write_parquet(folder / "daily.parquet")
    quantiles = [
        keyed(values[0], measure, place, 0)
        .drop("run", "value")
        .with_columns(pl.Series(name, column) for name, column in summarise(values).items())
        for (measure, place), values in SERIES.items()
    ]
    pl.concat(quantiles).cast(names).write_parquet(folder / "summary.parquet")
    parts = frames[: 2 * RUNS]
    groups = [
        part.with_columns(category=pl.lit("a" if i < RUNS else "b")) for i, part in enumerate(parts)
    ]
    categories = names | {"category": pl.Enum(["a", "b", "c"])}
    pl.concat(groups).cast(categories).write_parquet(folder / "groups.parquet")
    rows = [
        dict.fromkeys(scores_csv.COLUMNS)
        | dict(zip(("id", "measure", "place"), o[:3], strict=True))
        | {"from": day(o[3]), "to": day(o[4]), "observed": float(o[5]), "low": o[6], "high": o[7]}
        | {"use": o[8], "basis": o[9], "source": f"s-{o[0]}", "headline": "no"}
        for o in OBSERVATIONS
    ]
    scores = pl.DataFrame(rows, schema=scores_csv.COLUMNS, orient="row")
    scores_csv.write_csv(scores, folder / "scores.csv", 10)
    said = info(runs=RUNS, places=PLACES, scenario="tiny", by="document", draws=RUNS)
    (folder / "run.json").write_text(said.model_dump_json(), encoding="utf-8")
    return Results.read(folder)


def side(measure="passages", place="BRIDGE", first=7, after=10) -> Quantity:
    return Quantity(measure, place, day(first), day(after))


def a_claim(value: float | None = None, **changes) -> Claim:
    """A claim about the bridge on days 7 to 9: 600, 603, 606 and 609 passages in the runs."""
    base = Claim(
        id="c", said_by="an office", said_on=day(12), statement="so many passed", kind="value",
        counts="passages", this=side(), value=value,
    )  # fmt: skip
    return replace(base, **changes)


def finding(run: Results, claim: Claim):
    return judge(run, [claim])[0]


@pytest.mark.parametrize(
    ("value", "wording", "expected"),
    [
        (8000, "rounded", (7500, 8500)),
        (1_300_000, "rounded", (1_250_000, 1_350_000)),
        (100_000, "rounded", (90_000, 110_000)),  # trailing zeros: no more than 10 %
        (50_655, "rounded", (50_654.5, 50_655.5)),
        (0.9, "about", (0.81, 0.99)),
        (2, "nearly", (1.8, 2)),
        (200, "up_to", (0, 220)),
        (100_000, "more_than", (100_000, float("inf"))),
        (4604, "exactly", (4604, 4604)),
        (0, "rounded", (0, 0)),
    ],
)
def test_how_a_figure_is_put_gives_its_range(value, wording, expected):
    actual = spread(value, wording)
    assert (actual.low, actual.high) == pytest.approx(expected)


def test_a_stated_range_replaces_the_ends():
    assert a_claim(7500, low=7000, high=8000).range == Range(7000, 8000)
    assert a_claim(8000, low=7000).range == Range(7000, 8500)
    assert a_claim(None, high=10).range == Range(0, 10)
    assert a_claim().range is None


@pytest.mark.parametrize(
    ("value", "wording", "verdict", "inside"),
    [
        (600, "rounded", CONSISTENT, 4),  # 550 to 650
        (606, "exactly", CONSISTENT, 1),
        (610, "exactly", NOT_CONSISTENT, 0),
        (640, "nearly", CONSISTENT, 4),
        (595, "up_to", NOT_CONSISTENT, 0),  # up to 597.5
        (605, "more_than", CONSISTENT, 2),
        (700, "about", NOT_CONSISTENT, 0),
    ],
)
def test_a_value_next_to_the_interval(run, value, wording, verdict, inside):
    result = finding(run, a_claim(value, wording=wording))
    assert (result.verdict, result.reason) == (verdict, "")
    assert (result.simulated.inside, result.simulated.runs) == (inside, RUNS)
    assert result.simulated.q50 == pytest.approx(604.5)


def test_as_many_runs_inside_give_the_same_verdict(run):
    """The lowest of 4 runs lies below the interval (600.45), and is a quarter of them all."""
    lowest, second = (
        finding(run, a_claim(600, wording="exactly")),
        finding(run, a_claim(603, wording="exactly")),
    )
    assert [f.simulated.inside for f in (lowest, second)] == [1, 1]
    assert [f.verdict for f in (lowest, second)] == [CONSISTENT, CONSISTENT]


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2030, 1, 1), date(2031, 1, 1), 1.0),
        (date(2028, 1, 1), date(2029, 1, 1), 1.0),  # 366 days
        (date(2028, 2, 29), date(2029, 3, 1), 1.0),
        (date(2027, 7, 1), date(2030, 7, 1), 3.0),
        (date(2030, 1, 1), date(2030, 1, 2), 1 / 365),
        (date(2027, 12, 31), date(2028, 12, 31), 1.0),
        (date(2029, 12, 1), date(2031, 1, 1), 1 + 31 / 365),
    ],
)
def test_a_year_is_one_of_the_calendar(start, end, years):
    assert years_between(start, end) == pytest.approx(years, rel=1e-12)
    claim = a_claim(1000, per="year", this=Quantity("departed", "*", start, end))
    assert claim.factor * years == pytest.approx(1.0, rel=1e-12)


def test_a_mean_day_and_a_year_at_its_pace(run):
    assert finding(run, a_claim(200, per="day")).simulated.q50 == pytest.approx(201.5)
    year = finding(run, a_claim(73_000, per="year"))
    assert year.simulated.q50 == pytest.approx(201.5 * 365)
    assert year.verdict == CONSISTENT


def test_a_stock_is_averaged(run):
    result = finding(run, a_claim(600, counts="present", this=side("stock", "NORDAL", 6, 8)))
    assert result.simulated.q50 == 600


def test_ratios_are_formed_run_by_run_as_means_of_a_day(run):
    other = side(first=1, after=7)  # six days at 100 to 103: lengths differ
    result = finding(run, a_claim(2, kind="ratio", than=other))
    runs = np.array([200, 201, 202, 203]) / np.array([100, 101, 102, 103])
    assert result.simulated.q05 == pytest.approx(np.quantile(runs, 0.05, method="weibull"))
    assert result.verdict == CONSISTENT
    share = finding(run, a_claim(0.25, kind="ratio", this=side(place="PASS"), than=side()))
    assert share.simulated.q50 == pytest.approx(50 / 201.5, rel=1e-4)
    level = finding(run, a_claim(0.9, kind="ratio", per="day", than_value=220))
    assert level.simulated.q50 == pytest.approx(201.5 / 220)


@pytest.mark.parametrize(("kind", "verdict"), [("rises", CONSISTENT), ("falls", NOT_CONSISTENT)])
def test_directions(run, kind, verdict):
    assert finding(run, a_claim(kind=kind, than=side(first=1, after=7))).verdict == verdict


def test_no_change_is_neither_a_rise_nor_a_fall(run):
    for kind in ("rises", "falls"):
        claim = a_claim(
            kind=kind, this=side(place="PASS"), than=side(place="PASS", first=1, after=7)
        )
        assert finding(run, claim).verdict == NOT_CONSISTENT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"counts": "people"}, "a count of people who moved is not a count of passages"),
        ({"counts": "both_ways"}, "a count of passages in both directions is not"),
        ({"counts": "opinions", "this": None}, "opinions are not simulated"),
        ({"this": None}, "the model has no such measure"),
        ({"value": None}, "no figure was stated"),
        ({"this": side(after=14)}, "its dates lie outside the run, 2030-03-01 to 2030-03-12"),
        ({"this": side(place="FERRY")}, "the run has no place FERRY"),
        ({"this": side("stock", "BRIDGE"), "counts": "present"}, "does not count stock at River"),
        ({"this": side("refused_entry")}, "has no refused entry at any place"),
        ({"attribute": "sex", "categories": ("male",)}, "was not counted by sex (--by sex)"),
        (
            {"this": side("wait_hours"), "counts": "hours", **BY_DOCUMENT},
            "wait hours: not counted by document",
        ),
        ({"this": side("entered_ordinary"), **BY_DOCUMENT}, "entered ordinary: not counted by"),
        ({"kind": "ratio", "than": side("entered", "PASS")}, "nobody to compare with"),
        ({"kind": "ratio", "than": side("entered")}, "fewer than 10 persons in some run"),
    ],
)  # fmt: skip
def test_claims_that_cannot_be_compared_state_the_reason(run, changes, reason):
    result = finding(run, a_claim(600, **changes) if "value" not in changes else a_claim())
    assert result.verdict == NOT_COMPARABLE
    assert reason in result.reason
    assert len(remarks([result], run.info)) == 1


def test_a_series_that_was_left_out_is_zero(run):
    result = finding(run, a_claim(0, wording="exactly", this=side("entered", "PASS")))
    assert (result.simulated.q50, result.verdict) == (0, CONSISTENT)


def test_categories_are_added_up(run):
    claim = a_claim(600, attribute="document", categories=("a", "c"))
    assert finding(run, claim).simulated.q50 == pytest.approx(604.5)
    none = a_claim(0, wording="exactly", attribute="document", categories=("c",))
    assert finding(run, none).verdict == CONSISTENT
    assert "not split by document" in finding(run, none).published_reason


def test_published_counts_of_the_same_days(run):
    result = finding(run, a_claim(700))
    assert result.verdict == NOT_CONSISTENT
    assert result.published.range == Range(605.5, 606.5)
    assert (result.published.ids, result.published.basis) == (("exact",), "official")
    assert result.published_verdict == NOT_CONSISTENT
    # An upper bound may agree with one and not with the other.
    close = finding(run, a_claim(605, wording="exactly"))
    assert (close.verdict, close.published_verdict) == (CONSISTENT, NOT_CONSISTENT)


def test_published_counts_are_added_up_and_official_ones_come_first(run):
    days = side(first=1, after=4)
    result = finding(run, a_claim(310, this=days))
    assert result.published.ids == ("day1", "day2")
    assert result.published.range == Range(109.5 - 4.5 + 190, 110.5 + 4.5 + 210)
    assert result.also_published == ("press",)
    mean = finding(run, a_claim(100, per="day", this=side(first=1, after=6)))
    assert mean.published.range.low == pytest.approx(295 / 3)
    assert mean.also_published == ("press", "context")
    too_few = finding(run, a_claim(500, this=side(first=1, after=6)))
    assert too_few.published_reason == "published counts cover 3 of its 5 days"


def test_a_claim_is_no_evidence_of_itself(run):
    result = finding(run, a_claim(606, source="s-exact"))
    assert result.published is None
    assert result.published_reason == "there is no published count"
    assert result.also_published == ("exact",)


def test_reported_counts_serve_where_none_is_official(run):
    claim = a_claim(800, counts="present", this=side("stock", "NORDAL", 7, 8))
    assert finding(run, claim).published.basis == "reported"


def test_ratio_of_published_counts(run):
    result = finding(run, a_claim(2, kind="ratio", than=side(first=1, after=4)))
    assert result.published.range.low == pytest.approx(605.5 / 325)
    assert result.published.ids == ("exact", "day1", "day2")


def test_small_counts_are_withheld(run):
    claim = a_claim(9, this=side("entered"), per="period")
    result = finding(run, claim)
    assert result.simulated.withheld >= {"q05", "q50", "q95"}
    row = table([result], run.info).row(0, named=True)
    assert (row["q05"], row["q50"], row["q95"]) == ("<10",) * 3
    assert cells(result, run.info)[3] == "<10"
    a_day = finding(run, replace(claim, per="day", this=side("entered", first=1, after=11)))
    assert not a_day.simulated.withheld  # 30 persons in all


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": 7500, "low": 7000, "high": 8000, "per": "day"}, "7,000 to 8,000 a day"),
        ({"value": 2, "kind": "ratio", "wording": "nearly", "than": side()}, "nearly 2 times"),
        ({"value": 0.9, "kind": "ratio", "than_value": 700.0, "wording": "about"}, "about 90 %"),
        ({"value": 100_000, "wording": "more_than"}, "more than 100,000"),
        ({"kind": "falls", "than": side()}, "falls"),
        ({"low": 5}, "at least 5"),
        ({"value": 39, "counts": "opinions", "this": None}, "39 %"),
    ],
)
def test_claims_in_words(run, changes, said):
    assert cells(finding(run, a_claim(**changes)), run.info)[2] == said


def test_every_measure_counts_something():
    known = set(schema.columns("claims")["counts"].choices)
    for measure in schema.measures().values():
        assert set(counted_by(measure)) <= known
    assert counted_by(schema.measures()["stock_permitted"]) == ("present", "registered")
    assert counted_by(schema.measures()["asylum_claims"]) == ("registered",)


@pytest.mark.parametrize("name", ["tiny", "russia-2022"])
def test_shipped_claims_can_be_judged(name):
    scenario = load(name)
    claims = from_table(scenario.tables["claims"], scenario.tables["sources"])
    assert claims
    for claim in claims:
        assert claim.this is None or claim.counts is not None
        assert claim.source_title


def test_claims_of_russia_name_known_rows_and_no_late_border_count():
    scenario = load("russia-2022")
    for row in scenario.tables["claims"].iter_rows(named=True):
        assert row["seed_claim"][0] in "EFK"
        if row["measure"] in ("passages", "wait_hours", "exited", "refused_entry"):
            assert row["to"] <= date(2022, 9, 30), row["id"]


# The command line.


def test_claims_of_a_scenario_are_simulated_and_written(call, tmp_path):
    done = call("claims", "tiny", "--runs", "2", "--quiet", "--out", "said/claims.csv")
    assert done.exit_code == 0
    assert "not comparable: opinions" in done.stdout
    assert "With 2 runs, intervals contain about 33 % of further runs" in done.stdout
    assert not (tmp_path / "runs").exists()
    with (tmp_path / "said" / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [r["verdict"] for r in rows].count(NOT_COMPARABLE) == 2


def test_a_table_is_not_replaced_unless_forced(call, tmp_path):
    (tmp_path / "claims.csv").write_text("mine")
    done = call("claims", "tiny", "--out", "claims.csv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert (tmp_path / "claims.csv").read_text() == "mine"
    assert call("claims", "tiny", "--runs", "1", "--out", "claims.csv", "--force").exit_code == 0


def test_claims_of_a_run_come_from_its_scenario(call, run):
    done = call("claims", str(run.folder))
    assert done.exit_code == 0
    assert "4 claims compared with the simulation" in done.stdout
    assert "does not match the hash" not in done.stdout
    assert "\n40 percent think of leaving.\n  said by" in done.stdout


def test_a_scenario_edited_after_the_run_is_noted(call, run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "copy")
    call("new", "copy/scenario")
    done = call("claims", "copy")
    assert "The scenario kept in copy does not match the hash of its run" in done.stdout


def test_mistakes_about_the_target(call, run, tmp_path):
    assert (
        "no such option for a finished run" in call("claims", str(run.folder), "--runs", "3").stderr
    )
    assert call("claims", str(run.folder), "--runs", "3").exit_code == 2
    assert "--scenario" in call("claims", "tiny", "--scenario", "tiny").stderr
    assert call("claims", "nowhere").exit_code == 2
    (tmp_path / "f" / "run").mkdir(parents=True)
    (tmp_path / "f" / "forecast.json").touch()
    (tmp_path / "f" / "run" / "run.json").touch()
    assert "f is a forecast, not a run; f/run is one" in call("claims", "f").stderr
    call("new", "mine")
    (tmp_path / "mine" / "claims.csv").unlink()
    done = call("claims", "mine")
    assert (done.exit_code, "at least one row" in done.stderr) == (2, True)


def test_a_figure_of_ones_own(call, run):
    place = ("claim", str(run.folder), "--measure", "passages", "--place", "BRIDGE")
    days = ("--from", "2030-03-07", "--to", "2030-03-10")
    done = call(*place, *days, "--value", "600")
    assert done.exit_code == 0
    assert "604" in done.stdout
    first = done.stdout.splitlines()[0]  # the answer, before the table
    assert re.match(r"Consistent with the simulation: 600 claimed, 604 \(.*\) simulated\.", first)
    assert "consistent (4 of 4" in " ".join(done.stdout.split())
    other = call(*place, *days, "--value", "600", "--counts", "people")
    assert other.exit_code == 0
    assert "not comparable: a count" in other.stdout
    assert other.stdout.startswith("Not comparable with the simulation: a count")


def test_every_mistake_in_a_given_figure_is_reported(call, run):
    done = call(
        *("claim", str(run.folder), "--measure", "passage", "--place", "BRIGDE"),
        *("--from", "2030-03-07", "--to", "2030-03-07", "--value", "5", "--low", "6"),
        *("--per", "week", "--wording", "abuot"),
    )  # fmt: skip
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    starts = ["--measure", "--place", "--wording", "--per", "--to", "--low", "6 mistakes."]
    assert [line.split(":")[0] for line in lines] == starts
    assert "did you mean passages?" in lines[0]
    assert "did you mean BRIDGE?" in lines[1]


def test_a_figure_in_words_is_to_be_written_in_digits(call, run):
    done = call(
        *("claim", str(run.folder), "--measure", "passages", "--place", "BRIDGE"),
        *("--from", "2030-03-07", "--to", "2030-03-10", "--value", "700 thousand"),
    )
    assert done.exit_code == 2
    assert "700000" in done.output


def test_claims_of_a_run_load_neither_engine_nor_compiler(run):
    code = (
        "import sys; from emigre.factcheck import claims_csv, verdict; "
        f"results, stated = claims_csv.of_run({str(run.folder)!r}); "
        "verdict.judge(results, stated.claims); "
        "sys.exit(bool({'numba', 'emigre.engine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(run.folder).exists()
