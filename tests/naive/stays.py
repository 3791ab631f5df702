"""Reference implementations of status abroad; a party is a dict, the law of the day a row."""

from typing import Any

from naive import draws
from naive.journeys import allowance, bit_of, remember_refusal, state_of

CANDIDATE_GAP, DECISION, STATUS_END, RENEW, SETTLED = 15, 17, 18, 30, 32
VISITOR, APPLICANT, PERMITTED, PROTECTED, OVERSTAYING, MUST_LEAVE, DISPLACED = range(7)
NO_CLAIM, PERMIT, ASYLUM, RENEWAL, REGULARISATION = range(5)
KIND = {PERMIT: "permit", ASYLUM: "asylum", REGULARISATION: "regularisation"}
NEVER = 1 << 30
RENEWED, LEAVES, STAYS_ON = range(3)


def end(day: int, days: int) -> int:
    """Without limit where days are below 0."""
    return day + days if days >= 0 else NEVER


def begin_visit(me: dict[str, Any], since: int, days: int) -> None:
    """A visitor's stay, limited from its admission."""
    me |= {"status": VISITOR, "claim": NO_CLAIM, "status_ends": end(since, days), "decision": NEVER}


def pause_visit(me: dict[str, Any]) -> None:
    """Days under a permit or protection count in no window."""
    me |= {"visited_from": NEVER, "visited_to": NEVER}


def resume_visit(me: dict[str, Any], day: int) -> None:
    """Days count again after a permit or protection."""
    if me["visited_from"] == NEVER:
        me["visited_from"] = day


def begin_stay(w: Any, me: dict[str, Any], origin: int) -> None:
    """Displaced in the state of the origin, else a visitor."""
    begin_visit(me, me["admitted"], me["stay_days"])
    if state_of(w, me["place"]) == int(w.world.origin_state[origin]):
        me |= {"status": DISPLACED, "status_ends": NEVER}


def lodge(me: dict[str, Any], day: int, claim: int, law: Any, kind: str) -> None:
    """Today's rule of a kind goes with the application."""
    share = float(law[f"{kind}_share"])
    me |= {
        "grant": max(share, 0.0),
        "grant_days": int(law[f"{kind}_days"]),
        "claim": claim,
        "status": APPLICANT,
        "decision": day + max(1, int(law[f"{kind}_delay"])),
    }


def apply(me: dict[str, Any], day: int, claim: int, law: Any) -> None:
    """An application for a permit, also of those without a status, or a claim."""
    lodge(me, day, claim, law, KIND[claim])


def number(w: Any, me: dict[str, Any], purpose: int, kind: int = 0) -> float:
    """The number of a household in the state where it is."""
    where = int(w.world.countries.state_id[me["place"]])
    return draws.uniform(int(w.key), me["id"] ^ where, kind, purpose)


def knows_rejection(w: Any, me: dict[str, Any], claim: int, share: float) -> bool:
    """Whether an application was rejected and would be again."""
    check = bit_of(int(w.world.countries.state_id[me["place"]]), (1 << 30) + claim)
    return bool(me.get("tried", 0) & check) and number(w, me, DECISION, claim) >= share


def decide(w: Any, me: dict[str, Any], day: int, law: Any) -> list[str]:
    """Granted or rejected: the flows in which it counts."""
    asylum = me["claim"] == ASYLUM
    granted = number(w, me, DECISION, me["claim"]) < me["grant"]
    if granted:
        me["status"] = PROTECTED if asylum else PERMITTED
        me["status_ends"] = end(day, me["grant_days"])
        pause_visit(me)
    else:
        remember_refusal(me, int(w.world.countries.state_id[me["place"]]), (1 << 30) + me["claim"])
    has_a_stay = me["claim"] not in (ASYLUM, REGULARISATION) and me["status_ends"] > day
    if not granted and has_a_stay:
        me["status"] = VISITOR
    elif not granted:
        me |= {"status": MUST_LEAVE, "status_ends": day + int(law.grace)}
        resume_visit(me, day)
    me |= {"decision": NEVER, "claim": NO_CLAIM}
    word = "granted" if granted else "rejected"
    return [word, f"asylum_{word}"] if asylum else [word]


