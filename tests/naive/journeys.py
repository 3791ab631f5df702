"""Reference implementations of preparing and travelling; a party is a dict."""

import math
from typing import Any

from naive import draws, households
from naive import outlook as plain_outlook

PREPARE, DEPART_HOUR, ARRIVAL_CHECK, WAY, REST = 6, 7, 12, 5, 31
TRAPPED, PREPARING, TRAVELLING, ABROAD = 0, 1, 2, 4
APPLICANT = 1
TO_CROSSING, TO_END = 0, -1


def preparation_days(
    mean: float, hurry: float, urgency: float, formalities: float, u: float
) -> int:
    """Whole days of an exponential time."""
    return math.floor(-math.log(u) * (mean * math.exp(-hurry * urgency) + formalities))


def choose(w: Any, me: dict[str, Any], group: Any, start: int, refused_at: int = -1) -> int:
    """The way drawn today, perhaps without its member; -1 if none is feasible."""
    return households.take(w, me, group, draw(w, me, group, start, refused_at))


def draw(w: Any, me: dict[str, Any], group: Any, start: int, refused_at: int) -> int:
    """The way drawn today from a place to stand; -1 if none is feasible."""
    c = group.outlook
    values = plain_outlook.utilities(
        w.ways,
        start,
        plain_outlook.parts_of(w),
        c,
        int(w.world.class_level[c]),
        refused_at,
        me["goal"],
    )
    size = int(me["people"]) * w.world.scale
    full = [d for d, free in enumerate(w.today.free) if free < size]
    ends = w.ways.routes.destination[w.ways.row.route]
    values = {i: v for i, v in values.items() if ends[i] not in full}
    values = {i: v for i, v in values.items() if not knows_refusal(w, me, group, i)}
    values = {i: v for i, v in values.items() if households.may_take(w, me, group, i)}
    if has_to_leave(me, w.today.day):
        here = state_of(w, me["place"])
        values = {i: v for i, v in values.items() if state_of(w, ends[i]) != here}
    number = draws.bits(int(w.key), me["id"] ^ int(w.world.start_id[start]), w.today.day, WAY)
    return plain_outlook.choose(values, number, w.ways.row.id)


def has_to_leave(me: dict[str, Any], day: int) -> bool:
    """Whether the status of a party abroad, not an applicant's, has ended."""
    lives_there = me["state"] == ABROAD and me["status"] != APPLICANT
    return lives_there and me["status_ends"] <= day


def is_open(w: Any, me: dict[str, Any], group: Any) -> bool:
    """Whether every check and crossing on its way lets somebody of its class through."""
    route = w.ways.routes[w.ways.row.route[me["way"]]]
    c = group.outlook
    crossings = [g for g in w.ways.crossings[w.ways.row.route[me["way"]]] if g >= 0]
    checked = not route.check or w.check_weight[route.destination, c] > 0
    size = me["people"] * w.world.scale
    room = w.room[route.destination] > 0 and w.today.free[route.destination] >= size
    return bool(checked and room and all(w.crossing_weight[g, c] > 0 for g in crossings))


def travel(me: dict[str, Any], now: float, hours: float, stage: int) -> None:
    """Be on the way."""
    at = now + hours / 24
    me |= {"state": TRAVELLING, "stage": stage, "at": at, "due": math.floor(at)}


def begin_way(w: Any, me: dict[str, Any], now: float) -> None:
    """To the first crossing, or to the end if there is none."""
    me["stage"] = TO_CROSSING - 1
    travel_on(w, me, now)


def travel_on(w: Any, me: dict[str, Any], now: float) -> None:
    """To the next crossing, or to the end behind the last."""
    i, ahead = me["way"], me["stage"] + 1
    crossings = [g for g in w.ways.crossings[w.ways.row.route[i]] if g >= 0]
    if ahead < len(crossings):
        travel(me, now, float(w.ways.hours[i, ahead]), ahead)
    else:
        travel(me, now, float(w.ways.hours[i, -1]), TO_END)


def days_of_rest(w: Any, me: dict[str, Any], left: int) -> float:
    """In the country entered, on the way from `left` (-1: home) to another."""
    mean = float(w.world.countries.rest[me["last_country"]]) if me["last_country"] >= 0 else 0.0
    who = me["id"] if left < 0 else me["id"] ^ identity_of(w, left)
    return -mean * math.log(draws.uniform(int(w.key), who, int(w.today.day), REST))


def trap(me: dict[str, Any], group: Any, day: int) -> None:
    """At home, wanting to leave."""
    me |= {"state": TRAPPED, "way": -1, "start": group.origin, "due": day + 1}


def abandon_journey(me: dict[str, Any], group: Any, day: int, now: float) -> None:
    """No way on: in the country where it is, or at home."""
    if me["last_country"] < 0:
        trap(me, group, day)
    else:
        me |= {"way": -1, "place": me["last_country"]}
        travel(me, now, 0.0, TO_END)


def set_out(w: Any, me: dict[str, Any], group: Any) -> bool:
    """Leave home by a way that is open, or be trapped; whether it left."""
    day = w.today.day
    barred = households.is_member_barred(
        w, me, group.origin, households.share_on(w, group, me["way"])
    )
    if barred or not is_open(w, me, group):
        me["way"] = choose(w, me, group, group.origin)
    if me["way"] < 0:
        trap(me, group, day)
        return False
    me |= {"start": group.origin, "last_country": -1}
    me |= {"stay_days": -1, "admitted": day}  # a border on the way sets its own limit
    begin_way(w, me, day + draws.uniform(int(w.key), me["id"], day, DEPART_HOUR))
    return True


