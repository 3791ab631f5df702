"""Request handlers of results: runs, comparisons and studies, with sources, files and downloads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from emigre.comparison.folder import Comparison
from emigre.errors import InputError
from emigre.evaluation.key_results import days
from emigre.report.content import of as content_of
from emigre.report.content import read as read_folder
from emigre.report.page import NAME as REPORT
from emigre.report.page import context
from emigre.results.folder import Results
from emigre.scenario.loader import load_resolved
from emigre.studies import pages
from emigre.studies.folders import kind_of, mark_of
from emigre.web import comparison_pages
from emigre.web.evidence import Evidence, Search, page
from emigre.web.handlers import Form, Handlers, download, found, to
from emigre.web.labels import MOST_LETTERS, Label
from emigre.web.subprocesses import quoted
from emigre.web.workspace import QUICK, summary_of

WORKBOOKS = ("run", "forecast")
"""Kinds of results that are exported as workbooks."""
_ANY = "application/octet-stream"
RUN = "run"
"""Subfolder of a forecast with its simulation."""
MOST_BESIDE = 3


class ResultViews(Handlers):
    """Results, and the sources behind them."""

    def results(self, request: Request) -> Response:
        """A run, a comparison or a study."""
        name, home = self._result(request)
        mark, tabs = mark_of(home), self._tabs(name)
        assert mark is not None
        view, chosen = (request.query_params.get(part, "") for part in ("view", "with"))
        names = {alternative.name for alternative in tabs["alternatives"]}
        if view not in (("", "side") if names else ("",)) or chosen not in {"", *names}:
            raise HTTPException(404, "View not found.")
        label = self.workspace.labels.of(name)
        key = ("results", name, mark.stat().st_mtime_ns, label, view, chosen)
        make = self._results if tabs["kind"] in ("run", "compare") else self._study
        return self._kept(key, lambda: make(name, home, view, chosen))

    def _results(self, name: str, home: Path, view: str, chosen: str) -> str:
        """The page of a run or a comparison."""
        results = read_folder(home)
        if view == "side" and isinstance(results, Comparison):
            alternative = chosen or results.info.alternatives[0].name
            page = comparison_pages.side_by_side(results, alternative)
        elif isinstance(results, Comparison) and name.startswith(f"{QUICK}/"):
            page = comparison_pages.quick(results)
        else:
            page = content_of(results)
        report = "emigre " + quoted(["report", str(self.workspace.runs / name)])
        about = self._about(name, results.info.scenario)
        more = {"here": view, "info": results.info, "report": report}
        return self._text("results.html.j2", context(page) | about | more)

    def _study(self, name: str, home: Path, view: str, _: str) -> str:
        """The page of a forecast, a hindcast, a fit, a sensitivity study or an explanation."""
        summary = summary_of(home, name)
        about = self._about(name, "" if summary is None else summary.scenario)
        output = None if about["job"] is None else self.queue.store.output(about["job"])
        said = output.read_text("utf-8", "replace") if output and output.exists() else ""
        more = {"here": view, "info": None, "report": "", "said": said}
        return self._text("study.html.j2", context(pages.page_of(home)) | about | more)

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
            "is_quick": name.startswith(f"{QUICK}/"),
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
            spans = ", ".join(days(info.start, info.end) for info in infos)
            return f"Only runs of the same days can be compared, and these have: {spans}."
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
                **context(comparison_pages.runs_side_by_side(named)),
                "explain": f"/scenarios/{quote(scenario)}/study/explain?{sides}"
                if is_there and len(runs) == 2
                else "",
                "number": len(runs),
            },
        )

    def evidence(self, request: Request) -> Response:
        """Every source of a scenario, and the rows that cite it."""
        loaded = self._loaded(request.path_params["name"])
        key = ("evidence", loaded.name, loaded.base.hash)
        return self._evidence(request, key, "", lambda: Evidence.of(loaded.base), loaded.name)

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
        view |= {"here": "evidence"} | (self._tabs(name) if name else {})
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
            sizes = {file: p.stat().st_size for file, p in self.workspace.files(name).items()}
            view = {"files": sizes.items(), "here": "files"} | self._tabs(name)
            return self._html("files.html.j2", view)
        path = found(self.workspace.file(name, file), "File not found.")
        return FileResponse(path, filename=path.name, media_type=_ANY)

    def archive(self, request: Request) -> Response:
        """All files of a folder as a ZIP archive."""
        name, _ = self._result(request)
        return download(f"{_stem(name)}.zip", lambda path: self.workspace.zip(name, path))

    def report(self, request: Request) -> Response:
        """The report of a folder as one file, written now if there is none."""
        name, home = self._result(request)
        path = home / REPORT
        if not path.is_file():
            pages.write(home)
        return FileResponse(path, filename=f"{_stem(name)}.html", media_type=_ANY)

    def workbook(self, request: Request) -> Response:
        """The tables of a run or a forecast as a workbook."""
        from emigre.forecasting.spreadsheet import export_workbook

        name, home = self._result(request)
        if kind_of(home) not in WORKBOOKS:
            raise HTTPException(404, "Only runs and forecasts are exported as workbooks.")
        return download(f"{_stem(name)}.xlsx", lambda path: export_workbook(home, path))

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


def _stem(name: str) -> str:
    """Name of the file of a result, without its ending."""
    return name.replace("/", "-")
