"""Request handlers of the desk. They compute nothing: they read folders and render pages."""

# Long, because every page of the desk is a method of one class.

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from emigre.comparison.folder import CompareInfo, Comparison
from emigre.errors import InputError, Mistake
from emigre.report.content import of as content_of
from emigre.report.content import read as read_folder
from emigre.report.page import NAME as REPORT
from emigre.report.page import context
from emigre.report.page import write as write_report
from emigre.results.folder import Results
from emigre.scenario.model import Patch, Scenario
from emigre.web import page_cache, scenario_cache, study_pages
from emigre.web.assets import static
from emigre.web.draft_variant import HINT, DraftVariant, field_of
from emigre.web.editor import Editor
from emigre.web.evidence import Asked, Evidence, page
from emigre.web.handlers import MOST_FIELDS, Form, Handlers, to
from emigre.web.job_builder import JobBuilder
from emigre.web.jobs import Job, Step
from emigre.web.labels import MOST_LETTERS, Label
from emigre.web.queue import Queue
from emigre.web.scenario_cache import LoadedScenario
from emigre.web.security import RefusedError
from emigre.web.studies import STUDIES
from emigre.web.subprocesses import quoted
from emigre.web.words import LABELS, beside, said, whole
from emigre.web.workspace import QUICK, Workspace, card_of, file_stem, kind_of

