"""Refresh the frozen daily values of the teaching scenario: tests/golden/tiny.csv.

Run it after an intended change of the numbers, and explain the change in CHANGELOG.md:

    python scripts/refresh_golden.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the file with the function that the test compares with."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    from test_golden import FILE, write

    write()
    print(f"wrote {FILE.relative_to(ROOT)}; now say in CHANGELOG.md why")


if __name__ == "__main__":
    main()
