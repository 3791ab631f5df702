"""Invalid command lines: each runs, is refused with a reason, or names what is missing."""

import shlex
import signal

import pytest

from fuzzing import arguments, lines, verdicts

pytestmark = [
    pytest.mark.slow,  # about a minute in all
    pytest.mark.compiled,
    pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="interrupts what takes long"),
]
PARTS, EACH = 3, 100
DAYS = "--end 2030-03-03 --runs 2 --no-chart"
FOUND = {
    # Command lines that once ended in a traceback, filled the memory, or were not understood.
    "run tiny --runs 1000000000000": "--runs: found 1000000000000, expected a whole number from 1",
    "hindcast tiny --from 2030-03-14 --to 2030-03-16 --runs 2147483648": "--runs: found",
    "explain tiny tiny:wider-pass --runs 1000000000000": "--runs: found 1000000000000",
    f"run tiny {DAYS} --scale 9223372036854775808": "--scale: found 9223372036854775808",
    f"run tiny {DAYS} --workers 1000000": "--workers: found 1000000, expected a whole number from",
    f"run tiny {DAYS} --by ''": '--by: found ""',
    f"run tiny {DAYS} --by documnt": "did you mean document?",
    f"run tiny {DAYS} --by note": '--by: found "note", expected one of group, status',
    f"run tiny {DAYS} --out=~/out": "begins with ~: write the full path",
    f"run tiny {DAYS} --out .": "has no name",
    f"run tiny {DAYS} --out \udcff": "is not valid UTF-8",
    "report bench/run --out ''": "an empty text is not a path",
    f"fit tiny --steps {'9' * 400}": "--steps: found a number of 4",
    "fit tiny --checks -1": "--checks: found -1, expected a whole number from 0",
    "fit tiny --size 1000000000000": "--size: found 1000000000000",
    "sensitivity tiny --measure departed --trajectories 1000000000": "--trajectories: found",
    "sensitivity tiny --measure departed --base 1099511627776": "--base: found",
    "explain tiny tiny:wider-pass --orders 1000000000": "--orders: found 1000000000",
    f"hindcast tiny --from 2030-03-14 --to 2030-03-16 --every {'9' * 5000}d": "--every: found",
    "claim bench/run --measure departed --place * --from 2030-03-01 --to 2030-03-03 --value 9 "
    "--low nan": "is not a number",
    "claim bench/run --measure departed --place * --from 2030-03-01 --to 2030-03-03 --value 9 "
    "--low 1e400": "is not a number",
    "claim bench/run --measure departed --place * --from 2030-03-01 --to 2030-03-03 "
    "--value 2.000": "is ambiguous: write 2000 or 2.",
    "claim bench/run --measure wait_hours --place * --from 2030-03-01 --to 2030-03-03 "
    "--value 12.345": "is ambiguous: write 12345 or 12.3450.",
    "report \x1b[31mred": "there is no folder \\x1b[31mred",
    "import hxl-counts none.csv bench/mine --measure stock --source invented": "no such file",
    "claims bench/cut": "is damaged: daily.parquet is missing or cannot be read",
    "explain bench/run bench/cut --runs 1": "is damaged: daily.parquet is missing or cannot be",
    f"new {'x' * 300}": "PATH: found 300 characters, expected a name of at most 100 characters",
    "new bench": "bench: found an existing file or folder, expected an unused name",
    "new new-crisis --from ''": 'found "", expected a scenario folder',
    "import idmc bench/idmc.csv bench/mine --source invented --measure departed --sheet ''": (
        '--sheet: found "", expected no sheet, because idmc.csv is not a workbook'
    ),
}
"""Command line -> words of what it says."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    lines.make_bench(folder)
    return folder


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(PARTS))
def test_every_line_runs_or_is_refused_with_its_reason(part, bench):
    tally = lines.try_many(range(part * EACH, (part + 1) * EACH), bench)
    examples = [example for kind in tally.defects.values() for example in kind]
    assert not examples, "\n".join(examples)
    assert tally.counts.total() == EACH
    assert tally.counts[verdicts.RAN] > EACH / 10
    assert tally.counts[verdicts.REFUSED] > EACH / 3


@pytest.mark.parametrize("line", FOUND, ids=lambda line: line[:60].encode("ascii", "replace"))
def test_lines_from_fuzzing_are_refused_in_plain_words(line, bench):
    verdict = lines.judge(shlex.split(line), bench)
    assert verdict.what in (verdicts.REFUSED, lines.STOPPED), verdict
    assert FOUND[line] in "\n".join(verdict.mistakes)


@pytest.mark.parametrize("name", arguments.COMMANDS)
def test_valid_command_lines_run(name, bench):
    for words in arguments.COMMANDS[name]:
        verdict = lines.judge([*name.split(), *words.split()], bench, lines.GIVE_UP_SECONDS)
        assert verdict.what == verdicts.RAN, verdict


def test_a_name_that_is_no_utf_8_is_printed_with_its_bytes(bench):
    verdict = lines.judge(["report", "bench/run", "--figures", "\udcff"], bench)
    assert verdict.what == verdicts.RAN, verdict


def test_no_command_is_left_out():
    assert set(arguments.COMMANDS) == arguments.all_commands()


def test_a_number_is_always_the_same_line():
    assert [arguments.line(n) for n in range(9)] == [arguments.line(n) for n in range(9)]
