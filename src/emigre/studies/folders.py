"""Which command made a finished folder, told by the file that marks it."""

from pathlib import Path

EXPLAINED = "explanation.csv"
_KINDS = {
    "compare.json": "compare",
    "run.json": "run",
    "forecast.json": "forecast",
    "hindcast.json": "hindcast",
    "posterior.json": "fit",
    "sensitivity.json": "sensitivity",
    EXPLAINED: "explain",
}
"""Command by mark. The marks are spelled out: the modules that define them import slowly."""


def mark_of(folder: Path) -> Path | None:
    """The file that marks a folder as finished, or None."""
    return next((folder / name for name in _KINDS if (folder / name).is_file()), None)


def kind_of(folder: Path) -> str:
    """The command that made a finished folder."""
    mark = mark_of(folder)
    assert mark is not None
    return _KINDS[mark.name]
