"""Compilation of kernels: one decorator, one set of flags, one cache directory.

Every compiled function of the package is declared with :func:`kernel`. All use the same flags:

* ``nogil``: kernels release the interpreter lock, so that runs execute in parallel threads;
* ``fastmath=False``: sums keep their order, so that results are reproducible bit for bit;
* ``error_model="numpy"``: a division by zero gives inf or nan; kernels guard their divisions.

Numba's on-disk cache does not notice edits of a kernel called from another file (numba issue
1833), so the cache directory is named after a hash of all kernel sources. Its files are named after
modules instead of installation paths, so that all environments of a user share them.
``EMIGRE_CACHE_DIR`` sets the location. ``NUMBA_DISABLE_JIT=1`` turns compilation off.

Numba would compile a kernel once for every literal integer and integer width it is called with:
:func:`~emigre.numerics.bundle_types.widened` makes one type of them. A kernel that only kernels
call gets no wrapper for Python, and is optimised with its callers (:class:`_InlinedLibrary`).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import cgutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary, ll  # type: ignore[attr-defined]
from numba.core.compiler import Compiler, CompileResult
from numba.extending import intrinsic, overload

from emigre.numerics.bundle_types import array_of, widened
from emigre.numerics.cache_dir import ROOT, cache_folder, is_writable
from emigre.numerics.cores import LINE, cores

F = TypeVar("F", bound=Callable[..., Any])

_types: Any = numba.types
_config: Any = numba.config  # its attributes are created on import
_build: Any = cgutils  # untyped, like the next
_ir: Any = _build.ir
_declared: list[Any] = []
_elsewhere: dict[str, subprocess.Popen[bytes]] = {}
"""Processes that compile, by kernel; kept, because a process that runs must not be discarded."""
_starting = threading.Lock()
_FLAGS: dict[str, Any] = {
    "nogil": True,
    "fastmath": False,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}
_NO_WRAPPERS = {"no_cpython_wrapper": True}
_PAUSE_SECONDS = 0.02


def kernel(function: F) -> F:
    """Compile a function of numbers and arrays on first call and cache the machine code on disk.

    Use it without arguments: ``@kernel``. A kernel must not create arrays but write into those
    passed to it; this avoids reference counting, which would dominate the run time. Use
    ``sum(array)``: a stored kernel with ``array.sum()`` imports SciPy's linear algebra.
    """
    if not compiling():
        return function
    compiled = _dispatcher(function, _Cache)

    @cache
    def inlined() -> Any:  # not needed once its callers are stored
        options = {"pipeline_class": _InlinedCompiler, **_NO_WRAPPERS}
        return _dispatcher(function, _InlinedCache, **options)

    compiled.inlined = inlined
    compiled.get_overload = lambda sig: inlined().get_overload(sig)
    compiled.get_call_template = lambda args, kws: inlined().get_call_template(
        tuple(map(widened, args)), {name: widened(t) for name, t in kws.items()}
    )
    _declared.append(compiled)
    return cast("F", compiled)


def repeated(compiled: F) -> F:
    """The same kernel for repeated calls with arguments of the same types, typed only once.

    On each call of a kernel Numba looks at the type of every array in its bundles, which takes
    longer than many kernels.
    """
    if not hasattr(compiled, "typeof_pyval"):  # without the compiler
        return compiled
    code: Any = None

    def call(*args: Any) -> Any:
        nonlocal code
        if code is None:
            code = compiled.compile(tuple(map(compiled.typeof_pyval, args)))  # type: ignore[attr-defined]
        return code(*args)

    return cast("F", call)


def _prefetch(_typing: Any, rows: Any, i: Any) -> Any:
    """Type and code of :func:`prefetch`."""

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        array = array_of(rows)(context, builder, args[0])
        row = _build.get_item_pointer(context, builder, rows, array, [args[1]])
        start = builder.bitcast(row, _ir.IntType(8).as_pointer())
        number = _ir.IntType(32)
        load = _ir.FunctionType(_ir.VoidType(), [start.type, number, number, number])
        fetch = _build.get_or_insert_function(builder.module, load, "llvm.prefetch.p0i8")
        for begin in range(0, rows.dtype.size, LINE):
            place = builder.gep(start, [number(begin)])
            builder.call(fetch, [place, number(0), number(3), number(1)])  # read, keep, data
        return context.get_dummy_value()

    return _types.void(rows, i), code


def prefetch(_rows: Any, _i: int) -> None:
    """Load row i of a record array into the cache ahead of its use; no effect on results."""


if not _config.DISABLE_JIT:
    _load_row: Any = intrinsic(_prefetch)
    overload(prefetch)(lambda _rows, _i: lambda _rows, _i: _load_row(_rows, _i))


def _dispatcher(function: Callable[..., Any], cache: type[_Cache], **options: Any) -> Any:
    njit: Any = numba.njit  # its stubs lack some options
    compiled = njit(**_FLAGS, **options)(function)
    if _is_file(function.__code__.co_filename):  # not defined at a prompt
        compiled._cache = cache(function)
    return compiled


@cache
def _is_file(name: str) -> bool:
    return Path(name).is_file()


class _InlinedLibrary(JITCodeLibrary):
    """Code of a kernel that only kernels call: never run by itself, so left unoptimised."""

    def _optimize_final_module(self) -> None:
        """Do nothing: the code is optimised as a part of its callers."""

    def _finalize_final_module(self) -> None:
        """Finish without machine code."""
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True

    def serialize_using_object_code(self) -> Any:
        """Content of the cache (the name is Numba's)."""
        return self.serialize_using_bitcode()  # type: ignore[no-untyped-call]

    @property
    def codegen(self) -> Any:
        """Stand-in for the code generator, which sets environments in machine code."""
        return _NoCode()


class _NoCode:
    def set_env(self, _name: str, _env: Any) -> None:
        """Do nothing."""


class _InlinedCompiler(Compiler):
    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        library = library or _InlinedLibrary(targetctx.codegen(), "inlined")  # type: ignore[no-untyped-call]
        library.enable_object_caching()
        super().__init__(typingctx, targetctx, library, *rest)  # type: ignore[no-untyped-call]


@cache
def _stamp(file: str) -> str:
    """Version of a source file, unless it is one of the package."""
    inside = Path(file).resolve().is_relative_to(ROOT)
    return "" if inside else str(Path(file).stat().st_mtime_ns)


class _Locator:
    """Location of the machine code of a kernel: one folder per module in the cache directory."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._path = cache_folder() / function.__module__
        self._line = function.__code__.co_firstlineno
        self._stamp = _stamp(file)

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

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Read machine code, if need be once the process that compiles it has stored it or ended.

        Numba would first prepare for compiling, which takes longer than to read all kernels; it
        does so again before it compiles.
        """
        process = _elsewhere.get(self._name)
        while True:
            has_ended = process is None or process.poll() is not None
            stored = self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
            if stored is not None or has_ended:
                return stored
            time.sleep(_PAUSE_SECONDS)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store machine code; a folder that can only be read is left as it is."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


class _InlinedCacheImpl(CompileResultCacheImpl):
    _locator_classes: Any = (_InlinedLocator,)

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """Read the code of a kernel from the cache, as CompileResult does, but run none of it."""
        (name, _, code), fndesc, env, signature, objectmode, lifted, types, again, envs = payload
        library = _InlinedLibrary(target_context.codegen(), name)  # type: ignore[no-untyped-call]
        library._final_module = ll.parse_bitcode(code)
        library._finalize_final_module()
        result: Any = CompileResult  # its stubs lack the fields
        return result(
            target_context=target_context,
            typing_context=target_context.typing_context,
            library=library,
            environment=env,
            entry_point=target_context.get_executable(library, fndesc, env),
            fndesc=fndesc,
            type_annotation=types,
            signature=signature,
            objectmode=objectmode,
            lifted=lifted,
            typing_error=None,
            call_helper=None,
            metadata=None,
            reload_init=again,
            referenced_envs=envs,
        )


class _InlinedCache(_Cache):
    _impl_class: Any = _InlinedCacheImpl


def load_stored() -> None:
    """Load all stored machine code of the kernels that Python calls."""
    for compiled in tuple(_declared):
        if isinstance(compiled._cache, _Cache):
            file: Any = compiled._cache._cache_file
            for signature, *_ in file._load_index():
                compiled.compile(signature)


def compile_elsewhere(module: str, *kernels: Any) -> None:
    """Start a process that compiles kernels by running a module, unless they are stored.

    A kernel that is called meanwhile waits for it; if it fails, this process compiles.
    """
    if not compiling() or cores() < 2:
        return
    with _starting:  # runs in threads begin together
        files = {k._cache._name: Path(k._cache._cache_file._index_path) for k in kernels}
        names = [name for name, file in files.items() if not file.exists()]
        if _elsewhere.keys() >= set(names) or not is_writable(cache_folder()):
            return
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _elsewhere.update(dict.fromkeys(names, process))


def compiling() -> bool:
    """Whether kernels are compiled (``NUMBA_DISABLE_JIT`` unset or 0)."""
    return not _config.DISABLE_JIT


def prepared() -> tuple[int, int]:
    """Number of declared kernels that have machine code, and number of declared kernels."""
    return sum(map(_has_code, tuple(_declared))), len(_declared)


def _has_code(compiled: Any) -> bool:
    is_inlined = compiled.inlined.cache_info().currsize and compiled.inlined().overloads
    return bool(compiled.overloads or is_inlined)
