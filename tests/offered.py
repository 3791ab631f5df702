"""Entry points of the example package, offered to tests as if it were installed."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "emigre-examples"


def declared(folder: Path) -> dict[str, dict[str, str]]:
    """Entry points that a ``pyproject.toml`` declares: group -> name -> value."""
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
