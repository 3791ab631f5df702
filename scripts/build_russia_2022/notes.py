"""NOTES.md of the scenario: choices, and policies without a row."""

from pathlib import Path

from .evidence import Evidence
from .rules import not_expressed

HEAD = Path(__file__).parent / "notes_head.md"


def write_notes(evidence: Evidence, path: Path) -> None:
    """Write the choices, then the policies that are not expressed, with reasons."""
    lines = [HEAD.read_text(encoding="utf-8").rstrip(), ""]
    lines += [
        "| policy of the evidence | reason why it is neither a rule nor a pressure |",
        "|---|---|",
    ]
    lines += [f"| {policy} | {reason} |" for policy, reason in not_expressed(evidence)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
