"""Why two runs or scenarios differ in a number: what changed, and the part of each change."""

from emigre.attribution.run import Explanation, Part, explain

__all__ = ["Explanation", "Part", "explain"]
