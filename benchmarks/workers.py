"""What do more workers gain? The same ensemble with 1, 2, ... workers in one process."""

from __future__ import annotations

import argparse
import time

import emigre
from emigre.ensemble import cores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="russia-2022")
    parser.add_argument("--runs", type=int, default=4)
    asked = parser.parse_args()
    scenario = emigre.load(asked.scenario)
    emigre.run(scenario, runs=1)  # compiles and warms up
    alone = None
    for workers in sorted({1, 2, cores()}):
        started = time.perf_counter()
        emigre.run(scenario, runs=asked.runs, workers=workers)
        seconds = time.perf_counter() - started
        alone = alone or seconds
        print(f"{workers} workers: {seconds:7.2f} s   {alone / seconds:.2f} x one worker")


if __name__ == "__main__":
    main()
