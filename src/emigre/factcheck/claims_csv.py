"""Read the claims of a scenario or a run, and write their table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from emigre.errors import InputError, Mistake, refuse
from emigre.evaluation.track_record import scenario_of
from emigre.factcheck.claim import Claim, attribute_needed, from_table
from emigre.factcheck.verdict import Finding
from emigre.factcheck.verdict_text import table
from emigre.results import csv_files, notice
from emigre.results.folder import SCENARIO, Results
from emigre.results.output_dir import RESULTS
from emigre.results.run_info import RunInfo
from emigre.scenario.library import HEADER
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import quoted


@dataclass(frozen=True, slots=True)
class Stated:
    """The claims of a scenario and the attribute by which counts must be split for them.

    ``notes`` say that the copy of a scenario in a run folder was edited.
    """

    scenario: Scenario
    claims: tuple[Claim, ...]
    attribute: str | None
    notes: tuple[str, ...] = ()


def is_run(target: str) -> bool:
    """Whether this names a folder of results; scenarios take precedence, as in all commands."""
    folder = Path(target)
    return not (folder / HEADER).is_file() and any((folder / mark).is_file() for mark in RESULTS)


def of_scenario(target: str, other: str | None = None) -> Stated:
    """Claims of a scenario; InputError without any."""
    if other is not None:
        expected = "no --scenario: a scenario is checked against its own claims"
        raise InputError(Mistake("--scenario", quoted(other), expected))
    return _stated(load(target))


def of_run(
    target: str, other: str | None = None, given: Mapping[str, int | None] | None = None
) -> tuple[Results, Stated]:
    """A run and its claims; InputError for options ``given`` that only a simulation has."""
    refuse(
        Mistake(option, str(value), "no such option for a finished run")
        for option, value in (given or {}).items()
        if value is not None
    )
    results = Results.read(target)
    scenario = scenario_of(results, with_later_counts=False) if other is None else load(other)
    info, is_copy = results.info, other is None and (results.folder / SCENARIO).is_dir()
    notes = info.notes_on_scenario(results.folder.name, scenario.hash) if is_copy else ()
    return results, replace(_stated(scenario), notes=tuple(notes))


def _stated(scenario: Scenario) -> Stated:
    claims = from_table(scenario.tables["claims"], scenario.tables["sources"])
    if not claims:
        found = f"no claim in the scenario {quoted(scenario.id)}"
        raise InputError(Mistake("claims.csv", found, "at least one row"))
    return Stated(scenario, tuple(claims), attribute_needed(claims))


def write_csv(findings: Iterable[Finding], info: RunInfo, path: Path) -> None:
    """Write the table of claims; creates the folder if needed."""
    csv_files.write(table(findings, info), path)
    notice.write_beside(path, info)
