"""A folder with a scenario of daily counts, and the stand-in for the engine."""

import sys
from pathlib import Path

import pytest

from observed import with_daily_counts

# test_learning.py imports error_learning from here.
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))


@pytest.fixture
def home(stand_in, tmp_path, monkeypatch):
    stand_in()
    monkeypatch.chdir(tmp_path)
    with_daily_counts()
    return tmp_path
