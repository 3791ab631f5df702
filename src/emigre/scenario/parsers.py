"""Cell parsers: convert text to the column's type, or report what was expected.

Sizes are checked before anything is allocated: 10 billion persons are a mistake.
"""

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from itertools import accumulate
from operator import and_, eq
from typing import Any

from emigre import schema
from emigre.calendar import A_DATE, AN_INSTANT, parse_date, parse_instant
from emigre.rules.matching import ALL, parse_list, parse_who

AN_ID = "an id of letters, digits, _ and -"
A_LIST = "* or names separated by |"
A_WHO = "* or conditions such as sex=male;age_band=18-27|28-35"
LARGEST_INTEGER = 10_000_000_000
LARGEST_NUMBER = 1e12
YEARS = (1900, 2200)
A_DATE_IN_YEARS = f"{A_DATE} between {YEARS[0]} and {YEARS[1]}"

RATIOS = ("share", "factor", "see rule_kinds")
"""First words of units of which a percentage is a hundredth."""

_OTHER_START = 0.7
"""Least similarity of words that begin differently."""
_ID = re.compile(r"\w[\w-]*")
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_BY_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_DAY_OR_MONTH = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\r\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and the halves of characters that bytes outside UTF-8 become."""
_WORD = re.compile(r"[^\s|;=*]+( [^\s|;=*]+)*")


class CellError(ValueError):
    """A cell that is invalid for its column."""

    def __init__(self, expected: str, hint: str = "") -> None:
        super().__init__(expected)
        self.expected, self.hint = expected, hint


def quoted(value: object) -> str:
    """Quote a value for a message, truncated if long."""
    text = str(value)
    if len(text) > 60:
        text = text[:57] + "..."
    return '"' + text.replace("\n", "\\n").replace("\r", "\\r") + '"'


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint ``did you mean X?`` if a known word is similar, else an empty string."""
    return did_you_mean(closest(word, known))


def did_you_mean(word: str | None) -> str:
    """A hint; empty without a word."""
    return f"did you mean {word}?" if word else ""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The most similar known word, None if none is similar.

    >>> closest("appplied", ["applied"]), closest("people", ["applied"])
    ('applied', None)
    """
    folded = {k.casefold(): k for k in sorted(known, reverse=True)}
    given = str(word).casefold()[:80]

    def closeness(candidate: str) -> tuple[float, int]:
        # Of equally similar words, prefer a common prefix: typos are more likely later in a word.
        ratio = difflib.SequenceMatcher(None, candidate, given).ratio()
        return round(ratio, 6), sum(accumulate(map(eq, candidate, given), and_))

    near = difflib.get_close_matches(given, folded, n=5, cutoff=0.6)
    word = max(near, key=closeness, default="")
    ratio, prefix = closeness(word)
    return folded[word] if word and (prefix or ratio >= _OTHER_START) else None


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Comma-separated words, truncated if there are many."""
    names = list(words)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def plain(number: float) -> str:
    """A number without trailing zeros: 3 rather than 3.0."""
    if abs(number) < 1e15 and number == int(number):  # neither infinite nor nan
        return str(int(number))
    return repr(number)


def short_number(number: float) -> str:
    """A number for a message; only its number of digits if it has many."""
    if isinstance(number, int) and abs(number) >= 10**30:
        return f"a number of {int(number.bit_length() * 0.30103) + 1} digits"
    return str(number)


def bounds_words(noun: str, low: float | None, high: float | None) -> str:
    """Description of a bounded number, such as ``a number from 0 to 1``."""
    if low is not None and high is not None:
        return f"{noun} from {plain(low)} to {plain(high)}"
    if low is not None:
        return f"{noun} of at least {plain(low)}"
    if high is not None:
        return f"{noun} of at most {plain(high)}"
    return noun


def outside(value: float, low: float | None, high: float | None) -> bool:
    """Whether a value lies outside inclusive bounds."""
    return (low is not None and value < low) or (high is not None and value > high)


def thousands_hint(text: str) -> str:
    """A hint if the decimal point of a number may be a thousands separator."""
    if not _THOUSANDS.fullmatch(text):
        return ""
    return f"a thousands separator? write {text.replace('.', '')}"


def number_hint(text: str, *, whole: bool = False, ratio: bool = True) -> str:
    """A hint on how to correct an invalid number, if known.

    It may have to be ``whole``; it may be a percentage only if it is a ``ratio``.
    """
    if thousands_hint(text):
        return thousands_hint(text)
    meant = [text.replace(",", "")] if _BY_COMMAS.fullmatch(text) else []
    meant += [text.replace(",", ".")] if _COMMA.fullmatch(text) and not whole else []
    if meant:
        return f"write {' or '.join(meant)}" + (", whichever is meant" if meant[1:] else "")
    if text.endswith("%") and ratio and not whole and _NUMBER.fullmatch(text[:-1].strip()):
        return f"write {plain(round(float(text[:-1]) / 100, 12))}"
    if text.startswith("="):
        return "a formula without a result: open and save the workbook in a spreadsheet"
    if re.search(r"[^\d\s.,_+-]", text):
        return ""
    if " " in text or "_" in text or "\N{NO-BREAK SPACE}" in text:
        return "omit the thousands separator"
    return ""


