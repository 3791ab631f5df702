"""Border checks: ordinary traffic, exit check, asylum claim, entry check.

A crossing serves at most `capacity` persons a day, first come first served (`queue`). Ordinary
travellers come evenly over each span of a day in which the rules of the crossing do not change.
The number that came by the end of a span is N(M), a count with mean M (`random.count_quantile`):
    M = sum_spans length sum_s f_s level_s weekday_s h a_s exp(-balking E[wait])
a_s is the share of document s that passes both checks (0 if the crossing is closed), f a factor of
the run and the country entered (level_factor) that may drift (drift_errors), h that of the
pressures on leaving (traffic_factor), and E[wait] the wait for the queue at the beginning of the
day at the capacity of the span. A day without a change of rules is a single span.

The party at the head meets the exit check of the state it leaves, then the entry check:
    P(let out) = e[crossing, class]       P(admitted) = a[crossing, class]
Both follow the newest rules in force at the moment of service; a party has one random number at
each crossing for each rule (`admission`), and one for each crossing that decides whether it claims
asylum: before the entry check, a share `asylum_share` does if claims are taken, except those who
know that the state would reject their claim again.
Parties choose again from where they are if the crossing is closed, or if nobody of their class is
admitted and they do not claim asylum, when they arrive or while they wait; a check counts them as
refused, a closure does not. At a crossing that opens again within a day they wait.

Reads: timetable (exit, entry, capacity). Draws: TRAFFIC, TRAFFIC_LEVEL, EXIT_CHECK, ENTRY_CHECK,
CLAIM, WAY. Writes: entered, entered_ordinary, exited, exited_ordinary, refused_*, asylum_claims,
waiting, wait_hours. Units: persons, persons per day, hours.
"""

# Long, because queue, exit check, claims and entry check are one sequence of service.

import math

from emigre.numerics.jit import kernel
from emigre.numerics.random import (
    CLAIM,
    ENTRY_CHECK,
    EXIT_CHECK,
    TRAFFIC,
    TRAFFIC_LEVEL,
    Key,
    count_quantile,
    normal_quantile,
    uniform,
)
from emigre.processes.accounting import (
    class_of,
    flow_crossing,
    is_own_state,
    legal_class_of,
    persons,
    tally,
)
from emigre.processes.admission import allowance, knows_rejection, number_at, remember_refusal
from emigre.processes.arrays import (
    ASYLUM,
    F64,
    NOWHERE,
    TO_END,
    WAITING,
    X_CLAIMS,
    X_ENTERED,
    X_EXITED,
    X_REFUSED_ENTRY,
    X_REFUSED_EXIT,
    X_REFUSED_ORDINARY,
    X_TRANSIT,
    X_WAITING,
    X_WAITING_ORDINARY,
    CheckpointRules,
    Conditions,
    Population,
    World,
)
from emigre.processes.households import passes_member_check
from emigre.processes.journeys import (
    abandon_journey,
    choose_again,
    crossing_ahead,
    days_of_rest,
    is_way_closed_ahead,
    list_arrival,
    travel,
    travel_on,
)
from emigre.processes.queue import (
    NOBODY,
    add_batch,
    drop_slot,
    first_in_line,
    ordinary_first,
    serve_ordinary,
    serve_party,
)
from emigre.processes.route_choice import expected_wait

NO_RULE = 0


@kernel
def share_undeterred(wait_hours: float, balking_per_hour: float) -> float:
    """Share of ordinary travellers who come despite the expected wait."""
    return math.exp(-balking_per_hour * wait_hours)


def traffic_factor(push: F64, households: F64, weight: float) -> float:
    """Factor of the pressures on leaving on ordinary traffic: (mean of exp(pressure)) ^ weight.

    push: exp of the pressures; households with which they are weighted: (zones, G) both. Ordinary
    travellers also hurry out or postpone trips: weight is the elasticity of their number to the
    hazard of leaving.
    """
    total = float(households.sum())
    mean = float((push * households).sum()) / total if total > 0.0 else 1.0
    return mean**weight


@kernel
def level_factor(sd: float, z: float) -> float:
    """Error of a level of ordinary traffic in a run: exp(sd z - sd^2 / 2), mean 1.

    z is a standard normal number. Levels come from monthly figures and estimates; unlike the noise
    from day to day, their errors persist (drift_errors).
    """
    return math.exp(sd * z - 0.5 * sd * sd)


