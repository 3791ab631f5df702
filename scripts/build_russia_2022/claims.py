"""claims.csv: what three news reports say that can be counted, in our own words.

A row each for every way in which a statement can be read; figures that the model does not simulate
are kept too, so that a reader sees why they are not compared. No border count of October to
December 2022 is used: claims about those days say only what a rule does.
"""

from __future__ import annotations

from scripts.scenario_tables import Cells

from .evidence import Evidence

AFP, KONTUR, DELFI = "report-afp-finland", "report-kontur-emigres", "report-rusdelfi-estonia"

_SOURCES = (
    (
        DELFI,
        "Report on families from Russia who leave Estonia",
        "RusDelfi (translation)",
        "000_5153e6f39e425143.txt",
        "The report bears no title and no date; August 2022 by the rules it names.",
    ),
    (
        AFP,
        "Stories of Russians fleeing borders closed 'forever'",
        "AFP (as reprinted in translation)",
        "001_778bbb137ffcf9e7.txt",
        "Figures of border officials without a table; of 29 September 2022 by its content.",
    ),
    (
        KONTUR,
        "'If you leave the country, you are an enemy': Kremlin bashes new wave of expats",
        "Kontur",
        "002_ca8691d98d04e856.txt",
        "The report bears no date; December 2023 by its content. Figures are quoted.",
    ),
)

_GUARD = ("border officials of Finland, quoted by AFP", "2022-09-29", AFP)
_AFP = ("AFP", "2022-09-29", AFP)
_SURVEY = ("telephone survey of 1,611 people, October 2023, quoted by Kontur", "2023-12-11", KONTUR)
_DIRECTION = "The report gives a direction without a figure; the choice of days is ours."
_TOURIST_VISAS = "schengen_visa_fi|schengen_visa_ee|schengen_visa_other"

# Weeks of seven days before and after the decree of 21 September 2022.
_AFTER = {"from": "2022-09-21", "to": "2022-09-28"}
_BEFORE = {"than_from": "2022-09-14", "than_to": "2022-09-21"}
_LAST_DAYS = {"from": "2022-09-24", "to": "2022-09-29"}


def _row(
    name: str, seed: str, said: tuple[str, str, str], statement: str, **cells: object
) -> Cells:
    return {
        "id": name, "seed_claim": seed, "said_by": said[0], "said_on": said[1],
        "statement": statement, "source": said[2], **cells,
    }  # fmt: skip


def _entries_finland() -> list[Cells]:
    doubled = "Entries over the land border nearly doubled after the announcement."
    daily = "Seven to eight thousand a day enter Finland."
    most = "Most of them enter at Vaalimaa."
    counted = {"counts": "passages", "measure": "passages"}
    road = {**counted, "place": "FI-ROAD"}
    vaalimaa = {**counted, "place": "FI-VAALIMAA"}
    return [
        _row("fi_doubled", "F01", _GUARD, doubled, kind="ratio", **road, **_AFTER, **_BEFORE,
             value=2, wording="nearly", note="The week after the decree relative to the week "
             "before it."),
        _row("fi_seven_to_eight_thousand", "F02", _GUARD, daily, kind="value", **road,
             **_LAST_DAYS, per="day", value=7500, low=7000, high=8000,
             note="Recent days: the five days before the report. Russian citizens at road "
             "crossings."),
        _row("fi_most_at_vaalimaa_half", "F02", _GUARD, most, kind="ratio", **vaalimaa,
             **_LAST_DAYS, value=0.5, wording="more_than", than_place="FI-ROAD",
             note="Read as more than half of all."),
        _row("fi_most_at_vaalimaa_first", "F02", _GUARD, most, kind="ratio", **vaalimaa,
             **_LAST_DAYS, value=1, wording="more_than", than_place="FI-NUIJAMAA",
             note="Read as more than at any other point: Nuijamaa is the next."),
        _row("fi_growing", "F04", _AFP, "More and more people leave by Vaalimaa.", kind="rises",
             **vaalimaa, **_AFTER, **_BEFORE, note=_DIRECTION),
        _row("fi_wednesday_slower", "F05", _GUARD, "Wednesday was slower.", kind="falls", **road,
             **{"from": "2022-09-28", "to": "2022-09-29"},
             than_from="2022-09-25", than_to="2022-09-28",
             note="Wednesday 28 September relative to the three days before it."),
        _row("fi_tourists_end", "F03", ("government of Finland, quoted by AFP", "2022-09-29", AFP),
             "From midnight nobody enters on a tourist visa.", kind="ratio", counts="passages",
             measure="entered", place="FI", **{"from": "2022-09-30", "to": "2022-10-07"},
             than_from="2022-09-23", than_to="2022-09-30", attribute="document",
             category=_TOURIST_VISAS, value=0, low=0, high=0.05,
             note="Emigrants on Schengen tourist visas: first week relative to the week before. "
             "People who claim asylum at the border are admitted on any document: up to 5 percent "
             "counts as nobody. No border count is used."),
        _row("fi_transit_thousands", "F07", _AFP,
             "Vaalimaa is the point of transit of thousands who go on to Georgia, Kazakhstan or "
             "Türkiye.", kind="value", counts="passages", measure="entered_transit",
             place="FI-VAALIMAA", **{"from": "2022-09-21", "to": "2022-09-30"}, value=2000,
             wording="more_than",
             note="Thousands: at least two. Any other destination counts, as the report's other "
             "example does."),
    ]  # fmt: skip


