"""Files for spreadsheets: no formulas, numbers stay numbers, and everything reads back."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import emigre
from emigre.errors import ResultsError
from emigre.results import csv_files, scores_csv
from emigre.results.intervals import inner_name, interval_name

SOURCE = Path(emigre.__file__).parent
FORMULAS = ["=1+1", "+1,2", "-x", "-", "@sum", "\tq", "\rq", "\nq", "＝1", "'=x", "''@x"]
PLAIN = ["a", "'a", "", "1 - 2", "-5", "+0.12", "-1.5e-3", None]


def test_texts_that_would_run_are_escaped_and_read_back(tmp_path):
    texts = FORMULAS + PLAIN[:-1]
    table = pl.DataFrame(
        {"text": texts, "kind": pl.Series(["=k"] * len(texts), dtype=pl.Enum(["=k"]))}
    )
    csv_files.write(table, tmp_path / "t.csv")
    raw = pl.read_csv(tmp_path / "t.csv", infer_schema=False).fill_null("")
    assert raw["text"].to_list() == [f"'{text}" for text in FORMULAS] + PLAIN[:-1]
    assert set(raw["kind"]) == {"'=k"}
    there = csv_files.read(tmp_path / "t.csv")["text"].fill_null("").to_list()
    assert there == texts


def test_numbers_stay_numbers():
    text = csv_files.download(pl.DataFrame({"n": [-1.5, 2.0], "said": ["-7", "-7 to 3"]}))
    assert text == "\ufeffn,said\n-1.5,-7\n2.0,'-7 to 3\n"


def test_heads_that_would_run_are_escaped():
    assert csv_files.download(pl.DataFrame({"=a": [1]})) == "\ufeff'=a\n1\n"


def test_days_of_a_download_are_both_included():
    table = pl.DataFrame({"from": [date(2030, 3, 1)], "to": [date(2030, 3, 8)]})
    assert csv_files.download(table) == "\ufefffirst_day,last_day\n2030-03-01,2030-03-07\n"


def test_file_names_distinguish_runs():
    assert csv_files.file_name("a-12-seed1", "main") == "a-12-seed1-main.csv"
    assert "/" not in csv_files.file_name("a", "../b c")


def test_scores_with_formulas_are_read_as_they_were(tmp_path):
    row = dict.fromkeys(scores_csv.COLUMNS) | {
        "id": "=cmd|' /C calc'!A0",
        "measure": "departed",
        "place": "-A",
        "source_title": "@title",
        "note": "-5",
        "q05": -30.0,
    }
    table = pl.DataFrame([row], schema=scores_csv.COLUMNS, orient="row")
    scores_csv.write_csv(table, tmp_path / "scores.csv", 10)
    raw = (tmp_path / "scores.csv").read_text("utf-8").splitlines()
    assert raw[0].split(",") == list(scores_csv.COLUMNS)
    assert raw[1].startswith("'=cmd")
    assert scores_csv.read_csv(tmp_path / "scores.csv").equals(table)


def test_all_tables_of_results_are_written_here():
    """Other writers: data inside a chart, and files of scenarios."""
    collected = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if ".write_csv(" in path.read_text("utf-8").replace("scores_csv.write_csv(", "")
        and "frame.write_csv(" not in path.read_text("utf-8")
    }
    allowed = {"results/csv_files.py", "charts/series.py"}
    callers = {"cli/claims.py", "cli/explain.py", "cli/score.py", "comparison/run.py"}
    assert collected <= allowed | callers


def test_a_truncated_table_is_damaged(tmp_path):
    (tmp_path / "t.csv").write_text("name,value\na,12\nb,3")  # of 34
    for columns in (None, {"name": pl.String, "value": pl.Float64}):
        with pytest.raises(ResultsError, match=r"is damaged: t\.csv cannot be read"):
            csv_files.read_typed(tmp_path, "t.csv", columns)


@pytest.mark.parametrize(
    ("runs", "outer", "inner"),
    [
        (1, "range of 1 run", "middle half of 1 run"),
        (2, "range of 2 runs", "middle half of 2 runs"),
        (19, "range of 19 runs", "middle half of 19 runs"),
        (20, "90 % interval", "50 % interval"),
        (400, "90 % interval", "50 % interval"),
    ],
)
def test_few_runs_have_no_90_percent_interval(runs, outer, inner):
    assert (interval_name(runs), inner_name(runs)) == (outer, inner)


@pytest.mark.parametrize(
    ("text", "safe"), [("=1+1", "'=1+1"), ("-5", "-5"), ("Adré", "Adré"), ("@x", "'@x")]
)
def test_single_texts_are_escaped_like_tables(text, safe):
    assert csv_files.safe(text) == safe
