"""Text summary of a sensitivity study."""

import math

import polars as pl

from emigre.results.text import counted, percent, significant
from emigre.sensitivity.results import SensitivityInfo


def change(value: float, *, sign: bool = True) -> str:
    """Two significant digits, with a sign.

    >>> change(12345.0), change(-0.0123), change(7.0, sign=False), change(0.0)
    ('+12,000', '-0.012', '7', '0')
    """
    if value == 0.0:
        return "0"
    digits = 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    places = max(digits, 0) if abs(rounded) < 10 and rounded != int(rounded) else 0
    return f"{rounded:{'+' if sign else ''},.{places}f}"


def share(value: float | None) -> str:
    """A share of variance in per cent; empty unless requested."""
    return "" if value is None else percent(min(max(value, 0.0), 1.0))


def heads(info: SensitivityInfo) -> tuple[str, ...]:
    """Columns of :func:`rows`."""
    shares = () if info.base is None else ("first order", "total")
    return ("assumption", "range", "change", "magnitude, 90 %", *shares)


def rows(table: pl.DataFrame, info: SensitivityInfo) -> list[tuple[str, ...]]:
    """A line for each assumption; ``table`` is that of ``effects.csv``."""
    return [
        (
            row["parameter"],
            f"{significant(row['low'])} – {significant(row['high'])}",
            change(row["mean"]),
            f"{change(row['size_low'], sign=False)} – {change(row['size_high'], sign=False)}",
            *(() if info.base is None else (share(row["first"]), share(row["total"]))),
        )
        for row in table.iter_rows(named=True)
    ]


def remarks(info: SensitivityInfo) -> list[str]:
    """The number, its simulation noise, and the cost of the study."""
    number = change(info.median, sign=False)
    middle = f"With every assumption at its median, the number is {number} {info.unit}"
    if info.chance_sd is not None:
        middle += f"; chance alone changes it by about {change(info.chance_sd, sign=False)}"
    return [
        f"{middle}.",
        f"{counted(info.evaluations, 'combination')} of values, "
        f"{counted(info.runs, 'run')} each, with the same random numbers, at scale {info.scale}.",
    ]
