"""Run a command line: it succeeds, is refused with a reason, or shows a defect."""

import io
import os
import re
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from fuzzing import arguments
from fuzzing.campaign import ROOT, TESTS, Tally
from fuzzing.verdicts import DEFECT, RAN, REFUSED, TooSlowError, Verdict, ringing, set_timers

STOPPED, LONG = "stopped", "interrupted"
"""Results could not be read or written (code 1); at work until it was interrupted (code 130)."""
PATIENCE_SECONDS, GIVE_UP_SECONDS = 8, 40
"""Processor time."""
MOST_LETTERS = 1500
"""Of one line of a message."""
HXL = "#adm1+code,#adm1+name,#population,#geo+lat,#geo+lon\nVS01,East,1000,50.0,10.5\n"
TABLES = {
    "finder": "Year,coo_iso,coa_iso,Total\n2030,VES,NORDAL,5\n",
    "portal": "Country,date,individuals\nNORDAL,2030-03-08,120\n",
    "dtm": "admin1Name,reportingDate,numPresentIdpInd\nHILLS,2030-03-08,120\n",
    "hapi": "location_code,reference_period_start,reference_period_end,population\n"
    "NORDAL,2030-03-08,2030-03-08,120\n",
    "idmc": "iso3,displacement_date,figure\nCITY,2030-03-08,120\n",
    "events": "event_date,event_type,admin1\n05 March 2030,Battles,HILLS\n",
}
"""Tables of agencies, by the name of their file."""
COUNTS = "#country+code,#date,#affected+refugees\nNORDAL,2030-03-08,120\n"


def make_bench(folder: Path) -> None:
    """A folder ``bench`` of objects that command lines can name: runs, scenarios, files."""
    from emigre.cli import app

    bench = folder / "bench"
    shutil.copytree(ROOT / "src" / "emigre" / "examples" / "tiny", bench / "mine")
    shutil.copytree(bench / "mine", bench / "broken")
    (bench / "broken" / "legs.csv").write_text("from,to\n", "utf-8")
    shutil.copytree(TESTS / "adapters" / "valley", bench / "valley")
    (bench / "hxl.csv").write_text(HXL, "utf-8")
    (bench / "counts.csv").write_text(COUNTS, "utf-8")
    for name, text in TABLES.items():
        (bench / f"{name}.csv").write_text(text, "utf-8")
    (bench / "variant.toml").write_text('title = "T"\n[parameters]\npatience_days = 20\n', "utf-8")
    (bench / "broken.toml").write_text("title = \n", "utf-8")
    (bench / "latin.toml").write_bytes('title = "é"\n'.encode("latin-1"))
    (bench / "draws.csv").write_text("patience_days\n20\n25\n", "utf-8")
    (bench / "empty").mkdir()
    days = ["--end", "2030-03-15", "--runs", "2", "--quiet", "--no-chart", "--out"]
    few = ["--runs", "1", "--scale", "100", "--quiet", "--no-chart", "--out"]
    commands = (
        ["run", "tiny", *days, str(bench / "run")],
        ["compare", "tiny", "--variant", "wider-pass", *days, str(bench / "compared")],
        ["import", "flee", str(bench / "valley"), str(bench / "ground")],
        ["run", str(bench / "ground"), *few, str(bench / "camps")],
    )
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for words in commands:
            app(words, standalone_mode=False)
    shutil.copytree(bench / "run", bench / "cut")
    (bench / "cut" / "daily.parquet").write_bytes(b"PAR1")


def judge(words: Sequence[str], bench: Path, patience: int = PATIENCE_SECONDS) -> Verdict:
    """Run a command line in a fresh folder with a copy of the bench, and judge the result.

    It is interrupted after ``patience`` seconds of processor time.
    """
    with tempfile.TemporaryDirectory(prefix="line-") as home:
        shutil.copytree(bench / "bench", Path(home) / "bench")
        # A folder comes before what ships under its name: fit --store must not write there.
        shutil.copytree(bench / "bench" / "mine", Path(home) / "tiny")
        before = Path.cwd()
        os.chdir(home)
        try:
            return _judged(words, Path(home), patience)
        finally:
            os.chdir(before)


