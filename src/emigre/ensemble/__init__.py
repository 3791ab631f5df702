"""Many runs of one or several scenarios, side by side.

The runs differ in their number alone; each is a function of (scenario, draw of parameters, seed,
run), so the results are the same for any number of workers, on any machine, with or without an
interruption.
"""

from emigre.ensemble.executors import cores, open_pool
from emigre.ensemble.figures import sample
from emigre.ensemble.listener import Watcher
from emigre.ensemble.plan import DEFAULT_SEED, Plan
from emigre.ensemble.run import run
from emigre.scenario.parameter_draws import Draws

__all__ = ["DEFAULT_SEED", "Draws", "Plan", "Watcher", "cores", "open_pool", "run", "sample"]
