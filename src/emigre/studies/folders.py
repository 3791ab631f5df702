"""Which command made a finished folder, told by the file that marks it."""

from pathlib import Path

from emigre.results.output_dir import RESULTS

EXPLAINED = "explanation.csv"
_KINDS = {mark: Path(mark).stem for mark in RESULTS} | {"posterior.json": "fit"}
_KINDS[EXPLAINED] = "explain"
"""Command by mark."""


def mark_of(folder: Path) -> Path | None:
    """The file that marks a folder as finished, or None."""
    return next((folder / name for name in _KINDS if (folder / name).is_file()), None)


def kind_of(folder: Path) -> str:
    """The command that made a finished folder."""
    mark = mark_of(folder)
    assert mark is not None
    return _KINDS[mark.name]
