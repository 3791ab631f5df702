"""Command line: read the counts, write the tables of `ukraine-2022`."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.build_russia_2022.evidence import Cells, write_table

from .counts import build_observations
from .people import build_groups
from .policies import build_pressures, build_rules, build_traffic
from .sources import build_sources
from .statements import build_claims
from .world import build_areas, build_attractions, build_diaspora, build_legs, build_places

ROOT = Path(__file__).resolve().parents[2]


def build(evidence: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    tables: dict[str, list[Cells]] = {
        "places": build_places(),
        "areas": build_areas(),
        "legs": build_legs(),
        "groups": build_groups(),
        "rules": build_rules(),
        "pressures": build_pressures(),
        "traffic": build_traffic(),
        "diaspora": build_diaspora(),
        "attractions": build_attractions(),
        "observations": build_observations(evidence / "ukraine-2022"),
        "claims": build_claims(),
    }
    tables["sources"] = build_sources(
        {str(r["source"]) for rows in tables.values() for r in rows if r.get("source")}
    )
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_table(out, ROOT / "src" / "emigre" / "schema", name, rows)
    return {name: len(rows) for name, rows in tables.items()}


def main() -> None:
    """Parse the arguments and build."""
    parser = argparse.ArgumentParser(prog="python -m scripts.build_ukraine_2022")
    parser.add_argument("--evidence", type=Path, default=ROOT.parent / "shared" / "evidence")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "src" / "emigre" / "scenarios" / "ukraine-2022"
    )
    arguments = parser.parse_args()
    for name, count in build(arguments.evidence, arguments.out).items():
        print(f"{name:14}{count:6} rows")


if __name__ == "__main__":
    main()
