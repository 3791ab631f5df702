"""The page is self-contained, has every table, labels numbers, and withholds small counts."""

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from reading import chart_data, charts, data, files, words

import emigre
from edits import replace_text
from emigre import schema
from emigre.charts import fans, figures
from emigre.charts.figures import fan_figure
from emigre.charts.series import ChartReader
from emigre.errors import ResultsError
from emigre.evaluation import simulated
from emigre.evaluation.model_error import ModelError
from emigre.report import content
from emigre.report.page import environment
from emigre.report.tables import SKILL_ROWS, Cell, Table
from emigre.results.labels import KINDS, kind_of

pytestmark = pytest.mark.slow  # whole runs: with the compiler off they take minutes

SMALL = 10
NUMBERS = ("value", "q05", "q25", "q50", "q75", "q95")


def is_small(text: str) -> bool:
    """Whether a cell holds a count of persons that must be withheld."""
    try:
        return 0 < abs(float(text)) < SMALL
    except ValueError:
        return False


def test_nothing_is_fetched_and_it_can_be_mailed(page):
    assert len(page.encode()) < 1_500_000
    head = page.partition("<body>")[0]
    assert "default-src 'none'" in head
    bare = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b|<script[^>]*\bsrc=|@import", bare)
    assert not re.search(r"url\((?!#)", bare)


def test_every_chart_has_its_element_and_description(page):
    found = charts(page)
    places = re.findall(r'data-chart="([^"]+)"', page)
    assert sorted(places) == sorted(found)
    assert len(places) == len(set(places))
    for spec in found.values():
        assert len(spec["description"]) > 40


def test_every_figure_and_table_can_be_downloaded(page):
    figures = re.findall(r'<figure class="block(?: map)?" id="figure-([^"]+)"', page)
    tables = re.findall(r'<h3 id="table-([^"]+)"', page)
    found = files(page)
    stem = re.search(r'download="(tiny-[0-9a-f]{8}-seed1-)', page)[1]
    assert set(found) == {f"{stem}{key}.csv" for key in [*figures, *tables]}
    assert all(found.values())


def test_series_without_a_picture_are_in_the_tables(run_page, a_run):
    page = run_page.read_text("utf-8")
    drawn = {key.rpartition("-")[0] for key in charts(page)}
    assert {"waits", "arrived", "statuses"} <= drawn
    assert not {"queues", "beds", "entries-in-all", "present"} & drawn
    assert file_of(page, "queues")
    reader = ChartReader(a_run)
    plan = next(plan for plan in fans.usual_plans(reader) if plan.key == "countries")
    figure = fan_figure(reader, replace(plan, drawn=1))
    assert len(figure.pictures) == 1
    assert figure.table["place"].n_unique() == len(figure.panels) > 1
    others = [panel.title for panel in figure.panels[1:]]
    assert f"Only in the table: {'; '.join(others)}." in figure.note


def test_series_are_read_with_those_from_which_they_follow(a_run, monkeypatch):
    passes, read = [], simulated.daily_values
    monkeypatch.setattr(simulated, "daily_values", lambda *args: passes.append(args) or read(*args))
    reader = ChartReader(emigre.read(a_run.folder))
    several = [(m, p) for m in ("unsheltered", "stock", "wait_hours") for p in reader.info.places]
    reader.load(several)
    for series in several:
        reader.fan(*series)
    assert len(passes) == 1


def test_tables_of_figures_label_every_number(page):
    for name, rows in files(page).items():
        if rows and "label" in rows[0]:
            labels = {row["label"] for row in rows}
            assert labels <= {"official", "reported", "estimate", "simulated"}, name
            assert "simulated" in labels


def file_of(page, key):
    """Rows of the download of one figure or table."""
    return next(rows for name, rows in files(page).items() if name.endswith(f"-{key}.csv"))


def test_downloads_have_a_mark_inclusive_days_and_numbers_alone(page):
    assert {text[0] for text in data(page)["files"].values()} == {"\ufeff"}
    for name, rows in files(page).items():
        assert rows, name
        assert not {"from", "to"} & set(rows[0]), name
        for row in rows:
            if row.get("first_day"):
                assert row["first_day"] <= row["last_day"], name
            for column in NUMBERS:
                if row.get(column) and not name.endswith("-sources.csv"):
                    float(row[column])


def test_downloads_have_the_digits_of_the_words(run_page):
    page = run_page.read_text("utf-8")
    figure = page.partition('id="figure-arrived"')[2].partition("</figure>")[0]
    for row in file_of(page, "arrived"):
        said = f"{float(row['value']):,.0f}"
        assert f"{row['place_name']}: {said}" in figure  # the description of the picture
        assert f"<td>{said}</td>" in figure


