"""Draws of uncertain parameters, one per row.

    run,base_leaving_per_day,pressure_mobilisation,pressures.war.leaving
    0,2.1e-06,1.04,1.9
    1,3.3e-06,0.87,2.2

A column is a parameter of the model or of a kind (``pressure_KIND``, ``travel_KIND``), or a cell
TABLE.ID.COLUMN that holds a number. Run r of an ensemble uses row r (cycling after the last)
in every variant, so that variants differ only in their changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.errors import InputError, Mistake
from emigre.scenario.drafts import OF_A_KIND, PARAMETERS_KNOWN
from emigre.scenario.library import POSTERIOR
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import as_number, bounds_words, nearest, outside, plain, quoted
from emigre.scenario.rows import read_text
from emigre.scenario.texts import keys_of

_ROW = "run"
OWN_VALUES = "none"
"""Value of ``draws`` for the scenario's own values."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """``values`` (n, n_names): one row a draw, one column a parameter or cell of ``names``."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    origin: str = ""

    def __len__(self) -> int:
        return len(self.values)

    def of_run(self, run: int) -> dict[str, float]:
        """The values of a run."""
        return dict(zip(self.names, self.values[run % len(self)].tolist(), strict=True))

    def text(self) -> str:
        """The table as CSV; reading it gives the same bits."""
        lines = [",".join((_ROW, *self.names))]
        lines += [
            ",".join((str(i), *(repr(v) for v in row)))
            for i, row in enumerate(self.values.tolist())
        ]
        return "\n".join(lines) + "\n"


def read_draws(path: Path) -> Draws:
    """Read a table of draws; InputError with every cell that is not a number."""
    mistakes: list[Mistake] = []
    text = read_text(path, str(path), mistakes)
    if text is None:
        raise InputError(mistakes)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        found = f"an invalid table ({error})"
        raise InputError([Mistake(str(path), None, "", found, "a table of draws")]) from None
    names = [name for name in (rows[0] if rows else []) if name != _ROW]
    if not names or len(rows) < 2 or len(set(names)) < len(names):
        expected = "a header of different parameters and at least one row"
        raise InputError([Mistake(str(path), 1, "", "something else", expected)])
    skip = rows[0].index(_ROW) if _ROW in rows[0] else None
    values = np.full((len(rows) - 1, len(names)), np.nan)
    for line, row in enumerate(rows[1:], start=2):
        cells = [cell for i, cell in enumerate(row) if i != skip]
        if len(cells) != len(names):
            found = f"{len(cells)} values"
            mistakes.append(Mistake(str(path), line, "", found, f"{len(names)} values"))
            continue
        for i, cell in enumerate(cells):
            number = as_number(cell)
            if number is None:
                mistakes.append(Mistake(str(path), line, names[i], quoted(cell), "a number"))
            else:
                values[line - 2, i] = number
    if mistakes:
        raise InputError(mistakes)
    return Draws(tuple(names), values, str(path))


def draws_of(scenario: Scenario, asked: Draws | str | Path | None = None) -> Draws | None:
    """The draws for runs of a scenario: those given, else the posterior in its folder.

    ``asked`` may be the path of a table of draws; ``none`` means the scenario's own values.
    Variants and as-of scenarios also use the posterior of their folder, with their changes applied
    to every draw.
    """
    if asked is not None:
        return _asked_for(asked)
    path = None if scenario.folder is None else scenario.folder / POSTERIOR
    if path is None or not path.is_file():
        return None
    found = read_draws(path)
    return Draws(found.names, found.values, f"{POSTERIOR} of {scenario.id}")


def _asked_for(asked: Any) -> Draws | None:
    if isinstance(asked, Draws):
        return asked
    if isinstance(asked, str) and asked == OWN_VALUES:
        return None
    if isinstance(asked, str | Path) and Path(asked).is_file():
        return read_draws(Path(asked))
    expected = f'the file of a table of draws, or "{OWN_VALUES}"'
    raise InputError([Mistake("--draws", None, "", quoted(asked), expected)])


