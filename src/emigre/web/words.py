"""Messages of mistakes as shown on the page, with fields named by their labels."""

import re
from collections.abc import Mapping

from emigre.errors import Mistake, printable
from emigre.web.draft_variant import FILE, field_of

LABELS = {
    "start": "first day",
    "end": "last day",
    "as-of": "as known on",
    "runs": "runs",
    "scale": "people per simulated person",
    "seed": "seed",
    "draws": "parameters of a full run",
    "name": "variant name",
    "variant": "start from",
}
"""Labels of the form fields other than tables and parameters, by field name."""
_OF_STUDIES = {
    "from": "first day",
    "to": "end date (exclusive)",
    "horizon": "days ahead",
    "every": "a forecast every",
    "measure": "measure",
    "place": "place",
    "world": "world",
    "size": "draws",
    "steps": "steps",
}
"""Labels of the options of studies, which have forms of their own."""
_PARTS = {"set": "changed values", "remove": "removed rows", "add": "added rows"}
_OPTION = re.compile(rf"--({'|'.join((*LABELS, *_OF_STUDIES))}|set)\b")


def field_message(mistake: Mistake) -> str:
    """A mistake as shown next to its field."""
    text = f"found {mistake.found}, expected {mistake.expected}"
    return with_labels(printable(f"{text} ({mistake.hint})" if mistake.hint else text))


def full_message(mistake: Mistake, labels: Mapping[str, str]) -> str:
    """A mistake as shown on its own; ``labels`` maps names of table fields to their labels."""
    field = field_of(mistake)
    label = LABELS.get(field) or labels.get(field)
    if label is None and mistake.file == FILE:
        part, _, rest = mistake.column.partition(".")
        label = f"{_PARTS.get(part, part)}, {rest}".strip(", ") or "the changes"
    return with_labels(str(mistake)) if label is None else f"{label}: {field_message(mistake)}"


def with_labels(text: str) -> str:
    """Replace command-line options in a message by the labels of the page."""
    labels = _OF_STUDIES | LABELS | {"set": _PARTS["set"]}
    return _OPTION.sub(lambda option: f"“{labels[option[1]]}”", text)
