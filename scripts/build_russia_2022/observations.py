"""observations.csv: published counts with which forecasts are compared.

The figures are in a table of that name next to this module; the columns from `series` to `figure`
identify their row in flows.csv.

Whether a figure is `fit` or `check` depends on where and when it was counted, never on how well it
is reproduced: whole series and weeks are held out (SERIES_KEPT, WEEKS_KEPT), others are `fit`.
Border counts of October to December 2022 are `check` or `context`: they serve neither the fit nor
the levels of traffic.csv. Rows that count something else, or that conflict with a better one, are
`context`.

The error of a figure (`error`), unless its row states it: a published range is a range; estimates,
and people present, whom nobody counts at a gate, are approximate (10 %); a figure that ends in two
or more zeros is rounded; any other is the exact count of an authority.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scripts.scenario_tables import Cells, Row, read_rows

from .evidence import LAST_BORDER_DAY, Evidence, last_day
from .levels import CAPACITY_SHARE


@dataclass(frozen=True)
class Seen:
    """One observation and the key of its row in flows.csv (series, start, end, value, crossing)."""

    id: str
    measure: str
    place: str
    key: tuple[str, str, str, str]
    crossing: str = ""
    headline: bool = False
    context: bool = False
    low: float | None = None
    high: float | None = None
    start: str = ""
    end: str = ""
    value: float | None = None
    note: str = ""
    check: bool = False
    error: str = ""
    error_sd: float | None = None


# Kept back as a whole: series of a measure and place, and spans of days of border counts.
SERIES_KEPT = (
    ("passages", "FI-SOUTHEAST"), ("passages", "LT"), ("passages", "EE-NARVA"), ("stock", "*"),
    ("stock_returned", "*"), ("returned", "*"), ("onward", "*"), ("asylum_lodged", "NO"),
)  # fmt: skip
WEEKS_KEPT = (
    ("2022-06-01", "2022-06-30"), ("2022-08-22", "2022-08-31"), ("2022-09-30", "2022-12-31"),
    ("2023-10-01", "2023-12-31"),
)  # fmt: skip
BORDER = ("passages", "wait_hours", "entered", "exited", "entered_transit", "queued")
# Queues were counted in vehicles. 115 thousand people crossed at Upper Lars in 37 thousand vehicles
# in the week of 19 September; the share of Russians is that of the capacity (levels.py). The line
# at the point alone, 3,500 on 26 September, leaves out those whom the police held back.
PER_VEHICLE = 3.1 * CAPACITY_SHARE["GE"]


def _in_four_months(share_per_year: float) -> float:
    """People in July to October 2023, from a yearly share of the 870 thousand abroad in July."""
    return round(share_per_year * 870_000 * 123 / 365, -3)


def _seen(row: Row) -> Seen:
    """An observation; its value may follow from a number of vehicles or a percentage."""
    cells: dict[str, Any] = {name: cell for name, cell in row.items() if cell}
    cells["key"] = tuple(cells.pop(name, "") for name in ("series", "first", "last", "figure"))
    figure = float(cells["key"][3])
    if cells.get("value") == "vehicles":
        cells["value"] = round(figure * PER_VEHICLE, -1)
    elif cells.get("value") == "percent":
        cells["value"] = _in_four_months(figure / 100)
    cells |= {n: float(cells[n]) for n in ("value", "low", "high", "error_sd") if n in cells}
    return Seen(**cells | {n: row[n] == "yes" for n in ("headline", "context", "check")})


def build_observations(evidence: Evidence) -> list[Cells]:
    """All rows of observations.csv."""
    seen = [_seen(row) for row in read_rows(Path(__file__).with_name("observations.csv"))]
    uses = _uses(seen)
    return [_row(s, evidence, uses[s.id]) for s in seen]


def _uses(seen: list[Seen]) -> dict[str, str]:
    """Use of figures: context as stated; series and weeks held out are check, others fit."""
    return {s.id: "context" if s.context else "check" if _is_kept(s) else "fit" for s in seen}


def _is_kept(seen: Seen) -> bool:
    """Whether a figure is held out, because of its series or as a border count in its weeks."""
    if seen.check or (seen.measure, seen.place) in SERIES_KEPT:
        return True
    first = date.fromisoformat(seen.start or seen.key[1])
    return seen.measure in BORDER and any(
        date.fromisoformat(a) <= first and _last(seen) <= date.fromisoformat(b)
        for a, b in WEEKS_KEPT
    )


def _last(seen: Seen) -> date:
    """The last day that a figure covers."""
    _, first, last, _ = seen.key
    return date.fromisoformat(seen.end or last or first)


def _row(seen: Seen, evidence: Evidence, use: str) -> Cells:
    flow = evidence.flow(*seen.key, crossing=seen.crossing)
    start = date.fromisoformat(seen.start or flow["date_start"])
    last = date.fromisoformat(seen.end or flow["date_end"] or flow["date_start"])
    _refuse_late_border_counts(seen, use, last)
    published = last_day(flow["published"]) if flow["published"] else last + timedelta(days=1)
    estimate = any(
        w in flow["series"] for w in ("estimate", "stock", "wave1_net", "returns", "onward_move")
    )
    note = seen.note or ("As stated by the source." if estimate else "")
    value = seen.value if seen.value is not None else float(flow["value"])
    return {
        "id": seen.id, "measure": seen.measure, "place": seen.place, "from": start.isoformat(),
        "to": (last + timedelta(days=1)).isoformat(),
        "value": value, "low": seen.low, "high": seen.high,
        "error": _error(seen, value, is_estimate=estimate), "error_sd": seen.error_sd,
        "use": use, "headline": seen.headline,
        "published": max(published, last).isoformat(),
        "basis": "reported" if estimate else "official",
        "source": evidence.flow_source(flow), "note": note,
    }  # fmt: skip


def _error(seen: Seen, value: float, *, is_estimate: bool) -> str:
    """The error of a figure, by the rules at the top of this file."""
    if seen.error:
        return seen.error
    if seen.low is not None or seen.high is not None:
        return "range"
    if is_estimate or seen.measure.startswith("stock"):
        return "approximate"
    return "rounded" if value % 100 == 0 else "exact"


def _refuse_late_border_counts(seen: Seen, use: str, last: date) -> None:
    """No border count that ends in October to December 2022 is fitted."""
    if use == "fit" and seen.measure in BORDER and LAST_BORDER_DAY < last < date(2023, 1, 1):
        raise ValueError(f"{seen.id}: a border count after {LAST_BORDER_DAY} in the fit")
