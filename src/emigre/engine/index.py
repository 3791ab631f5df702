"""Index of a scenario's places and groups, sorted by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from emigre import schema
from emigre.geography.addresses import Addresses
from emigre.results.tables import Layout
from emigre.rules.matching import parse_who
from emigre.rules.selectors import GroupSelector
from emigre.scenario.tables import Row, key_columns

if TYPE_CHECKING:
    import polars as pl

    from emigre.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Index:
    """Rows by table, and places and groups in the order of their numbers.

    people: categories of each group by attribute; selector: selects groups by them. members: the
    categories of the member named in groups.csv, or None.
    """

    scenario: Scenario
    rows: dict[str, list[Row]]
    origin_rows: list[Row]
    crossing_rows: list[Row]
    country_rows: list[Row]
    areas: dict[str, tuple[str, ...]]
    addresses: Addresses
    people: list[dict[str, str]]
    members: list[dict[str, str] | None]
    selector: GroupSelector
    attributes: tuple[str, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """Ids of the origins."""
        return tuple(r["id"] for r in self.origin_rows)

    @property
    def crossings(self) -> tuple[str, ...]:
        """Ids of the crossings."""
        return tuple(r["id"] for r in self.crossing_rows)

    @property
    def countries(self) -> tuple[str, ...]:
        """Ids of the countries and camps."""
        return tuple(r["id"] for r in self.country_rows)

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Ids of each kind of place at which something is counted; camps count as countries."""
        return {"origin": self.origins, "crossing": self.crossings, "country": self.countries}

    @property
    def country_of(self) -> dict[str, str]:
        """Crossing -> the state entered."""
        return {r["id"]: r["country"] for r in self.crossing_rows}

    @property
    def groups(self) -> list[Row]:
        """Rows of the groups."""
        return self.rows["groups"]

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return self.scenario.n_days


_KEPT = 4
"""Two worlds of a comparison, and their reference days."""
_kept: dict[int, Index] = {}


def index_of(scenario: Scenario) -> Index:
    """The index of a scenario; those of the newest scenarios are cached.

    Scenarios are identified by `id`: comparing their contents would take longer than indexing.
    """
    index = _kept.get(id(scenario))
    if index is None:
        index = _kept[id(scenario)] = _make(scenario)  # keeps the scenario alive, and so its id
        for old in list(_kept)[:-_KEPT]:
            _kept.pop(old, None)
    return index


def _make(scenario: Scenario) -> Index:
    """Number places and groups by id: results must not depend on the order of rows in files."""
    rows = {name: _rows(name, frame) for name, frame in scenario.tables.items()}
    places = rows["places"]
    origin_rows = [r for r in places if r["kind"] == "origin"]
    crossing_rows = [r for r in places if r["kind"] == "crossing"]
    country_rows = [r for r in places if r["kind"] in ("country", "camp")]
    areas: dict[str, tuple[str, ...]] = {}
    for r in rows["areas"]:
        areas[r["area"]] = (*areas.get(r["area"], ()), r["place"])
    addresses = Addresses(
        [r["id"] for r in origin_rows],
        [r["id"] for r in crossing_rows],
        [r["id"] for r in country_rows],
        {r["id"]: r["country"] for r in crossing_rows},
        areas,
        {r["id"]: r["exit_country"] for r in crossing_rows},
        {r["id"]: r["country"] for r in country_rows},
    )
    attributes = schema.attributes()
    people = [{a: str(g[a]) for a in attributes} for g in rows["groups"]]
    return Index(
        scenario,
        rows,
        origin_rows,
        crossing_rows,
        country_rows,
        areas,
        addresses,
        people,
        [_member(group, g["member"]) for group, g in zip(people, rows["groups"], strict=True)],
        GroupSelector(people),
        attributes,
    )


def _member(decides: dict[str, str], differs: str | None) -> dict[str, str] | None:
    """Attributes of the member: those of the person who decides, with the stated differences."""
    if not differs:
        return None
    own = parse_who(differs, schema.attributes())
    return decides | {name: values[0] for name, values in own.items()}


def _rows(table: str, frame: pl.DataFrame) -> list[Row]:
    """Rows of a table, sorted by its key; those of a known scenario with an equal table if any."""
    for known in tuple(_kept.values()):
        if known.scenario.tables[table].equals(frame):
            return known.rows[table]
    rows = frame.to_dicts()
    if columns := key_columns(table):
        rows.sort(key=itemgetter(*columns))
    return rows


def layout_of(*scenarios: Scenario) -> Layout:
    """Layout of the result tables of one or several scenarios; it depends on no parameter."""
    measures, first = tuple(schema.measures()), scenarios[0]
    grounds = [index_of(scenario) for scenario in scenarios]
    ground = grounds[0] if len(grounds) == 1 else _CombinedGround(grounds)
    return Layout.over(first.start, first.n_days, measures, ground)


class _CombinedGround:
    """The places and areas of several scenarios, in the order of their ids."""

    def __init__(self, grounds: list[Index]) -> None:
        self.places: dict[str, tuple[str, ...]] = {
            kind: _ids(ground.places[kind] for ground in grounds) for kind in grounds[0].places
        }
        self.country_of = {x: d for ground in grounds for x, d in ground.country_of.items()}
        names = _ids(ground.areas for ground in grounds)
        self.areas = {a: _ids(ground.areas.get(a, ()) for ground in grounds) for a in names}


def _ids(several: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Distinct ids, sorted."""
    return tuple(sorted({name for ids in several for name in ids}))
