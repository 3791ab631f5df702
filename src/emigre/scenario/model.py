"""The data model of a validated scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import polars as pl

from emigre import schema
from emigre.calendar import dates_from
from emigre.errors import InputError, Mistake
from emigre.results import notebook
from emigre.results.text import counted
from emigre.scenario import edits
from emigre.scenario.parsers import nearest
from emigre.scenario.texts import cell_of, table_text

Mode = Literal["conditional", "forecast"]
"""Whether departures are given (departures.csv) or simulated."""

K = TypeVar("K")
V = TypeVar("V")

HEADER_KEYS = ("id", "title", "purpose", "start", "end", "reference", "zone", "nationality")
RUN_KEYS = ("runs", "scale", "small_count")
RECORD_KEYS = ("value", "low", "high", "prior", "basis", "note")
"""Keys of ``scenario.toml``: at the top, in [run], and of a parameter's table."""
PRIORS = ("uniform", "loguniform", "normal", "lognormal")
"""Shapes of the prior of a parameter."""
LOG_PRIORS = ("loguniform", "lognormal")
"""Priors on a log scale, which need positive values."""


def _unknown(name: object, known: Iterable[object]) -> str:
    """A name that does not exist, with the most similar one."""
    hint = nearest(str(name), map(str, known))
    return f"{name} ({hint})" if hint else str(name)


class Frozen(dict[K, V]):
    """An immutable dict."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a scenario is immutable: set(), edit() and others make a changed copy")

    def __missing__(self, key: object) -> NoReturn:
        raise KeyError(_unknown(key, self))

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Frozen[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)


class Tables(Mapping[str, "pl.DataFrame"]):
    """Frames by table name; each access returns a copy that shares the data."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = {name: frame.clone() for name, frame in frames.items()}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._frames:
            raise KeyError(_unknown(name, self._frames))
        return self._frames[name].clone()

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return f"Tables({', '.join(self._frames)})"


