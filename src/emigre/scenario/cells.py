r"""Canonical text of numbers, dates and yes/no in any common notation.

Only unambiguous text is changed; parsers refuse other text as it is.

Numbers: groups of three digits by spaces, apostrophes, commas or points, Indian groups of two by
commas, a decimal comma, a minus sign U+2212. A single comma or point before three digits
(``1,234``) is ambiguous: the other numbers of the table show whether it is a decimal mark or a
thousands separator. If they do not, a comma separates thousands in whole numbers, and a point does
in files separated by semicolons, where the decimal mark is a comma.

Dates: year first with any separator, day first with points, names of months in English, and the
serial days of spreadsheets. ``1/5/2023`` is ambiguous and takes the order that the column shows.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_POINT = re.compile(r"\d+(\.\d*)?|\.\d+", re.ASCII)
_SPACES = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"
_APART = rf"[{_SPACES}'\N{{RIGHT SINGLE QUOTATION MARK}}]"
_BY_SPACE = re.compile(rf"[1-9]\d{{0,2}}({_APART})\d{{3}}(?:\1\d{{3}})*(?:([.,])\d+)?", re.ASCII)
_BY_MARK = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)([.,])\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d+(\.0*)?", re.ASCII)
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(\.\d+)?", re.ASCII)
_DECIMAL = re.compile(r"\d*([.,])\d+", re.ASCII)
_OPEN = re.compile(r"[1-9]\d{0,2}([.,])\d{3}", re.ASCII)

_MIDNIGHT = r"(?:[T ]00?:00(?::00(?:\.0+)?)?Z?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_MIDNIGHT}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_MIDNIGHT}")
_INSTANT = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[T ](\d.*)")
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.0+)?", re.ASCII)
"""Days since SERIAL_ZERO: 1954 to 2119."""
_DAY_MONTH = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ ,-]+(\d{4})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? +(\d{4})")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
SERIAL_ZERO = date(1899, 12, 30)
SERIAL_ZERO_1904 = date(1904, 1, 1)
"""The day 0 of the serial days of spreadsheets; of workbooks that count from 1904."""

YES = frozenset({"yes", "y", "true", "1", "wahr", "vrai", "verdadero", "истина", "صواب"})
NO = frozenset({"no", "n", "false", "0", "falsch", "faux", "falso", "ложь", "خطأ"})
"""Words of spreadsheets for true and false in several languages, including those of the UN."""


NUMERIC = ("number", "integer")
"""Kinds of columns that hold numbers."""


@dataclass(frozen=True, slots=True)
class Notation:
    """Notation of a table: its decimal mark and the order of its dates, empty if unknown.

    ``groups`` is the mark that separates thousands in whole numbers if no decimal mark is shown,
    ``zero`` the day 0 of serial days.
    """

    decimal: str = ""
    groups: str = ","
    order: str = ""
    zero: date = SERIAL_ZERO


def decimal_mark(texts: Iterable[str]) -> str:
    """The decimal mark inferred from the numbers; empty if none shows it, or they disagree."""
    marks = {_mark_of(text) for text in texts if "," in text or "." in text} - {""}
    return marks.pop() if len(marks) == 1 else ""


def _mark_of(text: str) -> str:
    """The decimal mark inferred from one number."""
    digits = _unsigned(text)[1]
    if match := _DECIMAL.fullmatch(digits):  # first, because most numbers are of this form
        return "" if _OPEN.fullmatch(digits) else match[1]
    if match := _BY_SPACE.fullmatch(digits):
        return match[2] or ""
    if _INDIAN.fullmatch(digits):
        return "."
    match = _BY_MARK.fullmatch(digits)
    return "" if match is None else "," if match[1] == "." else "."


def _unsigned(text: str) -> tuple[str, str]:
    text = text.replace("\N{MINUS SIGN}", "-", 1)
    return (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)


def number_text(text: str, notation: Notation, *, whole: bool) -> str:
    """A number with a decimal point and without separators; the text itself if it is ambiguous."""
    sign, digits = _unsigned(text)
    if match := _OPEN.fullmatch(digits):
        plain = _open_digits(digits, match[1], notation, whole=whole)
    else:
        plain = _plain_digits(digits)
        if whole and plain is not None:
            # Spreadsheets write whole numbers with zeros; a fraction is refused as it is written.
            plain = _WHOLE.fullmatch(plain) and plain.partition(".")[0]
    return text if plain is None else sign + plain


def _plain_digits(digits: str) -> str | None:
    if _POINT.fullmatch(digits):
        return digits
    if match := _BY_SPACE.fullmatch(digits):
        return re.sub(_APART, "", digits).replace(",", ".")
    if _INDIAN.fullmatch(digits):
        return digits.replace(",", "")
    if match := _BY_MARK.fullmatch(digits):
        return digits.replace(match[1], "").replace(",", ".")
    if _DECIMAL.fullmatch(digits):
        return digits.replace(",", ".")
    return None


def _open_digits(digits: str, mark: str, notation: Notation, *, whole: bool) -> str | None:
    """A number with a single mark, before three digits."""
    separates = mark != notation.decimal if notation.decimal else whole and mark == notation.groups
    if separates:
        return digits.replace(mark, "")
    if mark == ".":
        return digits  # the decimal point of this format
    return digits.replace(",", ".") if notation.decimal == "," and not whole else None


def local_number(text: str, decimal: str) -> str:
    """A canonical number in the notation of a table with this decimal mark.

    A zero is added where the comma would look like a thousands separator.

    >>> local_number("2.5", ","), local_number("-2.345", ","), local_number("2.5", ".")
    ('2,5', '-2,3450', '2.5')
    """
    if decimal != "," or not _POINT.fullmatch(_unsigned(text)[1]):
        return text
    text = text.replace(".", ",")
    return f"{text}0" if _OPEN.fullmatch(_unsigned(text)[1]) else text


def date_order(texts: Iterable[str]) -> str:
    """``dmy`` or ``mdy``, inferred from dates with the year last; empty if ambiguous."""
    orders = set()
    for text in texts:
        match = _YEAR_LAST.fullmatch(text)
        if match and match[2] != ".":
            orders |= {"dmy"} if int(match[1]) > 12 else set()
            orders |= {"mdy"} if int(match[3]) > 12 else set()
    return orders.pop() if len(orders) == 1 else ""


def date_text(text: str, notation: Notation = Notation()) -> str:
    """A date as YYYY-MM-DD; the text itself if it is ambiguous or not a date."""
    if match := _YEAR_FIRST.fullmatch(text):
        return _iso(match[1], match[3], match[4], text)
    if match := _YEAR_LAST.fullmatch(text):
        order = "dmy" if match[2] == "." else notation.order
        if order or match[1] == match[3]:
            day, month = (match[1], match[3]) if order != "mdy" else (match[3], match[1])
            return _iso(match[4], month, day, text)
    elif match := _SERIAL.fullmatch(text):
        return (notation.zero + timedelta(days=int(match[1]))).isoformat()
    elif match := _DAY_MONTH.fullmatch(text):
        return _iso(match[3], _month(match[2]), match[1], text)
    elif match := _MONTH_DAY.fullmatch(text):
        return _iso(match[3], _month(match[1]), match[2], text)
    return text


def _iso(year: str, month: str, day: str, text: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return text


def _month(name: str) -> str:
    starts = [i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    return str(starts[0]) if len(starts) == 1 else "0"


def instant_text(text: str, notation: Notation) -> str:
    """An instant whose date is YYYY-MM-DD. Midnight without an offset is a day, as a date is."""
    match = _INSTANT.fullmatch(text)
    whole_day = text if text.endswith("Z") else date_text(text, notation)
    if whole_day != text or not match:
        return whole_day
    return f"{date_text(match[1], notation)}T{match[2]}"


def yes_no_text(text: str) -> str:
    """Yes or no for the words of spreadsheets."""
    word = text.casefold()
    return "yes" if word in YES else "no" if word in NO else text


def canonical(
    cells: Mapping[str, list[str]],
    kinds: Mapping[str, str],
    delimiter: str,
    zero: date = SERIAL_ZERO,
) -> dict[str, list[str]]:
    """Cells by column in canonical text, by the kind of each column; texts and ids are kept."""
    decimal = decimal_mark({t for n in cells if kinds.get(n) in NUMERIC for t in cells[n]})
    out = {}
    for name, texts in cells.items():
        distinct = set(texts)
        kind = kinds.get(name, "text")
        order = date_order(distinct) if kind in ("date", "instant") else ""
        notation = Notation(decimal, "." if delimiter == ";" else ",", order, zero)
        memo = {text: text and _canonical(text, kind, notation) for text in distinct}
        out[name] = [memo[text] for text in texts]
    return out


def _canonical(text: str, kind: str, notation: Notation) -> str:
    if kind in NUMERIC:
        return number_text(text, notation, whole=kind == "integer")
    if kind == "date":
        return date_text(text, notation)
    if kind == "instant":
        return instant_text(text, notation)
    return yes_no_text(text) if kind == "yes_no" else text
