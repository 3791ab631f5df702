"""Diversion between two worlds, by matching households run by run.

Runs with the same number share all draws. A household that decides on the same day in both worlds
has the same identity in both, so that its outcomes can be compared directly rather than inferred
from totals. For two runs, over a period:

    M[i, j] = persons who did i in the first world and j in the second
    D[i, j] = M[i, j] - M[j, i]              diverted from i to j, net;  D[j, i] = -D[i, j]

i and j are outcomes of a household: its first way out (the first crossing that admitted it, or the
country it reached without a crossing), or its state at the end of the period: trapped, under way
(preparing, travelling, in a queue), gave up, stayed (did not decide to leave). For every way i

    sum over j of D[i, j] = persons who first left by i in the first world - in the second

Households that left in one world only are matched with those of the same cohort that left in the
other world only, in order of departure: they are exchangeable while at home. The remaining ones
stayed in that world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre.numerics.array_types import F64, I64
from emigre.results import csv_files
from emigre.results.disclosure import in_multiples, is_small, label_small
from emigre.results.scores_csv import plain
from emigre.results.tables import summarise as over_runs
from emigre.results.trajectories import STATES, Period, Trajectories
from emigre.scenario.model import Scenario

WAY, DIRECT, COUNTRY = "way", "direct", "country"
NOT_OUT = {
    "trapped": "trapped",
    "under_way": "preparing or under way",
    "gave_up": "giving up after being trapped",
    "stayed": "staying at home",
}
"""Labels of the outcomes of households that do not leave the country."""

VIEWS = ("crossing", "country", "destination")
"""crossing: first crossing, or country reached without one. country: the state first entered.
destination: where they first settled; households not yet there are under way."""

ALL, OTHER = "*", "other"
NUMBERS = ("mean", "q05", "q50", "q95")
COLUMNS = {
    **dict.fromkeys(("alternative", "by", "from_kind", "from_place", "from_name"), pl.String),
    **dict.fromkeys(("kind", "to_place", "to_name"), pl.String),
    **dict.fromkeys((*NUMBERS, "share"), pl.Float64),
}
"""Columns of the table. ``kind``, ``to_place``, ``to_name``: outcome in the second world."""

Place = tuple[str, str]
"""(kind, id): (way, crossing), (direct, country), (country, country), or one of NOT_OUT twice."""

ALL_ROUTES = "all routes"
"""Name of the block of all routes together."""


def through(about: str) -> str:
    """The route of a block in words, such as ``through Finland``."""
    return "by any route" if about == ALL_ROUTES else f"through {about}"


_ALL, _ALL_ROUTES, _OTHER = (ALL, ALL), (WAY, ALL), (WAY, OTHER)
_WORDS = {_ALL: "in all", _ALL_ROUTES: ALL_ROUTES, _OTHER: "other routes"} | {
    (kind, kind): words for kind, words in NOT_OUT.items()
}


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Outcomes of the households of two runs.

    ``places``: by view, the rows and columns of M; the same for all runs of the same two worlds.
    ``cells``: by view, row, column and persons of the nonzero cells of M, shape (3, n).
    ``shifted``: persons who left in both worlds, but on another day.
    """

    places: Mapping[str, tuple[Place, ...]]
    cells: Mapping[str, I64]
    shifted: int

    def table(self, view: str) -> I64:
        """M: persons by outcome in the first world (row) and in the second (column)."""
        row, column, persons = self.cells[view]
        table = np.zeros((len(self.places[view]),) * 2, np.int64)
        table[row, column] = persons
        return table

    def net(self, view: str) -> I64:
        """D (n, n): persons diverted from the place of the row to that of the column."""
        table = self.table(view)
        return table - table.T


def days(scenario: Scenario, first: date, end: date) -> Period:
    """Half-open dates ``first`` to ``end`` as days of the scenario."""
    return (first - scenario.start).days, (end - scenario.start).days


