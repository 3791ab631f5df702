"""Import of Flee conflict folders, export of the daily table that Flee's plotting scripts read.

Flee (Groen and others; https://flee.readthedocs.io) is the most used simulation of flight from
conflicts. A conflict is a folder with `input_csv`, `source_data` and `simsetting.yml`.
"""

from pathlib import Path

from emigre.adapters.flee.convert import Imported, import_folder

__all__ = ["Imported", "export_run", "import_folder"]


def export_run(run: str | Path, out: str | Path) -> Path:
    """Write the daily table of a run folder, as Flee's plotting scripts read it.

    Parameters
    ----------
    run
        Run folder.
    out
        Folder for ``out.csv``; created if missing.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ResultsError
        If the run has no camps with counts, or the file exists.
    """
    from emigre.adapters.flee.table import export_run as export_run_  # loads frames

    return export_run_(run, out)
