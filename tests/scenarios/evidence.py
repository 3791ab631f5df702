"""Shipped scenarios next to the evidence from which scripts build them."""

import csv
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT.parent / "shared" / "evidence"
NO_EVIDENCE = "the evidence is not beside the project, so the tables cannot be rebuilt"
Rows = list[dict[str, str]]


def folder_of(scenario: str) -> Path:
    """Folder of a shipped scenario."""
    return ROOT / "src" / "emigre" / "scenarios" / scenario


def rows_of(scenario: str, table: str) -> Rows:
    """Rows of a table as text."""
    with (folder_of(scenario) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def script(name: str) -> ModuleType:
    """A module of the folder scripts, which is not installed."""
    sys.path.insert(0, str(ROOT))
    try:
        return import_module(f"scripts.{name}")
    finally:
        sys.path.remove(str(ROOT))


def check_rebuilt(scenario: str, by_hand: set[str], out: Path) -> None:
    """Building a scenario anew gives the shipped files, byte for byte, but for those by hand."""
    script(f"build_{scenario.replace('-', '_')}.__main__").build(EVIDENCE, out)
    shipped = folder_of(scenario)
    built = sorted(p.name for p in out.iterdir())
    assert built == sorted(p.name for p in shipped.iterdir() if p.name not in by_hand)
    for name in built:
        assert (out / name).read_bytes() == (shipped / name).read_bytes(), name
