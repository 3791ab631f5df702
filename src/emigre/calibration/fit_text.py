"""Text summary of a posterior."""

import math

from emigre.calibration.posterior import PosteriorInfo
from emigre.ensemble.progress import duration
from emigre.results.text import counted, percent, significant

MOST_NAMED = 8
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
    """Model discrepancy and coverage of the intervals."""
    how = "estimated from the figures" if info.discrepancy_estimated else "as given"
    sizes = [_size(unit, d) for unit, d in info.discrepancy.items()]
    lines = [f"The model discrepancy is {' and '.join(sizes)} ({how})."]
    left_out = f"{percent(info.left_out_inside_90)} of the figures fall within the 90 % interval"
    lines.append(f"{left_out} predicted from the other figures.")
    if info.inside_90 is not None:
        lines.append(
            f"The 90 % posterior intervals contain {percent(info.inside_90)} of the fitted figures."
        )
    return lines


def _size(unit: str, sd: float) -> str:
    """A relative standard deviation: per cent while it is small, then a factor."""
    what = "counts" if unit in ("", "persons") else unit
    return f"{percent(sd)} of {what}" if sd < 0.5 else f"a factor of {math.exp(sd):.1f} of {what}"


def outside(info: PosteriorInfo) -> list[str]:
    """Figures outside their posterior interval, farthest first, and those not simulated."""
    lines = []
    far = [f for f in info.figures if f.inside_90 is False]
    far.sort(key=lambda f: -abs(f.left_out_error))
    for figure in far[:MOST_NAMED]:
        assert figure.q05 is not None
        assert figure.q95 is not None
        lines.append(
            f"Outside its interval: {_title(info, figure.id)}: observed {number(figure.observed)}, "
            f"predicted {number(figure.q05)} – {number(figure.q95)}."
        )
    if len(far) > MOST_NAMED:
        lines.append(f"{len(far) - MOST_NAMED} more are outside; posterior.json has all.")
    if info.silent:
        names = "; ".join(_title(info, id_) for id_ in info.silent)
        lines.append(f"Not simulated, so not fitted: {names}.")
    return lines


def _title(info: PosteriorInfo, id_: str) -> str:
    """What a figure counts; its id in fits of earlier versions."""
    return info.titles.get(id_, id_)


def cost(info: PosteriorInfo) -> str:
    """Cost of the fit."""
    words = f"{counted(info.simulations, 'simulation')} at scale {info.scale}"
    if info.started is None or info.finished is None:
        return f"{words}."
    return f"{words} in {duration((info.finished - info.started).total_seconds())}."
