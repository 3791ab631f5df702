"""What measures are called on charts and pages, and what kind of count each of them is.

Passages at a crossing, people present, files at an authority and people who moved are different
things: a chart or a table holds one kind of them only.
"""

from __future__ import annotations

from emigre import schema
from emigre.headlines import words

_TITLES = {
    "decided": "Decided to leave",
    "departed": "Set out",
    "returned": "Came back",
    "trapped": "Want to leave, have no way out",
    "preparing": "Preparing to leave",
    "travelling": "Under way",
    "stock_returned": "Back after having left",
    "departures_missing": "Should have left; nobody is at home",
    "entered": "Emigrants admitted",
    "entered_ordinary": "Ordinary travellers admitted",
    "passages": "Passages, all travellers",
    "refused_entry": "Refused at entry",
    "refused_exit": "Refused at exit",
    "asylum_claims": "Asylum claimed at the border",
    "waiting": "Emigrants in the queue at the end of the day",
    "wait_hours": "Hours of waiting",
    "arrived": "Arrived to live there",
    "onward": "Moved on to another place",
    "turned_back": "Turned back on the way to another place",
    "applied": "Applications and claims lodged",
    "granted": "Permits and protection granted",
    "rejected": "Applications and claims rejected",
    "asylum_granted": "Asylum claims granted",
    "asylum_rejected": "Asylum claims rejected",
    "asylum_withdrawn": "Left before the decision",
    "asylum_pending": "Asylum claims pending",
    "stock": "People present who left",
    "abroad": "Abroad",
    "stock_visitor": "Visitors",
    "stock_applicant": "Application pending",
    "stock_permitted": "With a residence permit",
    "stock_protected": "With protection",
    "stock_overstaying": "Lawful stay has ended",
    "stock_must_leave": "Told to leave, days of grace",
    "stock_displaced": "Displaced inside their own country",
    "in_need": "Without means and without work",
    "reception_beds_used": "Beds in use",
    "unsheltered": "In need, no bed free",
    "hazard_capped": "Looked at and slowed by the bound of hazards",
}

KINDS = {
    "passages": "passages at a border",
    "moves": "people who moved",
    "present": "people present",
    "files": "registrations: applications, claims and decisions",
    "hours": "hours",
    "share": "a share",
}
"""Kinds of counts in words. They are never added and never share a chart or a table."""

_FILES = ("applied", "granted", "rejected", "asylum_")


def title(measure: str) -> str:
    """A measure as a reader would say it."""
    said = words(measure)
    return _TITLES.get(measure, said[:1].upper() + said[1:])


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