@kernel
def drift_errors(world: World, key: Key, day: int, rate: float, z: F64) -> None:
    """Move the errors z of the levels (X) to a day; all crossings into a country share one.

    An Ornstein-Uhlenbeck process, exact for steps of a day: z' = a z + sqrt(1 - a^2) e with
    a = exp(-rate) and e standard normal, so that z is standard normal on every day and the
    correlation of two days is exp(-rate days). rate 0: constant over the run.
    """
    keep = 0.0 if day == 0 else math.exp(-rate)
    if keep == 1.0:
        return
    first = world.n_origins + world.n_crossings
    for x in range(world.n_crossings):
        d = world.crossings.country[x]
        owner = world.crossings.id[x] if d < 0 else world.start_id[first + d]
        e = normal_quantile(uniform(key, owner, day, TRAFFIC_LEVEL))
        z[x] = keep * z[x] + math.sqrt(1.0 - keep * keep) * e


@kernel
def true_levels(level: F64, sd: F64, z: F64, out: F64) -> None:
    """Write a day's levels in this run. level, sd, out: (X, slots); z: (X)."""
    for x in range(level.shape[0]):
        for slot in range(level.shape[1]):
            out[x, slot] = level[x, slot] * level_factor(sd[x, slot], z[x])


@kernel
def levels_of_day(now: Conditions, level: F64, sd: F64, factor: float, z: F64, out: F64) -> None:
    """Write today's levels from z (X) and (X, slots); factor: of the pressures (traffic_factor)."""
    drift_errors(now.world, now.key, now.today.day, now.prm.borders.traffic_drift_per_day, z)
    true_levels(level, sd, z, out)
    for x in range(out.shape[0]):
        for slot in range(out.shape[1]):
            out[x, slot] *= factor


@kernel
def draw_ordinary(
    now: Conditions, people: Population, checkpoint: CheckpointRules, level: F64, x: int
) -> None:
    """Draw the ordinary travellers of the span that begins at crossing x.

    level: (X, slots) persons a day (true_levels).
    """
    today, queues, accounts = now.today, people.queues, people.accounts
    since, until = checkpoint.since[x], checkpoint.until[x]
    if since == 0.0:
        waiting = sum(accounts.crossing[X_WAITING, x, :])
        queues.length[x] = waiting + accounts.crossing[X_WAITING_ORDINARY, x, 0]
        queues.expected[x, :] = 0.0
    wait = expected_wait(queues.length[x], checkpoint.capacity[x])
    batch = add_batch(people, x, today.day + since, today.day + until)
    if checkpoint.capacity[x] <= 0.0:
        return
    staying = share_undeterred(wait, now.prm.borders.balking_per_hour)
    for slot in range(level.shape[1]):
        mean = level[x, slot] * staying * checkpoint.ordinary_share[x, slot]
        if mean <= 0.0:
            continue
        u = uniform(now.key, now.world.slot_id[x, slot], today.day, TRAFFIC)
        earlier = queues.expected[x, slot]
        queues.expected[x, slot] = earlier + (until - since) * mean
        # One number for the whole day, so that the spans add up to a day's count.
        n = count_quantile(queues.expected[x, slot], now.prm.borders.traffic_noise, u)
        n = max(0, n - count_quantile(earlier, now.prm.borders.traffic_noise, u))
        queues.ordinary[x, batch, slot] = n
        queues.came[x, batch] += n
        accounts.crossing[X_WAITING_ORDINARY, x, 0] += n


@kernel
def join_queue(now: Conditions, people: Population, p: int, x: int) -> None:
    """Append a party to the queue of crossing x. The caller has removed it from its stock."""
    party, queues = people.parties.row, people.queues
    party.state[p] = WAITING
    party.place[p] = x
    party.next[p] = NOWHERE
    people.parties.due[p] = now.today.day  # due every day until it is served
    if queues.tail[x] == NOWHERE:
        queues.head[x] = p
    else:
        party.next[queues.tail[x]] = p
    queues.tail[x] = p
    tally(now, people, p, 1)


@kernel
def can_pass(
    now: Conditions, people: Population, checkpoint: CheckpointRules, p: int, x: int
) -> bool:
    """Whether a party has any chance of passing crossing x now, if only by claiming asylum."""
    c = class_of(now, people, p)
    if checkpoint.usual[x] <= 0.0 or checkpoint.exit_share[x, c] <= 0.0:
        return False
    return bool(checkpoint.entry_share[x, c] > 0.0 or claims_asylum(now, people, p, x))