def _judged(words: Sequence[str], home: Path, patience: int) -> Verdict:
    from emigre.cli import app

    # As an interpreter has them: a text that is no UTF-8 cannot be printed, but can be said.
    printed = io.TextIOWrapper(io.BytesIO(), "utf-8")
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)
    code: Any = 0
    try:
        with (
            _interrupted_after(patience),
            _desk_that_is_not_served(),
            redirect_stdout(printed),
            redirect_stderr(said),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            app(list(words))
            printed.flush()
    except SystemExit as leaving:
        code = leaving.code or 0
    except TooSlowError:
        return Verdict(DEFECT, "hangs")
    except KeyboardInterrupt:
        return Verdict(DEFECT, "an interruption ends in a traceback")
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f for f in frames if "emigre" in f.filename] or frames
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        return Verdict(DEFECT, f"{type(error).__name__} at {place}: {str(error)[:200]}")
    return _of_code(code, said.buffer.getvalue().decode(), home)


def _of_code(code: Any, said: str, home: Path) -> Verdict:
    """The verdict on an exit code and the text on standard error."""
    told = tuple(line for line in said.splitlines() if line.strip())
    if "Traceback" in said:
        return Verdict(DEFECT, f"traceback: {said[-200:]}", told)
    if code == 0:
        left = sorted(p.name for p in home.rglob("*.partial"))
        return Verdict(DEFECT, f"left behind: {left}", told) if left else Verdict(RAN, "", told)
    if code == 130:
        return Verdict(LONG, "", told)
    if code not in (1, 2):
        return Verdict(DEFECT, f"exit code {code}: {said[-200:]}", told)
    wrong = _unclear(code, told, home)
    if wrong:
        return Verdict(DEFECT, f"{wrong}: {said[-300:]!r}", told)
    return Verdict(REFUSED if code == 2 else STOPPED, "", told)


def _unclear(code: int, told: Sequence[str], home: Path) -> str:
    """Defects of the message with which a command line was refused."""
    text = "\n".join(told)
    if not told:
        return "refused without a word"
    if any(len(line) > MOST_LETTERS for line in told):
        return "message without end"
    if not all(line.isprintable() for line in told):
        return "unprintable message"
    if str(home) in text:
        return "message with a path of this machine"
    if "Not enough memory" in text:
        return "memory asked for before it was judged"
    if code == 2:
        usage = re.search(r"Usage: |requires an argument|does not take a value", text) is not None
        result = re.search(r": found .+, expected .+", text, re.DOTALL) is not None
        return "" if usage or result else "message without found and expected"
    return "" if re.search(r"\w+ \w+", text) else "message of a word"


@contextmanager
def _interrupted_after(seconds: int) -> Iterator[None]:
    """Interrupt a long command, as people would; it hangs if that does not end it."""
    is_interrupted = False

    def ring(*_: object) -> None:
        nonlocal is_interrupted
        if is_interrupted:
            raise TooSlowError
        is_interrupted = True
        set_timers(GIVE_UP_SECONDS)
        raise KeyboardInterrupt

    with ringing(seconds, ring):
        yield


@contextmanager
def _desk_that_is_not_served() -> Iterator[None]:
    """A desk opens its folders and its socket, and closes."""
    from emigre.web import serve

    def close(desk: serve.Desk, **_: object) -> None:
        desk.socket.close()

    kept = serve.Desk.serve
    serve.Desk.serve = close  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        serve.Desk.serve = kept  # type: ignore[method-assign]


def try_chunk(numbers: Sequence[int]) -> Tally:
    """Give command lines one after the other, with a bench of their own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        make_bench(Path(folder))
        return try_many(numbers, Path(folder))


def try_many(numbers: Sequence[int], bench: Path) -> Tally:
    """Give command lines one after the other; the tally counts them by command."""
    tally = Tally()
    for number in numbers:
        words = arguments.line(number)
        begun = time.perf_counter()
        verdict = judge(words, bench)
        if verdict.what == LONG:
            tally.long.append(f"{number} {words}")
        tally.add(words[0], number, [" ".join(words)], verdict)
        took = time.perf_counter() - begun
        tally.slowest = max(tally.slowest, (took, f"{number} {words}"))
    return tally


def tried(number: int) -> tuple[list[str], Verdict]:
    """Give the command line of one number."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        make_bench(Path(folder))
        words = arguments.line(number)
        return words, judge(words, Path(folder))
