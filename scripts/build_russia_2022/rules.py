"""rules.csv, and the list of policies without a rule."""

from __future__ import annotations

from scripts.scenario_tables import Cells

from .evidence import Evidence
from .levels import PRESSURES
from .rule_rows import Rule, is_private, row_of
from .rules_entry import entry_rules
from .rules_status import border_run_rules, grace_rules, renewal_rules, work_rules
from .rules_stay import asylum_rules, payment_rules, permit_rules
from .rules_ways import capacity_rules, exit_rules, exit_rumours, fare_rules

# Why a policy of the evidence is not a row of rules.csv or pressures.csv.
NOT_EXPRESSED: dict[str, str] = {
    "az_land_border_closed": "the land crossing has no legs; flights only",
    "internal_passport_four_states": "contained in the entry rules of the four states",
    "ee_d_visa_security_refusals": "issue of visas: documents are fixed attributes",
    "lt_visa_stop": "issue of visas: documents are fixed attributes",
    "lv_visa_stop_feb2022": "issue of visas: documents are fixed attributes",
    "eu_airspace_closed": "flights to the Union ended on day 27 of 699: no such flights here",
    "rosaviatsia_leased_planes": "the same cut of flights as aeroflot_intl_stop",
    "cbr_fx_withdrawal_cap": "in the pressure `prices`; reach of money abroad is in card rules",
    "mastercard_cut": "the same day as visa_cards_cut, one rule for both",
    "no_tourist_visa_stop": "issue of visas: documents are fixed attributes",
    "am_cards_accepted_seed": "a single person's account; the Mir rules cover it",
    "ru_jewish_agency_suit": "did not stop departures; no rule kind",
    "lv_visa_applications_frozen": "issue of visas: documents are fixed attributes",
    "fi_nontourist_appointments": "issue of visas: documents are fixed attributes",
    "fi_tourist_appointments": "issue of visas: documents are fixed attributes",
    "ge_no_visa_revision": "no change",
    "eu_guidelines_sep9": "advice on issuing visas",
    "eu_visa_facilitation_suspended": "issue of visas: documents are fixed attributes",
    "fi_land_flow_seed": "a count, not a rule; better counts are observations",
    "naturalised_kg_exit_ban": "naturalised citizens are no group here",
    "kz_permit_needs_consent": "permanent permits only; the temporary permit stays",
    "no_vfa_suspended": "issue of visas: documents are fixed attributes",
    "ru_regional_travel_bans": "exit rules know crossings, not origins; in the exit shares",
    "by_tracks_evaders": "no exit check by Belarus known; few cases",
    "vladikavkaz_exit_limited": "in the capacity of Upper Lars",
    "ru_criminal_code_10y": "part of the pressure of the mobilisation",
    "kremlin_no_closure_decision": "the rumours end by themselves",
    "mod_no_movement_limits": "no change",
    "ge_border_stays_open": "no change",
    "kz_no_extradition_evaders": "removals are not part of the model yet",
    "kz_tokayev_help": "no change of rules",
    "ru_no_passports_for_summoned": "issue of passports: documents are fixed attributes",
    "vaalimaa_volume_seed": "a count, not a rule",
    "eu_guidelines_sep30": "advice on issuing visas",
    "fi_visa_reception_cut": "issue of visas: documents are fixed attributes",
    "il_great_grandchildren_stay": "disputed and small",
    "putin_mobilisation_end_forecast": "the pressure halves every ten days anyway",
    "ru_martial_law_levels": "inside the country; no crossing used here is named",
    "ru_mobilisation_reported_complete": "the pressure halves every ten days anyway",
    "medvedev_no_return": "with volodin_higher_tax in one pressure",
    "ru_officials_passports": "too few people",
    "ru_30pct_remote_tax_bill": "withdrawn; no rule kind for taxes",
    "lv_visa_partial_resume": "issue of visas: documents are fixed attributes",
    "il_passport_one_year_wait": "no rule kind; affects moving on only",
    "lt_car_ban": "forbids the car, not the person: buses and walkers still pass",
    "lv_car_ban": "forbids the car, not the person: buses and walkers still pass",
    "ee_car_ban": "forbids the car, not the person: buses and walkers still pass",
    "fi_car_ban": "forbids the car, not the person: buses and walkers still pass",
    "lv_two_year_grace": "concerns people who lived there before",
    "lv_leave_letters": "concerns people who lived there before",
    "peskov_nothing_to_fear": "qualified two days later; no effect assumed",
    "tr_property_200k": "price of a permit: no rule kind; in the share granted",
    "survey_return_measures_oct2023": "a survey",
    "survey_outrush_oct2023": "a survey",
    "volodin_mines": "with volodin_magadan in one pressure",
    "ru_passport_surrender": "too few people",
    "ru_it_deferment_30": "starts after the end of the scenario",
    "ru_remote_tax_13_15": "starts after the end of the scenario",
    "de_chancenkarte": "starts after the end of the scenario",
}
PRIVATE = "a single person's account, not a public page"


def all_rules() -> list[Rule]:
    """Every rule of the scenario."""
    return [
        *entry_rules(), *exit_rules(), *exit_rumours(), *capacity_rules(), *fare_rules(),
        *permit_rules(), *renewal_rules(), *border_run_rules(), *work_rules(), *grace_rules(),
        *asylum_rules(), *payment_rules(),
    ]  # fmt: skip


def build_rules(evidence: Evidence) -> list[Cells]:
    """All rows of rules.csv."""
    return [row_of(rule, evidence) for rule in all_rules()]


def not_expressed(evidence: Evidence) -> list[tuple[str, str]]:
    """Policies that are neither a rule nor a pressure, each with the reason; all must have one."""
    used = {r.policy for r in all_rules()} | {p[9] for p in PRESSURES.values()}
    rows: list[tuple[str, str]] = []
    for policy, row in evidence.policies.items():
        if policy in used:
            continue
        reason = NOT_EXPRESSED.get(policy)
        if reason is None and is_private(row["source_title"]):
            reason = PRIVATE
        if reason is None:
            raise KeyError(f"policy {policy} is not used and has no reason")
        rows.append((policy, reason))
    return rows