def ways_to_renew(w: Any, me: dict[str, Any], day: int, law: Any, entry: Any) -> str | None:
    """By which way the law lets renew a status: by an application, by a border run, or not.

    entry: share admitted, days, window of the entry rule for who enters anew.
    """
    if me["status"] != MUST_LEAVE:
        renews = me["status"] != VISITOR and law.renewal_share >= 0
        share = float(law.renewal_share if renews else law.permit_share)
        if share >= 0 and not knows_rejection(w, me, RENEWAL if renews else PERMIT, share):
            return "renewal" if renews else "permit"
    share, limit, window = entry
    days = allowance(w, me, state_of(w, me["place"]), limit, window, day)
    return "run" if share > 0 and days != 0 else None


def renew(w: Any, me: dict[str, Any], day: int, law: Any, entry: Any, how: str) -> list[str]:
    """Renew a status by a way; the flows."""
    if how != "run":
        lodge(me, day, RENEWAL if how == "renewal" else PERMIT, law, how)
        return ["applied"]
    _, limit, window = entry
    begin_visit(me, day, allowance(w, me, state_of(w, me["place"]), limit, window, day))
    resume_visit(me, day)
    return []


def is_settled(key: int, me: dict[str, Any], prm: Any) -> bool:
    """Whether the household means to stay."""
    return draws.uniform(key, me["id"], 0, SETTLED) < prm.settled_share


def seeks_another_stay(key: int, me: dict[str, Any], prm: Any) -> float:
    """Probability."""
    if is_settled(key, me, prm):
        return 1.0
    return max(0.0, prm.renew_share - prm.settled_share) / (1 - prm.settled_share)


def at_status_end(
    w: Any, me: dict[str, Any], day: int, key: int, law: Any, entry: Any, prm: Any
) -> tuple[int, list[str]]:
    """Renew if one would and may; else stay on, use the days of grace, or leave. And the flows."""
    was = me["status"]
    how = ways_to_renew(w, me, day, law, entry)
    if how is not None:
        chance = seeks_another_stay(key, me, prm) * (float(law.border_run) if how == "run" else 1.0)
        if number(w, me, RENEW) < chance:
            return RENEWED, renew(w, me, day, law, entry, how)
    if was not in (MUST_LEAVE, VISITOR) and law.grace > 0:
        me |= {"status": MUST_LEAVE, "status_ends": day + int(law.grace)}
        resume_visit(me, day)
        return RENEWED, []
    if draws.uniform(key, me["id"], day, STATUS_END) < prm.overstay_share:
        me |= {"status": OVERSTAYING, "status_ends": NEVER, "decision": NEVER, "claim": NO_CLAIM}
        resume_visit(me, day)
        return STAYS_ON, []
    return LEAVES, []


def withdrawn(me: dict[str, Any], day: int, law: Any) -> bool:
    """Whether a claim is withdrawn because the claimant leaves now; then the stay ends."""
    if me["status"] != APPLICANT or me["claim"] != ASYLUM:
        return False
    me |= {"status": MUST_LEAVE, "status_ends": day + int(law.grace)}
    resume_visit(me, day)
    me |= {"claim": NO_CLAIM, "decision": NEVER}
    return True


def next_candidate(me: dict[str, Any], day: int, cap: float, key: int) -> None:
    """The next day on which something may happen by chance."""
    u = draws.uniform(key, me["id"], day, CANDIDATE_GAP)
    me["candidate"] = day + draws.geometric_gap(cap, u)


def schedule(me: dict[str, Any]) -> None:
    """The earliest of what is to come."""
    days = [me["candidate"]]
    days.append(me["decision"] if me["status"] == APPLICANT else me["status_ends"])
    if not me["in_need"]:
        days.append(me["need"])
    me["due"] = min(days)
