"""Checkpoints of a fit or a sensitivity study, from which it resumes after an interruption."""

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from emigre.numerics.array_types import F64
from emigre.results.output_dir import write_whole


def simulate_in_chunks(
    folder: Path | None, values: F64, first: int, chunk: int, simulate: Callable[[F64, int], F64]
) -> list[F64]:
    """Simulate draws in chunks, and return the figures of each; stored chunks are reused.

    ``simulate`` is called with the values (n, k) of a chunk and the number of its first simulation,
    counted from ``first``.
    """
    parts = []
    for start in range(0, len(values), chunk):
        some, number = values[start : start + chunk], first + start
        path = None if folder is None else folder / f"simulations-{number:06d}.npz"
        figures = None if path is None else _read(path, some)
        if figures is None:
            figures = np.asarray(simulate(some, number), dtype=np.float64)
            if path is not None:
                _write(path, some, figures)
        parts.append(figures)
    return parts


def _write(path: Path, values: F64, figures: F64) -> None:
    """Save simulations: parameter values (n, k), figures (n, m)."""
    content = io.BytesIO()
    np.savez(content, values=values, figures=figures)
    write_whole(path, content.getvalue())


def _read(path: Path, values: F64) -> F64 | None:
    """Stored figures (n, m) of draws (n, k); None if missing, damaged, or of other draws."""
    try:
        with np.load(path) as kept:
            same = np.array_equal(kept["values"], values)
            return np.asarray(kept["figures"], dtype=np.float64) if same else None
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
