"""Entry points: the built-in adapters and baselines, and the extensions of other packages.

One loader serves both. The built-in ones are in the table below as well as in ``pyproject.toml``,
so that a source tree without metadata has them too.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from emigre.errors import InputError, Mistake

ADAPTERS = "emigre.adapters"
BASELINES = "emigre.baselines"
MEASURES = "emigre.measures"
RULE_KINDS = "emigre.rule_kinds"

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    ADAPTERS: {
        "flee": "emigre.cli.flee:ADAPTER",
        "hxl": "emigre.cli.hxl:ADAPTER",
        "unhcr": "emigre.cli.counts:UNHCR",
        "dtm": "emigre.cli.counts:DTM",
        "hapi": "emigre.cli.counts:HAPI",
        "idmc": "emigre.cli.counts:IDMC",
        "acled": "emigre.cli.counts:ACLED",
        "table": "emigre.cli.counts:TABLE",
        "spreadsheet": "emigre.cli.spreadsheet:ADAPTER",
    },
    BASELINES: {
        "persistence": "emigre.evaluation.baselines:persistence",
        "same_weekday": "emigre.evaluation.baselines:same_weekday",
        "seven_day_mean": "emigre.evaluation.baselines:seven_day_mean",
        "pre_crisis_mean": "emigre.evaluation.baselines:pre_crisis_mean",
    },
    MEASURES: {},
    RULE_KINDS: {},
}


@cache
def _installed() -> Any:
    """All entry points: finding those of one group takes as long."""
    return entry_points()


@cache
def points(group: str) -> Mapping[str, tuple[EntryPoint, ...]]:
    """Entry points of a group by name: the built-in ones, then the others in order of their names.

    A name that several packages use has several entry points and is refused when loaded.
    """
    named = {name: {at: EntryPoint(name, at, group)} for name, at in BUILT_IN[group].items()}
    for point in sorted(_installed().select(group=group), key=lambda p: (p.name, p.value)):
        named.setdefault(point.name, {})[point.value] = point
    return {name: tuple(by_value.values()) for name, by_value in named.items()}


def load(group: str, name: str, kind: type) -> Any:
    """The object of an entry point; InputError if it is ambiguous, broken or of another kind."""
    point, *others = points(group)[name]
    if others:
        values = " and ".join(p.value for p in (point, *others))
        raise refusal(group, name, values, "a name that one package uses")
    try:
        loaded = point.load()
    except Exception as error:
        found = f"{point.value} cannot be loaded ({type(error).__name__}: {error})"
        raise refusal(group, name, found, "an object to import") from error
    if not isinstance(loaded, kind):
        raise refusal(group, name, repr(loaded), f"an object of {kind.__name__}")
    return loaded


def load_all(group: str, kind: type) -> dict[str, Any]:
    """The objects of a group by name; InputError as for :func:`load`."""
    return {name: load(group, name, kind) for name in points(group)}


def refusal(group: str, name: str, found: str, expected: str) -> InputError:
    """The error for an invalid entry point."""
    return InputError(Mistake(f"entry point {group}", found, expected, column=name))
