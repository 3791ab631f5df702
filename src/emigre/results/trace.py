"""What became of single households in one run: for pairing two runs, never for the user.

Two runs of one number share every draw, so that a household has the same identity in both as long
as it decides on the same day. A trace says by which way each got out. It lives in memory, or in a
part file that goes when the table is made (:mod:`emigre.diverted`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Period = tuple[int, int]
"""Days (first, end), half-open, counted from the first day of the run."""

STATES = ("trapped", "preparing", "travelling", "waiting", "abroad", "returned", "gave_up")
"""What a party may be doing, by the codes of the engine."""

NAMES = ("crossings", "countries", "country_of")
ROWS = ("id", "cohort", "day", "persons", "entered", "reached", "state")


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Parties of one run that were not yet out of the country when a period began.

    ``crossings``, ``countries``: names, in the order of the numbers; ``country_of``: the state
    each crossing enters. One row a party, in the order of founding: ``id``, ``cohort`` (identities,
    64 bits), ``day`` of founding, ``persons``, ``entered`` (first crossing that admitted it, or
    -1), ``reached`` (country where it first came to live, or -1), ``state`` (index in STATES) at
    the end of the period.
    """

    crossings: tuple[str, ...]
    countries: tuple[str, ...]
    country_of: tuple[str, ...]
    id: NDArray[np.uint64]
    cohort: NDArray[np.uint64]
    day: NDArray[np.int32]
    persons: NDArray[np.int64]
    entered: NDArray[np.int32]
    reached: NDArray[np.int32]
    state: NDArray[np.int32]

    def write(self, path: Path) -> None:
        """Keep the trace in a part file; the file has its name once it is complete."""
        names = {name: np.array(getattr(self, name), np.str_) for name in NAMES}
        rows = {name: getattr(self, name) for name in ROWS}
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **names, **rows)
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Trace:
        """The trace of a part file."""
        with np.load(path, allow_pickle=False) as found:
            names: dict[str, Any] = {name: tuple(found[name].tolist()) for name in NAMES}
            rows: dict[str, Any] = {name: found[name] for name in ROWS}
        return cls(**names, **rows)
