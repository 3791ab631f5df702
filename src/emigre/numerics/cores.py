"""Number of cores, and size of their cache lines."""

import os

LINE = 64
"""Bytes that a core loads at once."""


def cores() -> int:
    """Number of cores available to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
