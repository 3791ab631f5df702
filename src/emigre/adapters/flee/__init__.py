"""Conflict folders of Flee: in as a scenario folder, out as the daily table that Flee's plots read.

Flee (Groen and others; https://flee.readthedocs.io) is the simulation of flight from conflicts most
used in this field. Its users keep a folder a conflict: `input_csv`, `source_data`,
`simsetting.yml`.
"""

from pathlib import Path

from emigre.adapters.flee.convert import Imported, import_folder

__all__ = ["Imported", "export_run", "import_folder"]


def export_run(run: str | Path, out: str | Path) -> Path:
    """Write `out.csv` of a run folder into the folder ``out``; returns the file.

    ResultsError if the run has no camps with counts, or if the file is there already.
    """
    from emigre.adapters.flee.table import export_run as export_run_  # loads frames

    return export_run_(run, out)
