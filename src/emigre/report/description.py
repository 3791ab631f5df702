"""The description of a scenario and its model: ODD protocol (2020) and model card, as Markdown.

The page is templates/description.md.j2. The text common to all scenarios is templates/model.md
(published as docs/model.md); equations come from the docstrings of the processes; parameters,
measures and rule kinds from the schema; everything else is counted from the scenario. Each fact
has a single source, so the description cannot drift.

ODD: Grimm et al. 2020, Journal of Artificial Societies and Social Simulation 23(2) 7. Model cards:
Mitchell et al. 2019, doi:10.1145/3287560.3287596.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from emigre import schema
from emigre.evaluation.key_results import period
from emigre.report.page import environment, text_of
from emigre.results.notice import FAIR_USE
from emigre.results.output_dir import refuse_taken_file, write_whole
from emigre.results.text import counted
from emigre.scenario.library import POSTERIOR_INFO
from emigre.scenario.loader import load
from emigre.scenario.model import ParameterRecord, Scenario
from emigre.version import VERSION

_PROCESSES = (
    *("route_choice", "access", "departures", "decisions", "journeys", "border_checks"),
    *("admission", "households", "queue", "legal_status", "livelihood", "arrivals"),
    *("onward_return", "initial_stock"),
)
SUBMODELS = (
    *(f"processes/{name}.py" for name in _PROCESSES),
    *("engine/pressures.py", "rules/timeline.py", "geography/routes.py"),
    *("scenario/population.py", "numerics/random.py"),
)
"""Modules whose docstrings hold the equations: in the order of a day, then their foundations."""
_PLURALS = {"country": "countries"}
_PRESSURES = ("id", "kind", "onset", "leaving", "returning", "basis", "note")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def describe(scenario: Scenario | str | PathLike[str]) -> str:
    """Describe a scenario and the model: a model card and the ODD protocol.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, its name or folder.

    Returns
    -------
    str
        The description as Markdown.

    Raises
    ------
    InputError
        If the scenario is invalid.
    """
    scenario = load(scenario)
    tables = scenario.tables
    kinds = tables["places"].group_by("kind", maintain_order=True).len().iter_rows()
    return (
        environment()
        .get_template("description.md.j2")
        .render(
            scenario=scenario,
            version=VERSION,
            fair_use=FAIR_USE,
            model=_model(),
            submodels=SUBMODELS,
            docstring=docstring,
            table=_table,
            patterns=_patterns(tables["observations"]),
            kinds=[counted(n, kind, _PLURALS.get(kind, "")) for kind, n in kinds],
            inputs=_inputs(tables),
            rules=_rules(tables["rules"]),
            pressures=tables["pressures"].select(_PRESSURES),
            parameters=_parameters(scenario),
            factors=_factors(tables["groups"]),
            uses=Counter(tables["observations"]["use"].cast(pl.String)),
            posterior=_posterior(scenario),
        )
        + "\n"
    )


def write(text: str, path: Path, *, force: bool = False) -> None:
    """Write a description; ResultsError if the file exists and ``force`` is not set."""
    refuse_taken_file(path, force=force, ending=".md")
    write_whole(path, text)


def docstring(path: str) -> str:
    """The docstring of a file of the package, read without importing it."""
    source = files("emigre").joinpath(*path.split("/")).read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source))
    assert text is not None, path
    return text


def _model() -> list[tuple[str, str]]:
    """Headings and texts of the model page, with relative links reduced to their text."""
    sections = _LINK.sub(r"\1", text_of("model.md")).split("\n## ")[1:]
    return [(head.strip(), body.strip()) for head, _, body in (s.partition("\n") for s in sections)]


def _patterns(observations: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    """Published figures of each measure, by use, and the days they cover."""
    for (measure,), rows in observations.group_by("measure", maintain_order=True):
        uses = [(rows["use"] == use).sum() for use in ("fit", "check", "context")]
        yield f"`{measure}`", *uses, period(min(rows["from"]), max(rows["to"]))


def _inputs(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[object, ...]]:
    """Rows of each table, by their basis."""
    for name, frame in tables.items():
        if frame.height:
            basis = frame["basis"] if "basis" in frame.columns else None
            kinds = ("official", "reported", "estimate")
            counts = (None if basis is None else (basis == kind).sum() for kind in kinds)
            yield f"`{name}`", frame.height, *counts


def _rules(rules: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    for kind, n in rules.group_by("kind").len().sort("kind").iter_rows():
        yield f"`{kind}`", n, schema.rule_kinds()[kind].description


def _parameters(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    records = {record.name: record for record in scenario.parameter_notes}
    for name in {**schema.parameters(), **scenario.parameters}:
        spec = schema.parameter(name)
        value = scenario.parameters.get(name, spec.default if spec else 0.0)
        record = records.get(name, ParameterRecord(name, value))
        unit, meaning, source = (
            (spec.unit, spec.description, spec.source)
            if spec
            else ("", "Defined by the pressures or tables of the scenario.", "")
        )
        basis = record.basis or source
        yield (f"`{name}`", _number(value), _range(record), unit, meaning, basis, record.note)


def _range(record: ParameterRecord) -> str:
    if record.low is None or record.high is None:
        return ""
    prior = f", {record.prior}" if record.prior else ""
    return f"{_number(record.low)} to {_number(record.high)}{prior}"


def _factors(groups: pl.DataFrame) -> dict[str, int]:
    """Number of categories of each attribute by which groups differ."""
    known = [name for name in schema.attributes() if name in groups.columns]
    return {name: n for name in known if (n := groups[name].n_unique()) > 1}


def _posterior(scenario: Scenario) -> dict[str, Any] | None:
    """The record of the posterior that the scenario ships, if it does."""
    path = None if scenario.folder is None else scenario.folder / POSTERIOR_INFO
    if path is None or not path.is_file():
        return None
    posterior: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return posterior


def _number(value: float) -> str:
    return f"{value:.10g}"


def _table(heads: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Rows as a Markdown table."""
    return "\n".join([_line(heads), "|" + "---|" * len(heads), *map(_line, rows)])


def _line(cells: Iterable[object]) -> str:
    texts = ("" if cell is None else str(cell) for cell in cells)
    return "| " + " | ".join(t.replace("|", "\\|").replace("\n", " ") for t in texts) + " |"
