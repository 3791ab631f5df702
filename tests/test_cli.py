"""The command line from a user's view."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import emigre
from edits import replace_text

pytestmark = pytest.mark.usefixtures("pictures_drawn_once")
CLOSURE = "rules.nordal_closes."
SHORT = ["--start", "2030-03-05", "--end", "2030-03-25", "--runs", "3"]


def test_a_run_shows_the_observations_and_says_where_results_lie(call, tmp_path):
    done = call("run", "tiny", *SHORT)
    assert done.exit_code == 0
    assert "River Bridge" in done.stdout
    assert "90 % interval" in done.stdout
    assert "Invented for teaching" in done.stdout
    assert "runs/tiny-001" in done.stdout
    assert "Next:\n  runs/tiny-001/report.html   (open in a browser)\n" in done.stdout
    assert "emigre run tiny --variant" in done.stdout
    assert done.stderr.count("reading the scenario") == 1
    assert "simulating 100 %" in done.stderr
    names = {p.name for p in (tmp_path / "runs" / "tiny-001").iterdir()}
    assert names == {
        "PURPOSE.txt",
        "arrivals.parquet",
        "chart.png",
        "chart.svg",
        "daily.parquet",
        "report.html",
        "run.json",
        "scenario",
        "scores.csv",
        "summary.parquet",
    }


LATE = [
    ("--set", f"{CLOSURE}effective_from=2032-03-05"),
    ("--set", f"{CLOSURE}announced=2032-03-01"),
]
LATE_RULE = [word for pair in LATE for word in pair]


@pytest.mark.parametrize(
    "words",
    [
        ["run", "tiny", *SHORT, *LATE_RULE, "--no-chart"],
        ["compare", "tiny", *SHORT, "--shift", "nordal_closes=+700d", "--no-chart"],
        ["explain", "own", "own:late", "--runs", "1"],
        [
            *("hindcast", "tiny", *LATE_RULE, "--runs", "2"),
            *("--from", "2030-03-12", "--to", "2030-03-12"),
        ],
    ],
)
def test_a_rule_that_begins_after_the_last_day_is_warned_of_once(call, words, tmp_path):
    call("new", "own")
    pairs = (text.split("=") for _, text in LATE)
    late = ['title = "Late"', "[set]", *(f'"{key}" = "{value}"' for key, value in pairs)]
    (tmp_path / "own" / "variants" / "late.toml").write_text("\n".join(late))
    done = call(*words)
    assert done.exit_code == 0, done.stderr
    assert "1 warning (valid, but probably not intended):" in done.stderr
    assert done.stderr.count("rules.nordal_closes.effective_from") == 1
    if words[0] in ("run", "compare"):
        assert "warning" not in call(*words, "--quiet").stderr


def test_a_scale_that_leaves_few_simulated_people_is_warned_of(call, tmp_path):
    done = call("run", "tiny", *SHORT, "--scale", "100000", "--no-chart", "--out", tmp_path / "r")
    said = "--scale: found 100000, so that 1 simulated person stands for 150000, expected at most"
    assert done.exit_code == 0
    assert f"{said} 1500 (every count is a multiple of 100000)" in done.stderr
    (warning,) = emigre.read(tmp_path / "r").info.warnings
    assert warning.startswith("scale: found 100000")
    assert "warning" not in call("run", "tiny", *SHORT, "--scale", "1500", "--no-chart").stderr
    call("new", "own")
    replace_text(tmp_path / "own" / "scenario.toml", "scale = 1\n", "scale = 20000\n")
    assert "key run.scale: found 20000, so that 7" in call("check", "own").stdout


def test_printed_commands_name_the_folder_that_was_given(call, tmp_path):
    made = call("new", "my cases/sud1")
    assert "emigre run 'my cases/sud1'" in made.stdout
    header = tmp_path / "my cases" / "sud1" / "scenario.toml"
    text = header.read_text().replace('id = "sud1"', 'id = "sudan"')
    header.write_text(text)
    done = call("run", "my cases/sud1", *SHORT, "--no-chart", "--out", "runs [1]/x")
    assert "emigre run 'my cases/sud1' --variant nordal-stays-open" in done.stdout
    assert "runs [1]/x" in done.stdout
    [line] = [s for s in done.stdout.splitlines() if s.strip().startswith("python -c")]
    assert shlex.split(line) == [
        *("python", "-c", 'import emigre; print(emigre.read("runs [1]/x").summary)')
    ]


def test_folders_are_numbered_and_named_after_variants(call, tmp_path):
    call("run", "tiny", *SHORT, "--quiet")
    call("run", "tiny", *SHORT, "--quiet")
    call("run", "tiny", *SHORT, "--quiet", "--variant", "wider-pass")
    result = sorted(p.name for p in (tmp_path / "runs").iterdir())
    assert result == ["tiny-001", "tiny-002", "tiny-wider-pass-001"]


def test_quiet_prints_the_folder_alone(call):
    done = call("run", "tiny", *SHORT, "--quiet", "--out", "here")
    assert (done.stdout, done.stderr) == ("here\n", "")


def test_options_reach_the_run(call):
    call(
        *("run", "tiny", *SHORT, "--seed", "9", "--scale", "2", "--by", "document"),
        *("--set", "patience_days=30", "--variant", "wider-pass", "--out", "here"),
    )
    results = emigre.read("here")
    assert (results.info.seed, results.info.scale, results.info.by) == (9, 2, "document")
    assert results.info.parameters["patience_days"] == 30
    assert len(results.info.variants) == 2
    assert results.groups is not None


def test_a_run_is_not_replaced_unless_forced(call):
    call("run", "tiny", *SHORT, "--out", "here")
    again = call("run", "tiny", *SHORT, "--out", "here")
    assert again.exit_code == 1
    assert "already holds a run" in again.stderr
    assert call("run", "tiny", *SHORT, "--out", "here", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "nowhere"], ["nowhere"]),
        (["run", "tiny", "--runs", "0", "--workers", "0"], ["--runs", "--workers"]),
        (["run", "tiny", "--set", "patience=1"], ["--set"]),
        (["run", "tiny", "--set", "patience_days=x", "--variant", "none"], ["--set", "--variant"]),
        (["run", "tiny", "--start", "2022-13-01"], ["--start"]),
        (["check", "nowhere"], ["nowhere"]),
        (["new", "tiny", "--from", "nowhere"], ["nowhere"]),
    ],
)
def test_mistakes_are_listed_one_a_line_with_code_2(call, words, said):
    done = call(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if "expected" in line]
    assert len(lines) == len(said)
    for line, start in zip(lines, said, strict=True):
        assert line.startswith(start)


def test_opposite_options_are_named(call):
    result = call("run", "tiny", "--processes", "--threads")
    assert result.exit_code == 2
    assert "--processes/--threads is given 2 times" in result.stderr


@pytest.mark.parametrize("twice", ["--by", "--seed", "--scale", "--out"])
def test_an_option_given_twice_is_refused(call, twice):
    result = call("run", "tiny", twice, "1", twice, "2")
    assert result.exit_code == 2
    assert f"{twice} is given 2 times" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tiny", "--out", ""),
        ("export", "csv", "a-run", ""),
        ("import", "flee", "a-folder", " "),
        ("score", ""),
        ("report", ""),
        ("desk", ""),
        ("desk", "--runs-dir", ""),
    ],
)
def test_an_empty_path_is_not_the_current_folder(call, words):
    result = call(*words)
    assert result.exit_code == 2
    assert "path" in result.stderr or "scenario" in result.stderr


@pytest.mark.parametrize("option", ["--out", "--set", "--runs", "--end"])
@pytest.mark.parametrize("follows", ["--force", "--no-chart", "--seed"])
def test_an_option_is_no_value_of_another(call, option, follows):
    result = call("run", "tiny", option, follows, "3")
    assert result.exit_code == 2
    assert f"{option} has no value, but is followed by {follows}" in result.stderr


def test_unbalanced_accounts_are_reported_without_a_traceback(call, stand_in):
    stand_in(fail_in=1, error=emigre.BooksError("run 1, day 3: a person is gone"))
    done = call("run", "tiny", *SHORT)
    assert done.exit_code == 1
    assert "a person is gone" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_reports_it_and_resumes(call, stand_in, tmp_path):
    stand_in(fail_in=1, error=KeyboardInterrupt())
    done = call("run", "tiny", *SHORT, "--out", "here")
    assert done.exit_code == 130
    assert "Interrupted; finished runs are kept" in done.stderr
    assert not (tmp_path / "here").exists()
    stand_in()
    assert call("run", "tiny", *SHORT, "--out", "here").exit_code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["here"]


def test_check_says_that_all_is_well(call):
    done = call("check", "tiny")
    assert done.exit_code == 0
    assert "No mistakes" in done.stdout


def test_check_lists_every_mistake_of_a_folder(call, tmp_path):
    call("new", "mine")
    replace_text(tmp_path / "mine" / "rules.csv", "2030-04-05T18:00", "2030-13-05T18:00")
    done = call("check", "mine")
    assert done.exit_code == 2
    assert "rules.csv:3" in done.stderr


def test_a_new_scenario_runs(call):
    assert call("new", "mine", "--from", "tiny").exit_code == 0
    assert call("check", "mine").exit_code == 0
    assert call("run", "mine", *SHORT, "--quiet").exit_code == 0
    assert call("new", "mine").exit_code != 0


def test_list_names_shipped_scenarios(call):
    done = call("list")
    assert "tiny" in done.stdout
    assert "wider-pass" in done.stdout


@pytest.mark.parametrize("group", [[], ["import"]])
def test_help_has_the_whole_first_sentence_of_every_command(call, group):
    _, _, listed = call(*group, "--help").stdout.partition("Commands:")
    assert listed
    assert "..." not in listed


def test_version(call):
    assert call("--version").stdout == f"emigre {emigre.__version__}\n"


def test_the_command_works_as_a_process_without_a_terminal(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "emigre", "check", "nowhere"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_run_json_is_plain_json(call):
    call("run", "tiny", *SHORT, "--out", "here")
    assert json.loads(Path("here/run.json").read_text(encoding="utf-8"))["format"] == 1
