"""Attribution: the contribution of each change to the difference between two runs."""

from emigre.attribution.run import Explanation, Part, explain

__all__ = ["Explanation", "Part", "explain"]
