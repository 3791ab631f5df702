"""Single kernels run as plain Python here; complete runs, elsewhere, as machine code.

Machine code of a single kernel is made for the test alone: in a run it is part of the day's code.
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
