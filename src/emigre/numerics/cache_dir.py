"""Locate the cache directory.

``EMIGRE_CACHE_DIR`` overrides the default. Directories owned by other users are never read.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def bases() -> tuple[Path, ...]:
    """Candidate cache directories, best first."""
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
    """Create a directory and try to write to it; also updates its modification time."""
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
    """Whether a directory exists and is owned by the user or the system.

    Loading machine code from another user's directory would be unsafe.
    """
    if not folder.is_dir():
        return False
    if not hasattr(os, "getuid"):
        return True
    return {folder.stat().st_uid, folder.parent.stat().st_uid} <= {os.getuid(), 0}
