"""Changes made on the page of a scenario, as URL query parameters.

    ?variant=NAME&set=KEY=VALUE&off=TABLE.ID&on=TABLE.ID&start=D&end=D&as-of=D
        &runs=N&scale=K&seed=S&draws=none&name=N

``variant`` is the starting point; ``set`` changes a parameter or a cell, ``off`` removes a row,
``on`` restores one that the variant removes. Together they form one patch, which gets the same
checks as ``emigre check`` and is saved as a file for ``--variant``.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from emigre.errors import InputError, Mistake, refuse
from emigre.results.text import capitalised, words
from emigre.scenario.arguments import name_values
from emigre.scenario.loader import ScenarioReader
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.parameter_draws import draws_of
from emigre.scenario.parsers import quoted
from emigre.scenario.patch import cell_text, patch_text
from emigre.scenario.tables import split_name

HOW = ("start", "end", "as-of", "runs", "scale", "seed", "draws")
"""Simulation settings, named like the command-line options."""
LIMITS = {"runs": (1, 1_000), "scale": (1, 1_000_000), "seed": (0, 2**53)}
OWN_VALUES = "none"
"""Value of ``draws`` that disables the scenario's posterior."""
FILE = "variant"
CHANGES = ("set", "off", "on")
"""Fields that hold differences from the variant."""
MOST = 4_000
"""Most changes in one URL."""
HINT = "save them as a variant file"
_LONGEST = 40
"""Most characters of a value in a title."""


