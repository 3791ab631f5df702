"""Build jobs: turn changes made on a page into a variant file and a command line."""

import re
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from emigre.calendar import parse_date
from emigre.errors import InputError, Mistake, collecting
from emigre.evaluation.key_results import days
from emigre.scenario.model import Patch, Scenario
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
    """A scenario with the changes made on its page, and all mistakes in them.

    ``start`` is the variant that they start from, ``patch`` what both change (None for nothing),
    and ``made`` the scenario that results (None with mistakes).
    """

    loaded: LoadedScenario
    draft: DraftVariant
    start: Patch | None = None
    patch: Patch | None = None
    made: Scenario | None = None
    mistakes: tuple[Mistake, ...] = ()


class JobBuilder:
    """Creates jobs and saves variants."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        self.workspace, self.queue = workspace, queue
        self._lock = threading.Lock()  # file and folder names are chosen one at a time

    def changed(self, loaded: LoadedScenario, draft: DraftVariant) -> ChangedScenario:
        """A scenario with the changes of a draft, relative to its starting variant."""
        start, made, mistakes = None, None, list[Mistake]()
        with collecting(mistakes):
            start = loaded.patch(self.workspace, draft.variant)
        draft = _without_unchanged(loaded, draft, start)
        patch = draft.patch(start, loaded.base)
        if patch is None and not draft.how and loaded.drawn != "":
            made = loaded.base
        elif not mistakes:
            with collecting(mistakes):
                made = draft.load(loaded.reader, patch)
        if draft.name:
            with collecting(mistakes):
                file_stem(draft.name)
        return ChangedScenario(loaded, draft, start, patch, made, tuple(mistakes))

    def commands(self, changed: ChangedScenario) -> dict[str, str]:
        """The command lines of a quick look and of a full run, without their output folder."""
        variant = self._variant(changed, self.save_path(changed))
        return {
            kind: "emigre " + quoted(_args(self.workspace, changed, variant, kind))
            for kind in ("quick", "run")
        }

    def save_path(self, changed: ChangedScenario) -> Path | None:
        """The file to which changes would be saved; None without changes or a valid name."""
        if changed.patch is None or not changed.draft.is_changed:
            return None
        with suppress(InputError):
            return self._path(changed, text_of(changed.patch))
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
        is_new = changed.patch is not None and changed.draft.is_changed
        variant = self._variant(changed, self.save(changed) if is_new else None)
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

    def _path(self, changed: ChangedScenario, text: str) -> Path:
        loaded, draft = changed.loaded, changed.draft
        name = file_stem(draft.name) if draft.name else _own_name(draft)
        return self.workspace.variant_path(loaded.name, name, text, loaded.texts.variants)

    def _variant(self, changed: ChangedScenario, path: Path | None) -> str:
        """The ``--variant`` of a draft whose changes are saved as a file."""
        if changed.patch is None:
            return ""
        if changed.draft.is_changed:
            return str(path or f"{_own_name(changed.draft)}.toml")
        return changed.loaded.reference(self.workspace, changed.draft)


def _without_unchanged(
    loaded: LoadedScenario, draft: DraftVariant, start: Patch | None
) -> DraftVariant:
    """The draft without values equal to those of its starting variant."""
    editor = Editor(loaded.texts, loaded.base, start)
    fields, switches = editor.fields(), editor.switches()
    sets = {k: v for k, v in draft.sets.items() if v != fields.get(f"set:{k}")}
    off = tuple(row for row in draft.off if switches.get(row, True))
    on = tuple(row for row in draft.on if not switches.get(row, False))
    return replace(draft, sets=sets, off=off, on=on)


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
