"""Latency of a results page for 20 concurrent readers while an ensemble runs.

Opens a desk on the results in a folder (or on new ones of ``tiny``) and starts an ensemble there.
Simulated readers open results, comparisons, evidence and pages of scenarios, with pauses between
them. Prints the median and the 95th percentile of the latency in milliseconds, by kind of page.
"""

import argparse
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scenario", default="tiny")
    options.add_argument("--readers", type=int, default=20)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--pause", type=float, default=2.0, help="mean pause of a reader, seconds")
    options.add_argument("--runs", type=int, default=1000, help="of the ensemble")
    options.add_argument("--runs-dir", default="")
    asked = options.parse_args()
    home = asked.runs_dir or f"{tempfile.mkdtemp()}/runs"
    Path(home).mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "emigre",
        "desk",
        home,
        "--no-browser",
        "--no-token",
        "--port",
        "0",
    ]
    desk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert desk.stdout is not None
    found = re.search(r"http://\S+/", desk.stdout.readline())
    assert found is not None
    base = found[0]
    try:
        measure(base, asked)
    finally:
        desk.send_signal(signal.SIGINT)
        desk.wait()


def measure(base: str, asked: Any) -> None:
    client = httpx.Client(base_url=base, timeout=300)
    wait_for(client)
    name = asked.scenario
    key = re.search(r'name="key" value="([^"]+)"', client.get(f"/scenarios/{name}").text)
    assert key is not None

    def ask(state: str, action: str) -> str:
        data = {"key": key[1], "state": state, "action": action}
        return client.post(f"/scenarios/{name}", data=data).headers["location"]

    kept = re.findall(r'href="(/results/[^"]+)"', client.get("/").text)
    if not kept:
        job = ask("variant=", "quick")
        while client.get(job).status_code == 200:
            time.sleep(0.2)
        kept = re.findall(r'href="(/results/[^"]+)"', client.get("/").text)
    pages = {"results": kept[0], "scenario": f"/scenarios/{name}", "first page": "/"}
    pages["evidence"] = kept[0].replace("/results/", "/evidence/")
    begun = time.perf_counter()
    client.get(pages["results"])
    print(f"first drawing of results, nothing else running: {time.perf_counter() - begun:.2f} s")
    job = ask(f"runs={asked.runs}", "run")
    while "simulating" not in client.get(job).text:
        time.sleep(0.2)
    times: dict[str, list[float]] = {page: [] for page in pages}
    until = time.monotonic() + asked.seconds
    readers = [
        threading.Thread(target=read, args=(base, pages, times, until, asked.pause, seed))
        for seed in range(asked.readers)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    still = "running" in client.get(job).text
    client.post(f"{job}/stop", data={"key": key[1]})
    print(f"{asked.readers} readers, ensemble still running: {still}")
    for page, values in times.items():
        low, high = np.quantile(values, [0.5, 0.95])
        print(f"{page:12} n={len(values):5}  median {low:7.0f} ms   p95 {high:7.0f} ms")


def read(
    base: str,
    pages: dict[str, str],
    times: dict[str, list[float]],
    until: float,
    pause: float,
    seed: int,
) -> None:
    chance = random.Random(seed)
    with httpx.Client(base_url=base, timeout=300) as client:
        while time.monotonic() < until:
            time.sleep(chance.expovariate(1 / pause))
            # Results are what people read; other pages now and then.
            page = chance.choices(list(pages), [7, 1, 1, 1])[0]
            begun = time.perf_counter()
            answer = client.get(pages[page])
            times[page].append(1000 * (time.perf_counter() - begun))
            assert answer.status_code == 200, answer.status_code


def wait_for(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/static/desk.js")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the desk did not answer")


if __name__ == "__main__":
    main()
