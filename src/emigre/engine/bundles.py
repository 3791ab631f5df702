"""The two bundles that kernels take, for a compiled scenario."""

import numpy as np

from emigre.engine.build import Compiled
from emigre.engine.space import new_agenda, new_parties
from emigre.numerics.records import records
from emigre.processes.arrays import (
    NOWHERE,
    STAY,
    Accounts,
    Cohorts,
    Conditions,
    Population,
    Queues,
    Stays,
    Today,
)
from emigre.processes.decisions import no_bounds


def conditions_of(plan: Compiled, today: Today, key: np.uint64) -> Conditions:
    """Conditions of a day of the run with this random key."""
    return Conditions(plan.world, plan.itineraries, today, key, plan.parameters)


def population_of(plan: Compiled, accounts: Accounts, room: int = 1) -> Population:
    """State before the first day. room: number of parties with allocated rows."""
    home, world = plan.cohorts, plan.world
    return Population(
        Cohorts(home.row.copy(), home.homes.copy(), home.undecided.copy()),
        no_bounds(home.row.size, world.class_level.size, world.n_origins, plan.leaving.shape[1:]),
        new_parties(room),
        empty_queues(plan),
        accounts,
        new_agenda(room),
        Stays(records(STAY, 0), np.zeros(1, np.int64), 1),
    )


def empty_queues(plan: Compiled) -> Queues:
    """Queues of a run before its first day."""
    n, slots = plan.world.n_crossings, plan.level.shape[2]
    batches = sum(len(plan.timetable.intervals(day)) for day in range(plan.n_days))
    return Queues(
        head=np.full(n, NOWHERE, np.int32),
        tail=np.full(n, NOWHERE, np.int32),
        free=np.zeros(n),
        credit=np.zeros(n),
        begun=np.zeros(n),
        length=np.zeros(n),
        expected=np.zeros((n, slots)),
        ordinary=np.zeros((n, batches, slots), np.int32),
        came=np.zeros((n, batches), np.int32),
        done=np.zeros((n, batches), np.int32),
        since=np.zeros((n, batches)),
        until=np.zeros((n, batches)),
        first=np.zeros(n, np.int32),
        last=np.full(n, NOWHERE, np.int32),
    )
