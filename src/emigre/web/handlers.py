"""Base of all request handlers of the desk: form tokens, folders, pages, errors."""

import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from emigre.errors import InputError, Mistake, ResultsError
from emigre.report.page import environment
from emigre.web import page_cache, scenario_cache
from emigre.web.queue import Queue
from emigre.web.scenario_cache import LoadedScenario
from emigre.web.study_forms import STUDIES
from emigre.web.workspace import Workspace

T = TypeVar("T")
MOST_FIELDS = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """A submitted form: its texts in order, and the name and content of a file."""

    texts: list[tuple[str, str]]
    file: tuple[str, bytes] | None

    def values(self) -> dict[str, str]:
        """The texts by field name, the last of each."""
        return dict(self.texts)

    def refuse_unless_sure(self) -> None:
        """HTTPException unless the box of a form that deletes is ticked."""
        if self.values().get("sure") != "yes":
            raise HTTPException(400, "Nothing was deleted: the box was not ticked.")


FormHandler = Callable[[Request, Form], Response]


class Handlers:
    """State shared by all pages. ``key`` is the CSRF token of every form."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        self.workspace, self.queue = workspace, queue
        self.pages = page_cache.PageCache()
        self.key = workspace.key()

    def _loaded(self, name: str) -> LoadedScenario:
        return found(scenario_cache.read(self.workspace, name), "Scenario not found.")

    def _folder(self, name: str) -> Path:
        return found(self.workspace.folder(name), "Results not found.")

    def _result(self, request: Request) -> tuple[str, Path]:
        """Name and folder of the result that a request is about."""
        name = request.path_params["name"].rstrip("/")
        return name, self._folder(name)

    def reading(
        self, handler: FormHandler, *, is_owned: bool = True
    ) -> Callable[[Request], Awaitable[Response]]:
        """Read the form (with the desk's token if ``is_owned``) and work outside the event loop."""

        async def handle(request: Request) -> Response:
            texts: list[tuple[str, str]] = []
            file: tuple[str, bytes] | None = None
            async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
                for name, value in form.multi_items():
                    if isinstance(value, str):
                        texts.append((name, value))
                    elif stem := Path((value.filename or "").replace("\\", "/")).name:
                        file = stem, await value.read()
            sent = Form(texts, file)
            if is_owned:
                self._refuse_foreign(sent.values().get("key"))
            return await run_in_threadpool(handler, request, sent)

        return handle

    def _refuse_foreign(self, key: object) -> None:
        if not self._is_ours(key):
            raise HTTPException(403, "The form is invalid or expired: reload the page.")

    def _is_ours(self, key: object) -> bool:
        return isinstance(key, str) and secrets.compare_digest(key.encode(), self.key.encode())

    def _kept(self, key: tuple[Any, ...], make: Callable[[], str]) -> Response:
        try:
            body = self.pages.get(key, make)
        except ResultsError as error:
            raise HTTPException(500, str(error)) from None
        return HTMLResponse(body, headers={"cache-control": "no-cache"})

    def _html(self, template: str, data: dict[str, Any], status: int = 200) -> Response:
        return HTMLResponse(self._text(template, data), status, {"cache-control": "no-store"})

    def _text(self, template: str, data: dict[str, Any]) -> str:
        page = environment("emigre.web").get_template(template)
        return page.render(key=self.key, studies=STUDIES, **data)

    def _wrong(self, words: str, status: int, mistakes: tuple[Mistake, ...] = ()) -> Response:
        return self._html("error.html.j2", {"words": words, "mistakes": mistakes}, status)

    # Errors

    def refused(self, _: Request, error: Exception) -> Response:
        """The error page of a refused request."""
        assert isinstance(error, HTTPException)
        is_unknown = error.detail == HTTPStatus.NOT_FOUND.phrase  # the words of Starlette
        return self._wrong("Page not found." if is_unknown else error.detail, error.status_code)

    def unwritten(self, _: Request, error: Exception) -> Response:
        """The error page of a file that could not be read or written, as on a full disk."""
        assert isinstance(error, OSError)
        name = "" if error.filename is None else f": {Path(str(error.filename)).name}"
        return self._wrong(f"{error.strerror or error}{name}. Nothing else was changed.", 500)

    def broken(self, _: Request, __: Exception) -> Response:
        """The error page of a mistake in Emigre."""
        words = "This page failed: an error in Emigre. The terminal of the desk shows it."
        return self._wrong(words, 500)

    def failed(self, request: Request, error: Exception) -> Response:
        """The error page of a damaged folder; mistakes that can be edited lead to the tables."""
        name, path = request.path_params.get("name", ""), request.url.path
        if isinstance(error, InputError):
            if name in self.workspace.own() and "/tables" not in path:
                return to(f"/scenarios/{quote(name)}/tables")
            return self._wrong("The scenario has mistakes", 422, error.mistakes)
        return self._wrong(str(error), 500)


def found(value: T | None, words: str) -> T:
    """A value looked up for an address; HTTPException if it is None."""
    if value is None:
        raise HTTPException(404, words)
    return value


def download(name: str, write: Callable[[Path], object]) -> Response:
    """A file that is written for one request and removed after it."""
    folder = Path(tempfile.mkdtemp(prefix="emigre-desk-"))
    try:
        write(folder / name)
    except BaseException:  # on a full disk half a file would only take room
        shutil.rmtree(folder)
        raise
    remove = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(folder / name, filename=name, background=remove)


def to(address: str) -> Response:
    """Redirect to another page after a form."""
    return RedirectResponse(address, status_code=303)
