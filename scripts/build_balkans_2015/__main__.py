"""Command line: read the counts, write the tables of `balkans-2015`."""

from pathlib import Path

from scripts.scenario_tables import Tables, command, shipped_rows, source_rows, write_tables

from .counts import build_departures, build_observations
from .people import build_composition, build_diaspora, build_groups, build_pressures
from .world import build_areas, build_legs, build_places


def build(evidence: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    counts = evidence / "balkans-2015" / "daily_by_border.csv"
    tables: Tables = {
        "places": build_places(),
        "areas": build_areas(),
        "legs": build_legs(),
        "groups": build_groups(),
        "composition": build_composition(),
        "rules": shipped_rows("balkans-2015", "rules"),
        "pressures": build_pressures(),
        "departures": build_departures(counts),
        "diaspora": build_diaspora(),
        "observations": build_observations(counts),
        "claims": shipped_rows("balkans-2015", "claims"),
    }
    tables["sources"] = source_rows(Path(__file__).with_name("sources.csv"), tables)
    return write_tables(out, tables)


if __name__ == "__main__":
    command("balkans-2015", build)
