"""Patches: changes of a scenario, from a variant file or from ``--set``.

    title = "..."
    [set]                              # PARAMETER = value, or a cell: TABLE.ID.COLUMN = value
    "rules.fi_close.effective_from" = 2022-10-15
    [remove]                           # whole rows
    rules = ["fi_close"]
    [[add.rules]]                      # new rows, column = value
    id = "..."

ID is the id of the row, or its key columns joined by ``/`` (``diaspora.GE/RU.persons``). A patch is
applied to texts before any check, so that a patched scenario gets the same checks and messages as
any other. What it sets has no range any more: no draw of parameters overrides it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import tomli_w

from emigre import schema
from emigre.errors import Mistake, collecting, refuse
from emigre.results.text import words
from emigre.scenario.arguments import name_value, several
from emigre.scenario.csv_files import Sheet, SourceLocation
from emigre.scenario.edits import plain_value
from emigre.scenario.header import Entry, flattened
from emigre.scenario.model import HEADER_KEYS, RUN_KEYS, Patch, Scenario
from emigre.scenario.parsers import as_number, listed, nearest, number_hint, plain, quoted
from emigre.scenario.rows import composed
from emigre.scenario.tables import key_columns, row_keys, split_name
from emigre.scenario.texts import cell_of, value_text, without_offset
from emigre.scenario.toml import TomlFile, is_number, line_of, quoted_value, read_toml

FOLDER = "variants"
SETTING, VALUES = "--set", "values"
"""Locations of patches without a file: a setting, and the argument of ``Scenario.set``."""
NOUNS = {
    "areas": "area row",
    "attractions": "attraction",
    "claims": "claim",
    "composition": "share of a category",
    "departures": "known departure",
    "diaspora": "diaspora",
    "groups": "group",
    "jobs": "demand for work",
    "legs": "leg",
    "observations": "observation",
    "places": "place",
    "present": "people present",
    "pressures": "pressure",
    "rules": "rule",
    "sources": "source",
    "traffic": "ordinary traffic",
}
"""Noun for a row of a table."""
_IN_CELLS = (str, int, float, date, time, type(None))
"""Types of values in cells."""
_KEYS = ("title", "note", "set", "remove", "add")
_NOTES = (".md", ".txt")


def read_variants(folder: Path, mistakes: list[Mistake]) -> dict[str, Patch]:
    """All readable variants of a scenario folder by name, sorted."""
    variants: dict[str, Patch] = {}
    for path in sorted(folder.glob("*")):
        is_folder = path.name == FOLDER and path.is_dir()
        if path.name.lower() in (FOLDER, FOLDER[:-1]) and not is_folder:
            found = "a folder" if path.is_dir() else "a file"
            mistakes.append(Mistake(path.name, found, f"a folder with the name {FOLDER}"))
    home = folder / FOLDER
    for path in sorted(home.iterdir()) if home.is_dir() else ():  # glob passes over what is locked
        if path.suffix in _NOTES or path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.suffix != ".toml" or not path.is_file():
            found = "a folder" if path.is_dir() else "an unknown file"
            expected = "a variant NAME.toml, or notes in .md or .txt"
            mistakes.append(Mistake(f"{FOLDER}/{path.name}", found, expected))
            continue
        with collecting(mistakes):
            variants[composed(path.stem)] = read_patch(path, f"{FOLDER}/{path.name}")
    return variants


def read_patch(path: Path, file: str) -> Patch:
    """Read a variant file; InputError if its structure is invalid."""
    source = read_toml(path, file)
    content = source.content
    source.check_keys(content, _KEYS, elsewhere=_elsewhere)
    _check_shape(source)
    refuse(source.mistakes)
    return Patch(
        name=path.stem,
        title=content["title"],
        note=content.get("note", ""),
        set=flattened(content.get("set", {})),
        remove={t: tuple(ids) for t, ids in content.get("remove", {}).items()},
        add={t: tuple(rows) for t, rows in content.get("add", {}).items()},
        file=file,
        lines=source.lines,
    )


def _elsewhere(key: str) -> str:
    """A hint for a value that is not below [set]; empty for other keys."""
    is_value = key in schema.parameters() or key in schema.tables() or schema.beginning_of(key)
    return "write it below [set]" if is_value else ""


def _check_shape(source: TomlFile) -> None:
    content, say = source.content, source.report_value
    title = content.get("title")
    if not isinstance(title, str) or not title.strip():
        say("title", title, "a string")
    if not isinstance(content.get("note", ""), str):
        say("note", content["note"], "a string")
    sets, removed, added = (source.table(key) for key in ("set", "remove", "add"))
    for key, part, noun, kind in (
        ("remove", removed, "a list of ids", str),
        ("add", added, "a list of rows", dict),
    ):
        source.check_keys(part, schema.tables(), f"{key}.")
        for table, items in part.items():
            if not isinstance(items, list) or not all(isinstance(i, kind) for i in items):
                hint = f"write [[{key}.{table}]]" if key == "add" else ""
                say(f"{key}.{table}", items, noun, hint)
    for key, value in _values(sets, added):
        items = value if isinstance(value, list) else [value]
        if isinstance(value, dict) or any(isinstance(item, list | dict) for item in items):
            say(key, value, "one value, or a list of values")


def _values(sets: Mapping[str, Any], added: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every cell value, by dotted key."""
    yield from ((f"set.{key}", value) for key, value in flattened(sets).items())
    for table, rows in added.items():
        for number, row in enumerate(rows if isinstance(rows, list) else (), start=1):
            for name, value in row.items() if isinstance(row, dict) else ():
                yield f"add.{table}[{number}].{name}", value


