"""Plain twins of living abroad, returning and moving on."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from naive import draws, journeys, livelihood, stays

CANDIDATE = 16
ABROAD, RETURNED = 4, 5


def returning(factor: float, in_need: float, roots: float, pressure: float, prm: Any) -> float:
    """base_g exp(hardship [in need] - roots r + pressures)."""
    return (
        prm.base_returning_per_day
        * factor
        * math.exp(prm.hardship_weight * in_need)
        * math.exp(-prm.rootedness_weight * roots)
        * math.exp(pressure)
    )


def onward(elsewhere: float, here: float, prm: Any) -> float:
    """base exp(gain (A_elsewhere - V_here))."""
    return float(prm.base_onward_per_day * math.exp(prm.onward_gain_weight * (elsewhere - here)))


class Abroad:
    """All that happens to one party abroad on one day; flows are counted by name."""

    def __init__(
        self, w: Any, me: dict[str, Any], group: Any, stay: Any, life: Any, prm: Any
    ) -> None:
        self.w, self.me, self.group = w, me, group
        self.stay, self.life, self.prm = stay, life, prm
        self.key, self.day = int(w.key), int(w.today.day)
        self.flows: Counter[str] = Counter()
        self.family_follows = False

    def count(self, name: str) -> None:
        self.flows[name] += self.me["people"] * self.w.world.scale

    def law(self) -> Any:
        return self.w.today.law[self.me["place"], self.group.legal]

    def cost(self) -> float:
        return livelihood.cost_of(self.w, self.me, self.group, self.life)

    def hazards(self) -> dict[str, float]:
        """Per day, by what happens."""
        w, me, group, prm = self.w, self.me, self.group, self.prm
        d, status = me["place"], me["status"]
        roots = 1 - math.exp(-me["roots"] / self.life.rooting_days)
        pressure = float(w.today.back[group.zone, group.group])
        here = float(w.today.pull[d, group.outlook])
        elsewhere = float(w.today.access[self.start(), group.outlook])
        lost = float(self.law()["threat"]) if me["status_ends"] != stays.NEVER else 0.0
        fright = math.exp(prm.threat_weight * lost)
        staying = math.exp(-prm.rootedness_weight * roots)
        may_apply = status == stays.VISITOR and self.law()["permit_share"] >= 0
        demand = float(w.world.countries.jobs[d] * w.world.job_factor[d, group.outlook])
        allowed = 1.0 if status in (stays.PERMITTED, stays.PROTECTED) else float(self.law()["work"])
        lawful = status not in (stays.OVERSTAYING, stays.MUST_LEAVE)
        behind = me["household"] - me["people"]
        return {
            "return": returning(group.returning, me["in_need"], roots, pressure, prm) * fright,
            "onward": onward(elsewhere, here, prm) * staying * fright,
            "apply": self.stay.apply_per_day if may_apply else 0.0,
            "work": 0.0 if me["works"] else demand * allowed,
            "join": prm.joining_per_day if lawful and behind > 0 else 0.0,
        }

    def start(self) -> int:
        return int(self.w.world.n_origins + self.w.world.n_crossings + self.me["place"])

    def day_abroad(self) -> None:
        """Decision, end of status, need, chance events."""
        me = self.me
        livelihood.settle_roots(self.w, me, self.group, self.life)
        if me["status"] == stays.APPLICANT and me["decision"] <= self.day:
            for name in stays.decide(me, self.day, self.key, self.law()):
                self.count(name)
        if me["status"] != stays.APPLICANT and me["status_ends"] <= self.day:
            d, c = me["place"], self.group.outlook
            t = self.w.today
            entry = float(t.entry_share[d, c]), int(t.entry_days[d, c]), int(t.entry_window[d, c])
            done, names = stays.at_status_end(me, self.day, self.key, self.law(), entry, self.stay)
            for name in names:
                self.count(name)
            if done == stays.LEAVES:
                self.leave()
                return
        if me["need"] <= self.day:
            me["in_need"] = 1
        if me["candidate"] <= self.day:
            self.chance_event()
        if me["state"] == ABROAD:
            livelihood.root_again(self.w, me, self.group)
            stays.schedule(me)

    def chance_event(self) -> None:
        """On a candidate day one of the competing events happens, or none."""
        cap, found = self.prm.hazard_cap_per_day, self.hazards()
        total = sum(found.values())
        stays.next_candidate(self.me, self.day, cap, self.key)
        chance = (1 - math.exp(-min(total, cap))) / (1 - math.exp(-cap))
        u = draws.uniform(self.key, self.me["id"], self.day, CANDIDATE)
        if u >= chance:
            return
        running, event = 0.0, ""
        for event, h in found.items():  # noqa: B007
            running += h
            if u / chance * total < running:
                break
        if event == "return":
            self.go_home()
        elif event == "onward":
            self.move_on()
        elif event == "apply":
            stays.apply(self.me, self.day, stays.PERMIT, self.law())
            self.count("applied")
        elif event == "work":
            self.find_work()
        else:
            self.family_follows = True

    def find_work(self) -> None:
        reach = float(self.law()["reach"])
        livelihood.settle(self.me, self.day, max(self.cost(), 0.0), reach, self.cost())
        self.me |= {"works": 1, "in_need": 0, "need": stays.NEVER}

    def give_up_stay(self) -> None:
        """What it lived on comes off the funds; all but them is left behind."""
        if stays.withdrawn(self.me):
            self.count("asylum_withdrawn")
        livelihood.spend(self.me, self.day, self.cost())
        self.me |= {
            "works": 0,
            "in_need": 0,
            "claim": 0,
            "roots": 0.0,
            "secure_since": -1,
            "visited_to": self.day,
            "decision": stays.NEVER,
            "need": stays.NEVER,
            "status": stays.VISITOR,
        }

    def go_home(self) -> None:
        self.count("returned")
        self.give_up_stay()
        self.me |= {"state": RETURNED, "way": -1}
        stays.next_candidate(self.me, self.day, self.prm.hazard_cap_per_day, self.key)
        self.me["due"] = self.me["candidate"]

    def move_on(self) -> bool:
        if not journeys.choose_again(self.w, self.me, self.group, self.start(), float(self.day)):
            return False
        self.count("onward")
        self.give_up_stay()
        return True

    def leave(self) -> None:
        """Onward or home, in the ratio of the hazards without roots."""
        group, prm, me = self.group, self.prm, self.me
        here = float(self.w.today.pull[me["place"], group.outlook])
        on = onward(float(self.w.today.access[self.start(), group.outlook]), here, prm)
        pressure = float(self.w.today.back[group.zone, group.group])
        home = returning(group.returning, me["in_need"], 0.0, pressure, prm)
        u = draws.uniform(self.key, me["id"], self.day, CANDIDATE)
        if u >= on / (on + home) or not self.move_on():
            self.go_home()

    def arrive(self) -> None:
        """Settle where the way ends, or where it was cut short."""
        me = self.me
        if me["way"] >= 0:
            me["place"] = int(self.w.ways.routes[self.w.ways.row.route[me["way"]]].destination)
        me |= {"state": ABROAD, "way": -1, "works": 0, "in_need": 0}
        claims = me["claim"] == stays.ASYLUM
        if not me["has_funds"]:
            livelihood.bring_funds(me, self.group, self.key, self.life.savings_spread)
        stays.be_visitor(me, self.day, me["stay_days"])
        me |= {"visited": me["place"], "visited_from": self.day, "visited_to": stays.NEVER}
        me["reached"] = me["place"] if me["reached"] == -1 else me["reached"]
        self.count("arrived")
        if me["goal"] == me["place"]:
            self.count("joined")
        me["goal"] = -1
        if claims:
            stays.apply(me, self.day, stays.ASYLUM, self.law())
            self.count("applied")
        livelihood.settle(me, self.day, 0.0, float(self.law()["reach"]), self.cost())
        stays.next_candidate(me, self.day, self.prm.hazard_cap_per_day, self.key)
        stays.schedule(me)

    def reach_end(self) -> bool:
        """Arrive; if not admitted choose again in the last country entered, or where one began.

        Whether it was admitted.
        """
        if journeys.passes_arrival_check(self.w, self.me, self.group):
            self.arrive()
            return True
        me, world = self.me, self.w.world
        route = self.w.ways.routes[self.w.ways.row.route[me["way"]]]
        last = route.gate_2 if route.gate_2 >= 0 else route.gate
        start, first_country = me["start"], world.n_origins + world.n_crossings
        if last >= 0 and world.crossings.country[last] >= 0:
            start = int(first_country + world.crossings.country[last])
        now = max(me["at"], float(self.day))
        if not journeys.choose_again(self.w, me, self.group, start, now):
            if start >= first_country:
                me |= {"way": -1, "place": start - first_country}
                self.arrive()
            else:
                journeys.be_trapped(me, self.group, self.day)
        return False


def home_again(w: Any, me: dict[str, Any], group: Any, journey: Any, prm: Any) -> bool:
    """A party that returned may leave again; whether it decided to."""
    key, day, cap = int(w.key), int(w.today.day), prm.hazard_cap_per_day
    hazard = prm.again_per_day * float(w.today.push[group.zone, group.group])
    hazard *= float(w.today.appeal[group.origin, group.outlook])
    stays.next_candidate(me, day, cap, key)
    me["due"] = me["candidate"]
    chance = (1 - math.exp(-min(hazard, cap))) / (1 - math.exp(-cap))
    if draws.uniform(key, me["id"], day, CANDIDATE) >= chance:
        return False
    journeys.look_for_way(w, me, group, journey)
    if me["state"] == journeys.TRAPPED:
        me |= {"state": RETURNED, "due": me["candidate"]}
    return True
