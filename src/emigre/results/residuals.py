"""Residuals of a fit: the model's own error, which remains beyond that of the parameters.

Figure k differs by e = ln(published / median) from the posterior median. The variance w of the
posterior's prediction includes d^2 from the discrepancy of the fit and o^2 from the error of the
count. The parameters explain the share x of the rest, so that a run with these parameters claims

    v = x (w - d^2 - o^2) + o^2

The model's error accounts for what is left. Its variance s^2 is such that half of the figures lie
within sqrt(v + s^2) / c, with c = 1.4826 (Hampel 1974, Journal of the American Statistical
Association 69, 383-393); a few figures that the model cannot reproduce do not affect it:

    s^2 = median(c^2 e^2 - v), at least 0

A run with the draws of a posterior keeps s in run.json (evaluation/model_error.py).
"""

import datetime as dt
import json
import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from emigre import schema
from emigre.numerics.normal import Q95

_OF_NORMAL = 1.4826


@dataclass(frozen=True, slots=True)
class Residuals:
    """The ``figures`` of a measure, and the standard deviation s of the model's error by them.

    ``until`` is the last day of the latest figure.
    """

    measure: str
    figures: int
    sd: float
    until: dt.date


def residuals_in(posterior: str) -> tuple[Residuals, ...]:
    """Residuals by measure in the text of a posterior.json; none if it names no measures."""
    try:
        info = json.loads(posterior)
        known = [f for f in info["figures"] if f["measure"] and f["end"] and _is_count(f)]
        discrepancy = info["discrepancy"]
    except (ValueError, KeyError, TypeError):
        return ()
    made = []
    for measure in sorted({f["measure"] for f in known}):
        own = [f for f in known if f["measure"] == measure]
        of_fit = discrepancy.get(schema.measures()[measure].unit, 0.0)
        variance = median(_unexplained(f, of_fit) for f in own)
        after = max(dt.date.fromisoformat(f["end"]) for f in own)
        until = after - dt.timedelta(days=1)
        sd = math.sqrt(max(variance, 0.0))
        made.append(Residuals(measure=measure, figures=len(own), sd=sd, until=until))
    return tuple(made)


def _is_count(figure: dict[str, Any]) -> bool:
    """Whether a figure and its prediction have logarithms."""
    return bool(figure["observed"] > 0 and figure["q50"] and figure["q05"])


def _unexplained(figure: dict[str, Any], discrepancy: float) -> float:
    """c^2 e^2 - v of a figure."""
    missed = math.log(figure["observed"] / figure["q50"])
    predicted = (math.log(figure["q95"] / figure["q05"]) / (2.0 * Q95)) ** 2
    of_count: float = figure["error_sd"] ** 2
    ours = max(predicted - discrepancy**2 - of_count, 0.0)
    explained: float = min(max(figure["explained"], 0.0), 1.0)
    return (_OF_NORMAL * missed) ** 2 - explained * ours - of_count