def _vaalimaa_years() -> list[Cells]:
    counted = {"kind": "value", "measure": "passages", "place": "FI-VAALIMAA"}
    both = {**counted, "counts": "both_ways", "per": "year"}
    return [
        _row("vaalimaa_before_covid", "F11", _GUARD,
             "Vaalimaa saw 2.5 million crossings a year before Covid.", **both,
             **{"from": "2019-01-01", "to": "2020-01-01"}, value=2500000,
             note="In both directions and of all nationalities; 2019 is used as the year."),
        _row("vaalimaa_in_the_pandemic", "F11", _GUARD,
             "During the pandemic they fell to 250,000.", **both,
             **{"from": "2021-01-01", "to": "2022-01-01"}, value=250000,
             note="In both directions and of all nationalities; 2021 is used as the year."),
        _row("vaalimaa_back_at_90_percent", "F11", _GUARD,
             "In recent days crossings are back at 90 percent of the level of 2019.",
             **{**counted, "kind": "ratio"}, counts="passages", **_LAST_DAYS, per="year",
             value=0.9, wording="about", than_value=1250000,
             note="Entries are taken as half of the 2.5 million crossings. Those were of all "
             "nationalities, the run has Russian citizens only: read the result as a level."),
    ]  # fmt: skip


def _elsewhere() -> list[Cells]:
    rises = "Others leave for Georgia, Kazakhstan or Türkiye."
    counted = {"kind": "rises", "counts": "passages", "measure": "passages"}
    before_georgia = {"than_from": "2022-09-18", "than_to": "2022-09-21"}
    before_kazakhstan = {"than_from": "2022-09-01", "than_to": "2022-09-21"}
    return [
        _row("ge_rises", "F08", _AFP, rises, **counted, place="GE", **_AFTER, **before_georgia,
             note=_DIRECTION),
        _row("kz_rises", "F08", _AFP, rises, **counted, place="KZ", **_AFTER, **before_kazakhstan,
             note=_DIRECTION),
        _row("tr_rises", "F08", _AFP, rises, **counted, place="TR", **_AFTER, **_BEFORE,
             note=_DIRECTION),
        _row("ee_tourists_end", "E07", ("residents of Estonia from Russia, quoted by RusDelfi",
                                        "2022-08-01", DELFI),
             "Estonia stops entry on tourist visas.", kind="falls", counts="passages",
             measure="entered", place="EE-LAND", **{"from": "2022-09-19", "to": "2022-10-19"},
             than_from="2022-07-18", than_to="2022-08-18", attribute="document",
             category=_TOURIST_VISAS,
             note="Emigrants on tourist visas of any state: the month from the rule of 19 "
             "September relative to the month before the first rule, of 18 August. Close "
             "relatives are still admitted, so the number falls but not to zero."),
    ]  # fmt: skip


def _departures_and_stocks() -> list[Cells]:
    ministry = ("United Kingdom Ministry of Defence, quoted by Kontur", "2023-12-11", KONTUR)
    kontur = ("Kontur", "2023-12-11", KONTUR)
    returns = {"kind": "falls", "counts": "people", "measure": "returned", "place": "*"}
    return [
        _row("left_in_2022", "K01", ministry, "1.3 million left Russia in 2022.", kind="value",
             counts="people", measure="departed", place="*",
             **{"from": "2022-02-01", "to": "2023-01-01"}, value=1300000,
             note="January, before the run starts, had few. How the ministry counted is unknown."),
        _row("am_first_year", "K08", kontur,
             "More than 100,000 moved to Armenia in the first year of the war.", kind="value",
             counts="people", measure="arrived", place="AM",
             **{"from": "2022-02-24", "to": "2023-02-24"}, value=100000, wording="more_than"),
        _row("returns_delayed", "K02", kontur,
             "Hostile speech makes people put off their return.", **returns,
             **{"from": "2023-07-01", "to": "2023-12-01"}, than_from="2022-12-01",
             than_to="2023-07-01", note=_DIRECTION),
        _row("returns_after_13_october", "K03", kontur,
             "Since 13 October 2023 return depends on behaviour abroad, which makes coming back "
             "less likely.", **returns, **{"from": "2023-10-13", "to": "2024-01-01"},
             than_from="2023-07-25", than_to="2023-10-13", note=_DIRECTION),
    ]  # fmt: skip


def _survey() -> list[Cells]:
    rows = (
        ("incentives", 39, "for benefits that bring people back"),
        ("penalties", 4, "for penalties on those who stay away"),
        ("ban", 20, "for a ban on return"),
        ("ban_18_29", 14, "of those aged 18 to 29 for a ban on return"),
        ("ban_60", 25, "of those aged 60 and more for a ban on return"),
        ("graduates", 46, "of graduates for bringing people back"),
    )
    return [
        _row(f"survey_{name}", "K04", _SURVEY, f"{value} percent {words}.", kind="value",
             counts="opinions", value=value)
        for name, value, words in rows
    ]  # fmt: skip


def build_claims(evidence: Evidence) -> list[Cells]:
    """All rows of claims.csv."""
    for name, title, publisher, file, note in _SOURCES:
        evidence.sources.named(name, title, publisher, f"shared/seeds/{file}", note)
    return [
        *_entries_finland(),
        *_vaalimaa_years(),
        *_elsewhere(),
        *_departures_and_stocks(),
        *_survey(),
    ]
