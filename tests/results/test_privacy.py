"""No row about a person or household, small counts withheld, and a purpose with every table."""

import csv
import shutil

import polars as pl
import pytest

import emigre
from emigre.forecasting.hindcast import hindcast
from emigre.results.output_dir import PURPOSE
from emigre.scenario.library import new
from observed import call

pytestmark = pytest.mark.slow  # whole runs

SINGLE = {"household", "cohort", "party", "person", "id_of_household"}
"""Columns that a table about single people would have."""
SMALL = 100


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folders of a run, a comparison and a hindcast of a scenario that withholds below 100."""
    home = tmp_path_factory.mktemp("private")
    folder = new("private", into=home)
    path = folder / "scenario.toml"
    text = path.read_text("utf-8")
    assert "small_count = " in text or "[run]" in text
    lines = [line for line in text.split("\n") if not line.startswith("small_count")]
    lines.insert(lines.index("[run]") + 1, f"small_count = {SMALL}")
    path.write_text("\n".join(lines), encoding="utf-8")
    scenario = emigre.load(folder, end="2030-04-10")
    emigre.run(scenario, runs=3, workers=1, by="document", out=home / "run")
    base, worlds = emigre.alternatives(folder, variants=["wider-pass"], end="2030-04-10")
    emigre.compare(base, worlds, runs=2, workers=1, out=home / "compare")
    hindcast(
        folder, start="2030-03-10", end="2030-03-25", every=7, horizon=7, runs=3, workers=1,
        out=home / "hindcast",
    )  # fmt: skip
    return home


def columns(path):
    if path.suffix == ".parquet":
        return pl.read_parquet_schema(path).keys()
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.mark.parametrize("kind", ["run", "compare", "hindcast"])
def test_no_table_has_rows_about_single_people(results, kind):
    tables = [p for p in (results / kind).rglob("*") if p.suffix in (".csv", ".parquet")]
    assert tables
    for path in tables:
        assert not SINGLE & set(columns(path)), path
    assert not list((results / kind).rglob("trace*"))
    assert not list((results / kind).rglob("parts"))


@pytest.mark.parametrize("kind", ["run", "compare", "hindcast"])
def test_every_folder_of_tables_states_its_purpose(results, kind):
    text = (results / kind / PURPOSE).read_text("utf-8")
    for words in ("Simulated by Emigre", "hash ", "Not for selecting, profiling", "fewer than 100"):
        assert words in text


def test_simulated_persons_below_the_threshold_are_in_no_csv(results):
    """Numbers of people; shares, hours, scores and published counts are something else."""
    people = {
        "run/scores.csv": ("q05", "q25", "q50", "q75", "q95"),
        "compare/totals.csv": ("baseline", "alternative_value", "mean", "q05", "q50", "q95"),
        "compare/diverted.csv": ("mean", "q05", "q50", "q95"),
        "compare/diverted_main.csv": ("mean", "q05", "q50", "q95"),
        "hindcast/forecasts.csv": ("p05", "p25", "p50", "p75", "p95"),
    }
    withheld = 0
    for name, wanted in people.items():
        with (results / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row.get("forecaster", "emigre") != "emigre":
                    continue
                for column in wanted:
                    cell = row[column]
                    is_withheld = cell in (f"<{SMALL}", f">-{SMALL}")
                    withheld += is_withheld
                    if row.get("measure", "") in ("wait_hours", "rootedness"):
                        continue
                    if cell and not is_withheld:
                        assert float(cell) == 0 or abs(float(cell)) >= SMALL, (name, row)
    assert withheld > 10


def test_single_tables_have_their_purpose_next_to_them(results, tmp_path):
    run = str(shutil.copytree(results / "run", tmp_path / "run"))
    for words in (("score", run), ("claims", run), ("explain", "tiny", "tiny:wider-pass")):
        more = ["--runs", "1", "--quiet"] if words[0] == "explain" else []
        out = tmp_path / f"{words[0]}.csv"
        done = call(*words, *more, "--out", str(out))
        assert done.exit_code == 0, done.output
        assert "Not for selecting" in out.with_suffix(".purpose.txt").read_text("utf-8")
