"""Changes of the files of a folder."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def replace_text(path: Path, old: str, new: str, count: int = -1) -> None:
    """Replace a text, which the file must have, everywhere or ``count`` times."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} does not have {old}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def edit_rows(path: Path, change: Callable[[list[Row]], Iterable[Row]]) -> None:
    """Rewrite the rows of a table, which may get further columns."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or ()), list(change(list(reader)))
    columns = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
