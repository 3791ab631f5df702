"""Write scenarios as canonical text: equal content gives equal bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from emigre import schema
from emigre.calendar import find_zone
from emigre.errors import InputError, Mistake
from emigre.scenario.model import ParameterRecord, Scenario
from emigre.scenario.parsers import plain
from emigre.scenario.tables import key_columns

if TYPE_CHECKING:
    import polars as pl


def value_text(value: Any, zone: str) -> str:
    """A typed value as the text of a cell; an instant in the scenario's zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, datetime):
        return _instant_text(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _instant_text(instant: datetime, zone: str) -> str:
    local = instant.astimezone(find_zone(zone))
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def cell_texts(values: Iterable[Any], zone: str) -> list[str]:
    """Typed values of one column as texts."""
    memo: dict[tuple[type, Any], str] = {}
    texts = []
    for value in values:
        key = (type(value), value)
        if key not in memo:
            memo[key] = value_text(value, zone)
        texts.append(memo[key])
    return texts


def keys_of(table: str, frame: pl.DataFrame, zone: str) -> list[str]:
    """The key of every row of a typed table, as used in patches."""
    columns = [cell_texts(frame[c], zone) for c in key_columns(table)]
    return ["/".join(cells) for cells in zip(*columns, strict=True)]


def table_text(columns: Mapping[str, Iterable[Any]], zone: str) -> str:
    r"""A typed table (column name to values) as CSV with a header and lines ended by ``\n``."""
    texts = {name: cell_texts(values, zone) for name, values in columns.items()}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(texts)
    writer.writerows(zip(*texts.values(), strict=True))
    return out.getvalue()


def notes_that_hold(scenario: Scenario) -> tuple[ParameterRecord, ...]:
    """Records of parameters and cells, with their current values.

    Records of removed rows are dropped.
    """
    rows: dict[str, dict[str, int]] = {}
    notes = []
    for record in scenario.parameter_notes:
        value: float | None = scenario.parameters.get(record.name)
        table, _, rest = record.name.partition(".")
        if rest and table in scenario.tables:
            if table not in rows:
                keys = keys_of(table, scenario.tables[table], scenario.zone)
                rows[table] = {key: i for i, key in reversed(list(enumerate(keys)))}
            key, _, column = rest.rpartition(".")
            cell = scenario.tables[table][column][rows[table][key]] if key in rows[table] else None
            value = None if cell is None else float(cell)
        if value is not None:
            notes.append(record.holding(value))
    return tuple(notes)


def content_hash(scenario: Scenario) -> str:
    """SHA-256 of the content, the same on every machine."""
    digest = hashlib.sha256()
    names = ("id", "title", "purpose", "start", "end", "zone", "nationality")
    run = {name: getattr(scenario, name) for name in ("runs", "scale", "small_count")}
    header = {"names": [*(getattr(scenario, name) for name in names), run]}
    if scenario.reference != scenario.start:
        header["names"].append(scenario.reference)
    notes = [
        [r.name, r.value, r.low, r.high, r.prior, r.basis, r.note] for r in scenario.parameter_notes
    ]
    head = {"header": header, "notes": sorted(notes), "parameters": dict(scenario.parameters)}
    digest.update(json.dumps(head, sort_keys=True, ensure_ascii=True, default=str).encode())
    for name in sorted(scenario.tables):
        frame = scenario.tables[name]
        text = table_text({c: frame[c].to_list() for c in frame.columns}, scenario.zone)
        digest.update(f"\0{name}\0{len(text)}\0".encode())
        digest.update(text.encode())
    return digest.hexdigest()


def header_text(scenario: Scenario) -> str:
    """``scenario.toml``; parameters at their default are left out."""
    names = ["id", "title", "purpose", "start", "end", "reference", "zone", "nationality"]
    if scenario.reference == scenario.start:
        names.remove("reference")
    noted = {r.name: _record(r) for r in scenario.parameter_notes}
    defaults = {name: spec.default for name, spec in schema.parameters().items()}
    plain_values = {
        name: value
        for name, value in scenario.parameters.items()
        if name not in noted and value != defaults.get(name, 1.0)
    }
    return tomli_w.dumps(
        {
            **{name: getattr(scenario, name) for name in names},
            "run": {name: getattr(scenario, name) for name in ("runs", "scale", "small_count")},
            "parameters": {**plain_values, **noted},
        }
    )


def _record(record: ParameterRecord) -> dict[str, Any]:
    names = ("value", "low", "high", "prior", "basis", "note")
    values = {name: getattr(record, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, "")}


def scenario_files(scenario: Scenario) -> dict[str, str]:
    """Texts of a scenario folder by file name, without empty optional tables."""
    files = {"scenario.toml": header_text(scenario)}
    for name, frame in scenario.tables.items():
        if frame.height or name in schema.REQUIRED_TABLES:
            columns = {c: frame[c].to_list() for c in frame.columns}
            files[f"{name}.csv"] = table_text(columns, scenario.zone)
    return files


def write(scenario: Scenario, folder: Path) -> Path:
    """Write a scenario with its patches applied as a new folder; InputError if it exists.

    The folder is written atomically. Variants are not written, because they are patches of the
    original folder.
    """
    return write_folder(folder, scenario_files(scenario))


def refuse_if_taken(folder: Path) -> None:
    """InputError if there is an existing file or folder."""
    if folder.exists():
        raise InputError(
            [Mistake(folder.name, None, "", "an existing file or folder", "an unused name")]
        )


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write texts (in UTF-8) and bytes as a new folder atomically, by renaming a temporary one."""
    refuse_if_taken(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        made.chmod(0o755)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder
