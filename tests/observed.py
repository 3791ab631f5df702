"""Tables of observations for tests, typed as the reader types them."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from typer.testing import CliRunner

from emigre import schema
from emigre.cli import app

FIRST = date(2030, 3, 1)
TYPES = {"number": pl.Float64, "date": pl.Date, "yes_no": pl.Boolean}
_BASE: dict[str, Any] = {
    "measure": "passages",
    "place": "BRIDGE",
    "error": "exact",
    "use": "fit",
    "headline": False,
    "basis": "official",
    "source": "guard",
}


def kinds(table: str) -> dict[str, Any]:
    return {c.name: TYPES.get(c.kind, pl.String) for c in schema.tables()[table]}


def observations(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows with defaults; ``from`` and ``to`` may be numbers of days after FIRST.

    Published on the day ``to`` unless they say otherwise.
    """
    types = kinds("observations")
    made = []
    for i, given in enumerate(rows):
        row = dict.fromkeys(types) | _BASE | {"id": f"row{i}"} | given
        for name in ("from", "to", "published"):
            if isinstance(row[name], int):
                row[name] = FIRST + timedelta(days=row[name])
        row["to"] = row["to"] or row["from"] + timedelta(days=1)
        row["published"] = row["published"] or row["to"]
        made.append(row)
    return pl.DataFrame(made, schema=types, orient="row")


def daily(values: list[float], **more: Any) -> list[dict[str, Any]]:
    """One count a day from FIRST on."""
    return [{"id": f"day{i}", "from": i, "value": float(v)} | more for i, v in enumerate(values)]


def pressures(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of pressures.csv; only what naive rules read need be given."""
    types = kinds("pressures")
    made = [dict.fromkeys(types) | {"leaving": 1.0} | row for row in rows]
    return pl.DataFrame(made, schema=types, orient="row")


def call(*words: str) -> Any:
    """Run a command of Emigre in this process."""
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def with_daily_counts(scenario: str = "mine") -> str:
    """A copy of tiny that holds daily counts too, so that rules know something."""
    call("new", scenario)
    path = f"{scenario}/observations.csv"
    table = pl.read_csv(path, infer_schema=False)
    days = [
        dict.fromkeys(table.columns, None)
        | {
            "id": f"d{i}",
            "measure": "passages",
            "place": "BRIDGE",
            "from": str(date(2030, 3, 4) + timedelta(days=i)),
            "to": str(date(2030, 3, 5) + timedelta(days=i)),
            "value": str(40 + 3 * (i % 5)),
            "use": "fit",
            "published": str(date(2030, 3, 5) + timedelta(days=i)),
            "basis": "estimate",
            "source": "invented",
            "note": "Invented.",
        }
        for i in range(14)
    ]
    more = pl.DataFrame(days, schema=table.schema)
    pl.concat([table, more]).write_csv(path)
    return scenario
