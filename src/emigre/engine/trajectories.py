"""Record the trajectories of households over a period of one run.

Rows of parties are never reused and follow the order of creation, so that it suffices to inspect
them at the beginning and the end of the period.
"""

import numpy as np

from emigre.engine.build import Compiled
from emigre.processes.arrays import ENDED, I32, NOWHERE, Parties
from emigre.results.trajectories import Period, Trajectories


class TrajectoryRecorder:
    """Records parties that have not left when the period begins, and their outcomes."""

    def __init__(self, plan: Compiled, period: Period) -> None:
        first, end = period
        if not 0 <= first < end <= plan.n_days:
            raise ValueError(f"days {first} to {end} are not within {plan.n_days} days")
        self.plan, self.first, self.end = plan, first, end
        self.founded: list[int] = []
        self.earlier: I32 = np.zeros(0, np.int32)
        self.trace: Trajectories | None = None

    def before(self, day: int, parties: Parties, used: int) -> None:
        """Called at the beginning of a day."""
        self.founded.append(used)
        if day == self.first:
            row = parties.row[:used]
            at_home = (row.entered == NOWHERE) & (row.reached == NOWHERE) & (row.state != ENDED)
            self.earlier = np.flatnonzero(at_home).astype(np.int32)

    def after(self, day: int, parties: Parties, used: int) -> None:
        """Called at the end of a day."""
        if day == self.end - 1:
            later = np.arange(self.founded[self.first], used, dtype=np.int32)
            self.trace = self._take(parties, np.concatenate([self.earlier, later]))

    def _take(self, parties: Parties, who: I32) -> Trajectories:
        index, row = self.plan.index, parties.row[who]
        day = np.searchsorted(np.array(self.founded), who, side="right") - 1
        return Trajectories(
            crossings=index.crossings,
            countries=index.countries,
            country_of=tuple(r["country"] for r in index.crossing_rows),
            id=row.id.copy(),
            cohort=self.plan.cohorts.row.id[row.cohort],
            day=day.astype(np.int32),
            persons=row.people.astype(np.int64) * self.plan.world.scale,
            entered=row.entered.copy(),
            reached=row.reached.copy(),
            state=row.state.astype(np.int32),
        )
