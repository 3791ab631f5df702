"""Conflict folders of Flee: in as a scenario folder, out as the daily table that Flee's plots read.

Flee (Groen and others; https://flee.readthedocs.io) is the simulation of flight from conflicts most
used in this field. Its users keep a folder a conflict: `input_csv`, `source_data`,
`simsetting.yml`.
"""

from emigre.adapters.flee.convert import Imported, import_folder
from emigre.adapters.flee.table import export_run

__all__ = ["Imported", "export_run", "import_folder"]
