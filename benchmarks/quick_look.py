"""Seconds of a quick look at a variant, as the desk runs it.

The command is the desk's own: six weeks around the first change, with the scale, runs and draws of
a quick look. It runs in the desk's prewarmed process, after the rehearsal of an opened scenario,
several times, each into an empty folder.

    python benchmarks/quick_look.py [SCENARIO] [VARIANT] [TIMES]
"""

import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from emigre.web.draft_variant import DraftVariant
from emigre.web.job_builder import JobBuilder
from emigre.web.prewarm import PrewarmedProcess
from emigre.web.queue import Queue
from emigre.web.scenario_cache import LoadedScenario, read
from emigre.web.workspace import Workspace

LOOK_SECONDS = 0.005


class NoQueue(Queue):
    """Builds no jobs."""

    def __init__(self) -> None:
        pass


def command_of(workspace: Workspace, loaded: LoadedScenario, variant: str) -> list[str]:
    """Arguments after ``emigre`` of a quick look at a variant without further changes."""
    builder = JobBuilder(workspace, NoQueue())
    changed = builder.changed(loaded, DraftVariant(loaded.name, variant))
    return shlex.split(builder.commands(changed)["quick"])[1:]


def seconds(asked: Callable[[], int | None]) -> float:
    """Wait for a command of the process; SystemExit if it fails."""
    started = time.perf_counter()
    while (code := asked()) is None:
        time.sleep(LOOK_SECONDS)
    if code:
        raise SystemExit(f"the quick look failed with code {code}")
    return time.perf_counter() - started


def main(
    name: str = "russia-2022", variant: str = "estonian-permits-go-on", times: str = "5"
) -> None:
    process = PrewarmedProcess()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        workspace = Workspace(home)
        loaded = read(workspace, name)
        assert loaded is not None, name
        command = command_of(workspace, loaded, variant)
        print("emigre", shlex.join(command), flush=True)
        try:
            process.wake(loaded.rehearsal())
            # Answered once the process is warm.
            seconds(process.ask(["--version"], home / "said", home / "log"))
            for number in range(int(times)):
                words = [*command, "--out", str(home / f"look{number}")]
                took = seconds(process.ask(words, home / "said", home / "log"))
                print(f"{took:6.2f} s", flush=True)
        finally:
            process.restart()


if __name__ == "__main__":
    main(*sys.argv[1:])
