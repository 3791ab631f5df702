"""Names and notes of results, stored in ``RUNS/.desk/labels.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from emigre.errors import Mistake, refuse
from emigre.results.output_dir import write_whole

FILE = "labels.json"
MOST_LETTERS = {"title": 120, "note": 2_000}


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a result, and a note; both may be empty."""

    title: str = ""
    note: str = ""

    @classmethod
    def of(cls, fields: dict[str, str]) -> Self:
        """The label given in a form; InputError if it is too long."""
        texts = {name: " ".join(fields.get(name, "").split()) for name in MOST_LETTERS}
        refuse(
            Mistake(name, f"{len(texts[name]):,} letters", f"at most {most:,} letters")
            for name, most in MOST_LETTERS.items()
            if len(texts[name]) > most
        )
        return cls(**texts)


_WRITING = Lock()
"""One label is set at a time: all are in one file."""


class Labels:
    """The labels of a workspace, by the name of the folder below RUNS."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, Label]:
        """Every label; none if the file is missing or damaged."""
        try:
            labels = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(name): Label(str(t["title"]), str(t["note"])) for name, t in labels.items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return {}

    def of(self, name: str) -> Label:
        """The label of a folder; empty if it has none."""
        return self.all().get(name, Label())

    def set(self, name: str, label: Label | None) -> None:
        """Set the label of a folder, or remove it (None)."""
        with _WRITING:
            labels = self.all()
            labels.pop(name, None)
            if label is not None and label != Label():
                labels[name] = label
            texts = {name: asdict(labels[name]) for name in sorted(labels)}
            write_whole(self.path, json.dumps(texts, ensure_ascii=False, indent=1))
