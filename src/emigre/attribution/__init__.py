"""Attribution: the contribution of each change to the difference between two runs."""

from emigre.attribution.result import Explanation, Part
from emigre.attribution.run import explain

__all__ = ["Explanation", "Part", "explain"]
