"""Forecasts: folder, table, days, errors and resuming, with a stand-in for the engine."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.errors import InputError, ResultsError
from emigre.evaluation.key_results import period
from emigre.evaluation.skill import OURS, SIMULATION
from emigre.forecasting import folder
from emigre.forecasting import forecast as module
from emigre.forecasting.answers import Answers
from emigre.forecasting.folder import COLUMNS, SHARES, Forecast
from emigre.forecasting.page import page_of
from emigre.forecasting.question import make_question
from emigre.forecasting.settings import DRAWS, PARTIES, coarse_scale, draws_as_of
from emigre.report.page import html
from emigre.results.planning import MEASURES
from emigre.results.window import is_flow
from emigre.scenario.parameter_draws import Draws
from observed import call

DAY = date(2030, 3, 18)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The forecast that most tests look at, once it is made, and a copy of its folders."""
    return [], tmp_path_factory.mktemp("kept") / "home"


@pytest.fixture
def made(home, kept):
    found, copy = kept
    if found:
        shutil.copytree(copy, home, dirs_exist_ok=True)
    else:
        found.append(emigre.forecast("mine", as_of=DAY, horizon="10d", runs=3, out="f"))
        shutil.copytree(home, copy)
    return found[0]


def test_the_folder_holds_a_table_per_run_and_the_settings(made):
    assert sorted(p.name for p in made.folder.iterdir()) == [
        "PURPOSE.txt",
        "forecast.json",
        "forecasts.csv",
        "run",
    ]
    info = Forecast.read(made.folder).info
    assert (info.as_of, info.end, info.horizon_days) == (DAY, DAY + timedelta(days=10), 10)
    assert info.runs == 3
    assert info.draws >= DRAWS
    assert made.run.info.as_of == DAY
    assert made.table.schema == pl.Schema(COLUMNS)
    assert "Unannounced decisions are not included" in made._repr_html_()


def test_it_forecasts_every_series_by_day_by_week_and_over_the_horizon(made):
    ours = made.table.filter(pl.col("forecaster") == OURS)
    assert {(s.measure, s.place) for s in made.info.series} >= {
        ("passages", "BRIDGE"),
        ("passages", "*"),
        ("departed", "*"),
    }
    for series in made.info.series:
        rows = ours.filter(
            (pl.col("measure") == series.measure) & (pl.col("place") == series.place)
        )
        assert rows["span"].to_list() == ["day"] * 10 + ["week", "other"]
        assert rows["from"].min() == DAY + timedelta(days=1)
        assert rows["to"].max() == DAY + timedelta(days=11)


def test_reception_has_every_country_and_crossing(made):
    reception = made.reception
    assert set(reception["measure"]) == {m for several in MEASURES.values() for m in several}
    assert set(reception["days"]) == {7, 10}  # the last days are those of the horizon
    assert reception["place_name"].null_count() == 0
    # Nobody counts them, so they are not among the series on the terminal.
    assert not any("People without means" in line.texts[0] for line in made.lines())


def test_baselines_and_the_simulation_are_listed_with_it(made):
    bridge = made.table.filter(pl.col("place") == "BRIDGE")
    assert {OURS, SIMULATION, "persistence"} <= set(bridge["forecaster"])
    everywhere = made.table.filter((pl.col("place") == "*") & (pl.col("measure") == "departed"))
    assert set(everywhere["forecaster"]) == {OURS, SIMULATION}


def test_it_knows_figures_published_by_the_day_alone(made, home):
    series = {(s.measure, s.place): s for s in made.info.series}
    known = emigre.load("mine", as_of=DAY).tables["observations"]
    bridge = known.filter((pl.col("place") == "BRIDGE") & (pl.col("use") != "context"))
    assert series["passages", "BRIDGE"].figures == bridge.height
    assert series["passages", "BRIDGE"].last == date(2030, 3, 17)
    path = home / "mine" / "observations.csv"
    table = pl.read_csv(path, infer_schema=False)
    is_later = (pl.col("published") > str(DAY)) & pl.col("id").str.contains(r"^d\d+$")
    table.with_columns(
        pl.when(is_later).then(pl.lit("99999")).otherwise(pl.col("value")).alias("value")
    ).write_csv(path)
    again = emigre.forecast("mine", as_of=DAY, horizon="10d", runs=3, out="g")
    assert again.table.equals(made.table)