def of_pair(before: Trajectories, after: Trajectories) -> Pair:
    """Match the households of one run in two worlds (traces of the same run and period)."""
    one, other, persons, shifted = _assign(before, after)
    places = {view: _places(view, before, after) for view in VIEWS}
    cells: dict[str, I64] = {}
    for view, known in places.items():
        number = {place: i for i, place in enumerate(known)}
        rows = _outcomes(before, view, number)[one]
        columns = _outcomes(after, view, number)[other]
        table = np.zeros((len(known), len(known)), np.int64)
        np.add.at(table, (rows, columns), persons)
        cells[view] = np.array([*np.nonzero(table), table[np.nonzero(table)]])
    return Pair(places, cells, shifted)


def summarise(
    pairs: Sequence[Pair], *, names: Mapping[str, str] | None = None, alternative: str = ""
) -> pl.DataFrame:
    """The table over the runs: COLUMNS, one row per pair of places with mean D > 0.

    ``names`` maps ids of places to display names. A row to ``*`` holds the total loss of a place,
    a row from ``*`` its total gain. ``share`` is relative to the total loss of the row's place of
    origin. Quantiles are over the runs.
    """
    rows: list[_Row] = []
    for view in VIEWS if pairs else ():
        places = pairs[0].places[view]
        net = np.stack([pair.net(view) for pair in pairs]).astype(np.float64)
        mean, total = net.mean(axis=0), net.sum(axis=2)
        given = np.where(mean > 0.0, mean, 0.0)
        for i in np.argsort(-given.sum(axis=1), kind="stable").tolist():
            if total[:, i].any():
                rows.append(_oriented(view, places[i], _ALL, total[:, i], None))
            for j in np.argsort(-given[i], kind="stable")[: np.count_nonzero(given[i])].tolist():
                share = float(given[i, j] / given[i].sum())
                rows.append(_Row(view, places[i], places[j], net[:, i, j], share))
    return _frame(rows, names or {}, alternative)


def condense(
    pairs: Sequence[Pair],
    *,
    names: Mapping[str, str] | None = None,
    alternative: str = "",
    views: Sequence[str] = ("country", "crossing"),
    top: int = 5,
    least: float = 0.2,
) -> pl.DataFrame:
    """The display table: diversions of the routes that change most.

    One block for all routes, then one for each that changes by at least ``least`` of the largest
    change: its total, the ``top`` other ways, all others in one row, and people who do not get out.
    Rows of a block add up to its total. ``share`` is relative to all rows in the block's direction;
    rows in the opposite direction have none. Columns as in :func:`summarise`, preceded by
    ``about``: the name of the way of the block.
    """
    names = names or {}
    rows: list[_Row] = []
    about: list[str] = []

    for view in views if pairs else ():
        places = pairs[0].places[view]
        net = np.stack([pair.net(view) for pair in pairs]).astype(np.float64)
        ways = np.array([kind not in NOT_OUT for kind, _ in places])
        size = np.where(ways, np.abs(net.sum(axis=2).mean(axis=0)), 0.0)
        large = (size > 0.0) & (size >= least * size.max())
        flows = [(_ALL_ROUTES, np.where(ways, 0.0, net[:, ways, :].sum(axis=1)))]
        flows += [(places[i], net[:, i]) for i in np.argsort(-size, kind="stable") if large[i]]
        for subject, each in flows:
            block = _block(view, subject, places, ways, each, top)
            rows += block
            about += [_named(subject, names)] * len(block)
    return _frame(rows, names, alternative).insert_column(0, pl.Series("about", about, pl.String))


