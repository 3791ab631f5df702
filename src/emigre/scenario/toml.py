"""TOML files with the line of every key, for messages."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from emigre.errors import Mistake
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
_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*+("[^"]*+"\s*+|'[^']*+'\s*+|[\w.-][\w.\s-]*+)=""")
_ROW = re.compile(r"(.+)\[\d+\]", re.DOTALL)
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def read_toml(
    path: Path, file: str, mistakes: list[Mistake]
) -> tuple[dict[str, Any], dict[str, int]] | None:
    """The content of a TOML file and the line of each dotted key; None if invalid."""
    text = read_text(path, file, mistakes)
    if text is None or not _is_bounded(text, file, mistakes):
        return None
    try:
        return tomllib.loads(text), key_lines(text)
    except (ValueError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        words = re.sub(r" \(at .*\)$", "", str(error)) or "nested too deeply"
        line = int(at.group(1)) if at else None
        mistakes.append(Mistake(file, "invalid TOML", "valid TOML", words, line=line))
        return None


def _is_bounded(text: str, file: str, mistakes: list[Mistake]) -> bool:
    """Whether a text and its keys can be parsed in reasonable memory."""
    if len(text) > LARGEST_TEXT:
        expected = f"a file of at most {LARGEST_TEXT} characters"
        mistakes.append(Mistake(file, f"{len(text)} characters", expected))
        return False
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
            mistakes.append(Mistake(file, quoted(text[begin:end]), expected, line=line))
            return False
        is_after_dot = kind == "dot" or (kind == "space" and is_after_dot)
    return True


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


def check_keys_known(
    content: Mapping[str, Any],
    known: Collection[str],
    file: str,
    lines: Mapping[str, int],
    mistakes: list[Mistake],
    prefix: str = "",
    elsewhere: Callable[[str], str] = lambda _: "",
) -> None:
    """Report unknown keys; ``elsewhere`` gives a hint for keys that another table has."""
    for key in content:
        if key not in known:
            name = f"{prefix}{key}"
            hint = elsewhere(key) or nearest(key, known) or f"known keys: {listed(known)}"
            location = SourceLocation(file, line_of(lines, name), name)
            mistakes.append(location.mistake(quoted(key), "a known key", hint))
