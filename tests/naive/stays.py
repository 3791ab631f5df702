"""Plain twins of status abroad; a party is a dict, the law of the day a row."""

from __future__ import annotations

import math
from typing import Any

from naive import draws
from naive.livelihood import note_security

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
    note_security(me, day)


def apply(me: dict[str, Any], day: int, claim: int, law: Any) -> None:
    """Today's rule goes with the application."""
    kind = "asylum" if claim == ASYLUM else "permit"
    share = float(law[f"{kind}_share"])
    me |= {
        "grant": max(share, 0.0) if claim == ASYLUM else share,
        "grant_days": int(law[f"{kind}_days"]),
        "claim": claim,
        "status": APPLICANT,
        "decision": day + max(1, int(law[f"{kind}_delay"])),
    }
    note_security(me, day)


def decide(me: dict[str, Any], day: int, key: int, grace_days: float) -> str:
    """Granted or rejected."""
    granted = draws.uniform(key, me["id"], day, DECISION) < me["grant"]
    if granted:
        me["status"] = PROTECTED if me["claim"] == ASYLUM else PERMITTED
        me["status_ends"] = end(day, me["grant_days"])
    elif me["claim"] == PERMIT and me["status_ends"] > day:
        me["status"] = VISITOR
    else:
        me |= {"status": MUST_LEAVE, "status_ends": day + math.floor(grace_days)}
    me |= {"decision": NEVER, "claim": NO_CLAIM}
    note_security(me, day)
    return "granted" if granted else "rejected"


def at_status_end(
    me: dict[str, Any], day: int, key: int, law: Any, entry_share: float, entry_days: int, prm: Any
) -> int:
    """Renew if one would and may; else stay on or leave."""
    u = draws.uniform(key, me["id"], day, STATUS_END)
    would_renew = me["status"] != MUST_LEAVE and u < prm.renew_share
    if would_renew and law["permit_share"] >= 0:
        apply(me, day, PERMIT, law)
        return RENEWED
    if would_renew and entry_share > 0:
        be_visitor(me, day, entry_days)
        return RENEWED
    if me["status"] == MUST_LEAVE:
        second = u
    elif would_renew:
        second = u / prm.renew_share
    else:
        second = (u - prm.renew_share) / (1 - prm.renew_share)
    if second >= prm.overstay_share:
        return LEAVES
    me |= {"status": OVERSTAYING, "status_ends": NEVER, "decision": NEVER, "claim": NO_CLAIM}
    note_security(me, day)
    return STAYS_ON


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
