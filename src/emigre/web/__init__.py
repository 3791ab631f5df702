"""The desk: a local web page on which a scenario is changed, run and read.

It starts the same commands as the shell and reads the folders they leave: there is no second
engine behind it. Needs the extra ``emigre[desk]``.
"""

from emigre.web.serve import Desk, open_desk

__all__ = ["Desk", "open_desk"]
