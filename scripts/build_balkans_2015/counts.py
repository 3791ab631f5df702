"""departures.csv and observations.csv: UNHCR's daily counts at each border to 31 January 2016."""

from datetime import date, timedelta
from pathlib import Path

from scripts.scenario_tables import ESTIMATE, Cells, read_rows

from .people import NATIONALITIES

SOURCE = "unhcr-daily"
LAST_DAY = date(2016, 1, 31)
FIRST_DAY = date(2015, 10, 1)
WARM_UP = (date(2015, 9, 21), 5000)
"""From this day people land so that the route is filled on the first day with a count: persons a
day."""
SETTLED = date(2015, 10, 4)
"""The warm-up is a guess: before this day counts are shown and not scored."""
LAST_FITTED = date(2015, 11, 15)
FENCE = date(2015, 10, 17)
MONTHS = {10: 0, 11: 1, 12: 2, 1: 3}

ISLANDS = "Arrivals to Greek Islands"
# column, place, first day and day behind the last on which it is scored
SERIES = (
    ("Departures to mainland Greece", "GR-FERRY", SETTLED, LAST_DAY + timedelta(days=1)),
    ("Arrivals to fYRoM", "MK-GEVGELIJA", SETTLED, LAST_DAY + timedelta(days=1)),
    ("Arrivals to Serbia", "RS-MIRATOVAC", SETTLED, LAST_DAY + timedelta(days=1)),
    ("Arrivals to Croatia", "HR-BAPSKA", SETTLED, LAST_DAY + timedelta(days=1)),
    ("Arrivals to Hungary", "HU", SETTLED, FENCE),
    ("Arrivals to Slovenia", "SI-DOBOVA", FENCE, LAST_DAY + timedelta(days=1)),
    ("Arrivals to Austria", "AT", SETTLED, LAST_DAY + timedelta(days=1)),
)
HEADLINES = {date(2015, 11, 10), date(2015, 12, 10)}
ERROR_SD = 0.1
STANDSTILL, STANDSTILL_SD = 200, 1.5
"""Number of persons below which a border was closed or not counted (a 0 may be either)."""


def build_departures(path: Path) -> list[Cells]:
    """Landings by nationality: the count of a day by the shares of its month, in whole persons."""
    first, persons = WARM_UP
    before = [first + timedelta(days=i) for i in range((FIRST_DAY - first).days)]
    note = "Estimate: landings of late September, which fill the route before the first count."
    rows = [row for day in before for row in _landed(day, persons, ESTIMATE, note)]
    note = "Count of all nationalities, split by the shares of the month."
    for r in _days(path):
        rows += _landed(date.fromisoformat(r["Date"]), int(r[ISLANDS]), SOURCE, note)
    return rows


def _landed(day: date, persons: int, source: str, note: str) -> list[Cells]:
    """One row for each nationality."""
    shares = [n.shares[MONTHS.get(day.month, 0)] for n in NATIONALITIES]
    return [
        {"origin": n.origin, "date": day.isoformat(), "persons": part, "source": source,
         "note": note}
        for n, part in zip(NATIONALITIES, _whole(persons, shares), strict=True)
    ]  # fmt: skip


def _days(path: Path) -> list[dict[str, str]]:
    return [r for r in read_rows(path) if date.fromisoformat(r["Date"]) <= LAST_DAY]


def _whole(total: int, shares: list[float]) -> list[int]:
    """Whole numbers with these shares and this total (largest remainders)."""
    exact = [total * share / sum(shares) for share in shares]
    found = [int(x) for x in exact]
    order = sorted(range(len(exact)), key=lambda i: found[i] - exact[i])
    for i in order[: total - sum(found)]:
        found[i] += 1
    return found


def build_observations(path: Path) -> list[Cells]:
    """Daily passages at each border, and landings, which are given and not scored."""
    rows: list[Cells] = []
    for r in _days(path):
        day = date.fromisoformat(r["Date"])
        rows.append(
            _row(day, "GR-ISLANDS", int(r[ISLANDS]), "context", "Input, in departures.csv.")
        )
        for column, place, first, end in SERIES:
            if r[column] == "N/A":
                continue
            use = "context"
            if first <= day < end:
                use = "fit" if day <= LAST_FITTED else "check"
            note = "Estimate of arrivals by border and day, all nationalities, before any revision."
            rows.append(_row(day, place, int(r[column]), use, note))
    return rows


def _row(day: date, place: str, value: int, use: str, note: str) -> Cells:
    headline = place in ("MK-GEVGELIJA", "AT") and day in HEADLINES
    row: Cells = {
        "id": f"{place.lower().replace('-', '_')}_{day:%Y_%m_%d}", "measure": "entered",
        "place": place, "from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat(),
        "value": value, "use": use, "headline": "yes" if headline else "no",
        "published": (day + timedelta(days=1)).isoformat(), "basis": "official",
        "source": SOURCE, "note": note,
    }  # fmt: skip
    if use == "context" and value < STANDSTILL:
        return row | {"error": "exact"}
    if value < STANDSTILL:
        row["note"] = f"{note} A standstill of a day, or nobody counted: known to a factor of ten."
        return row | {"error": "approximate", "error_sd": STANDSTILL_SD}
    return row | {"error": "approximate", "error_sd": ERROR_SD}
