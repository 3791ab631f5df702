"""Names of intervals: of percentiles of the runs, and of those with the model's own error."""

from emigre.results.run_info import RunInfo
from emigre.results.text import counted, percent

ENOUGH_RUNS = 20
"""Minimum runs for a 90 % interval: with fewer, the 5th percentile is below the lowest run."""

MOST, HALF = "90 % interval", "50 % interval"
"""Names of intervals that hold the model's own error, for any number of runs."""


def interval_name(runs: int) -> str:
    """Name of the interval from the 5th to the 95th percentile of the runs.

    >>> interval_name(200), interval_name(4)
    ('90 % interval', 'range of 4 runs')
    """
    return MOST if runs >= ENOUGH_RUNS else f"range of {counted(runs, 'run')}"


def inner_name(runs: int) -> str:
    """Name of the interval from the 25th to the 75th percentile of the runs.

    >>> inner_name(200), inner_name(4)
    ('50 % interval', 'middle half of 4 runs')
    """
    return HALF if runs >= ENOUGH_RUNS else f"middle half of {counted(runs, 'run')}"


def few_runs(runs: int) -> str:
    """Caveat on the intervals of few runs; empty if there are enough.

    n runs have n + 1 gaps, in each of which a further run is equally likely.

    >>> few_runs(20), few_runs(12)
    ('', 'With 12 runs, intervals contain about 85 % of further runs, not 90 %: use at least 20.')
    """
    if runs >= ENOUGH_RUNS:
        return ""
    share = percent((runs - 1) / (runs + 1))
    return (
        f"With {counted(runs, 'run')}, intervals contain about {share} of further runs, not 90 %: "
        f"use at least {ENOUGH_RUNS}."
    )


def covered(info: RunInfo) -> str:
    """Sources of uncertainty that the intervals of a run cover, as sentences."""
    if info.draws is None:
        spread = (
            "Every run has the same parameters: runs differ by chance alone, and intervals lack "
            "the uncertainty of the parameters."
        )
    else:
        origin = info.parameters_from
        spread = f"Runs differ by chance and in their parameters, drawn from {origin}."
    error = (
        "Intervals next to published counts and in charts also include the model's own error, as "
        "learned from hindcasts."
    )
    return " ".join(filter(None, (spread, error, few_runs(info.runs))))
