"""Kill commands at random moments: python scripts/kill_runs.py --kills 100.

With --only desk, servers of the desk are killed during a run and started again. Prints the kills,
and everything that was lost, incomplete or different afterwards; the exit code is then 1.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from faults import desk_kills, kills

DESK = "desk"


def main() -> int:
    """Kill commands and print what became of them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=100)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", choices=[*kills.COMMANDS, DESK], help="this command alone")
    asked = words.parse_args()
    names = [asked.only] if asked.only else list(kills.COMMANDS)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if asked.only == DESK:
            found = desk_kills.campaign(Path(folder), asked.kills, asked.seed)
        else:
            found = kills.campaign(Path(folder), names, asked.kills, asked.seed)
    print(f"{found.kills} kills, {found.too_late} came too late, {found.kept} parts found kept")
    print(f"{len(found.wrong)} losses, {time.perf_counter() - begun:.0f} s")
    print(*found.wrong, sep="\n")
    return int(bool(found.wrong))


if __name__ == "__main__":
    sys.exit(main())