def test_intervals_are_wider_than_those_of_the_simulation_alone(made):
    width = (pl.col("q95") / pl.col("q05")).log()
    rows = made.table.filter((pl.col("measure") == "departed") & (pl.col("span") == "week"))
    widths = dict(rows.select("forecaster", width).iter_rows())
    assert widths[OURS] > widths[SIMULATION]


def test_the_share_of_the_model_is_given_for_the_forecast_alone(made):
    ours = made.table.filter(pl.col("forecaster") == OURS)
    assert ours.select(pl.col(*SHARES).is_between(0.0, 1.0).all()).row(0) == (True, True, True)
    assert ours.select(pl.sum_horizontal(SHARES)).to_series().is_close(1.0).all()
    assert made.table.filter(pl.col("forecaster") != OURS)["model_share"].null_count() > 0
    assert "Sources of the variance" in made.notes()["Intervals"]


def test_without_counts_it_says_so(home):
    made = emigre.forecast("mine", as_of="2030-03-02", horizon=5, runs=2, out="f")
    assert made.info.figures == 0
    assert made.notes()["Known"].startswith("No figure was published by 2 Mar 2030")
    assert {s.figures for s in made.info.series} == {0}
    start, *rest = page_of(made).in_short
    assert start.startswith("No figure was published by 2 Mar 2030.")
    assert len(rest) == 1


@pytest.mark.parametrize("horizon", [1, 2, 6, 7, 8])
def test_a_forecast_of_any_length_has_lines_for_every_series(home, horizon):
    made = emigre.forecast("mine", as_of=DAY, horizon=horizon, runs=2, out="f")
    whole = period(DAY + timedelta(days=1), DAY + timedelta(days=horizon + 1))
    lines = [line.texts[1] for line in made.lines() if line.is_last]
    stocks_and_waits = [not is_flow(s.measure) and horizon > 1 for s in made.info.series]
    assert any(stocks_and_waits) == (horizon > 1)
    assert lines == [f"mean of {whole}" if is_mean else whole for is_mean in stocks_and_waits]
    assert "0 % the model's own error" not in made.notes()["Intervals"]
    assert page_of(made).key_figures


def test_the_day_defaults_to_the_last_news(home):
    made = emigre.forecast("mine", runs=2, horizon="4w", out="f")
    world = emigre.load("mine")
    news = world.tables["observations"].filter(pl.col("use") != "context")["published"]
    last = world.end - timedelta(days=28)
    assert made.info.as_of == max(d for d in news if world.start <= d <= last)


@pytest.mark.parametrize(
    ("asked", "flag"),
    [
        ({"as_of": "2031-01-01"}, "--as-of"),
        ({"as_of": "tomorrow"}, "--as-of"),
        ({"horizon": "soon"}, "--horizon"),
        ({"runs": 0}, "--runs"),
    ],
)
def test_arguments_are_checked_before_any_work(home, asked, flag):
    with pytest.raises(InputError) as raised:
        emigre.forecast("mine", out="f", **{"as_of": DAY, "runs": 2} | asked)
    assert [m.file for m in raised.value.mistakes] == [flag]
    assert not list(home.glob("f*"))


def test_a_finished_forecast_is_not_overwritten(made):
    with pytest.raises(ResultsError, match="already holds a forecast"):
        emigre.forecast("mine", as_of=DAY, runs=3, out="f")


def test_it_resumes_with_the_same_table(made, monkeypatch):
    class BrokenOffError(Exception):
        pass

    def breaks(*_, **__):
        raise BrokenOffError

    with monkeypatch.context() as broken:
        broken.setattr(module, "conditioned", breaks)
        with pytest.raises(BrokenOffError):
            emigre.forecast("mine", as_of=DAY, horizon="10d", runs=3, out="g")
    again = emigre.forecast("mine", as_of=DAY, horizon="10d", runs=3, out="g")
    assert again.table.equals(made.table)


