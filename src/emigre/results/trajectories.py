"""Trajectories of single households in one run: internal, used to pair two runs.

Runs with the same number share all draws, so that a household has the same identity in both as long
as it decides on the same day. A trace records the route by which each left. It is kept in memory,
or in a shard that is deleted once the table is written (:mod:`emigre.comparison.diversion`).
"""

import io
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.numerics.array_types import I64

Period = tuple[int, int]
"""Days (first, end), half-open, counted from the first day of the run."""

STATES = ("trapped", "preparing", "travelling", "waiting", "abroad", "returned", "gave_up")
"""States of a party, by engine code."""

NAMES = ("crossings", "countries", "country_of")
ROWS = ("id", "cohort", "day", "persons", "entered", "reached", "state")


@dataclass(frozen=True, slots=True, eq=False)
class Trajectories:
    """Parties of one run that were not yet out of the country when a period began.

    ``crossings``, ``countries``: names, in the order of the numbers; ``country_of``: the state
    each crossing enters. One row per party, in the order of founding: ``id``, ``cohort``
    (identities, 64 bits), ``day`` of founding, ``persons``, ``entered`` (first crossing
    that admitted it, or -1), ``reached`` (country where it first came to live, or -1), ``state``
    (index in STATES) at the end of the period.
    """

    crossings: tuple[str, ...]
    countries: tuple[str, ...]
    country_of: tuple[str, ...]
    id: NDArray[np.uint64]
    cohort: NDArray[np.uint64]
    day: NDArray[np.int32]
    persons: I64
    entered: NDArray[np.int32]
    reached: NDArray[np.int32]
    state: NDArray[np.int32]

    def packed(self) -> bytes:
        """Serialise the trace."""
        rows = io.BytesIO()
        frame = pl.DataFrame({name: getattr(self, name) for name in ROWS})
        frame.write_parquet(rows, compression="zstd")
        out = io.BytesIO()
        names = {name: np.array(getattr(self, name), np.str_) for name in NAMES}
        np.savez(out, allow_pickle=False, rows=np.frombuffer(rows.getvalue(), np.uint8), **names)
        return out.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """Deserialise a trace."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            names: dict[str, Any] = {name: tuple(arrays[name].tolist()) for name in NAMES}
            frame = pl.read_parquet(io.BytesIO(arrays["rows"].tobytes()))
        rows: dict[str, Any] = {name: frame[name].to_numpy() for name in ROWS}
        return cls(**names, **rows)
