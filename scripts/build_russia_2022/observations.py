"""observations.csv: published counts the forecast is compared with.

What is `fit` and what `check` follows from where and when a figure was counted, never from how well
it is met: whole series and whole weeks are kept back (SERIES_KEPT, WEEKS_KEPT), all else is `fit`.
Border counts of October to December 2022 are `check` or `context`: they serve neither the fit nor
the levels of traffic.csv. Rows that count something else, or that conflict with a better one, are
`context`.

How exact a figure is (`error`), unless its row says otherwise: a published range is a range; people
present and figures told by others are approximate, 10 %, for nobody counts them at a gate; a figure
that ends on two zeros or more is rounded; any other is the exact count of an authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from scripts.scenario_tables import Cells

from .evidence import LAST_BORDER_DAY, Evidence, last_day
from .levels import CAPACITY_SHARE


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


# Kept back as a whole: series of a measure and place, and spans of days of border counts.
SERIES_KEPT = (
    ("passages", "FI-SOUTHEAST"), ("passages", "LT"), ("passages", "EE-NARVA"), ("stock", "*"),
    ("stock_returned", "*"), ("returned", "*"), ("onward", "*"), ("asylum_lodged", "NO"),
)  # fmt: skip
WEEKS_KEPT = (
    ("2022-06-01", "2022-06-30"), ("2022-08-22", "2022-08-31"), ("2022-09-30", "2022-12-31"),
    ("2023-10-01", "2023-12-31"),
)  # fmt: skip
BORDER = ("passages", "wait_hours", "entered", "exited", "entered_transit", "queued")
# Queues were counted in vehicles. 115 thousand people crossed at Upper Lars in 37 thousand vehicles
# in the week of 19 September; the share of Russians is that of the capacity (levels.py).
PER_VEHICLE = 3.1 * CAPACITY_SHARE["GE"]

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
             context=True, note="Quoted by an Estonian official; the count of the southeast alone "
             "was higher."),
        Seen("fi_weekend_delfi", "passages", "FI-ROAD",
             ("finland_land_entries_multi", "2022-09-23", "2022-09-25", "20000"), context=True,
             note="The border guard's daily counts, which add up to 24,553, are used instead."),
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
        Seen("fi_vaalimaa_queue", "queued", "FI-VAALIMAA",
             ("finland_queue", "2022-09-27", "2022-09-27", "50"), value=190, low=100, high=300,
             context=True, note="50 to 70 cars in the morning, 3.1 persons each."),
    ]  # fmt: skip


def _finland_people() -> list[Seen]:
    return [
        Seen("fi_transit_after_decree", "entered_transit", "FI-ROAD",
             ("finland_transit_share", "2022-09-28", "2022-09-28", "80"), start="2022-09-21",
             end="2022-09-27", value=19300, low=12000, high=24000,
             note="Four in five of the excess over the week before (50,655 less 26,506), by the "
             "border guard and the ambassador; ordinary travellers have no further destination."),
        Seen("fi_jan_july_2023", "passages", "FI-LAND",
             ("finland_land_crossings_total", "2023-01-01", "2023-07-31", "973337"),
             value=243300, headline=True, error="approximate", error_sd=0.12,
             note="973,337 crossings in both directions, about half by Russian citizens; half of "
             "those are taken as entries."),
        Seen("fi_stock_2022", "stock", "FI",
             ("finland_immigration_annual", "2022-01-01", "2022-12-31", "6003"),
             start="2022-12-31", end="2022-12-31", value=9000, low=6000, high=15000,
             note="6,003 people moved from Russia permanently in the year; the range allows for "
             "claimants and visitors in addition."),
        Seen("fi_asylum_after_decree", "asylum_lodged", "FI",
             ("finland_asylum_applications", "2022-09-21", "2022-09-30", "100"), low=70, high=130,
             check=True, note="Claims in the country; many were made at the border."),
        Seen("fi_asylum_month", "asylum_lodged", "FI",
             ("finland_asylum_applications", "2022-09-21", "2022-10-21", "500"), check=True),
        Seen("fi_asylum_2022", "asylum_lodged", "FI",
             ("finland_asylum_applications", "2022-01-01", "2022-12-31", "1172"),
             start="2022-02-01", error="approximate", error_sd=0.05,
             note="January, before the run starts, had few."),
        Seen("fi_asylum_2023", "asylum_lodged", "FI",
             ("finland_asylum_applications", "2023-01-01", "2023-08-08", "270"), check=True),
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
             note="Sum by the press; the ministry's ten days are used."),
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
             end="2022-03-16", note="Entries less exits since the invasion: the stock at that "
             "time."),
        Seen("ge_stayed_september", "stock", "GE",
             ("georgia_wave1_net", "2022-02-24", "2022-09-20", "43000"), start="2022-09-20",
             end="2022-09-20", headline=True, note="Net inflow of the first wave, by the "
             "government."),
        Seen("ge_stock_2023", "stock", "GE", ("georgia_stock", "2023-01-01", "2023-01-01", "60000"),
             low=60000, high=100000,
             note="Minister: about 60 thousand remained; Geostat counted 62,304 immigrants in "
             "2022; other voices up to 100 thousand."),
        Seen("ge_september", "passages", "GE",
             ("georgia_entries_monthly", "2022-09-01", "2022-09-30", "222274"), check=True),
        Seen("ge_march_december", "passages", "GE",
             ("georgia_entries_multi_month", "2022-03-01", "2022-12-31", "1405552"), check=True),
        Seen("ge_half_2023", "passages", "GE",
             ("georgia_entries_halfyear", "2023-01-01", "2023-06-30", "741909"),
             note="Levels of ordinary travel in these months were set with this figure known."),
        Seen("ge_q4_2023", "passages", "GE",
             ("georgia_entries_quarterly", "2023-10-01", "2023-12-31", "348050")),
    ]  # fmt: skip


def _georgia_line() -> list[Seen]:
    return [
        Seen("ge_lars_queue_27_sep", "wait_hours", "GE-LARS",
             ("georgia_queue", "2022-09-27", "2022-09-27", "40"), value=45, low=40, high=50),
        Seen("ge_lars_queue_28_sep", "wait_hours", "GE-LARS",
             ("georgia_queue", "2022-09-28", "2022-09-28", "72"), low=72, high=168, context=True,
             note="By car; many left their cars and walked."),
        *[
            Seen(f"ge_lars_line_{day}_sep", "queued", "GE-LARS",
                 ("georgia_queue", f"2022-09-{day}", f"2022-09-{day}", str(vehicles)),
                 crossing=where, value=round(vehicles * PER_VEHICLE, -1),
                 error="approximate", error_sd=sd, check=day == 23,
                 note=f"{vehicles:,} vehicles with 3.1 persons, 85 % of them Russians.")
            for day, vehicles, sd, where in (
                (23, 1715, 0.3, "Upper Lars"), (24, 2300, 0.3, "Upper Lars"),
                # The line at the point alone, 3,500, leaves out those whom the police held back.
                (26, 5000, 0.3, "North Ossetia roads"),
                (27, 5500, 0.4, "Upper Lars"), (29, 5000, 0.3, "Upper Lars"),
            )
        ],
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
        Seen("kz_transit_after_decree", "entered_transit", "KZ",
             ("kazakhstan_transit_onward", "2022-09-21", "2022-09-26", "40000"), value=20000,
             low=8000, high=40000, context=True, note="40 thousand had moved on, mainly to "
             "Uzbekistan and Kyrgyzstan; most of them decided after arrival, or were on trips."),
        Seen("kz_september", "passages", "KZ",
             ("kazakhstan_entries_monthly", "2022-09-01", "2022-09-30", "406000"), context=True,
             note="More than 170 thousand up to the 20th, 98 thousand in the following week and "
             "67 thousand in the last three days together."),
        Seen("kz_stock_2022", "stock", "KZ",
             ("kazakhstan_stock", "2022-12-31", "2022-12-31", "146000"), low=100000, high=146000,
             headline=True, note="Registered arrivals; the labour minister said 100 thousand a "
             "month before; the 298 thousand of another source include long-standing residents."),
        Seen("kz_stock_2023", "stock", "KZ",
             ("kazakhstan_stock", "2023-12-31", "2023-12-31", "80000"), check=True,
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
             note="All land borders; here those with Russia and Lithuania's with Belarus, whose "
             "own counts of that week come to 4 % less."),
        Seen("eu_since_invasion", "passages", "EU-LAND",
             ("frontex_entries_cumulative", "2022-02-24", "2022-08-22", "998085")),
        Seen("eu_since_invasion_sep", "passages", "EU-LAND",
             ("frontex_entries_cumulative", "2022-02-24", "2022-09-25", "1303000"), context=True,
             note="305 thousand more than on 22 August, and more than the states' own sums."),
        *[
            Seen(f"eu_{name}", "passages", "EU-LAND",
                 ("frontex_entries_cumulative", "2022-02-24", end, cumulative), start=start,
                 end=end, check=True, value=value, error="approximate", error_sd=sd,
                 note="Difference of two totals since the invasion, rounded to thousands.")
            for name, start, end, cumulative, value, sd in (
                ("26_sep_2_oct", "2022-09-26", "2022-10-02", "1356000", 53000, 0.05),
                ("3_9_oct", "2022-10-03", "2022-10-09", "1379000", 23000, 0.07),
                ("10_30_oct", "2022-10-10", "2022-10-30", "1458000", 79000, 0.05),
            )
        ],
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
             error="approximate", note="A round figure for seven months."),
    ]  # fmt: skip


def _europe_states() -> list[Seen]:
    return [
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
        Seen("de_asylum_2022", "asylum_lodged", "DE",
             ("germany_asylum_annual", "2022-01-01", "2022-12-31", "3862"), start="2022-02-01",
             context=True, note="Includes repeated claims and claims by long-standing residents."),
        Seen("no_asylum_2022", "asylum_lodged", "NO",
             ("norway_asylum", "2022-01-01", "2022-12-31", "283"), start="2022-02-01",
             note="A later tally says 294; claims in the country."),
    ]  # fmt: skip


def _elsewhere() -> list[Seen]:
    return [
        Seen("tr_first_weeks", "arrived", "TR",
             ("turkey_wave1_entries", "2022-02-24", "2022-03-21", "14000")),
        Seen("tr_air_after_decree", "passages", "AIR-TR",
             ("air_arrivals_estimate", "2022-09-20", "2022-09-23", "31000"), context=True,
             note="Upper bound from seats, from Moscow alone."),
        Seen("tr_permits_2022", "stock_permitted", "TR",
             ("turkey_residence_permits", "2022-12-31", "2022-12-31", "153000"), context=True,
             note="Includes long-standing residents; 132 thousand hold short-term permits."),
        Seen("rs_flights_after_decree", "passages", "AIR-RS",
             ("air_arrivals_estimate", "2022-09-20", "2022-09-23", "1068"), context=True,
             note="Passengers on seven full flights of one carrier."),
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
             note="Immigrants under the Law of Return; January, before the run starts, had few."),
        Seen("il_aliyah_to_july", "arrived", "IL",
             ("israel_aliyah_cumulative", "2022-01-01", "2022-07-25", "19168"),
             start="2022-02-01", error="approximate", error_sd=0.05,
             note="January, before the run starts, had few."),
        Seen("il_aliyah_march", "arrived", "IL",
             ("israel_aliyah_monthly", "2022-03-01", "2022-03-31", "3361")),
        Seen("il_aliyah_may", "arrived", "IL",
             ("israel_aliyah_monthly", "2022-05-01", "2022-05-31", "4433")),
        Seen("il_aliyah_early_2023", "arrived", "IL",
             ("israel_aliyah_cumulative", "2023-01-01", "2023-02-28", "10203"), check=True),
        Seen("tr_october", "passages", "AIR-TR",
             ("turkey_russian_visitors", "2022-10-01", "2022-10-31", "767814"),
             error="approximate", error_sd=0.1, note="Some arrived from elsewhere or by sea."),
        Seen("me_residents_2023", "stock", "ME",
             ("montenegro_residents", "2023-02-28", "2023-02-28", "20000"), context=True,
             note="All permits, including those of long-standing residents."),
    ]  # fmt: skip


def _all_russia() -> list[Seen]:
    total = "russia_emigration_total_estimate"
    return [
        Seen("left_2022", "departed", "*", (total, "2022-01-01", "2022-12-31", "800000"),
             value=800000, low=500000, high=1100000, start="2022-02-01", headline=True,
             note="Demographers 500 to 800 thousand, a bank 1.1 million; the British "
             "ministry's 1.3 million is an upper bound."),
        Seen("left_to_july_2023", "stock", "*",
             (total, "2022-02-24", "2023-07-28", "820000"), value=870000, low=820000, high=920000,
             start="2023-07-28", end="2023-07-28",
             note="From data of host countries, so people present there."),
        Seen("onward_2023", "onward", "*",
             ("emigrant_onward_move_share", "2023-07-01", "2024-07-31", "21"),
             value=_in_four_months(0.21), end="2023-10-31", error="approximate", error_sd=0.3,
             note="21 % of a survey's respondents moved on within a year; four months of it for "
             "870 thousand people. Respondents are no sample of all who left."),
        Seen("returned_2023", "returned", "*", ("returns_share", "2023-07-01", "2024-07-31", "8"),
             value=_in_four_months(0.08), end="2023-10-31", error="approximate", error_sd=0.3,
             note="8 % of the same respondents returned within a year. People who left after "
             "summer 2023 and returned are not among them, but in the simulated count."),
        Seen("left_2022_upper", "departed", "*", (total, "2022-01-01", "2022-12-31", "1300000"),
             start="2022-02-01", context=True, note="Upper bound."),
        Seen("left_2022_for_good", "departed", "*", (total, "2022-01-01", "2022-12-31", "500000"),
             start="2022-02-01", context=True, note="People who did not return."),
        Seen("left_first_ten_days", "departed", "*",
             ("russia_wave1_total_estimate", "2022-02-24", "2022-03-06", "200000"), context=True,
             note="A widely quoted guess of the first days."),
        Seen("returned_to_october_2023", "stock_returned", "*",
             ("returns_persons", "2022-02-24", "2023-10-25", "120000"), start="2023-10-25",
             end="2023-10-25", low=120000, high=330000,
             note="15 % of those who left, by a survey among emigrants; 26 % by addresses in CVs; "
             "25 to 50 %, up to 330 thousand people, by recruiters."),
        Seen("exit_after_decree", "departed", "*",
             ("russia_exit_mobilisation_total", "2022-09-21", "2022-09-24", "261000"),
             context=True, note="An official note, doubted by its own source."),
    ]  # fmt: skip


def _in_four_months(share_per_year: float) -> float:
    """People in July to October 2023, from a yearly share of the 870 thousand abroad in July."""
    return round(share_per_year * 870_000 * 123 / 365, -3)


def build_observations(evidence: Evidence) -> list[Cells]:
    """All rows of observations.csv."""
    seen = [
        *_finland(), *_finland_people(), *_georgia(), *_georgia_line(), *_kazakhstan(),
        *_europe(), *_europe_states(), *_elsewhere(), *_all_russia(),
    ]  # fmt: skip
    uses = _uses(seen)
    return [_row(s, evidence, uses[s.id]) for s in seen]


def _uses(seen: list[Seen]) -> dict[str, str]:
    """Context as said; whole series and whole weeks are kept back; the others are fitted."""
    return {s.id: "context" if s.context else "check" if _is_kept(s) else "fit" for s in seen}


def _is_kept(seen: Seen) -> bool:
    """Whether a figure is kept back: by its series, or as a border count by its days."""
    if seen.check or (seen.measure, seen.place) in SERIES_KEPT:
        return True
    first = date.fromisoformat(seen.start or seen.key[1])
    return seen.measure in BORDER and any(
        date.fromisoformat(a) <= first and _last(seen) <= date.fromisoformat(b)
        for a, b in WEEKS_KEPT
    )


def _last(seen: Seen) -> date:
    """The last day of which a figure speaks."""
    _, first, last, _ = seen.key
    return date.fromisoformat(seen.end or last or first)


def _row(seen: Seen, evidence: Evidence, use: str) -> Cells:
    flow = evidence.flow(*seen.key, crossing=seen.crossing)
    start = date.fromisoformat(seen.start or flow["date_start"])
    last = date.fromisoformat(seen.end or flow["date_end"] or flow["date_start"])
    _refuse_late_border_counts(seen, use, last)
    published = last_day(flow["published"]) if flow["published"] else last + timedelta(days=1)
    estimate = any(
        w in flow["series"] for w in ("estimate", "stock", "wave1_net", "returns", "onward_move")
    )
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


def _refuse_late_border_counts(seen: Seen, use: str, last: date) -> None:
    """No border count that ends in October to December 2022 is fitted."""
    if use == "fit" and seen.measure in BORDER and LAST_BORDER_DAY < last < date(2023, 1, 1):
        raise ValueError(f"{seen.id}: a border count after {LAST_BORDER_DAY} in the fit")
