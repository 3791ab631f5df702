"""Shared parts of the commands: application, error reporting and progress.

Exit codes: 0 success; 1 the run failed, or results cannot be read or written; 2 invalid input
(one mistake per line on standard error); 130 interrupted.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from emigre.errors import (
    EmigreError,
    InputError,
    Mistake,
    ResultsError,
    command,
    printable,
    say,
    system_error,
    warning_lines,
)
from emigre.results.text import counted
from emigre.version import VERSION

if TYPE_CHECKING:
    from emigre.ensemble.pool import Pool
    from emigre.ensemble.progress import Silent
    from emigre.scenario.model import Scenario

INTERRUPTED = 130
_LONGEST = 500
"""Characters of the first sentence of a command's help."""
_RESUME = "; finished runs are kept, rerun the same command to resume"

F = TypeVar("F", bound=Callable[..., Any])


class _Command(TyperCommand):
    """A command that rejects repeated options, and an option given as the value of another."""

    def make_parser(self, ctx: Any) -> Any:
        """The option parser; its usage errors report every mistake."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_once(args: list[str]) -> tuple[Any, list[str], list[Any]]:
            values, left, order = parse(args)
            twice = {
                f"{'/'.join((*each.opts, *each.secondary_opts))} is given {order.count(each)} times"
                for each in order
                if order.count(each) > 1 and not each.multiple and each.param_type_name == "option"
            }
            known = {
                name for each in self.get_params(ctx) for name in (*each.opts, *each.secondary_opts)
            }
            lost = {
                f"{each.opts[0]} has no value, but is followed by {value}"
                for each in order
                if each.param_type_name == "option"
                for value in _texts(values.get(each.name))
                if value in known
            }
            if twice or lost:
                ctx.fail("; ".join(sorted(twice | lost)))
            return values, left, order

        parser.parse_args = parse_once  # type: ignore[method-assign]
        return parser


def _texts(value: object) -> list[str]:
    """Texts given to an option."""
    texts = value if isinstance(value, list) else [value]
    return [text for text in texts if isinstance(text, str)]


class Group(TyperGroup):
    """A command group whose help shows the first sentence of each command in full."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write names and first sentences, over several lines if needed."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, each.get_short_help_str(_LONGEST)) for name, each in commands if each]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Commands(typer.Typer):
    """A command group that rejects repeated options, unless they are repeatable.

    Help and usage errors are plain text: importing Rich takes half of the time of ``--help``.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**({"cls": Group} | settings), rich_markup_mode=None)

    def __call__(self, args: Sequence[str] | None = None, **settings: Any) -> Any:
        """Run a command line; only the command that it names is built."""
        words = sys.argv[1:] if args is None else args
        alone = copy(self)
        alone.registered_commands = [c for c in self.registered_commands if name_of(c) in words[:1]]
        alone.registered_groups = [g for g in self.registered_groups if g.name in words[:1]]
        is_known = alone.registered_commands or alone.registered_groups
        return super(Commands, alone if is_known else self).__call__(args, **settings)

    def command(self, *args: Any, **settings: Any) -> Callable[[F], F]:
        """Register a command."""
        return super().command(*args, **({"cls": _Command} | settings))


def name_of(command: typer.models.CommandInfo) -> str:
    """The name by which a command is called."""
    return command.name or command.callback.__name__  # type: ignore[union-attr]


app = Commands(
    name="emigre",
    help="Forecast displacement: who leaves a country, by which route, and where they go.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f"emigre {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Forecast displacement: who leaves a country, by which route, and where they go."""
    del version  # handled by its callback
    if isinstance(sys.stdout, io.TextIOWrapper):  # escape what the encoding lacks
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def plain_errors(*, resumable: bool = False) -> Iterator[None]:
    """Print errors without a traceback; a rerun continues interrupted ``resumable`` work."""
    try:
        yield
    except InputError as error:
        for mistake in error.mistakes:
            say(mistake.on_command_line())
        say(f"{counted(len(error.mistakes), 'mistake')}.")
        raise typer.Exit(2) from None
    except EmigreError as error:
        text = error.on_command_line() if isinstance(error, ResultsError) else str(error)
        say("\n".join(map(printable, text.splitlines())))
        raise typer.Exit(1) from None
    except BrokenPipeError:  # the reader closed the pipe
        raise
    except OSError as error:
        _report_system_error(error, resumable=resumable)
        raise typer.Exit(1) from None
    except MemoryError:
        more = "simulate more people per party (--scale) or fewer runs in parallel (--workers)"
        say(f"Not enough memory: {more}.")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        say(f"Interrupted{_RESUME if resumable else ''}.")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        os_error = system_error(error)
        if os_error is None:  # a bug: the traceback helps
            raise
        _report_system_error(os_error, resumable=resumable)
        raise typer.Exit(1) from None


