"""Rules of entry: who is admitted on which document, and for how long."""

from __future__ import annotations

from .levels import OTHERS
from .rule_rows import HOME, PASSPORT, VISA, WITH_RULE, Rule

SCHENGEN_STATES = ("FI", "EE", "LV", "LT", "PL", "NO", "DE", "CZ", "ES", "FR", "IT")


def _before_the_start() -> list[Rule]:
    """Regimes in force on the first day, all with an empty start."""
    rules = [
        Rule("am_visa_free", "entry", "AM", 1, "am_visa_free_180", days=180, window=365,
             why="180 days within a year"),
        Rule("az_visa_free", "entry", "AZ", 1, "az_visa_free_90", PASSPORT, days=90),
        Rule("by_visa_free", "entry", "BY", 1, "by_visa_free_90", days=90, window=365,
             why="90 days taken as those of a year"),
        Rule("kg_visa_free", "entry", "KG", 1, "kg_visa_free_30", days=60, why="30 days without "
             "registration, longer with it: 60 on average"),
        Rule("kz_visa_free", "entry", "KZ", 1, "kz_visa_free_30_90", end="", days=90,
             why="30 days, and 60 more after registration; a border run resets them"),
        Rule("ge_visa_free", "entry", "GE", 1, "ge_visa_free_365", PASSPORT, days=365),
        Rule("mn_visa_free", "entry", "MN", 1, "mn_visa_free_30", PASSPORT, days=90,
             window=180, why="30 days, extended to 90 in 180"),
        Rule("tr_visa_free", "entry", "TR", 1, "tr_visa_free_60", PASSPORT, days=60),
        Rule("rs_visa_free", "entry", "RS", 1, "rs_visa_free_30", PASSPORT, days=30, start=""),
        Rule("ae_visa_free", "entry", "AE", 1, "ae_visa_free_90", PASSPORT, days=90,
             window=180, start=""),
        Rule("il_visa_free", "entry", "IL", 0.93, "il_visa_free", PASSPORT, days=90,
             why="5,700 were refused in 2019, a few percent of arrivals"),
        Rule("uz_visa_free", "entry", "UZ", 1, "uz_registration_15d", PASSPORT, days=90, start="",
             announced="", why="no limit besides registration; 90 days assumed"),
    ]  # fmt: skip
    simple = {
        "TJ": (1.0, 90, "visa-free without a stated limit; 90 days assumed"),
        "TH": (1.0, 30, "30 days without a visa, by the index of September 2022"),
        "EG": (1.0, 30, "visa on arrival for 30 days"),
        "ID": (0.98, 30, "visa on arrival for 30 days"),
        "IN": (0.7, 30, "electronic visa; some applicants are refused or do not wait for it"),
        "CN": (0.01, 30, "visa and quarantine required: hardly anybody"),
        "US": (0.03, 180, "few people hold a visa; no published count of holders is known"),
        "CY": (0.5, 90, "national visa, granted quickly before the war and more slowly afterwards"),
    }
    for country, (share, days, why) in simple.items():
        rules.append(
            Rule(f"{country.lower()}_regime", "entry", country, share, "", PASSPORT, days=days,
                 why=f"Estimate: {why}.")
        )  # fmt: skip
    rules.append(
        Rule("me_visa_free_90", "entry", "ME", 1, "", PASSPORT, days=90,
             why="Estimate: the seasonal 90 days that ended in March 2022.")
    )  # fmt: skip
    return rules


def _schengen() -> list[Rule]:
    rules: list[Rule] = []
    for state in SCHENGEN_STATES:
        rules.append(
            Rule(f"{state.lower()}_visa", "entry", state, 0.3 if state == "FI" else 0.97, "", VISA,
                 days=90, why="Estimate: pandemic rules admitted few tourist visas until July."
                 if state == "FI" else "Estimate: a valid Schengen visa of any state; a few are "
                 "refused for other papers.")
        )  # fmt: skip
        rules.append(
            Rule(f"{state.lower()}_residents", "entry", state, 1, "", HOME, days=365,
                 why="Estimate: holders of a residence permit or close family, not distinguished "
                 "by state; their stay is counted as one year at a time.")
        )  # fmt: skip
    rules.append(
        Rule("cy_visa", "entry", "CY", 0.97, "", VISA, days=90,
             why="Estimate: Cyprus accepted Schengen visas for two or more entries.")
    )  # fmt: skip
    return rules


