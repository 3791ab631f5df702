"""Pages of fits, hindcasts, sensitivity studies and explanations."""

import json
import re
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.attribution.explanation_table import write_csv
from emigre.attribution.explanation_text import EQUAL, report
from emigre.calibration.posterior import FittedFigure, FittedParameter, Posterior, PosteriorInfo
from emigre.charts.theme import configuration, page_colours
from emigre.errors import ResultsError
from emigre.evaluation.reliability import RECORD_COLUMNS
from emigre.evaluation.skill import FORECAST_COLUMNS, SKILL_COLUMNS
from emigre.forecasting.hindcast_folder import HindcastInfo
from emigre.results import csv_files
from emigre.sensitivity.results import SensitivityInfo
from emigre.studies.pages import page_of
from emigre.web.workspace import summary_of
from observed import call

NOW = datetime(2030, 4, 1, tzinfo=UTC)
SAME = {"emigre": "0", "scenario": "tiny", "title": "T", "hash": "f" * 64, "seed": 1, "scale": 10}


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    return folder


def text_of(page):
    cells = [c.text for s in page.sections for t in s.tables for row in t.rows for c in row]
    return [page.asked, *(s.intro for s in page.sections), *cells]


def test_the_page_of_a_fit(home):
    spread = dict.fromkeys(("low", "prior_q05", "q05"), 1.0)
    spread |= dict.fromkeys(("high", "prior_q95", "q95"), 9.0) | {"prior_q50": 5.0, "q50": 4.0}
    cell = "places.PASS.attraction"
    row = FittedParameter(name=cell, prior="uniform", shrinkage=0.5, **spread)
    counts = {"size": 2, "steps": 1, "checks": 0, "simulations": 2}
    shares = {"inside_50": None, "inside_90": None, "left_out_inside_90": 1.0}
    sizes = {"discrepancy": {"": 0.1}, "discrepancy_estimated": True}
    times = {"started": NOW, "finished": NOW}
    start = {"start": date(2030, 3, 1), "end": date(2030, 3, 9)}
    ends = {"q05": 5.0, "q50": 7.0, "q95": 8.0, "inside_90": False, "left_out_error": 2.0}
    far = FittedFigure(id="far", observed=10.0, error_sd=0.1, explained=0.5, **ends)
    info = PosteriorInfo(
        **SAME, **counts, **shares, **sizes, **times, **start, parameters=(row,), figures=(far,),
        silent=("quiet",),
        titles={"far": "Passages, Hill Pass, 3 Mar 2030", cell: "attraction of place Hill Pass"},
    )  # fmt: skip
    Posterior(("x",), pl.DataFrame({"x": [1.0, 2.0]}).to_numpy(), info).write(home)
    name = f"attraction of place Hill Pass\n{cell}"
    assert text_of(page_of(home))[2:7] == [name, "1 – 9", "4", "1 – 9", "50 %"]
    fitted, outside = page_of(home).sections[0].tables
    assert [c.text for c in outside.rows[0]] == ["Passages, Hill Pass, 3 Mar 2030", "10", "5 – 8"]
    # By a version that kept no titles.
    assert fitted.remarks == ("Not simulated, so not fitted: quiet.",)
    card = summary_of(home, "study")
    assert (card.kind, card.what, card.runs) == ("fit", "Fit to 1 count", 2)


def test_the_page_of_a_hindcast(home):
    days = {"first": date(2030, 3, 1), "last": date(2030, 3, 8)}
    info = HindcastInfo(
        **SAME,
        **days,
        variants=(),
        horizon_days=14,
        origins=tuple(days.values()),
        parameters_from="ranges",
        runs=30,
        started=NOW,
        finished=NOW,
        seconds={},
    )
    tables = {"record": RECORD_COLUMNS, "skill": SKILL_COLUMNS, "forecasts": FORECAST_COLUMNS}
    some = dict.fromkeys(RECORD_COLUMNS, 0.5) | {"kind": "(all)", "days": "1-7", "n": 4}
    ours = some | {"forecaster": "emigre", "coverage_90": 0.75, "crps_log": 0.0, "width_90": 0.0}
    rule = some | {"forecaster": "persistence", "skill_log": 0.0, "width_90": None}
    rows = {"record": [ours, rule]}
    for name, columns in tables.items():
        csv_files.write(pl.DataFrame(rows.get(name, []), columns), home / f"{name}.csv")
    (home / "hindcast.json").write_text(info.model_dump_json(), encoding="utf-8")
    page = page_of(home)
    assert page.asked == "How good were forecasts of 14 days, made 1 – 8 Mar 2030?"
    said = "3 of 4 published counts lie in the 90 % interval, and the error is 50 % less than that"
    assert said in page.sections[0].intro
    table = page.sections[0].tables[0]
    head, ours, rule = (tuple(cell.text for cell in row) for row in table.rows)
    assert head == ("Days 1 to 7",)
    assert ours == ("Emigre", "4", "× 1.00", "50 % less", "50 %", "75 %", "× 1.0")
    assert rule[:4] == ("Last count", "4", "× 1.65", "same error")
    assert rule[-1] == "–"
    assert summary_of(home, "study").what == "Track record of 2 forecasts"
    # Without a baseline, there is a sentence in place of an empty table.
    csv_files.write(pl.DataFrame([], RECORD_COLUMNS), home / "record.csv")
    (section,) = page_of(home).sections
    assert "No published count can be compared with a baseline" in section.intro
    assert [table.key for table in section.tables] == ["skill"]