def test_worlds_are_mixed_with_their_probabilities(home):
    made = emigre.forecast(
        "mine", as_of=DAY, horizon=7, runs=2, worlds={"wider-pass": 0.25}, out="w"
    )
    assert [(w.name, w.probability) for w in made.info.worlds] == [
        ("baseline", 0.75),
        ("wider-pass", 0.25),
    ]
    assert (made.folder / "worlds" / "wider-pass" / "run.json").exists()
    assert "(25 %)" in made.notes()["Worlds"]
    for wrong in ({"nordal-stays-open": 1.5}, {"nordal-stays-open": 0.6, "wider-pass": 0.6}):
        with pytest.raises(InputError, match="worlds: found"):
            emigre.forecast("mine", as_of=DAY, runs=2, worlds=wrong, out="x")
    done = call("forecast", "mine", "--world", "nordal-stays-open")
    assert done.exit_code == 2
    assert "such as decree.toml=0.3" in done.stderr


def test_names_of_worlds_may_hold_a_dot(home):
    for name in ("decree-1.5", "decree-1.6"):
        shutil.copy("mine/variants/wider-pass.toml", f"mine/variants/{name}.toml")
    own = emigre.patch("own", set={"patience_days": 3})
    chances = {"decree-1.5": 0.3, Path("mine/variants/decree-1.6.toml"): 0.2, own: 0.1}
    plain = dict.fromkeys(("draws", "workers", "scale"), None) | {"variants": (), "settings": ()}
    asked = make_question("mine", as_of=DAY, horizon=7, runs=2, seed=1, chances=chances, **plain)
    assert [world.name for world in asked.worlds] == ["baseline", "decree-1.5", "decree-1.6", "own"]


def test_a_scenario_of_one_day_has_no_days_to_forecast():
    world = emigre.load("tiny", end="2030-03-01")
    for as_of in (None, "2030-03-01"):
        with pytest.raises(InputError, match="a single day, expected days to forecast"):
            emigre.forecast(world, as_of=as_of, runs=2)


def test_parameters_are_those_known_on_the_day(home):
    world = emigre.load("mine")
    prior = draws_as_of(world, DAY, None, 1)
    assert prior is not None
    assert prior.origin == "the prior ranges of mine"
    assert np.array_equal(draws_as_of(world, DAY, None, 1).values, prior.values)
    given = Draws(("patience_days",), np.array([[20.0]]), "mine")
    assert draws_as_of(world, DAY, given, 1) is given
    russia = emigre.load("russia-2022")
    assert (
        draws_as_of(russia, date(2022, 9, 22), None, 1).origin == "the prior ranges of russia-2022"
    )
    assert draws_as_of(russia, date(2024, 12, 31), None, 1).origin == "posterior.csv of russia-2022"


def test_large_populations_are_simulated_coarsely():
    assert coarse_scale(emigre.load("tiny")) == emigre.load("tiny").scale
    russia = emigre.load("russia-2022")
    people = russia.tables["places"]["population"].sum()
    assert PARTIES / 2 < people / coarse_scale(russia) <= PARTIES