def _changes() -> list[Rule]:
    """Everything that changed while the scenario runs, by date."""
    return [
        Rule("ge_refuses_activists", "entry", "GE", 0.95, "ge_refuses_activists", PASSPORT,
             "openness=outspoken", days=365, start="2022-03-01",
             why="the start is not known; one in twenty is refused"),
        Rule("me_visa_free_30", "entry", "ME", 1, "me_visa_free_30", PASSPORT, days=30),
        Rule("fi_covid_rules_lifted", "entry", "FI", 1, "fi_covid_rules_lifted", VISA, days=90),
        Rule("ee_ban_own_schengen", "entry", "EE", 0.05, "ee_ban_own_schengen", "schengen_visa_ee",
             days=90, start="2022-08-18T00:00+03:00", why="relatives and humanitarian cases are "
             "admitted"),
        Rule("ee_ban_all_schengen", "entry", "EE", 0.05, "ee_ban_all_schengen", VISA, days=90,
             why="relatives and humanitarian cases are admitted: some 40 refusals a day among "
             "1,070"),
        Rule("lv_ban_all_schengen", "entry", "LV", 0.05, "lv_ban_all_schengen", VISA, days=90,
             why="57 refusals in eight days; family and humanitarian cases are admitted"),
        Rule("lt_ban_all_schengen", "entry", "LT", 0.05, "lt_ban_all_schengen", VISA, days=90,
             why="family and dissidents are admitted"),
        Rule("pl_ban_land", "entry", "PL-LAND", 0.05, "pl_ban_land", VISA, days=90,
             why="humanitarian cases are admitted"),
        Rule("pl_ban_air_sea", "entry", "PL", 0.05, "pl_ban_air_sea", VISA, days=90,
             why="humanitarian cases are admitted"),
        Rule("ee_residents_pass", "entry", "EE", 1, "ee_ban_all_schengen", HOME, days=365,
             why="residence permit holders and relatives are exempt"),
        Rule("fi_tourist_ban", "entry", "FI", 0, "fi_tourist_ban", VISA),
        Rule("fi_ban_exceptions", "entry", "FI", 1, "fi_ban_exceptions", HOME, days=365,
             why="the ten listed groups are modelled as holders of residence or family abroad"),
        Rule("th_visa_free_45", "entry", "TH", 1, "", PASSPORT, days=45,
             start="2022-10-01", end="2023-04-01", end_announced=WITH_RULE,
             why="Estimate: 45 days from October 2022 to March 2023, from memory."),
        Rule("cz_ban_any_schengen", "entry", "CZ", 0.15, "cz_ban_any_schengen", VISA, days=90,
             why="business and medical travel is not covered"),
        Rule("kz_90_in_180", "entry", "KZ", 1, "kz_90_in_180", days=90, window=180),
        Rule("fi_ban_tightened_2023", "entry", "FI", 0.85, "fi_ban_tightened_2023", HOME, days=365,
             why="business transit and owners without a need to visit are no longer exempt"),
        Rule("kg_90_in_180", "entry", "KG", 1, "kg_90_in_180", days=90, window=180),
        Rule("th_visa_free_90", "entry", "TH", 1, "th_visa_free_90_temp", PASSPORT, days=90,
             end="2024-05-01", end_announced=WITH_RULE),
    ]  # fmt: skip


def _rumours() -> list[Rule]:
    """Rules that people expected at borders abroad."""
    return [
        Rule("rumour_fi_restriction_plan", "entry", "FI", 0, "fi_restriction_plan", VISA,
             credence=0.6, expected="2022-09-28", end="2022-09-30",
             why="announced for the following days without a date; six in ten believe it"),
    ]  # fmt: skip


def _other_nationalities() -> list[Rule]:
    """Citizens of neighbours who live in Russia: into their own state, and through Kazakhstan."""
    own = [
        Rule(f"{code.lower()}_own_citizens", "entry", code, 1, nationality=code,
             why="Estimate: a state admits its own citizens without limit.")
        for code in OTHERS
    ]  # fmt: skip
    through = Rule(
        "kz_central_asians",
        "entry",
        "KZ",
        1,
        days=90,
        nationality="KG|UZ",
        why="Estimate: no visa between these states; the route home crosses the country.",
    )
    return [*own, through]


def entry_rules() -> list[Rule]:
    """All rules of entry, and rumours about them."""
    return [
        *_before_the_start(), *_schengen(), *_changes(), *_rumours(), *_other_nationalities(),
    ]  # fmt: skip
