"""Purpose notice that accompanies every exported table."""

from pathlib import Path
from typing import Protocol

from emigre.results.output_dir import PURPOSE, write_whole
from emigre.version import VERSION

FAIR_USE = (
    "For preparedness (beds, staff and routes in time), research and checking public claims.",
    "Not for selecting, profiling, deterring or tracking people, nor for decisions about "
    "individuals.",
)


class About(Protocol):
    """Attributes required by a notice: those of a scenario, or of the run info of one."""

    @property
    def title(self) -> str:
        """Title."""

    @property
    def purpose(self) -> str:
        """Purpose, as stated by its author."""

    @property
    def hash(self) -> str:
        """SHA-256 of its content."""

    @property
    def small_count(self) -> int:
        """Simulated counts below this are withheld in CSV files and pages."""


def statement(about: About) -> str:
    """The notice of a scenario; deterministic for a scenario and version."""
    lines = [
        f"Simulated by Emigre {VERSION}. Simulated persons are not a count of people, and no row "
        "of any table describes a person or a household.",
        f"Scenario: {about.title} (hash {about.hash})",
        *([f"Purpose of the scenario: {about.purpose}"] if about.purpose else []),
        *FAIR_USE,
        f"Simulated counts of fewer than {about.small_count} persons are withheld in CSV files. "
        "Parquet files contain all counts, because sums need them: withhold small counts when you "
        "publish from them.",
        "When you publish a figure, state that it is simulated, its purpose, the version and the "
        "hash. Published counts belong to their sources.",
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, about: About) -> None:
    """Write the notice into a results folder."""
    write_whole(folder / PURPOSE, statement(about))


def write_beside(table: Path, about: About) -> None:
    """Write the notice next to a single table: ``skill.csv`` gets ``skill.purpose.txt``."""
    write_whole(table.with_suffix(".purpose.txt"), statement(about))
