"""Reports: a run or comparison as one self-contained HTML page; a scenario as Markdown.

Reads folders only: imports neither the engine nor the compiler.
"""

from emigre.report.content import read
from emigre.report.page import NAME, write

__all__ = ["NAME", "read", "write"]
