"""On how many examples a law is tried: on a third in every test run, on all in the campaign."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

ALL = "EMIGRE_ALL_EXAMPLES"


def examples(most: int) -> Callable[[Any], Any]:
    """Try a law on so many examples in the campaign, and on a third of them otherwise."""
    if ALL in os.environ:
        return lambda test: pytest.mark.campaign(settings(max_examples=most)(test))
    return settings(max_examples=-(-most // 3))
