"""Kill desks during a run and start them again until the run is finished.

The process group of the server is killed. In half of the cases the run dies with it, as when a
machine stops; in the other half it continues, and the next server must find it. After each kill no
incomplete folder has the name of a result, no finished part is lost, and the job is shown as
running, done, or interrupted and resumable. In the end the tables are those of an undisturbed run.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from faults.kills import Losses, content, parts

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "web"))
from desk_visitor import start

ASKED = {
    "run": ("end=2030-03-20&runs=60&seed={seed}", "run.json"),
    "compare": ("variant=wider-pass&end=2030-03-20&runs=16&seed={seed}", "compare.json"),
}
"""Kind of work -> the state of the page and the file that comes last in the folder."""
OPEN = ("waiting", "running")


class Desk:
    """A server of a folder of runs, and a visitor of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.visitor, self.process = start(home / "runs")

    def kill(self) -> None:
        """End the server without warning."""
        self.visitor.client.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def job(self, address: str) -> dict[str, object]:
        """The desk's record of a job."""
        path = self.home / "runs" / ".desk" / "jobs" / f"{address.rpartition('/')[2]}.json"
        result: dict[str, object] = json.loads(path.read_text("utf-8"))
        return result


def kill_run(job: dict[str, object]) -> None:
    """End the process of a job, which is a group of its own."""
    pid = job.get("pid")
    if isinstance(pid, int) and pid > 1 and job.get("state") == "running":
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def folders(home: Path) -> list[Path]:
    """Folders that bear the name of a result."""
    runs = [p for p in (home / "runs").glob("*") if p.is_dir()]
    others = (".desk", "quick", "variants")
    return [p for p in runs if p.name not in others and not p.name.endswith(".partial")]


def kill_until_done(home: Path, action: str, rng: random.Random, losses: Losses, most: int) -> None:
    """Request a run, kill up to ``most`` times, let it finish, and inspect the result."""
    (home / "runs").mkdir(parents=True)
    state, mark = ASKED[action]
    desk = Desk(home)
    address = desk.visitor.ask(state.format(seed=rng.randrange(1000)))
    try:
        for _ in range(most):
            if not _killed_once(desk, address, rng, losses, mark):
                break
            desk = Desk(home)
            _look(desk, address, losses)
        ended = desk.visitor.wait(address)
        if ended != "done":
            losses.wrong.append(f"desk: {action} ends as {ended}: {desk.job(address).get('said')}")
            return
        args = desk.job(address)["args"]
    finally:
        desk.kill()
    assert isinstance(args, list)
    _compare(home, args, losses)


def _killed_once(desk: Desk, address: str, rng: random.Random, losses: Losses, mark: str) -> bool:
    """Kill at a random moment while the job is open; whether there was anything to kill."""
    runs = desk.home / "runs"
    drafts = sorted(runs.glob("*.partial"))
    there = len(parts(drafts[0])) if drafts else 0
    more, until = rng.choice((None, rng.randrange(1, 20))), time.monotonic() + rng.uniform(0, 5)
    while desk.visitor.state(address) in OPEN:
        drafts = sorted(runs.glob("*.partial"))
        finished = len(parts(drafts[0])) if drafts else 0
        if (more is None and time.monotonic() > until) or (more and finished >= there + more):
            break
        time.sleep(0.005)
    if desk.visitor.state(address) not in OPEN:
        losses.too_late += 1
        return False
    before = {p: t for draft in runs.glob("*.partial") for p, t in parts(draft).items()}
    with_run = rng.random() < 0.5
    desk.kill()
    if with_run:
        kill_run(desk.job(address))
    losses.kills += 1
    losses.kept += len(before)
    half = [p.name for p in folders(desk.home) if not (p / mark).is_file()]
    if half and with_run:
        losses.wrong.append(f"desk: {half} bear the name of a result without {mark}")
    after = {p: t for draft in runs.glob("*.partial") for p, t in parts(draft).items()}
    on_their_way_out = any((d / mark).is_file() for d in runs.glob("*.partial"))
    if not folders(desk.home) and not on_their_way_out:
        lost = [p.name for p, t in before.items() if after.get(p) != t]
        losses.wrong += [f"desk: {name} was lost or made again" for name in lost]
    return True


def _look(desk: Desk, address: str, losses: Losses) -> None:
    """The next server knows the job, and an interrupted one can be resumed."""
    home_page = desk.visitor.get("/").text
    state = desk.visitor.state(address)
    if state not in (*OPEN, "done", "interrupted"):
        losses.wrong.append(f"desk: a job that was cut off is shown as {state}")
    if address not in home_page and state != "done":
        losses.wrong.append(f"desk: a job that is {state} is not on the first page")
    if state == "interrupted":
        desk.visitor.post(f"{address}/resume")


def _compare(home: Path, args: list[str], losses: Losses) -> None:
    """The tables are those that the same command makes without a kill."""
    out = args[args.index("--out") + 1]
    whole = "undisturbed"
    words = [whole if word == out else word for word in args]
    done = subprocess.run(
        [sys.executable, "-m", "emigre", *words], cwd=home, capture_output=True, text=True
    )
    if done.returncode:
        losses.wrong.append(f"desk: {' '.join(words)} fails: {done.stderr}")
        return
    actual, expected = content(home / out), content(home / whole)
    for file in sorted(expected.keys() | actual.keys()):
        if expected.get(file) != actual.get(file):
            losses.wrong.append(f"desk: {file} is another than without a kill")
    left = [p.name for p in (home / "runs").glob("*.partial")]
    if left:
        losses.wrong.append(f"desk: left behind: {', '.join(left)}")


def campaign(folder: Path, kills: int, seed: int, most: int = 4) -> Losses:
    """Kill desks until there were so many kills."""
    rng, losses = random.Random(seed), Losses()
    number = 0
    while losses.kills < kills and number < 4 * kills + 5:
        action = list(ASKED)[number % len(ASKED)]
        wanted = min(most, kills - losses.kills)
        kill_until_done(folder / f"d{number}", action, rng, losses, wanted)
        number += 1
    return losses
