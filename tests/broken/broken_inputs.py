"""Apply the edits of a broken-input case to the base scenario and collect the messages."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from emigre.errors import InputError
from emigre.scenario.drafts import in_order, resolve
from emigre.scenario.examination import check
from emigre.scenario.loader import load, read_draft

BASE = Path(__file__).parents[1] / "scenario" / "base"
OPTIONS = ("variants", "settings", "start", "end", "as_of")


def apply_edit(folder: Path, edit: Mapping[str, Any]) -> None:
    """One edit of one file: ``delete``, ``write`` all, ``append``, or ``find`` and ``put``."""
    path = folder / edit["file"]
    if "delete" in edit:
        path.unlink()
    elif "write" in edit:
        path.write_text(edit["write"], encoding="utf-8")
    elif "append" in edit:
        path.write_text(path.read_text(encoding="utf-8") + edit["append"] + "\n", encoding="utf-8")
    elif "append_hex" in edit:
        path.write_bytes(path.read_bytes() + bytes.fromhex(edit["append_hex"]))
    else:
        lines = path.read_text(encoding="utf-8").split("\n")
        line = lines[edit["line"] - 1]
        assert edit["find"] in line, f"{edit['find']} is not in line {edit['line']}: {line}"
        lines[edit["line"] - 1] = line.replace(edit["find"], edit["put"], 1)
        path.write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def edited(case: Mapping[str, Any]) -> Iterator[Path]:
    """The folder of the base scenario after the edits of a case."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "base"
        shutil.copytree(BASE, folder)
        for edit in case.get("edit", []):
            apply_edit(folder, edit)
        yield folder


def mistakes_of(case: Mapping[str, Any]) -> list[str]:
    """The messages of all mistakes of the base scenario after the edits of a case."""
    with edited(case) as folder:
        options = {name: case[name] for name in OPTIONS if name in case}
        if not options:
            return [m.on_command_line() for m in check(folder)]
        try:
            load(folder, **options)
        except InputError as error:
            return [m.on_command_line() for m in error.mistakes]
        return []


def mistakes_after_base(case: Mapping[str, Any]) -> list[str]:
    """The same of its tables, if those that are as in the base scenario are not checked again."""
    base = read_draft(BASE)
    resolve(base, (), [])
    assert base.checked.tables
    with edited(case) as folder:
        draft = replace(read_draft(folder), checked=base.checked)
        mistakes = list(draft.mistakes)
        resolve(draft, (), mistakes)
        return [m.on_command_line() for m in in_order(mistakes)]
