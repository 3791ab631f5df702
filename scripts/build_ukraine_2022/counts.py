"""observations.csv: UNHCR's counts to 31 March 2022, with the days on which they were public.

Daily totals come in vintages, each with its day of publication; the last one is the figure as
revised by 2023. Daily counts by country are given as revised only: they are dated to the day on
which the cumulative count of that day was first public, and their error covers later revisions.
The vintages kept by the evidence begin on 6 March.
"""

from datetime import date, timedelta
from pathlib import Path

from scripts.scenario_tables import Cells, read_rows

SOURCE = "unhcr-portal"
FIRST_VINTAGE = date(2022, 3, 6)
LAST_DAY = date(2022, 3, 31)
REVISED = date(2023, 1, 1)
# Kept back from any fit: the last eleven days.
CHECKED = (date(2022, 3, 21), LAST_DAY)
HEADLINES = (
    date(2022, 2, 28),
    date(2022, 3, 7),
    date(2022, 3, 14),
    date(2022, 3, 21),
    date(2022, 3, 28),
)
PLACES = {
    "POL": ("PL", "into Poland"),
    "HUN": ("HU", "into Hungary"),
    "SVK": ("SK", "into Slovakia"),
    "ROU_from_UKR": ("RO-UA", "into Romania from Ukraine"),
    "ROU_from_MDA": ("RO-PRUT", "into Romania from Moldova"),
}
BORDER = (
    "Persons who crossed {where}, all nationalities, as revised by 2023 (border guards, UNHCR)."
)


def use_of(day: date, series: str) -> str:
    """Whether the figure of a day is fitted, or held out to check the fit."""
    kept = series == "ROU_from_MDA" or CHECKED[0] <= day <= CHECKED[1]
    return "check" if kept else "fit"


def build_observations(folder: Path) -> list[Cells]:
    """Daily counts by border, daily totals in vintages, Moldova, waits."""
    daily = [r for r in read_rows(folder / "daily_by_country.csv") if _day(r) <= LAST_DAY]
    return [*by_border(daily), *totals(folder, daily), *moldova(daily), *russia(folder), *others()]


def _day(row: dict[str, str]) -> date:
    return date.fromisoformat(row["date"])


def _row(key: str, measure: str, place: str, first: date, last: date, value: float,
         published: date, use: str, note: str, **more: object) -> Cells:  # fmt: skip
    row: Cells = {
        "id": key, "measure": measure, "place": place, "from": first.isoformat(),
        "to": (last + timedelta(days=1)).isoformat(), "value": value, "error": "exact",
        "use": use, "headline": "no", "published": published.isoformat(), "basis": "official",
        "source": SOURCE, "note": note,
    }  # fmt: skip
    return row | more


def by_border(daily: list[dict[str, str]]) -> list[Cells]:
    """Daily passages at each border."""
    rows = []
    for r in daily:
        if r["country"] not in PLACES or not r["daily_persons"]:
            continue
        day, (place, where) = _day(r), PLACES[r["country"]]
        rows.append(
            _row(f"{place.lower().replace('-', '_')}_{day:%m_%d}", "passages", place, day, day,
                 int(r["daily_persons"]), max(day + timedelta(days=1), FIRST_VINTAGE),
                 use_of(day, r["country"]), BORDER.format(where=where), error="approximate",
                 error_sd=0.03, headline="yes" if day == HEADLINES[1] else "no")
        )  # fmt: skip
    return rows


def totals(folder: Path, daily: list[dict[str, str]]) -> list[Cells]:
    """Daily totals: every vintage replaces the one before it, the last is as revised by 2023."""
    vintages: dict[date, list[tuple[date, int]]] = {}
    for r in read_rows(folder / "daily_total_as_published.csv"):
        day, public = _day(r), date.fromisoformat(r["published_utc"])
        if day <= LAST_DAY and public > day:  # a count of the running day is not whole
            vintages.setdefault(day, []).append((public, int(r["persons"])))
    for r in daily:
        if r["country"] == "ALL":
            vintages.setdefault(_day(r), []).append((REVISED, int(r["daily_persons"])))
    rows = []
    for day, figures in sorted(vintages.items()):
        before = ""
        for number, (public, persons) in enumerate(sorted(figures)):
            final = public == REVISED
            key = f"all_{day:%m_%d}" + ("" if final else f"_v{number + 1}")
            note = "All neighbours; " + (
                "as revised by 2023 on an unknown day." if final else "first figures."
                if number == 0 else "revised.")  # fmt: skip
            rows.append(_row(key, "passages", "OUT", day, day, persons, public,
                             use_of(day, "ALL"), note, replaces=before,
                             error="exact" if final else "approximate",
                             error_sd=None if final else 0.05,
                             headline="yes" if final and day in HEADLINES else "no"))  # fmt: skip
            before = key
    return rows


