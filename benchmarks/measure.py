"""Shared by the benchmarks: a child process with its time and its peak memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

COPIES = 8
BYTES = 256 * 2**20


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds, processor seconds and peak resident megabytes of a child process."""

    seconds: float
    cpu: float
    megabytes: float
    said: dict[str, Any]


def command(words: Sequence[str | Path], cwd: Path | None = None, **environment: str) -> Cost:
    """Run a command and measure it; if the last line of its output is JSON, it is its result."""
    started = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=cwd, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the measured program failed: {' '.join(map(str, words))}")
    lines = text.strip().splitlines()
    said = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    # ru_maxrss is in kilobytes on Linux, in bytes on macOS.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, said)


def copy_bandwidth() -> float:
    """Bytes a second of np.copyto (read and write counted), best of several."""
    source = np.ones(BYTES // 8)
    target = np.empty_like(source)
    np.copyto(target, source)
    best = float("inf")
    for _ in range(COPIES):
        started = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - started)
    return 2 * BYTES / best


def child(code: str, **environment: str) -> Cost:
    """Run code in a fresh interpreter."""
    return command([sys.executable, "-c", code], None, **environment)


ONE_RUN = """
import json, time
import emigre
from emigre.engine import api

scenario = emigre.load({name!r}, settings={settings!r}, start={start!r}, end={end!r})
{change}
clock = [time.perf_counter()]
compiled = api.compile_scenario(scenario, scale={scale})
clock.append(time.perf_counter())
counts = api.simulate(compiled, 1, 0)
clock.append(time.perf_counter())
departed = int(counts.values["departed"].sum())
population = int(sum(counts.values[m][0].sum() for m in ("at_home", "trapped", "preparing",
                 "travelling", "waiting", "stock", "stock_returned")))
print(json.dumps(dict(compile=clock[1] - clock[0], simulate=clock[2] - clock[1],
                      departed=departed, population=population, days=counts.n_days)))
"""


def one_run(
    name: str = "russia-2022",
    *,
    settings: tuple[str, ...] = (),
    start: str | None = "2022-02-01",
    end: str | None = "2023-01-31",
    scale: int = 1,
    change: str = "",
) -> Cost:
    """One run in a fresh process, kernels already compiled."""
    code = ONE_RUN.format(
        name=name, settings=settings, start=start, end=end, scale=scale, change=change
    )
    return child(code)