@kernel
def turn_away(
    now: Conditions, people: Population, p: int, x: int, refused_at: int, instant: float
) -> None:
    """Choose again at crossing x, or stay. The caller has removed the party from its stock."""
    start = now.world.n_origins + x
    if not choose_again(now, people, p, start, refused_at, instant):
        abandon_journey(now, people, p, instant)
    tally(now, people, p, 1)


@kernel
def refuse_unserved(
    now: Conditions, people: Population, checkpoint: CheckpointRules, p: int, x: int
) -> None:
    """Count the refusal of a party that cannot pass crossing x; a closed one refuses nobody.

    The caller has removed the party from its stock.
    """
    if checkpoint.usual[x] <= 0.0:
        return
    c = class_of(now, people, p)
    place = now.world.crossings.id[x]
    u = number_at(now, people, p, place, EXIT_CHECK, checkpoint.exit_rule[x, c])
    if u >= checkpoint.exit_share[x, c]:
        flow_crossing(now, people, p, X_REFUSED_EXIT, x)
    elif passes_member_check(now, people, p, x, checkpoint.member_exit[x, c], X_REFUSED_EXIT):
        flow_crossing(now, people, p, X_EXITED, x)
        flow_crossing(now, people, p, X_REFUSED_ENTRY, x)


@kernel
def reach_crossing(
    now: Conditions, people: Population, checkpoint: CheckpointRules, p: int
) -> None:
    """A travelling party reaches its crossing: it queues, or learns that it cannot pass."""
    party = people.parties.row
    x = crossing_ahead(now, people, p)
    tally(now, people, p, -1)
    if is_way_closed_ahead(now, people, p, x):
        turn_away(now, people, p, x, NOWHERE, party.at[p])
        return
    if can_pass(now, people, checkpoint, p, x):
        join_queue(now, people, p, x)
        return
    refuse_unserved(now, people, checkpoint, p, x)
    turn_away(now, people, p, x, x, party.at[p])


@kernel
def clear_queue(now: Conditions, people: Population, checkpoint: CheckpointRules, x: int) -> None:
    """Parties that can no longer pass, or lost a leg, leave the queue and choose again."""
    party, queues, accounts = people.parties.row, people.queues, people.accounts
    instant = now.today.day + checkpoint.since[x]
    first = first_in_line(people, x, instant)
    before = NOWHERE
    p = queues.head[x]
    while p != NOWHERE:
        behind = party.next[p]
        lost = is_way_closed_ahead(now, people, p, x)
        if not lost and can_pass(now, people, checkpoint, p, x):
            before = p
        else:
            if before == NOWHERE:
                queues.head[x] = behind
            else:
                party.next[before] = behind
            if queues.tail[x] == p:
                queues.tail[x] = before
            tally(now, people, p, -1)
            if not lost:
                refuse_unserved(now, people, checkpoint, p, x)
            turn_away(now, people, p, x, NOWHERE if lost else x, instant)
            list_arrival(now, people, p, now.today.day + checkpoint.end)
        p = behind
    for slot in range(queues.ordinary.shape[2]):
        if checkpoint.ordinary_share[x, slot] <= 0.0 or checkpoint.usual[x] <= 0.0:
            dropped = drop_slot(people, x, slot)
            accounts.crossing[X_WAITING_ORDINARY, x, 0] -= dropped
            accounts.crossing[X_REFUSED_ORDINARY, x, 0] += dropped
    # A party that leaves loses the service it has received.
    if first == NOBODY or first_in_line(people, x, instant) != first:
        queues.credit[x] = 0.0


@kernel
def claims_asylum(now: Conditions, people: Population, p: int, x: int) -> bool:
    """Whether a party claims asylum at the entry check of crossing x."""
    d = now.world.crossings.country[x]
    legal = legal_class_of(now, people, p)
    if d < 0 or is_own_state(now, people, p, d):
        return False
    share = now.today.law.asylum_share[d, legal]
    if share < 0.0 or knows_rejection(now, people, p, d, ASYLUM, share):
        return False
    u = number_at(now, people, p, now.world.crossings.id[x], CLAIM, NO_RULE)
    return u < now.prm.borders.asylum_share