def patch_text(patch: Patch) -> str:
    """A patch as the text of a variant file; :func:`read_patch` gives the same again."""
    content = {name: getattr(patch, name) for name in _KEYS}
    return tomli_w.dumps({name: value for name, value in content.items() if value})


def parse_setting(text: str, mistakes: list[Mistake]) -> Patch | None:
    """Parse one ``--set KEY=VALUE``; None (and a mistake) if it is invalid."""
    pair = name_value(text)
    if pair is None:
        mistakes.append(Mistake(SETTING, quoted(text), "KEY=VALUE"))
        return None
    return setting(*pair)


def setting(key: str, value: Any) -> Patch:
    """The patch of one setting."""
    return Patch(
        name=f"set {key}", title=f"{key} = {cell_text(value)}", set={key: value}, file=SETTING
    )


def patch(
    name: str = "patch",
    *,
    title: str = "",
    note: str = "",
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the word of variant files
    remove: Mapping[str, str | Iterable[str]] | None = None,
    add: Mapping[str, Mapping[str, Any] | Iterable[Mapping[str, Any]]] | None = None,
) -> Patch:
    """Make a patch, a small named change of a scenario.

    A patch is given as one of the ``variants`` of :func:`emigre.load`, :func:`emigre.run` and
    :func:`emigre.alternatives`. Its values are checked there, together with the scenario.

    Parameters
    ----------
    name : str, default "patch"
        Name, as listed in ``run.json``.
    title, note : str, optional
        Title (the name if not given) and remarks for readers.
    set : mapping, optional
        PARAMETER or TABLE.ID.COLUMN to a value. ID is the id of the row; in tables without one the
        key columns joined by ``/``.
    remove : mapping, optional
        Table to the id of a row to remove, or several.
    add : mapping, optional
        Table to a row to add (a mapping of columns to values), or several.

    Returns
    -------
    Patch
        The immutable patch.

    Raises
    ------
    InputError
        If a table does not exist, or an argument is not of this form.
    """
    mistakes: list[Mistake] = []
    for argument, text in {"name": name, "title": title, "note": note}.items():
        if not isinstance(text, str) or (argument == "name" and not text.strip()):
            mistakes.append(Mistake(argument, f"{quoted(text)} ({type(text).__name__})", "a text"))
    for argument, given in {"set": set, "remove": remove, "add": add}.items():
        mistakes += _wrong_keys(argument, given)
    refuse(mistakes)
    removed = {
        table: several("remove", ids, mistakes, noun="ids") for table, ids in (remove or {}).items()
    }
    added = {
        table: several("add", rows, mistakes, (Mapping,), "mappings of columns to values")
        for table, rows in (add or {}).items()
    }
    refuse(mistakes)
    return Patch(
        name=name,
        title=title or name,
        note=note,
        set={key: plain_value(value) for key, value in (set or {}).items()},
        remove=removed,
        add={
            table: tuple({c: plain_value(v) for c, v in row.items()} for row in rows)
            for table, rows in added.items()
        },
        file=name,
    )


def _wrong_keys(argument: str, given: object) -> Iterator[Mistake]:
    """Mistakes of an argument of :func:`patch` that is not a mapping of tables, or of names."""
    if given is not None and not isinstance(given, Mapping):
        yield Mistake(argument, f"{quoted(given)} ({type(given).__name__})", "a mapping")
        return
    for key in given or ():
        if argument != "set" and key not in schema.tables():
            hint = nearest(str(key), schema.tables())
            yield Mistake(argument, quoted(key), "a table", hint)
        elif not isinstance(key, str):
            expected = "a parameter or a cell TABLE.ID.COLUMN"
            yield Mistake(argument, f"{key} ({type(key).__name__})", expected)


def checked(given: Patch) -> Patch:
    """A patch that a caller made, with the checks of :func:`patch`."""
    parts = {name: getattr(given, name) for name in _KEYS}
    valid = patch(given.name, **parts)
    return replace(given, set=valid.set, remove=valid.remove, add=valid.add)


