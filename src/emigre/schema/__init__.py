"""Schema: columns of tables, measures, parameters, rule kinds and statuses.

The CSV files in this package are the contract. Loader, checks, engine and reference page read the
same rows. They are read once, are immutable, and need only the standard library.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from emigre import extensions

REQUIRED_TABLES = ("places", "legs", "groups", "rules", "diaspora", "sources")
"""Tables whose file is required; the others are empty if their file is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of the scenario folder.

    ``kind`` is the type without its argument: id, text, choice, ref, place, list, who, measure,
    number, integer, date, instant or yes_no. ``choices`` are the values of a choice, ``refers_to``
    is the table of a ref. ``default`` is the text used for an empty cell, or None.
    """

    table: str
    name: str
    kind: str
    choices: tuple[str, ...]
    refers_to: str
    unit: str
    required: bool
    default: str | None
    low: float | None
    high: float | None
    description: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity counted each day by place. ``kind`` is flow, stock or mean."""

    name: str
    title: str
    place_kind: str
    kind: str
    unit: str
    description: str

    @property
    def is_count(self) -> bool:
        """Whether persons are counted, rather than hours or shares."""
        return self.unit == "persons"

    @property
    def decimals(self) -> int:
        """Decimals of a number that is shown, at most."""
        return 0 if self.is_count else 1


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A model parameter with its default and bounds (both inclusive)."""

    name: str
    process: str
    default: float
    low: float
    high: float
    unit: str
    description: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RuleKind:
    """A kind of rule, built in or an entry point of the group ``emigre.rule_kinds``.

    The name of the entry point is that of the kind. A kind of another package takes effect through
    ``factor_on`` or ``apply``.

    Attributes
    ----------
    places : tuple of str
        Kinds of places that a rule may name. Values are by place of the first one.
    by : {"group", "class", "legal_class", "everyone"}
        What else values differ by: group of people, class (groups with the same route choice),
        legal class (groups with the same permits and protection), or nothing.
    default : float or None
        Value where no rule matches; None if there is none.
    factor_on : str
        Built-in kind whose values this kind multiplies, with its ``places`` and ``by``. People
        anticipate the product.
    apply : callable, optional
        Function called each morning with the day (:class:`emigre.DayView`) and the values in force
        at its end. Steps read these values by ``day.rule(kind)``.
    """

    kind: str = ""
    places: tuple[str, ...] = ()
    by: Literal["everyone", "group", "class", "legal_class"] = "group"
    value_unit: str
    value_low: float = 0.0
    value_high: float | None = None
    uses_days: bool = False
    uses_delay_days: bool = False
    default: float | None = 1.0
    description: str
    factor_on: str = ""
    apply: Callable[[Any, Any], None] | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A legal ground of stay and its code in the engine."""

    name: str
    code: int
    description: str


