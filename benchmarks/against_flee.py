"""Scores and costs of Emigre, Flee and naive rules on Flee's own conflict folders.

    python benchmarks/against_flee.py FOLDER [FOLDER ...] [--flee VERSION] [--costs]

For each folder, the following run on this machine: Flee (by default the newest release on the
package index, which is 3.1, installed into a separate environment), Emigre with its defaults
(`emigre import flee FOLDER S` and `emigre run S`: twelve runs, charts and report), and the naive
rules of naive_camps.py. Each runs with and without the folder's capacities of camps. Such
capacities were often set from the highest count, and a forecast that uses them looks ahead.

ARD is Flee's own score (evaluation/ard.py): the differences summed over camps as a share of the
registered total, averaged over days. Counts are those of Flee, without those of day 0 where the
folder empties camps on day 0. The ARD of Emigre is the mean over its runs. Flee runs at one agent
per person for folders of up to --agents people (a tenth of that without capacities), otherwise at
one agent for 10, 100, ... people.

`--costs` compares only the costs of whole commands: Flee's loop at one agent per person and per ten
people (`hasten`), without logs, and `emigre run S --runs 1` with charts and report, after a first
run that compiles its kernels. Ratios are of wall time. Run it on an idle machine.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import naive_camps
import numpy as np
import yaml
from measure import Cost, command

import emigre
from emigre.adapters.flee.folder import Conflict, read_folder
from emigre.evaluation import ard
from emigre.scenario.loader import load_resolved

HOME = Path.home() / ".cache" / "emigre-benchmarks"
VERSION = "from importlib.metadata import version; print(version('flee'))"
EMIGRE = (sys.executable, "-m", "emigre")
HASTEN = (1, 10)
"""People per agent of Flee in the comparison of costs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--flee",
        default="flee",
        help="what pip installs (flee==3.1, ...), or the Python of an environment with Flee",
    )
    parser.add_argument("--agents", type=int, default=1_000_000, help="most agents for Flee")
    parser.add_argument("--costs", action="store_true", help="compare costs alone")
    asked = parser.parse_args()
    python = interpreter(asked.flee)
    version = subprocess.check_output([python, "-c", VERSION], text=True).strip()
    print(f"comparing with Flee {version}")
    if asked.costs:
        compare_costs(asked.folders, python)
    else:
        compare_scores(asked.folders, python, asked.agents)


def interpreter(requirement: str) -> str:
    """Python interpreter of an environment with Flee, created on the first call."""
    if os.access(requirement, os.X_OK) and Path(requirement).is_file():
        return requirement
    home = HOME / "".join(c if c.isalnum() or c in ".-" else "_" for c in requirement)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        print(f"installing {requirement} into {home}", flush=True)
        venv.create(home, with_pip=True)
        words = [str(python), "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(words, check=True)
    return str(python)


def compare_costs(folders: list[Path], python: str) -> None:
    """Wall and processor time and memory of one run on each folder."""
    print(f"\n{'':12}{'':24}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'ratio':>8}")
    for folder in folders:
        with imported(folder, "given") as scenario:
            run: list[str | Path] = [*EMIGRE, "run", scenario, "--runs", "1", "--out"]
            command([*run, scenario.parent / "first"])
            ours = command([*run, scenario.parent / "second"])
        show_cost(folder, "emigre run --runs 1", ours, ours)
        conflict = read_folder(folder)
        for hasten in HASTEN:
            _, cost = run_flee(folder, conflict, python, hasten, "given")
            show_cost(folder, f"Flee, {hasten} people/agent", cost, ours)


def show_cost(folder: Path, program: str, cost: Cost, ours: Cost) -> None:
    print(
        f"{folder.name:12}{program:24}{cost.seconds:9.1f}{cost.cpu:9.1f}{cost.megabytes:9,.0f}"
        f"{cost.seconds / ours.seconds:8.1f}",
        flush=True,
    )


def compare_scores(folders: list[Path], python: str, agents: int) -> None:
    """ARD of all folders, their means, and Emigre's as a share of them."""
    names = ("Flee", "Emigre", *naive_camps.RULES)
    for capacities, most in (("given", agents), ("none", agents // 10)):
        print(f"\nARD, capacities {capacities}\n{'':14}" + "".join(f"{n:>12}" for n in names))
        rows = []
        for folder in folders:
            rows.append(scores_of(folder, python, most, capacities))
            show_scores(folder.name, rows[-1])
        mean = np.mean(rows, axis=0)
        show_scores("mean", mean)
        show_scores("Emigre / it", mean[1] / mean)


def show_scores(word: str, values: np.ndarray) -> None:
    print(f"{word:14}" + "".join(f"{value:12.3f}" for value in values), flush=True)


def scores_of(folder: Path, python: str, agents: int, capacities: str) -> np.ndarray:
    """ARD of all forecasters on one folder."""
    conflict = read_folder(folder)
    registered = naive_camps.registered(conflict)
    most = max(registered.sum(axis=1).max(), 1.0)
    hasten = 10 ** max(int(np.ceil(np.log10(most / agents))), 0)
    table, _ = run_flee(folder, conflict, python, hasten, capacities)
    found = [ard.score(table[:, 1::2], table[:, 2::2])]
    with imported(folder, capacities) as scenario:
        out = scenario.parent / "run"
        command([*EMIGRE, "run", scenario, "--out", out])
        found.append(ard.score(people_of(out), registered).mean())
    for rule in naive_camps.RULES:
        people = naive_camps.simulate(conflict, rule, capacities=capacities == "given")
        found.append(ard.score(people, registered))
    return np.array(found)


def run_flee(
    folder: Path, conflict: Conflict, python: str, hasten: int, capacities: str
) -> tuple[np.ndarray, Cost]:
    """Daily rows of one run of Flee (day, then simulated and registered of each camp), its cost."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(shutil.copytree(folder, Path(temporary) / folder.name))
        prepare_flee(copy, folder, conflict, hasten, capacities)
        script = Path(__file__).with_name("peer_run.py").resolve()
        cost = command([python, script, "out.csv", "1"], cwd=copy)
        return np.genfromtxt(copy / "out.csv", delimiter=",", skip_header=1), cost


def prepare_flee(
    copy: Path, folder: Path, conflict: Conflict, hasten: int, capacities: str
) -> None:
    """Copy a folder with its settings, except for people per agent and without logs."""
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


@contextmanager
def imported(folder: Path, capacities: str) -> Iterator[Path]:
    """The scenario of a folder, by the command, in a temporary folder."""
    with tempfile.TemporaryDirectory() as temporary:
        scenario = Path(temporary) / "scenario"
        command([*EMIGRE, "import", "flee", folder, scenario, "--capacities", capacities])
        yield scenario


def people_of(run: Path) -> np.ndarray:
    """(runs, days, camps) simulated people of a run folder."""
    results = emigre.read(run)
    info, tables = results.info, load_resolved(run / "scenario").tables
    compared = ard.of_run(results.scan_daily(), tables, info.start, info.n_days, info.runs)
    assert compared is not None  # camps of these folders are counted
    return compared[1]


if __name__ == "__main__":
    main()
