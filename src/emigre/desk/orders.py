"""From a page to a command: what the person chose becomes a variant file and a command line."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from emigre.desk.cases import Case
from emigre.desk.children import quoted
from emigre.desk.editor import Editor
from emigre.desk.jobs import Job
from emigre.desk.queue import Queue
from emigre.desk.shelf import QUICK, Shelf, checked_name
from emigre.desk.sketch import HOW, Sketch, text_of
from emigre.errors import InputError, Mistake
from emigre.scenario.model import Patch
from emigre.scenario.read import load
from emigre.scenario.variant import read_patch

_OWN = "my-variant"


class Orders:
    """Makes jobs and keeps variants."""

    def __init__(self, shelf: Shelf, queue: Queue) -> None:
        self.shelf, self.queue = shelf, queue

    def sketch(self, case: Case, fields: Iterable[tuple[str, str]]) -> Sketch:
        """What differs in a form from the variant it starts from."""
        fields = list(fields)
        plain = Sketch.read(case.name, [f for f in fields if f[0] in ("variant", "name", *HOW)])
        try:
            start = case.patch(self.shelf, plain.variant)
        except InputError:
            start = None
        editor = Editor(case.draft, case.base, start, {})
        values, switches = _values(editor)
        sets = {
            key.removeprefix("set:"): value.strip()
            for key, value in fields
            if key.startswith("set:") and value.strip() != values.get(key, value.strip())
        }
        shown = {value for key, value in fields if key == "row"}
        is_on = {value for key, value in fields if key == "is_on"}
        off = tuple(r for r, was in switches.items() if r in shown and was and r not in is_on)
        on = tuple(r for r, was in switches.items() if r in shown and not was and r in is_on)
        return replace(plain, sets=sets, off=off, on=on)

    def words(self, case: Case, sketch: Sketch, patch: Patch | None) -> str:
        """The command line of the full run of a sketch, as it would be given."""
        args = self._args(case, sketch, patch, self._file(case, sketch, patch))
        return "emigre " + quoted(args)

    def keep(self, case: Case, sketch: Sketch, patch: Patch | None) -> Path:
        """Keep the changes as a variant file; InputError if there are none."""
        if patch is None:
            raise InputError([Mistake("name", None, "", "no change", "something to keep")])
        return self.shelf.keep(case.name, sketch.name or _name(sketch), text_of(patch))

    def take(self, case: Case, stem: str, content: bytes) -> Path:
        """Keep a file that was handed in; InputError with every mistake if it does not fit."""
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or _OWN
        with tempfile.TemporaryDirectory(prefix="emigre-desk-") as home:
            path = Path(home) / f"{name}.toml"
            path.write_bytes(content)
            mistakes: list[Mistake] = []
            patch = read_patch(path, path.name, mistakes)
            if patch is None:
                raise InputError(mistakes)
            load(case.draft.folder, variants=(patch,))
        return self.shelf.keep(case.name, name, text_of(patch))

    def job(self, case: Case, sketch: Sketch, patch: Patch | None, *, is_quick: bool) -> Job:
        """The job of a sketch; changes are kept as a variant first."""
        if sketch.name:
            checked_name(sketch.name)
        variant = ""
        if patch is not None and sketch.is_changed:
            variant = str(self.keep(case, sketch, patch))
        elif patch is not None:
            variant = case.reference(self.shelf, sketch)
        args = self._args(case, sketch, patch, variant)
        if is_quick:
            args = _without(args, "--scale", "--runs", "--draws") + case.quick()
            if not {"start", "end"} & set(sketch.how):
                args += case.window(patch, sketch.how.get("as-of"))
        stem = f"{case.name}-{Path(variant).stem}" if variant else case.name
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:80]
        out = self.shelf.free(f"{QUICK}/{stem}" if is_quick else stem, self.queue.taken())
        known = f", as known on {sketch.how['as-of']}" if "as-of" in sketch.how else ""
        return Job(
            id=self.queue.ledger.new_id(),
            kind="run" if patch is None else "compare",
            is_quick=is_quick,
            scenario=case.name,
            title=("The baseline" if patch is None else patch.title) + known,
            args=(*args, "--out", str(out)),
            out=str(out),
            name=out.relative_to(self.shelf.runs).as_posix(),
            query=sketch.query(),
            created=datetime.now(UTC),
        )

    def _file(self, case: Case, sketch: Sketch, patch: Patch | None) -> str:
        """The variant as a command takes it, before it is kept."""
        if patch is None:
            return ""
        if sketch.is_changed:
            name = f"{sketch.name or _name(sketch)}.toml"
            return str(self.shelf.runs / "variants" / case.name / name)
        try:
            return case.reference(self.shelf, sketch)
        except KeyError:
            return sketch.variant

    def _args(self, case: Case, sketch: Sketch, patch: Patch | None, variant: str) -> list[str]:
        args = ["run" if patch is None else "compare", self.shelf.argument(case.name)]
        args += ["--variant", variant] if variant else []
        for name in HOW:
            if name in sketch.how:
                args += [f"--{name}", sketch.how[name]]
        return args


def _values(editor: Editor) -> tuple[dict[str, str], dict[str, bool]]:
    """Value of every field, and whether each row is switched on."""
    values: dict[str, str] = {}
    switches: dict[str, bool] = {}
    groups = [*editor.rules(), editor.pressures(), *editor.places()]
    for row in (row for group in groups for row in group.rows):
        values |= {entry.name: entry.value for entry in row.entries}
        if not row.key.startswith("places."):
            switches[row.key] = row.is_on
    for _, entries in editor.parameters():
        values |= {entry.name: entry.value for entry in entries}
    return values, switches


def _name(sketch: Sketch) -> str:
    """A name for a variant that was given none."""
    return f"{sketch.variant}-changed"[:60] if sketch.variant else _OWN


def _without(args: list[str], *names: str) -> list[str]:
    kept: list[str] = []
    skip = False
    for arg in args:
        if not skip and arg not in names:
            kept.append(arg)
        skip = arg in names
    return kept