def write_csv(table: pl.DataFrame, path: Path, small_count: int) -> None:
    """Write a table; numbers nearer to 0 than ``small_count`` are withheld (``<10``, ``>-10``).

    All others are multiples of ``small_count`` and shares are whole percentages, since rows add up.
    """
    table = table.with_columns(
        pl.Series(name, in_multiples(table[name].to_numpy(), small_count)) for name in NUMBERS
    )
    cells = [
        label_small(name, small_count, pl.col(name).map_elements(plain, return_dtype=pl.String))
        for name in NUMBERS
    ]
    is_hidden = is_small(pl.col("mean"), small_count)
    share = pl.when(~is_hidden).then(pl.col("share").round(2)).alias("share")
    csv_files.write(table.with_columns(*cells, share), path)


def blocks(main: pl.DataFrame, alternative: str, by: str = "country") -> list[pl.DataFrame]:
    """Blocks of the display table from its file, the total first; other withheld rows left out."""
    is_total = pl.any_horizontal(pl.col("kind", "from_kind") == ALL)
    mine = main.filter(alternative=alternative, by=by)
    shown = mine.filter(is_total | pl.col("mean").is_not_null())
    return shown.partition_by("about", maintain_order=True)


def _not_out(kind: str) -> Place:
    return kind, kind


def _named(place: Place, names: Mapping[str, str]) -> str:
    return _WORDS.get(place) or names.get(place[1], place[1])


def _places(view: str, *traces: Trajectories) -> tuple[Place, ...]:
    """Outcomes of a household, in order: ways of both worlds, then states."""
    outcomes: list[Place] = []
    if view == "crossing":
        outcomes += [(WAY, x) for trace in traces for x in trace.crossings]
        outcomes += [(DIRECT, d) for trace in traces for d in trace.countries]
    else:
        outcomes += [(COUNTRY, d) for trace in traces for d in trace.countries]
    if view == "country":
        outcomes += [(COUNTRY, d) for trace in traces for d in trace.country_of]
    return (*dict.fromkeys(outcomes), *(_not_out(kind) for kind in NOT_OUT))


def _outcomes(trace: Trajectories, view: str, number: Mapping[Place, int]) -> NDArray[np.intp]:
    """Outcome of each party, a way if it got out; the last is that of a missing household."""
    kinds = [state if state in NOT_OUT else "under_way" for state in STATES]
    outcome = np.array([number[_not_out(kind)] for kind in kinds])[trace.state]
    direct = DIRECT if view == "crossing" else COUNTRY
    at_end = np.array([number[direct, d] for d in (*trace.countries, trace.countries[0])])
    outcome = np.where(trace.reached >= 0, at_end[trace.reached], outcome)
    if view in ("crossing", "country") and trace.crossings:
        behind = trace.crossings if view == "crossing" else trace.country_of
        at_crossing = np.array([number[WAY if view == "crossing" else COUNTRY, x] for x in behind])
        outcome = np.where(trace.entered >= 0, at_crossing[trace.entered], outcome)
    return np.append(outcome, number[_not_out("stayed")])


def _assign(before: Trajectories, after: Trajectories) -> tuple[I64, I64, I64, int]:
    """Matched rows of both traces with the number of persons; row -1 means staying at home.

    Matches by identity first, then within cohorts in order of departure. Households of different
    size are matched up to the smaller size. Last: persons matched within cohorts.
    """
    order = np.argsort(after.id, kind="stable")
    place = np.searchsorted(after.id, before.id, sorter=order)
    partner = np.append(order, -1)[place]
    known = np.flatnonzero((place < order.size) & (np.append(after.id, 0)[partner] == before.id))
    partner = partner[known]
    persons = np.minimum(before.persons[known], after.persons[partner])
    left, right = before.persons.copy(), after.persons.copy()
    left[known] -= persons
    right[partner] -= persons
    one, other, more = _in_order(before.cohort, left, after.cohort, right)
    shifted = int(more[(one >= 0) & (other >= 0)].sum())
    return (
        np.concatenate([known, one]),
        np.concatenate([partner, other]),
        np.concatenate([persons, more]),
        shifted,
    )


