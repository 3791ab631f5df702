"""TOML files with the line of every key, so that a mistake in one can be found again."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from emigre.errors import Mistake
from emigre.scenario.cells import listed, nearest, quoted
from emigre.scenario.sheets import read_text

_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w.\s-]+?))\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def read_toml(
    path: Path, file: str, mistakes: list[Mistake]
) -> tuple[dict[str, Any], dict[str, int]] | None:
    """The content of a TOML file and the line of each dotted key; None if it is not TOML."""
    text = read_text(path, file, mistakes)
    if text is None:
        return None
    try:
        return tomllib.loads(text), key_lines(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        at = re.search(r"line (\d+)", str(error))
        words = re.sub(r" \(at .*\)$", "", str(error)) or "it is nested too deeply"
        line = int(at.group(1)) if at else None
        mistakes.append(Mistake(file, line, "", "text that is not TOML", "TOML", words))
        return None


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of every key by its dotted name; tables of an array carry their number."""
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
    """Write down the line of a key and of every table that it is the first to open."""
    while key:
        lines.setdefault(key, number)
        key = key.rpartition(".")[0]


def line_of(lines: Mapping[str, int], key: str) -> int | None:
    """The line of a key, or of the nearest table that holds it; None for the whole file."""
    while key not in lines and "." in key:
        key = key.rpartition(".")[0]
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
) -> None:
    """Report every key that is not among the known ones."""
    for key in content:
        if key not in known:
            name = f"{prefix}{key}"
            hint = nearest(key, known) or f"known keys: {listed(known)}"
            mistakes.append(
                Mistake(file, line_of(lines, name), name, quoted(key), "a known key", hint)
            )
