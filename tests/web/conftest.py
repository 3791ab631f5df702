"""A desk in its own folder, on a socket of this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs emigre[desk]")

from desk_visitor import AtOnce, Visitor, served

from emigre.web import job_builder, subprocesses
from emigre.web.workspace import Workspace
from stand_in import Engine


@pytest.fixture(autouse=True)
def at_full_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that a test waits for have normal priority next to the tests of other workers."""
    monkeypatch.setattr(subprocesses, "_NICE", 0)


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full runs draw no charts and start no processes, which takes longer than to simulate."""
    args, more = job_builder._args, ("--no-chart", "--threads")

    def small(*given: Any) -> list[str]:
        made = args(*given)
        return [*made, *(word for word in more if word not in made)]

    monkeypatch.setattr(job_builder, "_args", small)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk") / "runs"


@pytest.fixture(scope="module")
def visitor(runs: Path) -> Iterator[Visitor]:
    with served(Workspace(runs)) as found:
        yield found


@pytest.fixture(scope="module")
def at_once() -> Iterator[None]:
    """Jobs run in this process, which has loaded the kernels, for tests of the files of a job."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocesses, "start", AtOnce().start)
        yield


@pytest.fixture(scope="module")
def visitor_at_once(at_once: None, runs: Path) -> Iterator[Visitor]:
    with served(Workspace(runs), prewarmed=AtOnce()) as found:
        yield found


@pytest.fixture(scope="module")
def engine(at_once: None) -> Iterator[None]:
    """The stand-in for the engine, in place of the real one."""
    with pytest.MonkeyPatch.context() as patch:
        engine = Engine()
        for name in ("compile_scenario", "simulate", "layout"):
            patch.setattr(f"emigre.engine.api.{name}", getattr(engine, name))
        yield


@pytest.fixture(scope="module")
def stand_in_desk(engine: None, visitor_at_once: Visitor) -> Visitor:
    return visitor_at_once
