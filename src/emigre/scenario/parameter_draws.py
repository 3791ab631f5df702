"""Draws of uncertain parameters, one per row.

    run,base_leaving_per_day,pressure_mobilisation,pressures.war.leaving
    0,2.1e-06,1.04,1.9
    1,3.3e-06,0.87,2.2

A column is a parameter of the model, ``pressure_KIND``, ``half_life_KIND``, or a cell
TABLE.ID.COLUMN that holds a number. Run r of an ensemble uses row r (cycling after the last)
in every variant, so that variants differ only in their changes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any, Union

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emigre import schema
from emigre.errors import InputError, Mistake, refuse
from emigre.numerics.array_types import F64
from emigre.results.output_dir import as_path
from emigre.results.residuals import Residuals, residuals_in
from emigre.results.text import counted
from emigre.scenario import arguments
from emigre.scenario.cells import NUMERIC, canonical
from emigre.scenario.csv_files import SourceLocation
from emigre.scenario.drafts import PARAMETERS_KNOWN, kind_of
from emigre.scenario.library import POSTERIOR, POSTERIOR_INFO
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import as_number, bounds_words, listed, nearest, plain, quoted
from emigre.scenario.priors import NO_RANGE, bounds_of, prior_values, priors_of
from emigre.scenario.rows import csv_text, read_rows
from emigre.scenario.tables import split_name
from emigre.scenario.texts import cell_of

_ALL = (-np.inf, np.inf)
_ROW = "run"
_IN_ORDER = f"rows are in the order of runs (the column {_ROW} may be left out)"
OWN_VALUES, PRIOR = "none", "prior"
"""Values of ``draws``: the scenario's own values, and draws of its ranges."""
PRIOR_DRAWS = 1000
"""Draws of the prior; longer ensembles use them again."""
PRIOR_RANGES = "the prior ranges"
"""Beginning of the origin of draws from the prior."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of uncertain parameters; run r of an ensemble uses row r.

    Attributes
    ----------
    names : tuple of str
        Names of the parameters and cells.
    values : array of shape (n_draws, n_names)
        One row per draw.
    origin : str
        Description of their source.
    fit : str
        ``posterior.json`` of the fit that gave the draws, empty for other draws.
    """

    names: tuple[str, ...]
    values: F64
    origin: str = "an array in memory"
    fit: str = ""

    def __post_init__(self) -> None:
        is_several = arguments.is_several(self.names)
        names, values = tuple(self.names) if is_several else (), np.asarray(self.values)
        # Neither texts nor yes and no are numbers, although NumPy would make them numbers.
        is_table = values.ndim == 2 and values.size > 0 and values.dtype.kind in "iuf"
        if not is_table or values.shape[1] != len(names) or len(set(names)) < len(names):
            of = listed(map(str, names)) or "no parameter"
            found = f"an array {values.shape} of {values.dtype} for {of}"
            expected = "different parameters, a column of numbers for each, and at least one row"
            raise InputError(Mistake("--draws", found, expected))
        object.__setattr__(self, "names", names)
        values = values.astype(np.float64)
        values.flags.writeable = False  # draws are hashed by their values
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Draws) and self._bits() == other._bits()

    def __hash__(self) -> int:
        return hash(self._bits())

    def _bits(self) -> tuple[tuple[str, ...], bytes]:
        """Names and values; not the text, which takes long to write."""
        return self.names, self.values.tobytes()

    @property
    def residuals(self) -> tuple[Residuals, ...]:
        """Residuals of the fit that gave the draws; none for other draws."""
        return residuals_in(self.fit)

    def of_run(self, run: int) -> dict[str, float]:
        """The values that a run uses."""
        mistakes: list[Mistake] = []
        arguments.whole("run", run, 0, 2**63 - 1, mistakes, needed=True)
        refuse(mistakes)
        return dict(zip(self.names, self.values[run % len(self)].tolist(), strict=True))

    def frame(self) -> pl.DataFrame:
        """The draws as a frame, one column each."""
        return pl.DataFrame(dict(zip(self.names, self.values.T, strict=True)))

    def __repr__(self) -> str:
        return f"Draws({len(self)} of {listed(self.names)}, from {self.origin})"

    def text(self) -> str:
        """The table as CSV text, from which exactly the same values can be read."""
        rows = ((i, *map(repr, row)) for i, row in enumerate(self.values.tolist()))
        return csv_text([(_ROW, *self.names), *rows])


DrawsLike = Union[Draws, str, "PathLike[str]", NDArray[Any], "pl.DataFrame", Mapping[str, Any]]
"""Types accepted as ``draws``: a table of draws, its path, ``prior`` or ``none``."""


