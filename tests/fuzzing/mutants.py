"""Mutations of a folder that imitate mistakes of people and spreadsheets.

A mutation takes a random generator and a folder and returns a description of its change, or None if
it does not apply. Everything is determined by the seed.
"""

import csv
import io
import random
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from fuzzing.texts import DATES, EXTREMES, FORMATS, NUMBERS, SETTINGS, WORDS, YAML

Mutation = Callable[[random.Random, Path], str | None]
Rows = list[list[str]]


def _pick(rng: random.Random, folder: Path, *endings: str) -> Path | None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in endings)
    files = [p for p in files if p.name not in ("posterior.csv", "posterior.json", "NOTES.md")]
    return rng.choice(files) if files else None


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _table(rng: random.Random, folder: Path) -> tuple[Path, Rows] | None:
    path = _pick(rng, folder, ".csv")
    if path is None:
        return None
    try:
        rows = list(csv.reader(io.StringIO(_read(path), newline="")))
    except csv.Error:
        return None
    return (path, rows) if len(rows) > 1 and all(rows) else None


def of_a_table(change: Callable[[random.Random, Path, Rows], str | None]) -> Mutation:
    """The mutation of a folder that changes one of its tables."""

    @wraps(change)
    def mutation(rng: random.Random, folder: Path) -> str | None:
        table = _table(rng, folder)
        return None if table is None else change(rng, *table)

    return mutation


def _save(path: Path, rows: Rows, delimiter: str = ",", end: str = "\n") -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    _write(path, out.getvalue())


def _cell(rng: random.Random, rows: Rows) -> tuple[int, int]:
    row = rng.randrange(1, len(rows))
    return row, rng.randrange(len(rows[row]))


def _new_text(rng: random.Random, old: str, rows: Rows, column: int) -> str:
    """A wrong text for a cell that looks like the original."""
    same = [r[column] for r in rows[1:] if column < len(r)]
    is_number = re.fullmatch(r"-?\d+(\.\d+)?", old) is not None
    is_date = re.match(r"\d{4}-\d\d-\d\d", old) is not None
    kinds = ["word", "other cell", "typo"]
    kinds += ["number"] * (5 if is_number else 1) + ["date"] * (5 if is_date else 1)
    kinds += ["same column"] * 2 + (["scaled"] * 4 if is_number else []) + ["empty"]
    kind = rng.choice(kinds)
    if kind == "number":
        return rng.choice(NUMBERS)
    if kind == "date":
        return rng.choice(DATES)
    if kind == "word":
        return rng.choice(WORDS)
    if kind == "other cell":
        return rng.choice(rng.choice(rows[1:]))
    if kind == "same column":
        return rng.choice(same or [""])
    if kind == "scaled":
        return f"{float(old) * rng.choice((-1, 0.001, 0.5, 10, 1000, 1e6)):.10g}"
    return "" if kind == "empty" else _slip(rng, old)


def _slip(rng: random.Random, text: str) -> str:
    """A slip of the fingers: a letter lost, doubled, swapped, or its case."""
    if not text:
        return "x"
    at = rng.randrange(len(text))
    return rng.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
            text.swapcase(),
            text + " ",
            " " + text,
        )
    )


