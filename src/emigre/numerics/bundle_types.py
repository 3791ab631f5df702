"""Types of bundles in kernels: named tuples that kernels take as one pointer.

Numba passes a named tuple by value, field by field: a kernel that takes a hundred arrays has five
hundred arguments, and packing and unpacking them takes most of the time of compiling. A bundle
(:func:`~emigre.numerics.bundle.bundle`) is written to memory once, when Python calls a kernel, and
kernels pass on its address; they read only the fields that they use.

In memory a bundle is a row of words of 64 bits: an array takes a word for its address and one for
each side, a number or a bundle within the bundle takes one. Arrays must be C-contiguous, so that
their strides follow from their sides. Kernels cannot create bundles or return them.
"""

import hashlib
from functools import cache
from typing import Any

import numba
import numpy as np
from numba import extending
from numba.core import cgutils
from numba.core.typing import templates
from numba.np.numpy_support import from_dtype

from emigre.numerics.bundle import marked

_types: Any = numba.types
_build: Any = cgutils  # untyped, like the next
_numba: Any = extending
_templates: Any = templates
_typeof = _numba.typeof_impl
_ir: Any = _build.ir
_WORD = _ir.IntType(64)
_BYTES = _ir.IntType(8).as_pointer()
_DATA, _SIDES = 16, 32
"""Bytes before the address and before the sides in a NumPy array object (PyArrayObject)."""


class Bundle(_types.Type):  # type: ignore[misc]
    """Type of a bundle in kernels: its class and the types of its fields."""

    def __init__(self, kind: type[tuple[Any, ...]], parts: tuple[Any, ...]) -> None:
        names: Any = kind
        self.fields = dict(zip(names._fields, parts, strict=True))
        self.place, self.words = {}, 0
        for name, part in self.fields.items():
            self.place[name] = self.words
            self.words += 1 + part.ndim if isinstance(part, _types.Array) else 1
        text = f"{kind.__module__}.{kind.__qualname__}{self.fields}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        super().__init__(name=f"{kind.__qualname__}.{digest[:16]}")


def widened(number: Any) -> Any:
    """Type of kernels for a type of arguments: one for all literals and integers but uint64."""
    plain = _types.unliteral(number)
    if isinstance(plain, _types.Integer) and plain != _types.uint64:
        return _types.int64
    return plain


_type_of_tuple = _typeof.dispatch(tuple)


@_typeof.register(tuple)  # type: ignore[untyped-decorator]
def _type_of(given: Any, context: Any) -> Any:
    """Type of a tuple. Raises TypeError if an array of a bundle is not C-contiguous."""
    if type(given) not in marked:
        return _type_of_tuple(given, context)
    parts = []
    for name, value in zip(given._fields, given, strict=True):
        if not isinstance(value, np.ndarray):
            parts.append(widened(_typeof(value, context)))
        elif value.flags.c_contiguous:
            parts.append((value.dtype, value.ndim))
        else:
            raise TypeError(f"{type(given).__name__}.{name} is not C-contiguous")
    kind: Any = type(given)
    return _bundle(kind, tuple(parts))


@cache
def _bundle(kind: type[tuple[Any, ...]], parts: tuple[Any, ...]) -> Bundle:
    """Type of a bundle, made once: making it for each call takes longer than many kernels."""
    arrays = (p if isinstance(p, _types.Type) else _array(*p) for p in parts)
    return Bundle(kind, tuple(arrays))


def _array(dtype: np.dtype[Any], ndim: int) -> Any:
    return _types.Array(from_dtype(dtype), ndim, "C")


@_numba.register_model(Bundle)
class _Address(_numba.models.PrimitiveModel):  # type: ignore[misc]
    """A bundle in machine code: the address of its words."""

    def __init__(self, manager: Any, kind: Bundle) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


@_templates.infer_getattr
class _Fields(_templates.AttributeTemplate):  # type: ignore[misc]
    key = Bundle

    def generic_resolve(self, kind: Bundle, name: str) -> Any:
        """Type of a field (the method's name is Numba's)."""
        return kind.fields.get(name)


def _at(builder: Any, words: Any, i: int, kind: Any = None) -> Any:
    """Pointer to word i, to a value of the given type of machine code."""
    place = builder.gep(words, [_WORD(i)])
    return place if kind is None else builder.bitcast(place, kind.as_pointer())


def array_of(kind: Any) -> Any:
    """Numba's structure of arrays of a type, imported on use: stored kernels do without it."""
    from numba.np import arrayobj

    make_array: Any = arrayobj.make_array
    return make_array(kind)


@_numba.lower_getattr_generic(Bundle)  # type: ignore[untyped-decorator]
def _read_field(context: Any, builder: Any, kind: Bundle, words: Any, name: str) -> Any:
    """Code that reads a field."""
    part, i = kind.fields[name], kind.place[name]
    if not isinstance(part, _types.Array):
        return _fixed(builder, _at(builder, words, i, context.get_value_type(part)))
    array = array_of(part)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(part.dtype))
    sides = [_fixed(builder, _at(builder, words, i + 1 + k)) for k in range(part.ndim)]
    strides = [_WORD(size)]
    for side in sides[:0:-1]:
        strides.insert(0, builder.mul(strides[0], side))
    array.data = _fixed(builder, _at(builder, words, i, array.data.type))
    array.itemsize = _WORD(size)
    array.nitems = builder.udiv(builder.mul(strides[0], sides[0]), _WORD(size))
    array.shape = _build.pack_array(builder, sides)
    array.strides = _build.pack_array(builder, strides)
    return array._getvalue()


def _fixed(builder: Any, place: Any) -> Any:
    """Read memory that does not change while a kernel runs."""
    value = builder.load(place)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@_numba.unbox(Bundle)  # type: ignore[untyped-decorator]
def _write(kind: Bundle, given: Any, c: Any) -> Any:
    """Code that writes the words of a bundle that Python passes."""
    words = _build.alloca_once(c.builder, _WORD, size=kind.words)
    for k, (name, part) in enumerate(kind.fields.items()):
        value, i = c.pyapi.tuple_getitem(given, k), kind.place[name]
        if not isinstance(part, _types.Array):
            field = c.unbox(part, value).value
            c.builder.store(field, _at(c.builder, words, i, field.type))
            continue
        c.builder.store(_member(c.builder, value, _DATA, _WORD), _at(c.builder, words, i))
        sides = _member(c.builder, value, _SIDES, _WORD.as_pointer())
        for n in range(part.ndim):
            side = c.builder.load(c.builder.gep(sides, [_WORD(n)]))
            c.builder.store(side, _at(c.builder, words, i + 1 + n))
    return _numba.NativeValue(_hidden(c.builder, words))


def _member(builder: Any, thing: Any, offset: int, kind: Any) -> Any:
    """Read a value of a type of machine code from a Python object."""
    place = builder.gep(builder.bitcast(thing, _BYTES), [_WORD(offset)])
    return builder.load(builder.bitcast(place, kind.as_pointer()))


def _hidden(builder: Any, words: Any) -> Any:
    """The same address, hiding from the optimiser that it was just written to."""
    same = _ir.FunctionType(words.type, [words.type])
    return builder.asm(same, "", "=r,0,~{memory}", [words], side_effect=True)
