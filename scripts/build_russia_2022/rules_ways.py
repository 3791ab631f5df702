"""Rules of the ways out: exit checks, capacities, fares, and rumours of closed borders."""

from __future__ import annotations

from .levels import AIR_SEATS, GE_SEATS, TH_SEATS
from .rule_rows import HOME, WITH_RULE, YOUNG_MEN, Rule

MEN_18_60 = "sex=male;age_band=18-27|28-35|36-50|51-60"
HALT = "2022-10-31"  # summonses halted; nobody knew it before
LAND_OPENS = "2022-07-04"  # the day on which the end of the pandemic rules was told


def exit_rules() -> list[Rule]:
    """Checks by Russia. The newest matching rule wins, so each states the whole share let out."""
    return [
        Rule("ru_land_covid", "exit", "RU-LAND", 0.35, "ru_land_covid_exit_lifted", start="",
             announced="", end="2022-07-15", end_announced=LAND_OPENS,
             why="until 15 July 2022 only stated grounds opened the land border; one in three "
             "who tried had one"),
        Rule("ru_land_covid_residents", "exit", "RU-LAND", 1, "ru_land_covid_exit_lifted",
             HOME, start="2022-02-01", announced="", end="2022-07-15", end_announced=LAND_OPENS,
             why="residents abroad and close family were allowed to leave"),
        Rule("ru_by_land_covid", "exit", "BY-LAND", 0.5, "", end="2022-03-18",
             why="Estimate: free road travel to Belarus was restored on 18 March 2022."),
        Rule("ru_mobilisation_exit", "exit", "RU-BORDER", 0.985, "ru_mobilisation_residence_rule",
             who=YOUNG_MEN, end=HALT, why="few were turned back in the first days"),
        Rule("kz_border_exit_refusals", "exit", "KZ-LAND", 0.96, "fsb_exit_refusals",
             who=YOUNG_MEN, end=HALT, why="isolated cases reported at several posts"),
        Rule("lars_draft_office", "exit", "GE-LARS", 0.93, "lars_draft_office", who=YOUNG_MEN,
             end="2022-10-22", why="summonses were handed out in the queue"),
        Rule("torfyanovka_draft_point", "exit", "FI-VAALIMAA", 0.97, "torfyanovka_draft_point",
             who=YOUNG_MEN, end=HALT, why="a call-up desk on the Russian side"),
        Rule("karaozek_draft_point", "exit", "KZ-KURMANGAZY", 0.90, "karaozek_draft_point",
             who=YOUNG_MEN, end=HALT, why="names were checked against the register"),
        Rule("ozinki_draft_office", "exit", "KZ-TASKALA", 0.93, "ozinki_draft_office",
             who=YOUNG_MEN, end=HALT, why="a call-up desk"),
        Rule("medics_travel_ban", "exit", "FI-LAND", 0.85, "spb_medics_travel_ban",
             who="occupation=doctor", why="exit rules apply to crossings, not origins, so the "
             "city's ban is applied to the crossings its residents use"),
        Rule("ru_e_summons_law", "exit", "RU-BORDER", 0.99, "ru_e_summons_law",
             who="sex=male;age_band=18-27|28-35", why="the register held few summonses"),
        Rule("ru_exit_ban_from_issue", "exit", "RU-BORDER", 0.985, "ru_exit_ban_from_issue",
             who="sex=male;age_band=18-27|28-35", why="the ban starts when a summons is issued"),
    ]  # fmt: skip


