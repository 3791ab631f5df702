"""Plain twins of a crossing.

`Border` keeps lists of people and the clock of the counter, and does what the process says, with
the same fluid of ordinary travellers. `one_by_one` has no fluid: every ordinary traveller is a
person who comes at an instant of his own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from naive import draws, journeys

EXIT_CHECK, ENTRY_CHECK, CLAIM, TRAFFIC = 8, 9, 10, 19
SLACK = 1e-6  # persons


class Batch:
    """Ordinary travellers of one day at one crossing, by document."""

    def __init__(self, by_slot: Sequence[int]) -> None:
        self.left = list(by_slot)
        self.came = sum(by_slot)
        self.done = 0

    def ahead(self, day: int, instant: float) -> int:
        """How many came before an instant and still wait; they come evenly over their day."""
        came = self.came
        if instant < day + 1:
            came = math.floor((instant - day) * self.came)
        return min(sum(self.left), max(0, came - self.done))

    def take(self, n: int) -> None:
        """n of them pass, spread over the documents."""
        self.done += n
        for slot, have in enumerate(self.left):
            left = sum(self.left[slot:])
            passed = min(have, have * n // left) if left else 0
            self.left[slot] -= passed
            n -= passed


class Border:
    """All crossings of a small world; parties are dicts, ways are those of the world."""

    def __init__(
        self, w: Any, parties: dict[int, dict[str, Any]], groups: Mapping[int, Any], prm: Any
    ) -> None:
        n = w.world.n_crossings
        self.w, self.parties, self.groups, self.prm = w, parties, groups, prm
        self.queue: list[list[int]] = [[] for _ in range(n)]
        self.batches: list[dict[int, Batch]] = [{} for _ in range(n)]
        self.credit = [0.0] * n
        self.flows: Counter[tuple[str, int, int]] = Counter()
        self.wait_hours, self.served = [0.0] * n, [0] * n
        self.left_by_service: list[list[int]] = [[] for _ in range(n)]
        self.ids = [int(i) for i in w.world.crossings.id]

    def persons(self, p: int) -> int:
        return self.parties[p]["people"] * self.w.world.scale

    def count(self, name: str, x: int, p: int) -> None:
        self.flows[name, x, self.groups[p].category] += self.persons(p)

    def u(self, p: int, x: int, day: int, purpose: int) -> float:
        return draws.uniform(int(self.w.key), self.parties[p]["id"] ^ self.ids[x], day, purpose)

    def waiting(self, x: int) -> int:
        """Persons in the queue, ordinary travellers included."""
        ordinary = sum(sum(b.left) for b in self.batches[x].values())
        return sum(self.persons(p) for p in self.queue[x]) + ordinary

    def ordinary_come(self, day: int, level: Any, rules: Any, z: Any) -> None:
        """z: standard normal number of a uniform one."""
        for x in range(len(self.queue)):
            rate = float(rules.capacity[x])
            n = self.waiting(x)
            wait = 24 * n / rate if n > 0 and 0 < rate < math.inf else 0.0
            today = []
            for slot in range(level.shape[1]):
                mean = level[x][slot] * math.exp(-self.prm.balking_per_hour * wait)
                mean = mean * rules.ordinary_share[x][slot] if rate > 0 else 0.0
                u = draws.uniform(int(self.w.key), self.ids[x], day, TRAFFIC + 256 * (slot + 1))
                today.append(draws.count_quantile(mean, self.prm.traffic_noise, z(u)))
            self.batches[x][day] = Batch(today)

    def can_pass(self, p: int, x: int, rules: Any) -> bool:
        c = self.groups[p].outlook
        return rules.capacity[x] > 0 and rules.exit_share[x][c] > 0 and rules.entry_share[x][c] > 0

    def may_claim(self, p: int, x: int, day: int) -> bool:
        d = int(self.w.world.crossings.country[x])
        if d < 0 or self.w.today.law.asylum_share[d, self.groups[p].legal] < 0:
            return False
        if self.w.world.origin_state[self.groups[p].origin] == self.w.world.countries.state[d]:
            return False
        return self.u(p, x, day, CLAIM) < self.prm.asylum_share

    def route(self, p: int) -> Any:
        return self.w.ways.routes[self.w.ways.row.route[self.parties[p]["way"]]]

    def turn_away(self, p: int, x: int, now: float, day: int) -> None:
        """Another way from here, but not through here; else home."""
        start = self.w.world.n_origins + x
        if not journeys.choose_again(self.w, self.parties[p], self.groups[p], start, now, x):
            journeys.stay_where_it_stands(self.parties[p], self.groups[p], day, now)

    def note_entry(self, p: int, x: int) -> None:
        """The country entered; the first crossing on the first way out."""
        if self.w.world.crossings.country[x] >= 0:
            self.parties[p]["stands"] = int(self.w.world.crossings.country[x])
        if (self.parties[p]["entered"], self.parties[p]["reached"]) == (-1, -1):
            self.parties[p]["entered"] = x

    def claim(self, p: int, x: int, now: float) -> None:
        self.count("asylum_claims", x, p)
        self.count("entered", x, p)
        self.note_entry(p, x)
        place = int(self.w.world.crossings.country[x])
        self.parties[p] |= {"claim": 2, "way": -1, "place": place, "stay_days": 0}
        journeys.travel(self.parties[p], now, 0.0, journeys.TO_END)

    def reach(self, p: int, rules: Any, day: int) -> None:
        """A party comes to its crossing."""
        route = self.route(p)
        x = int(route.gate_2 if self.parties[p]["stage"] == 1 else route.gate)
        if self.can_pass(p, x, rules):
            self.queue[x].append(p)
            self.parties[p] |= {"state": 3, "place": x, "due": 1 << 30}
            return
        share = rules.exit_share[x][self.groups[p].outlook]
        if rules.capacity[x] > 0 and self.u(p, x, day, EXIT_CHECK) >= share:
            self.count("refused_exit", x, p)
        elif rules.capacity[x] > 0:
            self.count("exited", x, p)
            if self.may_claim(p, x, day):
                self.claim(p, x, self.parties[p]["at"])
                return
            self.count("refused_entry", x, p)
        self.turn_away(p, x, self.parties[p]["at"], day)

    def change_rules(self, rules: Any, day: int) -> None:
        """Those who can no longer pass leave the queue."""
        for x, queue in enumerate(self.queue):
            if queue and not self.can_pass(queue[0], x, rules):
                self.credit[x] = 0.0
            leaving = [p for p in queue if not self.can_pass(p, x, rules)]
            self.queue[x] = [p for p in queue if p not in leaving]
            for p in leaving:
                self.turn_away(p, x, day + rules.start, day)
            today = self.batches[x][day]
            present, left = today.ahead(day, day + rules.start), sum(today.left)
            for slot in range(len(rules.ordinary_share[x])):
                if rules.ordinary_share[x][slot] <= 0 or rules.capacity[x] <= 0:
                    self.turn_back_ordinary(x, slot, day, present, left)

    def turn_back_ordinary(self, x: int, slot: int, day: int, present: int, left: int) -> None:
        """Those of a document that no longer admits; of today's, those yet to come stay away."""
        for batch_day, batch in self.batches[x].items():
            n, batch.left[slot] = batch.left[slot], 0
            refused = n
            if batch_day == day:
                refused = n * present // left if left else 0
                batch.came -= n
            self.flows["refused_ordinary", x, 0] += refused

    def pass_batch(
        self, x: int, day: int, n: int, clock: float, rate: float, until: float
    ) -> float:
        """Up to n of a batch pass one after the other; returns the clock."""
        batch = self.batches[x][day]
        if rate < math.inf:
            n = min(n, math.floor((until - clock) * rate + SLACK))
        if n <= 0:
            return clock
        size = max(batch.came, 1)
        first, last = day + (batch.done + 1) / size, day + (batch.done + n) / size
        after = max(clock + n / rate, min(last, until))
        mean_wait = (max(0.0, clock - first) + max(0.0, after - last)) / 2
        self.wait_hours[x] += 24 * mean_wait * n
        self.served[x] += n
        self.flows["exited_ordinary", x, 0] += n
        self.flows["entered_ordinary", x, 0] += n
        batch.take(n)
        return after

    def serve(self, x: int, rules: Any, day: int) -> None:
        """First come, first served, for one stretch of the day."""
        rate = float(rules.capacity[x])
        if rate <= 0:
            return
        # Service goes on over a change of rules, and over night if a party stands for many.
        carried, self.credit[x] = self.credit[x], 0.0
        clock, until = day + rules.start - carried / rate, float(day) + rules.end
        goes_on = rules.end < 1 or self.w.world.scale > 1
        while True:
            oldest = min((d for d, b in self.batches[x].items() if sum(b.left)), default=day)
            head = self.queue[x][0] if self.queue[x] else None
            if head is not None and self.parties[head]["at"] >= until:
                head = None
            at = until if head is None else self.parties[head]["at"]
            if at >= oldest:
                n = self.batches[x][oldest].ahead(oldest, at)
                before = self.served[x]
                clock = self.pass_batch(x, oldest, n, clock, rate, until)
                if self.served[x] < before + n:
                    self.credit[x] = max((until - clock) * rate, 0.0) if goes_on else 0.0
                    return
                if n > 0:
                    continue
            if head is None:
                return
            size, begin = self.persons(head), max(clock, at)
            room = (until - begin) * rate if rate < math.inf else math.inf
            if room + SLACK < size:
                if goes_on or size > rate:
                    self.credit[x] = max(room, 0.0)
                else:
                    self.fill_up(x, day, clock, rate, until)
                return
            clock = begin + size / rate
            self.queue[x].pop(0)
            self.left_by_service[x].append(head)
            self.wait_hours[x] += 24 * (begin - at) * size
            self.served[x] += size
            self.check(head, x, min(clock, until), rules, day)

    def fill_up(self, x: int, day: int, clock: float, rate: float, until: float) -> None:
        """The last places, too few for the party at the head, go to ordinary travellers."""
        for d in sorted(d for d in self.batches[x] if d <= day):
            clock = self.pass_batch(x, d, self.batches[x][d].ahead(d, until), clock, rate, until)

    def check(self, p: int, x: int, now: float, rules: Any, day: int) -> None:
        """Exit check, claim, entry check."""
        c = self.groups[p].outlook
        if self.u(p, x, day, EXIT_CHECK) >= rules.exit_share[x][c]:
            self.count("refused_exit", x, p)
            self.turn_away(p, x, now, day)
            return
        self.count("exited", x, p)
        if self.may_claim(p, x, day):
            self.claim(p, x, now)
            return
        state = int(self.w.world.crossings.state[x])
        limit, window = int(rules.entry_days[x, c]), int(rules.entry_window[x, c])
        days = journeys.allowance(self.w, self.parties[p], state, limit, window, day)
        if days == 0 or self.u(p, x, day, ENTRY_CHECK) >= rules.entry_share[x][c]:
            self.count("refused_entry", x, p)
            self.turn_away(p, x, now, day)
        else:
            self.count("entered", x, p)
            self.note_entry(p, x)
            if journeys.state_of(self.w, int(self.route(p).destination)) != state:
                self.count("entered_transit", x, p)
            self.parties[p]["stay_days"] = days
            journeys.go_on(self.w, self.parties[p], now)


def one_by_one(
    rate: float, ordinary: Sequence[int], parties: Sequence[tuple[float, int]]
) -> tuple[list[int], float]:
    """Persons served each day and person-hours waited, with one queue of single persons.

    ordinary: how many come each day, evenly; parties: instants and sizes. At the end of a day a
    party for which too little of it is left lets single persons behind it go first.
    """
    queue = [(day + (j + 0.5) / n, 1) for day, n in enumerate(ordinary) for j in range(n)]
    queue = sorted([*queue, *parties])
    served, waited = [], 0.0
    for day in range(len(ordinary)):
        clock, n = float(day), 0
        for at, size in list(queue):
            if at >= day + 1:
                break
            begin = max(clock, at)
            if begin + size / rate <= day + 1 + 1e-9:
                clock = begin + size / rate
                waited += 24 * (begin - at) * size
                n += size
                queue.remove((at, size))
        served.append(n)
    return served, waited
