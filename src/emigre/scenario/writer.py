"""Write scenarios as canonical text: equal content gives equal bytes."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from emigre import schema
from emigre.errors import InputError, Mistake
from emigre.results.output_dir import making, writing
from emigre.scenario.model import HEADER_KEYS, RECORD_KEYS, RUN_KEYS, ParameterRecord, Scenario
from emigre.scenario.texts import table_text


def header_text(scenario: Scenario) -> str:
    """``scenario.toml``; parameters at their default are left out."""
    header = {key: getattr(scenario, key) for key in HEADER_KEYS}
    if scenario.reference == scenario.start:
        del header["reference"]
    noted = {r.name: _record(r) for r in scenario.parameter_notes}
    defaults = {name: spec.default for name, spec in schema.parameters().items()}
    plain_values = {
        name: value
        for name, value in scenario.parameters.items()
        if name not in noted and value != defaults.get(name, 1.0)
    }
    return tomli_w.dumps(
        {
            **header,
            "run": {key: getattr(scenario, key) for key in RUN_KEYS},
            "parameters": {**plain_values, **noted},
        }
    )


def _record(record: ParameterRecord) -> dict[str, Any]:
    values = ((key, getattr(record, key)) for key in RECORD_KEYS)
    return {key: value for key, value in values if value not in (None, "")}


def scenario_files(scenario: Scenario) -> dict[str, str]:
    """Texts of a scenario folder by file name, without empty optional tables."""
    files = {"scenario.toml": header_text(scenario)}
    for name, frame in scenario.tables.items():
        if frame.height or name in schema.REQUIRED_TABLES:
            columns = {c: frame[c].to_list() for c in frame.columns}
            files[f"{name}.csv"] = table_text(columns, scenario.zone)
    return files


def write(scenario: Scenario, folder: Path) -> Path:
    """Write a scenario, patches applied and without variants; InputError if the folder exists."""
    return write_folder(folder, scenario_files(scenario))


def refuse_existing(folder: Path) -> None:
    """InputError if there is a file or folder of this name."""
    if folder.exists():
        raise InputError(Mistake(folder.name, "an existing file or folder", "an unused name"))


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write texts (in UTF-8) and bytes as a new folder atomically, by renaming a temporary one."""
    refuse_existing(folder)
    with making(folder.parent), writing(folder, is_draft=True):
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
