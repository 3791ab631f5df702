"""traffic.csv: ordinary travellers from Russia, in the direction of entry.

Levels rest on counts known by 29 September 2022 and on seasons of earlier years. Later levels are
estimates made without the border counts of October to December 2022, which remain an independent
check: changes of a run in these months are due to rules, not to these rows. Two levels rest on
2023: residents among travellers to Finland, and Georgia from January to June.
"""

from collections.abc import Sequence

from scripts.scenario_tables import ESTIMATE, Cells

from .evidence import Evidence
from .levels import (
    AIR_INTERNAL,
    AIR_ORDINARY,
    AIR_PERIODS,
    FI_LEVELS,
    FI_POINTS,
    FI_WEEK,
    KZ_DOCUMENTS,
    KZ_LAND_LEVELS,
    LAND_LEVELS,
    LEVELS_AFTER_EVENTS,
    SCHENGEN_LEVELS,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FLAT = (1.0,) * 7
# Mild weekend peak of land borders without published weekdays.
WEEKEND = (0.92, 0.90, 0.92, 0.96, 1.10, 1.15, 1.05)
Levels = Sequence[tuple[str, float]]
FIRST_ESTIMATE = "2022-10-01"  # first day of levels without counts
ESTIMATE_SD = 0.25  # how far those may be off: about what the same season of two years differs by
COUNTED = "2022-09-30"  # the day on which the last counts used here were known


def build_traffic(evidence: Evidence) -> list[Cells]:
    """All rows of traffic.csv."""
    return [*_finland(evidence), *_kazakhstan(evidence), *_schengen(evidence), *_land(evidence),
            *_air(evidence)]  # fmt: skip


def _rows(
    crossing: str,
    document: str,
    levels: Levels,
    week: Sequence[float],
    source: str,
    known: str,
    estimate: str,
) -> list[Cells]:
    """One row per level, with separate, marked rows for days after the last known count.

    No row is written before the first travellers. Where they cease there is a row of 0, because as
    of a day a level continues until the next known one.
    """
    rows: list[Cells] = []
    levels = _split(levels)
    starts = [start for start, _ in levels]
    ends = [*starts[1:], ""]
    for (start, persons), end in zip(levels, ends, strict=True):
        if persons == 0 and not rows:
            continue
        later = start >= FIRST_ESTIMATE
        rows.append(
            {
                "id": f"{crossing}-{document}-{start or 'start'}".lower(), "crossing": crossing,
                "nationality": "RU", "document": document,
                "kind": _kind(crossing, document), "from": start, "to": end,
                "persons_per_day": round(float(persons), 1),
                "level_sd": ESTIMATE_SD if later else None,
                "published": _known(crossing, start, str(rows[0]["from"]) if rows else start),
                **dict(zip(DAYS, week, strict=True)), "basis": "estimate",
                "source": ESTIMATE if later else source,
                "note": estimate if later else known,
            }
        )  # fmt: skip
    return rows


def _split(levels: Levels) -> Levels:
    """Split levels at the first day without counts, from which all of them are uncertain."""
    before = [level for level in levels if level[0] < FIRST_ESTIMATE]
    after = [level for level in levels if level[0] > FIRST_ESTIMATE]
    now = [level for level in levels if level[0] == FIRST_ESTIMATE]
    if not now and before:
        now = [(FIRST_ESTIMATE, before[-1][1])]
    return [*before, *now, *after]


def _kind(crossing: str, document: str) -> str:
    """Kind of traveller where the shares of documents are uncertain, so that they can be fitted."""
    if not crossing.startswith("FI-"):
        return ""
    return "fi_residents" if document == "residence_abroad" else "fi_visitors"


def _known(crossing: str, start: str, opened: str) -> str:
    """The day from which a level is taken as known.

    Up to September 2022 that is its first day: travellers can be counted at once. Later levels are
    seasons of earlier years over the counts of that month and need nothing after it, but for those
    that rest on an event, such as the opening of the way: they are known when it has come.
    """
    if start < FIRST_ESTIMATE:
        return start or "2022-02-01"
    if start in LEVELS_AFTER_EVENTS.get(crossing, ()):
        return start
    return max(opened, COUNTED)


GEORGIA_LATER = (
    "January to June 2023 after the half-year's 742 thousand entries less emigrants, other months "
    "the season of earlier years; made without the counts of October to December 2022."
)
LATER = "Season of earlier years; made without the counts of October to December 2022."


def _finland(evidence: Evidence) -> list[Cells]:
    week = evidence.flow("finland_land_entries_weekly", "2022-09-14", "2022-09-20", "26506")
    share = evidence.flow("finland_document_share", "2022-08-15", "2022-08-15", "66.7")
    july = evidence.flow("finland_land_crossings_monthly", "2022-07-01", "2022-07-31", "236320")
    for row in (share, july):
        evidence.flow_source(row)
    rows: list[Cells] = []
    for point, part in FI_POINTS.items():
        for document, persons in FI_LEVELS.items():
            levels = [(start, n * part) for start, n in persons]
            if max(n for _, n in levels) < 0.5:
                continue
            rows += _rows(
                point, document, levels, FI_WEEK, evidence.flow_source(week),
                "26,506 Russians in the week of 14 to 20 September, by weekday; monthly two-way "
                "counts before; two thirds on visas (survey of August), which leaves the entries "
                "of 2023 for the others.", LATER,
            )  # fmt: skip
    return rows


def _kazakhstan(evidence: Evidence) -> list[Cells]:
    source = evidence.flow_source(
        evidence.flow("kazakhstan_entries_daily_typical", "2022-09-01", "2022-09-20", "8000")
    )
    points = {
        r["id"]: int(r["capacity_out_per_day_est"])
        for r in evidence.crossings
        if r["country_abroad"] == "KZ"
    }
    total = sum(points.values())
    rows: list[Cells] = []
    for point, capacity in points.items():
        for document, held in KZ_DOCUMENTS.items():
            levels = [
                (start, persons * capacity / total * held) for start, persons in KZ_LAND_LEVELS
            ]
            rows += _rows(
                point, document, levels, WEEKEND, source,
                "8 to 9 thousand Russians a day before 21 September, 485 thousand in July, 1.2 "
                "million in the summer, less flights; split by capacity of the crossings.", LATER,
            )  # fmt: skip
    return rows


def _schengen(evidence: Evidence) -> list[Cells]:
    keys = {
        "EE": ("estonia_entries_monthly", "2022-07-01", "2022-07-31", "71143"),
        "LV": ("latvia_entries_weekly", "2022-09-19", "2022-09-25", "2075"),
        "LT": ("lithuania_entries_ytd", "2022-01-01", "2022-09-16", "395000"),
        "PL": ("poland_kaliningrad_entries", "2022-09-19", "2022-09-27", "1910"),
        "NO": ("frontex_cumulative_by_country", "2022-02-24", "2022-08-22", "8000"),
        "FI": ("finland_allegro_passengers_daily", "2022-02-10", "2022-02-20", "80"),
    }
    words = {
        "EE": "40 thousand in April and 71 thousand in July, about half on permits",
        "LV": "55 thousand from 24 February to 22 August; 2,075 in the first week of the ban",
        "LT": "395 thousand to 16 September, 181 thousand of them in transit to Kaliningrad "
        "(counted as residents), half of the others from Belarus",
        "PL": "some 150 a day to August, 212 a day in late September",
        "NO": "eight thousand from 24 February to 22 August",
        "FI": "70 to 80 a day by train in mid-February; more after the invasion",
    }  # fmt: skip
    rows: list[Cells] = []
    for (point, document), levels in SCHENGEN_LEVELS.items():
        state = point.split("-")[0]
        source = evidence.flow_source(evidence.flow(*keys[state]))
        note = f"{words[state]}; the split by crossing and document is an estimate."
        rows += _rows(point, document, levels, WEEKEND, source, note, LATER)
    return rows


def _land(evidence: Evidence) -> list[Cells]:
    georgia = evidence.flow_source(
        evidence.flow("georgia_entries_daily_typical", "2022-09-18", "2022-09-20", "5000")
    )
    notes = {
        "GE": (georgia, "45 thousand entries in March, 135 thousand in June, 261 thousand in "
               "August, 5 to 6 thousand a day before 21 September; two thirds through Upper Lars"),
        "MN": (ESTIMATE, "263 Russians at Altanbulag on 20 September; other crossings by size"),
        "BY": (ESTIMATE, "no checks and no counts; open roads from 18 March 2022"),
    }  # fmt: skip
    rows: list[Cells] = []
    for point, levels in LAND_LEVELS.items():
        source, words = notes[point.split("-")[0]]
        document = "internal_passport" if point.startswith("BY") else "foreign_passport"
        later = GEORGIA_LATER if point.startswith("GE") else LATER
        rows += _rows(point, document, levels, WEEKEND, source, f"{words}.", later)
    return rows


def _air(evidence: Evidence) -> list[Cells]:
    source = evidence.flow_source(
        evidence.flow("fsb_departures_total_quarterly", "2022-01-01", "2022-03-31", "3800000")
    )
    rows: list[Cells] = []
    for country, persons in AIR_ORDINARY.items():
        internal = AIR_INTERNAL.get(country, 0.0)
        for document, held in (("foreign_passport", 1 - internal), ("internal_passport", internal)):
            if held == 0.0:
                continue
            levels = [(s, p * held) for s, p in zip(AIR_PERIODS, persons, strict=True)]
            rows += _rows(
                f"AIR-{country}", document, levels, FLAT, source,
                "Trips by country in the first quarter and half year (border service), visitors "
                "to Türkiye by month; tourists, visits, work.", LATER,
            )  # fmt: skip
    return rows
