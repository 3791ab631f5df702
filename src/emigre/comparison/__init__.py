"""Compare a baseline with alternatives, paired run by run with common random numbers.

    effect_r = value of the alternative in run r - value of the baseline in run r

Both use the same random numbers and parameter draw in run r, so what would have happened anyway
cancels out (common random numbers; Glasserman and Yao 1992, Management Science 38,
884-908). Intervals are quantiles of the paired differences.
"""

from emigre.comparison.alternative import alternatives
from emigre.comparison.folder import Comparison
from emigre.comparison.run import compare

__all__ = ["Comparison", "alternatives", "compare"]
