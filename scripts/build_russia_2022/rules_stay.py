"""Rules of staying: residence permits, asylum, and access to money."""

from __future__ import annotations

from .rule_rows import ANY, PASSPORT, WITH_RULE, Rule

IT = "occupation=it_worker"
HIGHER = "education=higher"
HIGH = "means=high"
SOME_MEANS = "means=middle|high"
KZ_GROUND = "education=higher"


def permit_rules() -> list[Rule]:
    """Share of applications granted, duration, days to the decision."""
    base = {
        "BY": (0.95, 365, 20, "the Union State of Russia and Belarus"),
        "AE": (0.6, 730, 30, "residence with work or a firm"),
        "AZ": (0.4, 365, 60, "work quota"),
        "PL": (0.4, 365, 180, "humanitarian and business schemes narrowed"),
        "ES": (0.3, 365, 120, "non-lucrative and, from 2023, remote workers"),
        "FR": (0.25, 365, 120, "talent passports and family"),
        "IT": (0.2, 365, 150, "family and study"),
        "NO": (0.25, 365, 120, "specialists and family"),
        "CY": (0.4, 365, 60, "staff of foreign firms"),
        "US": (0.1, 730, 365, "few grounds beside asylum"),
        "IN": (0.1, 365, 60, "few grounds"),
        "CN": (0.05, 365, 60, "few grounds"),
    }
    rules = [
        Rule(f"{c.lower()}_permit", "permit", c, share, days=days, delay=delay,
             why=f"Estimate: {why}.")
        for c, (share, days, delay, why) in base.items()
    ]  # fmt: skip
    return [
        *rules, *_where_runs_do(), *_neighbours(), *_turkey_and_israel(), *_baltics(),
        *_north_and_germany(),
    ]  # fmt: skip


def _where_runs_do() -> list[Rule]:
    """States where leaving starts a new stay: only people with a ground apply for a permit."""
    grounds = {
        "RS": (SOME_MEANS, 0.9, 45, "work, a firm or property"),
        "ME": (
            SOME_MEANS,
            0.85,
            40,
            "work, a firm or property; 20 thousand permits in February 2023",
        ),
        "UZ": (IT, 0.9, 30, "the three-year IT visa, counted as one year at a time"),
        "KG": (HIGHER, 0.9, 30, "work or a firm, registered without difficulty"),
        "TH": (HIGH, 0.6, 30, "education and elite visas"),
        "ID": (HIGH, 0.6, 30, "investor visas"),
        "EG": (HIGH, 0.5, 30, "tourist residence for property owners"),
        "GE": (
            HIGH,
            0.5,
            30,
            "property or a firm with revenue; others leave and re-enter after a year",
        ),
    }
    return [
        Rule(f"{c.lower()}_permit", "permit", c, share, who=who, days=365, delay=delay,
             why=f"Estimate: {why}.")
        for c, (who, share, delay, why) in grounds.items()
    ]  # fmt: skip


def _neighbours() -> list[Rule]:
    return [
        Rule("am_residence", "permit", "AM", 0.95, "am_residence_1y", days=365, delay=30,
             why="refusals rare"),
        Rule("kz_trp", "permit", "KZ", 0.55, "kz_trp_1y", who=KZ_GROUND, days=365, delay=15,
             why="work or study and a notice by the host; sought by people with a trade or means: "
             "about 36 thousand held one in January 2023"),
        Rule("kz_trp_needs_passport", "permit", "KZ", 0.05, "kz_passport_for_residence",
             "internal_passport", days=365, delay=30, why="a foreign passport is needed"),
        Rule("kz_trp_with_passport", "permit", "KZ", 0.5, "kz_passport_for_residence", PASSPORT,
             KZ_GROUND, days=365, delay=30, why="the landlord's consent is needed as well"),
        Rule("mn_permit", "permit", "MN", 0.4, days=365, delay=30,
             why="Estimate: before the offer of September 2022."),
        Rule("mn_residence_offer", "permit", "MN", 0.95, "mn_residence_offer", days=365, delay=20,
             why="promised to every applicant"),
    ]  # fmt: skip


