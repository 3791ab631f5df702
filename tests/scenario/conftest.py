"""A small scenario with all tables."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that can be changed."""
    return Path(shutil.copytree(Path(__file__).parent / "base", tmp_path / "base"))
