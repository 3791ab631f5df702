"""Run a third of the examples of a property in every test run, the others in the campaign."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import seed, settings

EXAMPLES = "EMIGRE_EXAMPLES"
"""``all`` or ``others``; without it a third."""


def examples(most: int) -> Callable[[Any], Any]:
    """Try a law on a third of so many examples, or in a campaign on as many others as are left."""
    third = -(-most // 3)
    which = os.environ.get(EXAMPLES)
    if which == "others":
        return lambda test: pytest.mark.campaign(seed(1)(settings(max_examples=most - third)(test)))
    if which == "all":
        return lambda test: pytest.mark.campaign(settings(max_examples=most)(test))
    return settings(max_examples=third)