def _turkey_and_israel() -> list[Rule]:
    return [
        Rule("tr_permit", "permit", "TR", 0.9, days=365, delay=40,
             why="Estimate: short-term tourist permits were granted freely in 2021."),
        Rule("tr_781_districts", "permit", "TR", 0.85, "tr_781_districts", days=365, delay=40,
             why="some neighbourhoods closed"),
        Rule("tr_1169_districts", "permit", "TR", 0.8, "tr_1169_districts", days=365, delay=40,
             why="more neighbourhoods closed"),
        Rule("tr_ten_istanbul_districts", "permit", "TR", 0.7, "tr_ten_istanbul_districts",
             days=365, delay=45, why="ten districts of Istanbul closed"),
        Rule("tr_permit_refusals", "permit", "TR", 0.25, "tr_permit_refusals", days=365, delay=60,
             why="tourist permits refused in several cities"),
        Rule("tr_stricter_check", "permit", "TR", 0.2, "tr_stricter_tourist_permit_check",
             days=365, delay=60, why="vetting tightened"),
        Rule("tr_istanbul_suspended", "permit", "TR", 0.15, "tr_istanbul_permits_suspended",
             days=365, delay=60, why="first permits in Istanbul were reported to be suspended"),
        Rule("il_law_of_return", "permit", "IL", 0.6, "il_law_of_return", days=3650, delay=90,
             why="about 600 thousand are eligible, among them most applicants there"),
        Rule("il_aliyah_express", "permit", "IL", 0.65, "il_aliyah_express", days=3650, delay=30,
             end="2023-04-30", why="paperwork completed in Israel"),
        Rule("il_fast_track_ends", "permit", "IL", 0.55, "il_fast_track_ends", days=3650,
             delay=180, why="a backlog of months again"),
    ]  # fmt: skip


def _baltics() -> list[Rule]:
    return [
        Rule("ee_permit", "permit", "EE", 0.5, days=365, delay=60, why="Estimate: work and study "
             "before April 2022."),
        Rule("ee_permit_it", "permit", "EE", 0.8, who=IT, days=1825, delay=60, why="Estimate: "
             "work permits of up to five years before April 2022."),
        Rule("ee_work_permit_stop", "permit", "EE", 0.05, "ee_work_permit_stop", days=365,
             delay=60, why="only family and protection remain"),
        Rule("ee_sanction_exceptions", "permit", "EE", 0.15, "ee_sanction_exceptions_2023",
             "*", HIGHER, days=365, delay=60, why="some people who came before the war"),
        Rule("lv_permit", "permit", "LV", 0.4, days=365, delay=60, why="Estimate: work, study and "
             "property before April 2022."),
        Rule("lv_first_trp_stop", "permit", "LV", 0.05, "lv_first_trp_stop", days=365, delay=60,
             why="only the Blue Card, family and university remain"),
        Rule("lv_trp_no_extension", "permit", "LV", 0.04, "lv_trp_no_extension", days=365,
             delay=60, why="nor are investment and property permits renewed"),
        Rule("lt_permit", "permit", "LT", 0.4, days=365, delay=90, why="Estimate: work, study and "
             "humanitarian grounds."),
        Rule("lt_restrictive_law", "permit", "LT", 0.05, "lt_restrictive_law", days=365, delay=90,
             end="2024-05-03", end_announced=WITH_RULE,
             why="only holders of a visa or an EU permit"),
    ]  # fmt: skip


def _north_and_germany() -> list[Rule]:
    return [
        Rule("fi_permit", "permit", "FI", 0.35, days=365, delay=90,
             why="Estimate: family, study and work together."),
        Rule("fi_specialist_fast_track", "permit", "FI", 0.85, "fi_specialist_fast_track", ANY, IT,
             days=730, delay=14, why="a two-week track"),
        Rule("de_permit", "permit", "DE", 0.3, days=365, delay=120,
             why="Estimate: family, study and work together."),
        Rule("de_global_approval", "permit", "DE", 0.7, "de_global_approval", ANY, IT, days=1460,
             delay=60, end="2022-10-01", end_announced=WITH_RULE,
             why="blanket consent for staff of multinationals"),
        Rule("de_permit_it", "permit", "DE", 0.5, "", ANY, IT, days=1460, delay=90,
             start="2022-10-01", announced="2022-05-24",
             why="Estimate: Blue Card after the blanket consent, which ended as announced."),
        Rule("de_blue_card_reform", "permit", "DE", 0.65, "de_blue_card_reform", ANY, IT,
             days=1460, delay=90, why="lower salary floors, no degree required"),
        Rule("cz_permit", "permit", "CZ", 0.3, days=365, delay=90, why="Estimate: before the "
             "invasion."),
        Rule("cz_visa_stop", "permit", "CZ", 0.02, "cz_visa_stop", days=365, delay=90,
             why="residence applications were halted as well, except humanitarian cases"),
    ]  # fmt: skip


