"""The three kinds of equality. Nothing is compared "within 10 %".

*Same*: ``==``; counts, bits, threads, workers.
*Closed form*: relative error of at most ``CLOSED_FORM``.
*Statistical*: fixed seeds; the distance is at most ``STANDARD_ERRORS`` standard errors, estimated
from the replicates. This is so wide that a correct program never fails in practice (with a
probability of about one in 10^9 per comparison).
"""

from collections.abc import Sequence

import numpy as np

CLOSED_FORM = 1e-9
STANDARD_ERRORS = 6.0


def is_closed_form(actual: float, expected: float) -> bool:
    """Equal to a formula up to rounding."""
    return bool(np.isclose(actual, expected, rtol=CLOSED_FORM, atol=1e-12))


def in_standard_errors(replicates: Sequence[float] | np.ndarray, expected: float) -> float:
    """Distance of the replicates' mean from what is expected, in standard errors of the mean."""
    sample = np.asarray(replicates, dtype=np.float64)
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    difference = abs(sample.mean() - expected)
    if error == 0.0:
        return 0.0 if difference == 0.0 else float("inf")
    return float(difference / error)


def is_share(found: float, chance: float, n: int) -> bool:
    """Whether a share of n independent trials fits a chance."""
    return bool(abs(found - chance) <= STANDARD_ERRORS * np.sqrt(chance * (1 - chance) / n) + 1e-12)
