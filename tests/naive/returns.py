"""Reference implementations of living abroad, returning and moving on."""

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
        self.free = w.today.free.copy()

    def count(self, name: str) -> None:
        self.flows[name] += self.me["people"] * self.w.world.scale

    def law(self) -> Any:
        return self.w.today.law[self.me["place"], self.group.legal]

    def may_ask(self, claim: int, rule: str) -> bool:
        """Whether an application is taken and no rejection known."""
        share = float(self.law()[rule])
        return share >= 0 and not stays.knows_rejection(self.w, self.me, claim, share)

    def open_application(self) -> int:
        """Kind of permit for which it can apply; 0 for none."""
        kinds = {
            stays.VISITOR: stays.PERMIT,
            stays.OVERSTAYING: stays.REGULARISATION,
            stays.MUST_LEAVE: stays.REGULARISATION,
        }
        claim = kinds.get(self.me["status"], 0)
        return claim if claim and self.may_ask(claim, f"{stays.KIND[claim]}_share") else 0

    def access(self) -> float:
        place = self.w.world.n_origins + self.me["place"]
        return float(self.w.today.access[self.group.outlook, place])

    def hazards(self) -> dict[str, float]:
        """Per day, by what happens."""
        w, me, group, prm = self.w, self.me, self.group, self.prm
        d, status = me["place"], me["status"]
        roots = 1 - math.exp(-me["roots"] / self.life.rooting_days)
        pressure = float(w.today.return_log_hazard[group.zone, group.group])
        here = float(w.today.attraction[group.outlook, d])
        elsewhere = self.access()
        lost = float(self.law()["threat"]) if me["status_ends"] != stays.NEVER else 0.0
        fright = math.exp(prm.threat_weight * lost)
        moves = 0.0
        if not stays.is_settled(self.key, me, self.stay):
            moves = fright / (1 - self.stay.settled_share)
        staying = math.exp(-prm.rootedness_weight * roots)
        may_apply = bool(self.open_application())
        may_claim = status in (stays.VISITOR, stays.OVERSTAYING, stays.MUST_LEAVE)
        may_claim = may_claim and self.may_ask(stays.ASYLUM, "asylum_share")
        demand = float(w.world.countries.jobs[d] * w.world.job_factor[d, group.outlook])
        free = (stays.PERMITTED, stays.PROTECTED, stays.DISPLACED)
        allowed = 1.0 if status in free else float(self.law()["work"])
        lawful = status not in (stays.OVERSTAYING, stays.MUST_LEAVE)
        behind = me["household"] - me["people"]
        return {
            "return": returning(group.returning, me["in_need"], roots, pressure, prm) * moves,
            "onward": onward(elsewhere, here, prm) * staying * moves,
            "apply": self.stay.apply_per_day if may_apply else 0.0,
            "claim": self.stay.claim_per_day if may_claim else 0.0,
            "work": 0.0 if me["works"] else demand * allowed,
            "join": prm.joining_per_day if lawful and behind > 0 else 0.0,
        }

    def start(self) -> int:
        return int(self.w.world.n_origins + self.w.world.n_crossings + self.me["place"])

    def day_abroad(self) -> None:
        """Decision, end of status, need, chance events."""
        me = self.me
        livelihood.record_roots(self.w, me, self.group, self.life)
        if me["status"] == stays.APPLICANT and me["decision"] <= self.day:
            for name in stays.decide(self.w, me, self.day, self.law()):
                self.count(name)
        if me["status"] != stays.APPLICANT and me["status_ends"] <= self.day:
            d, c = me["place"], self.group.outlook
            t = self.w.today
            entry = float(t.entry_share[d, c]), int(t.entry_days[d, c]), int(t.entry_window[d, c])
            done, names = stays.at_status_end(
                self.w, me, self.day, self.key, self.law(), entry, self.stay
            )
            for name in names:
                self.count(name)
            if done == stays.LEAVES:
                self.leave_after_status_end()
                return
        if me["need"] <= self.day:
            me["in_need"] = 1
        if me["candidate"] <= self.day:
            self.chance_event()
        if me["state"] == ABROAD:
            livelihood.restart_roots(self.w, me, self.group)
            stays.schedule(me)

    def chance_event(self) -> None:
        """On a candidate day one of the competing events happens, or none."""
        cap, result = self.prm.hazard_cap_per_day, self.hazards()
        total = sum(result.values())
        stays.next_candidate(self.me, self.day, cap, self.key)
        chance = (1 - math.exp(-min(total, cap))) / (1 - math.exp(-cap))
        u = draws.uniform(self.key, self.me["id"], self.day, CANDIDATE)
        if total > cap:
            self.count("hazard_capped")
        if u >= chance:
            return
        running, event = 0.0, ""
        for event, h in result.items():  # noqa: B007
            running += h
            if u / chance * total < running:
                break
        if event == "return":
            self.go_home()
        elif event == "onward":
            self.move_on()
        elif event == "apply":
            stays.apply(self.me, self.day, self.open_application(), self.law())
            self.count("applied")
        elif event == "claim":
            stays.apply(self.me, self.day, stays.ASYLUM, self.law())
            self.count("applied")
            self.count("asylum_lodged")
        elif event == "work":
            self.find_work()
        else:
            self.family_follows = True

    def find_work(self) -> None:
        livelihood.spend(self.w, self.me, self.group, self.life)
        self.me |= {"works": 1, "in_need": 0, "need": stays.NEVER}

    def leave_place(self) -> None:
        """What it lived on comes off the funds; work is given up."""
        livelihood.spend(self.w, self.me, self.group, self.life)
        self.me |= {"works": 0, "in_need": 0, "visited_to": self.day, "need": stays.NEVER}

    def go_home(self) -> None:
        self.count("returned")
        if stays.withdrawn(self.me, self.day, self.law()):
            self.count("asylum_withdrawn")
            self.count("withdrawn")
        if self.me["status"] == stays.APPLICANT:
            self.count("withdrawn")
        self.leave_place()
        self.me |= {"state": RETURNED, "way": -1, "status": stays.VISITOR, "claim": 0}
        self.me |= {"roots": 0.0, "secure_since": -1, "decision": stays.NEVER}
        stays.next_candidate(self.me, self.day, self.prm.hazard_cap_per_day, self.key)
        self.me["due"] = self.me["candidate"]

    def move_on(self) -> bool:
        way = journeys.choose(self.w, self.me, self.group, self.start())
        if way < 0:
            return False
        self.count("onward")
        self.me["last_country"] = self.me["place"]
        if journeys.withdraw_abroad(self.w, self.me, self.group, way):
            self.count("asylum_withdrawn")
            self.count("withdrawn")
        self.leave_place()
        journeys.take_way(self.w, self.me, way, self.start(), float(self.day + 1))
        return True

    def leave_after_status_end(self) -> None:
        """Onward or home, in the ratio of the hazards without roots."""
        group, prm, me = self.group, self.prm, self.me
        here = float(self.w.today.attraction[group.outlook, me["place"]])
        on = onward(self.access(), here, prm)
        pressure = float(self.w.today.return_log_hazard[group.zone, group.group])
        home = returning(group.returning, me["in_need"], 0.0, pressure, prm)
        u = draws.uniform(self.key, me["id"], self.day, CANDIDATE)
        if u >= on / (on + home) or not self.move_on():
            self.go_home()

    def arrive(self) -> None:
        """Settle where the way ends, or where it was cut short; or go on with the last stay."""
        me = self.me
        claims = me["claim"] == stays.ASYLUM and not self.is_pending()
        if me["way"] >= 0:
            me["place"] = int(self.w.ways.routes[self.w.ways.row.route[me["way"]]].destination)
        is_back = me["place"] == me["visited"] and me["admitted"] <= me["visited_to"]
        if me["way"] < 0 and is_back and not claims:
            self.count("turned_back")
            me["visited_to"] = stays.NEVER
            livelihood.restart_roots(self.w, me, self.group)
        else:
            self.settle_in()
        me |= {"state": ABROAD, "way": -1, "works": 0, "in_need": 0}
        self.free[me["place"]] -= me["people"] * self.w.world.scale
        if not me["has_funds"]:
            livelihood.draw_funds(me, self.group, self.key, self.life.savings_spread)
        if claims:
            stays.apply(me, self.day, stays.ASYLUM, self.law())
            self.count("applied")
            self.count("asylum_lodged")
        me["funds_day"] = self.day
        livelihood.settle(self.w, me, self.group, self.life)
        stays.next_candidate(me, self.day, self.prm.hazard_cap_per_day, self.key)
        stays.schedule(me)

    def moves_within_state(self) -> bool:
        """Whether no border lay on the way since the last stay."""
        me, last = self.me, self.me["visited"]
        if last < 0 or me["admitted"] > me["visited_to"]:
            return False
        return journeys.state_of(self.w, last) == journeys.state_of(self.w, me["place"])

    def is_pending(self) -> bool:
        """Whether a claim was lodged before the journey."""
        me = self.me
        is_claimant = me["status"] == stays.APPLICANT and me["claim"] == stays.ASYLUM
        return bool(is_claimant and me["admitted"] <= me["visited_to"])

    def settle_in(self) -> None:
        """A new stay."""
        me, pending = self.me, self.is_pending()
        if not self.moves_within_state():
            if me["status"] == stays.APPLICANT:
                self.count("withdrawn")
            stays.begin_stay(self.w, me, self.group.origin)
            me["visited_from"] = me["admitted"]
        if me["status"] in (stays.PERMITTED, stays.PROTECTED):
            me["visited_from"] = stays.NEVER
        me |= {"visited": me["place"], "visited_to": stays.NEVER}
        me |= {"roots": 0.0, "secure_since": -1}
        if me["claim"] != stays.ASYLUM or pending:
            livelihood.restart_roots(self.w, me, self.group)
        me["reached"] = me["place"] if me["reached"] == -1 else me["reached"]
        self.count("arrived")
        if me["goal"] == me["place"]:
            self.count("joined")
        me["goal"] = -1

    def reach_destination(self) -> bool:
        """Arrive; if not admitted choose again in the country where it stands, or where one began.

        A camp without room is left for another place, if there is one. Whether it arrived there.
        """
        me, world = self.me, self.w.world
        first_country = world.n_origins + world.n_crossings
        admitted = journeys.passes_arrival_check(self.w, me, self.group)
        if me["way"] < 0:
            self.arrive()
            return True
        end = int(self.w.ways.routes[self.w.ways.row.route[me["way"]]].destination)
        if admitted and me["people"] * world.scale <= self.free[end]:
            self.arrive()
            return True
        here = me["start"] if me["last_country"] < 0 else first_country + me["last_country"]
        if admitted:
            here = first_country + end
        if not journeys.choose_again(self.w, me, self.group, here, me["at"]):
            journeys.abandon_journey(me, self.group, self.day, me["at"])
            if me["last_country"] >= 0:
                self.arrive()
        return False


def home_again(w: Any, me: dict[str, Any], group: Any, journey: Any, prm: Any) -> bool:
    """A party that returned may leave again; whether it decided to."""
    key, day, cap = int(w.key), int(w.today.day), prm.hazard_cap_per_day
    hazard = prm.again_per_day * float(w.today.departure_multiplier[group.zone, group.group])
    hazard *= math.exp(w.today.log_hazard_factor[group.outlook, group.origin])
    if me["candidate"] <= day:
        stays.next_candidate(me, day, cap, key)
        chance = (1 - math.exp(-min(hazard, cap))) / (1 - math.exp(-cap))
    else:
        chance = 1 - math.exp(-max(hazard - cap, 0))
    me["due"] = me["candidate"]
    if draws.uniform(key, me["id"], day, CANDIDATE) >= chance:
        return False
    journeys.look_for_way(w, me, group, journey)
    return True
