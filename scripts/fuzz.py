"""Test thousands of scenarios with mistakes: python scripts/fuzz.py --mutants 20000.

Each mutant must run with balanced accounts, or be refused with messages that name file, line and
column. Anything else is a defect: its number is printed, and the exit code is 1. The number
identifies the mutant: --show tiny:1234 reproduces it and prints its mutations and messages.

--lines 2000 tests 2000 command lines with unsuitable values of options instead. Each must run (for
some seconds at least), be refused with a reason (exit code 2), or report what cannot be read or
written (exit code 1). --show line:1234 repeats one of them.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fuzzing import campaign, lines, verdicts


def main() -> int:
    """Try mutants and print the tally."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--mutants", type=int, default=2000)
    words.add_argument("--lines", type=int, help="try so many command lines instead")
    words.add_argument("--first", type=int, default=1_000_000, help="number of the first one")
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--only", help="mutants of one folder only")
    words.add_argument("--peers", type=Path, help="a folder of conflict folders of Flee, too")
    words.add_argument("--show", help="FOLDER:NUMBER of one mutant")
    asked = words.parse_args()
    if asked.lines:
        first, n = asked.first, asked.lines
        return _report(
            campaign.in_processes(lines.try_chunk, range(first, first + n), asked.workers)
        )
    found = campaign.bases() | (campaign.peers(asked.peers) if asked.peers else {})
    if asked.show:
        name, _, number = asked.show.partition(":")
        is_line = name == "line"
        did, verdict = (
            lines.tried(int(number)) if is_line else campaign.tried(name, found[name], int(number))
        )
        print(*did, verdict.what, verdict.words, *verdict.mistakes, sep="\n")
        return int(verdict.what == verdicts.DEFECT)
    if asked.only:
        found = {asked.only: found[asked.only]}
    return _report(campaign.campaign(found, asked.first, asked.mutants, asked.workers))


def _report(tallies: Iterable[campaign.Tally]) -> int:
    """Print progress and defects; returns the exit code."""
    begun, tally = time.perf_counter(), campaign.Tally()
    for tally in tallies:
        rate = 60 * tally.counts.total() / (time.perf_counter() - begun)
        print(f"{dict(tally.counts)}, {rate:.0f} a minute", file=sys.stderr)
    for (name, what), n in sorted(tally.by_base.items()):
        print(f"{name:16} {what:8} {n:6}")
    if tally.pointed:
        print(f"file named in the message where one file was changed: {dict(tally.pointed)}")
    print(f"slowest: {tally.slowest[0]:.1f} s, {tally.slowest[1]}")
    for words in tally.long:
        print(f"at work until it was interrupted: {words[:200]}")
    for kind, examples in sorted(tally.defects.items(), key=lambda item: -len(item[1])):
        print(f"\nDEFECT ({len(examples)}) {kind}")
        print(*(f"    {e[:800]}" for e in examples[:4]), sep="\n")
    return int(bool(tally.defects))


if __name__ == "__main__":
    sys.exit(main())
