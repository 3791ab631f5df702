"""Write the tables of scenarios built from evidence; their command line."""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]
Cells = dict[str, object]
Tables = dict[str, list[Cells]]

ESTIMATE = "emigre-estimates"
"""Source of what this project estimates."""

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "src" / "emigre" / "schema" / "tables"
SCENARIOS = ROOT / "src" / "emigre" / "scenarios"


def read_rows(path: Path) -> list[Row]:
    """Rows of a CSV file as dictionaries of text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped_rows(scenario: str, table: str) -> list[Cells]:
    """Rows of a shipped table that is edited by hand and only copied."""
    return [dict(row) for row in read_rows(SCENARIOS / scenario / f"{table}.csv")]


def cited(tables: Tables) -> set[str]:
    """Ids of the sources that rows cite."""
    return {str(r["source"]) for rows in tables.values() for r in rows if r.get("source")}


def source_rows(path: Path, tables: Tables, note: str = "") -> list[Cells]:
    """Cited rows of a table of sources, by id; ``note`` is that of ESTIMATE."""
    known = {row["id"]: row for row in read_rows(path)}
    return [
        {**known[key], "note": note if key == ESTIMATE else ""} for key in sorted(cited(tables))
    ]


def write_tables(out: Path, tables: Tables) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each."""
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write_table(out, name, rows)
    return {name: len(rows) for name, rows in tables.items()}


def command(scenario: str, build: Callable[[Path, Path], dict[str, int]]) -> None:
    """Parse the arguments and build a scenario."""
    package = f"scripts.build_{scenario.replace('-', '_')}"
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    parser.add_argument("--evidence", type=Path, default=ROOT.parent / "shared" / "evidence")
    parser.add_argument("--out", type=Path, default=SCENARIOS / scenario)
    arguments = parser.parse_args()
    for name, count in build(arguments.evidence, arguments.out).items():
        print(f"{name:14}{count:6} rows")


def _cell(value: object) -> str:
    """Text of a cell: no superfluous digits, yes and no for truth values."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    return str(value)


def _write_table(folder: Path, name: str, rows: list[Cells]) -> None:
    """Write NAME.csv with the schema's columns in order, without optional columns nobody uses."""
    columns = read_rows(SCHEMA / f"{name}.csv")
    known = {c["column"] for c in columns}
    for row in rows:
        if not set(row) <= known:
            raise KeyError(f"{name}: unknown columns {sorted(set(row) - known)}")
    used = [
        c["column"]
        for c in columns
        if c["required"] == "yes" or any(_cell(r.get(c["column"])) for r in rows)
    ]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(used)
        for row in rows:
            writer.writerow([_cell(row.get(c)) for c in used])
