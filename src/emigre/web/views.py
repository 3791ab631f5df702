"""Request handlers of the desk. They compute nothing: they read folders and render pages."""

# Long, because every page of the desk is a method of one class.

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from emigre.comparison.folder import Comparison
from emigre.errors import InputError, Mistake
from emigre.report.content import of as content_of
from emigre.report.content import read as read_folder
from emigre.report.page import NAME as REPORT
from emigre.report.page import context
from emigre.report.page import write as write_report
from emigre.results.folder import Results
from emigre.results.text import counted
from emigre.scenario.loader import load_resolved
from emigre.scenario.model import Patch, Scenario
from emigre.web import page_cache, scenario_cache, study_pages
from emigre.web.assets import static
from emigre.web.draft_variant import HINT, DraftVariant, field_of
from emigre.web.editor import Editor
from emigre.web.evidence import Evidence, Search, page
from emigre.web.handlers import MOST_FIELDS, Form, Handlers, to
from emigre.web.job_builder import JobBuilder
from emigre.web.jobs import Job
from emigre.web.labels import MOST_LETTERS, Label
from emigre.web.queue import Queue
from emigre.web.scenario_cache import LoadedScenario, left_out
from emigre.web.studies import STUDIES
from emigre.web.subprocesses import quoted
from emigre.web.words import LABELS, field_message, full_message, with_labels
from emigre.web.workspace import QUICK, Workspace, file_stem, kind_of, mark_of, summary_of

