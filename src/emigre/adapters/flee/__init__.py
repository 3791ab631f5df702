"""Import of Flee conflict folders, export of the daily table that Flee's plotting scripts read.

Flee (Groen and others; https://flee.readthedocs.io) is the most used simulation of flight from
conflicts. A conflict is a folder with `input_csv`, `source_data` and `simsetting.yml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emigre.adapters.flee.convert import Imported, import_folder

if TYPE_CHECKING:
    from emigre.adapters.flee.table import export_run

__all__ = ["Imported", "export_run", "import_folder"]


def __getattr__(name: str) -> Any:
    if name != "export_run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from emigre.adapters.flee.table import export_run  # loads frames

    return export_run