def in_effect(draws: Draws, scenario: Scenario) -> Draws | None:
    """The columns of draws that apply to the scenario; None if no column does.

    Columns of removed rows, or of values set by a patch, do not apply.
    """
    asked = _asked(scenario)
    taken = [
        i
        for i, name in enumerate(draws.names)
        if name not in asked and bounds_of(scenario, name) is not None
    ]
    if not taken:
        return None
    names = tuple(draws.names[i] for i in taken)
    return Draws(names, draws.values[:, taken], draws.origin)


def _asked(scenario: Scenario) -> set[str]:
    """Parameters and cells set by patches."""
    return {name for patch in scenario.applied for name in patch.set}


def check_draws(draws: Draws, scenario: Scenario) -> None:
    """InputError unless every column is known to the scenario and every value lies in its bounds.

    Unknown columns are ignored in a patched or as-of scenario, where the row may have been
    removed.
    """
    mistakes: list[Mistake] = []
    for name, values in zip(draws.names, draws.values.T, strict=True):
        bounds = bounds_of(scenario, name)
        if bounds is None and (scenario.applied or scenario.as_of):
            continue
        if bounds is None:
            expected = PARAMETERS_KNOWN
            hint = nearest(name, scenario.parameters)
            mistakes.append(Mistake(draws.origin, 1, name, quoted(name), expected, hint))
            continue
        for i, value in enumerate(values.tolist()):
            if not np.isfinite(value) or outside(value, *bounds):
                found = plain(value) if np.isfinite(value) else str(value)
                expected = bounds_words("a number", *bounds)
                mistakes.append(Mistake(draws.origin, i + 2, name, found, expected))
    if mistakes:
        raise InputError(mistakes)


def bounds_of(scenario: Scenario, name: str) -> tuple[float | None, float | None] | None:
    """Lowest and highest value of a parameter or cell; None if there is no such number."""
    if "." in name:
        found = _cell(scenario, name)
        if found is None:
            return None
        column = schema.columns(found[0])[found[2]]
        return (column.low, column.high) if column.kind in ("number", "integer") else None
    if name not in scenario.parameters:
        return None
    spec = schema.parameters().get(name)
    if spec is None:
        return next(ends[1:] for known, ends in OF_A_KIND.items() if name.startswith(known))
    return spec.low, spec.high


def _cell(scenario: Scenario, name: str) -> tuple[str, list[int], str] | None:
    """Table, rows and column of TABLE.ID.COLUMN."""
    table, _, rest = name.partition(".")
    key, _, column = rest.rpartition(".")
    if table not in scenario.tables or column not in scenario.tables[table].columns:
        return None
    keys = keys_of(table, scenario.tables[table], scenario.zone)
    rows = [i for i, k in enumerate(keys) if k == key]
    return (table, rows, column) if rows else None


def believed(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with a draw of parameters and cells, which must have passed :func:`check_draws`.

    Values set by a patch are not overridden. Integer cells are rounded.
    """
    parameters = dict(scenario.parameters)
    tables = dict(scenario.tables)
    cells: dict[str, list[tuple[Sequence[int], str, float]]] = {}
    asked = _asked(scenario)
    for name, value in values.items():
        if name in asked:
            continue
        found = _cell(scenario, name)
        if found is not None:
            cells.setdefault(found[0], []).append((found[1], found[2], value))
        elif name in parameters:
            parameters[name] = value
    for table, changes in cells.items():
        tables[table] = _written(tables[table], table, changes)
    return changed(scenario, parameters=parameters, tables=tables)


def _written(
    frame: pl.DataFrame, table: str, changes: list[tuple[Sequence[int], str, float]]
) -> pl.DataFrame:
    for rows, column, value in changes:
        number = round(value) if schema.columns(table)[column].kind == "integer" else value
        cells = frame[column].to_list()
        for row in rows:
            cells[row] = number
        frame = frame.with_columns(pl.Series(column, cells, frame.schema[column]))
    return frame
