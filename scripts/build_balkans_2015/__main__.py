"""Command line: read the counts, write the tables of `balkans-2015`."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.build_russia_2022.evidence import Cells, write_table

from .counts import build_departures, build_observations
from .people import build_composition, build_diaspora, build_groups, build_pressures
from .policies import build_rules
from .sources import build_sources
from .statements import build_claims
from .world import build_areas, build_legs, build_places

ROOT = Path(__file__).resolve().parents[2]


def build(evidence: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    counts = evidence / "balkans-2015" / "daily_by_border.csv"
    tables: dict[str, list[Cells]] = {
        "places": build_places(),
        "areas": build_areas(),
        "legs": build_legs(),
        "groups": build_groups(),
        "composition": build_composition(),
        "rules": build_rules(),
        "pressures": build_pressures(),
        "departures": build_departures(counts),
        "diaspora": build_diaspora(),
        "observations": build_observations(counts),
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
    parser = argparse.ArgumentParser(prog="python -m scripts.build_balkans_2015")
    parser.add_argument("--evidence", type=Path, default=ROOT.parent / "shared" / "evidence")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "src" / "emigre" / "scenarios" / "balkans-2015"
    )
    arguments = parser.parse_args()
    for name, count in build(arguments.evidence, arguments.out).items():
        print(f"{name:14}{count:6} rows")


if __name__ == "__main__":
    main()