def test_the_page_of_a_sensitivity_study(home):
    what = {"measure": "arrived", "place": "*", "place_name": "everywhere", "unit": "persons"}
    days = {"start": date(2030, 3, 1), "end": date(2030, 3, 9), "as_of": None}
    size = {"runs": 2, "trajectories": 2, "base": None, "evaluations": 4}
    more = {"chance_sd": None, "titles": {"x": "attraction of place Hill Pass"}}
    info = SensitivityInfo(**SAME, **what, **days, **size, **more, median=5.0)
    (home / "sensitivity.json").write_text(info.model_dump_json(), encoding="utf-8")
    effects = (
        "parameter,prior,low,high,mean,size,size_low,size_high,spread,first,first_low,first_high,"
        "total,total_low,total_high,note\nx,uniform,1,2,300,310,200,400,50,,,,,,,\n"
    )
    (home / "effects.csv").write_text(effects, encoding="utf-8")
    name = "attraction of place Hill Pass\nx"
    assert text_of(page_of(home))[-4:] == [name, "1 – 2", "+300", "200 – 400"]
    assert page_of(home).figures[0].table["place_name"].to_list() == [name.splitlines()[0]]
    done = call("report", str(home), "--quiet")
    assert (done.exit_code, done.stdout.strip()) == (0, str(home / "report.html")), done.output
    written = (home / "report.html").read_text("utf-8")
    assert "attraction of place Hill Pass" in written
    assert "Simulated with Emigre 0, scenario tiny" in written
    assert "What matters for" in summary_of(home, "study").what
    drawn = json.dumps([page_of(home).figures[0].chart(), configuration(page_colours())])
    assert not re.search("#[0-9a-fA-F]{3}|white|black", drawn)  # those of a light or dark page
    (home / "effects.csv").write_text("parameter,low,high\nx,1,2\n", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"another version of Emigre: effects.csv has no column"):
        page_of(home)


def test_the_page_of_an_explanation(home):
    text = "what,change,part,q05,q50,q95,share,runs,measure,place,from,to,seed,scale,detail\n"
    text += "one,0 → 1,-1367.875,-1400,-1300,-1000,1.4,2,,,,,,,less\n"
    text += "two,2 → 3,,,,,,2,,,,,,,more\n"  # left out: another number would follow from it
    text += "all together,a → b,<10,<10,1,-20,1,2,arrived,C,2030-03-01,2030-03-09,1,10,\n"
    (home / "explanation.csv").write_text(text, encoding="utf-8")
    page = page_of(home)
    assert page.asked.startswith("People who arrived to stay, C, 1 – 8 Mar 2030: what explains")
    assert text_of(page)[2:8] == ["one", "0 → 1", "less", "-1,368", "-1,400 to -1,000", "–"]
    assert text_of(page)[8:14] == ["two", "2 → 3", "more", "–", "–", "–"]
    assert "<10 to -20" in text_of(page)
    card = summary_of(home, "study")
    assert (card.what, card.days) == ("Explained: a → b", (date(2030, 3, 1), date(2030, 3, 8)))
    assert ",first_day,last_day," in page.sections[0].tables[0].csv
    report = emigre.report(home).read_text(encoding="utf-8")
    assert "In detail" in report
    assert "Key results" not in report.partition("<main")[2]  # there are none


def test_the_page_of_an_explanation_has_its_places_and_the_digits_of_the_command(home, monkeypatch):
    def sample(plan, *_, **__):
        number = np.arange(len(plan.worlds))[:, None]
        return (1000.0 + number * [1237.3, 1304.6])[:, :, None]

    monkeypatch.setattr("emigre.attribution.run.sample", sample)
    both = "tiny:nordal-stays-open+wider-pass"
    made = emigre.explain("tiny", both, measure="arrived", place="NORDAL", runs=2)
    write_csv(made, home / "explanation.csv")
    page = page_of(home)
    assert page.asked.startswith("People who arrived to stay, Nordal, 1 Mar – 31 May 2030: what")
    assert summary_of(home, "study").title == "People who arrived to stay, Nordal"
    terminal = [(x.what, x.part, x.interval, x.share) for x in report(made).lines]
    texts = [tuple(cell.text for cell in row) for row in page.sections[0].tables[0].rows]
    assert [(row[0], *row[3:]) for row in texts][: len(terminal)] == terminal


def test_the_page_of_equal_sides_has_no_numbers(home):
    write_csv(emigre.explain("tiny", "tiny"), home / "explanation.csv")
    [section] = page_of(home).sections
    assert (section.intro, section.tables) == (EQUAL, [])