@dataclass(frozen=True, slots=True)
class DraftVariant:
    """A scenario with changes, as typed."""

    scenario: str
    variant: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    how: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @classmethod
    def read(cls, scenario: str, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read a draft from query parameters; InputError if there are too many changes."""
        given: dict[str, list[str]] = {}
        for key, value in pairs:
            given.setdefault(key, []).append(value.strip())
        changes = sum(len(given.get(part, ())) for part in CHANGES)
        if changes > MOST:
            raise InputError(Mistake("changes", str(changes), f"at most {MOST}", HINT))
        return cls(
            scenario=scenario,
            variant=given.get("variant", [""])[-1],
            sets=name_values("set", given.get("set", ()), form="KEY=VALUE"),
            off=tuple(dict.fromkeys(given.get("off", ()))),
            on=tuple(dict.fromkeys(given.get("on", ()))),
            how={name: given[name][-1] for name in HOW if given.get(name, [""])[-1]},
            name=given.get("name", [""])[-1],
        )

    @classmethod
    def of_form(cls, scenario: str, fields: Iterable[tuple[str, str]]) -> Self:
        """Read a draft from a form: all its controls, and in ``rest`` changes without one."""
        fields = list(fields)
        own = [field for field in fields if field[0] in ("variant", "name", *HOW)]
        rest = cls.read(scenario, parse_qsl(dict(fields).get("rest", "")))
        sets = {k.removeprefix("set:"): v.strip() for k, v in fields if k.startswith("set:")}
        shown = dict.fromkeys(value for key, value in fields if key == "row")
        is_on = {value for key, value in fields if key == "is_on"}
        return replace(
            cls.read(scenario, own),
            sets={**rest.sets, **sets},
            off=rest.off + tuple(row for row in shown if row not in is_on),
            on=rest.on + tuple(row for row in shown if row in is_on),
        )

    def query(self) -> str:
        """The query string that reproduces the draft."""
        pairs = [("variant", self.variant)] if self.variant else []
        pairs += self._changes()
        pairs += list(self.how.items()) + ([("name", self.name)] if self.name else [])
        return urlencode(pairs)

    def rest(self, controls: Collection[str]) -> str:
        """Query string of the changes for which these form fields have no control."""
        sets = {key: value for key, value in self.sets.items() if f"set:{key}" not in controls}
        off, on = (tuple(r for r in rows if r not in controls) for rows in (self.off, self.on))
        return urlencode(replace(self, sets=sets, off=off, on=on)._changes())

    def _changes(self) -> list[tuple[str, str]]:
        pairs = [("set", f"{key}={value}") for key, value in self.sets.items()]
        return pairs + [("off", row) for row in self.off] + [("on", row) for row in self.on]

    @property
    def is_changed(self) -> bool:
        """Whether the draft differs from its starting variant."""
        return bool(self.sets or self.off or self.on)

    def patch(self, start: Patch | None, base: Scenario) -> Patch | None:
        """All changes as one patch; None if there are none."""
        patch = _merged(start or Patch(""), self)
        if not (patch.set or patch.remove or patch.add):
            return None
        title = start.title if start is not None else ""
        if self.is_changed:
            title = ", ".join(part for part in (title, self._changes_text()) if part) or base.title
            title = capitalised(title)
        if self.is_changed and self.name:
            title = f"{self.name}: {title}"
        return replace(patch, name=FILE, title=title, file=FILE)

    def _changes_text(self) -> str:
        """The first changes as text."""
        parts = [f"without {row.partition('.')[2]}" for row in self.off]
        parts += [f"with {row.partition('.')[2]}" for row in self.on]
        for key, value in self.sets.items():
            short = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
            name = (key.partition(".")[2] or key).replace(".", ", ")
            parts.append(f"{name} = {short or 'none'}")
        return words(", ".join(parts[:3])) + (" and more" if len(parts) > 3 else "")

    def load(self, reader: ScenarioReader, patch: Patch | None) -> Scenario:
        """The changed scenario; InputError with every mistake, including those of ``how``."""
        mistakes = list(self._mistakes())
        days = {key: self.how[key] for key in ("start", "end") if key in self.how}
        try:
            patches = () if patch is None else (patch,)
            made = reader.load(variants=patches, as_of=self.how.get("as-of"), **days)
        except InputError as error:
            raise InputError(*error.mistakes, *mistakes) from None
        refuse(mistakes)
        if "draws" not in self.how:
            draws_of(made)
        return made

    def _mistakes(self) -> Iterable[Mistake]:
        for name, (low, high) in LIMITS.items():
            text = self.how.get(name)
            if text is not None and not (
                re.fullmatch(r"\d{1,16}", text, re.ASCII) and low <= int(text) <= high
            ):
                yield Mistake(f"--{name}", quoted(text), f"a whole number from {low} to {high}")
        text = self.how.get("draws", OWN_VALUES)
        if text != OWN_VALUES:  # a URL must not make the desk read local files
            expected = f"{OWN_VALUES}, or nothing for the scenario's own draws"
            hint = "draws from a file are available on the command line"
            yield Mistake("--draws", quoted(text), expected, hint)


def text_of(patch: Patch) -> str:
    """A patch as a variant file; values typed as numbers are written as numbers."""
    sets = {key: _number(value) for key, value in patch.set.items()}
    return patch_text(replace(patch, set=sets))


def _number(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(
        r"-?\d{1,15}(\.\d{1,15})?(e-?\d{1,2})?", value, re.ASCII | re.IGNORECASE
    ):
        return value
    return int(value) if re.fullmatch(r"-?\d+", value) else float(value)


def field_of(mistake: Mistake) -> str:
    """The form field that a mistake is about; empty if there is none."""
    if mistake.file.startswith("--"):
        return mistake.file.removeprefix("--")
    if mistake.file == "name":
        return "name"
    if mistake.file == FILE and mistake.column.startswith("set."):
        return f"set:{mistake.column.removeprefix('set.')}"
    return ""


def _merged(start: Patch, draft: DraftVariant) -> Patch:
    """The starting variant with the changes of a draft."""
    sets = {key: cell_text(value) for key, value in start.set.items()}
    added = {table: [dict(row) for row in rows] for table, rows in start.add.items()}
    removed = {
        table: [key for key in keys if f"{table}.{key}" not in draft.on]
        for table, keys in start.remove.items()
    }
    for name, value in draft.sets.items():
        table, key, column = split_name(name)
        rows = (row for row in added.get(table, ()) if key and row.get("id") == key)
        row = next(rows, None)
        if row is None:
            sets[name] = value
        else:  # a row that the starting variant adds
            row[column] = value
    for name in draft.off:  # last, because values set in a removed row do not matter
        table, _, key = name.partition(".")
        kept = [row for row in added.get(table, ()) if row.get("id") != key]
        if len(kept) < len(added.get(table, ())):
            added[table] = kept
        elif key not in removed.setdefault(table, []):
            removed[table].append(key)
    return replace(
        start,
        set=sets,
        remove={table: tuple(keys) for table, keys in removed.items() if keys},
        add={table: tuple(rows) for table, rows in added.items() if rows},
        lines={},
    )
