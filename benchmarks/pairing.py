"""Ratio of runs needed by independent and by paired comparisons, for the same interval.

Runs a baseline and a variant with common random numbers, and the variant again with another seed.
In both cases the variance of the mean effect falls as 1/n. The ratio of the variances of a single
difference is therefore the ratio of the runs needed.
"""

import argparse
from datetime import date

import numpy as np
import polars as pl

import emigre
from emigre.ensemble.executors import sample
from emigre.ensemble.plan import Plan

FIGURES = (
    ("entered", "FI"),
    ("arrived", "FI"),
    ("entered", "GE"),
    ("entered", "KZ"),
    ("departed", "*"),
    ("stock", "*"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--variant", default="no-finnish-ban")
    options.add_argument("--runs", type=int, default=40)
    options.add_argument("--scale", type=int, default=10)
    asked = options.parse_args()
    first, after = date(2022, 9, 1), date(2022, 11, 1)
    start, end = date(2022, 8, 1), date(2022, 10, 31)
    base = emigre.load("russia-2022", start=start, end=end)
    other = emigre.load("russia-2022", variants=[asked.variant], start=start, end=end)
    figures = pl.DataFrame(
        [{"measure": m, "place": p, "from": first, "to": after} for m, p in FIGURES]
    )
    paired = sample(Plan((base, other), asked.runs, 1, asked.scale), figures)
    independent = sample(Plan((other,), asked.runs, 2, asked.scale), figures)[0]
    together = (paired[1] - paired[0]).var(axis=0, ddof=1)
    apart = (independent - paired[0]).var(axis=0, ddof=1)
    mean = (paired[1] - paired[0]).mean(axis=0)
    print(f"{asked.variant}: {asked.runs} runs of each, one simulated person for {asked.scale}")
    print(f"{'figure':<16}{'effect':>10}{'sd paired':>12}{'sd apart':>12}{'fewer runs':>12}")
    for i, (measure, place) in enumerate(FIGURES):
        ratio = apart[i] / together[i] if together[i] else np.inf
        deviations = f"{np.sqrt(together[i]):>12,.0f}{np.sqrt(apart[i]):>12,.0f}"
        print(f"{measure + ' ' + place:<16}{mean[i]:>10,.0f}{deviations}{ratio:>11.1f}x")


if __name__ == "__main__":
    main()
