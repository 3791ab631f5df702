"""Reference implementation of the accounts: stocks recounted from the state of every party."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

STATUS = (
    "visitor",
    "applicant",
    "permitted",
    "protected",
    "overstaying",
    "must_leave",
    "displaced",
)
AT_ORIGIN = {0: "trapped", 1: "preparing", 2: "travelling", 5: "stock_returned"}
TRAVELLING, WAITING, ABROAD = 2, 3, 4
ASYLUM = 2


def category(me: dict[str, Any], group: Any, by: str) -> int:
    """Number of the category in which a party is counted."""
    if by == "group":
        return int(group.category)
    if by == "size":
        return int(me["people"])
    return int(me["status"]) + 1 if me["state"] == ABROAD else 0


def stocks(
    parties: Sequence[dict[str, Any]], groups: Sequence[Any], world: Any, by: str
) -> Counter[tuple[str, int, int]]:
    """Persons by (measure, place, category). by: group, status or size."""
    result: Counter[tuple[str, int, int]] = Counter()
    for me, group in zip(parties, groups, strict=True):
        n, k = me["people"] * world.scale, category(me, group, by)
        here = me["place"] if me["state"] == ABROAD else me["last_country"]
        if me["state"] in (TRAVELLING, WAITING, ABROAD) and here >= 0:
            outside = world.countries.state[here] != world.origin_state[group.origin]
            result["present", here, k] += n * outside
        if me["state"] in AT_ORIGIN:
            result[AT_ORIGIN[me["state"]], group.origin, k] += n
        elif me["state"] == WAITING:
            result["waiting", me["place"], k] += n
        elif me["state"] == ABROAD:
            result[f"stock_{STATUS[me['status']]}", me["place"], k] += n
            result["in_need", me["place"], k] += n * me["in_need"]
            result["asylum_pending", me["place"], k] += n * (me["claim"] == ASYLUM)
    return +result
