"""observations.csv: published counts the forecast is compared with.

Border counts end with 29 September 2022: later ones of that year are kept apart. Each scored row is
`fit` or `check` by a rule that looks at nothing else: whatever speaks of a later day is `check`; of
the others, within a measure and place, by first day and name, every third is. Rows that count
something else, or that conflict with a better one, are `context`.

How exact a figure is (`error`), unless its row says otherwise: a published range is a range; people
present and figures told by others are approximate, 10 %, for nobody counts them at a gate; a figure
that ends on two zeros or more is rounded; any other is the exact count of an authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from .evidence import LAST_BORDER_DAY, Cells, Evidence, last_day


@dataclass(frozen=True)
class Seen:
    """One observation and the key of its row in flows.csv (series, start, end, value, crossing)."""

    id: str
    measure: str
    place: str
    key: tuple[str, str, str, str]
    crossing: str = ""
    headline: bool = False
    context: bool = False
    low: float | None = None
    high: float | None = None
    start: str = ""
    end: str = ""
    value: float | None = None
    note: str = ""
    check: bool = False
    error: str = ""
    error_sd: float | None = None


FI_DAY, FI_SE = "finland_land_entries_daily", "finland_se_entries_daily"


def _finland() -> list[Seen]:
    days = (("14", "3133"), ("17", "5286"), ("19", "3099"), ("20", "3403"), ("21", "4824"),
            ("22", "6470"), ("23", "7667"), ("24", "8572"), ("25", "8314"), ("26", "7743"),
            ("27", "7056"))  # fmt: skip
    southeast = (("14", "2794"), ("15", "2874"), ("19", "2804"), ("20", "3099"), ("21", "4443"),
                 ("22", "5959"), ("24", "7662"))  # fmt: skip
    weeks = "finland_land_entries_weekly"
    rows = [
        Seen(f"fi_{d}_sep", "passages", "FI-ROAD", (FI_DAY, f"2022-09-{d}", f"2022-09-{d}", v))
        for d, v in days
    ]
    se = [
        Seen(f"fi_se_{d}_sep", "passages", "FI-SOUTHEAST",
             (FI_SE, f"2022-09-{d}", f"2022-09-{d}", v))
        for d, v in southeast
    ]  # fmt: skip
    return [
        *rows,
        *se,
        Seen("fi_week_before", "passages", "FI-ROAD", (weeks, "2022-09-14", "2022-09-20", "26506"),
             headline=True),
        Seen("fi_week_after", "passages", "FI-ROAD", (weeks, "2022-09-21", "2022-09-27", "50655"),
             headline=True),
        Seen("fi_week_other", "passages", "FI-ROAD", (weeks, "2022-09-19", "2022-09-25", "35000"),
             context=True, note="Quoted by an Estonian official; the southeast alone was higher."),
        Seen("fi_weekend_delfi", "passages", "FI-ROAD",
             ("finland_land_entries_multi", "2022-09-23", "2022-09-25", "20000"), context=True,
             note="The daily counts of the border guard, which sum to 24,553, are taken."),
        Seen("fi_28_sep", "passages", "FI-ROAD", (FI_DAY, "2022-09-28", "2022-09-28", "4000"),
             context=True, note="Approximate level of the following days."),
        Seen("fi_se_29_sep", "passages", "FI-SOUTHEAST",
             (FI_SE, "2022-09-29", "2022-09-29", "4604"), headline=True),
        Seen("fi_se_week_19_sep", "passages", "FI-SOUTHEAST",
             ("finland_se_entries_weekly", "2022-09-19", "2022-09-25", "38444")),
        Seen("fi_lapland_25_sep", "passages", "FI-LAPLAND",
             ("finland_lapland_entries_daily", "2022-09-25", "2022-09-25", "80"), error="rounded"),
        Seen("fi_since_invasion", "passages", "FI-LAND",
             ("frontex_cumulative_by_country", "2022-02-24", "2022-08-22", "328185")),
        Seen("fi_imatra_queue", "wait_hours", "FI-IMATRA",
             ("finland_queue", "2022-09-23", "2022-09-23", "1"), low=0.5, high=2),
        Seen("fi_asylum_after_decree", "asylum_claims", "FI",
             ("finland_asylum_applications", "2022-09-21", "2022-09-30", "100"), low=70, high=130,
             note="Claims in the country; many were made at the border."),
        Seen("fi_asylum_2022", "asylum_claims", "FI",
             ("finland_asylum_applications", "2022-01-01", "2022-12-31", "1172"),
             start="2022-02-01", error="approximate", error_sd=0.05,
             note="January, outside the run, had few."),
    ]  # fmt: skip


def _georgia() -> list[Seen]:
    daily = "georgia_entries_daily"
    return [
        Seen("ge_17_26_sep", "passages", "GE",
             ("georgia_entries_multi", "2022-09-17", "2022-09-26", "78742"), headline=True),
        Seen("ge_23_26_sep", "passages", "GE",
             ("georgia_entries_multi", "2022-09-23", "2022-09-26", "40548")),
        Seen("ge_media_week", "passages", "GE",
             ("georgia_entries_multi", "2022-09-21", "2022-09-26", "53000"), context=True,
             note="Press sum; the ministry's ten days are taken."),
        Seen("ge_before", "passages", "GE",
             ("georgia_entries_daily_typical", "2022-09-18", "2022-09-20", "5000"), value=16500,
             low=15000, high=18000, note="Three days at 5 to 6 thousand a day."),
        Seen("ge_25_sep", "passages", "GE", (daily, "2022-09-25", "2022-09-25", "11143"),
             low=11143, high=11200),
        Seen("ge_26_sep", "passages", "GE", (daily, "2022-09-26", "2022-09-26", "10804"),
             low=10000, high=10804,
             note="The ministry's exact figure; the minister said 10,400, agencies under 10,000."),
        Seen("ge_28_sep", "passages", "GE", (daily, "2022-09-28", "2022-09-28", "9642"),
             error="approximate", note="24 hours from 10:00, so part of the next day."),
        Seen("ge_29_sep", "passages", "GE", (daily, "2022-09-29", "2022-09-29", "6109"),
             error="approximate", note="24 hours from the morning, so part of the next day."),
        Seen("ge_march", "passages", "GE",
             ("georgia_entries_monthly", "2022-03-01", "2022-03-31", "45068")),
        Seen("ge_june", "passages", "GE",
             ("georgia_entries_monthly", "2022-06-01", "2022-06-30", "135000"), error="rounded"),
        Seen("ge_march_june", "passages", "GE",
             ("georgia_entries_multi_month", "2022-03-01", "2022-06-30", "299094")),
        Seen("ge_first_weeks", "passages", "GE",
             ("georgia_wave1_entries", "2022-02-24", "2022-03-16", "30439")),
        Seen("ge_stayed_march", "stock", "GE",
             ("georgia_wave1_net", "2022-02-24", "2022-03-16", "12638"), start="2022-03-16",
             end="2022-03-16", note="Entries less exits since the invasion: who was there then."),
        Seen("ge_stayed_september", "stock", "GE",
             ("georgia_wave1_net", "2022-02-24", "2022-09-20", "43000"), start="2022-09-20",
             end="2022-09-20", headline=True, note="Net of the first wave by the government."),
        Seen("ge_stock_2023", "stock", "GE", ("georgia_stock", "2023-01-01", "2023-01-01", "60000"),
             low=60000, high=100000,
             note="Minister: about 60 thousand remained; Geostat counted 62,304 immigrants in "
             "2022; other voices up to 100 thousand."),
        Seen("ge_lars_queue_27_sep", "wait_hours", "GE-LARS",
             ("georgia_queue", "2022-09-27", "2022-09-27", "40"), value=45, low=40, high=50),
        Seen("ge_lars_queue_28_sep", "wait_hours", "GE-LARS",
             ("georgia_queue", "2022-09-28", "2022-09-28", "72"), low=72, high=168, context=True,
             note="By car; many left their cars and walked."),
    ]  # fmt: skip


def _kazakhstan() -> list[Seen]:
    return [
        Seen("kz_21_27_sep", "passages", "KZ",
             ("kazakhstan_entries_cumulative", "2022-09-21", "2022-09-27", "98000"),
             headline=True),
        Seen("kz_29_sep", "passages", "KZ",
             ("kazakhstan_entries_daily", "2022-09-29", "2022-09-29", "22500")),
        Seen("kz_before", "passages", "KZ",
             ("kazakhstan_entries_daily_typical", "2022-09-01", "2022-09-20", "8000"),
             value=170000, low=160000, high=180000,
             note="20 days at 8 to 9 thousand; another report says 9 to 12 thousand."),
        Seen("kz_july", "passages", "KZ",
             ("kazakhstan_entries_monthly", "2022-07-01", "2022-07-31", "485000")),
        Seen("kz_summer", "passages", "KZ",
             ("kazakhstan_entries_multi_month", "2022-06-01", "2022-08-31", "1200000")),
        Seen("kz_first_weeks", "passages", "KZ",
             ("kazakhstan_wave1_entries", "2022-02-24", "2022-04-11", "130000")),
        Seen("kz_karaozek_queue", "wait_hours", "KZ-KURMANGAZY",
             ("kazakhstan_queue", "2022-09-25", "2022-09-25", "10"), low=8, high=20),
        Seen("kz_mashtakovo_queue", "wait_hours", "KZ-SYRYM",
             ("kazakhstan_queue", "2022-09-23", "2022-09-28", "120"), context=True,
             error="approximate",
             note="One traveller's account."),
        Seen("kz_stock_2022", "stock", "KZ",
             ("kazakhstan_stock", "2022-12-31", "2022-12-31", "146000"), low=100000, high=146000,
             headline=True, note="Registered arrivals; the labour minister said 100 thousand a "
             "month before; 298 thousand of another source holds long-standing residents."),
        Seen("kz_stock_2023", "stock", "KZ",
             ("kazakhstan_stock", "2023-12-31", "2023-12-31", "80000"),
             note="Fewer than this a year later."),
        Seen("kz_stock_all", "stock", "KZ",
             ("kazakhstan_stock", "2022-12-20", "2022-12-20", "298000"), context=True,
             note="Includes long-standing residents."),
    ]  # fmt: skip


def _europe() -> list[Seen]:
    cumulative = "frontex_cumulative_by_country"
    return [
        Seen("eu_week_19_sep", "passages", "EU-LAND",
             ("frontex_entries_weekly", "2022-09-19", "2022-09-25", "66000"), headline=True,
             error="approximate", error_sd=0.05,
             note="All land borders; here those with Russia, and Lithuania's with Belarus, whose "
             "own counts of that week come to 4 % less."),
        Seen("eu_since_invasion", "passages", "EU-LAND",
             ("frontex_entries_cumulative", "2022-02-24", "2022-08-22", "998085")),
        Seen("eu_since_invasion_sep", "passages", "EU-LAND",
             ("frontex_entries_cumulative", "2022-02-24", "2022-09-25", "1303000"), context=True,
             note="305 thousand above the figure of 22 August, more than the states' own sums."),
        Seen("ee_since_invasion", "passages", "EE-LAND",
             (cumulative, "2022-02-24", "2022-08-22", "281957")),
        Seen("lv_since_invasion", "passages", "LV-LAND",
             (cumulative, "2022-02-24", "2022-08-22", "54618"), low=35000, high=54618,
             note="A Polish copy gives 35 thousand."),
        Seen("no_since_invasion", "passages", "NO-STORSKOG",
             (cumulative, "2022-02-24", "2022-08-22", "8000")),
        Seen("pl_since_invasion", "passages", "PL-LAND",
             (cumulative, "2022-02-24", "2022-08-22", "26500")),
        Seen("ee_april", "passages", "EE-LAND",
             ("estonia_entries_monthly", "2022-04-01", "2022-04-30", "40300")),
        Seen("ee_july", "passages", "EE-LAND",
             ("estonia_entries_monthly", "2022-07-01", "2022-07-31", "71143")),
        Seen("ee_week_22_aug", "passages", "EE-LAND",
             ("estonia_entries_weekly", "2022-08-22", "2022-08-28", "11500")),
        Seen("ee_week_19_sep", "passages", "EE-LAND",
             ("estonia_entries_weekly", "2022-09-19", "2022-09-25", "7500"),
             low=7500, high=10236,
             note="Russian citizens; 10,236 persons came from Russia in six days."),
        Seen("ee_narva", "passages", "EE-NARVA",
             ("estonia_narva_entries_cumulative", "2022-02-27", "2022-09-18", "300000"),
             error="approximate", note="A round figure of seven months."),
        Seen("lv_week_19_sep", "passages", "LV-LAND",
             ("latvia_entries_weekly", "2022-09-19", "2022-09-25", "2075")),
        Seen("lt_week_19_sep", "passages", "LT",
             ("lithuania_entries_weekly", "2022-09-19", "2022-09-25", "9896")),
        Seen("lt_august", "passages", "LT",
             ("lithuania_entries_monthly", "2022-08-01", "2022-08-31", "83000")),
        Seen("lt_12_sep", "passages", "LT",
             ("lithuania_entries_daily", "2022-09-12", "2022-09-12", "2141")),
        Seen("lt_19_sep", "passages", "LT",
             ("lithuania_entries_daily", "2022-09-19", "2022-09-19", "1159"), low=1159, high=1461),
        Seen("pl_19_27_sep", "passages", "PL-LAND",
             ("poland_kaliningrad_entries", "2022-09-19", "2022-09-27", "1910")),
        Seen("de_asylum_2022", "asylum_claims", "DE",
             ("germany_asylum_annual", "2022-01-01", "2022-12-31", "3862"), start="2022-02-01",
             context=True, note="Claims in the country of people who had entered otherwise."),
        Seen("no_asylum_2022", "asylum_claims", "NO",
             ("norway_asylum", "2022-01-01", "2022-12-31", "283"), start="2022-02-01",
             context=True, note="A later tally says 294; claims in the country."),
    ]  # fmt: skip


def _elsewhere() -> list[Seen]:
    return [
        Seen("tr_first_weeks", "arrived", "TR",
             ("turkey_wave1_entries", "2022-02-24", "2022-03-21", "14000")),
        Seen("tr_air_after_decree", "passages", "AIR-TR",
             ("air_arrivals_estimate", "2022-09-20", "2022-09-23", "31000"), context=True,
             note="Upper bound from seats, Moscow alone."),
        Seen("tr_permits_2022", "stock_permitted", "TR",
             ("turkey_residence_permits", "2022-12-31", "2022-12-31", "153000"), context=True,
             note="With residents of long standing; 132 thousand of them short-term permits."),
        Seen("rs_flights_after_decree", "passages", "AIR-RS",
             ("air_arrivals_estimate", "2022-09-20", "2022-09-23", "1068"), context=True,
             note="Full seats of seven flights of one carrier."),
        Seen("rs_stayed_september", "stock", "RS",
             ("serbia_arrivals", "2022-02-24", "2022-09-25", "12000"), start="2022-09-25",
             end="2022-09-25", note="Prime minister; a press figure of 104 thousand counts "
             "entries."),
        Seen("rs_residents_2023", "stock", "RS",
             ("serbia_temp_residence", "2022-02-24", "2023-06-30", "30000"), start="2023-06-30",
             end="2023-06-30", note="Registered for temporary residence."),
        Seen("am_stock_2022", "stock", "AM",
             ("armenia_stock", "2022-12-31", "2022-12-31", "110000"), low=30000, high=110000,
             headline=True, note="Economy ministry; many hold Armenian passports too: only 30 "
             "thousand with Russian citizenship alone in May 2023."),
        Seen("il_aliyah_2022", "arrived", "IL",
             ("israel_aliyah_annual", "2022-01-01", "2022-12-31", "43000"), start="2022-02-01",
             error="approximate", error_sd=0.05,
             note="Immigrants under the Law of Return; January, outside the run, had few."),
        Seen("il_aliyah_to_july", "arrived", "IL",
             ("israel_aliyah_cumulative", "2022-01-01", "2022-07-25", "19168"),
             start="2022-02-01", error="approximate", error_sd=0.05,
             note="January, outside the run, had few."),
        Seen("me_residents_2023", "stock", "ME",
             ("montenegro_residents", "2023-02-28", "2023-02-28", "20000"), context=True,
             note="All permits, those of long standing too."),
    ]  # fmt: skip


def _all_russia() -> list[Seen]:
    total = "russia_emigration_total_estimate"
    return [
        Seen("left_2022", "departed", "*", (total, "2022-01-01", "2022-12-31", "800000"),
             value=800000, low=500000, high=1100000, start="2022-02-01", headline=True,
             check=True, note="Demographers 500 to 800 thousand, a bank 1.1 million; the British "
             "ministry's 1.3 million is an upper bound."),
        Seen("left_to_july_2023", "stock", "*",
             (total, "2022-02-24", "2023-07-28", "820000"), value=870000, low=820000, high=920000,
             start="2023-07-28", end="2023-07-28", check=True,
             note="From data of host countries, so people present."),
        Seen("left_2022_upper", "departed", "*", (total, "2022-01-01", "2022-12-31", "1300000"),
             start="2022-02-01", context=True, note="Upper bound."),
        Seen("left_2022_for_good", "departed", "*", (total, "2022-01-01", "2022-12-31", "500000"),
             start="2022-02-01", context=True, note="Those who did not come back."),
        Seen("left_first_ten_days", "departed", "*",
             ("russia_wave1_total_estimate", "2022-02-24", "2022-03-06", "200000"), context=True,
             note="A guess of the first days that was widely quoted."),
        Seen("returned_to_october_2023", "stock_returned", "*",
             ("returns_persons", "2022-02-24", "2023-10-25", "120000"), start="2023-10-25",
             end="2023-10-25", check=True, error="approximate", error_sd=0.25,
             note="15 % of those who left; official claims of half are not taken."),
        Seen("exit_after_decree", "departed", "*",
             ("russia_exit_mobilisation_total", "2022-09-21", "2022-09-24", "261000"),
             context=True, note="An official note, doubted by its own source."),
    ]  # fmt: skip


def build_observations(evidence: Evidence) -> list[Cells]:
    """All rows of observations.csv."""
    seen = [*_finland(), *_georgia(), *_kazakhstan(), *_europe(), *_elsewhere(), *_all_russia()]
    uses = _uses(seen)
    return [_row(s, evidence, uses[s.id]) for s in seen]


def _uses(seen: list[Seen]) -> dict[str, str]:
    """Context as said; what is later, and every third of a measure and place, is kept back."""
    uses = {s.id: "check" for s in seen if s.check or _last(s) > LAST_BORDER_DAY}
    uses |= {s.id: "context" for s in seen if s.context}
    scored = sorted(
        (s for s in seen if s.id not in uses), key=lambda s: (s.measure, s.place, s.key[1], s.id)
    )
    for _, rows in groupby(scored, key=lambda s: (s.measure, s.place)):
        for i, s in enumerate(rows):
            uses[s.id] = "check" if i % 3 == 2 else "fit"
    return uses


def _last(seen: Seen) -> date:
    """The last day of which a figure speaks."""
    _, first, last, _ = seen.key
    return date.fromisoformat(seen.end or last or first)


def _row(seen: Seen, evidence: Evidence, use: str) -> Cells:
    flow = evidence.flow(*seen.key, crossing=seen.crossing)
    start = date.fromisoformat(seen.start or flow["date_start"])
    last = date.fromisoformat(seen.end or flow["date_end"] or flow["date_start"])
    _refuse_late_border_counts(seen, last)
    published = last_day(flow["published"]) if flow["published"] else last + timedelta(days=1)
    estimate = any(w in flow["series"] for w in ("estimate", "stock", "wave1_net", "returns"))
    note = seen.note or ("As stated by the source." if estimate else "")
    value = seen.value if seen.value is not None else float(flow["value"])
    return {
        "id": seen.id, "measure": seen.measure, "place": seen.place, "from": start.isoformat(),
        "to": (last + timedelta(days=1)).isoformat(),
        "value": value, "low": seen.low, "high": seen.high,
        "error": _error(seen, value, is_told=estimate), "error_sd": seen.error_sd,
        "use": use, "headline": seen.headline,
        "published": max(published, last).isoformat(),
        "basis": "reported" if estimate else "official",
        "source": evidence.flow_source(flow), "note": note,
    }  # fmt: skip


def _error(seen: Seen, value: float, *, is_told: bool) -> str:
    """How exact a figure is, by the rule at the top of this file."""
    if seen.error:
        return seen.error
    if seen.low is not None or seen.high is not None:
        return "range"
    if is_told or seen.measure.startswith("stock"):
        return "approximate"
    return "rounded" if value % 100 == 0 else "exact"


def _refuse_late_border_counts(seen: Seen, last: date) -> None:
    """No passages or claims at borders after the last day; totals of years are not passages."""
    is_passage = seen.measure in ("passages", "wait_hours", "entered", "exited")
    if is_passage and last > LAST_BORDER_DAY:
        raise ValueError(f"{seen.id}: a border count after {LAST_BORDER_DAY}")
