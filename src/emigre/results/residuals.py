"""Residuals of a fit: distances of published figures from the fitted ones.

A run with the draws of a posterior keeps them in run.json, for its own error is known from them
(evaluation/model_error.py).
"""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from statistics import median

from emigre.results.record import Record

_OF_NORMAL = 1.4826


class Residuals(Record):
    """Residuals e = ln(published / median) of the ``figures`` of a measure.

    ``sd`` is their standard deviation by the median of |e|, which a few figures that the model
    cannot give do not move (1.4826 median |e|: Hampel 1974, Journal of the American Statistical
    Association 69, 383-393). ``until`` is the last day of the latest figure.
    """

    measure: str
    figures: int
    sd: float
    until: dt.date


def residuals_in(posterior: Path) -> tuple[Residuals, ...]:
    """Residuals by measure in a posterior.json; none if it is missing or names no measures."""
    try:
        figures = json.loads(posterior.read_text(encoding="utf-8"))["figures"]
        known = [f for f in figures if f["measure"] and f["end"] and f["observed"] > 0 and f["q50"]]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    made = []
    for measure in sorted({f["measure"] for f in known}):
        own = [f for f in known if f["measure"] == measure]
        sd = _OF_NORMAL * median(abs(math.log(f["observed"] / f["q50"])) for f in own)
        after = max(dt.date.fromisoformat(f["end"]) for f in own)
        until = after - dt.timedelta(days=1)
        made.append(Residuals(measure=measure, figures=len(own), sd=sd, until=until))
    return tuple(made)