def cell_text(value: Any) -> str:
    """A value of a patch as the text of a cell."""
    if isinstance(value, list | tuple):
        return "|".join(str(v) for v in value)
    return value_text(value).strip()


def added_key(table: str, row: Mapping[str, Any]) -> str:
    """The key of a row that a patch adds."""
    return "/".join(cell_text(row.get(column, "")) for column in key_columns(table))


def apply_patch(
    sheets: Mapping[str, Sheet], entries: Mapping[str, Entry], patch: Patch, mistakes: list[Mistake]
) -> tuple[dict[str, Sheet], dict[str, Entry]]:
    """Apply a patch to copies of the tables and parameters."""
    sheets, entries = dict(sheets), dict(entries)
    copied: set[str] = set()

    def own(table: str) -> Sheet:
        if table not in copied:
            sheets[table] = sheets[table].copy()
            copied.add(table)
        return sheets[table]

    for key, value in patch.set.items():
        location = location_of(patch, "set", key)
        if "." in key:  # a cell
            table, row_id, _ = split_name(key)
            if row_id in patch.remove.get(table, ()):
                expected = f"a row that [remove] does not list: {row_id}"
                mistakes.append(location.mistake("a cell of a removed row", expected))
            target = find_cell(sheets, key, location, mistakes)
            if target is not None:
                table, rows, column = target
                text = _checked_text(value, location, mistakes)
                _set_cells(own(table), rows, column, text, location)
                if key in entries:
                    entries[key] = entries[key].fixed()
        else:
            _set_parameter(entries, key, value, location, mistakes)
    for table, ids in patch.remove.items():
        _remove_rows(own(table), ids, location_of(patch, "remove", table), mistakes)
    for table, rows_added in patch.add.items():
        for number, row in enumerate(rows_added, start=1):
            at = location_of(patch, "add", f"{table}[{number}]")
            sheet = own(table)
            for name in row:
                key = f"{table}[{number}].{name}"
                sheet.cell_locations[sheet.n_rows, name] = location_of(patch, "add", key)
            _add_row(sheet, row, at, mistakes)
    return sheets, entries


def location_of(patch: Patch, part: str, key: str) -> SourceLocation:
    """Where a patch sets, removes or adds (``part``) a value or row."""
    name = key if patch.file in (SETTING, VALUES) else f"{part}.{key}"
    return SourceLocation(patch.file, line_of(patch.lines, name), name)


def find_cell(
    sheets: Mapping[str, Sheet], key: str, location: SourceLocation, mistakes: list[Mistake]
) -> tuple[str, list[int], str] | None:
    """Table, rows and column of TABLE.ID.COLUMN; None (and a mistake) if unknown."""

    def say(found: str, expected: str, hint: str = "") -> None:
        mistakes.append(location.mistake(found, expected, hint))

    table, row_id, column = split_name(key)
    if table not in sheets or not row_id:
        hint = setting_hint(key) or (nearest(table, sheets) if table not in sheets else "")
        say(quoted(key), "a parameter or a cell TABLE.ID.COLUMN", hint)
        return None
    known = schema.columns(table)
    if column not in known:
        hint = nearest(column, known) or f"known columns: {listed(known, 40)}"
        say(quoted(column), f"a column of the table {table}", hint)
        return None
    keys = row_keys(sheets[table])
    rows = [i for i, k in enumerate(keys) if k == row_id]
    if not rows:
        if not sheets[table].damaged:
            hint = _row_hint(sheets[table], row_id, keys)
            say(quoted(row_id), f"the id of a row of {table}.csv", hint)
        return None
    return table, rows, column


def _row_hint(sheet: Sheet, row_id: str, keys: Iterable[str]) -> str:
    """Where the row was removed, else a similar id."""
    if row_id in sheet.removed:
        return f"{sheet.removed[row_id]} removes it"
    return nearest(row_id, keys)


def setting_hint(key: str) -> str:
    """A hint for a setting of scenario.toml, or a parameter with the name of its table."""
    name = key.rpartition(".")[2]
    if name in ("start", "end", *RUN_KEYS[:2]):
        return f"use the option --{name}"
    if name in HEADER_KEYS:
        return "it is set in scenario.toml"
    is_parameter = name in schema.parameters() or schema.beginning_of(name)
    return f"write {name}" if is_parameter and name != key else ""


def _checked_text(value: Any, location: SourceLocation, mistakes: list[Mistake]) -> str:
    """A value of a patch as the text of a cell; empty (and a mistake) if it cannot be in one."""
    items = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(item, _IN_CELLS) for item in items):
        mistakes.append(location.mistake(quoted_value(value), "one value, or a list of values"))
        return ""
    return cell_text(value)


