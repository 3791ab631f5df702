"""Import of Flee conflict folders, export of the daily table that Flee's plotting scripts read.

Flee (Groen and others; https://flee.readthedocs.io) is the most used simulation of flight from
conflicts. A conflict is a folder with `input_csv`, `source_data` and `simsetting.yml`.
"""

from emigre.adapters.flee.convert import Imported, import_folder

__all__ = ["Imported", "import_folder"]
