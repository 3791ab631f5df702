"""Text of an explanation: one line per group of changes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Self

import numpy as np

from emigre import schema
from emigre.attribution.grouping import Group
from emigre.attribution.result import Explanation, Part
from emigre.evaluation.key_results import ANY, PartRounding, fitting_digits, period, rounded
from emigre.numerics.array_types import F64
from emigre.results.disclosure import is_small, shown, small_count_of
from emigre.results.labels import heading_of
from emigre.results.tables import summarise
from emigre.results.text import counted, percent, words
from emigre.scenario.diff import Change
from emigre.scenario.model import Scenario
from emigre.scenario.patch import NOUNS, key_name, row_name
from emigre.scenario.texts import place_names, without_offset

EQUAL = "A and B do not differ in anything that is simulated."
_DESCRIBING = {
    "rules": ("value", "effective_from", "effective_to"),
    "pressures": ("leaving", "returning", "onset", "ends"),
    "places": ("kind",),
    "legs": ("hours", "fare_eur"),
    "groups": ("share",),
    "composition": ("share",),
    "diaspora": ("persons",),
    "traffic": ("persons_per_day", "from", "to"),
    "departures": ("persons",),
    "attractions": ("weight",),
    "jobs": ("factor",),
}
"""Cells that describe an added or removed row."""

_HOW = {"set": "changed", "added": "new", "removed": "removed"}
_LONGEST = 44
_MOST_LISTED = 8
_NOTABLE = 0.2
"""Smallest relative difference between the effects alone and last that is mentioned."""
_OF_ALL = 0.05
"""Smallest such difference relative to all parts."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: the change, its values before and after, and its part."""

    what: str
    change: str
    part: str
    interval: str
    share: str
    same_sign: str
    alone: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Title, sides, lines and notes; if changes interact, the table shows each alone and last."""

    title: str
    sides: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    total: Line
    interplays: bool
    sentences: tuple[str, ...]


def report(explanation: Explanation) -> Report:
    """The text of an explanation: means over the runs with 90 % intervals."""
    quantity = explanation.quantity
    heading = heading_of(quantity.measure, quantity.place, place_name(explanation))
    title = f"{heading}, {period(quantity.first, quantity.end)}"
    scale = _Scale.of_total_in(explanation)
    total = explanation.of_b - explanation.of_a
    both = ((explanation.a, explanation.of_a), (explanation.b, explanation.of_b))
    out = _level_left_out(explanation, scale)
    sides = tuple(
        (name, "–" if values is out else scale.level(values))
        for name, values in both
        if values.size
    )
    also_hidden = left_out(explanation)
    if also_hidden is not None and scale.hides_small(also_hidden.part, scale.of_total):
        also_hidden = None
    lines = [
        Line(
            what(p.group, explanation.sides),
            change(p.group),
            *(("–", "–", "–") if p is also_hidden else scale.part(p.part, total)),
            same_sign(p.part),
            alone="–" if p is also_hidden else scale.one(float(p.alone.mean()), p.alone),
            last="–" if p is also_hidden else scale.one(float(p.last.mean()), p.last),
        )
        for p in explanation.parts
    ]
    all_together = Line("all together", "", *scale.part(total, total), same_sign(total))
    size = sum(abs(float(p.part.mean())) for p in explanation.parts)
    interplays = any(_interplays(p, max(scale.small, _OF_ALL * size)) for p in explanation.parts)
    sentences = tuple(_sentences(explanation, scale, interplays))
    return Report(title, sides, tuple(lines), all_together, interplays, sentences)


@dataclass(frozen=True, slots=True)
class _Scale(PartRounding):
    """Rounding and withholding of numbers of the measure, given as values of the runs (n_runs,)."""

    @classmethod
    def of_total_in(cls, explanation: Explanation) -> Self:
        total = explanation.of_b - explanation.of_a
        low, _, high = _interval(total) if total.size else (0.0, 0.0, 0.0)
        return cls.of(explanation.quantity.measure, low, high, smallest(explanation))

    def level(self, values: F64) -> str:
        low, mid, high = (shown(x, self.small) for x in _interval(values))
        texts = rounded(low, mid, high, self.small, self.decimals)
        return texts[1] if len(set(texts)) == 1 else f"{texts[1]} ({texts[0]} to {texts[2]})"

    def difference(self, values: F64) -> tuple[str, str]:
        if not values.size:
            return "0", "–"
        low, mid, high = self.texts(*_interval(values))
        return mid, f"{low} to {high}"

    def hides_small(self, values: F64, fewest: int = ANY) -> bool:
        """Whether rounding to ``fewest`` decimals or more hides that a withheld count follows."""
        low, mid, high = _interval(values)
        fitting = max(int(fitting_digits([low], [high], self.decimals)[0]), fewest)
        digits = max(fitting, -int(log10(abs(mid))))
        return bool(10.0**-digits >= 2 * self.small)

    def part(self, values: F64, total: F64) -> tuple[str, str, str]:
        """A part, its interval and its share of the total."""
        return *self.difference(values), share(values, total, self.small)

    def one(self, value: float, like: F64) -> str:
        """A difference rounded to the precision of the interval."""
        low, _, high = _interval(like)
        return self.texts(low, value, high)[1]


def left_out(explanation: Explanation) -> Part | None:
    """The smallest part shown if a single number is withheld, which would follow from the others.

    Parts add up to the total, so each of these numbers follows from the others. The effects of the
    part alone and after the others are left out too: with two changes, it is their mean.
    """
    small = smallest(explanation)
    parts = [p for p in explanation.parts if p.part.size and p.part.mean() != 0]
    hidden = [p for p in parts if is_small(float(p.part.mean()), small)]
    total = float((explanation.of_b - explanation.of_a).mean()) if parts else 0.0
    others = [p for p in parts if p not in hidden]
    if len(hidden) + bool(is_small(total, small)) != 1 or not others:
        return None
    return min(others, key=lambda p: abs(float(p.part.mean())))


def _level_left_out(explanation: Explanation, scale: _Scale) -> F64 | None:
    """The level (or None) from which the only withheld one of levels and total would follow."""
    a, b = explanation.of_a, explanation.of_b
    three = (a, b, b - a)
    hidden = [bool(v.size) and bool(is_small(float(v.mean()), scale.small)) for v in three]
    if sum(hidden) != 1 or (hidden[2] and scale.hides_small(a) and scale.hides_small(b)):
        return None
    return a if hidden[1] else b


def smallest(explanation: Explanation) -> int:
    """Below this persons are withheld; 0 where the number counts something else."""
    return small_count_of(explanation.quantity.measure, explanation.small_count)


def _interval(values: F64) -> tuple[float, float, float]:
    """5 % quantile, mean and 95 % quantile: means add up, medians do not."""
    several = summarise(values[:, None])
    return float(several["q05"][0]), float(values.mean()), float(several["q95"][0])


def share(part: F64, total: F64, small: int = 0) -> str:
    """Mean part of the mean difference (n_runs,); a dash without clear sign or if withheld."""
    if not total.size:
        return "–"
    low, mid, high = _interval(total)
    if mid == 0 or low * high <= 0 or is_small(float(part.mean()), small):
        return "–"
    return percent(float(part.mean()) / mid)


def same_sign(part: F64) -> str:
    """Number of runs in which the part, shape (n_runs,), has the sign of its mean."""
    mean = float(part.mean()) if part.size else 0.0
    if mean == 0:
        return "–"
    return f"{int((np.sign(part) == np.sign(mean)).sum())} of {part.size}"


def place_name(explanation: Explanation) -> str:
    """Name of the place of the number."""
    place = explanation.quantity.place
    return place_names_of(explanation.sides).get(place, place)


def what(group: Group, sides: tuple[Scenario, Scenario]) -> str:
    """Title of a group of changes."""
    changes, names = group.changes, place_names_of(sides)
    text = _one(changes[0], sides) if len(changes) == 1 else _count(changes, names)
    return f"{group.title} ({text})" if group.title else text


def _one(only: Change, sides: tuple[Scenario, Scenario]) -> str:
    """Title of a single change."""
    if not only.table:
        return f"parameter {only.key}"
    place = only.row.get("place", "")
    where = "everywhere" if place == "*" else place_names_of(sides).get(place, place)
    if only.table == "rules":
        word = "rumour" if float(only.row["credence"]) < 1 else "rule"
        return f"{word} {only.key} ({words(only.row['kind'])}, {where})"
    if only.table == "pressures":
        return f"pressure {only.key} ({words(only.row['kind'])})"
    return row_name(only.table, only.key, place_names_of(sides))


def _count(changes: Sequence[Change], names: Mapping[str, str]) -> str:
    """Such as ``34 rules of kind fare`` or ``1 place, 1 leg: New pass, Home – New pass – road``."""
    tables = Counter(c.table for c in changes)
    kinds = {c.row.get("kind", "") for c in changes if c.table in ("rules", "pressures")}
    nouns = {table: NOUNS.get(table, table) for table in tables} | {"": "parameter"}
    many = {table: noun if noun.endswith("traffic") else table for table, noun in nouns.items()}
    text = ", ".join(counted(n, nouns[t], many[t]) for t, n in tables.items())
    are_rumours = all(float(c.row.get("credence") or 1) < 1 for c in changes)
    if set(tables) == {"rules"} and are_rumours:
        text = f"{len(changes)} rumours"
    if len(tables) == 1 and len(kinds) == 1 and (kind := kinds.pop()):
        text += f" of kind {words(kind)}"
    if len(changes) <= 3:
        rows = (key_name(c.table, c.key, names) if c.table else c.key for c in changes)
        text += f": {', '.join(rows)}"
    return text


def change(group: Group) -> str:
    """Values of a group of changes before and after."""
    if group.only:
        return f"only in {group.only}"
    if len(group.changes) == 1:
        return _one_change(group.changes[0])
    how = Counter(c.how for c in group.changes)
    if len(how) == 1:
        return f"all {_HOW[next(iter(how))]}"
    return ", ".join(f"{n} {_HOW[word]}" for word, n in how.items())


def _one_change(one: Change) -> str:
    if one.how == "removed":
        return f"{_described(one)} → none"
    if one.how == "added":
        return f"none → {_described(one)}"
    if not one.table:
        spec = schema.parameter(one.key)
        unit = f" {spec.unit}" if spec is not None and spec.unit not in ("", "factor") else ""
        return f"{one.before['value']} → {one.after['value']}{unit}"
    shown = [c for c in one.after if c not in one.inert]
    return "; ".join(f"{words(c)} {_cell(one.before[c])} → {_cell(one.after[c])}" for c in shown)


def _described(one: Change) -> str:
    cells = [(c, one.row.get(c, "")) for c in _DESCRIBING.get(one.table, ())]
    return ", ".join(f"{words(c)} {_cell(text)}" for c, text in cells if text) or "there"


def _cell(text: str) -> str:
    """A cell for display: instants without offset, long lists truncated."""
    text = without_offset(text)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return text or "empty"


def _sentences(explanation: Explanation, scale: _Scale, interplays: bool) -> Iterable[str]:
    if not explanation.parts and not explanation.idle:
        yield EQUAL
    elif not explanation.parts:
        yield "No change affects this number in any run."
    if interplays:
        yield (
            "Some changes have a larger or smaller effect alone than after the others. A "
            "contribution is the effect of adding a change, averaged over all orders of the "
            "changes (Shapley value). Contributions add up; effects alone do not."
        )
    errors = [p.order_error for p in explanation.parts if p.order_error is not None]
    if explanation.orders is not None and errors and not np.isnan(errors).all():
        worst = float(np.nanmax(errors))  # rounded separately: it is much smaller than a part
        most = scale.one(worst, np.array([0.0, worst])).removeprefix("+")
        yield (
            f"Means over {explanation.orders} sampled orders of the changes; their standard error "
            f"is at most {most}."
        )
    if explanation.idle:
        names = [what(group, explanation.sides) for group in explanation.idle]
        yield f"Changes without effect on this number in any run: {_listed(names)}."
    if explanation.parameters_from is not None and explanation.of_a.size:
        yield f"Each run uses its own parameter draw ({explanation.parameters_from})."
    if explanation.inert:
        tables = Counter(c.table or "scenario.toml" for c in explanation.inert)
        counts = ", ".join(f"{table} {n}" for table, n in tables.items())
        yield f"Rows that differ only in text, sources or published counts: {counts}."
    yield from explanation.notes


def _interplays(p: Part, least: float) -> bool:
    alone, last = float(p.alone.mean()), float(p.last.mean())
    apart = abs(alone - last)
    return apart > least and apart > _NOTABLE * max(abs(alone), abs(last))


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return shown if more <= 0 else f"{shown}; and {more} more"


def place_names_of(sides: tuple[Scenario, Scenario]) -> dict[str, str]:
    """Names of places and areas by id."""
    return place_names(sides[1].tables) | place_names(sides[0].tables)
