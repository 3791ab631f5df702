"""The desk: a local web interface to edit and run scenarios and read results.

It runs the same commands as the shell and reads the folders they write. Needs the extra
``emigre[desk]``.
"""

from emigre.web.serve import Desk, open_desk

__all__ = ["Desk", "open_desk"]
