"""Shared by all tests: the cheap stand-in for the engine, and Hypothesis settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests import their helpers (stand_in, tolerances, naive twins) by name from this folder.
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "steady",
    derandomize=True,  # the same examples on every machine: a red run can be repeated
    deadline=None,  # the first example may compile
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch):
    """A function that puts the stand-in engine in place of the real one and returns it."""
    from stand_in import Engine

    def put(**options):
        engine = Engine(**options)
        monkeypatch.setattr("emigre.runs.compile_scenario", engine.compile_scenario)
        monkeypatch.setattr("emigre.runs.simulate", engine.simulate)
        monkeypatch.setattr("emigre.runs.layout", engine.layout)
        return engine

    return put