def asylum_rules() -> list[Rule]:
    """Share of claims recognised, duration, days to the decision."""
    base = {
        "FI": (0.35, 300), "NO": (0.35, 250), "EE": (0.2, 200), "LV": (0.2, 200),
        "LT": (0.4, 180), "PL": (0.2, 300), "DE": (0.25, 250), "CZ": (0.2, 250),
        "FR": (0.3, 300), "ES": (0.25, 300), "IT": (0.3, 400), "CY": (0.1, 500),
        "US": (0.5, 900), "GE": (0.05, 300), "KZ": (0.02, 180), "IL": (0.02, 400),
        "RS": (0.05, 300), "AM": (0.1, 180),
    }  # fmt: skip
    rules = [
        Rule(f"{c.lower()}_asylum", "asylum", c, share, days=1095, delay=delay,
             why="Estimate: usual recognition rates and durations for claims from Russia.")
        for c, (share, delay) in base.items()
    ]  # fmt: skip
    return [
        *rules,
        Rule("ee_asylum_no_evaders", "asylum", "EE", 0.1, "ee_no_asylum_for_evaders", days=1095,
             delay=200, why="refusal of service alone is not a ground"),
        Rule("lv_asylum_no_evaders", "asylum", "LV", 0.05, "lv_no_visas_for_evaders", days=1095,
             delay=200, why="no humanitarian visas for people who evade the call-up"),
        Rule("lt_asylum_case_by_case", "asylum", "LT", 0.3, "lt_case_by_case", days=1095,
             delay=180, why="each objector is assessed individually"),
        Rule("de_protection_offer", "asylum", "DE", 0.15, "de_protection_offer", days=1095,
             delay=300, why="55 of 2,485 men of service age recognised by April 2023, most "
             "still waiting"),
        Rule("fi_asylum_case_by_case", "asylum", "FI", 0.3, "fi_asylum_decisions_wait",
             days=1460, delay=500, start="2022-09-29", announced="2022-09-29",
             why="1,109 claims without a decision in May 2023"),
        Rule("no_asylum_paused", "asylum", "NO", 0.3, "no_asylum_paused", days=1095, delay=400,
             why="processing suspended"),
    ]  # fmt: skip


def payment_rules() -> list[Rule]:
    """Share of savings and transfers accessible from a country."""
    return [
        Rule("ru_cash_export_cap", "payment", "*", 0.95, "ru_cash_export_cap",
             why="few carry more than 10,000 dollars"),
        Rule("cards_cut_without_mir", "payment", "NO-MIR", 0.6, "visa_cards_cut",
             why="cash, crypto and cards of other banks remain"),
        Rule("cards_cut_with_mir", "payment", "MIR", 0.9, "visa_cards_cut",
             why="Mir and local accounts work"),
        Rule("tr_mir_private_banks", "payment", "TR", 0.8, "tr_mir_private_banks",
             why="two banks stop accepting it"),
        Rule("am_mir_stop", "payment", "AM", 0.85, "am_mir_stop", why="some banks stop accepting "
             "it"),
        Rule("kz_mir_halyk_stop", "payment", "KZ", 0.85, "kz_mir_halyk_stop",
             why="the largest bank stops accepting it; local accounts open within days"),
        Rule("uz_mir_stop", "payment", "UZ", 0.8, "uz_mir_stop", why="the network stops accepting "
             "it"),
        Rule("tr_mir_state_banks", "payment", "TR", 0.7, "tr_mir_state_banks",
             why="the last banks stop accepting it"),
    ]  # fmt: skip
