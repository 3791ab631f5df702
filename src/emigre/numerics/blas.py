"""Linear algebra in one thread, so that its bits do not depend on the number of cores."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_one_blas_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that NumPy's and SciPy's linear algebra uses one thread in it.

    BLAS splits sums among its threads, so the last bit of a product depends on their number. For
    the many small products of a forecast, threads also cost more time than they save.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