def _rows(path: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(*path.split("/")).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _column(table: str, row: dict[str, str]) -> Column:
    kind, _, argument = row["type"].partition(":")
    if argument == "rule_kinds":
        argument = "|".join(rule_kinds())
    return Column(
        table=table,
        name=row["column"],
        kind=kind,
        choices=tuple(argument.split("|")) if kind == "choice" else (),
        refers_to=argument if kind == "ref" else "",
        unit=row["unit"],
        required=row["required"] == "yes",
        default=row["default"] or None,
        low=_number(row["low"]),
        high=_number(row["high"]),
        description=row["description"],
    )


@cache
def tables() -> Mapping[str, tuple[Column, ...]]:
    """Columns of every table in file order, by table name (sorted)."""
    folder = files(__package__).joinpath("tables")
    names = sorted(f.name[: -len(".csv")] for f in folder.iterdir() if f.name.endswith(".csv"))
    return MappingProxyType(
        {name: tuple(_column(name, r) for r in _rows(f"tables/{name}.csv")) for name in names}
    )


@cache
def columns(table: str) -> Mapping[str, Column]:
    """Columns of a table by name."""
    return MappingProxyType({c.name: c for c in tables()[table]})


@cache
def id_column(table: str) -> str | None:
    """Column that identifies the rows of a table, or None."""
    return next((c.name for c in tables()[table] if c.kind == "id"), None)


@cache
def attributes() -> tuple[str, ...]:
    """Attributes of groups that rules, pressures and shares can select."""
    return columns("composition")["attribute"].choices


@cache
def measures() -> Mapping[str, Measure]:
    """Measures by name, in file order."""
    columns = ("measure", "title", "place", "kind", "unit", "description")
    each = (Measure(*(row[c] for c in columns)) for row in _rows("measures.csv"))
    return MappingProxyType({measure.name: measure for measure in each})


@cache
def units() -> Mapping[str, str]:
    """Units of the measures by name."""
    return MappingProxyType({name: measure.unit for name, measure in measures().items()})


@cache
def parameters() -> Mapping[str, ParameterSpec]:
    """Model parameters by name, in file order."""
    return _parameters("parameters.csv")


@cache
def parameters_of_kinds() -> Mapping[str, ParameterSpec]:
    """Parameters of every kind in a table, named by their process; by the beginning of names."""
    return _parameters("parameters_of_kinds.csv")


def beginning_of(name: str) -> str:
    """Beginning of the name of a parameter of a kind; empty for other names.

    >>> beginning_of("pressure_war"), beginning_of("travel_tourists"), beginning_of("travel_spread")
    ('pressure_', 'travel_', '')
    """
    if name in parameters():
        return ""
    return next((b for b in parameters_of_kinds() if name.startswith(b) and name != b), "")


def parameter(name: str) -> ParameterSpec | None:
    """Specification of a parameter, also of one of a kind; None for other names.

    >>> parameter("travel_tourists").description
    'Factor on the levels of all ordinary travel of the kind tourists.'
    """
    beginning = beginning_of(name)
    if not beginning:
        return parameters().get(name)
    spec = parameters_of_kinds()[beginning]
    kind = name.removeprefix(beginning).replace("_", " ")
    return replace(spec, name=name, description=spec.description.replace("KIND", kind))


def _parameters(file: str) -> Mapping[str, ParameterSpec]:
    specs: dict[str, ParameterSpec] = {}
    for row in _rows(file):
        numbers: dict[str, Any] = {name: float(row[name]) for name in ("default", "low", "high")}
        specs[row["name"]] = ParameterSpec(**row | numbers)
    return MappingProxyType(specs)


@cache
def built_in_rule_kinds() -> Mapping[str, RuleKind]:
    """Kinds of rules of the model by name, in file order."""
    kinds: dict[str, RuleKind] = {}
    for row in _rows("rule_kinds.csv"):
        typed: dict[str, Any] = {n: _number(row[n]) for n in ("value_low", "value_high", "default")}
        typed |= {name: row[name] == "yes" for name in ("uses_days", "uses_delay_days")}
        kinds[row["kind"]] = RuleKind(**row | typed | {"places": tuple(row["places"].split("|"))})
    return MappingProxyType(kinds)


@cache
def added_rule_kinds() -> Mapping[str, RuleKind]:
    """Kinds of rules of other packages by name; InputError if one cannot be used."""
    added = extensions.load_all(extensions.RULE_KINDS, RuleKind)
    return MappingProxyType({name: _added(name, kind) for name, kind in sorted(added.items())})


def _added(name: str, kind: RuleKind) -> RuleKind:
    def require(fits: bool, actual: object, expected: str) -> None:
        if not fits:
            raise extensions.refusal(extensions.RULE_KINDS, name, str(actual), expected)

    model = built_in_rule_kinds()
    require(name not in model, "a kind of the model", "a name of its own")
    require(not (kind.uses_days or kind.uses_delay_days), "days", "a value alone")
    require(kind.default is not None and kind.value_low >= 0, kind.default, "numbers from 0")
    if kind.factor_on:
        factors = [k for k in model if k not in ("grace", "leg")]
        require(kind.factor_on in factors, kind.factor_on, f"one of {', '.join(factors)}")
        require(
            kind.default == 1 and kind.apply is None, "more", "factor_on, with default 1, alone"
        )
        target = model[kind.factor_on]
        kind = replace(kind, places=target.places, by=target.by)
    else:
        kinds = ("origin", "crossing", "country")
        require(kind.places[:1] in {(k,) for k in kinds}, kind.places, f"{', '.join(kinds)} first")
    return replace(kind, kind=name)


@cache
def rule_kinds() -> Mapping[str, RuleKind]:
    """Kinds of rules by name: those of the model, then those of other packages."""
    return MappingProxyType({**built_in_rule_kinds(), **added_rule_kinds()})


@cache
def statuses() -> Mapping[str, Status]:
    """Statuses of stay by name, in the order of their codes."""
    rows = sorted(_rows("statuses.csv"), key=lambda r: int(r["code"]))
    return MappingProxyType(
        {r["status"]: Status(r["status"], int(r["code"]), r["description"]) for r in rows}
    )
