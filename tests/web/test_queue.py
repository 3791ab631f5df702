"""Runs survive pages and servers, one at a time, and can be resumed when interrupted."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest
from desk_visitor import (
    LIMITS,
    PATIENCE,
    Cold,
    end,
    interrupt_stopped,
    served,
    start,
    stop_amid_work,
    until,
)

import emigre
from emigre.web import subprocesses
from emigre.web.jobs import Job, JobStore, Progress
from emigre.web.queue import MOST_WAITING, Queue
from emigre.web.workspace import OWN, Workspace

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_jobs")]
LONG = "runs=1000&seed={}"  # no machine is through before it is stopped


@pytest.fixture
def home(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def desk(home):
    with served(Workspace(home)) as visitor:
        yield visitor


def a_run_of(home):
    """Files of whole runs: one of a run's other files, or a draft, does not keep it."""
    return lambda: list(home.glob("*.partial/parts/run-??????.parquet"))


def test_ten_clicks_start_one_run_and_others_wait(desk, home):
    jobs = {desk.ask(LONG.format(1)) for _ in range(10)}
    assert len(jobs) == 1
    second = desk.ask(LONG.format(2))
    desk.wait(next(iter(jobs)), "running")
    assert desk.state(second) == "waiting"
    assert "waiting for 1 other" in desk.get(second).text
    for job in (second, *jobs):
        desk.post(f"{job}/stop")
        assert desk.wait(job) == "cancelled"
    home = desk.get("/").text
    assert "Unfinished" not in home
    assert "Show 2 cancelled runs" in home


def test_a_queue_that_is_full_says_so(desk):
    jobs = [desk.ask(LONG.format(1))]
    desk.wait(jobs[0], "running")
    jobs += [desk.ask(LONG.format(n)) for n in range(2, MOST_WAITING + 2)]
    answer = desk.post("/scenarios/tiny", {"state": LONG.format(99), "action": "run"})
    assert answer.status_code == 429
    assert "already waiting" in answer.text
    for job in reversed(jobs):
        desk.post(f"{job}/stop")


@pytest.mark.campaign
def test_a_cancelled_run_resumes_with_the_same_bits(desk, home, monkeypatch):
    monkeypatch.setattr(subprocesses, "interrupt", interrupt_stopped)
    job = desk.ask("end=2030-03-15&runs=20")
    stop_amid_work(home)
    desk.post(f"{job}/stop")
    assert desk.wait(job) == "cancelled"
    assert "Simulated runs are kept" in desk.get(job).text
    kept = {path.name: path.stat().st_mtime_ns for path in a_run_of(home)()}
    desk.post(f"{job}/resume")
    until(lambda: desk.state(job) == "running" or desk.state(job) == "done")
    assert kept
    assert desk.wait(job) == "done"
    as_one = emigre.run(emigre.load("tiny", end="2030-03-15"), runs=20)
    assert as_one.daily.equals(pl.read_parquet(next(home.glob("tiny-*")) / "daily.parquet"))


