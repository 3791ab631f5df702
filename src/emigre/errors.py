"""Exceptions.

EmigreError
├── InputError     a scenario, variant or setting is invalid (holds every mistake with its place)
├── BooksError     the accounts of a simulated day do not balance
└── ResultsError   a run folder is missing, incomplete or malformed
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, replace
from typing import Self


class EmigreError(Exception):
    """Base class of all exceptions that Emigre raises on purpose."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in an input: its place, what was found and what was expected.

    ``file`` is a path relative to the scenario, or an option of the command line such as ``--set``.
    ``line`` counts from 1 and is None if the mistake concerns the whole file. ``column`` is a
    column of a table or a key of a TOML file, empty if the mistake concerns the whole row or file.

    ``str`` replaces the names of options by those of Python arguments (``--set`` by ``settings``);
    :meth:`on_command_line` keeps them.
    """

    file: str
    found: str
    expected: str
    hint: str = ""
    _: KW_ONLY
    line: int | None = None
    column: str = ""

    def __str__(self) -> str:
        is_option = self.file.startswith("--") or self.file == "SCENARIO"
        file = _as_arguments(self.file.lower()) if is_option else self.file
        expected, hint = map(_as_arguments, (self.expected, self.hint))
        return replace(self, file=file, expected=expected, hint=hint).on_command_line()

    def on_command_line(self) -> str:
        """Message with the names of command-line options."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if self.column:
            is_table = self.file.endswith((".csv", ".tsv", ".xlsx")) or ".xlsx sheet " in self.file
            word = "column" if is_table else "key"
            place = f"{place} {word} {self.column}"
        found = self.found or '""'
        text = f"{place}: found {found}, expected {self.expected}"
        return printable(f"{text} ({self.hint})" if self.hint else text)


def warning_lines(warnings: Sequence[Mistake], most: int | None = None) -> str:
    """Warnings as printed by commands: a heading with their number, then one per line.

    If there are more than ``most``, a last line says where the others are.
    """
    n = len(warnings)
    head = "1 warning" if n == 1 else f"{n} warnings"
    lines = [f"  {warning.on_command_line()}" for warning in warnings[:most]]
    if len(lines) < n:
        lines.append(f"  and {n - len(lines)} more: emigre check lists those of a scenario")
    return "\n".join([f"{head} (valid, but probably not intended):", *lines])


def command(*words: object) -> str:
    """A command line to copy; words with spaces or special characters are quoted."""
    return shlex.join(str(word) for word in words)


_ARGUMENTS = {
    "set": "settings",
    "variant": "variants",
    "shift": "shifts",
    "from": "start",
    "to": "end",
    "cluster": "pool",
    "fit": "refit",
    "method": "shares",
    "method=sobol": "shares=True",
    "orders": "pairs",
    "world": "worlds",
}
"""Python arguments named differently from their option."""


def _as_arguments(text: str) -> str:
    """Replace options in a text by Python arguments, values as in ``--dates=day-first`` too.

    >>> _as_arguments("--dates=day-first, or --method=sobol; see --as-of")
    'dates="day-first", or shares=True; see as_of'
    """

    def argument(match: re.Match[str]) -> str:
        option, value = match.groups()
        if match[0][2:] in _ARGUMENTS:
            return _ARGUMENTS[match[0][2:]]
        name = _ARGUMENTS.get(option, option.replace("-", "_"))
        return f'{name}="{value}"' if value else name

    return re.sub(r"--([a-z][a-z-]*)(?:=([\w-]+))?", argument, text)


def printable(text: str) -> str:
    r"""Escape non-printable characters, such as ``\x1b``.

    Text from files must neither control the terminal nor hide in a message.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Write a line to standard error; ignore it if that is closed."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def system_error(error: Exception) -> OSError | None:
    """The operating system's error behind an exception, or None.

    Polars raises errors of its own that end in ``(os error 28)``, for example if the disk is full.
    """
    if isinstance(error, OSError):
        return error
    code = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(code.group(1)), os.strerror(int(code.group(1)))) if code else None


class InputError(EmigreError):
    """Invalid input; ``mistakes`` holds all mistakes."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        n = len(mistakes)
        head = "1 mistake" if n == 1 else f"{n} mistakes"
        super().__init__("\n".join([head + ":", *(f"  {m}" for m in self.mistakes)]))

    def __reduce__(self) -> tuple[type[Self], tuple[Mistake, ...]]:
        # The default calls InputError(message) when a worker process returns the exception.
        return (type(self), self.mistakes)


def refuse(mistakes: Iterable[Mistake]) -> None:
    """InputError with all mistakes, if there are any."""
    if mistakes := tuple(mistakes):
        raise InputError(*mistakes)


@contextmanager
def collecting(mistakes: list[Mistake]) -> Iterator[None]:
    """Leave the block at an InputError, and add its mistakes to a list."""
    try:
        yield
    except InputError as error:
        mistakes += error.mistakes


class BooksError(EmigreError):
    """People were created or lost in a simulated day: a bug, not a mistake in the input."""


class ResultsError(EmigreError):
    """A run folder cannot be read or written."""

    def __str__(self) -> str:
        return self.on_command_line().replace("--force", "force=True")

    def on_command_line(self) -> str:
        """Message with the names of command-line options."""
        return super().__str__()