def read_draws(path: Path) -> Draws:
    """Read a table of draws; InputError with every cell that is not a number."""
    mistakes: list[Mistake] = []
    rows = read_rows(path, str(path))
    names = rows.lines[0].cells if rows.lines else ()
    lines = rows.lines[1:]
    taken = [name for name in names if name != _ROW]
    if not taken or not lines or len(set(names)) < len(names):
        expected = "a header of different parameters and at least one row"
        raise InputError(Mistake(str(path), "something else", expected, line=1))
    expected = counted(len(names), "value")
    refuse(
        Mistake(str(path), counted(len(line.cells), "value"), expected, line=line.number)
        for line in lines
        if len(line.cells) != len(names)
    )
    texts = {name: [line.cells[i] for line in lines] for i, name in enumerate(names)}
    texts = canonical(texts, dict.fromkeys(taken, "number"), rows.delimiter)
    values = np.zeros((len(lines), len(taken)))
    for row, line in enumerate(lines):
        location = SourceLocation(str(path), line.number, _ROW)
        if _ROW in names and texts[_ROW][row] != str(row):
            expected = f"{row}: {_IN_ORDER}"
            mistakes.append(location.mistake(texts[_ROW][row], expected))
        for i, name in enumerate(taken):
            number = as_number(texts[name][row])
            if number is None:
                found = quoted(texts[name][row])
                mistakes.append(replace(location, column=name).mistake(found, "a number"))
            else:
                values[row, i] = number
    refuse(mistakes)
    fit = ""
    with suppress(OSError, ValueError):
        fit = path.with_name(POSTERIOR_INFO).read_text(encoding="utf-8")
    return Draws(tuple(taken), values, str(path), fit)


def draws_of(
    scenario: Scenario | str | PathLike[str], source: DrawsLike | None = None, *, seed: int = 1
) -> Draws | None:
    """Draws of uncertain parameters, as runs of a scenario use them.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, its name or folder.
    source : Draws, frame, mapping, array, str or path, optional
        One row per draw: a Polars or pandas frame or a mapping with a column for each parameter,
        ``pressure_KIND``, ``half_life_KIND`` or cell TABLE.ID.COLUMN; an array (n, k) with the
        uncertain parameters in the order of ``scenario.toml``; or the path of a table. ``prior``
        draws the ranges in ``scenario.toml``, ``none`` means the scenario's own values. Without a
        source: the posterior in the scenario's folder if there is one, else the prior. Variants and
        as-of scenarios also use the posterior of their folder, with their changes applied to every
        draw.
    seed : int, default 1
        Random seed of draws from the prior.

    Returns
    -------
    Draws or None
        ``names`` and ``values`` (n, k); None if every run has the scenario's own values.

    Raises
    ------
    InputError
        If the source is not a table of numbers, or a value lies outside the bounds of its
        parameter.
    """
    mistakes: list[Mistake] = []
    arguments.whole("--seed", seed, 0, 2**63 - 1, mistakes, needed=True)
    refuse(mistakes)
    scenario = load(scenario)
    drawn = _default_draws(scenario, seed) if source is None else _asked_for(scenario, source, seed)
    if drawn is None:
        return None
    check_draws(drawn, scenario)
    if source is not None and set(drawn.names) <= _asked(scenario):
        found = f"draws of {listed(drawn.names)}, set by a setting or a variant"
        raise InputError(Mistake("--draws", found, "draws of a parameter that is not set"))
    return drawn if in_effect(drawn, scenario) is not None else None


def _default_draws(scenario: Scenario, seed: int) -> Draws | None:
    path = None if scenario.folder is None else scenario.folder / POSTERIOR
    if path is None or not path.is_file():
        return prior_draws(scenario, seed)
    draws = read_draws(path)
    return replace(draws, origin=f"{POSTERIOR} of {scenario.id}")


def prior_draws(scenario: Scenario, seed: int) -> Draws | None:
    """Draws of the ranges in ``scenario.toml``, a function of the seed; None without ranges."""
    priors = priors_of(scenario)
    if not len(priors):
        return None
    values = prior_values(priors, PRIOR_DRAWS, seed)
    return Draws(priors.names, values, f"{PRIOR_RANGES} of {scenario.id}")


def _asked_for(scenario: Scenario, asked: Any, seed: int) -> Draws | None:
    if isinstance(asked, Draws):
        return asked
    if isinstance(asked, str) and asked == OWN_VALUES:
        return None
    if isinstance(asked, str) and asked == PRIOR:
        drawn = prior_draws(scenario, seed)
        if drawn is None:
            hint = "a value that is set has no range" if _asked(scenario) else ""
            raise InputError(Mistake("--draws", *NO_RANGE, hint))
        return drawn
    path = as_path(asked)
    if path is not None and path.is_file():
        return read_draws(path)
    if isinstance(asked, np.ndarray):
        return _of_array(scenario, _numbers(asked))
    asked = arguments.as_frame(asked)
    is_lazy = hasattr(asked, "collect")
    if not is_lazy and (isinstance(asked, Mapping) or hasattr(asked, "columns")):
        return _of_frame(asked)
    expected = f'a table of draws or its file, "{PRIOR}" or "{OWN_VALUES}"'
    found, hint = "a lazy frame" if is_lazy else quoted(asked), ""
    if path is not None and (path / POSTERIOR).is_file():
        hint = f"{path / POSTERIOR} is such a file"
    elif hasattr(asked, "draws"):
        hint = "posterior.draws() returns those of a posterior"
    raise InputError(Mistake("--draws", found, expected, hint))


