"""Request handlers of jobs: their status, their progress, and controls."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from emigre.results.text import counted
from emigre.web.handlers import Form, Handlers, found, to
from emigre.web.jobs import Job
from emigre.web.words import with_labels

_TICK_SECONDS = 0.25


class JobViews(Handlers):
    """Jobs that are waiting, running or interrupted."""

    def job(self, request: Request) -> Response:
        """The status page of a run."""
        job = self._job(request)
        if job.state == "done" and self.workspace.folder(job.name) is not None:
            return to(f"/results/{quote(job.name)}")
        data = {"job": job, "now": self._state(job), "said": with_labels(job.said)}
        return self._html("job.html.j2", data)

    def kernels(self, _: Request) -> Response:
        """Numbers of compiled and of all kernels while the engine is prepared, else null."""
        kernels = self.queue.prewarmed.kernels
        is_busy = kernels is not None and kernels[1] > kernels[0]
        return JSONResponse(kernels if is_busy else None, headers={"cache-control": "no-store"})

    async def events(self, request: Request) -> Response:
        """Progress of a run as server-sent events, until it has ended."""
        job = self._job(request)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._progress(job.id), 200, headers, "text/event-stream")

    async def _progress(self, job_id: str) -> AsyncIterator[str]:
        last, quiet = "", 0.0
        while (job := self.queue.get(job_id)) is not None:
            text = json.dumps(await run_in_threadpool(self._state, job))
            quiet += _TICK_SECONDS
            if text != last:
                last, quiet = text, 0.0
                yield f"data: {text}\n\n"
            elif quiet > 10:
                quiet = 0.0
                yield ": still here\n\n"
            if not job.is_open:
                return
            await asyncio.sleep(_TICK_SECONDS)

    def _state(self, job: Job) -> dict[str, Any]:
        """State and progress of a job; ``share`` is None while the progress is unknown."""
        step = self.queue.step(job)
        is_running, is_waiting = job.state == "running", job.state == "waiting"
        words = step.words if is_running else ""
        if is_waiting and (ahead := self.queue.position(job)):
            words = f"waiting for {counted(ahead, 'other')}"
        return {
            "state": job.state,
            "words": words,
            "share": step.share if is_running else 0 if is_waiting else None,
            "left": step.rest if is_running else "",
            "results": f"/results/{quote(job.name)}" if job.state == "done" else "",
        }

    def stop(self, request: Request, _: Form) -> Response:
        """Cancel a run."""
        job = self._job(request)
        self.queue.stop(job)
        return to(f"/jobs/{job.id}")

    def resume(self, request: Request, _: Form) -> Response:
        """Resume a run."""
        job = self._job(request)
        self.queue.resume(job)
        return to(f"/jobs/{job.id}")

    def _job(self, request: Request) -> Job:
        return found(self.queue.get(request.path_params["id"]), "Run not found.")