def exit_rumours() -> list[Rule]:
    """Rumours about Russia's own border; a rumour ends when nobody believes it any more.

    A rumour that names a day ends by itself some days after it, which is known with the rumour.
    """
    return [
        Rule("rumour_martial_law_mar2022", "exit", "RU-BORDER", 0, "rumour_martial_law_mar2022",
             who=MEN_18_60, credence=0.25, expected="2022-03-04", end="2022-03-08",
             end_announced=WITH_RULE, why="one in four believes it"),
        Rule("rumour_ticket_ban_men", "exit", "RU-BORDER", 0, "rumour_ticket_ban_men",
             who=MEN_18_60, credence=0.25, end="2022-09-25", why="one in four believes it"),
        Rule("rumour_exit_closure_sep28", "exit", "RU-BORDER", 0, "rumour_exit_closure_sep28",
             who=MEN_18_60, credence=0.4, expected="2022-09-28", end="2022-10-05",
             end_announced=WITH_RULE, why="four in ten believe it"),
        Rule("rumour_exit_closure_sep30", "exit", "RU-BORDER", 0,
             "rumour_exit_closure_other_dates", who=MEN_18_60, credence=0.3,
             expected="2022-09-30", end="2022-10-08", end_announced=WITH_RULE,
             why="three in ten believe it"),
        Rule("rumour_second_wave_jan2023", "exit", "RU-BORDER", 0, "rumour_second_wave_jan2023",
             who=MEN_18_60, credence=0.15, expected="2023-01-05", end="2023-01-20",
             end_announced=WITH_RULE, why="few believe a forecast by the opposing side"),
    ]  # fmt: skip


def _closures_of_finland() -> list[Rule]:
    steps: tuple[tuple[str, tuple[str, ...], str, str, dict[str, int]], ...] = (
        ("fi_close_four_crossings", ("VAALIMAA", "NUIJAMAA", "IMATRA", "NIIRALA"), "", "", {}),
        ("fi_only_raja_jooseppi", ("SALLA", "VARTIUS", "KUUSAMO"), "", "", {}),
        ("fi_full_closure_1", ("RAJAJOOSEPPI",), "", "", {}),
        ("fi_reopen_two", ("VAALIMAA", "NIIRALA"), "2023-12-15T20:00+02:00", "2023-12-14",
         {"VAALIMAA": 4000, "NIIRALA": 1200}),
        ("fi_full_closure_2", ("VAALIMAA", "NIIRALA"), "", "", {}),
    )  # fmt: skip
    return [
        Rule(f"{policy}_{name.lower()}", "capacity", f"FI-{name}", open_to.get(name, 0), policy,
             end=end, end_announced=told, why="as before the closure" if open_to else "")
        for policy, names, end, told, open_to in steps
        for name in names
    ]  # fmt: skip


def _flights() -> list[Rule]:
    stopped = ("TR", "AE", "EG", "AM", "UZ", "KZ", "KG", "TJ", "AZ", "IL", "IN")
    rules: list[Rule] = []
    for country in stopped:
        share = 0.1 if country == "EG" else 0.65
        rules.append(
            Rule(f"own_carriers_stop_{country.lower()}", "capacity", f"AIR-{country}",
                 round(AIR_SEATS[country][0] * share), "aeroflot_intl_stop", end="2022-04-15",
                 why="foreign carriers and a few Russian aircraft still flew; half restored by "
                 "mid-April")
        )  # fmt: skip
    rules.append(
        Rule("th_flights_resume", "capacity", "AIR-TH", TH_SEATS, "", start="2022-10-30",
             why="Estimate: direct flights from 30 October 2022; the number of seats is assumed.")
    )  # fmt: skip
    rules.append(
        Rule("ge_flights_resume", "capacity", "AIR-GE", GE_SEATS, "ge_flights_resume",
             why="seven services a day were planned")
    )  # fmt: skip
    return rules


