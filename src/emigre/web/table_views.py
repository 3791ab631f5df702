"""Request handlers of new scenarios and of their tables."""

import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emigre import schema
from emigre.adapters.import_options import ImportPlan
from emigre.errors import InputError, Mistake
from emigre.report.page import in_script
from emigre.scenario.examination import examine
from emigre.web import counts_import, new_scenario, tables
from emigre.web.handlers import Form, Handlers, download, found, to
from emigre.web.queue import Queue
from emigre.web.tables import StaleError
from emigre.web.words import field_message
from emigre.web.workspace import Workspace

_FIRST = ("id", "kind", "place", "measure", "from", "to", "value", "effective_from", "effective_to")
"""Columns that a form shows expanded, besides the required ones."""
_SOURCE = ("id", "title", "publisher", "published", "address", "note")


class TableViews(Handlers):
    """New scenarios, their tables as spreadsheets, rows by form, counts from files."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        super().__init__(workspace, queue)
        self._lock = threading.Lock()  # one change of a scenario at a time

    # New scenarios

    def new(self, request: Request) -> Response:
        """The page of templates and uploads."""
        return self._new_page(request.query_params.get("template", ""))

    def create(self, _: Request, form: Form) -> Response:
        """Copy a template."""
        given = form.values()
        name, template = given.get("name", ""), given.get("template", "")
        try:
            with self._lock:
                new_scenario.from_template(self.workspace, name, template)
        except InputError as error:
            return self._new_page(template, name, error.mistakes)
        return to(f"/scenarios/{quote(name)}/tables")

    def upload(self, _: Request, form: Form) -> Response:
        """Make a scenario from an uploaded file."""
        name = form.values().get("name", "")
        try:
            with self._lock:
                new_scenario.from_upload(self.workspace, name, *(form.file or ("", b"")))
        except InputError as error:
            return self._new_page("", name, error.mistakes)
        return to(f"/scenarios/{quote(name)}/tables")

    def _new_page(
        self, template: str = "", name: str = "", mistakes: Sequence[Mistake] = ()
    ) -> Response:
        data = {
            "templates": new_scenario.templates(self.workspace),
            "template": template,
            "name": name,
            "wrong": _listed(mistakes),
        }
        return self._html("new.html.j2", data, 422 if mistakes else 200)

    def delete(self, request: Request, form: Form) -> Response:
        """Delete a scenario made here."""
        folder = self._own_folder(request)
        form.refuse_unless_sure()
        shutil.rmtree(folder)
        return to("/")

    def download(self, request: Request) -> Response:
        """A scenario as a ZIP archive."""
        name = request.path_params["name"]
        folder = self._scenario_folder(name)
        return download(
            f"{name}.zip",
            lambda path: shutil.make_archive(
                str(path.with_suffix("")), "zip", folder.parent, folder.name
            ),
        )

    # Tables

    def overview(self, request: Request) -> Response:
        """All tables of a scenario with their rows and mistakes, or an offer to copy it."""
        name = request.path_params["name"]
        folder = self._scenario_folder(name)
        report = examine(folder)
        lists = {
            key: [(str(m), tables.place_of(m)) for m in part]
            for key, part in (("mistakes", report.mistakes), ("warnings", report.warnings))
        }
        is_own = name in self.workspace.own()
        counts = Counter(p.partition("#")[0] for part in lists.values() for _, p in part)
        sizes = {t: _size(folder, t) for t in tables.names()} if is_own else {}
        return self._page("tables.html.j2", request, lists | {"sizes": sizes, "counts": counts})

    def table(self, request: Request) -> Response:
        """One table as a spreadsheet."""
        folder, table = self._own_folder(request), self._table(request)
        grid = tables.read(folder, table)
        data = {
            "table": table,
            "stamp": grid.stamp,
            "columns": tables.heads(folder, grid),
            "rows": grid.rows,
            "lines": grid.lines,
            "fixed": table == tables.SETTINGS,
        }
        more = {"table": table, "grid": grid, "with_form": table in schema.tables()}
        return self._page("table.html.j2", request, more | {"data": in_script(data)})

    def check(self, request: Request) -> Response:
        """Mistakes and warnings of a table as JSON."""
        folder, table = self._own_folder(request), self._table(request)
        return JSONResponse(_found(folder, tables.read(folder, table)), headers=_NOT_STORED)

    async def save(self, request: Request) -> Response:
        """Save a table sent as JSON; the response lists its mistakes."""
        folder, table = self._own_folder(request), self._table(request)
        try:
            sent = json.loads(await request.body())
        except (ValueError, RecursionError):
            raise HTTPException(400, "No table was sent.") from None
        self._refuse_foreign(sent.get("key") if isinstance(sent, dict) else None)
        return await run_in_threadpool(self._save, folder, table, sent)

    def _save(self, folder: Path, table: str, sent: dict[str, Any]) -> Response:
        columns = sent.get("columns")
        try:
            with self._lock:
                grid = tables.save(
                    *(folder, table, str(sent.get("stamp"))),
                    columns if isinstance(columns, list) else [],
                    sent.get("rows"),
                )
        except InputError as error:
            return JSONResponse({"words": [str(m) for m in error.mistakes]}, 422)
        except StaleError:
            words = "This table was changed in another window: reload the page, then repeat this."
            return JSONResponse({"words": [words]}, 409)
        except OSError as error:  # as on a full disk
            return JSONResponse({"words": [f"{error.strerror or error}."]}, 500)
        return JSONResponse(_found(folder, grid), headers=_NOT_STORED)

    # Rows by form

    def row(self, request: Request) -> Response:
        """The form of a new row, filled in from the address."""
        return self._row_page(request, dict(request.query_params))

    def add(self, request: Request, form: Form) -> Response:
        """Add a row, and its source if that is new."""
        given = form.values()
        folder, table = self._own_folder(request), self._table(request)
        row = {c.name: given.get(c.name, "").strip() for c in schema.tables()[table]}
        source = {n: given.get(f"source.{n}", "").strip() for n in _SOURCE}
        is_new = bool(source["title"]) and "source" in row
        if is_new:
            taken = tables.choices(folder, schema.columns("claims")["source"])
            stem = re.sub(r"\W+", "_", source["title"].lower())[:40].strip("_") or "source"
            source["id"] = row["source"] = _free_id(stem, taken)
        try:
            with self._lock:
                tables.add_row(folder, table, row, source if is_new else {})
        except InputError as error:
            return self._row_page(request, given, error.mistakes)
        return to(f"/scenarios/{quote(request.path_params['name'])}/tables/{table}#last")

    def _row_page(
        self, request: Request, given: dict[str, str], mistakes: Sequence[Mistake] = ()
    ) -> Response:
        folder, table = self._own_folder(request), self._table(request)
        if table not in schema.tables():
            raise HTTPException(404, "Page not found.")
        columns = schema.tables()[table]
        wrong: dict[str, list[str]] = {}
        for m in mistakes:
            field = m.column if m.file == f"{table}.csv" else f"source.{m.column}"
            wrong.setdefault(field, []).append(field_message(m))
        fields = [
            {
                "column": c,
                "choices": tables.choices(folder, c),
                "value": given.get(c.name, ""),
                "wrong": wrong.pop(c.name, []),
                "is_first": c.required or c.name in _FIRST,
            }
            for c in columns
        ]
        if "id" in {c.name for c in columns} and not given:
            fields[0]["value"] = _free_id(f"{table.removesuffix('s')}_1", tables.ids(folder, table))
        data = {
            "table": table,
            "fields": fields,
            "given": given,
            "rest": wrong,
            "sources": _SOURCE[1:],
        }
        return self._page("row.html.j2", request, data, mistakes)

    # Counts from files

    def import_form(self, request: Request) -> Response:
        """The form that reads counts from a file."""
        return self._import_page(request, dict(request.query_params))

    def import_file(self, request: Request, form: Form) -> Response:
        """Preview the rows that a file would add, or add them."""
        given = form.values()
        folder, name = self._own_folder(request), quote(request.path_params["name"])
        action = given.get("action", "look")
        if action not in ("look", "add"):
            raise HTTPException(400, f"Unknown action: {action[:40]}.")
        try:
            if form.file is not None:
                given["kept"] = counts_import.keep(self.workspace, *form.file)
            with self._lock:
                plan = counts_import.plan(self.workspace, folder, given)
                if action == "look":
                    return self._import_page(request, given, plan=plan)
                plan.write()
        except InputError as error:
            return self._import_page(request, given, error.mistakes)
        counts_import.forget(self.workspace, given["kept"])
        return to(f"/scenarios/{name}/tables/{plan.table}#last")

    def _import_page(
        self,
        request: Request,
        given: dict[str, str],
        mistakes: Sequence[Mistake] = (),
        plan: ImportPlan | None = None,
    ) -> Response:
        folder = self._own_folder(request)
        data = {
            "fields": counts_import.form(folder, given),
            "given": given,
            "wrong": _listed(mistakes),
            "plan": plan,
        }
        return self._page("import.html.j2", request, data, mistakes)

    # Shared

    def _scenario_folder(self, name: str) -> Path:
        return found(self.workspace.scenarios().get(name), "Scenario not found.")

    def _own_folder(self, request: Request) -> Path:
        """The folder of a scenario made at the desk; others are never changed."""
        name = request.path_params["name"]
        self._scenario_folder(name)
        words = "This scenario is read-only: make a copy of it under Tables."
        return found(self.workspace.own().get(name), words)

    def _table(self, request: Request) -> str:
        table: str = request.path_params["table"]
        if table not in tables.names():
            raise HTTPException(404, "Table not found.")
        return table

    def _page(
        self,
        template: str,
        request: Request,
        data: dict[str, Any],
        mistakes: Sequence[Mistake] = (),
    ) -> Response:
        """A page about the tables of a scenario."""
        name = request.path_params["name"]
        about = {"scenario": name, "is_own": name in self.workspace.own(), "here": "tables"}
        return self._html(template, about | data, 422 if mistakes else 200)


_NOT_STORED = {"cache-control": "no-store"}


def _found(folder: Path, grid: tables.Grid) -> dict[str, Any]:
    report = tables.examined(folder, grid)
    return {
        "stamp": grid.stamp,
        "rows": len(grid.rows),
        "here": report.here,
        "elsewhere": report.elsewhere,
    }


def _size(folder: Path, table: str) -> int:
    """Number of rows of a table; 0 if it cannot be read."""
    try:
        return len(tables.read(folder, table).rows)
    except InputError:
        return 0


def _free_id(stem: str, taken: Collection[str]) -> str:
    """The id, numbered if a row has it already."""
    if stem not in taken:
        return stem
    head = stem.rstrip("0123456789")
    head = f"{stem}_" if head == stem else head
    return next(f"{head}{number}" for number in count(1) if f"{head}{number}" not in taken)


def _listed(mistakes: Sequence[Mistake]) -> list[str]:
    """Mistakes with the names of their fields."""
    texts = []
    for mistake in mistakes:
        label = mistake.file.removeprefix("--").replace("-", " ").replace("PATH", "name")
        line = "" if mistake.line is None else f"line {mistake.line}"
        place = ", ".join(part for part in (label, line, mistake.column) if part)
        texts.append(f"{place}: {field_message(mistake)}")
    return texts
