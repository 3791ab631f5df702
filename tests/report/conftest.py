"""A run and a comparison of the teaching scenario, and their pages, made once."""

from pathlib import Path

import pytest

import emigre
from emigre.comparison import Comparison
from emigre.results.folder import Results


@pytest.fixture(scope="session")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("report") / "run"
    scenario = emigre.load("tiny")
    return emigre.run(scenario, runs=4, by="document", out=out)


@pytest.fixture(scope="session")
def a_comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    out = tmp_path_factory.mktemp("report") / "compared"
    base, worlds = emigre.alternatives(
        "tiny", variants=["wider-pass"], without=["prices"], end="2030-04-10"
    )
    return emigre.compare(base, worlds, runs=3, out=out)


@pytest.fixture(scope="session")
def run_page(a_run: Results) -> Path:
    return emigre.report(a_run)


@pytest.fixture(scope="session")
def comparison_page(a_comparison: Comparison) -> Path:
    return emigre.report(a_comparison)


@pytest.fixture(params=["run_page", "comparison_page"])
def page(request: pytest.FixtureRequest) -> str:
    path: Path = request.getfixturevalue(request.param)
    return path.read_text(encoding="utf-8")
