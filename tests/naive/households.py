"""Reference implementations of households of which only some members may pass."""

from typing import Any

from naive import draws

MEMBER, SPLIT = 26, 27
NO_MEMBER = -1.0
TRAVELLING, WAITING, ABROAD = 2, 3, 4


def member_draw_of(identity: int, household: int, has_member: bool, key: int) -> float:
    """Number that decides whether the member of a household passes."""
    if household < 2 or not has_member:
        return NO_MEMBER
    return draws.uniform(key, identity, 0, MEMBER)


def is_member_barred(w: Any, me: dict[str, Any], origin: int, share: float) -> bool:
    """Whether the member is of the party and may not pass."""
    there = me["people"] == me["household"] and me["member_draw"] != NO_MEMBER
    return bool(there and me["member_draw"] >= share and not is_abroad(w, me, origin))


def is_abroad(w: Any, me: dict[str, Any], origin: int) -> bool:
    """Whether a household lives abroad, or is on its way from there."""
    where = {ABROAD: "place", TRAVELLING: "last_country", WAITING: "last_country"}.get(me["state"])
    if where is None or me[where] == -1:
        return False
    return bool(w.world.countries.state[me[where]] != w.world.origin_state[origin])


def can_split(me: dict[str, Any], splits: float, key: int) -> bool:
    """Whether the others go without the member."""
    return me["people"] > 1 and draws.uniform(key, me["id"], 0, SPLIT) < splits


def share_on(w: Any, group: Any, way: int) -> float:
    """Share of members who pass every crossing of a way."""
    crossings = w.ways.crossings[w.ways.row.route[way]]
    shares = [w.today.member_share[x, group.outlook] for x in crossings if x >= 0]
    return float(min(shares, default=1.0))


def may_take(w: Any, me: dict[str, Any], group: Any, way: int) -> bool:
    """Whether the party takes a way, if need be without its member."""
    barred = is_member_barred(w, me, group.origin, share_on(w, group, way))
    return not barred or can_split(me, float(w.world.groups.splits[group.group]), int(w.key))


def take(w: Any, me: dict[str, Any], group: Any, way: int) -> int:
    """Leave the member at home who may not pass the way."""
    if way >= 0 and is_member_barred(w, me, group.origin, share_on(w, group, way)):
        me["people"] -= 1
    return way


def member_passes_nowhere(w: Any, me: dict[str, Any], origin: int, outlook: int) -> bool:
    """Whether the member may pass on no open way from home to where the others are."""
    shares = []
    for i in range(int(w.ways.first[origin]), int(w.ways.first[origin + 1])):
        route = w.ways.row.route[i]
        if (
            w.ways.routes.destination[route] == me["place"]
            and w.today.route_utility[:, route].max() > -1e9
        ):
            crossings = [x for x in w.ways.crossings[route] if x >= 0]
            shares.append(min((w.today.member_share[x, outlook] for x in crossings), default=1.0))
    return me["member_draw"] != NO_MEMBER and me["member_draw"] >= max(shares, default=1.0)
