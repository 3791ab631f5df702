"""Ensembles: many parallel runs of one or several scenarios.

Runs differ only in their number; each is a function of (scenario, parameter draw, seed, run), so
results do not depend on the number of workers, the machine or interruptions.
"""

from emigre.ensemble.executors import PROCESSES, THREADS, open_pool
from emigre.ensemble.figures import sample
from emigre.ensemble.listener import ProgressListener
from emigre.ensemble.plan import DEFAULT_SEED, Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import run
from emigre.numerics.cores import cores
from emigre.scenario.parameter_draws import Draws

__all__ = [
    "DEFAULT_SEED",
    "PROCESSES",
    "THREADS",
    "Draws",
    "Plan",
    "Pool",
    "ProgressListener",
    "cores",
    "open_pool",
    "run",
    "sample",
]