@of_a_table
def change_cell(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """One cell gets another text."""
    row, column = _cell(rng, rows)
    if column >= len(rows[row]):
        return None
    old = rows[row][column]
    rows[row][column] = _new_text(rng, old, rows, column)
    _save(path, rows)
    return f"{path.name}:{row + 1} cell {column + 1}: {old!r} -> {rows[row][column]!r}"


@of_a_table
def change_column(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """All cells of a column get one text, or their units change."""
    column = rng.randrange(len(rows[0]))
    text = _new_text(rng, rows[1][column] if column < len(rows[1]) else "", rows, column)
    factor = rng.choice((None, None, -1, 0, 0.001, 100, 1000, 1e6, 1e9))
    for row in rows[1:]:
        if column < len(row):
            if factor is None:
                row[column] = text
            elif re.fullmatch(r"-?\d+(\.\d+)?", row[column]):
                row[column] = f"{float(row[column]) * factor:.10g}"
    _save(path, rows)
    return f"{path.name} column {rows[0][column]}: all {text if factor is None else factor}"


@of_a_table
def go_to_extremes(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """Numbers of a column are the largest or smallest that its cells take."""
    column = rng.randrange(len(rows[0]))
    extreme = rng.choice(EXTREMES)
    share = rng.choice((0.2, 1.0))
    changed = 0
    for row in rows[1:]:
        is_number = column < len(row) and re.fullmatch(r"-?\d+(\.\d+)?|", row[column])
        if is_number and rng.random() < share:
            row[column] = extreme
            changed += 1
    _save(path, rows)
    return f"{path.name} column {rows[0][column]}: {extreme} in {changed} rows" if changed else None


@of_a_table
def move_rows(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """Rows are lost, doubled, shuffled, cut short, made longer or put in between."""
    head, body = rows[0], rows[1:]
    at = rng.randrange(len(body))
    what = rng.choice(
        ("lose", "double", "shuffle", "cut", "longer", "header", "all", "many", "blank", "total")
    )
    if what == "lose":
        del body[at]
    elif what == "double":
        body.insert(rng.randrange(len(body) + 1), list(body[at]))
    elif what == "shuffle":
        rng.shuffle(body)
    elif what == "cut":
        body[at] = body[at][: rng.randrange(len(body[at]))]
    elif what == "longer":
        body[at] = [*body[at], *rng.choices(WORDS, k=rng.randrange(1, 5))]
    elif what == "header":
        body.insert(at, list(head))
    elif what == "all":
        body = []
    elif what == "many":
        body = body * rng.choice((2, 20))
    elif what == "blank":
        body.insert(at, [""] * rng.choice((1, len(head), 40)))
    else:
        body.append(["Total", *["1"] * (len(head) - 1)])
    _save(path, [head, *body])
    return f"{path.name}: rows {what} {at + 2}"


@of_a_table
def move_columns(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """Columns are lost, renamed, doubled, swapped, added, or their cells merged as in a sheet."""
    at = rng.randrange(len(rows[0]))
    what = rng.choice(("lose", "rename", "double", "swap", "add", "merged", "title", "slip"))
    name = rows[0][at]
    if what == "lose":
        rows = [r[:at] + r[at + 1 :] for r in rows]
    elif what == "rename":
        rows[0][at] = rng.choice((*WORDS, "persons", "value", "note", name.upper()))
    elif what == "double":
        rows = [[*r, r[at] if at < len(r) else ""] for r in rows]
    elif what == "swap":
        other = rng.randrange(len(rows[0]))
        for row in rows[1:]:
            if max(at, other) < len(row):
                row[at], row[other] = row[other], row[at]
    elif what == "add":
        rows = [[*r, rng.choice(WORDS)] for r in rows]
    elif what == "merged":
        rows = [["" if i > at else c for i, c in enumerate(rows[0])], *rows]
    elif what == "title":
        rows = [["My table", *[""] * (len(rows[0]) - 1)], *rows]
    else:
        rows[0][at] = _slip(rng, name)
    _save(path, rows)
    return f"{path.name}: columns {what} {name}"


@of_a_table
def save_as(rng: random.Random, path: Path, rows: Rows) -> str | None:
    """A spreadsheet saves the table its own way."""
    what = rng.choice(FORMATS)
    if what == "semicolon":
        body = [[re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", c) for c in r] for r in rows]
        _save(path, body, ";")
    elif what == "tab":
        _save(path, rows, "\t")
    elif what == "crlf":
        _save(path, rows, end="\r\n")
    elif what == "cr":
        _save(path, rows, end="\r")
    elif what == "commas":
        _save(path, [[re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", c) for c in r] for r in rows])
    elif what == "quotes":
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
        _write(path, out.getvalue())
    else:
        text = _read(path)
        data = {
            "bom": lambda: b"\xef\xbb\xbf" + text.encode("utf-8", "replace"),
            "bom2": lambda: b"\xef\xbb\xbf" * 2 + text.encode("utf-8", "replace"),
            "latin1": lambda: (text + "é").encode("latin-1", "replace"),
            "utf16": lambda: text.encode("utf-16", "replace"),
            "utf16le": lambda: text.encode("utf-16-le", "replace"),
            "nul": lambda: text.encode("utf-8", "replace").replace(b"e", b"\0", 1),
            "html": lambda: b"<html><table><tr><td>id</td></tr></table></html>",
            "ods": lambda: (
                b"PK\x03\x04\x14\x00\x00\x08" + bytes(rng.randrange(256) for _ in range(99))
            ),
            "sep": lambda: b"sep=,\n" + text.encode("utf-8", "replace"),
        }[what]()
        path.write_bytes(data)
    return f"{path.name}: saved as {what}"


def damage_bytes(rng: random.Random, folder: Path) -> str | None:
    """Bytes of a file are changed, lost or put in; as a disk or a transfer damages it."""
    path = _pick(rng, folder, ".csv", ".toml", ".yml")
    if path is None or not path.stat().st_size:
        return None
    data = bytearray(path.read_bytes())
    what = rng.choice(("flip", "cut", "put", "lose", "twice", "empty", "newlines", "quote"))
    at = rng.randrange(len(data))
    if what == "flip":
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif what == "cut":
        del data[at:]
    elif what == "put":
        data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 6)))
    elif what == "lose":
        del data[at : at + rng.randrange(1, 40)]
    elif what == "twice":
        data *= 2
    elif what == "empty":
        data = bytearray()
    elif what == "newlines":
        data[at:at] = b"\n" * rng.randrange(1, 50)
    else:
        data[at:at] = rng.choice((b'"', b"'", b'"""', b"[", b"]", b"{", b"=", b"#", b"\\"))
    path.write_bytes(bytes(data))
    return f"{path.name}: bytes {what} at {at}"


def move_files(rng: random.Random, folder: Path) -> str | None:
    """A file is missing, in another's place, under another name, or a folder."""
    path = _pick(rng, folder, ".csv", ".toml", ".yml")
    other = _pick(rng, folder, ".csv", ".toml", ".yml")
    if path is None or other is None:
        return None
    what = rng.choice(("lose", "other", "rename", "folder", "extra", "case", "link"))
    if what == "other":
        path.write_bytes(other.read_bytes())
    elif what == "rename":
        path.rename(path.with_name(_slip(rng, path.stem).replace("/", "") + path.suffix))
    elif what == "extra":
        (path.parent / f"{path.stem} (1){path.suffix}").write_bytes(path.read_bytes())
    elif what == "case":
        path.rename(path.with_name(path.name.swapcase()))
    else:
        path.unlink()
        if what == "folder":
            path.mkdir()
        elif what == "link":
            path.symlink_to(path.name)
    return f"{path.name}: file {what}"


def change_setting(rng: random.Random, folder: Path) -> str | None:
    """A value or key of a TOML or YAML file is another, double, or gone."""
    path = _pick(rng, folder, ".toml", ".yml")
    if path is None:
        return None
    lines = _read(path).split("\n")
    sign, values = ("=", SETTINGS) if path.suffix == ".toml" else (":", YAML)
    at = rng.choice([i for i, line in enumerate(lines) if line.strip()] or [0])
    what = rng.choice(("value", "value", "value", "key", "lose", "double", "indent", "section"))
    key = lines[at].partition(sign)[0]
    if what == "value":
        lines[at] = f"{key}{sign} {rng.choice(values)}"
    elif what == "key":
        lines[at] = _slip(rng, key) + lines[at][len(key) :]
    elif what == "lose":
        del lines[at]
    elif what == "double":
        lines.insert(at, lines[at])
    elif what == "indent":
        lines[at] = "  " * rng.randrange(1, 4) + lines[at]
    else:
        names = ("[run]", "[parameters]", "[set]", "[[set]]", "[a.b]", "[[add.rules]]", "[remove]")
        lines.insert(at, rng.choice(names))
    _write(path, "\n".join(lines))
    return f"{path.name}:{at + 1} {what}: {lines[at][:60] if at < len(lines) else ''!r}"


def go_in_circles(rng: random.Random, folder: Path) -> str | None:
    """Routes of no length, of all lengths, back to where they began, and round in circles."""
    for name in ("legs.csv", "input_csv/routes.csv"):
        path = folder / name
        if path.is_file():
            break
    else:
        return None
    rows = [r for r in csv.reader(io.StringIO(_read(path), newline="")) if r]
    if len(rows) < 3:
        return None
    ends = [0, 1]
    if "from" in rows[0] and "to" in rows[0]:
        ends = [rows[0].index("from"), rows[0].index("to")]
    width = max(ends) + 1
    body = [r for r in rows[1:] if len(r) >= width]
    if len(body) < 2:
        return None
    what = rng.choice(("circle", "all pairs", "back", "zero", "self"))
    places = sorted({r[at] for r in body for at in ends})
    chosen = rng.sample(places, min(len(places), 7))
    pairs = {
        "circle": list(zip(chosen, chosen[1:] + chosen[:1], strict=True)),
        "all pairs": [(a, b) for a in chosen for b in chosen if a != b],
        "back": [(r[ends[1]], r[ends[0]]) for r in body],
        "self": [(a, a) for a in chosen],
        "zero": [],
    }[what]
    new = []
    for a, b in pairs:
        row = list(rng.choice(body))
        row[ends[0]], row[ends[1]] = a, b
        new.append(row)
    if what == "zero":
        body = [[re.sub(r"^\d+(\.\d+)?$", "0", c) for c in r] for r in body]
    there = {(r[ends[0]], r[ends[1]]) for r in body}
    body += [r for r in new if (r[ends[0]], r[ends[1]]) not in there]
    _save(path, [rows[0], *body])
    return f"{path.name}: {what} of {len(chosen)}"


MUTATIONS: tuple[tuple[Mutation, int], ...] = (
    (change_cell, 12),
    (change_column, 4),
    (go_to_extremes, 4),
    (move_rows, 3),
    (move_columns, 3),
    (save_as, 2),
    (damage_bytes, 3),
    (move_files, 1),
    (change_setting, 5),
    (go_in_circles, 1),
)
"""What can happen to a folder, and how often."""


def mutate(rng: random.Random, folder: Path) -> list[str]:
    """Change a folder in one place, sometimes in a few; returns a description."""
    done: list[str] = []
    wanted = rng.choice((1, 1, 1, 2, 4))
    kinds, weights = zip(*MUTATIONS, strict=True)
    for _ in range(50):
        if len(done) == wanted:
            break
        words = rng.choices(kinds, weights)[0](rng, folder)
        if words is not None:
            done.append(words)
    return done