@kernel
def admit_claimant(now: Conditions, people: Population, p: int, x: int, instant: float) -> None:
    """Admit a party that claims asylum; it stays in the country of the crossing."""
    party = people.parties.row
    flow_crossing(now, people, p, X_CLAIMS, x)
    flow_crossing(now, people, p, X_ENTERED, x)
    note_entry(now, people, p, x)
    party.claim[p] = ASYLUM
    party.stay_days[p] = 0
    party.admitted[p] = now.today.day
    party.way[p] = NOWHERE
    party.place[p] = now.world.crossings.country[x]
    party.stage[p] = TO_END
    travel(people, p, instant, 0.0)
    tally(now, people, p, 1)


@kernel
def note_entry(now: Conditions, people: Population, p: int, x: int) -> None:
    """Record the country entered, and the first crossing of the first way out."""
    world, party = now.world, people.parties.row
    if world.crossings.country[x] >= 0:
        party.last_country[p] = world.crossings.country[x]
    if party.entered[p] == NOWHERE and party.reached[p] == NOWHERE:
        party.entered[p] = x


@kernel
def admits(
    now: Conditions,
    people: Population,
    p: int,
    x: int,
    check: int,
    rule: int,
    share: float,
    members: float,
    refused: int,
) -> bool:
    """Whether a check admits the party, or the part of it that continues; counts refusals."""
    place = now.world.crossings.id[x]
    if number_at(now, people, p, place, check, rule) >= share:
        flow_crossing(now, people, p, refused, x)
        remember_refusal(people, p, place, rule)
        return False
    return passes_member_check(now, people, p, x, members, refused)


@kernel
def check_party(
    now: Conditions, people: Population, checkpoint: CheckpointRules, p: int, x: int, instant: float
) -> None:
    """Exit check, claim and entry check of the party at the head, which has left the queue."""
    world, ways, party = now.world, now.itineraries, people.parties.row
    c = class_of(now, people, p)
    tally(now, people, p, -1)
    rule, share = checkpoint.exit_rule[x, c], checkpoint.exit_share[x, c]
    members = checkpoint.member_exit[x, c]
    if not admits(now, people, p, x, EXIT_CHECK, rule, share, members, X_REFUSED_EXIT):
        turn_away(now, people, p, x, x, instant)
        return
    flow_crossing(now, people, p, X_EXITED, x)
    if claims_asylum(now, people, p, x):
        admit_claimant(now, people, p, x, instant)
        return
    most, window = checkpoint.entry_days[x, c], checkpoint.entry_window[x, c]
    days = allowance(now, people, p, world.crossings.state[x], most, window)
    rule, members = checkpoint.entry_rule[x, c], checkpoint.member_entry[x, c]
    share = checkpoint.entry_share[x, c] if days != 0 else 0.0
    if not admits(now, people, p, x, ENTRY_CHECK, rule, share, members, X_REFUSED_ENTRY):
        turn_away(now, people, p, x, x, instant)
        return
    flow_crossing(now, people, p, X_ENTERED, x)
    left = party.last_country[p]
    note_entry(now, people, p, x)
    end = ways.routes.destination[ways.row.route[party.way[p]]]
    if world.countries.state[end] != world.crossings.state[x]:
        flow_crossing(now, people, p, X_TRANSIT, x)
        instant += days_of_rest(now, people, p, left)
    party.stay_days[p] = days
    party.admitted[p] = now.today.day
    travel_on(now, people, p, instant)
    tally(now, people, p, 1)


@kernel
def serve_crossing(
    now: Conditions, people: Population, checkpoint: CheckpointRules, x: int, before: float
) -> None:
    """Serve those who came to crossing x before an instant, up to the next change of its rules."""
    queues = people.queues
    rate = checkpoint.capacity[x]
    until = now.today.day + checkpoint.until[x]
    while rate > 0.0:
        ahead = ordinary_first(people, x, before)
        p = queues.head[x]
        if ahead > 0:
            if serve_ordinary(people, x, ahead, rate, until) < ahead:
                break
        elif p == NOWHERE:
            break
        else:
            size = persons(now, people, p)
            if not serve_party(people, x, size, rate, until):
                break
            instant = queues.free[x]
            check_party(now, people, checkpoint, p, x, instant)
            list_arrival(now, people, p, now.today.day + checkpoint.end)
