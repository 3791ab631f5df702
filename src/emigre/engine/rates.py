"""Expected departures of the first day of a compiled scenario, without simulation."""

import numpy as np

from emigre.engine.build import Compiled
from emigre.engine.bundles import conditions_of, population_of
from emigre.engine.conditions import Outlook, reference_access
from emigre.engine.ledger import Ledger
from emigre.processes.arrays import F64
from emigre.processes.decisions import cohort_hazard, weigh_hazards
from emigre.processes.departures import movers_per_household


def first_day(plan: Compiled) -> tuple[float, F64]:
    """Persons expected to leave on the first day where the hazard applies; by destination (D)."""
    ledger = Ledger(plan)
    today = Outlook(plan).conditions_on(0, ledger)
    now = conditions_of(plan, today, np.uint64(0))
    people = population_of(plan, ledger.accounts)
    weigh_hazards(now, reference_access(plan, today))
    world, ways, cohorts = plan.world, plan.itineraries, plan.cohorts
    heading = np.zeros(world.n_countries)
    persons = 0.0
    for i in range(cohorts.row.size):
        if cohorts.row.total[i] <= 0:
            continue
        hazard = cohort_hazard(now, people, plan.base, i)
        leaving = (1.0 - np.exp(-hazard)) * cohorts.row.total[i] * world.scale
        leaving *= movers_per_household(now, people, i)
        o, c = cohorts.row.origin[i], world.groups.outlook[cohorts.row.group[i]]
        mine = slice(ways.first[o], ways.first[o + 1])
        route = ways.row.route[mine]
        goal = ways.routes.destination[route]
        v = today.way_utility[world.class_level[c], mine]
        v = (
            v
            + today.route_utility[today.column[c], route]
            + (today.attraction[c] + today.room)[goal]
        )
        persons += leaving
        if v.max(initial=-np.inf) > -np.inf:
            weight = np.exp(v - v.max())
            heading += leaving * np.bincount(goal, weight / weight.sum(), world.n_countries)
    return float(persons), heading
