"""Where what was made once is kept: a folder of the user's own, or the one that is named.

``EMIGRE_CACHE_DIR`` names it; a folder that belongs to somebody else is never read from.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def bases() -> tuple[Path, ...]:
    """Places for cache folders, best first."""
    chosen = os.environ.get("EMIGRE_CACHE_DIR")
    own = Path(chosen).expanduser() if chosen else _user_cache() / "emigre" / "kernels"
    # os.getuid is missing on Windows, where the temporary folder is the user's own anyway.
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    return own, Path(tempfile.gettempdir()) / f"emigre-kernels-{user}"


def _user_cache() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    xdg = os.environ.get("XDG_CACHE_HOME")
    return Path(xdg) if xdg and Path(xdg).is_absolute() else Path.home() / ".cache"


def is_writable(folder: Path) -> bool:
    """Make the folder and try to write in it; its time of use is renewed on the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_trusted(folder):
            return False
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
    except OSError:
        return False
    return True


def is_trusted(folder: Path) -> bool:
    """Whether a folder exists and is the user's own or the system's.

    To load machine code from a stranger's folder would be unsafe.
    """
    if not folder.is_dir():
        return False
    if not hasattr(os, "getuid"):
        return True
    return {folder.stat().st_uid, folder.parent.stat().st_uid} <= {os.getuid(), 0}