_ACTIONS = ("show", "reset", "keep", "quick", "run")
_LONGEST = 100_000
"""Longest URL; servers refuse longer ones."""
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

    def __init__(self, shelf: Workspace, queue: Queue) -> None:
        super().__init__(shelf, queue)
        self.orders = JobBuilder(shelf, queue)
        self._maps: dict[tuple[str, str], dict[str, str] | None] = {}

    # Pages

    def home(self, _: Request) -> Response:
        """The home page: scenarios, jobs and results."""
        self.queue.warm.wake()
        cards, own = [], self.shelf.own()
        for name in self.shelf.scenarios():
            card: dict[str, Any] = {"name": name, "is_own": name in own, "case": None}
            try:
                card["case"] = scenario_cache.read(self.shelf, name)
            except InputError as error:
                card["mistakes"] = error.mistakes
            cards.append(card)
        jobs = [j for j in self.queue.all() if j.is_open or j.may_go_on]
        jobs.sort(key=lambda j: (j.state != "running", j.state != "waiting"))
        kept = self.shelf.kept()
        data = {
            "scenarios": cards,
            "jobs": jobs[:_NEWEST],
            "given": self.shelf.labels.all(),
            "kept": [k for k in kept if not k.name.startswith(f"{QUICK}/")],
            "quick": [k for k in kept if k.name.startswith(f"{QUICK}/")][:_NEWEST],
        }
        return self._html("home.html.j2", data)

    def scenario(self, request: Request) -> Response:
        """One scenario with its editor."""
        name = request.path_params["name"]
        case = self._case(name)
        self.queue.warm.wake(case.rehearsal())
        pairs = request.query_params.multi_items()
        opened = tuple(value for key, value in pairs if key == OPEN)
        return self._editor(case, DraftVariant.read(name, pairs), opened=opened)

    def _editor(
        self,
        case: LoadedScenario,
        sketch: DraftVariant,
        mistakes: tuple[Mistake, ...] = (),
        *,
        is_stale: bool = False,
        opened: tuple[str, ...] = (),
    ) -> Response:
        """The page of a sketch; ``mistakes`` are those of the request, in addition to its own."""
        sketch = self.orders.settled(case, sketch)
        start, patch, known, more = self._examined(case, sketch)
        mistakes += more
        wrong: dict[str, list[str]] = {}
        for mistake in mistakes:
            wrong.setdefault(field_of(mistake), []).append(beside(mistake))
        is_as_of = known is not None and known.as_of is not None
        warned: dict[str, list[str]] = {}
        for warning in () if known is None else known.warnings:
            warned.setdefault(field_of(warning), []).append(beside(warning))
        editor = Editor(case.draft, case.base, start, sketch, wrong, known if is_as_of else None)
        labels = editor.labels()
        kept_as = self.orders.to_keep(case, sketch, patch)
        return self._html(
            "scenario.html.j2",
            {
                "case": case,
                "sketch": sketch,
                "patch": patch,
                "start": start,
                "editor": editor,
                "rest": sketch.rest({*editor.fields(), *editor.switches()}),
                "wrong": wrong,
                "warned": warned,
                "summary": [(_shown(m, editor), whole(m, labels)) for m in mistakes],
                "changes": 0 if patch is None else _size(patch),
                "opened": opened,
                "query": sketch.query(),
                "is_lazy": len(labels) > MOST_FIELDS_SHOWN,
                "warnings": [whole(w, labels) for w in (known.warnings if known else ())],
                "labels": LABELS,
                "known": editor.known,
                "later": "" if known is None else scenario_cache.left_out(case.base, patch, known),
                "studies": STUDIES,
                "kept": sorted(self.shelf.variants(case.name)),
                "kept_as": kept_as,
                "commands": {} if mistakes else self.orders.commands(case, sketch, patch),
                "map": self._map(case),
                "is_stale": is_stale,
            },
            status=403 if is_stale else 422 if mistakes else 200,
        )

    def _examined(
        self, case: LoadedScenario, sketch: DraftVariant
    ) -> tuple[Patch | None, Patch | None, Scenario | None, tuple[Mistake, ...]]:
        """The variant a sketch starts from, its patch, the resulting scenario, and all mistakes."""
        start: Patch | None = None
        mistakes: tuple[Mistake, ...] = ()
        try:
            start = case.patch(self.shelf, sketch.variant)
        except InputError as error:
            mistakes = error.mistakes
        patch, made = sketch.patch(start, case.base), None
        if patch is None and not sketch.how and case.drawn != "":
            made = case.base
        elif not mistakes:
            try:
                made = sketch.load(case.draft, patch)
            except InputError as error:
                mistakes = error.mistakes
        if sketch.name:
            try:
                file_stem(sketch.name)
            except InputError as error:
                mistakes += error.mistakes
        return start, patch, made, mistakes

    def change(self, request: Request, form: Form) -> Response:
        """Handle the form of a scenario: show, save, quick look or run."""
        name, given = request.path_params["name"], form.values()
        case = self._case(name)
        if "state" in given:
            sketch = DraftVariant.read(name, parse_qsl(given["state"], max_num_fields=MOST_FIELDS))
            sketch = self.orders.settled(case, sketch)
        else:
            sketch = self.orders.sketch(case, form.texts)
        if not self._is_ours(given.get("key")):
            return self._editor(case, sketch, is_stale=True)
        here = f"/scenarios/{quote(name)}"
        action = given.get("action", "show")
        if action not in _ACTIONS:
            raise RefusedError(400, f"Unknown action: {action[:40]}.")
        view = [(OPEN, value) for key, value in form.texts if key == OPEN]
        query = "&".join(part for part in (sketch.query(), urlencode(view)) if part)
        back = f"{here}?{query}" if query else here
        if len(back) > _LONGEST:
            raise RefusedError(413, f"Too many changes for a URL: {HINT}.")
        if action == "reset":
            return to(f"{here}?variant={quote(sketch.variant)}" if sketch.variant else here)
        _, patch, _, mistakes = self._examined(case, sketch)
        if mistakes or action == "show":
            return to(back)  # the page shows the mistakes next to the fields
        try:
            if action == "keep":
                kept = self.orders.keep(case, sketch, patch)
                return to(f"{here}?variant={quote(kept.stem)}")
            job = self.orders.ask(case, sketch, patch, is_quick=action == "quick")
        except InputError as error:  # of the request, not of the changes
            return self._editor(case, sketch, error.mistakes)
        return to(f"/jobs/{job.id}")

    def upload(self, request: Request, form: Form) -> Response:
        """Save an uploaded variant file if it fits the scenario."""
        if form.file is None:
            raise RefusedError(400, "No file chosen.")
        name = request.path_params["name"]
        try:
            kept = self.orders.take(self._case(name), *form.file)
        except InputError as error:
            return self._wrong("This variant does not fit", 422, error.mistakes)
        return to(f"/scenarios/{quote(name)}?variant={quote(kept.stem)}")

    def variant(self, request: Request) -> Response:
        """Download a saved variant."""
        scenario, name = (request.path_params[key] for key in ("name", "variant"))
        path = self.shelf.variants(scenario).get(name)
        if path is None:
            raise RefusedError(404, "Variant not found.")
        return FileResponse(path, filename=path.name, media_type="application/toml")

    def evidence(self, request: Request) -> Response:
        """Every source of a scenario, and the rows that cite it."""
        case = self._case(request.path_params["name"])
        key = ("evidence", case.name, case.base.hash)
        return self._evidence(request, key, "", lambda: Evidence.of(case.base), case.name)

    def job(self, request: Request) -> Response:
        """The status page of a run."""
        job = self._job(request)
        if job.state == "done" and self.shelf.folder(job.name) is not None:
            return to(f"/results/{quote(job.name)}")
        step, ahead = self.queue.step(job), self.queue.position(job)
        return self._html(
            "job.html.j2",
            {
                "job": job,
                "step": step,
                "share": _share(job, step),
                "ahead": ahead,
                "said": said(job.said),
            },
        )

    def kernels(self, _: Request) -> Response:
        """Numbers of compiled and of all kernels while the engine is prepared, else null."""
        kernels = self.queue.warm.kernels
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
        last = ""
        quiet = 0.0
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
        step = self.queue.step(job)
        words = step.words if job.state == "running" else job.state
        ahead = self.queue.position(job) if job.state == "waiting" else 0
        if ahead:
            words = f"waiting for {ahead} other{'s' if ahead > 1 else ''}"
        return {
            "state": job.state,
            "words": words,
            "share": _share(job, step),
            "left": step.rest if job.state == "running" else "",
            "seconds": round(job.seconds or 0),
            "results": f"/results/{quote(job.name)}" if job.state == "done" else "",
        }

    def stop(self, request: Request, _: Form) -> Response:
        """Cancel a run."""
        job = self._job(request)
        self.queue.stop(job)
        return to(f"/jobs/{job.id}")

    def go_on(self, request: Request, _: Form) -> Response:
        """Resume a run."""
        job = self._job(request)
        self.queue.go_on(job)
        return to(f"/jobs/{job.id}")

    def results(self, request: Request) -> Response:
        """A run or a comparison."""
        name, home = self._result(request)
        view = request.query_params.get("view", "")
        if kind_of(home) not in ("run", "compare"):
            changed, label = home.stat().st_mtime_ns, self.shelf.labels.all().get(name, Label())
            return self._kept(("study", name, changed, label), lambda: self._study_page(name, home))
        results = read_folder(home)
        alternative = request.query_params.get("with", "")
        info, is_comparison = results.info, isinstance(results, Comparison)
        names = [a.name for a in info.alternatives] if isinstance(info, CompareInfo) else []
        if view not in (("", "side") if is_comparison else ("",)) or alternative not in (
            "",
            *names,
        ):
            raise RefusedError(404, "View not found.")
        mark = (home / ("compare.json" if is_comparison else "run.json")).stat()
        label = self.shelf.labels.all().get(name, Label())
        key = ("results", name, mark.st_mtime_ns, view, alternative, label)
        return self._kept(key, lambda: self._results(name, results, view, alternative))

    def _results(self, name: str, results: Any, view: str, alternative: str) -> str:
        if view == "side":
            chosen = alternative or results.info.alternatives[0].name
            page = page_cache.side_by_side(results, chosen)
        elif isinstance(results, Comparison) and name.startswith(f"{QUICK}/"):
            page = page_cache.quick(results)
        else:
            page = content_of(results)
        is_comparison = isinstance(results, Comparison)
        return self._text(
            "results.html.j2",
            {
                **context(page),
                **self._about(name, results.info.scenario),
                "view": view,
                "is_comparison": is_comparison,
                "has_evidence": True,
                "alternatives": results.info.alternatives if is_comparison else (),
                "is_quick": name.startswith(f"{QUICK}/"),
                "info": results.info,
                "report": "emigre " + quoted(["report", str(self.shelf.runs / name)]),
            },
        )

    def _study_page(self, name: str, home: Path) -> str:
        """The page of a forecast, a hindcast, a fit, a sensitivity study or an explanation."""
        about = self._about(name, card.scenario if (card := card_of(home, name)) else "")
        job = about["job"]
        output = self.queue.ledger.output(job) if job is not None else None
        return self._text(
            "study.html.j2",
            {
                **context(study_pages.page_of(home)),
                **about,
                "view": "",
                "is_comparison": False,
                "has_evidence": (home / RUN).is_dir(),
                "alternatives": (),
                "is_quick": False,
                "report": "",
                "picture": study_pages.picture_of(home),
                "said": output.read_text("utf-8", "replace") if output and output.exists() else "",
            },
        )

    def _about(self, name: str, scenario: str) -> dict[str, Any]:
        """Template variables of a finished folder."""
        home, parent = self._folder(name), name.rpartition("/")[0]
        job = next((j for j in self.queue.all() if Path(j.out).resolve() == home.resolve()), None)
        scenario = job.scenario if job is not None else scenario
        return {
            "name": name,
            "label": self.shelf.labels.all().get(name, Label()),
            "letters": MOST_LETTERS,
            "kind": kind_of(home),
            "parent": parent if parent and parent != QUICK else "",
            "job": job,
            "scenario": scenario,
            "is_there": scenario in self.shelf.scenarios(),
        }

    def beside(self, request: Request) -> Response:
        """Two or three runs of the same days side by side."""
        names = list(dict.fromkeys(request.query_params.getlist("run")))[: MOST_BESIDE + 1]
        runs = {name: self._folder(name) for name in names}
        words = self._not_comparable(runs)
        if words:
            return self._html("error.html.j2", {"words": words, "mistakes": ()}, 422)
        labels = self.shelf.labels.all()
        marks = [(home / "run.json").stat().st_mtime_ns for home in runs.values()]
        titles = [labels.get(name, Label()).title for name in names]
        key = ("beside", *names, *marks, *titles)
        return self._kept(key, lambda: self._beside_page(runs, titles))

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

    def _beside_page(self, runs: dict[str, Path], titles: list[str]) -> str:
        named = {
            f"{title or ', '.join(r.info.variants) or 'The baseline'} ({name})": r
            for (name, home), title in zip(runs.items(), titles, strict=True)
            for r in [Results.read(home)]
        }
        scenario = next(iter(named.values())).info.scenario
        sides = urlencode([(x, self.shelf.runs / n) for x, n in zip("ab", runs, strict=False)])
        is_there = scenario in self.shelf.scenarios()
        return self._text(
            "beside.html.j2",
            {
                **context(page_cache.beside(named)),
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
        if not (home / "run.json").is_file():
            raise RefusedError(404, "Results not found.")
        key = ("evidence of", name, (home / "run.json").stat().st_mtime_ns)
        return self._evidence(request, key, name, lambda: page_cache.evidence_of(home))

    def _evidence(
        self,
        request: Request,
        key: tuple[Any, ...],
        name: str,
        gather: Callable[[], Evidence],
        scenario: str = "",
    ) -> Response:
        """The evidence page: cached as a whole, rebuilt for every search."""
        asked = Asked.read(request.query_params)
        view = {"name": name, "path": request.url.path, "scenario": scenario} | self._worlds(name)
        view |= {"case": {"name": scenario}, "studies": STUDIES, "here": "evidence"}
        if not asked:
            return self._kept(
                (*key, request.url.path),
                lambda: self._text("evidence.html.j2", page(gather(), asked) | view),
            )
        data = page(gather(), asked)
        return self._html(
            "evidence.html.j2", data | view, 422 if any(data["wrong"].values()) else 200
        )

    def _worlds(self, name: str) -> dict[str, Any]:
        """Template variables of the tabs of a folder."""
        home = self._folder(name) if name else Path()
        kind = kind_of(home) if name else ""
        is_comparison = kind == "compare"
        return {
            "kind": kind,
            "is_comparison": is_comparison,
            "alternatives": Comparison.read(home).info.alternatives if is_comparison else (),
            "has_evidence": kind in ("", "run", "compare", "forecast"),
        }

    def files(self, request: Request) -> Response:
        """The list of downloadable files of a folder, or one of them."""
        name, _ = self._result(request)
        file = request.query_params.get("file")
        if file is None:
            view = {"name": name, "files": self.shelf.files(name)} | self._worlds(name)
            return self._html("files.html.j2", view)
        path = self.shelf.file(name, file)
        if path is None:
            raise RefusedError(404, "File not found.")
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    def archive(self, request: Request) -> Response:
        """All files of a folder as a ZIP archive."""
        name, _ = self._result(request)
        with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as out:
            self.shelf.zip(name, out)
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

    def label(self, request: Request, form: Form) -> Response:
        """Save the name and the note of a result."""
        name, _ = self._result(request)
        try:
            label = Label.of(form.values())
        except InputError as error:
            return self._wrong("This name or note is too long", 422, error.mistakes)
        self.shelf.labels.set(name, label)
        return to(f"/results/{quote(name)}")

    def delete(self, request: Request, form: Form) -> Response:
        """Delete a result, with its runs."""
        name, _ = self._result(request)
        if name.removeprefix(f"{QUICK}/").count("/"):
            raise RefusedError(400, "A part of a comparison cannot be deleted by itself.")
        form.refuse_unless_sure()
        self.shelf.delete(name)
        return to("/")

    def asset(self, request: Request) -> Response:
        """Style sheet and scripts."""
        asset = static(request.path_params["file"])
        if asset is None:
            raise RefusedError(404, "File not found.")
        kind, body = asset
        headers = {"content-encoding": "gzip", "cache-control": "max-age=3600"}
        return Response(body, media_type=kind, headers=headers)

    # Shared by the pages

    def _map(self, case: LoadedScenario) -> dict[str, str] | None:
        key = (case.name, case.base.hash)
        kept = self._maps  # never mutated: other threads may be reading it
        if key not in kept:
            kept = {k: v for k, v in kept.items() if k[0] != case.name}
            kept[key] = page_cache.places(case.base)
            self._maps = kept
        return kept[key]

    def _job(self, request: Request) -> Job:
        job = self.queue.get(request.path_params["id"])
        if job is None:
            raise RefusedError(404, "Run not found.")
        return job


def _shown(mistake: Mistake, editor: Editor) -> str:
    """The field of a mistake if the page has one."""
    field = field_of(mistake)
    return field if field in LABELS or field in editor.fields() else ""


def _size(patch: Patch) -> int:
    """Number of changes of a patch."""
    rows = (*patch.remove.values(), *patch.add.values())
    return len(patch.set) + sum(len(part) for part in rows)


def _share(job: Job, step: Step) -> int | None:
    """Percent of the progress bar; None while the progress is unknown."""
    if job.state == "waiting":
        return 0
    return step.share if job.state == "running" else None