def state_of(w: Any, d: int) -> int:
    """State in which a country or camp lies."""
    return int(w.world.countries.state[d])


def allowance(w: Any, me: dict[str, Any], state: int, limit: int, window: int, day: int) -> int:
    """Days of a visitor's stay: the limit less the days of the last stay there in the window."""
    if limit < 0 or window <= 0 or me["visited"] < 0 or state_of(w, me["visited"]) != state:
        return limit
    spent = [t for t in range(me["visited_from"], min(me["visited_to"], day)) if t >= day - window]
    return max(0, limit - len(spent))


def passes_arrival_check(w: Any, me: dict[str, Any], group: Any) -> bool:
    """The entry check of a country reached without a crossing, where there is one."""
    if me["way"] < 0:
        return True
    route = w.ways.routes[w.ways.row.route[me["way"]]]
    if not route.check:
        return True
    d, c = int(route.destination), group.outlook
    days = days_on_arrival(w, me, group, d)
    if days == 0:
        remember_refusal(me, identity_of(w, d), int(w.today.entry_rule[d, c]))
        return False
    me |= {"stay_days": days, "admitted": int(w.today.day)}
    if w.world.countries.country[d] >= 0:
        me["last_country"] = int(w.world.countries.country[d])
    return True


def days_on_arrival(w: Any, me: dict[str, Any], group: Any, d: int) -> int:
    """Days given by the check of a country reached without a crossing; 0 if it refuses."""
    c = group.outlook
    limit, window = int(w.today.entry_days[d, c]), int(w.today.entry_window[d, c])
    where = int(w.world.start_id[w.world.n_origins + w.world.n_crossings + d])
    u = draws.uniform(int(w.key), me["id"] ^ where, int(w.today.entry_rule[d, c]), ARRIVAL_CHECK)
    passes = u < w.today.entry_share[d, c]
    return allowance(w, me, state_of(w, d), limit, window, w.today.day) if passes else 0


def identity_of(w: Any, d: int) -> int:
    """Identity of a destination."""
    return int(w.world.start_id[w.world.n_origins + w.world.n_crossings + d])


def bit_of(place: int, rules: int) -> int:
    """A check in `tried`."""
    return 1 << (draws.mix(rules ^ place) & 63)


def remember_refusal(me: dict[str, Any], place: int, rules: int) -> None:
    """It was turned back at a check."""
    me["tried"] |= bit_of(place, rules)


def knows_refusal(w: Any, me: dict[str, Any], group: Any, way: int) -> bool:
    """Whether a way ends at a check that it knows to refuse it; crossings admit all."""
    assert (w.today.tonight.exit_share == 1).all()
    assert (w.today.tonight.entry_share == 1).all()
    assert (w.today.tonight.entry_window == 0).all()
    route = w.ways.routes[w.ways.row.route[way]]
    d = int(route.destination)
    check = bit_of(identity_of(w, d), int(w.today.entry_rule[d, group.outlook]))
    known = route.check and me.get("tried", 0) & check  # a new party has tried nothing
    return bool(known and days_on_arrival(w, me, group, d) == 0)


def take_way(w: Any, me: dict[str, Any], way: int, start: int, now: float) -> None:
    """Set out by a way from a place to stand."""
    me |= {"way": way, "start": start}
    begin_way(w, me, now)


def withdraw_abroad(w: Any, me: dict[str, Any], group: Any, way: int) -> bool:
    """Whether a claim is withdrawn because the way leads out of the state of the last stay."""
    from naive import stays

    last, route = me["visited"], int(w.ways.row.route[way])
    if last < 0:
        return False
    end = int(w.ways.routes[route].destination)
    abroad = w.ways.crossings[route][0] >= 0 or state_of(w, end) != state_of(w, last)
    law = w.today.law[last, group.legal]
    return bool(abroad and stays.withdrawn(me, w.today.day, law))


def choose_again(
    w: Any, me: dict[str, Any], group: Any, start: int, now: float, refused_at: int = -1
) -> bool:
    """Another way from where it stands, but not over a crossing that refused it."""
    way = choose(w, me, group, start, refused_at)
    if way < 0:
        return False
    withdraw_abroad(w, me, group, way)
    take_way(w, me, way, start, max(now, float(me["not_before"])))  # once a day at once
    me["not_before"] = w.today.day + 1
    return True


def look_for_way(w: Any, me: dict[str, Any], group: Any, prm: Any) -> None:
    """Choose from home and prepare, or be trapped."""
    day, o = w.today.day, group.origin
    me |= {"start": o, "way": choose(w, me, group, o)}
    if me["way"] < 0:
        me |= {"state": TRAPPED, "due": day + 1}
        return
    u = draws.uniform(int(w.key), me["id"], day, PREPARE)
    urgency = float(w.today.urgency[group.outlook, o])
    d = w.ways.routes.destination[w.ways.row.route[me["way"]]]
    papers = float(w.world.countries.formalities[d])
    wait = preparation_days(prm.prepare_days, prm.hurry_weight, urgency, papers, u)
    me |= {"state": PREPARING, "due": day + min(wait, 3650)}
