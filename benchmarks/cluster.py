"""Cost of a Dask scheduler per run, and data that an ensemble sends over the network.

Worker processes share the cores of this machine, and more workers than cores gain nothing. The
benchmark measures the cost of a run beyond its simulation, for docs/how-to/use-a-cluster.md.

    python benchmarks/cluster.py [--tasks 400]
"""

import argparse
import time
from collections.abc import Sequence

from distributed import Client, LocalCluster

import emigre
from emigre.ensemble.plan import make_plan
from emigre.ensemble.task import EnsembleTask, PickledTask, make_part, work
from emigre.results.shards import Part

CASES: tuple[tuple[str, int, str | None, int], ...] = (
    ("tiny", 1, None, 32),
    ("russia-2022", 200, "2022-12-31", 16),
)
WORKERS = (2, 4, 8)


def bring(_pickled: PickledTask, part: Part, run: int) -> Part:
    """Stand-in for a run: a part of the same size, without a simulation."""
    return Part(run, part.files)


def scheduling(client: Client, pickled: PickledTask, part: Part, tasks: int) -> float:
    """Seconds to send, execute and fetch a task that simulates nothing."""
    held = client.scatter([pickled, part], broadcast=True)
    began = time.perf_counter()
    sent = [client.submit(bring, *held, run, pure=False) for run in range(tasks)]
    for future in sent:
        future.result()
    return (time.perf_counter() - began) / tasks


def measure(name: str, scale: int, end: str | None, runs: int, tasks: int) -> None:
    """Print what a run of one scenario costs with each number of workers."""
    scenario = emigre.load(name, end=end)
    plan = make_plan([scenario], runs=runs, seed=1, scale=scale)
    task = EnsembleTask.of(plan, 0, scenario.tables["observations"])
    pickled = PickledTask.of(task)
    part = work(make_part, pickled, 0)  # compiles what is not on disk yet
    began = time.process_time()
    work(make_part, pickled, 1)
    alone = time.process_time() - began
    back = sum(map(len, part.files.values()))
    print(
        f"{name}, scale {scale}: {alone:.2f} s of processor time a run; "
        f"{len(pickled.content) / 1e3:.0f} kB sent to a worker, {back / 1e3:.0f} kB back a run"
    )
    for workers in WORKERS:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
            ) as local,
            Client(local) as client,
        ):
            each = scheduling(client, pickled, part, tasks)
            began = time.perf_counter()
            emigre.run(scenario, runs=runs, scale=scale, pool=local.scheduler_address)
            seconds = time.perf_counter() - began
        print(
            f"  {workers} workers: {1e3 * each:6.1f} ms of scheduling a run, "
            f"{seconds:6.1f} s for {runs} runs"
        )


def main(given: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=400, help="tasks without a simulation")
    tasks = options.parse_args(given).tasks
    for case in CASES:
        measure(*case, tasks)


if __name__ == "__main__":
    main()
