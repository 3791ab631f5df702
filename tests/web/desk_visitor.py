"""A client that sends requests to a desk as a browser would, and reads its pages."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn

from emigre.cli.warm import run_command
from emigre.web.app import application
from emigre.web.jobs import Job, JobStore
from emigre.web.prewarm import PrewarmedProcess
from emigre.web.queue import Queue
from emigre.web.serve import configured
from emigre.web.terms import Terms
from emigre.web.workspace import OWN, Workspace
from stand_in import draw_nothing

# The server closes an idle connection after 5 s, and a request at that moment is reset: each
# request has a connection of its own.
LIMITS = httpx.Limits(max_keepalive_connections=0)
PATIENCE = 300.0
"""Longest wait for anything, in seconds: generous, since a busy machine is slow."""


class Cold(PrewarmedProcess):
    """No process is started before a quick look is asked for."""

    def wake(self, args: Sequence[str] = ()) -> None:
        pass


class AtOnce(Cold):
    """Commands run in this process, for tests that use a stand-in for the engine. Pictures in the
    folders of results are empty: pages of the desk draw charts themselves.
    """

    lock = threading.Lock()  # what a command prints is redirected for the whole process

    def ask(self, args: Sequence[str], out: Path, log: Path) -> Callable[[], int | None]:
        with (
            self.lock,
            out.open("w") as printed,
            log.open("w") as said,
            pytest.MonkeyPatch.context() as patch,
        ):
            draw_nothing(patch)
            code = run_command(list(args), printed, said)
        return lambda: code

    def start(self, _: str, args: Sequence[str], **more: Any) -> Any:
        """Stand-in for ``subprocesses.start``."""
        files = (Path(more[name].name) for name in ("stdout", "stderr"))
        code = self.ask(args, *files)()
        return SimpleNamespace(pid=0, poll=lambda: code)


class Visitor:
    """A browser that follows no redirect unless asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.client = httpx.Client(base_url=f"http://{self.host}", timeout=PATIENCE, limits=LIMITS)
        self._key = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def key(self) -> str:
        if not self._key:
            found = re.search(r'name="key" value="([^"]+)"', self.get("/scenarios/tiny").text)
            assert found is not None
            self._key = found[1]
        return self._key

    def post(self, path: str, data: Any = None, **more: Any) -> Any:
        return self.client.post(path, data={"key": self.key()} | (data or {}), **more)

    def ask(self, state: str, action: str = "run") -> str:
        """The address of the job that a state of the page becomes."""
        answer = self.post("/scenarios/tiny", {"state": state, "action": action})
        assert answer.status_code == 303, answer.text
        found: str = answer.headers["location"]
        assert found.startswith("/jobs/"), found
        return found

    def state(self, job: str) -> str:
        page = self.get(job)
        if page.status_code == 303:
            return "done"
        found = re.search(r'class="chip state (\w+)" data-state', page.text)
        assert found is not None
        return found[1]

    def wait(self, job: str, *states: str) -> str:
        """The state of a job once it is one of these, or has ended."""

        def reached() -> str:
            now = self.state(job)
            return now if now in states or now not in ("waiting", "running") else ""

        return str(until(reached))


@contextmanager
def served(
    workspace: Workspace, host: str = "127.0.0.1", token: str = "", at: int = 0, **more: Any
) -> Iterator[Visitor]:
    """A desk on a socket of this machine that behaves as if bound to ``host``."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", at))
    port = bound.getsockname()[1]
    app = application(workspace, Terms(host, port, token), **({"prewarmed": Cold()} | more))
    server = uvicorn.Server(configured(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    visitor = Visitor(port)
    try:
        yield visitor
    finally:
        visitor.client.close()
        server.should_exit = True
        thread.join(PATIENCE)
        bound.close()


@contextmanager
def held() -> Iterator[None]:
    """Jobs of desks in this process do their work after the block: till then they are running."""
    gate, do = threading.Event(), Queue._do

    def do_later(queue: Queue, job: Job) -> None:
        gate.wait()
        do(queue, job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Queue, "_do", do_later)
        try:
            yield
        finally:
            gate.set()


def stop_amid_work(home: Path) -> int:
    """Stop the run of a desk once some of it is stored, so that it cannot end first; its group."""
    jobs = JobStore(home / OWN / "jobs")

    def amid_work() -> Job | None:
        running = (job for job in jobs.all() if job.state == "running" and job.pid)
        stored = "parts/run-??????.parquet"
        return next((job for job in running if any(Path(f"{job.out}.partial").glob(stored))), None)

    group: int = until(amid_work).pid
    os.killpg(group, signal.SIGSTOP)
    return group


def interrupt_stopped(group: int) -> None:
    """Stand-in for ``subprocesses.interrupt`` of a run that is stopped amid its work."""
    os.killpg(group, signal.SIGINT)
    os.killpg(group, signal.SIGCONT)


DESK = """\
import runpy
from emigre.web import subprocesses
subprocesses._NICE = 0  # as in conftest.at_full_priority
runpy.run_module("emigre", run_name="__main__", alter_sys=True)
"""


def start(home: Path, port: int = 0) -> tuple[Visitor, subprocess.Popen[str]]:
    """The command in its own process: a visitor of the desk, and the process."""
    command = [sys.executable, "-c", DESK, "desk", str(home), "--no-browser", "--no-token"]
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
    assert found is not None
    visitor = Visitor(int(found[1]))
    until(lambda: _answers(visitor))
    return visitor, process


def _answers(visitor: Visitor) -> bool:
    try:
        return bool(visitor.get("/static/desk.js").status_code == 200)
    except httpx.TransportError:
        return False


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a desk that was started, and wait until it is gone."""
    os.kill(process.pid, number)
    process.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


def until(check: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The result of a check, once it has one."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")