def moldova(daily: list[dict[str, str]]) -> list[Cells]:
    """People present in Moldova, and those who entered it, between two days.

    Those present include people who rest for days on their way to Romania. Entries are fitted: the
    change of those present plus those who went on to Romania. UNHCR's cumulative arrivals from
    14 March on are this sum. It excludes those who left by air or went home: an error of 10 %. The
    number present follows from entries, rest and passages, and is held out.
    """
    present = {_day(r): int(r["cumulative_persons"]) for r in daily if r["country"] == "MDA"}
    onward = {_day(r): int(r["daily_persons"]) for r in daily if r["country"] == "ROU_from_MDA"}
    rows = []
    last, remained = min(present) - timedelta(days=1), 0
    for day in (d for d in present if d.day in (1, 4, 7, 10, 14, 17, 20, 24, 28, 31)):
        first, public = last + timedelta(days=1), max(day + timedelta(days=1), FIRST_VINTAGE)
        entered = present[day] - remained + sum(n for d, n in onward.items() if first <= d <= day)
        rows.append(_row(f"md_present_{day:%m_%d}", "present", "MD", day, day, present[day], public,
                         "check", "People from Ukraine who remained in Moldova, some on the way.",
                         error="approximate", error_sd=0.1))  # fmt: skip
        rows.append(_row(f"md_entered_{day:%m_%d}", "passages", "MD", first, day, entered, public,
                         use_of(day, "MDA"),
                         "Change of those who remained plus those who crossed into Romania.",
                         error="approximate", error_sd=0.1))  # fmt: skip
        last, remained = day, present[day]
    return rows


def russia(folder: Path) -> list[Cells]:
    """Passages into Russia and Belarus between two published cumulative counts."""
    places = {"RUS": "RU", "BLR": "BY"}
    rows: list[Cells] = []
    last: dict[str, tuple[date, int]] = {}
    for r in read_rows(folder / "cumulative_by_country_as_published.csv"):
        if r["country"] not in places or _day(r) > LAST_DAY:
            continue
        day, persons = _day(r), int(r["cumulative_persons"])
        earlier = last.get(r["country"])
        if earlier and (day - earlier[0]).days < 3:
            continue  # at least three days together, as first figures move between days
        if earlier and persons >= earlier[1]:
            first = earlier[0] + timedelta(days=1)
            place = places[r["country"]]
            rows.append(_row(f"{place.lower()}_{day:%m_%d}", "passages", place, first, day,
                             persons - earlier[1], date.fromisoformat(r["first_published_utc"]),
                             use_of(day, r["country"]), "Difference of two cumulative counts.",
                             error="approximate", error_sd=0.2))  # fmt: skip
        last[r["country"]] = (day, persons)
    return rows


def others() -> list[Cells]:
    """Waits and people displaced inside, from press and survey."""
    return [
        _row("medyka_wait_28_feb", "wait_hours", "PL-MEDYKA", date(2022, 2, 28),
             date(2022, 2, 28), 30, date(2022, 2, 28), "fit",
             "More than a day at the busiest crossings.", error="range", low=24, high=60,
             source="queues-28-feb", basis="reported"),
        _row("siret_wait_28_feb", "wait_hours", "RO-SIRET", date(2022, 2, 28),
             date(2022, 2, 28), 25, date(2022, 2, 28), "fit",
             "Twenty to thirty hours to enter Romania.", error="range", low=20, high=30,
             source="queues-romania", basis="reported"),
        _row("medyka_wait_13_mar", "wait_hours", "PL-MEDYKA", date(2022, 3, 13),
             date(2022, 3, 13), 3, date(2022, 3, 15), "fit",
             "About three hours on foot.", error="range", low=1, high=6,
             source="shehyni-13-march", basis="reported"),
        _row("displaced_16_march", "stock_displaced", "INSIDE", date(2022, 3, 16),
             date(2022, 3, 16), 6480000, date(2022, 3, 21), "fit",
             "People displaced in Ukraine, by a telephone survey of 2,000 people between 9 and 16 "
             "March.", error="approximate", error_sd=0.1, source="iom-round-1",
             headline="yes"),
    ]  # fmt: skip
