"""Group changes that depend on each other, or that are too many to separate.

Every coalition of groups must be a valid scenario. Changes that refer to each other's places, and
shares that must sum to one, are merged first; other dependencies are detected by building the
scenarios (see :func:`merge_invalid`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from emigre import schema
from emigre.scenario.diff import Change
from emigre.scenario.drafts import kind_of
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.patch import added_key

MOST_GROUPS = 8
"""Above this number, groups are merged by patch or by table and kind."""

_LEADING = ("places", "areas", "legs", "groups", "rules", "pressures")
"""Tables that name a group of changes in several tables, by priority."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes applied together; ``title`` of their patch, ``only``: the side that has it."""

    changes: tuple[Change, ...]
    title: str = ""
    only: str = ""


def grouped(
    changes: Sequence[Change], a: Scenario, b: Scenario, *, each: bool = False
) -> tuple[Group, ...]:
    """The active changes in groups, or in rows (``each``), sorted by name."""
    active = [c for c in changes if not c.is_inert]
    atoms = _atoms(sorted(active, key=lambda c: (c.table, c.key)))
    if each or len(atoms) <= MOST_GROUPS:
        return tuple(Group(tuple(atom)) for atom in atoms)
    patches = _own_patches(a, b)
    if len(patches) > 1:
        groups = _by_patch(atoms, patches, set(map(id, a.applied)))
        if len(groups) <= MOST_GROUPS:
            return groups
    groups = _joined(atoms, _family)
    return groups if len(groups) <= MOST_GROUPS else _joined(atoms, lambda atom: _family(atom)[0])


def join(groups: Sequence[Group], members: Iterable[int]) -> tuple[Group, ...]:
    """The groups with some merged, at the position of the first."""
    indices = sorted(members)
    new = Group(tuple(c for i in indices for c in groups[i].changes))
    kept = [(i, g) for i, g in enumerate(groups) if i not in indices[1:]]
    return tuple(new if i == indices[0] else group for i, group in kept)


def merge_invalid(
    groups: Sequence[Group], wrong: frozenset[int], is_valid: Callable[[frozenset[int]], bool]
) -> tuple[Group, ...]:
    """Merge the groups that make the coalition ``wrong`` invalid.

    The coalition is reduced to a minimal invalid one. If that is a single group, it is merged with
    a minimal set of groups that makes it valid; several conflicting groups are merged.
    """
    trouble = _reduced(wrong, lambda some: bool(some) and not is_valid(some))
    if len(trouble) > 1:
        return join(groups, trouble)
    grown = set(trouble)
    for i in range(len(groups)):
        if is_valid(frozenset(grown)):
            break
        grown.add(i)
    needed = _reduced(frozenset(grown), lambda some: trouble <= some and is_valid(some))
    return join(groups, needed)


def _reduced(members: frozenset[int], still: Callable[[frozenset[int]], bool]) -> frozenset[int]:
    """A minimal subset of the members for which ``still`` holds."""
    for i in sorted(members, reverse=True):
        if still(members - {i}):
            members -= {i}
    return members


def _atoms(changes: Sequence[Change]) -> list[list[Change]]:
    """Merge changes that refer to each other's rows or share a sum."""
    made = {name for change in changes if (name := _made(change))}
    links = [{*_ties(c), *((name,) for name in ({_made(c)} | _names(c)) & made)} for c in changes]
    return [[changes[i] for i in members] for _, members in _connected(links)]


def _connected(links: Sequence[set[Any]]) -> list[tuple[set[Any], list[int]]]:
    """Sets that overlap directly or through others: their union, and their indices in order."""
    groups: list[tuple[set[Any], list[int]]] = []
    for i, own in enumerate(links):
        joined, members = set(own), [i]
        for group in [group for group in groups if group[0] & own]:
            groups.remove(group)
            joined |= group[0]
            members += group[1]
        groups.append((joined, sorted(members)))
    return sorted(groups, key=lambda group: group[1])


def _made(change: Change) -> str:
    """The place or area that a change adds or removes; empty for none."""
    if change.how == "set":
        return ""
    return {"places": change.key, "areas": change.row.get("area", "")}.get(change.table, "")


def _ties(change: Change) -> list[tuple[str, ...]]:
    """Names of sums and sets a change belongs to."""
    if change.table == "groups" and (change.how != "set" or "share" in change.after):
        return [("groups",)]
    if change.table == "composition":
        return [("composition", change.row["origin"], change.row["attribute"])]
    if change.table == "areas" and change.how != "set":
        return [("areas", change.row["area"])]
    return []


def _names(change: Change) -> set[str]:
    """Places and areas referred to by a change, before or after."""
    if not change.table:
        return set()
    columns = [c.name for c in schema.tables()[change.table] if c.kind in ("ref", "place")]
    if change.table == "places":
        columns += ["country", "exit_country"]
    cells = (side.get(c, "") for side in (change.before, change.after) for c in columns)
    return {cell for cell in cells if cell and cell != "*"}


def _family(atom: Sequence[Change]) -> tuple[str, str]:
    """Table and kind of a change, by which many are merged."""
    tables = [*_LEADING, *schema.tables(), ""]
    lead = min(atom, key=lambda c: tables.index(c.table))
    if not lead.table:
        kind = kind_of(lead.key)
        if kind is not None:
            return schema.parameters_of_kinds()[schema.beginning_of(lead.key)].process, kind
        return "", schema.parameters()[lead.key].process
    if lead.table == "rules" and float(lead.row["credence"]) < 1:
        return "rules", "rumour"
    return lead.table, lead.row.get("kind", "")


def _joined(atoms: Sequence[Sequence[Change]], key: Callable[..., object]) -> tuple[Group, ...]:
    families: dict[object, list[Change]] = {}
    for atom in atoms:
        families.setdefault(key(atom), []).extend(atom)
    return tuple(Group(tuple(family)) for family in families.values())


def _own_patches(a: Scenario, b: Scenario) -> list[Patch]:
    """Patches of one side only; none if the sides come from different folders."""
    if a.folder is None or b.folder is None or a.folder.resolve() != b.folder.resolve():
        return []
    only_b = [p for p in b.applied if p not in a.applied]
    return [*only_b, *(p for p in a.applied if p not in b.applied)]


def _by_patch(
    atoms: Sequence[Sequence[Change]], patches: Sequence[Patch], of_a: set[int]
) -> tuple[Group, ...]:
    """Merge atoms by the patches that touch them; overlapping patches form one group."""
    touched = [_touched(patch) for patch in patches]
    reach = [
        {i for i, names in enumerate(touched) if any(c.name in names for c in atom)}
        for atom in atoms
    ]
    groups: list[Group] = []
    loose: list[Sequence[Change]] = []
    for some, members in sorted(_connected(reach), key=lambda group: sorted(group[0])):
        if not some:
            loose += [atoms[i] for i in members]
            continue
        title = " and ".join(patches[i].title or patches[i].name for i in sorted(some))
        owners = {"A" if id(patches[i]) in of_a else "B" for i in some}
        changes = tuple(c for i in members for c in atoms[i])
        groups.append(Group(changes, title, owners.pop() if len(owners) == 1 else ""))
    return (*groups, *_joined(loose, _family))


def _touched(patch: Patch) -> set[str]:
    """Parameters and rows (TABLE.KEY) that a patch touches."""
    names = {key.rpartition(".")[0] if "." in key else key for key in patch.set}
    names |= {f"{table}.{key}" for table, keys in patch.remove.items() for key in keys}
    for table, rows in patch.add.items():
        names |= {f"{table}.{added_key(table, row)}" for row in rows}
    return names
