"""Validate arguments of the Python interface as strictly as table cells.

Each function returns the normalised argument, or adds a mistake to the list. A mistake is filed
under the option of the command line; see :class:`emigre.Mistake`.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeGuard, cast

from emigre import schema
from emigre.calendar import A_DATE, parse_date
from emigre.errors import Mistake, refuse
from emigre.results.output_dir import A_PATH, as_path
from emigre.scenario.parsers import listed, nearest, quoted, short_number


def _typed_text(given: object) -> str:
    """Format a value of the wrong type for a message."""
    return quoted(given) if isinstance(given, str) else f"{quoted(given)} ({type(given).__name__})"


def several(
    option: str,
    given: object,
    mistakes: list[Mistake],
    kinds: tuple[type, ...] = (str,),
    noun: str = "texts",
) -> tuple[Any, ...]:
    """Items of an argument that accepts several; a set, whose order varies, is refused."""
    if isinstance(given, kinds):
        given = (given,)
    found = f"{quoted(given)} ({type(given).__name__})"
    if is_several(given):
        items = tuple(given)
        wrong = [item for item in items if not isinstance(item, kinds) or not _is_written(item)]
        if not wrong:
            return items
        found = _typed_text(wrong[0])
        noun += ", in UTF-8" if isinstance(wrong[0], kinds) else ""
    mistakes.append(Mistake(option, found, f"one or several {noun}"))
    return ()


def is_several(given: object) -> TypeGuard[Iterable[Any]]:
    """Whether an argument holds items in an order; a frame or an array of no dimension does not."""
    if isinstance(given, str | bytes | Mapping | Set) or getattr(given, "shape", None) == ():
        return False
    if hasattr(given, "columns"):
        return False
    return isinstance(given, Iterable)


def as_frame(given: Any) -> Any:
    """An Arrow table as a frame of Polars; anything else unchanged."""
    if not (hasattr(given, "__arrow_c_stream__") and hasattr(given, "column_names")):
        return given
    import polars as pl

    return pl.DataFrame(given)


def _is_written(item: object) -> bool:
    """Whether a text can be encoded; bytes outside UTF-8 arrive as halves of characters."""
    return not isinstance(item, str) or item.encode(errors="replace").decode() == item


def one_of(option: str, given: object, known: Sequence[str], mistakes: list[Mistake]) -> None:
    """Report an argument that is not one of the known texts."""
    if not isinstance(given, str) or given not in known:
        hint = nearest(str(given), known)
        mistakes.append(Mistake(option, quoted(given), f"one of {listed(known)}", hint))


def measure(option: str, given: object, mistakes: list[Mistake]) -> schema.Measure | None:
    """The measure of this name; None, with a mistake, if there is none."""
    known = schema.measures().get(given) if isinstance(given, str) else None
    if known is None:
        hint = nearest(str(given), schema.measures())
        expected = "the name of a measure, such as passages, arrived or stock"
        mistakes.append(Mistake(option, quoted(given), expected, hint))
    return known


def place(
    option: str,
    given: object,
    names: Mapping[str, str],
    mistakes: list[Mistake],
    expected: str = "the id or the name of a place or an area, or *",
) -> str:
    """The id of a place given by its id, or by the name that no other place has.

    ``names`` has the name of every id. Empty, with a mistake, for another place.
    """
    if isinstance(given, str) and given in names:
        return given
    word = str(given).casefold() if isinstance(given, str) else ""
    ids = [id_ for id_ in names if id_.casefold() == word]
    ids = ids or [id_ for id_, name in names.items() if name.casefold() == word]
    if len(ids) == 1:
        return ids[0]
    hint = f"the name of {listed(ids)}" if ids else nearest(str(given), [*names, *names.values()])
    mistakes.append(Mistake(option, quoted(given), expected, hint))
    return ""


def whole(
    option: str,
    given: object,
    low: int,
    high: int,
    mistakes: list[Mistake],
    *,
    needed: bool = False,
) -> int | None:
    """A whole number within bounds, or None unless needed; 2.0, "2" and True are refused."""
    if given is None and not needed:
        return None
    number: int | None = None
    if not isinstance(given, bool):
        with suppress(TypeError):
            number = operator.index(given)  # type: ignore[arg-type]
    if number is not None and low <= number <= high:
        return number
    found = f"{quoted(given)} ({type(given).__name__})" if number is None else short_number(number)
    mistakes.append(Mistake(option, found, f"a whole number from {low} to {high}"))
    return None


def day(
    option: str, given: object, mistakes: list[Mistake], *, needed: bool = False
) -> date | None:
    """A date, or a text YYYY-MM-DD; None if not given, or (with a mistake) invalid."""
    is_day = isinstance(given, date) and not isinstance(given, datetime)
    if is_day or (given is None and not needed):
        return cast("date | None", given)
    with suppress(ValueError):
        if isinstance(given, str):
            return parse_date(given)
    mistakes.append(Mistake(option, _typed_text(given), A_DATE))
    return None


def origin(
    option: str,
    given: object,
    first: date,
    last: date,
    mistakes: list[Mistake],
    *,
    needed: bool = False,
) -> date | None:
    """A day from which days up to the last one are forecast."""
    asked = day(option, given, mistakes, needed=needed)
    if asked is not None and not first <= asked < last:
        mistakes.append(
            Mistake(option, str(asked), f"a date on or after {first} and before {last}")
        )
    return asked


def period(
    start: object, end: object, first: date, after: date, mistakes: list[Mistake]
) -> tuple[date, date]:
    """Half-open days ``--from`` to ``--to`` within some days; all of those if not given."""
    days, before = [first, after], len(mistakes)
    for i, (option, given) in enumerate((("--from", start), ("--to", end))):
        asked = day(option, given, mistakes)
        if asked is not None and not first <= asked <= after:
            mistakes.append(Mistake(option, str(asked), f"a date from {first} to {after}"))
        elif asked is not None:
            days[i] = asked
    if len(mistakes) == before and end is None and days[1] <= days[0]:
        mistakes.append(Mistake("--from", str(days[0]), f"a date before {after}"))
    elif len(mistakes) == before and days[1] <= days[0]:
        expected = f"a date after --from, {days[0]} (the end is exclusive)"
        mistakes.append(Mistake("--to", str(days[1]), expected))
    return days[0], days[1]


def yes_no(option: str, given: object, mistakes: list[Mistake]) -> bool:
    """True or False; a text such as "no" would count as true."""
    if not isinstance(given, bool):
        mistakes.append(Mistake(option, _typed_text(given), "True or False"))
    return given is True


def path(option: str, given: object, mistakes: list[Mistake]) -> Path | None:
    """A path, or None if not given."""
    found = as_path(given)
    if found is None and given is not None:
        mistakes.append(Mistake(option, _typed_text(given), A_PATH))
    return found


def name_value(text: str, *, at_last: bool = False) -> tuple[str, str] | None:
    """The two sides of NAME=VALUE without spaces; None for another form.

    The first or last = separates them, as the other side may hold one.
    """
    name, is_pair, value = text.rpartition("=") if at_last else text.partition("=")
    name, value = name.strip(), value.strip()
    return (name, value) if is_pair and name else None


def name_values(
    flag: str,
    texts: Iterable[str],
    *,
    at_last: bool = False,
    form: str = "NAME=VALUE",
    once: str = "every name once",
) -> dict[str, str]:
    """Pairs NAME=VALUE (:func:`name_value`).

    >>> name_values("--place", ["Gate = A=GATE"], at_last=True), name_values("--where", ["#x=a=b"])
    ({'Gate = A': 'GATE'}, {'#x': 'a=b'})

    Raises InputError for another ``form``, and unless every name has one value (``once``).
    """
    pairs: dict[str, str] = {}
    mistakes = []
    for text in texts:
        pair = name_value(text, at_last=at_last)
        if pair is None or pairs.setdefault(*pair) != pair[1]:
            mistakes.append(Mistake(flag, quoted(text), once if pair else form))
    refuse(mistakes)
    return pairs
