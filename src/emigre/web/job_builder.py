"""Build jobs: turn changes made on a page into a variant file and a command line."""

import re
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

from emigre.calendar import parse_date
from emigre.errors import InputError, Mistake
from emigre.evaluation.key_results import days
from emigre.scenario.model import Patch
from emigre.scenario.patch import read_patch
from emigre.web.draft_variant import HOW, DraftVariant, text_of
from emigre.web.editor import Editor
from emigre.web.jobs import Job
from emigre.web.queue import Queue
from emigre.web.scenario_cache import LoadedScenario
from emigre.web.subprocesses import quoted
from emigre.web.workspace import QUICK, Workspace, file_stem

BASELINE = "The baseline"
_OWN = "my-variant"


@dataclass(frozen=True, slots=True)
class ChangedScenario:
    """A scenario, the changes made on its page, and the patch of these (None without any)."""

    loaded: LoadedScenario
    draft: DraftVariant
    patch: Patch | None


class JobBuilder:
    """Creates jobs and saves variants."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        self.workspace, self.queue = workspace, queue
        self._lock = threading.Lock()  # file and folder names are chosen one at a time

    def draft_of(self, loaded: LoadedScenario, fields: Iterable[tuple[str, str]]) -> DraftVariant:
        """The draft of a form and of changes without a control; fields not sent are unchanged."""
        fields = list(fields)
        own = [field for field in fields if field[0] in ("variant", "name", *HOW)]
        plain = DraftVariant.read(loaded.name, own)
        rest = DraftVariant.read(loaded.name, parse_qsl(dict(fields).get("rest", "")))
        sets = {k.removeprefix("set:"): v.strip() for k, v in fields if k.startswith("set:")}
        shown = dict.fromkeys(value for key, value in fields if key == "row")
        is_on = {value for key, value in fields if key == "is_on"}
        off = tuple(row for row in shown if row not in is_on)
        on = tuple(row for row in shown if row in is_on)
        whole = replace(plain, sets={**rest.sets, **sets}, off=rest.off + off, on=rest.on + on)
        return self.without_unchanged(loaded, whole)

    def without_unchanged(self, loaded: LoadedScenario, draft: DraftVariant) -> DraftVariant:
        """The draft without values equal to those of its starting variant."""
        start = Editor(loaded.texts, loaded.base, self._start(loaded, draft))
        fields, switches = start.fields(), start.switches()
        sets = {k: v for k, v in draft.sets.items() if v != fields.get(f"set:{k}")}
        off = tuple(row for row in draft.off if switches.get(row, True))
        on = tuple(row for row in draft.on if not switches.get(row, False))
        return replace(draft, sets=sets, off=off, on=on)

    def commands(self, changed: ChangedScenario) -> dict[str, str]:
        """The command lines of a quick look and of a full run, without their output folder."""
        variant = self._variant(changed)
        return {
            kind: "emigre " + quoted(_args(self.workspace, changed, variant, kind))
            for kind in ("quick", "run")
        }

    def save_path(self, changed: ChangedScenario) -> Path | None:
        """The file to which changes would be saved; None without changes or a valid name."""
        if changed.patch is None or not changed.draft.is_changed:
            return None
        try:
            return self._path(changed, text_of(changed.patch))
        except InputError:
            return None

    def save(self, changed: ChangedScenario) -> Path:
        """Save the changes as a variant file; InputError if there are none."""
        if changed.patch is None:
            expected = "a change to save, or a variant to start from"
            raise InputError(Mistake("name", "no change", expected))
        text = text_of(changed.patch)
        with self._lock:
            return self.workspace.write_variant(self._path(changed, text), text)

    def save_upload(self, loaded: LoadedScenario, file: str, content: bytes) -> Path:
        """Save an uploaded variant file; InputError with every mistake if it does not fit."""
        try:
            name = file_stem(Path(file).stem)
        except InputError:
            name = _OWN
        with tempfile.TemporaryDirectory(prefix="emigre-desk-") as home:
            path = Path(home) / f"{name}.toml"
            path.write_bytes(content)
            patch = read_patch(path, file)
            loaded.reader.load(variants=(patch,))
        with self._lock:
            text = text_of(patch)
            path = self.workspace.variant_path(loaded.name, name, text, loaded.texts.variants)
            return self.workspace.write_variant(path, text)

    def submit(self, changed: ChangedScenario, *, is_quick: bool) -> Job:
        """Queue the job of a draft; HTTPException if the queue is full."""
        variant = ""
        if changed.patch is not None and changed.draft.is_changed:
            variant = str(self.save(changed))
        elif changed.patch is not None:
            variant = changed.loaded.reference(self.workspace, changed.draft)
        with self._lock:
            return self.queue.add(self.job(changed, variant, is_quick=is_quick))

    def job(self, changed: ChangedScenario, variant: str, *, is_quick: bool) -> Job:
        """The job of a draft whose changes are given as ``--variant``."""
        loaded, draft, patch = changed.loaded, changed.draft, changed.patch
        args = _args(self.workspace, changed, variant, "quick" if is_quick else "run")
        stem = f"{loaded.name}-{Path(variant).stem}" if variant else loaded.name
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:80]
        stem = f"{QUICK}/{stem}" if is_quick else stem
        out = self.workspace.free_folder(stem, self.queue.taken())
        title = BASELINE if patch is None else patch.title
        return Job(
            id=self.queue.store.new_id(),
            kind="run" if patch is None else "compare",
            is_quick=is_quick,
            scenario=loaded.name,
            title=", ".join([title, *_settings_text(draft)]),
            args=(*args, "--out", str(out)),
            out=str(out),
            name=out.relative_to(self.workspace.runs).as_posix(),
            query=draft.query(),
            base=loaded.base.hash,
            created=datetime.now(UTC),
        )

    def _start(self, loaded: LoadedScenario, draft: DraftVariant) -> Patch | None:
        try:
            return loaded.patch(self.workspace, draft.variant)
        except InputError:  # shown on the page
            return None

    def _path(self, changed: ChangedScenario, text: str) -> Path:
        loaded, draft = changed.loaded, changed.draft
        name = file_stem(draft.name) if draft.name else _own_name(draft)
        return self.workspace.variant_path(loaded.name, name, text, loaded.texts.variants)

    def _variant(self, changed: ChangedScenario) -> str:
        """The ``--variant`` of a draft before it is saved."""
        draft = changed.draft
        if changed.patch is None:
            return ""
        if draft.is_changed:
            return str(self.save_path(changed) or f"{_own_name(draft)}.toml")
        try:
            return changed.loaded.reference(self.workspace, draft)
        except KeyError:
            return draft.variant


def _args(workspace: Workspace, changed: ChangedScenario, variant: str, kind: str) -> list[str]:
    """Arguments after ``emigre``; a quick look fills in settings left empty."""
    loaded, patch, how = changed.loaded, changed.patch, dict(changed.draft.how)
    if kind == "quick":
        how = loaded.quick() | how
        if not {"start", "end"} & set(how):
            how |= loaded.window(patch, how.get("as-of"))
    args = ["run" if patch is None else "compare", workspace.argument(loaded.name)]
    args += ["--variant", variant] if variant else []
    args += [part for name in HOW if name in how for part in (f"--{name}", how[name])]
    return [*args, "--no-chart"] if kind == "quick" else args


def _settings_text(draft: DraftVariant) -> list[str]:
    """The simulation settings of a draft as text."""
    words = {
        "as-of": "as known on {}",
        "start": "from {}",
        "end": "to {}",
        "runs": "{} run" if draft.how.get("runs") == "1" else "{} runs",
        "scale": "1 per {}",
        "seed": "seed {}",
        "draws": "the scenario's own parameters",
    }
    shown = {
        name: days(parse_date(value)) if name in ("as-of", "start", "end") else value
        for name, value in draft.how.items()
    }
    return [text.format(shown[name]) for name, text in words.items() if name in shown]


def _own_name(draft: DraftVariant) -> str:
    """Default name of a variant."""
    return file_stem(f"{draft.variant[:50]}-changed") if draft.variant else _OWN
