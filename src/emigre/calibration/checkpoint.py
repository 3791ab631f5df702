"""Checkpoints of a fit, so that an interrupted fit can be resumed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from emigre.results.output_dir import write_whole

Array = NDArray[np.float64]


def simulated(
    folder: Path | None,
    values: Array,
    first: int,
    chunk: int,
    simulate: Callable[[Array, int], Array],
) -> list[Array]:
    """Figures of draws, in chunks of a given number of draws; stored chunks are reused.

    ``simulate`` gets the values (n, k) of a chunk and the number of its first simulation, which is
    ``first`` for the first of all.
    """
    parts = []
    for start in range(0, len(values), chunk):
        some, number = values[start : start + chunk], first + start
        figures = read(folder, number, some)
        if figures is None:
            figures = np.asarray(simulate(some, number), dtype=np.float64)
            write(folder, number, some, figures)
        parts.append(figures)
    return parts


def write(folder: Path | None, number: int, values: Array, figures: Array) -> None:
    """Save the simulations from ``number`` on: parameter values (n, k), figures (n, m)."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    np.savez(content, values=values, figures=figures)
    write_whole(_path(folder, number), content.getvalue())


def read(folder: Path | None, number: int, values: Array) -> Array | None:
    """Saved figures (n, m) of draws (n, k); None if missing or of other draws."""
    if folder is None or not _path(folder, number).is_file():
        return None
    try:
        with np.load(_path(folder, number)) as kept:
            same = np.array_equal(kept["values"], values)
            return np.asarray(kept["figures"], dtype=np.float64) if same else None
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _path(folder: Path, number: int) -> Path:
    return folder / f"simulations-{number:06d}.npz"
