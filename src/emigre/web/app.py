"""The ASGI application: routes behind the security guard."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from emigre.errors import EmigreError
from emigre.web.handlers import Handlers
from emigre.web.job_views import JobViews
from emigre.web.jobs import JobStore
from emigre.web.prewarm import PrewarmedProcess
from emigre.web.queue import Queue
from emigre.web.result_views import ResultViews
from emigre.web.scenario_views import ScenarioViews
from emigre.web.security import Guard
from emigre.web.study_views import StudyViews
from emigre.web.table_views import TableViews
from emigre.web.terms import Terms
from emigre.web.workspace import OWN, Workspace

Handler = Callable[[Request], Response | Awaitable[Response]]
MINUTES = 240.0
"""Time limit of a run in minutes; an interrupted run can be resumed."""


def application(
    workspace: Workspace,
    terms: Terms,
    *,
    minutes: float = MINUTES,
    prewarmed: PrewarmedProcess | None = None,
) -> ASGIApp:
    """The desk as an ASGI application; its job queue is closed on shutdown."""
    store = JobStore(workspace.runs / OWN / "jobs")
    queue = Queue(
        store, workspace.is_done, minutes=minutes, prewarmed=prewarmed or PrewarmedProcess()
    )

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(queue.close)

    views = Handlers(workspace, queue)
    errors: dict[type[Exception] | int, Callable[[Request, Exception], Response]] = {
        HTTPException: views.refused,
        EmigreError: views.failed,
        OSError: views.unwritten,
        Exception: views.broken,
    }
    inner = Starlette(routes=_routes(workspace, queue), exception_handlers=errors, lifespan=life)
    return Guard(inner, terms)


def _routes(workspace: Workspace, queue: Queue) -> list[Route]:
    scenarios, tables = ScenarioViews(workspace, queue), TableViews(workspace, queue)
    results, studies = ResultViews(workspace, queue), StudyViews(workspace, queue)
    jobs = JobViews(workspace, queue)
    one, table = "/scenarios/{name}", "/scenarios/{name}/tables/{table}"
    study = f"{one}/study/{{kind}}"
    get: Mapping[str, Handler] = {
        "/": scenarios.home,
        one: scenarios.scenario,
        f"{one}/variants/{{variant}}.toml": scenarios.variant,
        "/static/{file}": scenarios.asset,
        "/jobs/{id}": jobs.job,
        "/jobs/{id}/events": jobs.events,
        "/kernels": jobs.kernels,
        "/results/{name:path}": results.results,
        "/beside": results.side_by_side,
        "/evidence/{name:path}": results.evidence_of,
        f"{one}/evidence": results.evidence,
        "/files/{name:path}": results.files,
        "/zip/{name:path}": results.archive,
        "/report/{name:path}": results.report,
        "/workbook/{name:path}": results.workbook,
        study: studies.ask,
        "/claim/{name:path}": studies.claim,
        "/new": tables.new,
        f"{one}/zip": tables.download,
        f"{one}/tables": tables.overview,
        f"{one}/import": tables.import_form,
        table: tables.table,
        f"{table}/check": tables.check,
        f"{table}/new": tables.row,
    }
    post: Mapping[str, Handler] = {
        # Without the token of this desk the form is shown again, so that no change is lost.
        one: scenarios.reading(scenarios.change, is_owned=False),
        table: tables.save,
        f"{one}/upload": scenarios.reading(scenarios.upload),
        "/jobs/{id}/stop": jobs.reading(jobs.stop),
        "/jobs/{id}/resume": jobs.reading(jobs.resume),
        "/label/{name:path}": results.reading(results.label),
        "/delete/{name:path}": results.reading(results.delete),
        study: studies.reading(studies.start),
        "/new/template": tables.reading(tables.create),
        "/new/upload": tables.reading(tables.upload),
        f"{one}/delete": tables.reading(tables.delete),
        f"{one}/import": tables.reading(tables.import_file),
        f"{table}/new": tables.reading(tables.add),
    }
    return [
        *(Route(path, view, methods=["POST"]) for path, view in post.items()),
        *(Route(path, view) for path, view in get.items()),
    ]
