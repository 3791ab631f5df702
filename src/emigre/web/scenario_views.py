"""Request handlers of the home page and of scenarios with their changes."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from emigre.errors import InputError, Mistake
from emigre.scenario.model import Patch
from emigre.web import scenario_cache
from emigre.web.assets import static
from emigre.web.draft_variant import HINT, DraftVariant, field_of
from emigre.web.editor import Editor
from emigre.web.handlers import MOST_FIELDS, Form, Handlers, found, to
from emigre.web.job_builder import ChangedScenario, JobBuilder
from emigre.web.labels import Label
from emigre.web.page_cache import places_map
from emigre.web.queue import Queue
from emigre.web.scenario_cache import left_out
from emigre.web.words import LABELS, field_message, full_message
from emigre.web.workspace import QUICK, Workspace

_ACTIONS = ("show", "reset", "keep", "quick", "run")
_LONGEST = 100_000
"""Longest URL; servers refuse longer ones."""
MOST_FIELDS_SHOWN = 300
"""Number of fields of a scenario above which a group loads its rows only when opened."""
OPEN = "open"
"""Parameter of the address with the title of an opened group."""
_NEWEST = 12


class ScenarioViews(Handlers):
    """Scenarios with their changes."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        super().__init__(workspace, queue)
        self.builder = JobBuilder(workspace, queue)

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
            "jobs": [job for job in jobs if job.state != "cancelled"][:_NEWEST],
            "cancelled": [job for job in jobs if job.state == "cancelled"],
            "results": results,
            "newest": _NEWEST,
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
        changed = self.builder.changed(loaded, DraftVariant.read(name, pairs))
        return self._editor(changed, opened=opened)

    def _editor(
        self,
        changed: ChangedScenario,
        mistakes: tuple[Mistake, ...] = (),
        *,
        is_stale: bool = False,
        is_edited: bool = False,
        opened: tuple[str, ...] = (),
    ) -> Response:
        """The page of a draft; ``mistakes`` are those of the request, in addition to its own."""
        loaded, draft, known = changed.loaded, changed.draft, changed.made
        mistakes += changed.mistakes
        warnings = () if known is None else known.warnings
        wrong, warned = _by_field(mistakes), _by_field(warnings)
        editor = Editor(loaded.texts, loaded.base, changed.start, draft, wrong, known)
        labels = editor.labels()
        return self._html(
            "scenario.html.j2",
            {
                "loaded": loaded,
                "scenario": loaded.name,
                "draft": draft,
                "patch": changed.patch,
                "start": changed.start,
                "editor": editor,
                "rest": draft.rest({*editor.fields(), *editor.switches()}),
                "wrong": wrong,
                "warned": warned,
                "summary": [(_shown(m, editor), full_message(m, labels)) for m in mistakes],
                "changes": 0 if changed.patch is None else _size(changed.patch),
                "opened": opened,
                "query": draft.query(),
                "is_lazy": len(labels) > MOST_FIELDS_SHOWN,
                "warnings": [full_message(warning, labels) for warning in warnings],
                "labels": LABELS,
                "known": editor.known,
                "later": "" if known is None else left_out(loaded.base, changed.patch, known),
                "here": "",
                "kept": sorted(self.workspace.variants(loaded.name)),
                "kept_as": self.builder.save_path(changed),
                "commands": {} if mistakes else self.builder.commands(changed),
                "map": places_map(loaded.base),
                "is_stale": is_stale,
                "is_edited": is_edited,
            },
            status=403 if is_stale else 409 if is_edited else 422 if mistakes else 200,
        )

    def change(self, request: Request, form: Form) -> Response:
        """Handle the form of a scenario: show, save, quick look or run."""
        name, given = request.path_params["name"], form.values()
        loaded = self._loaded(name)
        if "state" in given:
            draft = DraftVariant.read(name, parse_qsl(given["state"], max_num_fields=MOST_FIELDS))
        else:
            draft = DraftVariant.of_form(name, form.texts)
        changed = self.builder.changed(loaded, draft)
        draft = changed.draft
        if not self._is_ours(given.get("key")):
            return self._editor(changed, is_stale=True)
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
        if action != "show" and given.get("base", loaded.base.hash) != loaded.base.hash:
            return self._editor(changed, is_edited=True)
        if changed.mistakes or action == "show":
            return to(back)  # the page shows the mistakes next to the fields
        try:
            if action == "keep":
                return to(f"{here}?variant={quote(self.builder.save(changed).stem)}")
            job = self.builder.submit(changed, is_quick=action == "quick")
        except InputError as error:  # of the request, not of the changes
            return self._editor(changed, error.mistakes)
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
        path = found(self.workspace.variants(scenario).get(name), "Variant not found.")
        return FileResponse(path, filename=path.name, media_type="application/toml")

    def asset(self, request: Request) -> Response:
        """Style sheet and scripts."""
        kind, body = found(static(request.path_params["file"]), "File not found.")
        return Response(body, headers={"cache-control": "max-age=3600"}, media_type=kind)


def _by_field(mistakes: Iterable[Mistake]) -> dict[str, list[str]]:
    """Messages of mistakes or warnings by the form field that they are about."""
    messages: dict[str, list[str]] = {}
    for mistake in mistakes:
        messages.setdefault(field_of(mistake), []).append(field_message(mistake))
    return messages


def _shown(mistake: Mistake, editor: Editor) -> str:
    """The field of a mistake if the page has one."""
    field = field_of(mistake)
    return field if field in LABELS or field in editor.fields() else ""


def _size(patch: Patch) -> int:
    """Number of changes of a patch."""
    rows = (*patch.remove.values(), *patch.add.values())
    return len(patch.set) + sum(len(part) for part in rows)
