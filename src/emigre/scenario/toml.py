"""TOML files with the line of every key, for messages."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emigre.errors import InputError, Mistake
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.parsers import listed, nearest, quoted
from emigre.scenario.rows import read_text

LARGEST_TEXT = 4_000_000
"""Characters of a TOML file."""
MOST_PARTS = 16
"""Most names in a dotted key; the parser needs memory quadratic in this."""
LONGEST_KEY = 1_000
"""Characters of a dotted key."""

# Strings and comments contain no keys. An unclosed string ends with its line or the text, so that
# scanning is linear; the parser reports where it should have been closed.
_TOKEN = re.compile(
    r'''#[^\n]*|"""(?:\\.|(?!""")[^\\])*+(?:""")?|\'\'\'(?:(?!\'\'\').)*+(?:\'\'\')?'''
    r"""|(?P<name>"(?:\\[^\n]|[^"\\\n])*+"?|'[^'\n]*+'?|[\w-]+)"""
    r"""|(?P<dot>\.)|(?P<space>[ \t]+)|(?P<equals>=)|.""",
    re.DOTALL,
)
_TOO_LONG = re.compile(r"\d{4301}")
"""Digits of an integer that Python refuses to read."""
_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*+("[^"]*+"\s*+|'[^']*+'\s*+|[\w.-][\w.\s-]*+)=""")
_ROW = re.compile(r"(.+)\[\d+\]", re.DOTALL)
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file: its name, content, the line of each dotted key, and the mistakes in it."""

    file: str
    content: Mapping[str, Any]
    lines: Mapping[str, int]
    mistakes: list[Mistake] = field(default_factory=list)

    def report(self, key: str, found: str, expected: str, hint: str = "") -> None:
        """Report the value of a key."""
        location = SourceLocation(self.file, line_of(self.lines, key), key)
        self.mistakes.append(location.mistake(found, expected, hint))

    def report_value(self, key: str, value: object, expected: str, hint: str = "") -> None:
        """Report a value, which is quoted."""
        self.report(key, "no value" if value is None else quoted_value(value), expected, hint)

    def check_keys(
        self,
        content: Mapping[str, Any],
        known: Collection[str],
        prefix: str = "",
        elsewhere: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Report unknown keys; ``elsewhere`` gives a hint for keys that another table has."""
        for key in content:
            if key not in known:
                hint = elsewhere(key) or nearest(key, known) or f"known keys: {listed(known)}"
                self.report(f"{prefix}{key}", quoted(key), "a known key", hint)

    def table(self, key: str) -> Mapping[str, Any]:
        """A table of the file; empty if it is missing, or (with a mistake) something else."""
        given = self.content.get(key, {})
        if isinstance(given, dict):
            return given
        self.report_value(key, given, f"a table [{key}]")
        return {}


def read_toml(path: Path, file: str) -> TomlFile:
    """Read a TOML file; InputError if it is invalid."""
    text = read_text(path, file)
    _check_size(text, file)
    try:
        # Mistakes in a last line without its end would have no line.
        return TomlFile(file, tomllib.loads(f"{text}\n"), key_lines(text))
    except (ValueError, RecursionError) as error:
        hint, line = _flaw(error, text)
        raise InputError(Mistake(file, "invalid TOML", "valid TOML", hint, line=line)) from None


def _flaw(error: Exception, text: str) -> tuple[str, int | None]:
    """What is wrong with the text of a file, and in which line, if that is known."""
    if isinstance(error, RecursionError):
        return "nested too deeply", None
    at = re.search(r"line (\d+)", str(error))
    number = _TOO_LONG.search(text)
    if at is None and number is not None:
        return "a number of too many digits", text.count("\n", 0, number.start()) + 1
    return re.sub(r" \(at .*\)$", "", str(error)), int(at.group(1)) if at else None


def _check_size(text: str, file: str) -> None:
    """InputError unless a text and its keys can be parsed in reasonable memory."""
    if len(text) > LARGEST_TEXT:
        expected = f"a file of at most {LARGEST_TEXT} characters"
        raise InputError(Mistake(file, f"{len(text)} characters", expected))
    parts, begin, end, is_after_dot = 0, 0, 0, False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "name":
            parts, begin = (parts + 1, begin) if is_after_dot else (1, token.start())
            end = token.end()
        is_key = parts > 1 or kind == "equals"  # other names may be values of any length
        if is_key and (parts > MOST_PARTS or end - begin > LONGEST_KEY):
            line = text.count("\n", 0, begin) + 1
            expected = f"a key of at most {MOST_PARTS} names and {LONGEST_KEY} characters"
            raise InputError(Mistake(file, quoted(text[begin:end]), expected, line=line))
        is_after_dot = kind == "dot" or (kind == "space" and is_after_dot)


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of every key by dotted name; tables of an array are numbered."""
    lines: dict[str, int] = {}
    numbers: dict[str, int] = {}
    section = ""
    quotes = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quotes:
            quotes = "" if quotes in line else quotes
            continue
        header = _HEADER.fullmatch(line)
        key = _KEY.match(line)
        if header:
            section = _dotted(header.group(1))
            if line.lstrip().startswith("[["):
                numbers[section] = numbers.get(section, 0) + 1
                lines.setdefault(section, number)
                section = f"{section}[{numbers[section]}]"
            _note(lines, section, number)
        elif key:
            name = _dotted(key.group(1))
            _note(lines, f"{section}.{name}" if section else name, number)
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quotes = mark
    return lines


def _note(lines: dict[str, int], key: str, number: int) -> None:
    """Record the line of a key and of the tables it opens first."""
    while key:
        lines.setdefault(key, number)
        key = key.rpartition(".")[0]


def line_of(lines: Mapping[str, int], key: str) -> int | None:
    """The line of a key, or of the nearest table that holds it; None for the whole file."""
    while key not in lines and key:
        row = _ROW.fullmatch(key)
        key = row[1] if row else key.rpartition(".")[0]
    return lines.get(key)


def _dotted(text: str) -> str:
    return ".".join(
        next(p for p in parts if p or parts == ("", "", "")) for parts in _PART.findall(text)
    )


def is_number(value: object) -> bool:
    """Whether a TOML value is a finite number."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < float("1e300")
    )


def quoted_value(value: object) -> str:
    """A TOML value, formatted for messages."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number without end" if abs(value) >= 1e300 else repr(value)
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else quoted(value)
