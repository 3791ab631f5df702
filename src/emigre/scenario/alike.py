"""Warnings about names that readers take for one name, and the model for two."""

import re
import unicodedata
from collections.abc import Iterator

from emigre import schema
from emigre.errors import Mistake
from emigre.scenario.parsers import quoted
from emigre.scenario.tables import ScenarioTables

_SEPARATORS = re.compile(r"[\s_\-\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]+")


def warn_spelled_alike(tables: ScenarioTables) -> Iterator[Mistake]:
    """Ids, categories, kinds and states that differ in case, accents or separators only.

    A rule for ``male`` does not apply to a group that is ``Male``.
    """
    names = {column: [("groups", column)] for column in schema.attributes()}
    for column in ("nationality", "document"):
        names[column].append(("traffic", column))
    names["id"] = [("places", "id"), ("areas", "area")]
    for table, column in (("places", "country"), ("pressures", "kind"), ("traffic", "kind")):
        names[f"{table}.{column}"] = [(table, column)]
    for columns in names.values():
        first: dict[str, str] = {}
        reported = {None}
        for table, column in columns:
            typed = tables[table]
            for row, name in enumerate(typed[column]):
                other = None if name is None else first.setdefault(_plain(name), name)
                if other != name and name not in reported:
                    reported.add(name)
                    expected = f"{quoted(other)}, or more than another case, accent or separator"
                    yield typed.sheet.mistake(row, column, quoted(name), expected)


def _plain(name: str) -> str:
    """A name without case and accents, and with one kind of separator."""
    letters = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return _SEPARATORS.sub("-", letters.casefold())


def warn_same_names(tables: ScenarioTables) -> Iterator[Mistake]:
    """Areas, or places of one kind, with the same name: tables and charts show names, not ids."""
    places, areas = tables["places"], tables["areas"]
    named = [(places, row, *cells) for row, cells in enumerate(places.rows("id", "name", "kind"))]
    named += [(areas, row, *cells, "area") for row, cells in enumerate(areas.rows("area", "name"))]
    seen: dict[tuple[str, str], str] = {}
    for typed, row, id_, name, kind in named:
        other = seen.setdefault((name.casefold(), kind), id_)
        if other != id_:
            expected = f"another name than that of {quoted(other)}, also of kind {kind}"
            yield typed.sheet.mistake(row, "name", quoted(name), expected)
