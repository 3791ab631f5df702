"""Locate the machine code of kernels on disk, without loading the compiler.

``EMIGRE_CACHE_DIR`` overrides the default. Directories owned by other users are never read.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_KEPT_FOLDERS = 3
_ALWAYS = ("jit.py", "bundle_types.py", "arrays.py")
_SAFE_AGE_SECONDS = 3600.0
_STORED = "stored"
"""File that marks a folder with the machine code of at least one whole run."""


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
    """Whether a directory is the user's or the system's: others could hold unsafe machine code."""
    if not folder.is_dir():
        return False
    if not hasattr(os, "getuid"):
        return True
    return {folder.stat().st_uid, folder.parent.stat().st_uid} <= {os.getuid(), 0}


@cache
def cache_folder() -> Path:
    """Folder of the machine code of exactly these sources.

    It exists and is writable, unless a read-only one already holds machine code.
    """
    name = source_hash()[:16]
    for base in bases():
        folder = base / name
        if is_writable(folder):
            _prune(base, keep=folder)
            return folder
        if is_trusted(folder) and any(folder.rglob("*.nbi")):
            return folder
    return Path(tempfile.mkdtemp(prefix="emigre-kernels-"))


def are_kernels_stored() -> bool:
    """Whether a run has stored its kernels, so that other processes only read them."""
    is_off = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
    return not is_off and (cache_folder() / _STORED).exists()


def mark_kernels_stored() -> None:
    """Record that a run has stored its kernels."""
    with suppress(OSError):  # a folder that can only be read
        (cache_folder() / _STORED).touch()


@cache
def source_hash() -> str:
    """sha256 (hex) of everything that machine code depends on.

    Files that declare kernels, the columns and constants they share (``arrays.py``), the schema
    tables from which the constants are read, and the compiler's version.
    """
    digest = hashlib.sha256(version("numba").encode())
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.joinpath("schema").glob("*.csv")]):
        body = path.read_bytes()
        if path.suffix == ".py" and path.name not in _ALWAYS and b"kernel\n" not in body:
            continue
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(body)}\0".encode())
        digest.update(body)
    return digest.hexdigest()


def _prune(base: Path, keep: Path) -> None:
    """Remove folders of older sources, except the newest few and recently used ones."""
    dated = []
    for folder in base.iterdir():
        if folder != keep and len(folder.name) == 16 and folder.is_dir():
            try:
                dated.append((folder.stat().st_mtime, folder))
            except OSError:  # removed by another process
                continue
    limit = time.time() - _SAFE_AGE_SECONDS
    for used, folder in sorted(dated, reverse=True)[_KEPT_FOLDERS:]:
        if used < limit:
            shutil.rmtree(folder, ignore_errors=True)
