"""Shared by all tests: the stand-in for the engine, and Hypothesis settings."""

import os

# Before NumPy is imported. Matrices are small here: with more threads than free cores, threads of
# linear algebra wait for each other ten times as long as they compute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Processes of pytest-xdist have 80; output of commands is tested without a known width.
os.environ.pop("COLUMNS", None)

import gc
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Tests import their helpers (stand_in, tolerances, naive ...) by name from this folder.
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "steady",
    derandomize=True,  # the same examples on every machine: a red run can be repeated
    deadline=None,  # the first example may compile
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of tests/processes."""
    words = "tests of single kernels run machine code, made for them, not Python (1 minute more)"
    parser.addoption("--compiled", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Start compiling the kernels that most tests need, once, while workers collect their tests."""
    which = {"campaign": "others", "": "all"}.get(config.getoption("markexpr"))
    if which:
        os.environ["EMIGRE_EXAMPLES"] = which
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Compiling())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: tests also wait, for browsers and for other processes."""
    from emigre.numerics.cores import cores

    return cores() + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For campaigns alone, import no file without one: each worker begins 10 s sooner."""
    if config.getoption("markexpr") != "campaign" or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text("utf-8")
    return None if "mark.campaign" in text or "from examples import" in text else True


class Compiling:
    """A short run of `tiny`, if no kernels are stored; no test begins before it has ended."""

    def __init__(self) -> None:
        from emigre.numerics.cache_dir import cache_folder
        from emigre.numerics.jit import compiling

        self._run: subprocess.Popen[bytes] | None = None
        if compiling() and not any(cache_folder().rglob("*.nbi")):
            self._folder = tempfile.TemporaryDirectory()
            words = ["run", "tiny", "--runs", "1", "--end", "2030-03-05", "--no-chart", "--quiet"]
            command = [sys.executable, "-m", "emigre", *words, "--out", "run"]
            self._run = subprocess.Popen(command, cwd=self._folder.name, stdout=subprocess.DEVNULL)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Wait, before the workers are given tests."""
        if self._run and self._run.wait():
            raise pytest.UsageError("`emigre run tiny` fails: no kernels for the tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the desk, which take longest, so that no worker waits for the last
    one."""
    items.sort(key=lambda item: "web" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Exclude all modules and tests from garbage collection, which slows down with each of them."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def runs_in_this_process() -> Iterator[None]:
    """Simulate in threads unless a test requests processes, which start more slowly."""
    from emigre.ensemble import executors, process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "are_kernels_stored", lambda: False)
        patch.setattr(executors, "FEWEST_DAYS", {False: 10**9, True: 10**9})
        yield


@pytest.fixture(scope="session", autouse=True)
def hashes_without_warnings() -> Iterator[None]:
    """With the compiler off, suppress overflow warnings, which take half the time of a run."""
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            import plain_kernels

            plain_kernels.put(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def commands_built_once() -> Iterator[None]:
    """Cache the commands, which Typer rebuilds in 200 ms for each command line."""
    import typer.testing

    built_once = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", built_once)
        patch.setattr(typer.testing, "_get_command", built_once)
        yield


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch):
    """A function that puts the stand-in engine in place of the real one and returns it."""
    from stand_in import Engine

    def put(**options):
        engine = Engine(**options)
        monkeypatch.setattr("emigre.engine.api.compile_scenario", engine.compile_scenario)
        monkeypatch.setattr("emigre.engine.api.simulate", engine.simulate)
        monkeypatch.setattr("emigre.engine.api.layout", engine.layout)
        return engine

    return put


@pytest.fixture
def stand_in_engine(stand_in: Any) -> Any:
    """The stand-in engine, in place of the real one."""
    return stand_in()


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stand_in_engine: Any) -> Any:
    """Call a command in an empty folder, with the stand-in engine unless it was replaced."""
    from observed import call

    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture(scope="module")
def pictures_drawn_once() -> Iterator[None]:
    """Draw equal charts of reports once, for modules that report the same runs again and again."""
    from emigre.report import stills

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stills, "_picture", cache(stills._picture))
        yield


@pytest.fixture(scope="module")
def empty_pictures() -> Iterator[None]:
    """Pictures without content, for modules that test something else: each takes 0.1 to 0.2 s."""
    from stand_in import draw_nothing

    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        yield


@pytest.fixture(scope="module")
def no_model_error() -> Iterator[None]:
    """Intervals of runs hold chance and parameters alone, which have closed forms."""
    from emigre.evaluation.model_error import ModelError

    with pytest.MonkeyPatch.context() as patch:
        nothing = ModelError(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        patch.setattr("emigre.evaluation.model_error.error_of", lambda *_: nothing)
        yield


BROWSERS = (
    "chromium-headless-shell",  # without windows: half the work for each page
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


PATIENCE_MS = 180_000
"""Longest wait for a page, in milliseconds: generous, since a busy machine is slow."""


class PatientBrowser:
    """A browser whose pages wait as long as ``PATIENCE_MS``."""

    def __init__(self, started: Any) -> None:
        self._started = started

    def new_context(self, **options: Any) -> Any:
        return _patient(self._started.new_context(**options))

    def new_page(self, **options: Any) -> Any:
        return _patient(self._started.new_page(**options))


def _patient(waiting: Any) -> Any:
    waiting.set_default_timeout(PATIENCE_MS)
    return waiting


def _missing(what: str) -> None:
    if os.environ.get("EMIGRE_NEED_BROWSER") == "1":
        pytest.fail(f"EMIGRE_NEED_BROWSER=1, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; tests are skipped with a message if there is none. With EMIGRE_NEED_BROWSER=1 they
    fail instead, so that no machine that should run them skips them.
    """
    path = next((result for name in BROWSERS if (result := shutil.which(name))), None)
    if path is None:
        _missing("no browser was found (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("Playwright is not installed (pip install 'emigre[test]')")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield PatientBrowser(started)
        started.close()
