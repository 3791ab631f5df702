"""The blank form of a scenario: every table with its header and one explained example row.

The rows of the required tables, a pressure and an observation make a scenario that runs, and name
the source ``example``, so that ``check`` says which of them are left. Rows of other tables begin
with ``#``, so that they are skipped until somebody removes the sign.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping

from emigre import schema
from emigre.scenario.csv_files import REMARK

EXAMPLE = "example"
"""Source of the example rows."""
EXAMPLE_ADDRESS = "https://example.org"
"""Its address."""

HEADER = """\
# Fill in this file and the tables beside it, then: emigre check FOLDER
# Rows and columns that begin with # are skipped. Rows whose source is "example" are to be replaced.
id = "blank"
title = "What is simulated, where and when"
purpose = "Who decides what with these numbers."
start = 2030-01-01          # first simulated day
end = 2030-03-31            # last simulated day
zone = "UTC"                # IANA time zone of the country people leave, such as Africa/Khartoum
nationality = "AAA"         # as in groups.csv

[run]
runs = 20
scale = 10                  # people per simulated person: about population / 100,000
small_count = 10            # simulated persons below this are withheld

# A range (5 % and 95 % quantiles of what you believe) is wider than you first think.
[parameters]
base_leaving_per_day = { value = 1e-5, low = 1e-6, high = 1e-4, prior = "lognormal", basis = \
"estimate", note = "one household in 100,000 decides each day without pressures" }
base_returning_per_day = { value = 0.001, low = 0.0002, high = 0.005, prior = "lognormal", basis = \
"estimate", note = "half return within two years without pressures" }
asylum_share = { value = 0.0, basis = "estimate", note = "nobody claims asylum at the border" }
pressure_conflict = { value = 1.0, low = 0.5, high = 2.0, prior = "lognormal", basis = \
"estimate", note = "scales all rows of pressures.csv of the kind conflict" }
"""

_ROAD = {"mode": "road", "km": "250", "hours": "6", "both_ways": "yes"}
_NOTE = "Example of the blank form."
_ROWS: Mapping[str, tuple[dict[str, str], ...]] = {
    "sources": (
        {
            "id": EXAMPLE,
            "title": "Example of the blank form",
            "publisher": "Emigre",
            "published": "2030-01-01",
            "address": EXAMPLE_ADDRESS,
            "note": "Invented. Delete this row last.",
        },
    ),
    "places": (
        {
            "id": "REGION",
            "name": "A region people leave",
            "kind": "origin",
            "country": "AAA",
            "lat": "10",
            "lon": "20",
            "population": "100000",
        },
        {
            "id": "GATE",
            "name": "A crossing into the neighbour",
            "kind": "crossing",
            "country": "BBB",
            "exit_country": "AAA",
            "mode": "road",
            "lat": "10",
            "lon": "22",
        },
        {
            "id": "BBB",
            "name": "The neighbour",
            "kind": "country",
            "country": "BBB",
            "lat": "10",
            "lon": "24",
            "income_eur_per_year": "2000",
            "living_cost_eur_per_month": "60",
        },
    ),
    "legs": (
        {
            "from": "REGION",
            "to": "GATE",
            "mode": "road",
            "km": "250",
            "hours": "6",
            "both_ways": "yes",
        },
        {
            "from": "GATE",
            "to": "BBB",
            "mode": "road",
            "km": "250",
            "hours": "6",
            "both_ways": "yes",
        },
    ),
    "groups": (
        {
            "id": "families",
            "share": "1",
            "nationality": "AAA",
            "sex": "any",
            "age_band": "any",
            "occupation": "any",
            "minority": "any",
            "document": "any",
            "means": "low",
            **{f"size_{n}": s for n, s in enumerate(("0.1", "0.1", "0.2", "0.2", "0.4"), 1)},
        },
    ),
    "rules": (
        {"id": "open", "kind": "entry", "place": "BBB", "value": "1"},
        {"id": "work", "kind": "work", "place": "BBB", "value": "1"},
    ),
    "diaspora": ({"country": "BBB", "nationality": "AAA", "persons": "1000"},),
    "pressures": (
        {
            "id": "fighting",
            "kind": "conflict",
            "place": "REGION",
            "onset": "2030-01-10",
            "half_life_days": "30",
            "leaving": "5",
            "returning": "-3",
        },
    ),
    "observations": (
        {
            "id": "arrived_by_february",
            "measure": "arrived",
            "place": "BBB",
            "from": "2030-01-10",
            "to": "2030-02-01",
            "cumulative": "yes",
            "value": "5000",
            "use": "fit",
            "published": "2030-02-02",
        },
    ),
    "areas": ({"area": "WEST", "name": "The west", "place": "REGION"},),
    "attractions": ({"place": "BBB", "who": "occupation=any", "weight": "0.5"},),
    "claims": (
        {
            "id": "spokesperson",
            "said_by": "an institution",
            "said_on": "2030-02-01",
            "statement": "More than 5,000 have arrived.",
            "kind": "value",
            "counts": "people",
            "measure": "arrived",
            "place": "BBB",
            "from": "2030-01-10",
            "to": "2030-02-01",
            "value": "5000",
            "wording": "more_than",
        },
    ),
    "composition": ({"origin": "REGION", "attribute": "occupation", "value": "any", "share": "1"},),
    "departures": ({"origin": "REGION", "date": "2030-01-10", "persons": "120"},),
    "jobs": ({"place": "BBB", "who": "occupation=any", "factor": "1"},),
    "present": ({"place": "BBB", "persons": "500"},),
    "traffic": (
        {
            "id": "everyday",
            "crossing": "GATE",
            "nationality": "AAA",
            "document": "any",
            "persons_per_day": "50",
        },
    ),
}
"""Example rows; those of :data:`_IN_USE` are read."""
_IN_USE = (*schema.REQUIRED_TABLES, "pressures", "observations")


def blank_files() -> dict[str, str]:
    """Texts of the files of a blank form by name."""
    assert tomllib.loads(HEADER)
    return {"scenario.toml": HEADER, **{f"{name}.csv": _table(name) for name in schema.tables()}}


def _table(name: str) -> str:
    """A table: header, what the columns mean, example rows."""
    columns = schema.tables()[name]
    common = {"basis": "estimate", "source": EXAMPLE, "note": _NOTE}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(c.name for c in columns)
    meanings = [_meaning(column) for column in columns]
    writer.writerow([f"{REMARK} {meanings[0]}", *meanings[1:]])
    sign = "" if name in _IN_USE else REMARK
    for row in _ROWS[name]:
        cells = [(common | row).get(column.name, "") for column in columns]
        writer.writerow([sign + cells[0], *cells[1:]])
    return out.getvalue()


def _meaning(column: schema.Column) -> str:
    """What goes into a column: whether it is needed, its unit or choices, its description."""
    need = "required" if column.required else f"empty: {column.default or 'none'}"
    kind = ", ".join(column.choices) or column.unit or column.kind.replace("_", " or ")
    if column.refers_to:
        kind = f"id in {column.refers_to}.csv"
    return f"({need}; {kind}) {column.description}"