def _is_readable(path: Path) -> bool:
    """Whether a path, or its nearest existing parent folder, can be read."""
    known = next(each for each in (path, *path.absolute().parents) if os.path.lexists(each))
    return os.access(known, os.R_OK | os.X_OK if known.is_dir() else os.R_OK)


def _report_system_error(error: OSError, *, resumable: bool) -> None:
    """Report an operating-system error with a hint."""
    hint = ""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
        hint = f" (free some disk space{_RESUME if resumable else ''})"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        hint = " (choose a writable folder)"
        if error.filename and not _is_readable(Path(os.fsdecode(error.filename))):
            hint = " (check its permissions)"
    elif error.errno in (errno.EEXIST, errno.ENOTDIR):
        hint = " (a file is in the place of a folder)"
    say(printable(f"{error.filename or 'a file'}: {error.strerror or error}{hint}"))


@contextmanager
def drawing(folder: Path) -> Iterator[None]:
    """Draw in separate processes; a failure is reported, with the results kept."""
    from emigre.charts.drawing import start

    start()  # unless it began with the simulation
    try:
        yield
    except Exception as error:
        os_error = system_error(error)
        if os_error is None:
            raise
        raise ResultsError(
            f"{folder} is complete, but its report or charts could not be written "
            f"({os_error.strerror}): {command('emigre', 'report', folder)}"
        ) from None


def progress(quiet: bool) -> Silent:
    """Context manager: a progress listener that writes to standard error."""
    from emigre.ensemble.progress import Bar, Silent

    return Silent() if quiet else Bar()


_MOST_WARNINGS = 20
"""Warnings that a simulation prints, so that its results stay in sight."""


def say_warnings(quiet: bool, *scenarios: Scenario, scale: int | None = None) -> None:
    """Print the warnings of scenarios simulated at a scale, each once, unless ``quiet``."""
    if quiet:
        return
    from emigre.scenario.checks.sizes import warnings_at

    if warnings := list(dict.fromkeys(w for each in scenarios for w in warnings_at(each, scale))):
        say(warning_lines(warnings, _MOST_WARNINGS))


def prepare_report(chart: bool, bar: Silent) -> None:
    """Prepare scores and, if ``chart``, the report while workers simulate.

    Not earlier, because reading the scenario and starting workers need two cores. A single run then
    leaves a core idle until its first day.
    """
    bar.meanwhile = _prepare_page if chart else _prepare_scores


def _prepare_page() -> None:
    from emigre.charts import drawing
    from emigre.report import page

    drawing.start()
    drawing.svg({"data": {"values": []}, "mark": "point"})  # waits until drawing has started
    page.prepare()
    import_module("rich.table")


def _prepare_scores() -> None:
    from emigre.evaluation import scoring

    scoring.library()


@contextmanager
def open_pool(
    processes: bool | None, cluster: str | None, workers: int | None, runs: int | None = None
) -> Iterator[Pool]:
    """Pool in which to simulate; it stays open after the simulation.

    Worker processes start at once, and load the engine while this one reads the scenario.
    """
    from emigre.ensemble import process

    name = cluster if processes is None else "processes" if processes else "threads"
    if processes is not None and cluster:
        raise InputError(Mistake("--cluster", cluster, f"either --{name} or --cluster"))
    if name in (None, "processes"):
        process.start_ahead(workers, runs)
    try:
        from emigre.ensemble import executors

        with executors.open_pool(name, workers) as pool:
            yield pool
    finally:
        process.end_ahead()


@contextmanager
def simulating(
    quiet: bool,
    processes: bool | None,
    cluster: str | None,
    workers: int | None,
    out: Path | None,
    force: bool,
    *,
    runs: int | None = None,
) -> Iterator[tuple[Silent, dict[str, Any]]]:
    """Progress listener of a command that is resumed by running it again.

    The mapping holds the arguments that say where to simulate, where to write, and how to show
    progress.
    """
    with (
        plain_errors(resumable=True),
        progress(quiet) as bar,
        open_pool(processes, cluster, workers, runs) as pool,
    ):
        where: dict[str, Any] = {"workers": workers, "pool": pool, "progress": bar}
        yield bar, where | {"out": out, "shelf": None if out else "runs", "force": force}