def test_the_page_begins_with_key_figures_and_how_far_to_trust_it(made):
    page = page_of(made)
    leaving, way, *_ = page.key_figures
    assert leaving.title == "people who set out"
    assert leaving.basis == "Not counted: follows the counts of passages by all travellers"
    assert way.title.startswith("passages by all travellers, ")
    assert way.basis == "Last counted 17 Mar 2030, 1 day before this forecast (15 figures)"
    assert not way.is_old
    lines = [line.texts for line in made.lines()]
    at = next(i for i, t in enumerate(lines) if t[0].lower() == way.title.lower())
    end = next(line.texts for line in made.lines()[at:] if line.is_last)
    (_, when, median, _, interval, _) = end
    assert (way.when, way.plan) == (when, median)
    assert way.interval == f"90 % interval: {interval}"
    assert interval.endswith(way.ready)
    assert [answer.heading for answer in page.answers][:3] == [
        "How many leave?", "By which route?", "Where do they arrive?",
    ]  # fmt: skip
    assert "Not counted" in page.answers[0].sentences[0]
    (lead,), rows, notes = (getattr(page.answers[1], x) for x in ("sentences", "rows", "notes"))
    assert lead == "Passages by all travellers, 19 – 28 Mar 2030:"
    assert rows[0].amount in " ".join(x for t in lines for x in (f"{t[2]} ({t[4]})",))
    assert rows[0].note.startswith("Last counted 17 Mar 2030, 1 day before this forecast")
    assert 0 <= rows[0].low <= rows[0].mid <= rows[0].high == 100.0
    assert "of the simulated passages by all travellers" in notes[0]
    start, record, led = page.in_short
    assert start == (
        # One of the 15 is a week that contradicts its days.
        "Starts from 14 figures published by 18 Mar 2030. Unannounced decisions are not included."
    )
    assert "of the figures counted later" in record
    assert led == (
        "Totals without counts: people who set out and people staying. "
        "They follow the counts of passages by all travellers."
    )
    assert made.notes()["Without counts"] == (
        "Measures without counts follow counted ones: people who set out follow passages by all "
        "travellers; people staying follow passages by all travellers."
    )
    follows = {(s.measure, s.place): s.follows for s in made.info.series}
    assert follows["passages", "*"] == follows["departed", "*"] == "passages"
    assert [fact.name for fact in page.trust] == ["Check first", "Scenario", *made.notes()]
    (table,) = page.sections[0].tables
    assert table.title == "What to prepare for, from 19 Mar 2030"
    assert table.heads == ("Place and measure", "7 days", "10 days")
    assert {len(row) for row in table.rows} == {1, len(table.heads)}


def test_its_report_in_python_is_that_of_the_command(made, monkeypatch):
    monkeypatch.setattr("emigre.studies.pages.html", lambda page: page.asked)
    for results in (made, made.folder, str(made.folder)):
        path = emigre.report(results, "page.html")
        assert path.read_text(encoding="utf-8") == page_of(made).asked
    with pytest.raises(InputError, match=r"expected a name that ends with \.html"):
        emigre.report(made, "page.txt")


def test_a_long_table_is_printed_in_part(made, monkeypatch):
    assert made.main_lines() == made.lines()
    monkeypatch.setattr(folder, "SCREEN", 1)
    monkeypatch.setattr(folder, "LARGEST", 0)
    lines = [line.texts for line in made.main_lines()]
    series = [what for what, *_ in lines if what]
    assert [s.lower() for s in series] == [s.lower() for s in dict.fromkeys(series)]
    assert not any("Bridge" in what for what in series)
    whole = "19 – 28 Mar 2030"
    spans = [when.removeprefix("mean of ") for _, when, *_ in lines]
    assert spans == ["19 – 25 Mar 2030", whole] * len(series)
    monkeypatch.setattr(folder, "LARGEST", 1)
    more = [what for what, *_ in (line.texts for line in made.main_lines()) if what]
    assert [what for what in more if what not in series] == [
        "Passages by all travellers, River Bridge"
    ]


def test_an_old_count_says_how_old_it_is(made, monkeypatch):
    assert "the newest" not in page_of(made).in_short[0]
    later = {"as_of": DAY + timedelta(days=80), "end": DAY + timedelta(days=90)}
    monkeypatch.setitem(vars(made), "_info", made.info.model_copy(update=later))
    said = Answers(made, {})
    basis = "Last counted 17 Mar 2030, 81 days before this forecast (15 figures)"
    assert said._basis("passages", "BRIDGE") == basis
    shown = said._key_figure("passages", "BRIDGE")
    assert (shown.basis, shown.is_old) == (basis, True)
    page = html(replace(page_of(made), key_figures=[shown], main=None, sections=[]))
    assert page.index(basis) < page.index("Plan for")