def _of_frame(frame: Any) -> Draws:
    """Draws from the columns of a frame or mapping; a column ``run`` is not a parameter."""
    if _ROW in getattr(frame, "columns", frame):
        numbers = np.asarray(frame[_ROW]).tolist()
        if numbers != list(range(np.size(numbers))):
            raise InputError(Mistake("--draws", quoted(numbers), f"0, 1, 2 ...: {_IN_ORDER}"))
    labels = [name for name in getattr(frame, "columns", frame) if name != _ROW]
    try:
        values = np.stack([_numbers(frame[label]) for label in dict.fromkeys(labels)], axis=-1)
    except (TypeError, ValueError):  # no columns, or of different length
        values = np.zeros(0)
    return Draws(tuple(map(str, labels)), values, "a table in memory")


def _numbers(column: Any) -> NDArray[Any]:
    """A column as an array: exact numbers become floats, masked ones nan."""
    values: Any = np.ma.asarray(column)
    if values.dtype == object and all(isinstance(v, Decimal | Fraction) for v in values.flat):
        values = values.astype(np.float64)
    if np.ma.is_masked(values):
        values = values.astype(np.float64).filled(np.nan)
    return np.asarray(values)


def _of_array(scenario: Scenario, array: NDArray[Any]) -> Draws:
    names = priors_of(scenario).names
    if array.ndim != 2 or not array.size or array.shape[1] != len(names):
        expected = f"an array (n, {len(names)}): {listed(names) or 'no parameter has a range'}"
        raise InputError(Mistake("--draws", f"an array {array.shape}", expected))
    return Draws(names, array)


def in_effect(draws: Draws, scenario: Scenario) -> Draws | None:
    """Columns that apply: of no removed row, not set by a patch; None if there are none."""
    asked = _asked(scenario)
    taken = [
        i
        for i, name in enumerate(draws.names)
        if name not in asked and bounds_of(scenario, name) is not None
    ]
    if not taken:
        return None
    return replace(draws, names=tuple(draws.names[i] for i in taken), values=draws.values[:, taken])


def _asked(scenario: Scenario) -> set[str]:
    """Parameters and cells set by patches."""
    return {name for patch in scenario.applied for name in patch.set}


def check_draws(draws: Draws, scenario: Scenario) -> None:
    """InputError for values out of bounds, and for columns unknown even before any patch."""
    mistakes: list[Mistake] = []
    for name, values in zip(draws.names, draws.values.T, strict=True):
        bounds = bounds_of(scenario, name)
        if bounds is None and _may_be_removed(scenario, name):
            continue
        if bounds is None:
            hint = nearest(name, scenario.parameters)
            mistakes.append(
                Mistake(draws.origin, quoted(name), PARAMETERS_KNOWN, hint, line=1, column=name)
            )
            continue
        low, high = (other if b is None else b for b, other in zip(bounds, _ALL, strict=True))
        right = np.isfinite(values) & (values >= low) & (values <= high)
        for i in np.flatnonzero(~right).tolist():
            value = float(values[i])
            found = plain(value) if np.isfinite(value) else str(value)
            expected = bounds_words("a number", *bounds)
            mistakes.append(Mistake(draws.origin, found, expected, line=i + 2, column=name))
    refuse(mistakes)


def _may_be_removed(scenario: Scenario, name: str) -> bool:
    """Whether a patch or as-of date may have removed the row or kind that a column names."""
    if not (scenario.applied or scenario.as_of):
        return False
    if "." not in name:
        return kind_of(name) is not None
    table, _, column = split_name(name)
    known = schema.columns(table) if table in schema.tables() else {}
    return column in known and known[column].kind in NUMERIC


def with_draw(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with a checked draw; values set by a patch stay, integer cells are rounded."""
    parameters = dict(scenario.parameters)
    tables = dict(scenario.tables)
    cells: dict[str, list[tuple[Sequence[int], str, float]]] = {}
    asked = _asked(scenario)
    for name, value in values.items():
        if name in asked:
            continue
        cell = cell_of(scenario.tables, scenario.zone, name)
        if cell is not None:
            cells.setdefault(cell[0], []).append((cell[1], cell[2], value))
        elif name in parameters:
            parameters[name] = value
    for table, changes in cells.items():
        tables[table] = _written(tables[table], table, changes)
    return replace(scenario, parameters=parameters, tables=tables)


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
