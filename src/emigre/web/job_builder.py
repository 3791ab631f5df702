"""Build jobs: turn changes made on a page into a variant file and a command line."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

from emigre.errors import InputError, Mistake
from emigre.scenario.loader import load
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


class JobBuilder:
    """Creates jobs and saves variants."""

    def __init__(self, shelf: Workspace, queue: Queue) -> None:
        self.shelf, self.queue = shelf, queue
        self._lock = threading.Lock()  # file and folder names are chosen one at a time

    def sketch(self, case: LoadedScenario, fields: Iterable[tuple[str, str]]) -> DraftVariant:
        """The sketch of a form: its controls, plus the changes it has no control for.

        Form fields that were not sent keep the values of the variant.
        """
        fields = list(fields)
        plain = DraftVariant.read(
            case.name, [f for f in fields if f[0] in ("variant", "name", *HOW)]
        )
        rest = DraftVariant.read(case.name, parse_qsl(dict(fields).get("rest", "")))
        sets = {k.removeprefix("set:"): v.strip() for k, v in fields if k.startswith("set:")}
        shown = dict.fromkeys(value for key, value in fields if key == "row")
        is_on = {value for key, value in fields if key == "is_on"}
        off = tuple(row for row in shown if row not in is_on)
        on = tuple(row for row in shown if row in is_on)
        whole = replace(plain, sets={**rest.sets, **sets}, off=rest.off + off, on=rest.on + on)
        return self.settled(case, whole)

    def settled(self, case: LoadedScenario, sketch: DraftVariant) -> DraftVariant:
        """The sketch without values equal to those of its starting variant."""
        start = Editor(case.draft, case.base, self._start(case, sketch))
        fields, switches = start.fields(), start.switches()
        sets = {k: v for k, v in sketch.sets.items() if v != fields.get(f"set:{k}")}
        off = tuple(row for row in sketch.off if switches.get(row, True))
        on = tuple(row for row in sketch.on if not switches.get(row, False))
        return replace(sketch, sets=sets, off=off, on=on)

    def commands(
        self, case: LoadedScenario, sketch: DraftVariant, patch: Patch | None
    ) -> dict[str, str]:
        """The command lines of a quick look and of a full run, without their output folder."""
        variant = self._variant(case, sketch, patch)
        return {
            kind: "emigre " + quoted(_args(self.shelf, case, sketch, patch, variant, kind))
            for kind in ("quick", "run")
        }

    def to_keep(
        self, case: LoadedScenario, sketch: DraftVariant, patch: Patch | None
    ) -> Path | None:
        """The file to which changes would be saved; None without changes or a valid name."""
        if patch is None or not sketch.is_changed:
            return None
        try:
            return self._place(case, sketch, patch)
        except InputError:
            return None

    def keep(self, case: LoadedScenario, sketch: DraftVariant, patch: Patch | None) -> Path:
        """Save the changes as a variant file; InputError if there are none."""
        if patch is None:
            expected = "a change to save, or a variant to start from"
            raise InputError(Mistake("name", "no change", expected))
        with self._lock:
            return self.shelf.keep(self._place(case, sketch, patch), text_of(patch))

    def take(self, case: LoadedScenario, file: str, content: bytes) -> Path:
        """Save an uploaded variant file; InputError with every mistake if it does not fit."""
        try:
            name = file_stem(Path(file).stem)
        except InputError:
            name = _OWN
        with tempfile.TemporaryDirectory(prefix="emigre-desk-") as home:
            path = Path(home) / f"{name}.toml"
            path.write_bytes(content)
            mistakes: list[Mistake] = []
            patch = read_patch(path, file, mistakes)
            if patch is None:
                raise InputError(*mistakes)
            load(case.draft.folder, variants=(patch,))
        with self._lock:
            text = text_of(patch)
            path = self.shelf.place(case.name, name, text, case.draft.variants)
            return self.shelf.keep(path, text)

    def ask(
        self, case: LoadedScenario, sketch: DraftVariant, patch: Patch | None, *, is_quick: bool
    ) -> Job:
        """Queue the job of a sketch; RefusedError if the queue is full."""
        variant = ""
        if patch is not None and sketch.is_changed:
            variant = str(self.keep(case, sketch, patch))
        elif patch is not None:
            variant = case.reference(self.shelf, sketch)
        with self._lock:
            return self.queue.add(self.job(case, sketch, patch, variant, is_quick=is_quick))

    def job(
        self,
        case: LoadedScenario,
        sketch: DraftVariant,
        patch: Patch | None,
        variant: str,
        *,
        is_quick: bool,
    ) -> Job:
        """The job of a sketch whose changes are given as ``--variant``."""
        args = _args(self.shelf, case, sketch, patch, variant, "quick" if is_quick else "run")
        stem = f"{case.name}-{Path(variant).stem}" if variant else case.name
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:80]
        out = self.shelf.free(f"{QUICK}/{stem}" if is_quick else stem, self.queue.taken())
        title = BASELINE if patch is None else patch.title
        return Job(
            id=self.queue.ledger.new_id(),
            kind="run" if patch is None else "compare",
            is_quick=is_quick,
            scenario=case.name,
            title=", ".join([title, *_settings_text(sketch)]),
            args=(*args, "--out", str(out)),
            out=str(out),
            name=out.relative_to(self.shelf.runs).as_posix(),
            query=sketch.query(),
            base=case.base.hash,
            created=datetime.now(UTC),
        )

    def _start(self, case: LoadedScenario, sketch: DraftVariant) -> Patch | None:
        try:
            return case.patch(self.shelf, sketch.variant)
        except InputError:  # shown on the page
            return None

    def _place(self, case: LoadedScenario, sketch: DraftVariant, patch: Patch) -> Path:
        name = file_stem(sketch.name) if sketch.name else _own_name(sketch)
        return self.shelf.place(case.name, name, text_of(patch), case.draft.variants)

    def _variant(self, case: LoadedScenario, sketch: DraftVariant, patch: Patch | None) -> str:
        """The ``--variant`` of a sketch before it is saved."""
        if patch is None:
            return ""
        if sketch.is_changed:
            return str(self.to_keep(case, sketch, patch) or f"{_own_name(sketch)}.toml")
        try:
            return case.reference(self.shelf, sketch)
        except KeyError:
            return sketch.variant


def _args(
    shelf: Workspace,
    case: LoadedScenario,
    sketch: DraftVariant,
    patch: Patch | None,
    variant: str,
    kind: str,
) -> list[str]:
    """Arguments after ``emigre``; a quick look fills in settings left empty."""
    how = dict(sketch.how)
    if kind == "quick":
        how = case.quick() | how
        if not {"start", "end"} & set(how):
            how |= case.window(patch, how.get("as-of"))
    args = ["run" if patch is None else "compare", shelf.argument(case.name)]
    args += ["--variant", variant] if variant else []
    for name in HOW:
        if name in how:
            args += [f"--{name}", how[name]]
    return [*args, "--no-chart"] if kind == "quick" else args


def _settings_text(sketch: DraftVariant) -> list[str]:
    """The simulation settings of a sketch as text."""
    words = {
        "as-of": "as known on {}",
        "start": "from {}",
        "end": "to {}",
        "runs": "{} run" if sketch.how.get("runs") == "1" else "{} runs",
        "scale": "1 per {}",
        "seed": "seed {}",
        "draws": "the scenario's own parameters",
    }
    return [text.format(sketch.how[name]) for name, text in words.items() if name in sketch.how]


def _own_name(sketch: DraftVariant) -> str:
    """Default name of a variant."""
    return file_stem(f"{sketch.variant[:50]}-changed") if sketch.variant else _OWN
