"""Named tuples that kernels take as one pointer."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from emigre.numerics.bundle import bundle
from emigre.numerics.jit import kernel, repeated

pytestmark = pytest.mark.compiled


@bundle
class Inner(NamedTuple):
    grid: Any
    cube: Any
    rows: Any


@bundle
class Outer(NamedTuple):
    day: int
    weight: float
    inner: Inner
    open: bool
    key: np.uint64
    names: Any


@kernel
def total(given: Outer, out: Any) -> float:
    """Read each field once, write to one, and hand the inner bundle on."""
    out[0] = given.day
    out[1] = given.weight
    out[2] = 1.0 if given.open else 0.0
    out[3] = given.key >> np.uint64(60)
    out[4] = given.names.size
    given.names[1] = 7
    return sum_of(given.inner)


@kernel
def sum_of(inner: Inner) -> float:
    """Sum, weighted with positions, so that no side or stride can be mistaken."""
    s = 0.0
    for i in range(inner.grid.shape[0]):
        for j in range(inner.grid.shape[1]):
            s += inner.grid[i, j] * (10 * i + j)
    for i in range(inner.cube.shape[0]):
        for j in range(inner.cube.shape[1]):
            for k in range(inner.cube.shape[2]):
                s += inner.cube[i, j, k] * (100 * i + 10 * j + k)
    for r in range(inner.rows.size):
        s += inner.rows.small[r] * 3 + inner.rows.large[r]
    return s


def an_inner() -> Inner:
    rows = np.zeros(3, np.dtype([("small", np.int8), ("large", np.float64)], align=True))
    rows["small"], rows["large"] = (1, -2, 3), (0.5, 0.25, 0.125)
    return Inner(
        np.arange(12.0)[6:].reshape(2, 3),  # a part of another array
        np.arange(24, dtype=np.int32).reshape(2, 3, 4),
        rows.view(np.recarray),
    )


def test_kernels_read_arguments_of_python():
    inner = an_inner()
    names = np.arange(5, dtype=np.int32)
    out = np.zeros(5)
    key = np.uint64(0xA000_0000_0000_0001)
    s = total(Outer(-3, 0.75, inner, True, key, names), out)
    assert s == sum_of.py_func(inner)
    assert out.tolist() == [-3.0, 0.75, 1.0, 10.0, 5.0]
    assert names.tolist() == [0, 7, 2, 3, 4]
    assert total(Outer(np.int32(2), 0.5, inner, False, key, names), out) == s
    assert out[:3].tolist() == [2.0, 0.5, 0.0]
    assert len(total.overloads) == 1


def test_an_array_must_be_contiguous():
    inner = an_inner()
    with pytest.raises(TypeError, match=r"Inner\.grid is not C-contiguous"):
        sum_of(inner._replace(grid=inner.grid.T))


def test_repeated_calls_look_at_types_once():
    inner, call = an_inner(), repeated(sum_of)
    with pytest.raises(TypeError, match=r"Inner\.grid is not C-contiguous"):
        call(inner._replace(grid=inner.grid.T))
    assert call(inner) == sum_of.py_func(inner)
    larger = inner._replace(grid=np.ones((4, 5)))  # sides and addresses are those of each call
    assert call(larger) == sum_of.py_func(larger)
    assert repeated(abs) is abs
