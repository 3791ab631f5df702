"""Labels of measures on charts and pages, and the kind of count of each.

Passages at a crossing, people present, files at an authority and people who moved are different
things: a chart or a table holds one kind of them only.
"""

from __future__ import annotations

from emigre import schema
from emigre.results.counts import EVERYWHERE
from emigre.results.text import words

_TITLES = {
    "decided": "People who decided to leave",
    "departed": "People who set out",
    "returned": "People who returned",
    "trapped": "People who want to leave but have no way out",
    "preparing": "People preparing to leave",
    "travelling": "People on the way",
    "stock_returned": "Returnees",
    "departures_missing": "Departures given that nobody was left to make",
    "entered": "Emigrants admitted",
    "entered_ordinary": "Ordinary travellers admitted",
    "entered_transit": "Transit travellers admitted",
    "passages": "Passages by all travellers",
    "refused_entry": "Refused entry",
    "refused_exit": "Refused exit",
    "asylum_claims": "Asylum claims at the border",
    "waiting": "Emigrants in the queue",
    "queued": "People in the queue",
    "wait_hours": "Hours of waiting",
    "arrived": "People who arrived to stay",
    "onward": "People who moved on to another place",
    "turned_back": "People turned back on the way to another place",
    "applied": "Applications and claims lodged",
    "granted": "Permits and protection granted",
    "rejected": "Applications and claims rejected",
    "asylum_lodged": "Asylum claims lodged",
    "asylum_granted": "Asylum claims granted",
    "asylum_rejected": "Asylum claims rejected",
    "asylum_withdrawn": "Asylum claims withdrawn",
    "asylum_pending": "Asylum claims pending",
    "stock": "People staying",
    "abroad": "Emigrants abroad",
    "present": "People present, with those passing through",
    "stock_visitor": "Visitors",
    "stock_applicant": "Application pending",
    "stock_permitted": "With a residence permit",
    "stock_protected": "With protection",
    "stock_overstaying": "Lawful stay ended",
    "stock_must_leave": "Ordered to leave, in the grace period",
    "in_need": "People without means or work",
    "reception_beds_used": "Reception beds in use",
    "unsheltered": "People in need without a bed",
    "stock_displaced": "People displaced inside their own country",
    "hazard_capped": "People delayed by the hazard cap",
}

KINDS = {
    "passages": "passages at a border: a person may pass more than once",
    "moves": "people who moved",
    "present": "people present: at the end of each day",
    "files": "registrations: applications, claims and decisions; a person may apply twice",
    "hours": "hours: the mean of the people served on each day",
    "share": "a share",
}
"""Kinds of counts in words. Counts of different kinds are never added or drawn together."""

_FILES = ("applied", "granted", "rejected", "asylum_")


def title(measure: str) -> str:
    """Title of a measure on charts and in tables."""
    name = words(measure)
    return _TITLES.get(measure, name[:1].upper() + name[1:])


def heading_of(measure: str, place: str, name: str) -> str:
    """A measure and the name of its place; everywhere goes without saying."""
    return title(measure) if place == EVERYWHERE else f"{title(measure)}, {name}"


def kind_of(measure: str) -> str:
    """Which kind of count a measure is: a key of KINDS."""
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
