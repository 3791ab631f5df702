"""What goes with every table that leaves the program: what it is for, and what it is not for."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from emigre.results.output_dir import write_whole
from emigre.version import VERSION

FILE = "PURPOSE.txt"
FAIR_USE = (
    "Made for preparedness, research and the checking of public claims: enough beds, staff and "
    "ways out, in time.",
    "Not to be used to select, profile, deter or track people, nor to support decisions about any "
    "single person.",
)


class About(Protocol):
    """A scenario, or what a run says of the one it simulated."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def purpose(self) -> str:
        """What it is for, as its author says."""

    @property
    def hash(self) -> str:
        """The sha256 of its content."""

    @property
    def small_count(self) -> int:
        """Simulated persons below this are withheld where people read."""


def statement(about: About) -> str:
    """The statement for tables of one scenario; the same for the same scenario and version."""
    lines = [
        f"Simulated by Emigre {VERSION}. Simulated persons are no count of people, and no row of "
        "any table is about a person or a household.",
        f"Scenario: {about.title} (hash {about.hash})",
        *([f"Purpose of the scenario: {about.purpose}"] if about.purpose else []),
        *FAIR_USE,
        f"In CSV simulated persons below {about.small_count} are withheld; Parquet files hold all "
        "of them, because sums need them: what is published from those withholds them too.",
        "Whoever publishes a figure states the purpose, the version and the hash, and that it is "
        "simulated. Published counts beside it belong to their sources.",
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, about: About) -> None:
    """Put the statement into a folder of results."""
    write_whole(folder / FILE, statement(about))


def write_beside(table: Path, about: About) -> None:
    """Put the statement beside a single table: ``league.csv`` gets ``league.purpose.txt``."""
    write_whole(table.with_suffix(".purpose.txt"), statement(about))
