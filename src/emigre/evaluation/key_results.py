"""Key results: the main observations against the simulation, rounded for display."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

import numpy as np

from emigre import schema
from emigre.calendar import MONTHS
from emigre.evaluation.vintages import current_figures
from emigre.numerics.array_types import F64, I64
from emigre.results.disclosure import is_small, label
from emigre.results.folder import Results
from emigre.results.labels import heading_of

Digits = I64
Values = F64 | Sequence[float | str | None]
Texts = tuple[str, str, str]

ANY = -99
"""Fewest decimals (negative: tens, ...) where any rounding will do."""
_DECIMALS = {"hours": 1, "share": 2}
_ONE = 30
_WIDE = 10.0
"""Ratio of the ends of an interval from which a number alone is too uncertain for planning."""
_FEW = 10.0
"""Minimum for lower ends in this ratio, in people."""
_POWERS = np.array([float(f"1e{n}") for n in range(-_ONE, _ONE + 1)])


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
    rows = list(current_figures(results.scores).iter_rows(named=True))
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
        what=heading_of(row["measure"], row["place"], row["place_name"]),
        when=period(row["from"], row["to"]),
        observed=_observed(row),
        median=median,
        interval=interval,
        inside=inside,
        source=row["source_title"] or row["source"],
    )


def _observed(row: dict[str, Any]) -> str:
    ends = [row["observed"], row["low"], row["high"]]
    text, low, high = _or_small(ends, np.array([row["observed"] < 10, 0, 0], np.int64), 0)
    has_ends = row["low"] is not None and row["high"] is not None
    return f"{text} ({low} to {high})" if has_ends else text


def span(low: str, high: str) -> str:
    """Both ends of an interval, or one number if they are equal.

    >>> span("800", "900"), span("800", "800")
    ('800 to 900', '800')
    """
    return low if low == high else f"{low} to {high}"


def with_interval(low: str, mid: str, high: str) -> str:
    """A median with its interval, or one number if they are equal.

    >>> with_interval("800", "850", "900"), with_interval("800", "800", "800")
    ('850 (800 to 900)', '800')
    """
    return mid if low == high else f"{mid} ({low} to {high})"


def is_wide(low: float | None, high: float | None, decimals: int) -> bool:
    """Whether an interval, as shown, is too wide for one planning figure; None means withheld.

    >>> is_wide(100.0, 940.0, 0), is_wide(100.0, 1000.0, 0), is_wide(None, 90.0, 0)
    (False, True, False)
    """
    digits = fitting_digits([low], [high], decimals)
    least, most = (float(to_digits([end or 0.0], digits)[0]) for end in (low, high))
    return most >= _WIDE * max(least, _FEW)


def rounded(
    low: float | None, mid: float | None, high: float | None, small: int = 0, decimals: int = 0
) -> Texts:
    """Interval and median rounded to two digits of the interval's width; None means withheld.

    >>> rounded(11873.2, 12456.0, 13120.9), rounded(None, 971.0, 12970.0, small=10)
    (('11,900', '12,500', '13,100'), ('<10', '1,000', '13,000'))
    """
    return rounded_rows([low], [mid], [high], small, decimals)[0]


def rounded_rows(
    low: Values, mid: Values, high: Values, small: int, decimals: int | Digits
) -> list[Texts]:
    """Each row (n,) :func:`rounded`; None and nan mean withheld.

    >>> rounded_rows([11873.2, None], [12456.0, 971.0], [13120.9, 12970.0], 10, 0)
    [('11,900', '12,500', '13,100'), ('<10', '1,000', '13,000')]
    """
    digits = fitting_digits(low, high, decimals)
    texts = [_or_small(values, digits, small) for values in (low, mid, high)]
    return list(zip(*texts, strict=True))


def differences(
    low: float | str,
    mid: float | str,
    high: float | str,
    small: int = 0,
    decimals: int = 0,
    fewest: int = ANY,
) -> Texts:
    """A difference and its interval with their signs, rounded like :func:`rounded`.

    Nonzero values below ``small`` are withheld, but keep their sign; a string is a value that is
    already withheld. ``fewest`` decimals (negative: tens, ...) are kept where the interval is wide.

    >>> differences(-1213.4, -873.2, 4.0, small=10)
    ('-1,200', '-900', '<10')
    """
    digits = np.maximum(fitting_digits([low], [high], decimals), fewest)
    return _signed(low, digits, small), _signed(mid, digits, small), _signed(high, digits, small)


@dataclass(frozen=True, slots=True)
class PartRounding:
    """Rounding of the parts of a difference, which visibly add up to it.

    Parts have at least the decimals of their total, ``of_total``; persons below ``small`` are
    withheld.
    """

    small: int
    decimals: int
    of_total: int = ANY

    @classmethod
    def of(cls, measure: str, low: float | str, high: float | str, small: int = 0) -> Self:
        """Rounding of the parts of a total with this interval."""
        decimals = _DECIMALS.get(schema.measures()[measure].unit, 0)
        return cls(small, decimals, int(fitting_digits([low], [high], decimals)[0]))

    def texts(self, low: float | str, mid: float | str, high: float | str) -> Texts:
        """A part and its interval, rounded."""
        return differences(low, mid, high, self.small, self.decimals, self.of_total)


def rounded_levels(
    values: tuple[float | str | None, float | str | None],
    low: float | str,
    high: float | str,
    small: int = 0,
    decimals: int = 0,
) -> tuple[str, str]:
    """Two levels rounded to the precision of the interval of their difference.

    The rounding does not depend on which one is larger.

    >>> rounded_levels((11940.2, 12345.1), 380.0, 430.0)
    ('11,940', '12,345')
    >>> rounded_levels((12345.1, 11940.2), -430.0, -380.0)
    ('12,345', '11,940')
    """
    digits = fitting_digits([low], [high], decimals)
    first, second = (
        value if isinstance(value, str) else _or_small([value], digits, small)[0]
        for value in values
    )
    return first, second


def fitting_digits(low: Values, high: Values, decimals: int | Digits) -> Digits:
    """Decimals (n,) (negative: tens, ...) that show two digits of the width of each interval.

    A withheld end (None, nan or text) is near 0 and is taken as 0.

    >>> fitting_digits([11873.2, "<10"], [13120.9, 12970.0], 0).tolist()
    [-2, -3]
    """
    width = np.nan_to_num(_numbers(high)) - np.nan_to_num(_numbers(low))
    return np.where(width > 0, np.minimum(1 - _magnitude(width), decimals), decimals)


def to_digits(values: Values, digits: Digits) -> F64:
    """Values (n,) with at most ``digits`` decimals (negative: tens, ...); no whole one becomes 0.

    In a wide interval the smaller numbers keep their first digit.

    >>> to_digits([12345.6, 4400.0, 62.0], np.array([-3, -4, -4])).tolist()
    [12000.0, 4000.0, 60.0]
    """
    numbers = _numbers(values)
    size = np.abs(numbers)
    least = np.where(size >= 1, np.maximum(digits, -_magnitude(size)), digits)
    digits = np.where(digits < 0, least, digits)
    unit = _POWERS[_ONE + np.abs(digits)]
    near = np.where(digits < 0, np.rint(numbers / unit) * unit, np.rint(numbers * unit) / unit)
    return np.asarray(near + 0.0)  # turns -0.0 into 0.0


def _numbers(values: Values) -> F64:
    """Numbers, with nan for those that are withheld."""
    if isinstance(values, np.ndarray):
        return values
    return np.array([math.nan if isinstance(v, str) else v for v in values], np.float64)


def _magnitude(sizes: F64) -> Digits:
    """Position of the first digit: 0 for 1 to 10, 1 for 10 to 100, and so on."""
    return np.searchsorted(_POWERS, sizes, side="right") - 1 - _ONE


def _signed(value: float | str, digits: Digits, small: int) -> str:
    if isinstance(value, str):
        return value
    if is_small(value, small):
        return label(small, is_negative=value < 0)
    text = _or_small([value], digits, small)[0]
    if text in ("0", "-0"):
        return "0"
    return text if text.startswith("-") else f"+{text}"


def _or_small(values: Values, digits: Digits, small: int) -> list[str]:
    near = to_digits(values, digits)
    return [
        label(small) if math.isnan(value) else _grouped(value, n)
        for value, n in zip(near.tolist(), digits.tolist(), strict=True)
    ]


def _grouped(near: float, digits: int) -> str:
    """A rounded number with thousands separators."""
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
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {_month(first)}"
    return f"{begin} – {_short(last)}"


def days(first: date, last: date | None = None) -> str:
    """First to last day, inclusive, such as ``3 – 9 Mar 2030``; one day without a last one."""
    return period(first, (last or first) + timedelta(days=1))


def _short(day: date) -> str:
    return f"{day.day} {month(day)}"


def month(day: date) -> str:
    """The month of a day, such as ``Mar 2030``."""
    return f"{_month(day)} {day.year}"


def _month(day: date) -> str:
    return MONTHS[day.month - 1]


def inside_share(results: Results) -> tuple[int, int]:
    """Number of scored observations within the interval of the runs, and number scored."""
    scored = [r for r in results.scores.iter_rows(named=True) if r["scored"] == "yes"]
    return sum(r["inside_90"] == "yes" for r in scored), len(scored)
