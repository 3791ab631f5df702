"""Kill commands at random moments and repeat them until they are done.

After each kill, no incomplete file has the name of a result, and no finished part is lost or
computed again. In the end the files are the same, bit for bit, as without interruption.
"""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run tiny --end 2030-04-05 --runs 40 --no-chart --by document --workers 2", "run.json"),
    "run in threads": (
        "run tiny --end 2030-04-05 --runs 30 --no-chart --workers 2 --threads",
        "run.json",
    ),
    "compare": (
        "compare tiny --variant wider-pass --end 2030-04-05 --runs 12 --workers 2",
        "compare.json",
    ),
    "hindcast": (
        "hindcast tiny --from 2030-03-10 --to 2030-03-25 --every 3d --horizon 7d --runs 2",
        "hindcast.json",
    ),
    "fit": ("fit tiny --size 24 --steps 3 --checks 8 --end 2030-03-20", "posterior.json"),
}
"""Name -> the command and the file that comes last in its folder."""


@dataclass(slots=True)
class Losses:
    """Number of kills, of those during the work, and all defects found."""

    kills: int = 0
    too_late: int = 0
    kept: int = 0
    wrong: list[str] = field(default_factory=list)


def start(command: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command in a process group of its own."""
    words = [sys.executable, "-m", "emigre", *command.split(), "--quiet", "--out", "out"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, cwd=folder, text=True, start_new_session=True, **pipes)


def content(folder: Path) -> dict[str, bytes]:
    """All files of a result by name; those that hold the times of the work are left out."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.suffix not in (".json", ".png", ".svg", ".html") and p.name != ".lock"
    }


def parts(folder: Path) -> dict[Path, int]:
    """Finished pieces of work that lie in a draft, with the times at which they were written."""
    try:
        collected = [*folder.rglob("run-*.parquet"), *folder.rglob("simulations-*.npz")]
        collected += [p for p in folder.glob("origins/*") if p.is_file()]
        return {p: p.stat().st_mtime_ns for p in collected if p.suffix != ".draft"}
    except FileNotFoundError:  # it has just got its name, or its pieces have gone
        return {}


def wait(process: subprocess.Popen[str], draft: Path, seconds: float, more: int | None) -> None:
    """Wait for a time, for so many more finished pieces, or for the end."""
    begun, there = time.perf_counter(), len(parts(draft))
    while process.poll() is None:
        if more is None and time.perf_counter() - begun > seconds:
            return
        if more is not None and len(parts(draft)) >= there + more:
            return
        time.sleep(0.002)


def reference(name: str, folder: Path) -> tuple[dict[str, bytes], float]:
    """The result without interruption, and the seconds that it takes."""
    command, mark = COMMANDS[name]
    folder.mkdir()
    begun = time.perf_counter()
    process = start(command, folder)
    _, error = process.communicate()
    if process.returncode or not (folder / "out" / mark).is_file():
        raise AssertionError(f"{name} fails without any kill: {error}")
    return content(folder / "out"), time.perf_counter() - begun


def kill_until_done(
    name: str,
    folder: Path,
    expected: dict[str, bytes],
    seconds: float,
    rng: random.Random,
    most: int,
    losses: Losses,
) -> None:
    """Kill one piece of work up to ``most`` times, let it finish, and inspect the result."""
    command, mark = COMMANDS[name]
    folder.mkdir()
    out, draft = folder / "out", folder / "out.partial"
    for _ in range(most):
        before = parts(draft)
        process = start(command, folder)
        # Half of the kills by the clock; half amid the work, which is a small part of the time.
        more = rng.choice((None, rng.randrange(1, 12)))
        wait(process, draft, rng.uniform(0.1, 1.0) * seconds, more)
        if process.poll() is None:
            time.sleep(rng.uniform(0.0, 0.02))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            losses.kills += 1
        else:
            losses.too_late += 1
        process.communicate()
        if out.exists():
            if not (out / mark).is_file():
                losses.wrong.append(f"{name}: a folder without {mark} bears the name of a result")
            break
        if (draft / mark).is_file():
            continue  # all is written: the parts are on their way out
        after = parts(draft)
        losses.kept += len(after)
        losses.wrong += [
            f"{name}: {p.name} was lost or made again"
            for p, when in before.items()
            if after.get(p) != when
        ]
    if not out.exists():
        process = start(command, folder)
        _, error = process.communicate()
        if process.returncode:
            losses.wrong.append(f"{name}: does not go on after a kill: {error}")
            return
    actual = content(out)
    for file in sorted(expected.keys() | actual.keys()):
        if expected.get(file) != actual.get(file):
            losses.wrong.append(f"{name}: {file} is another than without a kill")
    left = sorted(p.name for p in folder.iterdir() if p.name != "out")
    if left:
        losses.wrong.append(f"{name}: left behind: {', '.join(left)}")


def campaign(folder: Path, names: list[str], kills: int, seed: int, most: int = 4) -> Losses:
    """Kill commands in turn until there were so many kills."""
    rng, losses = random.Random(seed), Losses()
    known = {name: reference(name, folder / f"whole-{i}") for i, name in enumerate(names)}
    number = 0
    while losses.kills < kills:
        name = names[number % len(names)]
        wanted = min(most, kills - losses.kills)
        kill_until_done(name, folder / f"w{number}", *known[name], rng, wanted, losses)
        number += 1
        if number > 4 * kills + 20:
            losses.wrong.append("commands end before they can be killed")
            break
    return losses
