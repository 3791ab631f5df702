"""NOTES.md of the scenario: choices, and the policies that are no rule here."""

from __future__ import annotations

from pathlib import Path

from .evidence import Evidence
from .rules import not_expressed

HEAD = Path(__file__).parent / "notes_head.md"


def write_notes(evidence: Evidence, path: Path) -> None:
    """Write the choices, then the list of what is not expressed and why."""
    lines = [HEAD.read_text(encoding="utf-8").rstrip(), ""]
    lines += ["| policy of the evidence | why it is no rule and no pressure here |", "|---|---|"]
    lines += [f"| {policy} | {reason} |" for policy, reason in not_expressed(evidence)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
