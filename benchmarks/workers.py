"""Speed-up by more workers: threads, processes, and a Dask cluster on this machine."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import emigre


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Address of a Dask cluster of processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as local:
        yield local.scheduler_address


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=8)
    options.add_argument("--scale", type=int, default=10)
    asked = options.parse_args()
    scenario = emigre.load("russia-2022", end="2022-12-31")

    def seconds(workers: int, pool: str) -> float:
        began = time.perf_counter()
        emigre.run(scenario, runs=asked.runs, scale=asked.scale, workers=workers, pool=pool)
        return time.perf_counter() - began

    seconds(1, "threads")  # compiles what is not on disk yet
    for pool in ("threads", "processes"):
        one, two = seconds(1, pool), seconds(2, pool)
        print(f"{pool:<10} 1 worker {one:6.1f} s, 2 workers {two:6.1f} s: {one / two:.2f} times")
    times = []
    for workers in (1, 2):
        with cluster(workers) as address:
            times.append(seconds(workers, address))
    one, two = times
    print(f"{'Dask':<10} 1 worker {one:6.1f} s, 2 workers {two:6.1f} s: {one / two:.2f} times")


if __name__ == "__main__":
    main()
