"""Scores and costs of Emigre, Flee and naive rules on Flee's own conflict folders.

    python benchmarks/against_flee.py FOLDER [FOLDER ...]

For each folder, on this machine: Flee (by default the newest release on the package index, which is
3.1, installed into an environment of its own), Emigre as typed (`emigre import flee FOLDER S` and
`emigre run S`, with its twelve runs, charts and report), and the naive rules of naive_camps.py.
Everything with the folder's capacities of camps and without: such capacities were often set from
the highest count, so whatever uses them looks ahead.

ARD is Flee's own score (evaluation/ard.py): mean over days of the differences over the camps, as a
share of the registered total. The counts are Flee's: less those of day 0 where the folder empties
camps on day 0. Emigre's is the mean over its runs. Wall and processor time are those of the whole
commands. Kernels are compiled before. Agent-days per second are people who have left home, summed
over days, over the processor seconds of the loop alone. Flee runs at one agent a person where a
folder has up to --agents people, else at one agent for 10, 100, ... of them; speeds are per agent.
Without capacities it runs with a tenth of the agents, for the score alone, and its times are not
compared with ours.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import asdict, dataclass
from pathlib import Path

import naive_camps
import numpy as np
import yaml
from measure import child

import emigre
from emigre.adapters.flee.folder import Conflict, read_folder
from emigre.evaluation import ard
from emigre.scenario.loader import load_resolved

HOME = Path.home() / ".cache" / "emigre-benchmarks"
VERSION = "from importlib.metadata import version; print(version('flee'))"
LOOP = """
import json, time
import emigre
from emigre.engine import api
scenario = emigre.load({folder!r})
compiled = api.compile_scenario(scenario, scale={scale})
api.simulate(compiled, 1, 0)
times = []
for run in range({repeat}):
    begin = time.process_time()
    counts = api.simulate(compiled, 1, run)
    times.append(time.process_time() - begin)
