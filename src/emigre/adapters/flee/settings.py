"""Settings of `simsetting.yml` that describe the world or its data.

Most settings control how Flee moves its agents. Emigre has a model of its own, so they are listed
in NOTES.md and not applied.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from emigre.adapters.flee.csv_tables import Reader
from emigre.errors import InputError, Mistake, collecting
from emigre.scenario.parsers import quoted
from emigre.scenario.rows import read_text

FILE = "simsetting.yml"
_NO_VALUE = (ValueError, OverflowError, TypeError, AttributeError)
"""Errors of PyYAML for invalid dates and numbers."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
LARGEST_SETTINGS = 1_000_000
_SECTIONS = ("log_levels", "spawn_rules", "move_rules", "optimisations")
_TAKEN = {
    "spawn_rules": (
        *("insert_day0", "empty_camps_on_day0", "sum_from_camps", "conflict_spawn_decay"),
        *("conflict_spawn_decay_interval", "take_from_population", "conflict_driven_spawning"),
    ),
    "move_rules": ("foreign_weight", "capacity_scaling"),
    "optimisations": ("hasten",),
}
"""Settings that the import applies, or that its model makes superfluous.

People who leave are always taken from those at home, and counts stay whole.
"""


_CONSTANT, _POISSON, _POP_RATIO = "constant", "poisson", "pop_ratio"


@dataclass(frozen=True, slots=True)
class Displacement:
    """Departures that depend on conflicts only (setting ``conflict_driven_spawning``).

    From a place with P people and a conflict of intensity I, floor(rate I) people leave per day, or
    floor(rate P I) if ``by_population``. If ``taken``, P excludes those who have left.
    """

    rate: float
    by_population: bool
    taken: bool

    def leaving(self, population: int, intensities: Iterable[float]) -> list[int]:
        """People who leave a place on each day."""
        left, leaving = population, []
        for intensity in intensities:
            people = int(self.rate * (left if self.by_population else 1) * intensity)
            leaving.append(min(people, left) if self.taken else people)
            left -= leaving[-1] if self.taken else 0
        return leaving


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a folder; the defaults are Flee's.

    ``displacement``: departures by conflict; None if they are the rises of the registered total.
    ``decay`` are factors on the weight of a conflict place by steps of ``decay_days`` days since
    its conflict began (empty: none). ``others`` are the settings without a counterpart.
    """

    insert_day0: bool = True
    empty_camps_on_day0: bool = False
    sum_from_camps: bool = True
    displacement: Displacement | None = None
    decay: tuple[float, ...] = ()
    decay_days: int = 30
    foreign_weight: float = 1.0
    capacity_scaling: float = 1.0
    others: tuple[str, ...] = ()


def read_settings(reader: Reader) -> Settings:
    """Read the file; if it is missing, Flee's defaults are used, with a remark."""
    reader.known.add(FILE)
    path = _path(reader)
    if path is None:
        reader.remarks.append(f"{FILE} does not exist: Flee's defaults are used.")
        return Settings()
    if path.parent != reader.folder:
        reader.remarks.append(f"{FILE} is that of the folder one level up.")
    content: dict[str, Any] = {}
    with collecting(reader.mistakes):
        content = _parse(read_text(path, FILE))
    blocks = {name: _Block.of(reader, name, content.get(name)) for name in _SECTIONS}
    spawn, move = blocks["spawn_rules"], blocks["move_rules"]
    return Settings(
        insert_day0=spawn.flag("insert_day0", True),
        empty_camps_on_day0=spawn.flag("empty_camps_on_day0", False),
        sum_from_camps=spawn.flag("sum_from_camps", True),
        displacement=_displacement(spawn),
        decay=spawn.factors("conflict_spawn_decay"),
        decay_days=int(spawn.number("conflict_spawn_decay_interval", 30.0, 1.0)),
        foreign_weight=move.number("foreign_weight", 1.0, 0.0),
        capacity_scaling=move.number("capacity_scaling", 1.0, 0.0),
        others=_others(content, blocks.values()),
    )


def _path(reader: Reader) -> Path | None:
    """File of the folder, or one level up, where conflicts may share it."""
    home = reader.folder.resolve()
    return next((p for p in (reader.folder / FILE, home.parent / FILE) if p.is_file()), None)


