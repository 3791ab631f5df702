"""Consistency checks within rows, between rows and across tables, split by table.

Each check uses cells that are valid by themselves and reports contradictions.
"""

from collections.abc import Callable

from emigre.scenario.checks import (
    any_table,
    claims,
    groups,
    observations,
    people,
    places,
    rules,
    sizes,
)
from emigre.scenario.tables import ScenarioTables

CHECKS: tuple[Callable[[ScenarioTables], None], ...] = (
    places.check_enough,
    places.check_place_kinds,
    places.check_lanes,
    places.check_areas,
    any_table.check_kinds_referred,
    rules.check_rules,
    rules.check_rules_act,
    any_table.check_dates,
    any_table.check_ends,
    groups.check_group_shares,
    groups.check_members,
    any_table.check_words,
    groups.check_composition,
    people.check_departures,
    any_table.check_categories,
    groups.check_nationality,
    observations.check_counts,
    any_table.check_notes,
    places.check_ways_out,
    sizes.check_sizes,
    sizes.check_whole_persons,
    people.check_people,
    claims.check_claims,
    observations.check_observations,
)
"""All checks, in order."""