def as_number(text: str) -> float | None:
    """A finite decimal number, else None; Python would also read ``1_000`` and ``nan``."""
    text = text.strip(" \t")
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def parse_number(text: str, low: float | None, high: float | None, *, ratio: bool = True) -> float:
    """A finite decimal number within bounds; only a ``ratio`` may be meant as a percentage."""
    expected = bounds_words("a number", low, high)
    if not _NUMBER.fullmatch(text):
        raise CellError(expected, number_hint(text, ratio=ratio))
    value = float(text)
    if not math.isfinite(value) or outside(value, low, high):
        is_percentage = ratio and high == 1 and 2 <= value <= 100
        raise CellError(
            expected, f"a percentage? {number_hint(f'{text}%')}" if is_percentage else ""
        )
    if abs(value) > LARGEST_NUMBER:
        raise CellError(f"{expected}, and no larger than {LARGEST_NUMBER:.0e}")
    return value


def parse_integer(text: str, low: float | None, high: float | None) -> int:
    """A whole number within bounds."""
    expected = bounds_words("a whole number", low, high)
    if not _INTEGER.fullmatch(text):
        if text.lstrip("+-").isdecimal() and text.isascii():
            raise CellError(f"{expected}, and no larger than {LARGEST_INTEGER}")
        raise CellError(expected, number_hint(text, whole=True))
    value = int(text)
    if outside(value, low, high):
        raise CellError(expected)
    if abs(value) > LARGEST_INTEGER:
        raise CellError(f"{expected}, and no larger than {LARGEST_INTEGER}")
    return value


def in_years(day: date) -> bool:
    """Whether a day is in the years of scenarios."""
    return YEARS[0] <= day.year < YEARS[1]


def _date_hint(text: str) -> str:
    """A hint if a date does not show which number is the day."""
    match = _DAY_OR_MONTH.fullmatch(text)
    if not match:
        return ""
    one, two = int(match[1]), int(match[2])
    if max(one, two) > 12 or min(one, two) < 1:
        return ""
    return f"write {match[3]}-{one:02}-{two:02} or {match[3]}-{two:02}-{one:02}, whichever is meant"


def _date(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        raise CellError(A_DATE, _date_hint(text)) from None
    if not in_years(day):
        raise CellError(A_DATE_IN_YEARS)
    return day


def _instant(zone: str) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        try:
            instant = parse_instant(text, zone)
        except ValueError:
            hint = _date_hint(text.partition(" ")[0])
            if not hint and re.fullmatch(r"[\d-]+[T ][\d:]+", text):
                hint = "the offset is missing"
            raise CellError(AN_INSTANT, hint) from None
        if not in_years(instant.date()):
            raise CellError(f"{AN_INSTANT} between {YEARS[0]} and {YEARS[1]}")
        return instant

    return parse


def parse_id(text: str) -> str:
    """An id: letters, digits, ``_`` and ``-``, as used in other tables and variants."""
    if not _ID.fullmatch(text):
        raise CellError(AN_ID)
    return text


def parse_word(text: str) -> str:
    """A category: a name that is valid in lists and conditions."""
    if not _WORD.fullmatch(text):
        raise CellError("a word without the characters * | ; =")
    return text


def _are_words(words: Collection[str]) -> bool:
    """Whether there are words, all of them categories."""
    return bool(words) and all(_WORD.fullmatch(word) for word in words)


def _list(text: str) -> str:
    """The text of a list cell."""
    if text != ALL and not _are_words(parse_list(text)):
        raise CellError(A_LIST)
    return text


def _who(text: str) -> str:
    """The text of a who cell."""
    try:
        selection = parse_who(text, schema.attributes())
    except ValueError as error:
        raise CellError(A_WHO, str(error)) from None
    if text != ALL and not _are_words([word for words in selection.values() for word in words]):
        raise CellError(A_WHO)
    return text


def _yes_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise CellError("yes or no")
    return text == "yes"


def _choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise CellError(f"one of {', '.join(choices)}", nearest(text, choices))
        return text

    return parse


def _measure(text: str) -> str:
    if text not in schema.measures():
        raise CellError("the name of a measure", nearest(text, schema.measures()))
    return text


def plain_text(text: str) -> str:
    """Display text without control characters."""
    text = text.replace("\r\n", "\n")  # multi-line text saved on Windows
    if _CONTROL.search(text):
        raise CellError("a text without control characters")
    return text


def parser(column: schema.Column, zone: str) -> Callable[[str], Any]:
    """The parser of a column, which raises CellError for invalid text."""
    low, high = column.low, column.high
    ratio = column.unit.startswith(RATIOS)
    by_kind: dict[str, Callable[[str], Any]] = {
        "id": parse_id,
        "number": lambda text: parse_number(text, low, high, ratio=ratio),
        "integer": lambda text: parse_integer(text, low, high),
        "date": _date,
        "instant": _instant(zone),
        "yes_no": _yes_no,
        "choice": _choice(column.choices),
        "list": _list,
        "who": _who,
        "measure": _measure,
    }
    return by_kind.get(column.kind, plain_text)


def expectation(column: schema.Column) -> str:
    """Description of a column's values, for messages about empty cells."""
    words = {
        "text": "text",
        "ref": f"the id of a row of {column.refers_to}.csv",
        "place": "the id of a place or an area, or *",
    }
    if column.kind in words:
        return words[column.kind]
    try:
        parser(column, "UTC")("")
    except CellError as error:
        return error.expected
    raise AssertionError(f"an empty text is valid in {column.table}.{column.name}")
