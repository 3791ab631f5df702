"""Numbers and names as text, for every sentence shown to readers."""

import math
from unicodedata import bidirectional

_COMPOUNDS = {"call_up": "call-up", "pre_crisis": "pre-crisis", "seven_day": "7-day"}
"""Compounds in names of the code whose underscore is not a space."""

_NOTHING = 1e-15
"""Numbers nearer to 0 are rounding errors."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, in the singular or plural.

    >>> counted(1, "run"), counted(1200, "run"), counted(2, "country", "countries")
    ('1 run', '1,200 runs', '2 countries')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def isolated(name: str) -> str:
    """A name within a sentence: numbers that follow one in Arabic or Hebrew stay behind it.

    >>> isolated("Adré"), isolated("حلب") == "\u2068حلب\u2069"
    ('Adré', True)
    """
    is_from_right = any(bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if is_from_right else name


def inside(title: str) -> str:
    """A title within a sentence.

    >>> inside("People who set out")
    'people who set out'
    """
    return title[:1].lower() + title[1:]


def capitalised(text: str) -> str:
    """A text as the beginning of a sentence.

    >>> capitalised("90 % of IDPs"), capitalised("people who set out")
    ('90 % of IDPs', 'People who set out')
    """
    return text[:1].upper() + text[1:]


def percent(share: float | None) -> str:
    """A share in whole per cent.

    >>> percent(0.974), percent(-0.001), percent(None)
    ('97 %', '0 %', '–')
    """
    return "–" if share is None else f"{100 * share:z.0f} %"


def significant(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, with separators and without an exponent.

    >>> significant(0.00000261), significant(1234567.0), significant(-4.16e-17)
    ('0.00000261', '1,235,000', '0')
    """
    if abs(value) < _NOTHING:
        return "0"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{float(f'{value:.{digits}g}'):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def words(name: str) -> str:
    """A name of the code, such as a measure or a kind of pressure, as words.

    >>> words("entered_ordinary"), words("call_up")
    ('entered ordinary', 'call-up')
    """
    for compound, text in _COMPOUNDS.items():
        name = name.replace(compound, text)
    return name.replace("_", " ")
