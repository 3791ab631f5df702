"""Counts from files of agencies: upload, choose columns, preview the rows, add them."""

import re
import secrets
import time
from dataclasses import replace
from pathlib import Path

from emigre import schema
from emigre.adapters.acled import add_pressures
from emigre.adapters.counts import add_counts
from emigre.adapters.hxl import plan_tagged
from emigre.adapters.import_options import DATE_ORDERS, ImportOptions, ImportPlan
from emigre.adapters.layouts import LAYOUTS, parse_columns
from emigre.errors import InputError, Mistake, refuse
from emigre.results.output_dir import write_whole
from emigre.results.text import words
from emigre.scenario.arguments import name_values
from emigre.web import tables
from emigre.web.study_forms import FormField, measure_titles
from emigre.web.workspace import OWN, Workspace

UPLOADS = "uploads"
SUFFIXES = (".csv", ".tsv", ".xlsx", ".json", ".txt")
_LAYOUTS = {
    "hxl": "HXL: a table with hashtags such as #country+code",
    "unhcr": "UNHCR Refugee Data Finder",
    "unhcr-portal": "UNHCR Operational Data Portal, time series",
    "dtm": "IOM Displacement Tracking Matrix",
    "hapi": "HDX Humanitarian API",
    "idmc": "IDMC internal displacement",
    "acled": "ACLED conflict events (pressures)",
    "table": "Another table: name its columns below",
}
_KEEP_SECONDS = 86_400


def keep(workspace: Workspace, file: str, content: bytes) -> str:
    """Keep an uploaded file for at most a day; returns its name, InputError for another kind."""
    suffix = Path(file).suffix.lower()
    if suffix not in SUFFIXES:
        expected = f"a file with one of the endings {', '.join(SUFFIXES)}"
        raise InputError(Mistake("file", f'"{file}"', expected))
    home = workspace.runs / OWN / UPLOADS
    home.mkdir(parents=True, exist_ok=True)
    for old in home.iterdir():
        if time.time() - old.stat().st_mtime > _KEEP_SECONDS:
            old.unlink(missing_ok=True)
    name = f"{secrets.token_hex(12)}{suffix}"
    write_whole(home / name, content)
    return name


def forget(workspace: Workspace, name: str) -> None:
    """Delete an uploaded file."""
    _kept(workspace, name).unlink(missing_ok=True)


def form(folder: Path, given: dict[str, str]) -> list[FormField]:
    """The fields of the form with their values."""
    sources = tables.choices(folder, schema.columns("observations")["source"])
    uses = {"context": "for comparison only", "fit": "to fit the model", "check": "to check it"}
    fields = [
        FormField("layout", "format of the file", "choice", choices=_LAYOUTS, is_required=True),
        FormField(
            *("measure", "what was counted", "choice"),
            choices={"": "set by the format"} | measure_titles(),
        ),
        FormField("source", "source", "choice", choices=sources, is_required=True),
        FormField("use", "use of the counts", "choice", "context", uses),
        FormField("at", "id of the place, if no column has it", "text"),
        FormField("since", "running totals since (date)", "text"),
        FormField(
            *("dates", "dates such as 3/4/2030", "choice"),
            choices={
                "": "detected from the table",
                **{order: words(order) for order in DATE_ORDERS},
            },
        ),
        FormField("columns", "columns, as ROLE=COLUMN; separated by ;", "text", is_technical=True),
        FormField("places", "names of places, as NAME=ID; …", "text", is_technical=True),
        FormField("where", "only rows with COLUMN=VALUE; …", "text", is_technical=True),
    ]
    return [replace(field, value=given.get(field.name, "")) for field in fields]


def plan(workspace: Workspace, folder: Path, given: dict[str, str]) -> ImportPlan:
    """The rows that a kept file would add; InputError with every mistake."""
    path = _kept(workspace, given.get("kept", ""))
    layout = given.get("layout", "")
    mistakes = [
        Mistake(name, "nothing", expected)
        for name, expected in (("layout", "the format of the file"), ("source", "a source"))
        if not given.get(name)
    ]
    if layout and layout not in _LAYOUTS:
        mistakes.append(Mistake("layout", f'"{layout}"', "one of the choices"))
    if not path.is_file():
        mistakes.append(Mistake("file", "no file", "a file to read"))
    refuse(mistakes)
    pairs = {key: _pairs(key, given.get(key, "")) for key in ("places", "where", "columns")}
    skip = given.get("skip-unknown") == "yes"
    if layout == "acled":
        places = pairs["places"]
        return add_pressures(path, folder, source=given["source"], places=places, skip_unknown=skip)
    chosen = LAYOUTS.get(layout)
    if chosen is not None and pairs["columns"]:
        texts = [f"{role}={column}" for role, column in pairs["columns"].items()]
        chosen = chosen.with_columns(parse_columns(texts))
    measure = given.get("measure") or (chosen.measure if chosen is not None else "")
    options = ImportOptions(
        measure,
        given["source"],
        use=given.get("use") or "context",
        places=pairs["places"],
        where=pairs["where"],
        at=given.get("at") or None,
        since=given.get("since") or None,
        dates=given.get("dates") or None,
        skip_unknown=skip,
    )
    if not measure:
        raise InputError(Mistake("measure", "nothing", "what was counted"))
    if chosen is None:
        return plan_tagged(path, folder, options)
    return add_counts(path, folder, chosen, options)


def _kept(workspace: Workspace, name: str) -> Path:
    """An uploaded file by its name; no file for any other name."""
    is_ours = re.fullmatch(rf"[0-9a-f]{{24}}({'|'.join(map(re.escape, SUFFIXES))})", name)
    return workspace.runs / OWN / UPLOADS / (name if is_ours else "none")


def _pairs(field: str, text: str) -> dict[str, str]:
    """Pairs NAME=VALUE between semicolons, read as on the command line."""
    parts = [part for part in text.split(";") if part.strip()]
    return name_values(field, parts, at_last=field != "columns")