def _parse(text: str) -> dict[str, Any]:
    """Parse a text as YAML; InputError if it is invalid or too large."""
    import yaml

    def refused(line: int | None, found: str, expected: str = "settings in YAML") -> InputError:
        return InputError(Mistake(FILE, found, expected, line=line))

    if len(text) > LARGEST_SETTINGS:
        expected = f"a file of at most {LARGEST_SETTINGS} bytes"
        raise refused(None, f"{len(text)} bytes", expected)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):  # a few can expand to any amount of text
                mark = event.start_mark
                line = None if mark is None else mark.line + 1
                raise refused(line, f"the alias *{event.anchor}", "values in full")
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "text that is not YAML"
        position = getattr(error, "position", 0)  # of a mark that YAML does not take
        line = text.count("\n", 0, position) if mark is None else mark.line
        raise refused(line + 1, str(problem).removeprefix("found ")) from None
    except _NO_VALUE as error:
        found = f"a value that cannot be read ({str(error)[:80]})"
        raise refused(_line_of_value(text), found) from None
    except RecursionError:
        raise refused(1, "blocks nested too deeply") from None
    if not isinstance(content, dict | None):
        raise refused(1, "no settings", "blocks such as move_rules:")
    return content or {}


def _line_of_value(text: str) -> int | None:
    """First line whose value is invalid by itself; None if there is none."""
    import yaml

    for number, line in enumerate(text.splitlines(), 1):
        try:
            yaml.safe_load(line.partition(":")[2])
        except yaml.YAMLError:
            continue
        except _NO_VALUE:
            return number
    return None


def _report(reader: Reader, key: str, found: object, expected: str) -> None:
    """Report a mistake in a setting, with the line of its key."""
    name = key.rpartition(".")[2]
    path = _path(reader)
    lines = [] if path is None else path.read_text(encoding="utf-8-sig").splitlines()
    line = next((i for i, t in enumerate(lines, 1) if t.strip().startswith(f"{name}:")), None)
    reader.mistakes.append(Mistake(FILE, quoted(found), expected, line=line, column=key))


@dataclass(frozen=True, slots=True)
class _Block:
    """Checked values of a block of settings."""

    reader: Reader
    name: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, reader: Reader, name: str, given: object) -> Self:
        """The block; empty if it is missing, or (with a mistake) something else."""
        if given is not None and not isinstance(given, dict):
            _report(reader, name, given, "a block of settings")
        return cls(reader, name, given if isinstance(given, dict) else {})

    def flag(self, key: str, default: bool) -> bool:
        given = self.values.get(key, default)
        text = str(given).casefold()
        if text not in _FLAGS:
            _report(self.reader, f"{self.name}.{key}", given, "True or False")
        return _FLAGS.get(text, default)

    def number(self, key: str, default: float, low: float) -> float:
        given = self.values.get(key, default)
        value = _real(given)
        if low <= value < 1e9:
            return value
        _report(self.reader, f"{self.name}.{key}", given, f"a number of at least {low:g}")
        return default

    def factors(self, key: str) -> tuple[float, ...]:
        given = self.values.get(key)
        numbers = [_real(x) for x in given] if isinstance(given, list) else [math.nan]
        if all(0 <= x <= 1e6 for x in numbers):
            return tuple(numbers)
        if given is not None:
            expected = "a list of factors such as [1, 0.5]"
            _report(self.reader, f"{self.name}.{key}", given, expected)
        return ()


def _displacement(spawn: _Block) -> Displacement | None:
    """Departures by conflict, as Flee reads them; None unless set."""
    key = "conflict_driven_spawning"
    values = spawn.values.get(key)
    if values is None or spawn.flag("flood_zone_spawning_only", False):
        return None
    block = _Block.of(spawn.reader, f"spawn_rules.{key}", values)
    mode = str(block.values.get("spawn_mode", _CONSTANT))
    if mode.casefold() == _POISSON:
        spawn.reader.remarks.append(f"{FILE}: {key}: poisson departures have their mean every day.")
    elif mode not in (_CONSTANT, _POP_RATIO):
        expected = f"{_CONSTANT}, {_POISSON} or {_POP_RATIO}"
        _report(spawn.reader, f"{block.name}.spawn_mode", mode, expected)
    by_population = mode == _POP_RATIO
    rate = block.number("displaced_per_conflict_day", 0.01 if by_population else 500.0, 0.0)
    taken = spawn.flag("take_from_population", False)
    return Displacement(rate if by_population else float(int(rate)), by_population, taken)


def _real(given: Any) -> float:
    """A value as a number, or NaN; texts such as 1e3, which YAML does not read as numbers, too."""
    try:
        return math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _others(content: Mapping[str, Any], blocks: Iterable[_Block]) -> tuple[str, ...]:
    """Settings without a counterpart, as KEY: VALUE."""
    others = [f"{key}: {value}" for key, value in content.items() if key not in _SECTIONS]
    for block in blocks:
        if block.name != "log_levels":
            taken = _TAKEN.get(block.name, ())
            others += [f"{key}: {value}" for key, value in block.values.items() if key not in taken]
    return tuple(others)
