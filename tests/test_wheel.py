"""The wheel: pure Python, complete, nothing else, and working wherever it is installed."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as pip builds it."""
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_it_is_pure_python_with_all_tables_and_nothing_else(wheel):
    spec = importlib.util.spec_from_file_location(
        "try_versions", ROOT / "scripts" / "try_versions.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = set(module.wheel_contents(wheel))
    source = ROOT / "src"
    here = {
        p.relative_to(source).as_posix()
        for p in source.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and ".egg-info" not in str(p)
    }
    assert here <= names


def test_it_runs_from_where_it_is_put(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "there")
    surroundings = dict(os.environ, PYTHONPATH=str(tmp_path / "there"))
    command = [sys.executable, "-m", "emigre", "list"]
    done = subprocess.run(
        command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "russia-2022" in done.stdout
