"""Closures in a Flee conflict folder: of borders, places, camps and links, by day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from emigre.adapters.flee.csv_tables import Reader, Row, data_rows
from emigre.scenario.parsers import listed, nearest, quoted

CLOSURES = "input_csv/closures.csv"
_CLOSURES = ("country", "location", "camp", "idpcamp", "link", "remove_forced_redirection")
NEVER = 1 << 30


@dataclass(frozen=True, slots=True)
class Closure:
    """Closure from day ``begin`` to ``end`` (exclusive; NEVER if it does not end)."""

    kind: str
    first: str
    second: str
    begin: int
    end: int
    row: Row

    @property
    def names(self) -> set[str]:
        """Both names: of countries, or of the ends of a link."""
        return {self.first, self.second}


def read_closures(
    reader: Reader, locations: Collection[str], countries: Collection[str]
) -> list[Closure]:
    """Read the closures that Flee applies, given the names of places and countries."""
    rows = [
        row
        for row in data_rows(reader.rows(CLOSURES, required=False))
        if reader.has_cells(row, 5, ("closure_type", "name1", "name2", "start", "end"))
    ]
    read = (_closure(reader, row, locations, countries) for row in rows)
    closures = [closure for closure in read if closure is not None]
    _remark_overlaps(reader, closures)
    return closures


def _remark_overlaps(reader: Reader, closures: Sequence[Closure]) -> None:
    """Add remarks on overlapping closures of a place or border: Flee ends both with the first."""
    of_same: dict[tuple[str, frozenset[str]], list[Closure]] = defaultdict(list)
    for closure in closures:
        of_same[closure.kind, frozenset(closure.names)].append(closure)
    for closure in closures:
        for other in of_same[closure.kind, frozenset(closure.names)]:
            # On one day Flee goes through the rows in order: a later one closes again.
            begins_before = (other.begin, other.row.line) < (closure.end, closure.row.line)
            if begins_before and closure.end < other.end:
                words = (
                    f"Flee opens on day {closure.end}, although line {other.row.line} ends later"
                )
                reader.remark(closure.row, f"{words}; here it stays closed")


def _closure(
    reader: Reader, row: Row, locations: Collection[str], countries: Collection[str]
) -> Closure | None:
    """The closure of a row; None (and a remark) if Flee ignores it."""
    kind = row.cell(0)
    if kind not in _CLOSURES:
        hint = nearest(kind, _CLOSURES) or f"types: {', '.join(_CLOSURES)}"
        words = f"the closure of type {quoted(kind)} has no effect, as in Flee ({hint})"
        reader.remark(row, words)
        return None
    begin = reader.integer(row, 3, "closure_start")
    end = reader.integer(row, 4, "closure_end")
    is_country = kind == "country"
    known = set(countries) if is_country else {*locations, *reader.doubtful}
    two = is_country or kind in ("link", "remove_forced_redirection")
    unknown = [name for name in row.cells[1 : 3 if two else 2] if name not in known]
    if unknown and locations:
        hints = [hint for name in unknown if (hint := nearest(name, known))]
        hint = hints[0] if hints else f"known: {listed(sorted(known))}"
        what = "no place lies in" if is_country else "there is no place"
        words = f"{what} {listed([quoted(name) for name in unknown])} ({hint})"
        reader.remark(row, f"{words}; the closure has no effect, as in Flee")
        return None
    if begin is None or end is None:
        return None
    if begin == end:
        words = f"the closure begins and ends on day {end}"
        reader.remark(row, f"{words}; it has no effect, as in Flee")
        return None
    until = end if end > begin else NEVER
    if 0 < end < begin:
        words = f"the closure ends on day {end}, but begins on day {begin}"
        reader.remark(row, f"{words}; it stays closed, as in Flee")
    if begin < 0 < until:
        reader.remark(row, "the closure began before day 0; Flee ignores it")
    return Closure(kind, row.cell(1), row.cell(2), begin, until, row)