@dataclass(frozen=True)
class ParameterRecord:
    """The record of one parameter in ``scenario.toml``: value, range and notes.

    ``name`` is a parameter of the model or of a kind (``pressure_KIND``, ``half_life_KIND``,
    ``steepness_KIND``, ``travel_KIND``), or a cell of a table (TABLE.ID.COLUMN).
    ``low`` and ``high`` are the ends of the plausible range, None if none is given.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    prior: str = ""
    basis: str = ""
    note: str = ""

    def holding(self, value: float) -> ParameterRecord:
        """The record with another value; without the range if the value lies outside it."""
        if self.low is None or self.high is None or self.low <= value <= self.high:
            return replace(self, value=value)
        return replace(self, value=value, low=None, high=None)


@dataclass(frozen=True)
class Patch:
    """A small named change of a scenario, as held by a variant file or made by ``--set``.

    Attributes
    ----------
    set : mapping
        New values by PARAMETER or TABLE.ID.COLUMN.
    remove : mapping
        Ids of the rows to remove, by table.
    add : mapping
        Rows to add (mappings of column to value), by table.
    file, lines : str, mapping
        Location of the changes: the file, and its lines by dotted key.
    """

    name: str
    title: str = ""
    note: str = ""
    set: Mapping[str, Any] = field(default_factory=dict, hash=False)
    remove: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    add: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict, hash=False)
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("set", "remove", "lines"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))
        added = {table: tuple(map(Frozen, rows)) for table, rows in self.add.items()}
        object.__setattr__(self, "add", Frozen(added))


@dataclass(frozen=True, eq=False)
class Scenario:
    """A validated scenario: people, places, routes and dated rules.

    A scenario is immutable; :meth:`set`, :meth:`edit`, :meth:`add_rule` and :meth:`without` return
    new scenarios, checked as by :func:`emigre.load`.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        One frame for every table of the schema, with typed cells and defaults filled in.
    parameters : mapping of str to float
        A value for every parameter of the model and of every kind of pressure and ordinary travel.
    start, end : date
        First and last simulated day, both inclusive.
    reference : date
        Day with whose access to other countries later access is compared: the first day of the
        scenario, even if a run starts later.
    as_of : date or None
        Last day whose news is known; None if everything in the folder is known.
    variants : mapping of str to Patch
        The variants in the scenario's folder.
    applied : tuple of Patch
        Patches applied to the folder.
    warnings : tuple of Mistake
        Valid rows that are almost certainly wrong.
    assumed : tuple of str
        Values assumed for empty cells.
    """

    id: str
    title: str
    purpose: str
    start: date
    end: date
    reference: date
    zone: str
    nationality: str
    runs: int
    scale: int
    small_count: int
    parameters: Mapping[str, float]
    parameter_notes: tuple[ParameterRecord, ...]
    tables: Mapping[str, pl.DataFrame]
    variants: Mapping[str, Patch]
    folder: Path | None
    applied: tuple[Patch, ...] = ()
    as_of: date | None = None
    warnings: tuple[Mistake, ...] = field(default=(), compare=False)
    assumed: tuple[str, ...] = field(default=(), compare=False)
    revise: Callable[[Scenario, Patch], Scenario] = field(kw_only=True, repr=False, compare=False)
    _hash: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.end < self.start:
            expected = f"a date on or after the start, {self.start}"
            raise InputError(Mistake("--end", str(self.end), expected))
        for name in ("parameters", "variants"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))
        object.__setattr__(self, "tables", Tables(self.tables))
        object.__setattr__(self, "parameter_notes", _current_records(self))

    @property
    def hash(self) -> str:
        """SHA-256 of the content: equal hashes give equal simulations.

        ``as_of`` affects it only through what it removes.
        """
        if not self._hash:
            object.__setattr__(self, "_hash", _content_hash(self))
        return self._hash

    @property
    def mode(self) -> Mode:
        """conditional: departures are given; forecast: households decide."""
        return "conditional" if self.tables["departures"].height else "forecast"

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return (self.end - self.start).days + 1

    @property
    def population(self) -> int:
        """Number of people in the regions of origin on the first day."""
        places = self.tables["places"]
        return int(places.filter(places["kind"] == "origin")["population"].sum() or 0)

    @property
    def dates(self) -> tuple[date, ...]:
        """The simulated days in order."""
        return dates_from(self.start, self.n_days)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            words = f"'Scenario' object has no attribute {name!r}"
            for where, known in (("tables", schema.tables()), ("parameters", schema.parameters())):
                if name in known:
                    words += f"; write {where}[{name!r}]"
            raise AttributeError(words, name=name, obj=self)

    def set(self, values: Mapping[str, Any] | None = None, **parameters: Any) -> Scenario:
        """Scenario with other values of parameters and cells.

        They take precedence over the folder, variants, settings and draws.

        Parameters
        ----------
        values : mapping, optional
            PARAMETER or TABLE.ID.COLUMN to a value.
        **parameters
            Parameters whose names are valid in Python, such as ``patience_days=20``.

        Returns
        -------
        Scenario
            The new scenario.

        Raises
        ------
        InputError
            If anything is wrong; it holds every mistake.
        """
        given = edits.values_to_set(values, parameters)
        if not given:
            return self
        title = ", ".join(f"{name} = {value}" for name, value in given.items())
        return self.revise(self, Patch(f"set {', '.join(given)}", title, set=given, file="values"))

    def add_rule(self, **columns: Any) -> Scenario:
        """Scenario with one more rule.

        Parameters
        ----------
        **columns
            Columns of ``rules.csv``; ``kind``, ``place`` and ``value`` are needed. Without ``id``,
            ``basis``, ``source`` and ``note`` the rule is an assumption of a what-if.

        Returns
        -------
        Scenario
            The new scenario.

        Raises
        ------
        InputError
            If anything is wrong; it holds every mistake.
        """
        rows = edits.rule_to_add(self.tables, columns)
        name = f"add {rows['rules'][0]['id']}"
        return self.revise(self, Patch(name, name, add=rows, file="add_rule"))

    def without(self, *ids: str, **rows: str | Iterable[str]) -> Scenario:
        """Scenario without some rows.

        Parameters
        ----------
        *ids
            Ids of rows, in whichever table they are.
        **rows
            Table to the id of a row, or several; for ids that several tables have, and for tables
            without an id (key columns joined by ``/``).

        Returns
        -------
        Scenario
            The new scenario.

        Raises
        ------
        InputError
            If a row does not exist, or another row needs it.
        """
        removed = edits.rows_to_remove(self.tables, self.zone, ids, rows)
        if not removed:
            return self
        name = f"without {', '.join(key for keys in removed.values() for key in keys)}"
        return self.revise(self, Patch(name, name, remove=removed, file="without"))

    def edit(self, table: str, frame: Any) -> Scenario:
        """Scenario with the rows of a table replaced by those of a frame.

        Parameters
        ----------
        table : str
            Name of the table, such as ``places``.
        frame : frame of Polars or pandas, or Arrow table
            All rows, with the columns of the table; optional ones may be left out.

        Returns
        -------
        Scenario
            The new scenario.

        Raises
        ------
        InputError
            If anything is wrong; it holds every mistake.
        """
        changed, removed, added = edits.difference(self.tables, self.zone, table, frame)
        if not (changed or removed or added):
            return self
        cells, rows = counted(len(changed), "cell"), counted(len(added), "row")
        patch = Patch(
            name=f"edit {table}",
            title=f"{table}: {cells} changed, {rows} added, {len(removed)} removed",
            set=changed,
            remove={table: removed} if removed else {},
            add={table: added} if added else {},
            file="edit",
        )
        return self.revise(self, patch)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return (self.hash, self.applied, self.as_of) == (other.hash, other.applied, other.as_of)

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        changes = "".join(f" + {patch.name}" for patch in self.applied)
        known = "" if self.as_of is None else f" as of {self.as_of}"
        return f"Scenario({self.id}{changes}{known}, {self.start} to {self.end}, {self.hash[:12]})"

    def _repr_html_(self) -> str:
        sizes = {name: frame.height for name, frame in self.tables.items()}
        rows = {
            "id": self.id,
            "days": f"{self.start} to {self.end} ({self.n_days})",
            "people": f"{self.population:,}",
            "tables": ", ".join(f"{n} {name}" for name, n in sizes.items() if n),
            "variants": ", ".join(self.variants),
            "changes": ", ".join(patch.name for patch in self.applied),
            "as of": str(self.as_of or ""),
            "hash": self.hash[:12],
        }
        return notebook.card(self.title, rows)


def _current_records(scenario: Scenario) -> tuple[ParameterRecord, ...]:
    """Records of parameters and cells with their current values, without removed rows."""
    notes = []
    for record in scenario.parameter_notes:
        value: float | None = scenario.parameters.get(record.name)
        cell = cell_of(scenario.tables, scenario.zone, record.name)
        if cell is not None:
            table, rows, column = cell
            value = scenario.tables[table][column][rows[0]]
        if value is not None:
            notes.append(record.holding(float(value)))
    return tuple(notes)


def _content_hash(scenario: Scenario) -> str:
    """SHA-256 of the content, the same on every machine."""
    digest = hashlib.sha256()
    names = (getattr(scenario, key) for key in HEADER_KEYS if key != "reference")
    run = {key: getattr(scenario, key) for key in RUN_KEYS}
    header = {"names": [*names, run]}
    if scenario.reference != scenario.start:
        header["names"].append(scenario.reference)
    keys = ("name", *RECORD_KEYS)
    notes = [[getattr(record, key) for key in keys] for record in scenario.parameter_notes]
    head = {"header": header, "notes": sorted(notes), "parameters": dict(scenario.parameters)}
    digest.update(json.dumps(head, sort_keys=True, ensure_ascii=True, default=str).encode())
    for name in sorted(scenario.tables):
        frame = scenario.tables[name]
        text = table_text({c: frame[c].to_list() for c in frame.columns}, scenario.zone)
        digest.update(f"\0{name}\0{len(text)}\0".encode())
        digest.update(text.encode())
    return digest.hexdigest()