def _set_cells(
    sheet: Sheet, rows: list[int], column: str, text: str, location: SourceLocation
) -> None:
    sheet.absent -= {column}
    for row in rows:
        sheet.cells[column][row] = text
        sheet.cell_locations[row, column] = location


def _set_parameter(
    entries: dict[str, Entry],
    key: str,
    value: Any,
    location: SourceLocation,
    mistakes: list[Mistake],
) -> None:
    number: Any = as_number(value) if isinstance(value, str) else value
    if not is_number(number):
        hint = setting_hint(key) or (number_hint(value) if isinstance(value, str) else "")
        mistakes.append(location.mistake(quoted_value(value), "a number", hint))
        return
    old = entries.get(key, Entry(None, location))
    entries[key] = replace(old.fixed(), value=float(number), location=location)


def _remove_rows(
    sheet: Sheet, ids: tuple[str, ...], location: SourceLocation, mistakes: list[Mistake]
) -> None:
    keys = row_keys(sheet)
    unknown = [i for i in ids if i not in set(keys)]
    for wrong in unknown if not sheet.damaged else ():
        expected = f"the id of a row of {sheet.table}.csv"
        mistakes.append(location.mistake(quoted(wrong), expected, _row_hint(sheet, wrong, keys)))
    removed = set(ids)
    sheet.removed = {**sheet.removed, **dict.fromkeys(ids, location)}
    sheet.keep([i for i, key in enumerate(keys) if key not in removed])


def _add_row(
    sheet: Sheet, row: Mapping[str, Any], location: SourceLocation, mistakes: list[Mistake]
) -> None:
    known = schema.columns(sheet.table)
    for name in row:
        if name not in known:
            hint = nearest(name, known) or f"known columns: {listed(known, 40)}"
            expected = f"a column of the table {sheet.table}"
            mistakes.append(location.mistake(quoted(name), expected, hint))
    sheet.row_locations[sheet.n_rows] = location
    for name in known:
        at = sheet.cell_locations.get((sheet.n_rows, name), location)
        sheet.cells[name].append(_checked_text(row.get(name, ""), at, mistakes))
    sheet.lines.append(location.line or 0)


def describe_patch(
    patch: Patch, base: Scenario, names: Mapping[str, str] | None = None
) -> list[str]:
    """Describe a patch of a scenario, one sentence per change, with former values.

    ``names`` are those of places and areas by id, which is shown if there is none.
    """
    names = names or {}
    lines: list[str] = []
    for key, value in patch.set.items():
        old = _old_value(base, key)
        before = "" if old is None else f" (before: {without_offset(old)})"
        lines.append(
            f"sets {setting_name(key, names)} to {_new_value(value, base) or 'nothing'}{before}"
        )
    for table, ids in patch.remove.items():
        lines += [f"removes {row_name(table, i, names)}" for i in ids]
    for table, rows in patch.add.items():
        lines += [f"adds {row_name(table, added_key(table, row), names)}" for row in rows]
    return lines


def row_name(table: str, key: str, names: Mapping[str, str]) -> str:
    """A row with its noun: its id, or the names of the places of its key.

    >>> row_name("rules", "visit", {}), row_name("diaspora", "A/RU", {"A": "Abroad"})
    ('rule visit', 'diaspora Abroad – RU')
    """
    return f"{NOUNS.get(table, table)} {key_name(table, key, names)}"


def key_name(table: str, key: str, names: Mapping[str, str]) -> str:
    """The key of a row: its id, or the names of its places, as ``Home – Abroad – road``."""
    if table != "places" and schema.id_column(table):
        return key
    return " – ".join(names.get(part, part) for part in key.split("/"))


def setting_name(key: str, names: Mapping[str, str]) -> str:
    """A parameter, or a cell such as ``value of rule fi_close``."""
    if "." not in key:
        return key
    table, row_id, column = split_name(key)
    return f"{words(column)} of {row_name(table, row_id, names)}"


def cell_titles(keys: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Titles of the cells among parameters and cells, with ``names`` of places, by key.

    >>> cell_titles(["places.PL.attraction", "patience_days"], {"PL": "Poland"})
    {'places.PL.attraction': 'attraction of place Poland'}
    """
    return {key: setting_name(key, names) for key in keys if "." in key}


def _new_value(value: Any, base: Scenario) -> str:
    """A value for display: an instant in the zone of the base, as its former value is shown."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return cell_text(value)
    if isinstance(instant, datetime) and instant.tzinfo is not None:
        return without_offset(value_text(instant, base.zone))
    return cell_text(value)


def _old_value(base: Scenario, key: str) -> str | None:
    if "." not in key:
        return plain(base.parameters[key]) if key in base.parameters else None
    cell = cell_of(base.tables, base.zone, key)
    if cell is None:
        return None
    table, rows, column = cell
    return value_text(base.tables[table][column][rows[0]], base.zone) or "nothing"
