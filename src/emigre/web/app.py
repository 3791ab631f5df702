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
from emigre.web.encoding import Unpacked
from emigre.web.handlers import FormHandler, Handlers
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

Pages = Mapping[str, Callable[[Request], Response | Awaitable[Response]]]
Forms = Mapping[str, FormHandler]
"""Handlers by path."""
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
    views = ScenarioViews(workspace, queue)
    routes = [
        *_scenario_routes(views),
        *_job_routes(JobViews(workspace, queue)),
        *_result_routes(ResultViews(workspace, queue)),
        *_study_routes(StudyViews(workspace, queue)),
        *_table_routes(TableViews(workspace, queue)),
    ]

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(queue.close)

    errors: dict[type[Exception] | int, Callable[[Request, Exception], Response]] = {
        HTTPException: views.refused,
        EmigreError: views.failed,
        OSError: views.unwritten,
        Exception: views.broken,
    }
    inner = Starlette(routes=routes, exception_handlers=errors, lifespan=life)
    return Guard(Unpacked(inner), terms)


def _scenario_routes(views: ScenarioViews) -> list[Route]:
    get: Pages = {
        "/": views.home,
        "/scenarios/{name}": views.scenario,
        "/scenarios/{name}/variants/{variant}.toml": views.variant,
        "/static/{file}": views.asset,
    }
    # Without the token of this desk the form is shown again, so that no change is lost.
    change = views.reading(views.change, is_owned=False)
    upload: Forms = {"/scenarios/{name}/upload": views.upload}
    return [Route("/scenarios/{name}", change, methods=["POST"]), *_both(views, get, upload)]


def _job_routes(views: JobViews) -> list[Route]:
    get: Pages = {
        "/jobs/{id}": views.job,
        "/jobs/{id}/events": views.events,
        "/kernels": views.kernels,
    }
    return _both(views, get, {"/jobs/{id}/stop": views.stop, "/jobs/{id}/resume": views.resume})


def _result_routes(views: ResultViews) -> list[Route]:
    get: Pages = {
        "/results/{name:path}": views.results,
        "/beside": views.side_by_side,
        "/evidence/{name:path}": views.evidence_of,
        "/scenarios/{name}/evidence": views.evidence,
        "/files/{name:path}": views.files,
        "/zip/{name:path}": views.archive,
        "/report/{name:path}": views.report,
        "/workbook/{name:path}": views.workbook,
    }
    return _both(
        views, get, {"/label/{name:path}": views.label, "/delete/{name:path}": views.delete}
    )


def _study_routes(views: StudyViews) -> list[Route]:
    path = "/scenarios/{name}/study/{kind}"
    get: Pages = {path: views.ask, "/claim/{name:path}": views.claim}
    return _both(views, get, {path: views.start})


def _table_routes(views: TableViews) -> list[Route]:
    one, table = "/scenarios/{name}", "/scenarios/{name}/tables/{table}"
    get: Pages = {
        "/new": views.new,
        f"{one}/zip": views.download,
        f"{one}/tables": views.overview,
        f"{one}/import": views.import_form,
        table: views.table,
        f"{table}/check": views.check,
        f"{table}/new": views.row,
    }
    post: Forms = {
        "/new/template": views.create,
        "/new/upload": views.upload,
        f"{one}/delete": views.delete,
        f"{one}/import": views.import_file,
        f"{table}/new": views.add,
    }
    return [Route(table, views.save, methods=["POST"]), *_both(views, get, post)]


def _both(views: Handlers, get: Pages, post: Forms) -> list[Route]:
    return [
        *(Route(path, views.reading(view), methods=["POST"]) for path, view in post.items()),
        *(Route(path, view) for path, view in get.items()),
    ]
