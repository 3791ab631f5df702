"""What all commands share: the application, its errors, its progress, its page.

Exit codes: 0 done; 1 the run failed or its results cannot be read or written; 2 what was given
has mistakes (each on a line of its own, on standard error); 130 interrupted.
"""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emigre.errors import (
    EmigreError,
    InputError,
    Mistake,
    ResultsError,
    command,
    printable,
    say,
    system_error,
)
from emigre.version import VERSION

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from emigre.ensemble.progress import Bar, Silent
    from emigre.scenario.model import Scenario

INTERRUPTED = 130
_PIPE_WIDTH = 160
"""Width of tables where there is no terminal to ask."""

app = typer.Typer(
    name="emigre",
    help="Forecasts who leaves a country in a displacement crisis, by which way, and where to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"emigre {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Forecasts who leaves a country in a displacement crisis, by which way, and where to."""
    del version  # its callback has said it and left
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a page of codes lacks is written out
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def plain_errors(*, goes_on: bool = False) -> Iterator[None]:
    """Say what went wrong without a traceback, and leave with its code.

    ``goes_on``: the command, given again, takes up what was done before an interruption.
    """
    try:
        yield
    except InputError as error:
        for mistake in error.mistakes:
            say(mistake.on_command_line())
        n = len(error.mistakes)
        say("1 mistake." if n == 1 else f"{n} mistakes.")
        raise typer.Exit(2) from None
    except EmigreError as error:
        say("\n".join(map(printable, str(error).splitlines())))
        raise typer.Exit(1) from None
    except BrokenPipeError:  # whoever reads has had enough
        raise
    except OSError as error:
        _say_system(error, goes_on=goes_on)
        raise typer.Exit(1) from None
    except MemoryError:
        say(
            "Not enough memory: let one party stand for more people (--scale), or simulate fewer "
            "runs side by side (--workers)."
        )
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        kept = "; what was simulated is kept, the same command goes on" if goes_on else ""
        say(f"Interrupted{kept}.")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        found = system_error(error)
        if found is None:  # a defect of the program: its traceback is what helps
            raise
        _say_system(found, goes_on=goes_on)
        raise typer.Exit(1) from None


def _say_system(error: OSError, *, goes_on: bool) -> None:
    """What the system refused, and the way on."""
    hint = ""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
        kept = "; what was simulated is kept, the same command goes on" if goes_on else ""
        hint = f" (make room on the disk{kept})"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        hint = " (choose a folder that you may write to)"
    words = f"{error.filename or 'a file'}: {error.strerror or error}{hint}"
    say(printable(words))


@contextmanager
def drawing(folder: Path) -> Iterator[None]:
    """Page and charts of results that are complete without them."""
    try:
        yield
    except Exception as error:
        found = system_error(error)
        if found is None:
            raise
        raise ResultsError(
            f"{folder} is complete, but its page or charts could not be written "
            f"({found.strerror}): {command('emigre', 'report', folder)}"
        ) from None


@contextmanager
def progress(quiet: bool) -> Iterator[Bar | Silent]:
    """Whoever tells how far the work has come, on standard error."""
    from emigre.ensemble.progress import Bar, Silent

    with Silent() if quiet else Bar() as bar:
        yield bar


def new_console() -> Console:
    """A page to print on: as wide as the terminal, or as a table needs where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def say_where(console: Console, words: str, folder: Path) -> None:
    """Where results lie; a path may hold what is a mark of style elsewhere."""
    from rich.markup import escape

    console.print(f"{words} [bold]{escape(str(folder))}[/bold]", soft_wrap=True)


def say_command(console: Console, *words: object, note: str = "") -> None:
    """A command on a line of its own, which is not broken."""
    console.print(f"  {command(*words)}{note}", markup=False, soft_wrap=True)


def new_table(title: str | None = None) -> Table:
    """A table without rules between its rows, with its title in bold at the left."""
    from rich import box
    from rich.table import Table

    return Table(title=title, box=box.SIMPLE, title_justify="left", title_style="bold")


def pool(processes: bool, cluster: str | None) -> str:
    """Where to simulate, as ``emigre.run`` takes it."""
    return cluster or ("processes" if processes else "threads")


def parsed_days(scenario: Scenario, first: str | None, after: str | None) -> tuple[date, date]:
    """Half-open days from ``--from`` and ``--to``; those of the scenario if not given."""
    from emigre.calendar import parse_date

    mistakes: list[Mistake] = []
    end = scenario.end + timedelta(days=1)
    days = [scenario.start, end]
    for i, (flag, text) in enumerate((("--from", first), ("--to", after))):
        if text is not None:
            try:
                days[i] = parse_date(text)
            except ValueError as error:
                mistakes.append(Mistake(flag, None, "", f'"{text}"', str(error)))
                continue
            if not scenario.start <= days[i] <= end:
                expected = f"a day from {scenario.start} to {end}"
                mistakes.append(Mistake(flag, None, "", text, expected))
    if not mistakes and days[1] <= days[0]:
        expected = f"a day after {days[0]} (it is not counted)"
        mistakes.append(Mistake("--to", None, "", str(days[1]), expected))
    if mistakes:
        raise InputError(mistakes)
    return days[0], days[1]
