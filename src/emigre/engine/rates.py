"""What the first day of a compiled scenario would bring on average, without simulating it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emigre.engine.compile import Compiled
from emigre.engine.ledger import Ledger
from emigre.engine.simulate import Outlook, reference_access
from emigre.processes.departures import cohort_hazard, movers_per_household, shared_hazard
from emigre.state import F64


class FirstDay(NamedTuple):
    """persons: expected to decide to leave on the first day. heading: (D) their destinations."""

    persons: float
    heading: F64


def first_day(plan: Compiled) -> FirstDay:
    """Expected leavers of the first day where the hazard rules, and where they head."""
    ledger = Ledger(plan)
    today = Outlook(plan).look(0, ledger)
    shared_hazard(today, reference_access(plan, today), plan.parameters.departures)
    world, ways, cohorts = plan.world, plan.ways, plan.cohorts
    heading = np.zeros(world.n_countries)
    persons = 0.0
    for i in range(cohorts.row.size):
        if cohorts.row.total[i] <= 0:
            continue
        hazard = cohort_hazard(world, cohorts, today, plan.base, i)
        leaving = (1.0 - np.exp(-hazard)) * cohorts.row.total[i] * world.scale
        leaving *= movers_per_household(world, cohorts, i)
        o, c = cohorts.row.origin[i], world.groups.outlook[cohorts.row.group[i]]
        mine = slice(ways.first[o], ways.first[o + 1])
        route = ways.row.route[mine]
        weight = today.way_weight[mine, world.class_level[c]] * today.route_weight[route, c]
        persons += leaving
        if weight.sum() > 0.0:
            shares = np.bincount(ways.routes.destination[route], weight, world.n_countries)
            heading += leaving * shares / weight.sum()
    return FirstDay(float(persons), heading)
