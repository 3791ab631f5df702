"""Run single kernels as plain Python; tests of complete runs, elsewhere, use machine code.

Compiling a single kernel would serve only the test: in a run it is part of the code of a day.
"""

from collections.abc import Iterator

import pytest

import plain_kernels


@pytest.fixture(scope="module", autouse=True)
def plain(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every name of a kernel stands for its Python function, unless ``--compiled`` was given."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.config.getoption("--compiled"):
            plain_kernels.put(patch)
        yield
