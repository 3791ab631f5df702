"""The table of an explanation, and its CSV file."""

from pathlib import Path

import numpy as np
import polars as pl

from emigre.attribution.explanation_text import (
    change,
    left_out,
    place_name,
    place_names_of,
    smallest,
    what,
)
from emigre.attribution.result import Explanation, Part
from emigre.numerics.array_types import F64
from emigre.results import csv_files, notice
from emigre.results.disclosure import is_small, label
from emigre.results.scores_csv import plain
from emigre.results.tables import summarise
from emigre.scenario.patch import describe_patch

COLUMNS = (
    *("what", "change", "part", "q05", "q50", "q95", "share", "same_sign", "runs", "alone"),
    *("last", "order_error", "detail", "measure", "place", "place_name", "from", "to", "seed"),
    "scale",
)
"""Columns of the table."""


def write_csv(explanation: Explanation, path: Path) -> None:
    """Write the table of an explanation; creates the folder if needed."""
    csv_files.write(table(explanation), path)
    notice.write_beside(path, explanation.sides[1])


def table(explanation: Explanation) -> pl.DataFrame:
    """One row per group: its part and quantiles, as strings with small counts withheld."""
    small = smallest(explanation)
    total = explanation.of_b - explanation.of_a
    also_hidden = left_out(explanation)
    hidden = dict.fromkeys(("part", "q05", "q50", "q95", "share", "alone", "last"), "")
    rows = [
        _row(p, explanation, total, small) | (hidden if p is also_hidden else {})
        for p in explanation.parts
    ]
    zero = np.zeros_like(total)
    rows += [_row(Part(g, zero, zero, zero), explanation, total, small) for g in explanation.idle]
    rows.append(
        {
            "what": "all together",
            "change": f"{explanation.a} → {explanation.b}",
            "part": _number(float(total.mean()), small) if total.size else "0",
            **_quantiles(total, small),
            "share": "1" if total.any() else "",
            "runs": str(total.size),
            "measure": explanation.quantity.measure,
            "place": explanation.quantity.place,
            "place_name": place_name(explanation),
            "from": explanation.quantity.first.isoformat(),
            "to": explanation.quantity.end.isoformat(),
            "seed": str(explanation.seed),
            "scale": str(explanation.scale),
        }
    )
    table = {c: [row.get(c, "") for row in rows] for c in COLUMNS}
    return pl.DataFrame(table, schema=dict.fromkeys(COLUMNS, pl.String))


def _row(p: Part, explanation: Explanation, total: F64, small: int) -> dict[str, str]:
    mean, whole, alone, last = (
        float(values.mean()) if values.size else 0.0 for values in (p.part, total, p.alone, p.last)
    )
    base, names = explanation.sides[0], place_names_of(explanation.sides)
    sentences = [s for c in p.group.changes for s in describe_patch(c.patch, base, names)]
    error = p.order_error
    return {
        "what": what(p.group, explanation.sides),
        "change": change(p.group),
        "part": _number(mean, small),
        **_quantiles(p.part, small),
        "share": plain(mean / whole) if whole and not is_small(mean, small) else "",
        "same_sign": str(int((np.sign(p.part) == np.sign(mean)).sum())) if mean else "0",
        "runs": str(p.part.size),
        "alone": _number(alone, small),
        "last": _number(last, small),
        "order_error": "" if error is None or np.isnan(error) else plain(error),
        "detail": "; ".join(sentences),
    }


def _quantiles(values: F64, small: int) -> dict[str, str]:
    if not values.size:
        return {}
    several = summarise(values[:, None])
    return {q: _number(float(several[q][0]), small) for q in ("q05", "q50", "q95")}


def _number(value: float, small: int) -> str:
    return label(small, is_negative=value < 0) if is_small(value, small) else plain(value)
