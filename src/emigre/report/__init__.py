"""Reports: a run or a comparison as one self-contained page; a scenario as a description.

Reads folders only: neither engine nor compiler.
"""

from emigre.report.content import read
from emigre.report.page import NAME, write

__all__ = ["NAME", "read", "write"]
