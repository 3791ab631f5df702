"""Linear algebra in one thread."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import emigre
from emigre.numerics.blas import in_one_blas_thread


def _threads() -> set[int]:
    return {
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    }


def test_a_function_in_one_thread_leaves_the_number_of_threads_as_it_was() -> None:
    np.linalg.inv(np.eye(2))  # loads BLAS
    before = _threads()
    assert before
    assert in_one_blas_thread(_threads)() == {1}
    assert _threads() == before


@pytest.mark.parametrize("function", [emigre.fit, emigre.forecast, emigre.hindcast])
def test_results_do_not_depend_on_the_number_of_blas_threads(function: object) -> None:
    assert hasattr(function, "__wrapped__")
