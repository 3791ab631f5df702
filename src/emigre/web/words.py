"""Mistakes in the words of the page: a field is called what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emigre.errors import Mistake, printable
from emigre.web.draft_variant import FILE, field_of

LABELS = {
    "start": "first day",
    "end": "last day",
    "as-of": "what was known on",
    "runs": "runs",
    "scale": "one stands for",
    "seed": "seed",
    "draws": "parameters of a full run",
    "name": "name to keep it by",
    "variant": "start from",
}
"""What the fields beside those of tables and parameters are called, by their name."""
_PARTS = {"set": "what is changed", "remove": "what is switched off", "add": "what is added"}
_OPTION = re.compile(rf"--({'|'.join(LABELS)}|set)\b")


def beside(mistake: Mistake) -> str:
    """A mistake as it stands beside its field."""
    text = f"found {mistake.found}, expected {mistake.expected}"
    return said(printable(f"{text} ({mistake.hint})" if mistake.hint else text))


def whole(mistake: Mistake, labels: Mapping[str, str]) -> str:
    """A mistake as it stands alone; ``labels`` are those of the fields of tables by name."""
    field = field_of(mistake)
    label = LABELS.get(field) or labels.get(field)
    if label is None and mistake.file == FILE:
        part, _, rest = mistake.column.partition(".")
        label = f"{_PARTS.get(part, part)}, {rest}".strip(", ") or "the changes"
    return said(str(mistake)) if label is None else f"{label}: {beside(mistake)}"


def said(text: str) -> str:
    """A text of the command line with the labels of the page for its options."""
    return _OPTION.sub(lambda option: f"“{LABELS.get(option[1], _PARTS['set'])}”", text)
