"""Key results: the main observations against the simulation, rounded for display."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from emigre import schema
from emigre.evaluation.vintages import standing
from emigre.results.disclosure import is_small, label
from emigre.results.folder import Results
from emigre.results.text import words


@dataclass(frozen=True, slots=True)
class KeyResult:
    """One line of the short table, ready to print."""

    what: str
    when: str
    observed: str
    median: str
    interval: str
    inside: str
    source: str


def key_results(results: Results) -> list[KeyResult]:
    """A line per observation marked as headline (or per observation if none is)."""
    rows = list(standing(results.scores).iter_rows(named=True))
    main = [row for row in rows if row["headline"] == "yes"]
    small = results.info.small_count
    return [line(row, small) for row in main or rows]


def line(row: dict[str, Any], small: int) -> KeyResult:
    """One row of scores, formatted for display."""
    measure = schema.measures().get(row["measure"])
    is_hours = measure is not None and measure.unit == "hours"
    low, mid, high = (row[q] for q in ("q05", "q50", "q95"))
    if row["simulated"] != "yes":
        median, interval = "–", "–"
    else:
        texts = rounded(low, mid, high, small, decimals=1 if is_hours else 0)
        median, interval = texts[1], span(texts[0], texts[2])
    not_scored = "(context)" if row["use"] == "context" else "(not in the run)"
    inside = row["inside_90"] or not_scored
    return KeyResult(
        what=f"{words(row['measure'])}, {row['place_name']}",
        when=period(row["from"], row["to"]),
        observed=_observed(row),
        median=median,
        interval=interval,
        inside=inside,
        source=row["source_title"] or row["source"],
    )


def _observed(row: dict[str, Any]) -> str:
    text = _grouped(row["observed"], 0 if row["observed"] >= 10 else 1)
    if row["low"] is not None and row["high"] is not None:
        text += f" ({_grouped(row['low'], 0)} to {_grouped(row['high'], 0)})"
    return text


def span(low: str, high: str) -> str:
    """Both ends of an interval, or one number if they are equal.

    >>> span("800", "900"), span("800", "800")
    ('800 to 900', '800')
    """
    return low if low == high else f"{low} to {high}"


def rounded(
    low: float | None,
    mid: float | None,
    high: float | None,
    small: int = 0,
    decimals: int = 0,
) -> tuple[str, str, str]:
    """Interval and median rounded to two digits of the interval's width; None means withheld.

    >>> rounded(11873.2, 12456.0, 13120.9), rounded(None, 971.0, 12970.0, small=10)
    (('11,900', '12,500', '13,100'), ('<10', '1,000', '13,000'))
    """
    digits = fitting_digits(low, high, decimals)
    texts = [_or_small(value, digits, small) for value in (low, mid, high)]
    return texts[0], texts[1], texts[2]


def differences(
    low: float | str, mid: float | str, high: float | str, small: int = 0, decimals: int = 0
) -> tuple[str, str, str]:
    """A difference and its interval with their signs, rounded like :func:`rounded`.

    Nonzero values below ``small`` are withheld, but keep their sign; a string is a value that is
    already withheld.

    >>> differences(-1213.4, -873.2, 4.0, small=10)
    ('-1,200', '-900', '<10')
    """
    digits = fitting_digits(low, high, decimals)
    texts = [_signed(value, digits, small) for value in (low, mid, high)]
    return texts[0], texts[1], texts[2]


def beside(
    values: tuple[float | str | None, float | str | None],
    low: float | str,
    high: float | str,
    small: int = 0,
    decimals: int = 0,
) -> tuple[str, str]:
    """Two levels rounded to the precision of the interval of their difference.

    The rounding does not depend on which one is larger.

    >>> beside((11940.2, 12345.1), 380.0, 430.0), beside((12345.1, 11940.2), -430.0, -380.0)
    (('11,940', '12,345'), ('12,345', '11,940'))
    """
    digits = fitting_digits(low, high, decimals)
    return _or_small(values[0], digits, small), _or_small(values[1], digits, small)


def fitting_digits(low: float | str | None, high: float | str | None, decimals: int) -> int:
    """Decimals (negative: tens, ...) that show two digits of an interval's width.

    A withheld end (None or text) is near 0 and is taken as 0.

    >>> fitting_digits(11873.2, 13120.9, 0), fitting_digits("<10", 12970.0, 0)
    (-2, -3)
    """
    first, last = (end if isinstance(end, float | int) else 0.0 for end in (low, high))
    width = last - first
    return min(1 - math.floor(math.log10(width)), decimals) if width > 0 else decimals


def to_digits(value: float, digits: int) -> float:
    """Round to at most ``digits`` decimals (negative: tens, ...); no whole number becomes 0.

    In a wide interval the smaller numbers keep their first digit.

    >>> to_digits(12345.6, -3), to_digits(4400.0, -4), to_digits(62.0, -4)
    (12000.0, 4000.0, 60.0)
    """
    if digits < 0 and abs(value) >= 1:
        digits = max(digits, -math.floor(math.log10(abs(value))))
    return round(value, digits) + 0.0  # turns -0.0 into 0.0


def _signed(value: float | str, digits: int, small: int) -> str:
    if isinstance(value, str):
        return value
    if is_small(value, small):
        return label(small, is_negative=value < 0)
    text = _grouped(value, digits)
    if text in ("0", "-0"):
        return "0"
    return text if text.startswith("-") else f"+{text}"


def _or_small(value: float | str | None, digits: int, small: int) -> str:
    if isinstance(value, str):
        return value
    return label(small) if value is None else _grouped(value, digits)


def _grouped(value: float, digits: int) -> str:
    """Format with thousands separators, rounded by :func:`to_digits`."""
    near = to_digits(value, digits)
    if digits <= 0 or near == int(near):
        return f"{int(near):,}"
    return f"{near:,.{min(digits, 2)}f}"


def period(first: date, after: date) -> str:
    """Half-open days as text: one day, or first to last day."""
    last = after - timedelta(days=1)
    if last <= first:
        return _short(first)
    if first.year != last.year:
        return f"{_short(first)} – {_short(last)}"
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begin} – {_short(last)}"


def _short(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def inside_share(results: Results) -> tuple[int, int]:
    """Number of scored observations within the interval of the runs, and number scored."""
    scored = [r for r in results.scores.iter_rows(named=True) if r["scored"] == "yes"]
    return sum(r["inside_90"] == "yes" for r in scored), len(scored)
