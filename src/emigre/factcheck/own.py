"""Parse a claim given on the command line, reporting all mistakes at once."""

from __future__ import annotations

from typing import Any

from emigre import schema
from emigre.errors import Mistake, refuse
from emigre.factcheck.claim import Claim, Side, counted_by
from emigre.results.run_info import RunInfo
from emigre.scenario import arguments
from emigre.scenario.parsers import expectation, nearest, plain, quoted


def own_claim(
    info: RunInfo,
    *,
    measure: str,
    place: str,
    start: str,
    end: str,
    value: float | None,
    low: float | None,
    high: float | None,
    wording: str,
    per: str,
    counts: str | None,
) -> Claim:
    """Build a claim from the options of ``emigre claim``; InputError with every mistake.

    ``start`` and ``end`` are half-open days; ``counts`` defaults to that of the measure.
    """
    mistakes: list[Mistake] = []
    spec = arguments.measure("--measure", measure, mistakes)
    if place not in info.places:
        expected = "the id of a place or an area of the run, or *"
        named = [i for i, name in info.places.items() if name.casefold() == place.casefold()]
        hint = f"did you mean {named[0]}?" if named else nearest(place, info.places)
        _wrong(mistakes, "place", quoted(place), expected, hint)
    for name, choice in (("wording", wording), ("per", per), ("counts", counts)):
        column = schema.columns("claims")[name]
        if choice is not None and choice not in column.choices:
            hint = nearest(choice, column.choices)
            _wrong(mistakes, name, quoted(choice), expectation(column), hint)
    first, after = arguments.day("--from", start, mistakes), arguments.day("--to", end, mistakes)
    if first is not None and after is not None and after <= first:
        _wrong(mistakes, "to", quoted(end), f"a date after --from, {first} (it is not counted)")
    _check_figures(mistakes, value, low, high)
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
        this=Side(measure, place, first, after),
        per=per,
        value=value,
        low=low,
        high=high,
        wording=wording,
    )


def _check_figures(
    mistakes: list[Mistake], value: float | None, low: float | None, high: float | None
) -> None:
    given: dict[str, Any] = {"value": value, "low": low, "high": high}
    if all(number is None for number in given.values()):
        _wrong(mistakes, "value", "nothing", "a number, or a range in --low and --high")
    for name, number in given.items():
        if number is not None and not 0 <= number < float("inf"):
            _wrong(mistakes, name, str(number), "a number of at least 0")
    for name, bound, fits in (
        ("low", low, low is None or value is None or low <= value),
        ("high", high, high is None or value is None or high >= value),
    ):
        if not fits and bound is not None and value is not None:
            word = "most" if name == "low" else "least"
            _wrong(mistakes, name, plain(bound), f"a number of at {word} the value, {plain(value)}")
    if value is None and low is not None and high is not None and low > high:
        _wrong(mistakes, "high", plain(high), f"a number of at least --low, {plain(low)}")


def _wrong(mistakes: list[Mistake], option: str, found: str, expected: str, hint: str = "") -> None:
    mistakes.append(Mistake(f"--{option}", found, expected, hint))