def _in_order(
    cohort: NDArray[np.uint64], left: I64, cohort_2: NDArray[np.uint64], right: I64
) -> tuple[I64, I64, I64]:
    """Align the persons of each cohort, both in the order of their rows.

    Every cohort gets an interval as long as the larger of its two numbers of persons; a segment
    between two party boundaries belongs to one party on each side, or to nobody.
    """
    _, number = np.unique(np.concatenate([cohort, cohort_2]), return_inverse=True)
    sides = (number[: cohort.size], left), (number[cohort.size :], right)
    sums = [np.bincount(c, n, int(number.max(initial=-1)) + 1).astype(np.int64) for c, n in sides]
    shift = np.cumsum(np.maximum(*sums)) - np.maximum(*sums)
    rows, starts, ends = [], [], []
    for (c, n), total in zip(sides, sums, strict=True):
        who = np.flatnonzero(n)
        who = who[np.argsort(c[who], kind="stable")]
        # Start of a party: the cumulative size, shifted to the interval of its cohort.
        begin = np.cumsum(n[who]) - n[who] + (shift - (np.cumsum(total) - total))[c[who]]
        rows.append(np.append(who, -1))
        starts.append(begin)
        ends.append(begin + n[who])
    cuts = np.unique(np.concatenate([*starts, *ends]))
    pieces = []
    for who, begin, end in zip(rows, starts, ends, strict=True):
        at = np.searchsorted(begin, cuts[:-1], side="right") - 1
        inside = (at >= 0) & (cuts[:-1] < np.append(end, 0)[at])
        pieces.append(who[np.where(inside, at, -1)])
    return pieces[0], pieces[1], np.diff(cuts)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One row of a table; ``values``: persons in each run."""

    view: str
    origin: Place
    target: Place
    values: F64
    share: float | None


def _oriented(view: str, origin: Place, target: Place, values: F64, share: float | None) -> _Row:
    """A row in the direction of the mean flow."""
    if values.mean() < 0.0:
        return _Row(view, target, origin, -values, share)
    return _Row(view, origin, target, values, share)


def _block(
    view: str,
    subject: Place,
    places: Sequence[Place],
    ways: NDArray[np.bool_],
    flows: F64,
    top: int,
) -> list[_Row]:
    """Rows of a way from net flows (runs, places): total, largest others, rest, people not out."""
    total = flows.sum(axis=1)
    if not total.any():
        return []
    sign = -1.0 if total.mean() < 0.0 else 1.0
    mean = np.where(ways, sign * flows.mean(axis=0), -np.inf)
    largest = [j for j in np.argsort(-mean, kind="stable")[:top].tolist() if mean[j] > 0.0]
    rest = [j for j in np.flatnonzero(ways).tolist() if j not in largest]
    chosen = [(_ALL, total), *((places[j], flows[:, j]) for j in largest)]
    chosen.append((_OTHER, flows[:, rest].sum(axis=1)))
    chosen += [(places[j], flows[:, j]) for j in np.flatnonzero(~ways).tolist()]
    along = sum(max(float(sign * values.mean()), 0.0) for _, values in chosen[1:])
    rows = []
    for place, values in chosen:
        if values.any():
            origin, target = (subject, place) if sign > 0.0 else (place, subject)
            size = float(sign * values.mean())
            share = size / along if size > 0.0 and total.mean() else None
            rows.append(_Row(view, origin, target, sign * values, share))
    return rows


def _frame(rows: Sequence[_Row], names: Mapping[str, str], alternative: str) -> pl.DataFrame:
    """Rows as a frame with the columns of the table."""
    records = []
    for row in rows:
        numbers = over_runs(row.values[:, None])
        ends = (*row.origin, _named(row.origin, names), *row.target, _named(row.target, names))
        values = (float(numbers[name][0]) for name in NUMBERS)
        records.append((alternative, row.view, *ends, *values, row.share))
    return pl.DataFrame(records, schema=COLUMNS, orient="row")
