"""Verdict on a folder: it runs with balanced accounts, is refused, or shows a defect."""

import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

import emigre
from emigre.adapters.flee import import_folder
from emigre.engine import api
from emigre.errors import InputError, Mistake
from emigre.results.checks import check
from emigre.scenario.examination import examine
from emigre.scenario.loader import load

RAN, REFUSED, DEFECT = "ran", "refused", "defect"
LONGEST = 900
"""Maximum number of characters of a message."""
WHOLE_FILE = (
    "no file",
    "no value",
    "no rows",
    "no place of kind",
    "shares that sum to",
    "an unknown file",
    "an unreadable file",
    *("a workbook", "a PDF file", "a compressed file", "a web page"),  # instead of a table
    "no places",
    "no camp",
    "no conflict on any day",
    "no people in any conflict place",
    "no such road",
    "no such file",
    "bytes",
    "days",
    "invalid TOML",
    "lines",
)
"""Beginnings of what was found where no single line is to blame."""
SECONDS = 60
"""Processor time."""
MOST_PARTIES = 500_000


class TooSlowError(Exception):
    """A mutant took too long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result; ``words`` describes the defect, ``mistakes`` holds the messages."""

    what: str
    words: str = ""
    mistakes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def judge(folder: Path, *, days: int, scale: int | None, whole: bool) -> Verdict:
    """Check and simulate a scenario folder or a conflict folder of Flee, without any leniency.

    ``days`` are simulated at ``scale`` (the scenario's own if None; none are if ``days`` is 0).
    ``whole``: through ``emigre.run``, tables and their contract included.
    """
    try:
        with _patience(), warnings.catch_warnings():
            warnings.simplefilter("error")
            return _judged(folder, days, scale, whole)
    except TooSlowError:
        return Verdict(DEFECT, "hangs")
    except InputError as error:
        return _refused(folder, error.mistakes)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        ours = [f for f in traceback.extract_tb(error.__traceback__) if "emigre" in f.filename]
        own = f" from {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
        return Verdict(DEFECT, f"{type(error).__name__} at {where}{own}: {str(error)[:200]}")


def _judged(folder: Path, days: int, scale: int | None, whole: bool) -> Verdict:
    scenario_folder = folder
    if (folder / "input_csv").exists() or (folder / "source_data").exists():
        scenario_folder = folder.with_name(f"{folder.name}-imported")
        import_folder(folder, scenario_folder)
        result = examine(scenario_folder)
        if result.mistakes:
            return Verdict(DEFECT, f"imported, but not a scenario: {result.mistakes[0]}")
    else:
        result = examine(folder)
        if result.mistakes:
            return _refused(folder, result.mistakes)
    if days:
        _simulate(scenario_folder, days, scale, whole)
    return Verdict(RAN)


def _simulate(folder: Path, days: int, scale: int | None, whole: bool) -> None:
    scenario = load(folder)
    last = min(scenario.end, scenario.start + timedelta(days=days - 1))
    scenario = load(folder, end=last)
    people = int(scenario.tables["places"]["population"].sum() or 0)
    people += int(scenario.tables["present"]["persons"].sum() or 0)
    # A large world is right and takes its time: here fewer parties stand for it.
    scale = max(scenario.scale if scale is None else scale, people // MOST_PARTIES)
    if whole:
        check(emigre.run(scenario, runs=2, scale=scale, workers=1))
        return
    counts = api.simulate(api.compile_scenario(scenario, scale=scale), 1, 0)
    for name, values in counts.values.items():
        if (values < 0).any():
            raise AssertionError(f"{name} is negative")
    for name, (total, weight) in counts.means.items():
        if not np.isfinite(total).all() or (weight < 0).any():
            raise AssertionError(f"{name} is no number")


def _refused(folder: Path, mistakes: tuple[Mistake, ...]) -> Verdict:
    told = tuple(str(m) for m in mistakes)
    files = tuple(m.file for m in mistakes)
    if not mistakes:
        return Verdict(DEFECT, "refused without a word")
    for mistake, text in zip(mistakes, told, strict=True):
        wrong = _unclear(folder, mistake, text)
        if wrong:
            return Verdict(DEFECT, f"{wrong}: {text[:300]!r}", told, files)
    return Verdict(REFUSED, "", told, files)


def _unclear(folder: Path, mistake: Mistake, text: str) -> str:
    """Defects of a message; empty if it is acceptable."""
    if not text.isprintable():
        return "unprintable message"
    if len(text) > LONGEST:
        return "message without end"
    if not mistake.file or not mistake.found or not mistake.expected:
        return "message with a part missing"
    if str(folder) in text:
        return "message with a path of this machine"
    path = folder / mistake.file
    if mistake.line is None and path.is_file():
        said = mistake.found
        if not any(beginning in said for beginning in WHOLE_FILE):
            return "message without a line"
    if mistake.line is not None and path.is_file():
        n_lines = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        if not 1 <= mistake.line <= n_lines:
            return f"message with line {mistake.line} of {n_lines}"
    return ""


@contextmanager
def _patience() -> Iterator[None]:
    """Give up after a while (between two calls of kernels, which cannot be interrupted)."""

    def give_up(*_: object) -> None:
        raise TooSlowError

    is_main = threading.current_thread() is threading.main_thread()
    with ringing(SECONDS, give_up) if is_main and hasattr(signal, "SIGPROF") else nullcontext():
        yield


@contextmanager
def ringing(seconds: float, ring: Callable[..., None]) -> Iterator[None]:
    """Call ``ring`` after so much time."""
    before = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    set_timers(seconds)
    try:
        yield
    finally:
        set_timers(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def set_timers(seconds: float) -> None:
    """Ring after so much processor time, of which other work on the machine takes nothing.

    Also after ten times as long by the clock, in case something waits without end.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