def test_departures_move_with_the_passages_counted(made):
    whole = made.table.filter((pl.col("place") == "*") & (pl.col("span") == "other"))
    middle = {(r["measure"], r["forecaster"]): r["q50"] for r in whole.iter_rows(named=True)}
    by = {m: middle[m, OURS] / middle[m, SIMULATION] for m in ("departed", "passages")}
    # Ratios of medians over three runs: about the same.
    assert by["departed"] == pytest.approx(by["passages"], rel=0.2)


@pytest.fixture
def maker(made):
    plain = {"variants": (), "settings": (), "chances": {}, "draws": None, "workers": None}
    asked = make_question("mine", as_of=DAY, horizon="10d", runs=3, seed=1, scale=None, **plain)
    return module.ForecastTables(asked, (made.run,))


def test_given_departures_are_treated_as_counts(maker, monkeypatch):
    assert maker.reception_draws()[0].leader("departed", "*") == "passages"
    tables = {**maker.question.world.tables, "departures": pl.DataFrame({"date": [DAY]})}
    monkeypatch.setattr(type(maker.question), "world", SimpleNamespace(tables=tables))
    assert maker.reception_draws()[0].leader("departed", "*") == "departed"


def test_days_up_to_the_forecast_keep_their_conditioned_draws(maker):
    days = maker.cells["passages"].single_days("BRIDGE", 0, 25)
    drawn = np.exp(np.random.default_rng(1).normal(4.0, 0.5, (90, days.height)))
    given = maker.conditioned_worlds[0]
    shaped = maker.widths.shaped(drawn, days, given)
    is_past = (days["from"] <= DAY).to_numpy()
    assert (shaped[:, is_past] == drawn[:, is_past]).all()
    assert (shaped[:, ~is_past] != drawn[:, ~is_past]).all()
    assert (maker.widths.shaped(drawn[:, :5], days[:5], given) == drawn[:, :5]).all()


def test_a_page_lists_series_not_corrected_by_counts(made, monkeypatch):
    page_of(made)  # reads the tables, which go with the record in the folder
    lonely = tuple(s.model_copy(update={"follows": None}) for s in made.info.series)
    monkeypatch.setitem(vars(made), "_info", made.info.model_copy(update={"series": lonely}))
    assert page_of(made).in_short[-1] == (
        "Weakest: people who set out, passages by all travellers and people staying. "
        "They have no counts and rest on the simulation alone."
    )
    assert made.notes()["Without counts"].startswith("No counts, so the level is simulated and")


def test_the_command_prints_a_table_and_draws_a_page(home):
    done = call("forecast", "mine", "--as-of", str(DAY), "--horizon", "14d", "--runs", "2",
                "--out", "f")  # fmt: skip
    assert done.exit_code == 0
    assert "emigre export xlsx f f.xlsx" in done.stdout
    assert "emigre hindcast mine --from 2030-03-18" in done.stdout
    table, _, answers = done.output.partition("\nHow many leave? People who set out, ")
    assert "forecast from 18 Mar 2030" in table
    assert "Results:" in answers
    assert "model's own error" in done.output
    page = (home / "f" / "report.html").read_text()
    assert "What to expect, 19 " in page
    assert "Simulated with Emigre" in page
    again = call("report", "f", "--out", "again.html", "--figures", "drawn", "--quiet")
    assert again.output.strip() == "again.html"
    assert (home / "again.html").read_text() == page
    assert (home / "drawn" / "forecast-stock-all.svg").read_text().startswith("<svg")
    assert "the sum of 7 counts within its days and places" in done.stderr  # as check warns
    again = call("report", "f", "--table")
    assert again.output.strip() in table
    wrong = call("report", "f", "--table", "--out", "new.html")
    assert wrong.exit_code == 2
    quiet = call("forecast", "mine", "--as-of", str(DAY), "--runs", "2", "--out", "g",
                 "--no-chart", "--quiet")  # fmt: skip
    assert quiet.output.strip() == "g"
    short = call("forecast", "mine", "--as-of", "2030-05-29", "--runs", "2", "--no-chart")
    assert "The forecast ends with the scenario, on 31 May 2030.\n" in short.stdout
    wrong = call("forecast", "mine", "--as-of", "1999-01-01")
    assert wrong.exit_code == 2
