"""The conflict folder of an invented valley, in the format of Flee."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emigre.adapters.flee import import_folder
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario


@pytest.fixture
def valley(tmp_path: Path) -> Path:
    """A copy that can be changed."""
    return Path(shutil.copytree(Path(__file__).parent / "valley", tmp_path / "valley"))


@pytest.fixture
def bring(valley: Path, tmp_path: Path) -> Callable[..., Scenario]:
    """A function that imports the copy into the folder ``out``, or another one, and loads it."""

    def imported(name: object = "out", **options: Any) -> Scenario:
        import_folder(valley, tmp_path / str(name), **options)
        return load(tmp_path / str(name))

    return imported
