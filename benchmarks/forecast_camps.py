"""30-day forecasts of camps from rolling dates, compared with constant shares.

    python benchmarks/forecast_camps.py FOLDER [FOLDER ...] [--totals given]

Each forecast uses what was known on its day (`emigre import flee --as-of`), with `--totals given`
also the registered total of the days ahead, as Flee does. Scored by ARD over the days ahead, beside
*persistence*, in which every camp keeps its share of the people counted last, with the total of our
forecast; and *no change*, in which every camp keeps these people. The counts have
the corrections known on the day of the forecast, because nobody foresees a later recount.
"""

import argparse
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from naive_camps import scores

import emigre
from emigre.adapters.flee import import_folder
from emigre.adapters.flee.folder import Conflict, read_folder
from emigre.adapters.flee.names import names_of
from emigre.evaluation import ard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=30, help="days between two forecasts")
    parser.add_argument("--ahead", type=int, default=30, help="days ahead")
    parser.add_argument("--totals", choices=("given", "none"), default="none")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--people", type=int, default=20_000, help="parties at the most")
    asked = parser.parse_args()
    print(
        f"{'folder':14} {'dates':>5} {'Emigre':>14} {'persistence':>14} {'no change':>14}"
        "   (ARD, rescaled)"
    )
    means = []
    for folder in asked.folders:
        conflict = read_folder(folder)
        days = range(asked.every, conflict.n_days - asked.ahead, asked.every)
        rows = [one(folder, conflict, day, asked) for day in days]
        found = np.nanmean(np.array([row for row in rows if row is not None]), axis=0)
        means.append(found)
        n = sum(row is not None for row in rows)
        print(
            f"{folder.name:14} {n:5} " + " ".join(f"{a:6.3f} {b:6.3f} " for a, b in found),
            flush=True,
        )
    whole = np.mean(means, axis=0)
    print(f"{'mean':14} {'':5} " + " ".join(f"{a:6.3f} {b:6.3f} " for a, b in whole))


def last_counts(conflict: Conflict, day: int, camps: Sequence[str]) -> np.ndarray:
    """People counted last by id of the camp, with the corrections known on the day."""
    place, registered = names_of(conflict).place, conflict.registrations.as_known(day).camps
    known = {place[name]: series.last_known(day) for name, series in registered.items()}
    return np.array([0.0 if (last := known[camp]) is None else last[1] for camp in camps])


def one(folder: Path, conflict: Conflict, day: int, asked: argparse.Namespace) -> np.ndarray | None:
    """(forecasters, 2): ARD and rescaled ARD of one date; None if nobody was registered."""
    as_of = conflict.start + timedelta(days=day)
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "scenario"
        import_folder(folder, out, as_of=as_of, totals=asked.totals)
        scenario = emigre.load(out, end=as_of + timedelta(days=asked.ahead))
        present = int(scenario.tables["present"]["persons"].sum() or 0)
        if present == 0:
            return None
        scale = max(1, round(present / asked.people))
        results = emigre.run(scenario, runs=asked.runs, scale=scale)
        info = results.info
        compared = ard.of_run(
            results.scan_daily(), scenario.tables, info.start, info.n_days, asked.runs
        )
        assert compared is not None  # camps of these folders are counted
        counts, people = compared
    ours = people.mean(axis=0)
    now = last_counts(conflict, day, counts.camps)
    persistence = now / now.sum() * ours.sum(axis=1, keepdims=True)
    forecasts = ours, persistence, np.broadcast_to(now, ours.shape)
    return np.array([scores(people[1:], counts.people[1:]) for people in forecasts])


if __name__ == "__main__":
    main()
