"""Closed or unwritable standard streams, and numbers on the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from emigre.errors import command
from observed import call

pytestmark = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full and a shell"
)


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """A command line in a shell; ``emigre`` is this program."""
    emigre = command(sys.executable, "-m", "emigre")
    words = ["sh", "-c", line.replace("emigre", emigre, 1)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)


def test_a_full_device_is_reported():
    done = shell("emigre describe tiny > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "standard output: No space left on device (free some disk space)\n"


def test_closed_streams_stop_nothing(tmp_path):
    done = shell(f"{command('emigre', 'new', tmp_path / 'mine')} >&-")
    assert (done.returncode, done.stdout) == (1, "")
    assert (tmp_path / "mine" / "scenario.toml").is_file()
    done = shell("emigre check tiny >&-")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("standard output is closed")
    done = shell("emigre check tiny 2>&-")
    assert done.returncode == 0
    assert "No mistakes." in done.stdout
    assert shell("emigre check nowhere 2>&- >&-").returncode == 2
    assert shell("emigre check nowhere 2>/dev/full").returncode == 2


def test_a_reader_that_has_had_enough_is_no_error():
    done = shell("emigre list | true")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("text", ["1_000", "５", "nan", "1.5", "1e3", "", "0x10"])
def test_whole_numbers_are_written_in_plain_digits(text):
    done = call("run", "tiny", "--runs", text)
    assert done.exit_code == 2
    assert "is not a whole number" in " ".join(done.output.split())


@pytest.mark.parametrize("text", ["1_000.5", "５.5", "nan", "inf", "1,5", ""])
def test_numbers_are_written_in_plain_digits(text):
    words = ["claim", "r", "--measure", "m", "--place", "p", "--from", "2030-01-01"]
    done = call(*words, "--to", "2030-01-02", "--value", text)
    assert done.exit_code == 2
    assert "is not a number" in " ".join(done.output.split())


def test_printed_commands_can_be_copied():
    assert command("emigre", "run", "my folder/it's") == "emigre run 'my folder/it'\"'\"'s'"
    assert command("emigre", "run", "runs/tiny-001") == "emigre run runs/tiny-001"
