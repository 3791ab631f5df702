"""Text summary of a posterior."""

import math

from emigre.calibration.posterior import PosteriorInfo
from emigre.ensemble.progress import duration
from emigre.results.intervals import MOST
from emigre.results.text import counted, percent, significant

HEADS = ("parameter", "prior, 90 %", "median", "posterior, 90 %", "informed by data")


def rows(info: PosteriorInfo) -> list[tuple[str, ...]]:
    """A line for each parameter, with the columns :data:`HEADS`."""
    return [
        (
            row.name,
            f"{number(row.prior_q05)} – {number(row.prior_q95)}",
            number(row.q50),
            f"{number(row.q05)} – {number(row.q95)}",
            percent(max(row.shrinkage, 0.0)),
        )
        for row in info.parameters
    ]


def number(value: float) -> str:
    """Three significant digits."""
    return significant(value, 3)


def discrepancy(info: PosteriorInfo) -> list[str]:
    """Coverage of the intervals, and size of the model's own error."""
    how = "estimated from the figures" if info.discrepancy_estimated else "as given"
    sizes = [_size(unit, d) for unit, d in info.discrepancy.items()]
    inside, alone = info.inside_90, percent(info.left_out_inside_90)
    return [
        *(() if inside is None else [f"{percent(inside)} of the figures fall within the {MOST}."]),
        f"{alone} of the figures fall within the {MOST} predicted from the other figures alone.",
        f"The model's own error, which no parameter corrects, is {' and '.join(sizes)} ({how}).",
    ]


def _size(unit: str, sd: float) -> str:
    """Format a relative standard deviation: as per cent if it is small, otherwise as a factor."""
    what = "counts" if unit in ("", "persons") else unit
    return f"{percent(sd)} of {what}" if sd < 0.5 else f"a factor of {math.exp(sd):.1f} of {what}"


def outside(info: PosteriorInfo) -> list[tuple[str, str, str]]:
    """Figures outside their posterior interval, farthest first: title, observed, predicted."""
    far = [f for f in info.figures if f.inside_90 is False]
    return [
        (_title(info, f.id), number(f.observed), f"{number(f.q05)} – {number(f.q95)}")
        for f in sorted(far, key=lambda f: -abs(f.left_out_error))
        if f.q05 is not None and f.q95 is not None
    ]


def not_simulated(info: PosteriorInfo) -> list[str]:
    """A line about the figures that are not simulated, if any."""
    names = "; ".join(_title(info, id_) for id_ in info.silent)
    return [f"Not simulated, so not fitted: {names}."] if names else []


def _title(info: PosteriorInfo, id_: str) -> str:
    """Title of a figure; its id in fits of earlier versions."""
    return info.titles.get(id_, id_)


def cost(info: PosteriorInfo) -> str:
    """Cost of the fit."""
    words = f"{counted(info.simulations, 'simulation')} at scale {info.scale}"
    if info.started is None or info.finished is None:
        return f"{words}."
    return f"{words} in {duration((info.finished - info.started).total_seconds())}."
