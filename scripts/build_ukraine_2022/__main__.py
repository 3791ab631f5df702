"""Command line: read the counts, write the tables of `ukraine-2022`."""

from pathlib import Path

from scripts.scenario_tables import Tables, command, shipped_rows, source_rows, write_tables

from .counts import build_observations
from .people import build_groups
from .traffic import build_traffic
from .world import build_areas, build_attractions, build_diaspora, build_legs, build_places


def build(evidence: Path, out: Path) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    tables: Tables = {
        "places": build_places(),
        "areas": build_areas(),
        "legs": build_legs(),
        "groups": build_groups(),
        "rules": shipped_rows("ukraine-2022", "rules"),
        "pressures": shipped_rows("ukraine-2022", "pressures"),
        "traffic": build_traffic(),
        "diaspora": build_diaspora(),
        "attractions": build_attractions(),
        "observations": build_observations(evidence / "ukraine-2022"),
        "claims": shipped_rows("ukraine-2022", "claims"),
    }
    tables["sources"] = source_rows(
        Path(__file__).with_name("sources.csv"), tables, "Not evidence: each row states its reason."
    )
    return write_tables(out, tables)


if __name__ == "__main__":
    command("ukraine-2022", build)