_ACTIONS = ("show", "reset", "keep", "quick", "run")
_LONGEST = 100_000
"""Longest URL; servers refuse longer ones."""
WORKBOOKS = ("run", "forecast")
"""Kinds of results that are exported as workbooks."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RUN = "run"
"""Subfolder of a forecast with its simulation."""
MOST_BESIDE = 3
MOST_FIELDS_SHOWN = 300
"""Number of fields of a scenario above which a group loads its rows only when opened."""
OPEN = "open"
"""Parameter of the address with the title of an opened group."""
_TICK_SECONDS = 0.25
_NEWEST = 12


class Views(Handlers):
    """Scenarios with their changes, runs and results."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        super().__init__(workspace, queue)
        self.builder = JobBuilder(workspace, queue)

    # Pages

    def home(self, _: Request) -> Response:
        """The home page: scenarios, jobs and results."""
        self.queue.prewarmed.wake()
        cards, own = [], self.workspace.own()
        for name in self.workspace.scenarios():
            card: dict[str, Any] = {"name": name, "is_own": name in own, "loaded": None}
            try:
                card["loaded"] = scenario_cache.read(self.workspace, name)
            except InputError as error:
                card["mistakes"] = error.mistakes
            cards.append(card)
        jobs = [j for j in self.queue.all() if j.is_open or j.can_resume]
        jobs.sort(key=lambda j: (j.state != "running", j.state != "waiting"))
        labels = self.workspace.labels.all()
        labelled = [(r, labels.get(r.name, Label())) for r in self.workspace.results()]
        quick = [pair for pair in labelled if pair[0].name.startswith(f"{QUICK}/")][:_NEWEST]
        results = [pair for pair in labelled if not pair[0].name.startswith(f"{QUICK}/")]
        data = {
            "scenarios": cards,
            "jobs": jobs[:_NEWEST],
            "results": results,
            "quick": quick,
            "n_runs": sum(result.kind == "run" for result, _ in (*results, *quick)),
        }
        return self._html("home.html.j2", data)

    def scenario(self, request: Request) -> Response:
        """One scenario with its editor."""
        name = request.path_params["name"]
        loaded = self._loaded(name)
        self.queue.prewarmed.wake(loaded.rehearsal())
        pairs = request.query_params.multi_items()
        opened = tuple(value for key, value in pairs if key == OPEN)
        return self._editor(loaded, DraftVariant.read(name, pairs), opened=opened)

    def _editor(
        self,
        loaded: LoadedScenario,
        draft: DraftVariant,
        mistakes: tuple[Mistake, ...] = (),
        *,
        is_stale: bool = False,
        is_edited: bool = False,
        opened: tuple[str, ...] = (),
    ) -> Response:
        """The page of a draft; ``mistakes`` are those of the request, in addition to its own."""
        draft = self.builder.without_unchanged(loaded, draft)
        start, patch, known, more = self._examined(loaded, draft)
        mistakes += more
        wrong: dict[str, list[str]] = {}
        for mistake in mistakes:
            wrong.setdefault(field_of(mistake), []).append(field_message(mistake))
        is_as_of = known is not None and known.as_of is not None
        warned: dict[str, list[str]] = {}
        for warning in () if known is None else known.warnings:
            warned.setdefault(field_of(warning), []).append(field_message(warning))
        editor = Editor(loaded.texts, loaded.base, start, draft, wrong, known if is_as_of else None)
        labels = editor.labels()
        kept_as = self.builder.save_path(loaded, draft, patch)
        return self._html(
            "scenario.html.j2",
            {
                "loaded": loaded,
                "scenario": loaded.name,
                "draft": draft,
                "patch": patch,
                "start": start,
                "editor": editor,
                "rest": draft.rest({*editor.fields(), *editor.switches()}),
                "wrong": wrong,
                "warned": warned,
                "summary": [(_shown(m, editor), full_message(m, labels)) for m in mistakes],
                "changes": 0 if patch is None else _size(patch),
                "opened": opened,
                "query": draft.query(),
                "is_lazy": len(labels) > MOST_FIELDS_SHOWN,
                "warnings": [full_message(w, labels) for w in (known.warnings if known else ())],
                "labels": LABELS,
                "known": editor.known,
                "later": "" if known is None else left_out(loaded.base, patch, known),
                "studies": STUDIES,
                "here": "",
                "kept": sorted(self.workspace.variants(loaded.name)),
                "kept_as": kept_as,
                "commands": {} if mistakes else self.builder.commands(loaded, draft, patch),
                "map": page_cache.places_map(loaded.base),
                "is_stale": is_stale,
                "is_edited": is_edited,
            },
            status=403 if is_stale else 409 if is_edited else 422 if mistakes else 200,
        )

    def _examined(
        self, loaded: LoadedScenario, draft: DraftVariant
    ) -> tuple[Patch | None, Patch | None, Scenario | None, tuple[Mistake, ...]]:
        """The variant a draft starts from, its patch, the resulting scenario, and all mistakes."""
        start: Patch | None = None
        mistakes: tuple[Mistake, ...] = ()
        try:
            start = loaded.patch(self.workspace, draft.variant)
        except InputError as error:
            mistakes = error.mistakes
        patch, made = draft.patch(start, loaded.base), None
        if patch is None and not draft.how and loaded.drawn != "":
            made = loaded.base
        elif not mistakes:
            try:
                made = draft.load(loaded.reader, patch)
            except InputError as error:
                mistakes = error.mistakes
        if draft.name:
            try:
                file_stem(draft.name)
            except InputError as error:
                mistakes += error.mistakes
        return start, patch, made, mistakes

    def change(self, request: Request, form: Form) -> Response:
        """Handle the form of a scenario: show, save, quick look or run."""
        name, given = request.path_params["name"], form.values()
        loaded = self._loaded(name)
        if "state" in given:
            draft = DraftVariant.read(name, parse_qsl(given["state"], max_num_fields=MOST_FIELDS))
            draft = self.builder.without_unchanged(loaded, draft)
        else:
            draft = self.builder.draft_of(loaded, form.texts)
        if not self._is_ours(given.get("key")):
            return self._editor(loaded, draft, is_stale=True)
        here = f"/scenarios/{quote(name)}"
        action = given.get("action", "show")
        if action not in _ACTIONS:
            raise HTTPException(400, f"Unknown action: {action[:40]}.")
        view = [(OPEN, value) for key, value in form.texts if key == OPEN]
        query = "&".join(part for part in (draft.query(), urlencode(view)) if part)
        back = f"{here}?{query}" if query else here
        if len(back) > _LONGEST:
            raise HTTPException(413, f"Too many changes for a URL: {HINT}.")
        if action == "reset":
            return to(f"{here}?variant={quote(draft.variant)}" if draft.variant else here)
        _, patch, _, mistakes = self._examined(loaded, draft)
        if mistakes or action == "show":
            return to(back)  # the page shows the mistakes next to the fields
        if given.get("base", loaded.base.hash) != loaded.base.hash:
            return self._editor(loaded, draft, is_edited=True)
        try:
            if action == "keep":
                kept = self.builder.save(loaded, draft, patch)
                return to(f"{here}?variant={quote(kept.stem)}")
            job = self.builder.submit(loaded, draft, patch, is_quick=action == "quick")
        except InputError as error:  # of the request, not of the changes
            return self._editor(loaded, draft, error.mistakes)
        return to(f"/jobs/{job.id}")

    def upload(self, request: Request, form: Form) -> Response:
        """Save an uploaded variant file if it fits the scenario."""
        if form.file is None:
            raise HTTPException(400, "No file chosen.")
        name = request.path_params["name"]
        try:
            kept = self.builder.save_upload(self._loaded(name), *form.file)
        except InputError as error:
            return self._wrong("This variant does not fit", 422, error.mistakes)
        return to(f"/scenarios/{quote(name)}?variant={quote(kept.stem)}")

    def variant(self, request: Request) -> Response:
        """Download a saved variant."""
        scenario, name = (request.path_params[key] for key in ("name", "variant"))
        path = self.workspace.variants(scenario).get(name)
        if path is None:
            raise HTTPException(404, "Variant not found.")
        return FileResponse(path, filename=path.name, media_type="application/toml")

    def evidence(self, request: Request) -> Response:
        """Every source of a scenario, and the rows that cite it."""
        loaded = self._loaded(request.path_params["name"])
        key = ("evidence", loaded.name, loaded.base.hash)
        return self._evidence(request, key, "", lambda: Evidence.of(loaded.base), loaded.name)

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
        return StreamingResponse(
            self._progress(job.id), media_type="text/event-stream", headers=headers
        )

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
        ahead = self.queue.position(job) if is_waiting else 0
        words = step.words if is_running else ""
        if ahead:
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

    def results(self, request: Request) -> Response:
        """A run or a comparison."""
        name, home = self._result(request)
        label, mark = self.workspace.labels.of(name), mark_of(home)
        assert mark is not None
        key = (name, mark.stat().st_mtime_ns, label)
        if kind_of(home) not in ("run", "compare"):
            return self._kept(("study", *key), lambda: self._study_page(name, home))
        results = read_folder(home)
        view, alternative = (request.query_params.get(part, "") for part in ("view", "with"))
        alternatives = results.info.alternatives if isinstance(results, Comparison) else ()
        if view not in (("", "side") if alternatives else ("",)) or alternative not in (
            *("", *(a.name for a in alternatives)),
        ):
            raise HTTPException(404, "View not found.")
        return self._kept(
            ("results", *key, view, alternative),
            lambda: self._results(name, results, view, alternative),
        )

    def _results(self, name: str, results: Any, view: str, alternative: str) -> str:
        is_quick = name.startswith(f"{QUICK}/")
        if view == "side":
            chosen = alternative or results.info.alternatives[0].name
            page = page_cache.side_by_side(results, chosen)
        elif isinstance(results, Comparison) and is_quick:
            page = page_cache.quick(results)
        else:
            page = content_of(results)
        return self._text(
            "results.html.j2",
            {
                **context(page),
                **self._about(name, results.info.scenario),
                "here": view,
                "is_quick": is_quick,
                "info": results.info,
                "report": "emigre " + quoted(["report", str(self.workspace.runs / name)]),
            },
        )

    def _study_page(self, name: str, home: Path) -> str:
        """The page of a forecast, a hindcast, a fit, a sensitivity study or an explanation."""
        summary = summary_of(home, name)
        about = self._about(name, "" if summary is None else summary.scenario)
        output = None if about["job"] is None else self.queue.store.output(about["job"])
        return self._text(
            "study.html.j2",
            {
                **context(study_pages.page_of(home)),
                **about,
                "here": "",
                "is_quick": False,
                "report": "",
                "said": output.read_text("utf-8", "replace") if output and output.exists() else "",
            },
        )

    def _about(self, name: str, scenario: str) -> dict[str, Any]:
        """Template variables of a finished folder, with those of its tabs."""
        home, parent = self._folder(name), name.rpartition("/")[0]
        job = next((j for j in self.queue.all() if Path(j.out).resolve() == home.resolve()), None)
        scenario = job.scenario if job is not None else scenario
        return {
            "label": self.workspace.labels.of(name),
            "letters": MOST_LETTERS,
            **self._tabs(name),
            "parent": parent if parent and parent != QUICK else "",
            "job": job,
            "scenario": scenario,
            "is_there": scenario in self.workspace.scenarios(),
        }

    def side_by_side(self, request: Request) -> Response:
        """Two or three runs of the same days side by side."""
        names = list(dict.fromkeys(request.query_params.getlist("run")))[: MOST_BESIDE + 1]
        runs = {name: self._folder(name) for name in names}
        words = self._not_comparable(runs)
        if words:
            return self._wrong(words, 422)
        marks = [(home / "run.json").stat().st_mtime_ns for home in runs.values()]
        titles = [self.workspace.labels.of(name).title for name in names]
        key = ("beside", *names, *marks, *titles)
        return self._kept(key, lambda: self._side_by_side(runs, titles))

    def _not_comparable(self, runs: dict[str, Path]) -> str:
        """Why runs cannot be shown side by side; empty if they can."""
        if not 2 <= len(runs) <= MOST_BESIDE:
            return f"Choose 2 to {MOST_BESIDE} runs to compare."
        if any(kind_of(home) != "run" for home in runs.values()):
            return "Only runs can be compared; a comparison has tabs for its own runs."
        infos = [Results.read(home).info for home in runs.values()]
        if len({(info.start, info.end) for info in infos}) > 1:
            said = ", ".join(f"{info.start} to {info.end}" for info in infos)
            return f"Only runs of the same days can be compared, and these have: {said}."
        return ""

    def _side_by_side(self, runs: dict[str, Path], titles: list[str]) -> str:
        named = {
            f"{title or ', '.join(r.info.variants) or 'The baseline'} ({name})": r
            for (name, home), title in zip(runs.items(), titles, strict=True)
            for r in [Results.read(home)]
        }
        scenario = next(iter(named.values())).info.scenario
        sides = urlencode([(x, self.workspace.runs / n) for x, n in zip("ab", runs, strict=False)])
        is_there = scenario in self.workspace.scenarios()
        return self._text(
            "side_by_side.html.j2",
            {
                **context(page_cache.runs_side_by_side(named)),
                "explain": f"/scenarios/{quote(scenario)}/study/explain?{sides}"
                if is_there and len(runs) == 2
                else "",
                "number": len(runs),
            },
        )

    def evidence_of(self, request: Request) -> Response:
        """The sources behind a run."""
        name, home = self._result(request)
        home = next((home / part for part in ("baseline", RUN) if (home / part).is_dir()), home)
        mark, folder = home / "run.json", home / "scenario"
        if not mark.is_file():
            raise HTTPException(404, "Results not found.")
        key = ("evidence of", name, mark.stat().st_mtime_ns)
        return self._evidence(request, key, name, lambda: Evidence.of(load_resolved(folder)))

    def _evidence(
        self,
        request: Request,
        key: tuple[Any, ...],
        name: str,
        gather: Callable[[], Evidence],
        scenario: str = "",
    ) -> Response:
        """The evidence page: cached as a whole, rebuilt for every search."""
        search = Search.read(request.query_params)
        view = {"name": name, "path": request.url.path, "scenario": scenario}
        view |= {"studies": STUDIES, "here": "evidence"} | (self._tabs(name) if name else {})
        if not search:
            return self._kept(
                (*key, request.url.path),
                lambda: self._text("evidence.html.j2", page(gather(), search) | view),
            )
        data = page(gather(), search)
        return self._html(
            "evidence.html.j2", data | view, 422 if any(data["wrong"].values()) else 200
        )

    def _tabs(self, name: str) -> dict[str, Any]:
        """Template variables of the tabs of a folder."""
        home = self._folder(name)
        kind = kind_of(home)
        alternatives = Comparison.read(home).info.alternatives if kind == "compare" else ()
        view = {"name": name, "kind": kind, "alternatives": alternatives}
        return view | {"has_workbook": kind in WORKBOOKS}

    def files(self, request: Request) -> Response:
        """The list of downloadable files of a folder, or one of them."""
        name, _ = self._result(request)
        file = request.query_params.get("file")
        if file is None:
            view = {"files": self.workspace.files(name), "here": "files"} | self._tabs(name)
            return self._html("files.html.j2", view)
        path = self.workspace.file(name, file)
        if path is None:
            raise HTTPException(404, "File not found.")
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    def archive(self, request: Request) -> Response:
        """All files of a folder as a ZIP archive."""
        name, _ = self._result(request)
        with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as out:
            try:
                self.workspace.zip(name, out)
            except OSError:  # on a full disk half an archive would only take room
                out.close()
                Path(out.name).unlink()
                raise
        return FileResponse(
            out.name,
            filename=f"{name.replace('/', '-')}.zip",
            media_type="application/zip",
            background=BackgroundTask(Path(out.name).unlink, missing_ok=True),
        )

    def report(self, request: Request) -> Response:
        """The report of a folder as one file, written now if there is none."""
        name, home = self._result(request)
        path = home / REPORT
        if not path.is_file() and kind_of(home) in ("run", "compare"):
            write_report(read_folder(home))
        elif not path.is_file():
            study_pages.write(home)
        file_name = f"{name.replace('/', '-')}.html"
        return FileResponse(path, filename=file_name, media_type="application/octet-stream")

    def workbook(self, request: Request) -> Response:
        """The tables of a run or a forecast as a workbook."""
        from emigre.forecasting.spreadsheet import export_workbook

        name, home = self._result(request)
        if kind_of(home) not in WORKBOOKS:
            raise HTTPException(404, "Only runs and forecasts are exported as workbooks.")
        with tempfile.TemporaryDirectory() as folder:
            body = export_workbook(home, Path(folder) / "tables.xlsx").read_bytes()
        file_name = f"{name.replace('/', '-')}.xlsx"
        headers = {"content-disposition": f"attachment; filename*=utf-8''{quote(file_name)}"}
        return Response(body, headers=headers, media_type=_XLSX)

    def label(self, request: Request, form: Form) -> Response:
        """Save the name and the note of a result."""
        name, _ = self._result(request)
        try:
            label = Label.of(form.values())
        except InputError as error:
            return self._wrong("This name or note is too long", 422, error.mistakes)
        self.workspace.labels.set(name, label)
        return to(f"/results/{quote(name)}")

    def delete(self, request: Request, form: Form) -> Response:
        """Delete a result, with its runs."""
        name, _ = self._result(request)
        if name.removeprefix(f"{QUICK}/").count("/"):
            raise HTTPException(400, "A part of a comparison cannot be deleted by itself.")
        form.refuse_unless_sure()
        self.workspace.delete(name)
        return to("/")

    def asset(self, request: Request) -> Response:
        """Style sheet and scripts."""
        asset = static(request.path_params["file"])
        if asset is None:
            raise HTTPException(404, "File not found.")
        kind, body = asset
        headers = {"content-encoding": "gzip", "cache-control": "max-age=3600"}
        return Response(body, media_type=kind, headers=headers)

    # Shared by the pages

    def _job(self, request: Request) -> Job:
        job = self.queue.get(request.path_params["id"])
        if job is None:
            raise HTTPException(404, "Run not found.")
        return job


def _shown(mistake: Mistake, editor: Editor) -> str:
    """The field of a mistake if the page has one."""
    field = field_of(mistake)
    return field if field in LABELS or field in editor.fields() else ""


def _size(patch: Patch) -> int:
    """Number of changes of a patch."""
    rows = (*patch.remove.values(), *patch.add.values())
    return len(patch.set) + sum(len(part) for part in rows)
