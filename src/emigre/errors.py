"""The tree of errors.

EmigreError
├── InputError     a scenario, a variant or a setting has mistakes (all, each with its place)
├── BooksError     the integer books of a simulated day do not balance
└── ResultsError   a run folder is missing, incomplete or not in the expected shape
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace


class EmigreError(Exception):
    """Root of everything Emigre raises on purpose."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in an input: where it stands, what was found and what was expected.

    ``file`` is a path relative to the scenario, or an option of the command line such as
    ``--set``; ``line`` counts from 1 and is None when the mistake concerns the whole file;
    ``column`` is the name of a column of a table or of a key of a TOML file, empty when the whole
    row or file is meant. As text, an option is called by the argument of the Python interface that
    it stands for (``settings``); :meth:`on_command_line` keeps the option.
    """

    file: str
    line: int | None
    column: str
    found: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        if not self.file.startswith("--"):
            return self.on_command_line()
        words = (_as_arguments(part) for part in (self.file, self.expected, self.hint))
        file, expected, hint = words
        return replace(self, file=file, expected=expected, hint=hint).on_command_line()

    def on_command_line(self) -> str:
        """The mistake in the words of the command line."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if self.column:
            word = "column" if self.file.endswith(".csv") else "key"
            place = f"{place} {word} {self.column}"
        text = f"{place}: found {self.found}, expected {self.expected}"
        return printable(f"{text} ({self.hint})" if self.hint else text)


def warning_lines(warnings: Sequence[Mistake]) -> str:
    """Warnings as they are printed: how many there are, then one a line."""
    n = len(warnings)
    head = "1 warning" if n == 1 else f"{n} warnings"
    return "\n".join([f"{head} (legal, but probably not meant):", *(f"  {w}" for w in warnings)])


def command(*words: object) -> str:
    """A command line that can be copied: words with spaces or marks are quoted."""
    return shlex.join(str(word) for word in words)


_ARGUMENTS = {
    "set": "settings",
    "variant": "variants",
    "shift": "shifts",
    "from": "start",
    "to": "end",
    "cluster": "pool",
    "orders": "pairs",
}
"""Arguments that have another name than their option."""


def _as_arguments(text: str) -> str:
    """A text with the names of arguments in place of options."""

    def name(found: re.Match[str]) -> str:
        return _ARGUMENTS.get(found[1], found[1].replace("-", "_"))

    return re.sub(r"--([a-z][a-z-]*)", name, text)


def printable(text: str) -> str:
    """A text whose control marks and invisible letters are written out, such as ``\\x1b``.

    What stands in a file must neither steer a terminal nor hide in a message.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Write a line on standard error; that nobody can read it is no reason to stop."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def system_error(error: Exception) -> OSError | None:
    """What the system said, where a library tells it in an error of its own kind; else None.

    Polars ends such errors on ``(os error 28)``, where a disk is full for example.
    """
    if isinstance(error, OSError):
        return error
    code = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(code.group(1)), os.strerror(int(code.group(1)))) if code else None


class InputError(EmigreError):
    """What was given has mistakes; nothing was loaded. ``mistakes`` holds all of them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(mistakes)
        n = len(self.mistakes)
        head = "1 mistake" if n == 1 else f"{n} mistakes"
        super().__init__("\n".join([head + ":", *(f"  {m}" for m in self.mistakes)]))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Mistake, ...]]]:
        # The default would call InputError(message) when a worker process sends it home.
        return (type(self), (self.mistakes,))


class BooksError(EmigreError):
    """Persons appeared or vanished: a defect of the program, never of the input."""


class ResultsError(EmigreError):
    """A run folder cannot be read as results."""