def capacity_rules() -> list[Rule]:
    """Capacities of crossings and flights that changed."""
    return [
        Rule("allegro_stops", "capacity", "FI-VAINIKKALA", 0, "allegro_last_train"),
        *_flights(),
        Rule("fi_covid_hours_vaalimaa", "capacity", "FI-VAALIMAA", 2500, "fi_covid_rules_lifted",
             start="", end="2022-07-01", why="not open around the clock before July 2022"),
        Rule("fi_covid_hours_nuijamaa", "capacity", "FI-NUIJAMAA", 2500, "fi_covid_rules_lifted",
             start="", end="2022-07-01", why="not open around the clock before July 2022"),
        Rule("lars_before_crowds", "capacity", "GE-LARS", 9700, "ge_larsi_only_crossing",
             end="2022-09-26", why="10.0 thousand Russians a day entered Georgia on 23 to 25 "
             "September, 1.8 thousand of them elsewhere; they are 85 % of the people served"),
        Rule("lars_foot_crossing", "capacity", "GE-LARS", 10500, "lars_foot_crossing",
             end="2022-09-28", why="10.5 thousand people of all nationalities were counted here "
             "on 26 September"),
        Rule("north_ossetia_car_limit", "capacity", "GE-LARS", 7200, "north_ossetia_car_limit",
             end="2022-11-01", why="7.9 thousand Russians a day entered Georgia on 28 and 29 "
             "September, 1.8 thousand of them elsewhere; they are 85 % of the people served"),
        Rule("lv_emergency_pededze", "capacity", "LV-PEDEDZE", 0, "lv_emergency_pededze",
             end="2022-12-27", end_announced=WITH_RULE),
        *_closures_of_finland(),
    ]  # fmt: skip


def fare_rules() -> list[Rule]:
    """Fares relative to the usual price."""
    policy = "flights_sold_out_sep21"
    surge = {
        "TR": (3.2, "70,000 roubles against 22,000"),
        "AE": (
            5.0,
            "300,000 roubles against about 30,000 one way; the cheapest seats were sold out",
        ),
        "AM": (5.0, "62,000 to 122,000 roubles against 8,000 to 12,000"),
        "AZ": (4.5, "74,500 roubles against some 16,000"),
        "UZ": (3.0, "64,000 roubles against some 22,000"),
        "KZ": (2.7, "64,000 roubles against some 24,000"),
        "KG": (3.0, "the same as to Uzbekistan"),
        "TJ": (3.0, "the same as to Uzbekistan"),
        "RS": (3.0, "the same as to Istanbul"),
        "IL": (2.5, "lower than to Istanbul, because documents are checked"),
        "MN": (2.5, "flights from Buryatia were sold out"),
        "BY": (1.5, "trains and roads remained available"),
    }
    rules: list[Rule] = []
    for country, (factor, why) in surge.items():
        low = country.lower()
        rules.append(
            Rule(
                f"surge_{low}",
                "fare",
                f"AIR-{country}",
                factor,
                policy,
                end="2022-09-30",
                announced="",
                why=why,
            )
        )
        rules.append(
            Rule(f"surge_late_{low}", "fare", f"AIR-{country}", round(1 + (factor - 1) / 2, 2),
                 policy, start="2022-09-30", end="2022-10-12", announced="",
                 why="half of the surge for another twelve days")
        )  # fmt: skip
        rules.append(
            Rule(f"spring_{low}", "fare", f"AIR-{country}", 2.2, "aeroflot_intl_stop",
                 start="2022-03-05", end="2022-04-01", announced="",
                 why="few seats were left in March 2022")
        )  # fmt: skip
    rules += [
        Rule("mutiny_am", "fare", "AIR-AM", 15, "wagner_mutiny_flight_rush", end="2023-06-26",
             why="198,000 roubles against about 10,000"),
        Rule("mutiny_tr", "fare", "AIR-TR", 5, "wagner_mutiny_flight_rush", end="2023-06-26",
             why="sold out; a lower surge than to Yerevan"),
        Rule("mutiny_kz", "fare", "AIR-KZ", 5, "wagner_mutiny_flight_rush", end="2023-06-26",
             why="sold out; a lower surge than to Yerevan"),
        Rule("kz_taxis", "fare", "KZ-WEST", 4, "kz_border_queues", end="2022-10-08",
             why="seats of 2,700 roubles were offered at 27,000; places in the queue were sold"),
        Rule("lars_bicycles", "fare", "GE-LARS", 5, "lars_queue_bike_rule", start="2022-09-23",
             announced="", end="2022-10-08", why="taxis, bicycles, and guides past the police"),
    ]  # fmt: skip
    return rules
