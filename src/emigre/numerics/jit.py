"""Compilation of kernels: one decorator, one set of flags, one cache directory.

Every compiled function of the package is declared with :func:`kernel`. All use the same flags, so
that kernels agree about arithmetic:

* ``nogil``: kernels release the interpreter lock, so that runs execute in parallel threads;
* ``fastmath=False``: sums keep their order, so that results are reproducible bit for bit;
* ``error_model="numpy"``: a division by zero gives inf or nan; kernels guard their divisions;
* ``forceinline``: the many small functions of a process are inlined (long ones: :func:`apart`).

Numba's on-disk cache does not notice edits of a kernel called from another file (numba issue
1833). The cache directory is therefore named after a hash of all kernel sources: an edit gives a
new directory, and old ones are removed. Files in it are named after modules instead of
installation paths, so that all environments of a user share them. ``EMIGRE_CACHE_DIR`` sets the
location. ``NUMBA_DISABLE_JIT=1`` turns compilation off; kernels then run as plain Python.

Numba would compile a kernel once for every literal integer and integer width it is called with.
:func:`_call_type` widens both, so that most kernels are compiled once. A kernel that is called by
kernels only gets no wrappers for calls from Python, which would take longer to compile than the
kernel itself: they unpack every array of the arguments.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache

from emigre.numerics import cache_dir

F = TypeVar("F", bound=Callable[..., Any])

_ROOT = Path(__file__).resolve().parents[1]
_types: Any = numba.types
_config: Any = numba.config  # its attributes are created on import
_declared: list[Any] = []
_FLAGS: dict[str, Any] = {
    "nogil": True,
    "fastmath": False,
    "error_model": "numpy",
    "_nrt": False,
}
_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_KEPT_FOLDERS = 3
_ALWAYS = ("jit.py", "arrays.py")
_SAFE_AGE_SECONDS = 3600.0


def kernel(function: F) -> F:
    """Compile a function of numbers and arrays on first call and cache the machine code on disk.

    Use it without arguments: ``@kernel``. A kernel must not create arrays but write into those
    passed to it; this avoids reference counting, which would dominate the run time.
    """
    if not compiling():
        return function
    compiled, inlined = _dispatcher(function), _dispatcher(function, **_NO_WRAPPERS)
    compiled.inlined = inlined
    compiled.get_overload = inlined.get_overload
    compiled.get_call_template = lambda args, kws: inlined.get_call_template(
        tuple(map(_call_type, args)), {name: _call_type(t) for name, t in kws.items()}
    )
    _declared.append(compiled)
    return cast("F", compiled)


def apart(function: F) -> F:
    """Mark a long kernel that many others call as not to be inlined: ``@kernel`` above ``@apart``.

    Each copy takes time to compile; a call takes about 0.1 µs.
    """
    function.__dict__["apart"] = True
    return function


def _dispatcher(function: Callable[..., Any], **options: bool) -> Any:
    njit: Any = numba.njit  # its stubs lack some options
    inline = not hasattr(function, "apart")
    compiled = njit(**_FLAGS, forceinline=inline, **options)(function)
    if Path(function.__code__.co_filename).is_file():  # not defined at a prompt
        compiled._cache = (_InlinedCache if options else _Cache)(function)  # type: ignore[no-untyped-call]
    return compiled


def _call_type(given: Any) -> Any:
    """Type for which a kernel is compiled when it is called with the given type."""
    plain = _types.unliteral(given)
    return _types.int64 if isinstance(plain, _types.Integer) and plain.signed else plain


class _Locator:
    """Location of the machine code of a kernel: one folder per module in the cache directory."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._path = cache_folder() / function.__module__
        self._line = function.__code__.co_firstlineno
        inside = Path(file).resolve().is_relative_to(_ROOT)
        self._stamp = "" if inside else str(Path(file).stat().st_mtime_ns)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> _Locator:
        """Create a locator (the name is Numba's)."""
        return cls(function, file)

    def ensure_cache_path(self) -> None:
        """Create the folder."""
        Path(self.get_cache_path()).mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        """Folder of the machine code."""
        return str(self._path)

    def get_source_stamp(self) -> str:
        """Source version: the directory's name contains the hash of the package's own kernels."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """Line of the definition, since two kernels of a module may have the same name."""
        return str(self._line)


class _InlinedLocator(_Locator):
    def get_cache_path(self) -> str:
        """Folder of the machine code that only kernels call."""
        return str(self._path / "inlined")


class _CacheImpl(CompileResultCacheImpl):
    _locator_classes: Any = (_Locator,)


class _Cache(FunctionCache):
    _impl_class: Any = _CacheImpl

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store machine code; a folder that can only be read is left as it is."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


class _InlinedCacheImpl(CompileResultCacheImpl):
    _locator_classes: Any = (_InlinedLocator,)


class _InlinedCache(_Cache):
    _impl_class: Any = _InlinedCacheImpl


def compiling() -> bool:
    """Whether kernels are compiled (``NUMBA_DISABLE_JIT`` unset or 0)."""
    return not _config.DISABLE_JIT


def prepared() -> tuple[int, int]:
    """Number of declared kernels that have machine code, and number of declared kernels."""
    return sum(bool(k.overloads or k.inlined.overloads) for k in tuple(_declared)), len(_declared)


@cache
def cache_folder() -> Path:
    """Folder of the machine code of exactly these sources.

    It exists and is writable, unless a read-only one already holds machine code.
    """
    name = source_hash()[:16]
    for base in cache_dir.bases():
        folder = base / name
        if cache_dir.is_writable(folder):
            _prune(base, keep=folder)
            return folder
        if cache_dir.is_trusted(folder) and any(folder.rglob("*.nbi")):
            return folder
    return Path(tempfile.mkdtemp(prefix="emigre-kernels-"))


@cache
def source_hash() -> str:
    """sha256 (hex) of everything that machine code depends on.

    Files that declare kernels, the columns and constants they share (``arrays.py``), the schema
    tables from which the constants are read, and the compiler's version.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted([*_ROOT.rglob("*.py"), *_ROOT.joinpath("schema").glob("*.csv")]):
        body = path.read_bytes()
        if path.suffix == ".py" and path.name not in _ALWAYS and b"kernel\n" not in body:
            continue
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\0{len(body)}\0".encode())
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
