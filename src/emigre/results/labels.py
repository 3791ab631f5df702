"""Labels of measures on charts and pages, and the kind of count of each.

Passages at a crossing, people present, files at an authority and people who moved are different
things: a chart or a table holds one kind of them only.
"""

from emigre import schema
from emigre.results.counts import EVERYWHERE
from emigre.results.text import capitalised, words

KINDS = {
    "passages": "passages at a border: a person may pass more than once",
    "moves": "people who moved",
    "present": "people present: at the end of each day",
    "files": "registrations: applications, claims and decisions; a person may apply twice",
    "hours": "hours: the mean of the people served on each day",
    "share": "a share",
}
"""Kinds of counts in words. Counts of different kinds are never added or drawn together."""

_FILES = ("applied", "granted", "rejected", "withdrawn", "asylum_")


def title(measure: str) -> str:
    """Title of a measure on charts and in tables."""
    if measure in schema.measures():
        return schema.measures()[measure].title
    return capitalised(words(measure))  # of a derived one


def heading_of(measure: str, place: str, name: str) -> str:
    """A measure and the name of its place, which is omitted for everywhere."""
    return title(measure) if place == EVERYWHERE else f"{title(measure)}, {name}"


def kind_of(measure: str) -> str:
    """Kind of count of a measure: a key of KINDS."""
    spec = schema.measures()[measure]
    if spec.unit == "hours":
        return "hours"
    if spec.kind == "mean":
        return "share"
    if measure.startswith(_FILES):
        return "files"
    if spec.kind == "stock":
        return "present"
    return "passages" if spec.place_kind == "crossing" else "moves"


def unit_of(measure: str) -> str:
    """The unit of one point of a chart."""
    spec = schema.measures()[measure]
    return f"{spec.unit} a day" if spec.kind == "flow" else spec.unit
