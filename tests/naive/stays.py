"""Plain twins of status abroad; a party is a dict, the law of the day a row."""

from __future__ import annotations

from typing import Any

from naive import draws
from naive.journeys import allowance

CANDIDATE_GAP, DECISION, STATUS_END = 15, 17, 18
VISITOR, APPLICANT, PERMITTED, PROTECTED, OVERSTAYING, MUST_LEAVE = range(6)
NO_CLAIM, PERMIT, ASYLUM = range(3)
NEVER = 1 << 30
RENEWED, LEAVES, STAYS_ON = range(3)


def end(day: int, days: int) -> int:
    """Without limit where days are below 0."""
    return day + days if days >= 0 else NEVER


def be_visitor(me: dict[str, Any], day: int, days: int) -> None:
    """A visitor's stay starts."""
    me |= {"status": VISITOR, "claim": NO_CLAIM, "status_ends": end(day, days), "decision": NEVER}


def lodge(me: dict[str, Any], day: int, claim: int, law: Any, kind: str) -> None:
    """Today's rule of a kind goes with the application."""
    share = float(law[f"{kind}_share"])
    me |= {
        "grant": max(share, 0.0) if claim == ASYLUM else share,
        "grant_days": int(law[f"{kind}_days"]),
        "claim": claim,
        "status": APPLICANT,
        "decision": day + max(1, int(law[f"{kind}_delay"])),
    }


def apply(me: dict[str, Any], day: int, claim: int, law: Any) -> None:
    """An application for a permit, or a claim."""
    lodge(me, day, claim, law, "asylum" if claim == ASYLUM else "permit")


def decide(me: dict[str, Any], day: int, key: int, law: Any) -> list[str]:
    """Granted or rejected: the flows in which it counts."""
    asylum = me["claim"] == ASYLUM
    granted = draws.uniform(key, me["id"], day, DECISION) < me["grant"]
    if granted:
        me["status"] = PROTECTED if asylum else PERMITTED
        me["status_ends"] = end(day, me["grant_days"])
    elif not asylum and me["status_ends"] > day:
        me["status"] = VISITOR
    else:
        me |= {"status": MUST_LEAVE, "status_ends": day + int(law.grace)}
    me |= {"decision": NEVER, "claim": NO_CLAIM}
    word = "granted" if granted else "rejected"
    return [word, f"asylum_{word}"] if asylum else [word]


def renew(
    me: dict[str, Any], day: int, law: Any, entry: tuple[float, int, int], u: float
) -> str | None:
    """How the stay is renewed: by an application, by a border run, or not.

    entry: share admitted, days, window of the entry rule for who enters anew.
    """
    may_apply = law.permit_share >= 0
    if me["status"] != VISITOR and law.renewal_share >= 0:
        lodge(me, day, PERMIT, law, "renewal")
        return "applied"
    if may_apply:
        lodge(me, day, PERMIT, law, "permit")
        return "applied"
    share, limit, window = entry
    days = allowance(me, me["place"], limit, window, day)
    if me["status"] != VISITOR or u >= law.border_run or share <= 0 or days == 0:
        return None
    be_visitor(me, day, days)
    me["visited_from"] = day
    return "ran"


def at_status_end(
    me: dict[str, Any], day: int, key: int, law: Any, entry: tuple[float, int, int], prm: Any
) -> tuple[int, list[str]]:
    """Renew if one would and may; else stay on, use the days of grace, or leave. And the flows."""
    u = draws.uniform(key, me["id"], day, STATUS_END)
    was = me["status"]
    if was != MUST_LEAVE:
        if u < prm.renew_share:
            u = u / prm.renew_share
            how = renew(me, day, law, entry, u)
            if how is not None:
                return RENEWED, ["applied"] if how == "applied" else []
        else:
            u = (u - prm.renew_share) / (1 - prm.renew_share)
    if u < prm.overstay_share:
        me |= {"status": OVERSTAYING, "status_ends": NEVER, "decision": NEVER, "claim": NO_CLAIM}
        return STAYS_ON, []
    if was not in (MUST_LEAVE, VISITOR) and law.grace > 0:
        me |= {"status": MUST_LEAVE, "status_ends": day + int(law.grace)}
        return RENEWED, []
    return LEAVES, []


def withdrawn(me: dict[str, Any]) -> bool:
    """Whether a claim is withdrawn if the claimant leaves now."""
    return bool(me["status"] == APPLICANT and me["claim"] == ASYLUM)


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
