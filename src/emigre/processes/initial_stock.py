"""Initial stock: people who left before the first day and are abroad when it begins.

present.csv gives persons by origin and place. They form parties of the cohorts of their origin,
drawn in proportion to the households at home, with the sizes of such households (expected ones if
the scale leaves no whole household at home). The last party is cut so that the number of persons is
exact. Each party begins the first day as a visitor without limit (as displaced within its own
state) with the funds of a new arrival, and is not counted as decided, departed or arrived.
    P(cohort i) = homes_i / sum homes        over the cohorts of the origin
Assumption: people who left earlier resemble those at home.

Reads: timetable (payment). Draws: IDENTITY, HOUSEHOLD, MEMBER, SAVINGS, REMOTE, RELATIVES,
CANDIDATE_GAP. Writes: stocks of persons abroad. Units: persons.
"""

from emigre.numerics.jit import kernel
from emigre.numerics.random import HOUSEHOLD, IDENTITY, bits, mix, nth, uniform
from emigre.processes.accounting import tally
from emigre.processes.arrays import ABROAD, F64, I64, MAX_SIZE, NOWHERE, Conditions, Population
from emigre.processes.arrivals import note_arrival
from emigre.processes.departures import draw_size, start_row
from emigre.processes.households import draw_member
from emigre.processes.legal_status import begin_stay, next_candidate, schedule
from emigre.processes.livelihood import draw_funds, update_funds

NO_LIMIT = -1
"""Days of a stay without limit."""


@kernel
def settle_present(
    now: Conditions, people: Population, present: I64, typical_homes: F64, used: int
) -> int:
    """Create the parties abroad, from row `used` on; returns the number of rows in use.

    present: (O, D) persons in units of the scale; kin: (cohorts, sizes) households that they
    resemble, some in every origin with people abroad. There must be space for one party per person.
    """
    world, today, party = now.world, now.today, people.parties.row
    for o in range(present.shape[0]):
        for d in range(present.shape[1]):
            left = present[o, d]
            who = mix(
                world.start_id[o] ^ mix(world.start_id[world.n_origins + world.n_crossings + d])
            )
            k = 0
            while left > 0:
                identity = bits(now.key, nth(who, k), today.day, IDENTITY)
                i = draw_cohort(
                    people, typical_homes, o, uniform(now.key, identity, today.day, IDENTITY)
                )
                size = draw_size(typical_homes, i, uniform(now.key, identity, today.day, HOUSEHOLD))
                size = min(size, left)
                party.id[used] = identity
                party.cohort[used] = i
                party.people[used] = size
                party.household[used] = size
                start_row(now, people, used)
                draw_member(now, people, used)
                party.state[used] = ABROAD
                party.place[used] = d
                draw_funds(now, people, used)
                party.stay_days[used] = NO_LIMIT
                party.admitted[used] = today.day
                begin_stay(now, people, used)
                note_arrival(now, people, used, d, True)
                update_funds(now, people, used)
                next_candidate(now, people, used)
                schedule(people, used)
                tally(now, people, used, 1)
                left -= size
                k += 1
                used += 1
    return used


@kernel
def draw_cohort(people: Population, typical_homes: F64, o: int, u: float) -> int:
    """Draw a cohort of origin o in proportion to its households in kin (cohorts, sizes)."""
    cohort = people.cohorts.row
    total = 0.0
    for i in range(cohort.size):
        if cohort.origin[i] == o:
            total += households_of(typical_homes, i)
    running = 0.0
    drawn = NOWHERE
    for i in range(cohort.size):
        if cohort.origin[i] == o and households_of(typical_homes, i) > 0.0:
            running += households_of(typical_homes, i)
            drawn = i
            if running > u * total:
                break
    return drawn


@kernel
def households_of(typical_homes: F64, i: int) -> float:
    """Number of households of cohort i in kin (cohorts, sizes), all sizes."""
    total = 0.0
    for s in range(MAX_SIZE):
        total += typical_homes[i, s]
    return total
