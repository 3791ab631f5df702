"""Command line: read the evidence, write the tables and the notes of `russia-2022`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .claims import build_claims
from .composition import build_composition
from .evidence import Cells, read_evidence, write_table
from .groups import build_groups
from .legs import build_legs
from .notes import write_notes
from .observations import build_observations
from .places import build_areas, build_places
from .pressures import build_attractions, build_diaspora, build_jobs, build_pressures
from .rules import build_rules
from .traffic import build_traffic

ROOT = Path(__file__).resolve().parents[2]


def build(evidence_folder: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    evidence = read_evidence(evidence_folder)
    places = build_places(evidence)
    tables: dict[str, list[Cells]] = {
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
        "claims": build_claims(evidence),
    }
    named = {str(r.get("source")) for rows in tables.values() for r in rows}
    sources = evidence.sources.rows
    tables["sources"] = [sources[name] for name in sorted(sources) if name in named]
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_table(out, ROOT / "src" / "emigre" / "schema", name, rows)
    write_notes(evidence, out / "NOTES.md")
    return {name: len(rows) for name, rows in tables.items()}


def main() -> None:
    """Parse the arguments and build."""
    parser = argparse.ArgumentParser(prog="python -m scripts.build_russia_2022")
    parser.add_argument("--evidence", type=Path, default=ROOT.parent / "shared" / "evidence")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "src" / "emigre" / "scenarios" / "russia-2022"
    )
    arguments = parser.parse_args()
    for name, count in build(arguments.evidence, arguments.out).items():
        print(f"{name:14}{count:6} rows")


if __name__ == "__main__":
    main()
