"""Reference implementations of a crossing.

`Border` has lists of people and a clock of the server, and implements the description of the
process, in which ordinary travellers are a fluid. In `one_by_one` every ordinary traveller is a
person who arrives at a separate instant.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from naive import draws, households, journeys, stays

EXIT_CHECK, ENTRY_CHECK, CLAIM, TRAFFIC = 8, 9, 10, 19
SLACK = 1e-6  # persons


class Batch:
    """Ordinary travellers of one span at one crossing, by document; evenly over it."""

    def __init__(self, since: float, until: float, by_slot: Sequence[int]) -> None:
        self.since, self.until, self.left = since, until, list(by_slot)
        self.came, self.done = sum(by_slot), 0

    def instant(self, j: float) -> float:
        """When so many have come."""
        return self.since + (self.until - self.since) * j / max(self.came, 1)

    def ahead(self, instant: float) -> int:
        """How many came before an instant and still wait; the j-th comes at j - 1/2."""
        if instant >= self.until:
            return sum(self.left)
        share = (instant - self.since) / (self.until - self.since)
        came = math.floor(self.came * share + 0.5)
        return min(sum(self.left), max(0, came - self.done))

    def take(self, n: int) -> None:
        """n of them pass, spread over the documents."""
        self.done += n
        for slot, have in enumerate(self.left):
            left = sum(self.left[slot:])
            passed = min(have, have * n // left) if left else 0
            self.left[slot] -= passed
            n -= passed

    def drop(self, slot: int) -> int:
        """Those of a document leave; the others stand evenly over what is left of the span."""
        n = self.left[slot]
        if n:
            self.since = self.instant(self.done)
            self.left[slot] = 0
            self.came, self.done = sum(self.left), 0
        return n


class Border:
    """All crossings of a small world; parties are dicts, ways are those of the world."""

    def __init__(
        self, w: Any, parties: dict[int, dict[str, Any]], groups: Mapping[int, Any], prm: Any
    ) -> None:
        n = w.world.n_crossings
        self.w, self.parties, self.groups, self.prm = w, parties, groups, prm
        self.queue: list[list[int]] = [[] for _ in range(n)]
        self.batches: list[list[Batch]] = [[] for _ in range(n)]
        self.free, self.credit, self.begun = [0.0] * n, [0.0] * n, [0.0] * n
        self.length = [0] * n
        self.expected: dict[tuple[int, int], float] = {}
        self.flows: Counter[tuple[str, int, int]] = Counter()
        self.wait_hours, self.served = [0.0] * n, [0] * n
        self.left_by_service: list[list[int]] = [[] for _ in range(n)]
        self.arrived: set[int] = set()
        self.ids = [int(i) for i in w.world.crossings.id]

    def day(self, parts: Sequence[Any], level: Any, day: int, z: Any) -> None:
        """All stretches of a day; z: standard normal number of a uniform one."""
        for rules in parts:
            for x in range(len(self.queue)):
                if rules.since[x] == rules.start:
                    self.change_rules(x, rules, day)
                    self.draw_ordinary(x, level, rules, day, z)
                    self.serve(x, day + rules.start, rules, day)
            while (p := self.next_to_come(day, day + rules.end)) is not None:
                self.come(p, rules, day)
            for x in range(len(self.queue)):
                if rules.until[x] == rules.end:
                    self.serve(x, day + rules.end, rules, day)
                    self.pause(x, day + rules.end, float(rules.capacity[x]))

    def next_to_come(self, day: int, until: float) -> int | None:
        """Of all on the road the one whose travel ends next."""
        road = [
            (me["at"], me["id"], p)
            for p, me in self.parties.items()
            if me["state"] == journeys.TRAVELLING and me["due"] <= day and me["at"] < until
        ]
        return min(road)[2] if road else None

    def come(self, p: int, rules: Any, day: int) -> None:
        me = self.parties[p]
        if me["stage"] == journeys.TO_END:
            # Their ways lead nowhere in these tests; only claimants are at their end.
            assert me["way"] < 0
            comes_back = me["place"] == me["visited"] and me["claim"] != 2
            first = me["reached"] < 0 and not comes_back
            me |= {"state": 4, "reached": me["place"] if first else me["reached"]}
            self.arrived.add(p)
            return
        x, at = self.crossing(p), me["at"]
        self.reach(p, x, rules, day)
        self.serve(x, at, rules, day)

    def crossing(self, p: int) -> int:
        me = self.parties[p]
        return int(self.w.ways.crossings[self.w.ways.row.route[me["way"]], me["stage"]])

    def persons(self, p: int) -> int:
        return self.parties[p]["people"] * self.w.world.scale

    def count(self, name: str, x: int, p: int) -> None:
        self.flows[name, x, self.groups[p].category] += self.persons(p)

    def u(self, p: int, x: int, rule: int, purpose: int) -> float:
        return draws.uniform(int(self.w.key), self.parties[p]["id"] ^ self.ids[x], rule, purpose)

    def waiting(self, x: int) -> int:
        """Persons in the queue, ordinary travellers included."""
        ordinary = sum(sum(b.left) for b in self.batches[x])
        return sum(self.persons(p) for p in self.queue[x]) + ordinary

    def draw_ordinary(self, x: int, level: Any, rules: Any, day: int, z: Any) -> None:
        """Those of a span: a day's count of the mean up to its end, less that up to its start."""
        rate = float(rules.capacity[x])
        since, until = float(rules.since[x]), float(rules.until[x])
        if since == 0:
            self.length[x] = self.waiting(x)
        n = self.length[x]
        wait = 24 * n / rate if n > 0 and 0 < rate < math.inf else 0.0
        came = []
        for slot in range(level.shape[1]):
            mean = level[x][slot] * math.exp(-self.prm.balking_per_hour * wait)
            mean = mean * rules.ordinary_share[x][slot] if rate > 0 else 0.0
            before = self.expected[x, slot] if since > 0 else 0.0
            after = self.expected[x, slot] = before + (until - since) * mean
            who = int(self.w.world.slot_id[x, slot])
            u = draws.uniform(int(self.w.key), who, day, TRAFFIC)
            low, high = (
                draws.count_quantile(m, self.prm.traffic_noise, z(u)) for m in (before, after)
            )
            came.append(max(0, high - low))
        self.batches[x].append(Batch(day + since, day + until, came))

    def can_pass(self, p: int, x: int, rules: Any) -> bool:
        c = self.groups[p].outlook
        if rules.usual[x] <= 0 or rules.exit_share[x][c] <= 0:
            return False
        return bool(rules.entry_share[x][c] > 0 or self.may_claim(p, x))

    def may_claim(self, p: int, x: int) -> bool:
        d = int(self.w.world.crossings.country[x])
        if d < 0:
            return False
        share = float(self.w.today.law.asylum_share[d, self.groups[p].legal])
        there = self.parties[p] | {"place": d}
        if share < 0 or stays.knows_rejection(self.w, there, stays.ASYLUM, share):
            return False
        if self.w.world.origin_state[self.groups[p].origin] == self.w.world.countries.state[d]:
            return False
        return self.u(p, x, 0, CLAIM) < self.prm.asylum_share

    def route(self, p: int) -> Any:
        return self.w.ways.routes[self.w.ways.row.route[self.parties[p]["way"]]]

    def turn_away(self, p: int, x: int, now: float, day: int) -> None:
        """Another way from here, but not through here; else home."""
        start = self.w.world.n_origins + x
        if not journeys.choose_again(self.w, self.parties[p], self.groups[p], start, now, x):
            journeys.abandon_journey(self.parties[p], self.groups[p], day, now)

    def note_entry(self, p: int, x: int) -> None:
        """The country entered; the first crossing on the first way out."""
        if self.w.world.crossings.country[x] >= 0:
            self.parties[p]["last_country"] = int(self.w.world.crossings.country[x])
        if (self.parties[p]["entered"], self.parties[p]["reached"]) == (-1, -1):
            self.parties[p]["entered"] = x

    def claim(self, p: int, x: int, now: float) -> None:
        self.count("asylum_claims", x, p)
        self.count("entered", x, p)
        self.note_entry(p, x)
        place = int(self.w.world.crossings.country[x])
        self.parties[p] |= {"claim": 2, "way": -1, "place": place, "stay_days": 0}
        self.parties[p]["admitted"] = int(self.w.today.day)
        journeys.travel(self.parties[p], now, 0.0, journeys.TO_END)

    def reach(self, p: int, x: int, rules: Any, day: int) -> None:
        """A party comes to its crossing."""
        if self.can_pass(p, x, rules):
            self.queue[x].append(p)
            self.parties[p] |= {"state": 3, "place": x, "due": day}
            return
        self.refuse(p, x, rules)
        self.turn_away(p, x, self.parties[p]["at"], day)

    def refuse(self, p: int, x: int, rules: Any) -> None:
        """Count who cannot pass; nobody is refused at a closed crossing."""
        c = self.groups[p].outlook
        share, member = rules.exit_share[x][c], rules.member_exit[x][c]
        if rules.usual[x] <= 0:
            return
        if self.u(p, x, int(rules.exit_rule[x][c]), EXIT_CHECK) >= share:
            self.count("refused_exit", x, p)
        elif self.part(p, member, "refused_exit", x):
            self.count("exited", x, p)
            self.count("refused_entry", x, p)

    def first(self, x: int, before: float) -> tuple[int | None, Batch | None, int]:
        """Who is first in line: the party at the head, or a batch and how many of it."""
        head = self.queue[x][0] if self.queue[x] else None
        instant = before if head is None else self.parties[head]["at"]
        batch = next((b for b in self.batches[x] if sum(b.left)), None)
        n = batch.ahead(instant) if batch is not None else 0
        return (None, batch, n) if n else (head, None, 0)

    def change_rules(self, x: int, rules: Any, day: int) -> None:
        """Those who can no longer pass leave the queue."""
        now = day + float(rules.since[x])
        head, batch, _ = self.first(x, now)
        leaving = [p for p in self.queue[x] if not self.can_pass(p, x, rules)]
        self.queue[x] = [p for p in self.queue[x] if p not in leaving]
        for p in leaving:
            self.refuse(p, x, rules)
            self.turn_away(p, x, now, day)
        for slot, share in enumerate(rules.ordinary_share[x]):
            if share <= 0 or rules.usual[x] <= 0:
                for b in self.batches[x]:
                    self.flows["refused_ordinary", x, 0] += b.drop(slot)
        after, still, _ = self.first(x, now)
        if (head, batch is None) != (after, still is None) or (head, batch) == (None, None):
            self.credit[x] = 0.0

    def pass_batch(self, x: int, batch: Batch, n: int, rate: float, until: float) -> int:
        """Up to n of a batch pass one after the other; how many did."""
        begin, credit = max(self.free[x], batch.instant(batch.done)), self.credit[x]
        if rate < math.inf:
            n = min(n, math.floor((until - begin) * rate + credit + SLACK))
        if n <= 0:
            return 0
        first, last = batch.instant(batch.done + 0.5), batch.instant(batch.done + n - 0.5)
        after = min(max(begin + max(n - credit, 0) / rate, last), until)
        waits = [max((self.begun[x] if credit else begin) - first, 0)]
        waits.append(max(after - 1 / rate - last, 0) if n > 1 else waits[0])
        self.wait_hours[x] += 24 * sum(waits) / 2 * n
        self.served[x] += n
        self.flows["exited_ordinary", x, 0] += n
        self.flows["entered_ordinary", x, 0] += n
        batch.take(n)
        self.free[x], self.credit[x] = after, 0.0
        return n

    def serve(self, x: int, before: float, rules: Any, day: int) -> None:
        """First come, first served: those who came before an instant."""
        rate, until = float(rules.capacity[x]), day + float(rules.until[x])
        while rate > 0:
            head, batch, n = self.first(x, before)
            if batch is not None:
                if self.pass_batch(x, batch, n, rate, until) < n:
                    return
                continue
            if head is None:
                return
            at, credit = self.parties[head]["at"], self.credit[x]
            size, begin = self.persons(head), max(self.free[x], at)
            room = (until - begin) * rate + credit if rate < math.inf else math.inf
            if room + SLACK < size:
                return
            began = self.begun[x] if credit else begin
            self.free[x] = min(begin + max(size - credit, 0) / rate, until)
            self.credit[x] = 0.0
            self.queue[x].pop(0)
            self.left_by_service[x].append(head)
            self.wait_hours[x] += 24 * (began - at) * size
            self.served[x] += size
            self.check(head, x, self.free[x], rules, day)

    def pause(self, x: int, until: float, rate: float) -> None:
        """The first in line keeps what it has had of its service."""
        head, batch, _ = self.first(x, until)
        if head is None and batch is None:
            self.credit[x] = 0.0
        elif 0 < rate < math.inf:
            came = self.parties[head]["at"] if batch is None else batch.instant(batch.done)
            begin = max(self.free[x], came)
            self.begun[x] = self.begun[x] if self.credit[x] else begin
            self.credit[x] += max(until - begin, 0) * rate
        self.free[x] = until

    def part(self, p: int, share: float, name: str, x: int) -> bool:
        """Whether a party passes, perhaps without its member, who is refused."""
        me, group = self.parties[p], self.groups[p]
        if not households.is_member_barred(self.w, me, group.origin, share):
            return True
        splits = float(self.w.world.groups.splits[group.group])
        if not households.can_split(me, splits, int(self.w.key)):
            self.count(name, x, p)
            return False
        self.flows[name, x, group.category] += self.w.world.scale
        me["people"] -= 1
        return True

    def check(self, p: int, x: int, now: float, rules: Any, day: int) -> None:
        """Exit check, claim, entry check."""
        c = self.groups[p].outlook
        exit_rule, entry_rule = int(rules.exit_rule[x][c]), int(rules.entry_rule[x][c])
        if self.u(p, x, exit_rule, EXIT_CHECK) >= rules.exit_share[x][c]:
            self.count("refused_exit", x, p)
            journeys.remember_refusal(self.parties[p], self.ids[x], exit_rule)
            self.turn_away(p, x, now, day)
            return
        if not self.part(p, rules.member_exit[x][c], "refused_exit", x):
            self.turn_away(p, x, now, day)
            return
        self.count("exited", x, p)
        if self.may_claim(p, x):
            self.claim(p, x, now)
            return
        state = int(self.w.world.crossings.state[x])
        limit, window = int(rules.entry_days[x, c]), int(rules.entry_window[x, c])
        days = journeys.allowance(self.w, self.parties[p], state, limit, window, day)
        if days == 0 or self.u(p, x, entry_rule, ENTRY_CHECK) >= rules.entry_share[x][c]:
            self.count("refused_entry", x, p)
            journeys.remember_refusal(self.parties[p], self.ids[x], entry_rule)
            self.turn_away(p, x, now, day)
        elif not self.part(p, rules.member_entry[x][c], "refused_entry", x):
            self.turn_away(p, x, now, day)
        else:
            self.count("entered", x, p)
            left = int(self.parties[p]["last_country"])
            self.note_entry(p, x)
            if journeys.state_of(self.w, int(self.route(p).destination)) != state:
                self.count("entered_transit", x, p)
                now += journeys.days_of_rest(self.w, self.parties[p], left)
            self.parties[p] |= {"stay_days": days, "admitted": int(self.w.today.day)}
            journeys.travel_on(self.w, self.parties[p], now)


def one_by_one(
    rate: float, ordinary: Sequence[int], parties: Sequence[tuple[float, int]]
) -> tuple[list[int], float]:
    """Persons served each day and person-hours waited, with one queue of single persons.

    ordinary: how many come each day, evenly; parties: instants and sizes. A party counts on the
    day on which it is through.
    """
    queue = [(day + (j + 0.5) / n, 1) for day, n in enumerate(ordinary) for j in range(n)]
    served, waited, clock = [0] * len(ordinary), 0.0, 0.0
    for at, size in sorted([*queue, *parties]):
        begin = max(clock, at)
        clock = begin + size / rate
        day = math.ceil(clock - 1e-9) - 1
        if day < len(ordinary):
            waited += 24 * (begin - at) * size
            served[day] += size
    return served, waited