def test_pictures_and_tables_need_no_script(page):
    body = page.partition("<body>")[2]
    shown = re.findall(r'data-chart="([^"]+)">(<svg.*?</svg>)', body, re.S)
    assert [key for key, _ in shown] == re.findall(r'data-chart="([^"]+)"', body)
    for _, still in shown:
        assert 'aria-label="' in still[:400]
        assert "NaN" not in still
    ids = re.findall(r'<clipPath id="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    tables = re.findall(r'<details class="data">.*?<tbody>(.*?)</tbody>', body, re.S)
    assert len(tables) == body.count("<figure")
    assert all("<td>" in rows for rows in tables)


def test_intervals_without_the_model_error_are_the_range_of_few_runs(page):
    assert re.search(r"range of [34] runs", words(page))


def test_no_small_count_is_in_any_table(page):
    for name, rows in files(page).items():
        for row in rows:
            measure = schema.measures().get(row.get("measure") or "")
            counts = measure is None or measure.unit == "persons"
            if row.get("label", "simulated") == "simulated" and counts and "unit" in row:
                held = {n: row[n] for n in NUMBERS if is_small(row.get(n) or "")}
                assert not held or not row["unit"].startswith("persons"), (name, row)


def test_no_small_count_is_in_any_chart(page):
    seen = 0
    for key, spec in charts(page).items():
        for layer, rows in chart_data(spec):
            encoding = layer["encoding"]
            titles = [encoding[c].get("title") for c in ("x", "y") if c in encoding]
            is_persons = any(t and t.startswith("persons") for t in titles)
            if is_persons and rows and "q05" in rows[0]:
                seen += len(rows)
                for row in rows:
                    assert not any(is_small(row[n]) for n in NUMBERS if n in row), (key, row)
            if rows and "s" in rows[0]:  # the map
                seen += len(rows)
                assert not any(is_small(row["v"]) for row in rows), key
    assert seen > 300


def test_no_small_count_is_shown(page):
    for spec in charts(page).values():
        for layer, rows in chart_data(spec):
            unit = layer["encoding"].get("y", layer["encoding"].get("x", {})).get("title") or ""
            for row in rows:
                if unit.startswith("persons") and "says" in row:
                    said = re.findall(r"(?<![<\d,.])\d[\d,.]*", row["says"])
                    assert not any(is_small(n.replace(",", "")) for n in said), row


def test_kinds_of_counts_never_share_a_panel(a_run):
    for figure in figures(a_run):
        assert set(figure.counts) <= set(KINDS)
        measured = {kind_of(m) for m in figure.table["measure"].unique()} - {"hours"}
        assert measured <= set(figure.counts), figure.key
        if len(figure.panels) == 1 and figure.key != "map":
            assert figure.table["measure"].n_unique() == 1, figure.key


def with_few_rows(spec):
    """A chart with the first rows of its data: they are all alike, and checking them takes long."""
    if isinstance(spec, list):
        return [with_few_rows(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    values = spec.get("values")
    few = {"values": values[:20]} if isinstance(values, list) else {}
    return {key: with_few_rows(part) for key, part in (spec | few).items()}


def test_charts_follow_the_schema_of_vega_lite(a_run, a_comparison):
    from altair import Root

    from emigre.charts import chart, figures, styled

    for results in (a_run, a_comparison):
        drawn = figures(results)
        for figure in drawn:
            Root.validate(with_few_rows(styled(figure.chart(), figure.title)))
        assert chart(results, drawn[0].key).to_dict(validate=False)["config"]


def test_the_first_screen_has_question_answer_and_reliability(run_page):
    text = words(run_page.read_text("utf-8"))
    first = text.partition("Contents")[0]
    assert "A call-up in Vesland (invented, for teaching)" in first
    assert "Who leaves, by which route, and where do they go, 1 Mar – 31 May 2030?" in first
    assert re.search(r"[\d,]+ people \(90 % interval: [\d,]+ to [\d,]+\) set out", first)
    assert "Nothing: the parameters were drawn from ranges in the scenario" in first
    assert re.search(r"\d+ of \d+ held-out published figures fall within the 90 % interval", first)
    assert "Retrospective, not a forecast" in first


def test_the_answer_is_the_quantiles_of_the_runs(a_run, monkeypatch):
    nothing = ModelError(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    monkeypatch.setattr("emigre.evaluation.model_error.error_of", lambda *_: nothing)
    rows = a_run.daily.filter((pl.col("measure") == "departed") & (pl.col("place") == "*"))
    sums = rows.group_by("run").agg(pl.col("value").sum())["value"]
    found = content.of(a_run).answers[0].sentences[0]
    numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]{2,}", found)]
    for said, q in zip(numbers[-3:], (0.5, 0.05, 0.95), strict=True):
        true = np.quantile(sums, q, method="weibull")
        assert abs(said - true) <= 0.1 * (sums.max() - sums.min()) + 1


def test_a_comparison_says_the_effect_of_each_alternative(comparison_page):
    text = words(comparison_page.read_text("utf-8"))
    assert (
        "What would change with “A wider pass” and “Without prices”, 1 Mar – 10 Apr 2030?" in text
    )
    assert "Without prices" in text
    assert "The number of emigrants admitted changes most at" in text
    assert "The baseline" in text


def test_a_published_figure_leads_to_its_source(run_page):
    page = run_page.read_text("utf-8")
    for source in re.findall(r'href="#(source-[^"]+)"', page):
        assert f'id="{source}"' in page


def test_claims_have_their_verdicts(run_page):
    rows = file_of(run_page.read_text("utf-8"), "claims")
    assert {row["verdict"] for row in rows} <= {
        "consistent",
        "not consistent",
        "not comparable",
        "no verdict",
    }
    assert len(rows) == 4


def test_links_within_the_page_lead_somewhere(page):
    for anchor in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{anchor}"' in page, anchor


def test_text_from_a_scenario_is_escaped(a_run, tmp_path):
    import shutil

    evil = tmp_path / "evil"
    shutil.copytree(a_run.folder, evil)
    said = (evil / "run.json").read_text("utf-8")
    (evil / "run.json").write_text(said.replace("A call-up", "<script>alert(1)</script></script>"))
    replace_text(evil / "scenario" / "places.csv", "River Bridge", "</script><b>Bridge")
    page = emigre.report(evil).read_text("utf-8")
    assert "<script>alert(1)" not in page
    assert "</script><b>" not in page


def test_a_folder_that_is_not_a_run_is_refused(tmp_path):
    with pytest.raises(ResultsError, match=r"not a complete run"):
        emigre.report(tmp_path)


def test_the_same_folder_gives_the_same_page(a_run, run_page):
    before = run_page.read_bytes()
    assert emigre.report(a_run).read_bytes() == before


def test_key_figures_are_those_of_the_sentences(run_page):
    text = run_page.read_text("utf-8")
    figures = re.findall(r"<strong>([\d,]+)</strong> ([^<]+)</p>", text)
    assert figures[0][1] == "set out to live elsewhere"
    assert f"{figures[0][0]} people" in re.search(r'class="sentence">([^<]+)', text)[1]
    for svg in re.findall(r'<rect class="range" x="([\d.]+)" y="1" width="([\d.]+)"', text):
        assert 0.0 <= float(svg[0]) <= float(svg[0]) + float(svg[1]) <= 100.6


def test_nothing_is_planned_for_days_whose_counts_are_known(run_page):
    text = run_page.read_text("utf-8")
    assert "Retrospective, not a forecast" in text
    assert "Plan for" not in text


def test_reception_services_read_sums_of_7_14_and_30_days(run_page, a_run):
    rows = [
        r for r in file_of(run_page.read_text("utf-8"), "reception") if r["measure"] == "arrived"
    ]
    place = rows[0]["place"]
    daily = a_run.daily.filter(measure="arrived", place=place)
    mine = [row for row in rows if row["place"] == place]
    for row, days in zip(mine, (7, 14, 30), strict=True):
        first = dt.date.fromisoformat(row["first_day"])
        assert dt.date.fromisoformat(row["last_day"]) - first == dt.timedelta(days=days - 1)
        some = daily.filter(pl.col("date").is_between(first, first + dt.timedelta(days=days - 1)))
        sums = some.group_by("run").agg(pl.col("value").sum())["value"]
        assert sums.min() - 10 <= float(row["q50"] or 0) <= sums.max() + 10


@pytest.mark.parametrize("rows", [SKILL_ROWS, SKILL_ROWS + 1])
def test_long_scores_are_printed_only_if_shown(rows):
    body = [(Cell("x"),)] * rows
    table = Table("skill", "T", "", ("a",), body, "", is_folded=True, most_printed=SKILL_ROWS)
    macro = "{% from 'parts.html.j2' import table with context %}{{ table(t) }}"
    shown = environment().from_string(macro).render(t=table, file_name=str)
    is_long = rows > SKILL_ROWS
    assert ('class="printed"' in shown, "is not printed unless" in shown) == (not is_long, is_long)