gone = sum(counts.values[m].sum() for m in ("stock", "travelling", "trapped", "preparing"))
print(json.dumps({{"agent_days": int(gone) / {scale}, "seconds": min(times)}}))
"""


@dataclass
class Entry:
    """One forecaster on one folder; speeds are missing where they mean nothing."""

    name: str
    capacities: str
    ard: float
    rescaled: float
    seconds: float | None = None
    cpu: float | None = None
    agent_days: float | None = None
    loop_seconds: float | None = None
    megabytes: float | None = None
    people_per_agent: int = 1

    @property
    def speed(self) -> float | None:
        """Agent-days per second of the loop."""
        return self.agent_days / self.loop_seconds if self.agent_days else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--flee", default="flee", help="what pip installs: flee==3.1, a folder, ..."
    )
    parser.add_argument("--agents", type=int, default=1_000_000, help="most agents for Flee")
    parser.add_argument("--scale", type=int, default=1, help="people a party for Emigre")
    parser.add_argument("--out", type=Path, help="also write all figures as JSON")
    asked = parser.parse_args()
    python = install(asked.flee)
    peer = "Flee " + subprocess.check_output([python, "-c", VERSION], text=True).strip()
    print(f"comparing with {peer}")
    warm_up()
    found: dict[str, list[Entry]] = {}
    for folder in asked.folders:
        found[folder.name] = entries(folder, python, peer, asked.agents, asked.scale)
    show(found)
    if asked.out:
        texts = {name: [asdict(e) for e in rows] for name, rows in found.items()}
        asked.out.write_text(json.dumps(texts, indent=2) + "\n", encoding="utf-8")


def install(requirement: str) -> str:
    """The interpreter of an environment with Flee; made at the first call."""
    home = HOME / "".join(c if c.isalnum() or c in ".-" else "_" for c in requirement)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        print(f"installing {requirement} into {home}", flush=True)
        venv.create(home, with_pip=True)
        words = [str(python), "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(words, check=True)
    return str(python)


def warm_up() -> None:
    """Compile the kernels, so that no entry pays for it."""
    begin = time.perf_counter()
    one = "api.simulate(api.compile_scenario(emigre.load('tiny')), 1, 0)"
    child(f"import emigre; from emigre.engine import api; {one}; print('{{}}')")
    print(f"kernels ready after {time.perf_counter() - begin:.1f} s", flush=True)


def entries(folder: Path, python: str, peer: str, agents: int, scale: int) -> list[Entry]:
    """All forecasters on one folder, with and without capacities."""
    conflict = read_folder(folder)
    rows: list[Entry] = []
    for capacities in ("given", "none"):
        most = agents if capacities == "given" else agents // 10
        rows.append(run_flee(folder, conflict, python, peer, most, capacities))
        rows.append(run_emigre(folder, conflict, capacities, scale))
        people = naive_camps.registered(conflict)
        for rule in naive_camps.RULES:
            found = naive_camps.simulate(conflict, rule, capacities=capacities == "given")
            rows.append(Entry(rule, capacities, *scores(found, people)))
    return rows


def scores(people: np.ndarray, registered: np.ndarray) -> tuple[float, float]:
    """ARD and rescaled ARD of (days, camps), or their means over (runs, days, camps)."""
    return (
        float(ard.score(people, registered).mean()),
        float(ard.score(ard.rescale(people, registered), registered).mean()),
    )


def run_flee(
    folder: Path, conflict: Conflict, python: str, peer: str, agents: int, capacities: str
) -> Entry:
    total = max(int(naive_camps.registered(conflict).sum(axis=1).max()), 1)
    hasten = 10 ** max(int(np.ceil(np.log10(total / agents))), 0)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(shutil.copytree(folder, Path(temporary) / folder.name))
        prepare_flee(copy, folder, conflict, hasten, capacities)
        script = Path(__file__).with_name("peer_run.py")
        words = [python, str(script), "out.csv", "1"]
        begin = time.perf_counter()
        process = subprocess.Popen(words, cwd=copy, stdout=subprocess.PIPE, text=True)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"Flee failed on {folder}")
        table = np.genfromtxt(copy / "out.csv", delimiter=",", skip_header=1)
    took = json.loads(said.strip().splitlines()[-1])
    plain, even = scores(table[:, 1::2], table[:, 2::2])
    return Entry(
        peer, capacities, plain, even, seconds,
        usage.ru_utime + usage.ru_stime, took["agent_days"],
        took["simulate"], usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3), hasten,
    )  # fmt: skip


def prepare_flee(
    copy: Path, folder: Path, conflict: Conflict, hasten: int, capacities: str
) -> None:
    """The folder with its own settings, but for people per agent, and logs off."""
    own, above = (home / "simsetting.yml" for home in (copy, folder.resolve().parent))
    text = next((p.read_text(encoding="utf-8-sig") for p in (own, above) if p.is_file()), "")
    settings = yaml.safe_load(text) or {}
    settings["log_levels"] = {}
    settings["optimisations"] = {**(settings.get("optimisations") or {}), "hasten": hasten}
    own.write_text(yaml.safe_dump(settings), encoding="utf-8")
    if capacities == "none":
        camps = {camp.name for camp in conflict.camps}
        path = copy / "input_csv" / "locations.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        none = [[*r[:7], "0", *r[8:]] if r and r[0].strip() in camps else r for r in rows]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(none)


def run_emigre(folder: Path, conflict: Conflict, capacities: str, scale: int) -> Entry:
    """The two commands as typed; compiled before with few agents."""
    with tempfile.TemporaryDirectory() as temporary:
        scenario, out = Path(temporary) / "scenario", Path(temporary) / "run"
        words = [sys.executable, "-m", "emigre"]
        imports = [*words, "import", "flee", str(folder), str(scenario), "--capacities", capacities]
        runs = [*words, "run", str(scenario)]
        runs += [] if scale == 1 else ["--scale", str(scale)]
        if capacities == "given":  # once before: its kind of scenario may need kernels of its own
            subprocess.run(imports, check=True, stdout=subprocess.DEVNULL)
            once = [*words, "run", str(scenario), "--scale", "1000", "--out", str(out)]
            subprocess.run(once, check=True, stdout=subprocess.DEVNULL)
            shutil.rmtree(out)
            shutil.rmtree(scenario)
        begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(imports, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen([*runs, "--out", str(out)], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cpu += usage.ru_utime + usage.ru_stime
        if process.returncode:
            raise SystemExit(f"Emigre failed on {folder}")
        found = scores(people_of(out), naive_camps.registered(conflict))
        repeat = 1 if seconds > 20.0 else 3
        loop = child(LOOP.format(folder=str(scenario), scale=scale, repeat=repeat)).said
    return Entry(
        "Emigre", capacities, *found, seconds, cpu, loop["agent_days"], loop["seconds"],
        usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3), scale,
    )  # fmt: skip


def people_of(run: Path) -> np.ndarray:
    """(runs, days, camps) simulated people of a run folder."""
    results = emigre.read(run)
    tables = load_resolved(run / "scenario").tables
    places, info = tables["places"], results.info
    camps = places.filter(places["kind"] == "camp")["id"].to_list()
    counts = ard.counted(tables["observations"], camps, info.start, info.n_days)
    return ard.simulated(results.scan_daily(), counts, info.runs)


def show(found: dict[str, list[Entry]]) -> None:
    """ARD of all folders, their means and ours as a share of them; then costs, capacities given."""
    for capacities in ("given", "none"):
        rows = {f: [e for e in es if e.capacities == capacities] for f, es in found.items()}
        names = [e.name for e in next(iter(rows.values()))]
        scores = np.array([[e.ard for e in es] for es in rows.values()])
        mean = scores.mean(axis=0)
        lines = {
            **dict(zip(rows, scores, strict=True)),
            "mean": mean,
            "Emigre / it": mean[1] / mean,
        }
        print(f"\nARD, capacities {capacities}\n{'':14}" + "".join(f"{n:>12}" for n in names))
        for word, values in lines.items():
            print(f"{word:14}" + "".join(f"{value:12.3f}" for value in values), flush=True)
    print(f"\n{'costs':14}{'':10}{'wall s':>10}{'cpu s':>10}{'agent-days/s':>16}{'peak MB':>10}"
          f"{'people/agent':>14}")  # fmt: skip
    for folder, entries in found.items():
        for e in entries[:2]:
            print(f"{folder:14}{e.name:10}{e.seconds:10.1f}{e.cpu:10.1f}{e.speed:16,.0f}"
                  f"{e.megabytes:10,.0f}{e.people_per_agent:14}")  # fmt: skip


if __name__ == "__main__":
    main()