def test_progress_comes_as_events_while_others_read(desk):
    job = desk.ask("end=2030-03-10&runs=3")
    seen = []

    def listen():
        with desk.client.stream("GET", f"{job}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            seen.extend(line for line in answer.iter_lines() if line.startswith("data:"))

    listener = threading.Thread(target=listen)
    listener.start()
    with httpx.Client(base_url=desk.client.base_url, timeout=PATIENCE, limits=LIMITS) as other:
        assert other.get("/").status_code == 200
        assert other.get("/scenarios/tiny").status_code == 200
    listener.join(PATIENCE)
    assert '"state": "done"' in seen[-1]
    assert '"/results/tiny-001"' in seen[-1]
    assert any('"simulating"' in line for line in seen)


def test_a_run_that_takes_too_long_is_interrupted_and_kept(home):
    with served(Workspace(home), minutes=0.05) as desk:
        job = desk.ask(LONG.format(1))
        assert desk.wait(job) == "interrupted"
        assert "Time limit exceeded." in desk.get(job).text


def test_closing_the_desk_interrupts_and_the_next_one_says_so(home):
    with served(Workspace(home)) as desk:
        job = desk.ask(LONG.format(1))
        until(a_run_of(home))
    with served(Workspace(home)) as desk:
        assert desk.state(job) == "interrupted"
        assert "Resume" in desk.get("/").text


def job_of(out, **more):
    return Job(
        id="x",
        kind="run",
        scenario="tiny",
        title="The baseline",
        args=("run", "tiny", "--out", str(out)),
        out=str(out),
        name=out.name,
        created=datetime.now(UTC),
        **more,
    )


@contextmanager
def queue_of(home):
    """A queue without a desk; a folder is finished as soon as it has its name."""
    queue = Queue(JobStore(home / OWN / "jobs"), Path.exists, minutes=1, prewarmed=Cold())
    try:
        yield queue
    finally:
        queue.close()


def test_the_message_of_a_failure_is_shown(home):
    out = home / "tiny-001"
    out.mkdir(parents=True)
    (out / "something").write_text("x", encoding="utf-8")
    with queue_of(home) as queue:
        queue.add(job_of(out))
        until(lambda: queue.get("x").state == "failed")
        assert "it will not be overwritten" in queue.get("x").said


WORK = """\
import sys, time
from pathlib import Path
out = Path(sys.argv[-1])
draft = Path(f"{out}.partial")
if draft.exists():
    draft.rename(out)
else:
    draft.mkdir()
    time.sleep(600)
"""
"""A command that begins a folder and finishes it when it is run again."""


def test_a_cancelled_job_runs_its_command_again(home, tmp_path, monkeypatch):
    """Whole runs that are cancelled have the same bits: the test above, in the campaign."""
    (tmp_path / "works.py").write_text(WORK, encoding="utf-8")
    env, start = os.environ | {"PYTHONPATH": str(tmp_path)}, subprocesses.start

    def start_work(_, args, **more):
        return start("works", args, **more | {"env": env})

    monkeypatch.setattr(subprocesses, "start", start_work)
    out = home / "tiny-001"
    with queue_of(home) as queue:
        queue.add(job_of(out))
        until((home / "tiny-001.partial").exists)
        queue.stop(queue.get("x"))
        until(lambda: queue.get("x").state == "cancelled")
        assert queue.get("x").said == "Simulated runs are kept."
        queue.resume(queue.get("x"))
        until(lambda: queue.get("x").state == "done")
    assert out.exists()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads its command line")
@pytest.mark.parametrize("state", ["done", "interrupted"])
def test_a_job_of_an_earlier_desk_is_watched_until_it_ends(home, state):
    out = home / "tiny-001"
    command = [sys.executable, "-c", "input()", "emigre", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        JobStore(home / OWN / "jobs").write(job_of(out, state="running", pid=process.pid))
        with queue_of(home) as queue:
            assert queue.get("x").state == "running"
            if state == "done":
                out.mkdir()
            process.communicate(b"\n")
            until(lambda: queue.get("x").state == state)
            assert queue.get("x").can_resume == (state == "interrupted")


@pytest.mark.campaign
def test_a_run_outlives_its_desk(home):
    """The page of a desk that is killed with its runs is tested in test_desk_browser."""
    home.mkdir()
    desk, process = start(home)
    job = desk.ask("end=2030-03-15&runs=20")
    run = stop_amid_work(home)
    end(process, signal.SIGKILL)  # the desk alone
    desk.client.close()
    assert not (home / "tiny-001").exists()

    desk, process = start(home)
    assert desk.state(job) == "running"
    os.killpg(run, signal.SIGCONT)
    assert desk.wait(job) == "done"
    desk.client.close()
    end(process, signal.SIGINT)
    whole = emigre.run(emigre.load("tiny", end="2030-03-15"), runs=20)
    assert whole.daily.equals(pl.read_parquet(home / "tiny-001" / "daily.parquet"))


def test_a_folder_of_runs_may_be_called_otherwise_later(tmp_path):
    job = Job(
        id="x",
        kind="compare",
        scenario="tiny",
        title="T",
        args=("compare", "tiny", "--variant", "runs/variants/tiny/v.toml", "--out", "runs/a-001"),
        out="runs/a-001",
        name="a-001",
        created=datetime.now(UTC),
    )
    store = JobStore(tmp_path / OWN / "jobs")
    store.write(job)
    (found,) = store.all()
    assert found.out == f"{tmp_path}/a-001"
    assert found.args[3] == f"{tmp_path}/variants/tiny/v.toml"
    assert job.below(Path("runs")) is job


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("preparing", Progress("preparing")),
        ("simulating 43 % 12 s left", Progress("simulating", 43, "12 s left")),
        ("simulating 5 % 2 min 05 s left", Progress("simulating", 5, "2 min 05 s left")),
        (
            "preparing kernels (first run only) 7 %",
            Progress("preparing kernels (first run only)", 7),
        ),
    ],
)
def test_how_far_a_run_has_come(home, line, step):
    store = JobStore(Path(home) / "jobs")

    class Job:
        id = "x"

    store.log(Job()).write_text(f"reading the scenario\n{line}\n", encoding="utf-8")
    assert store.step(Job()) == step
