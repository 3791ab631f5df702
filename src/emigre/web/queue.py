"""The job queue: runs commands as subprocesses, one ensemble at a time.

A subprocess outlives the page and may outlive the server: its output goes to files, from which a
restarted server recovers it. An interrupted job is resumed by running its command again.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.exceptions import HTTPException

from emigre.results.output_dir import is_locked, partial
from emigre.web import subprocesses
from emigre.web.jobs import Job, JobStore, Progress, State
from emigre.web.prewarm import PrewarmedProcess

MOST_WAITING = 10
"""Most waiting jobs; more are refused."""
_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 20.0
_SAY_SECONDS = "0.3"


class Queue:
    """First-in, first-out queue with a lane for ensembles and one for quick looks.

    ``minutes`` is the time limit of a job; ``is_done`` tests whether a folder is finished.
    """

    def __init__(
        self,
        store: JobStore,
        is_done: Callable[[Path], bool],
        *,
        minutes: float,
        prewarmed: PrewarmedProcess,
    ) -> None:
        self.store, self.is_done, self.prewarmed = store, is_done, prewarmed
        self.limit = 60.0 * minutes
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._jobs = {job.id: job for job in store.all()}
        self._asked_to_stop: set[str] = set()
        self._closing = False
        self._settle()
        self._threads = [
            threading.Thread(target=self._work, args=(quick,), daemon=True)
            for quick in (False, True)
        ]
        for thread in self._threads:
            thread.start()

    def all(self) -> list[Job]:
        """Every job, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda j: (j.created, j.id), reverse=True)

    def get(self, job_id: str) -> Job | None:
        """A job by its id."""
        with self._lock:
            return self._jobs.get(job_id)

    def taken(self) -> set[str]:
        """Folders of all jobs that are open or can be resumed."""
        return {job.out for job in self.all() if job.state != "done"}

    def position(self, job: Job) -> int:
        """Number of jobs ahead of a waiting job in its lane."""
        lane = [j for j in self.all() if j.is_quick == job.is_quick and j.is_open]
        return sum((j.created, j.id) < (job.created, job.id) for j in lane)

    def step(self, job: Job) -> Progress:
        """Progress of a job, including the compilation a quick look may wait for."""
        step, kernels = self.store.step(job), self.prewarmed.kernels
        if job.is_quick and step.is_first and kernels is not None and kernels[1]:
            ready, total = kernels
            words = f"preparing kernels (first run only): {ready} of {total} compiled"
            return Progress(words, 100 * ready // total)
        return step

    def same(self, job: Job) -> Job | None:
        """An open job with the same command (apart from its folder) and the same input files."""
        asked = (job.base, _asked(job.args))
        mine = (j for j in self.all() if j.is_open and (j.base, _asked(j.args)) == asked)
        return next(mine, None)

    def add(self, job: Job) -> Job:
        """Append a job, or return an equivalent open one; HTTPException if the queue is full."""
        with self._wake:
            same = self.same(job)
            if same is not None:
                return same
            self._refuse_if_full()
            self.store.write(job)  # OSError if the disk is full: then nothing was asked for
            self._keep(job)
            self._wake.notify_all()
            return job

    def resume(self, job: Job) -> Job:
        """Resume a job by running its command again."""
        with self._wake:
            if not job.can_resume:
                return job
            if self.is_done(Path(job.out)):  # its process finished without the desk
                self._keep(job.now("done"))
                return self._jobs[job.id]
            self._refuse_if_full()
            self._asked_to_stop.discard(job.id)
            self._keep(job.now("waiting"))
            self._wake.notify_all()
            return self._jobs[job.id]

    def stop(self, job: Job) -> None:
        """Cancel a job; finished runs are kept."""
        with self._wake:
            current = self._jobs[job.id]
            if current.state == "waiting":
                self._keep(current.now("cancelled", "Removed from the queue."))
            elif current.state == "running":
                self._asked_to_stop.add(job.id)
            self._wake.notify_all()

    def close(self) -> None:
        """Interrupt running jobs and wait for them; waiting jobs become interrupted ones."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS + 5)
        self.prewarmed.restart()

    def _refuse_if_full(self) -> None:
        if sum(j.state == "waiting" for j in self._jobs.values()) >= MOST_WAITING:
            words = f"{MOST_WAITING} runs are already waiting; cancel one or try later."
            raise HTTPException(429, words)

    def _keep(self, job: Job) -> None:
        """Set the state of a job; on a full disk, its record keeps the earlier state."""
        self._jobs[job.id] = job
        with suppress(OSError):
            self.store.write(job)

    def _settle(self) -> None:
        """Recover the jobs of an earlier server."""
        for job in list(self._jobs.values()):
            if not job.is_open:
                continue
            if job.state == "running" and _is_alive(job):
                continue  # its lane keeps watching it
            if self.is_done(Path(job.out)):
                self._keep(job.now("done"))
            else:
                words = "The desk stopped during the run; simulated runs are kept."
                waited = "The desk stopped before it started."
                self._keep(job.now("interrupted", words if job.state == "running" else waited))

    def _work(self, quick: bool) -> None:
        while True:
            with self._wake:
                while not self._closing and (job := self._next(quick)) is None:
                    self._wake.wait()
                if self._closing:
                    return
                assert job is not None
                adopted = job.state == "running"
                if not adopted:
                    self._keep(job.now("running"))
            try:
                self._watch_adopted(job) if adopted else self._do(self._jobs[job.id])
            except OSError as error:
                self._end(job.id, "failed", str(error.strerror or error))

    def _next(self, quick: bool) -> Job | None:
        mine = [j for j in self._jobs.values() if j.is_quick == quick and j.is_open]
        # Jobs started by an earlier server come first: they are running.
        return min(mine, key=lambda j: (j.state != "running", j.created, j.id), default=None)

    def _do(self, job: Job) -> None:
        if job.is_quick:
            code = self._quick(job)
        else:
            Path(job.out).parent.mkdir(parents=True, exist_ok=True)
            with self.store.log(job).open("wb") as log, self.store.output(job).open("wb") as out:
                process = subprocesses.start(
                    "emigre",
                    job.args,
                    is_low_priority=True,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                    env=os.environ | {"EMIGRE_PROGRESS_SECONDS": _SAY_SECONDS},
                )
            with self._lock:
                self._keep(self._jobs[job.id].model_copy(update={"pid": process.pid}))
            code = self._watch(job, process)
        self._judge(job, code)

    def _quick(self, job: Job) -> int | None:
        """Run a job in the prewarmed process; None if it had to be killed."""
        Path(job.out).parent.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        self.store.log(job).unlink(missing_ok=True)  # of an earlier attempt
        asked = self.prewarmed.ask(job.args, self.store.output(job), self.store.log(job))
        while (code := asked()) is None:
            if self._must_stop(job.id) or time.monotonic() - begun > self.limit:
                self.prewarmed.restart()
                return None
            time.sleep(_LOOK_SECONDS / 5)
        return code

    def _watch(self, job: Job, process: subprocess.Popen[bytes]) -> int | None:
        """Wait for the process of a job; returns its exit code, None if it was interrupted."""
        begun, interrupted = time.monotonic(), 0.0
        while (code := process.poll()) is None:
            if time.monotonic() - begun > self.limit:
                self._asked_to_stop.add(job.id)
            if self._must_stop(job.id):
                interrupted = _urge(process.pid, interrupted)
            time.sleep(_LOOK_SECONDS)
        return None if interrupted else code

    def _watch_adopted(self, job: Job) -> None:
        """Wait for the process of a job that an earlier server started."""
        interrupted = 0.0
        while _is_alive(job):
            if self._closing:
                return  # not a child of this server; it continues without it
            if job.id in self._asked_to_stop:
                interrupted = _urge(job.pid, interrupted)
            time.sleep(5 * _LOOK_SECONDS)
        self._judge(job, 0 if self.is_done(Path(job.out)) else None)

    def _must_stop(self, job_id: str) -> bool:
        return self._closing or job_id in self._asked_to_stop

    def _judge(self, job: Job, code: int | None) -> None:
        if code == 0 or (code is None and self.is_done(Path(job.out))):
            self._end(job.id, "done", "")
        elif self._closing:
            self._end(job.id, "interrupted", "The desk was closed; simulated runs are kept.")
        elif job.id in self._asked_to_stop:
            self._asked_to_stop.discard(job.id)
            seconds = self._jobs[job.id].seconds or 0.0
            kept = "Simulated runs are kept." if partial(Path(job.out)).exists() else ""
            if seconds > self.limit:
                self._end(job.id, "interrupted", f"Time limit exceeded. {kept}".strip())
            else:
                self._end(job.id, "cancelled", kept)
        elif code is None or code < 0:
            self._end(job.id, "interrupted", "The run was stopped; simulated runs are kept.")
        else:
            lines = self.store.last_lines(job)
            self._end(job.id, "failed", "\n".join(lines[-12:]) or f"Exited with code {code}.")

    def _end(self, job_id: str, state: State, said: str) -> None:
        with self._wake:
            self._keep(self._jobs[job_id].now(state, said))
            self._wake.notify_all()


def _asked(args: tuple[str, ...]) -> tuple[str, ...]:
    """A command without its output folder."""
    at = args.index("--out") if "--out" in args else len(args)
    return args[:at] + args[at + 2 :]


def _urge(pid: int, interrupted: float) -> float:
    """Interrupt a process, and kill it if it does not end; returns the time of the interrupt."""
    if not interrupted:
        subprocesses.interrupt(pid)
        return time.monotonic()
    if time.monotonic() - interrupted > _PATIENCE_SECONDS:
        subprocesses.kill(pid)
    return interrupted


def _is_alive(job: Job) -> bool:
    """Whether the process of a job of an earlier server is still running."""
    command = subprocesses.command_of(job.pid)
    if command is None:
        return is_locked(partial(Path(job.out)))
    return "emigre" in command and any(arg.endswith(job.name) for arg in command)
