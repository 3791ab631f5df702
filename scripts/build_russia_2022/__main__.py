"""Command line: read the evidence, write the tables and the notes of `russia-2022`."""

from pathlib import Path

from scripts.scenario_tables import Tables, cited, command, shipped_rows, write_tables

from .composition import build_composition
from .evidence import read_evidence
from .groups import build_groups
from .legs import build_legs
from .notes import write_notes
from .observations import build_observations
from .places import build_areas, build_places
from .pressures import build_attractions, build_diaspora, build_jobs, build_pressures
from .rules import build_rules
from .traffic import build_traffic


def build(evidence_folder: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    evidence = read_evidence(evidence_folder)
    places = build_places(evidence)
    tables: Tables = {
        "places": places,
        "areas": build_areas(evidence, places),
        "legs": build_legs(evidence),
        "groups": build_groups(evidence),
        "composition": build_composition(evidence),
        "rules": build_rules(evidence),
        "pressures": build_pressures(evidence),
        "traffic": build_traffic(evidence),
        "diaspora": build_diaspora(evidence),
        "attractions": build_attractions(),
        "jobs": build_jobs(),
        "observations": build_observations(evidence),
        # A row for every way in which a statement can be read, also of figures that are not
        # simulated, so that a reader sees why they are not compared. Claims about the border in
        # October to December 2022, whose counts are kept apart, say only what a rule does.
        "claims": shipped_rows("russia-2022", "claims"),
    }
    sources, named = evidence.sources.rows, cited(tables)
    tables["sources"] = [sources[name] for name in sorted(sources) if name in named]
    rows = write_tables(out, tables)
    write_notes(evidence, out / "NOTES.md")
    return rows


if __name__ == "__main__":
    command("russia-2022", build)
