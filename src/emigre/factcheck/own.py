"""Parse a claim given on the command line, reporting all mistakes at once."""

import re
from math import inf

from emigre import schema
from emigre.errors import Mistake, refuse
from emigre.factcheck.claim import Claim, counted_by
from emigre.results.run_info import RunInfo
from emigre.results.window import Quantity
from emigre.scenario import arguments
from emigre.scenario.parsers import (
    as_number,
    expectation,
    nearest,
    number_hint,
    plain,
    quoted,
    thousands_hint,
)

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
"""Such as 1,500; the comma of 1,5 is a decimal mark and is kept."""


def own_claim(
    info: RunInfo,
    *,
    measure: str,
    place: str,
    start: str,
    end: str,
    value: float | str | None = None,
    low: float | str | None = None,
    high: float | str | None = None,
    wording: str = "rounded",
    per: str = "period",
    counts: str | None = None,
) -> Claim:
    """Build a claim from the options of ``emigre claim``; InputError with every mistake.

    ``place`` is an id or a name, ``start`` and ``end`` are half-open days; ``counts`` defaults to
    that of the measure. The figures may be texts, in which commas separate thousands; an empty
    text is no figure.
    """
    mistakes: list[Mistake] = []
    spec = arguments.measure("--measure", measure, mistakes)
    expected = "the id or the name of a place or an area of the run, or *"
    place = arguments.place("--place", place, info.places, mistakes, expected)
    for name, choice in (("wording", wording), ("per", per), ("counts", counts)):
        column = schema.columns("claims")[name]
        if choice is not None and choice not in column.choices:
            hint = nearest(choice, column.choices)
            _wrong(mistakes, name, quoted(choice), expectation(column), hint)
    first, after = arguments.day("--from", start, mistakes), arguments.day("--to", end, mistakes)
    if first is not None and after is not None and after <= first:
        _wrong(mistakes, "to", quoted(end), f"a date after --from, {first} (the end is exclusive)")
    most = 1.0 if spec and spec.unit == "share" else inf
    figures = _numbers({"value": value, "low": low, "high": high}, most, mistakes)
    if spec is not None and spec.kind != "flow" and per != "period":
        expected = f"period for the measure {measure}, which is not a flow"
        _wrong(mistakes, "per", quoted(per), expected)
    refuse(mistakes)
    assert first is not None
    assert after is not None
    assert spec is not None
    return Claim(
        id="own",
        said_by="",
        said_on=None,
        statement="a figure of your own",
        kind="value",
        counts=counts or counted_by(spec)[0],
        this=Quantity(measure, place, first, after),
        per=per,
        value=figures["value"],
        low=figures["low"],
        high=figures["high"],
        wording=wording,
    )


def _numbers(
    given: dict[str, float | str | None], most: float, mistakes: list[Mistake]
) -> dict[str, float | None]:
    """The value, low and high of a claim as numbers; None if not given or wrong."""
    if all(figure in (None, "") for figure in given.values()):
        _wrong(mistakes, "value", "nothing", "a number, or a range in --low and --high")
    numbers = {name: _number(name, figure, most, mistakes) for name, figure in given.items()}
    _check_order(mistakes, **numbers)
    return numbers


def _number(
    name: str, given: float | str | None, most: float, mistakes: list[Mistake]
) -> float | None:
    if given is None or given == "":
        return None
    text = str(given)
    digits = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    number = as_number(digits) if isinstance(given, str) else given
    if isinstance(given, str) and thousands_hint(text):
        _wrong(mistakes, name, quoted(text), "an unambiguous number", thousands_hint(text))
    elif number is None:
        _wrong(mistakes, name, quoted(text), "a number", number_hint(text))
    elif not 0 <= number < inf:
        _wrong(mistakes, name, plain(number), "a number of at least 0")
    elif number > most:
        _wrong(mistakes, name, plain(number), "a share from 0 to 1 (0.5 is 50 %)")
    else:
        return number
    return None


def _check_order(
    mistakes: list[Mistake], value: float | None, low: float | None, high: float | None
) -> None:
    if value is not None and low is not None and low > value:
        _wrong(mistakes, "low", plain(low), f"a number of at most the value, {plain(value)}")
    if value is not None and high is not None and high < value:
        _wrong(mistakes, "high", plain(high), f"a number of at least the value, {plain(value)}")
    if value is None and low is not None and high is not None and low > high:
        _wrong(mistakes, "high", plain(high), f"a number of at least --low, {plain(low)}")


def _wrong(mistakes: list[Mistake], option: str, found: str, expected: str, hint: str = "") -> None:
    mistakes.append(Mistake(f"--{option}", found, expected, hint))
