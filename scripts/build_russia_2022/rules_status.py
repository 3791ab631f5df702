"""Rules of keeping a stay: renewals, border runs, work without a permit, days to leave."""

from __future__ import annotations

from .rule_rows import ANY, PASSPORT, Rule

IT = "occupation=it_worker"
STUDENT = "occupation=student"
HIGH = "means=high"


def renewal_rules() -> list[Rule]:
    """Share of renewals granted, duration, days to the decision; and what was rumoured of it."""
    return [*_renewals_before(), *_baltic_renewals(), *_turkish_renewals(), *_rumours()]


def _renewals_before() -> list[Rule]:
    """States where renewing is easier than a first permit; elsewhere the permit rule holds."""
    base = {
        "FI": (0.90, 730, 60, "permits go on while work, study or family do"),
        "DE": (0.92, 730, 60, "permits go on while work, study or family do"),
        "NO": (0.85, 365, 60, "permits go on while work, study or family do"),
        "CZ": (0.80, 365, 60, "the halt concerns first applications"),
        "PL": (0.75, 365, 120, "cards of stay are prolonged slowly"),
        "LT": (0.75, 365, 60, "the law of 2023 concerns first permits; renewals are vetted"),
        "ES": (0.85, 730, 60, "renewal for two years is usual"),
        "FR": (0.85, 365, 90, "permits go on while work, study or family do"),
        "IT": (0.85, 365, 120, "permits go on while work, study or family do"),
        "CY": (0.85, 365, 60, "tied to the employer"),
        "US": (0.70, 365, 180, "tied to the ground of the first one"),
        "AE": (0.85, 730, 20, "residence with work or a firm is renewed"),
        "RS": (0.90, 365, 45, "work, firm or property again"),
        "ME": (0.85, 365, 40, "work, firm or property again"),
        "AM": (0.95, 365, 30, "refusals rare"),
        "KG": (0.90, 365, 30, "renewed with registration"),
        "BY": (0.95, 365, 20, "union state"),
        "GE": (0.60, 365, 30, "refusals without a reason were reported"),
        "KZ": (0.70, 365, 15, "while the contract or the study lasts"),
    }  # fmt: skip
    return [
        Rule(f"{c.lower()}_renewal", "renewal", c, share, days=days, delay=delay,
             why=f"Estimate: {why}.")
        for c, (share, days, delay, why) in base.items()
    ]  # fmt: skip


def _baltic_renewals() -> list[Rule]:
    return [
        Rule("ee_renewal", "renewal", "EE", 0.90, days=730, delay=60,
             why="Estimate: renewed while the ground lasts."),
        Rule("ee_renewals_allowed", "renewal", "EE", 0.85, "ee_renewals_allowed", days=730,
             delay=60, why="extension stays possible, each judged again"),
        Rule("ee_study_renewal_stop", "renewal", "EE", 0, "ee_study_permit_stop", ANY, STUDENT,
             delay=60),
        Rule("ee_student_extension", "renewal", "EE", 0.80, "ee_student_extension", ANY, STUDENT,
             days=365, delay=60, why="those who have not finished, one year and once"),
        Rule("lv_renewal", "renewal", "LV", 0.85, days=365, delay=60,
             why="Estimate: renewed while the ground lasts."),
        Rule("lv_trp_no_extension_renewal", "renewal", "LV", 0.10, "lv_trp_no_extension",
             announced="2022-08-16", days=365, delay=60,
             why="agreed on 16 August, in the row lv_no_renewal_agreed; family, protection and "
             "humanitarian cases are excepted, one in ten"),
    ]  # fmt: skip


def _turkish_renewals() -> list[Rule]:
    return [
        Rule("tr_renewal", "renewal", "TR", 0.85, days=365, delay=40,
             why="Estimate: short-term permits were renewed with little ado until late 2022."),
        Rule("tr_renewal_refusals", "renewal", "TR", 0.35, "tr_permit_refusals", days=365,
             delay=60, why="short-term permits of Russians fell from 132 to 60 thousand in 2023"),
        Rule("tr_renewal_owners", "renewal", "TR", 0.90, "tr_property_75k", who=HIGH, days=365,
             delay=40, start="2022-12-26", announced="2022-12-26",
             why="owners of a home kept theirs"),
    ]  # fmt: skip


def _rumours() -> list[Rule]:
    return [
        Rule("rumour_ee_revocation", "renewal", "EE", 0, "ee_sanction_exceptions_2023",
             credence=0.35, announced="2022-08-29", end="2023-05-18", delay=60,
             why="after Latvia's decision holders of permits feared that theirs would be taken "
             "next; one in three believes it until exceptions are published in May 2023; no "
             "such law came"),
        Rule("rumour_lv_all_permits", "renewal", "LV", 0, "lv_no_renewal_agreed",
             credence=0.5, expected="2022-09-20", end="2022-09-24", delay=60,
             why="an agreement of the coalition before the law; half believe that nobody is "
             "excepted"),
    ]  # fmt: skip


def border_run_rules() -> list[Rule]:
    """Where a visitor's stay starts anew by leaving and entering again."""
    return [
        Rule("ge_border_run", "border_run", "GE", 1, "ge_visa_free_365", PASSPORT),
        Rule("kz_border_run", "border_run", "KZ", 1, "kz_visa_free_30_90", end="2023-01-27",
             end_announced="2023-01-17"),
        Rule("kg_border_run", "border_run", "KG", 0.95, "kg_90_in_180", start="", announced="",
             end="2023-10-10", why="ended with the 90 days in 180; nearly all could before"),
        Rule("rs_border_run", "border_run", "RS", 1, "rs_visa_free_30", PASSPORT),
        Rule("me_border_run", "border_run", "ME", 1, "me_visa_free_30", PASSPORT),
        Rule("tr_border_run", "border_run", "TR", 0.5, "tr_visa_free_60", PASSPORT,
             why="exit and entry anew is foreseen; half have days left"),
        Rule("uz_border_run", "border_run", "UZ", 1, "uz_registration_15d", PASSPORT, start="",
             announced="", why="no limit but registration; it is asked for again"),
        Rule("tj_border_run", "border_run", "TJ", 1, document=PASSPORT,
             why="Estimate: no limit is stated; the turn of 90 days is ours."),
        Rule("th_border_run", "border_run", "TH", 0.5, document=PASSPORT,
             why="Estimate: usual, and turned down after a few times."),
        Rule("id_border_run", "border_run", "ID", 0.5, document=PASSPORT,
             why="Estimate: a visa on arrival anew; turned down after a few times."),
        Rule("eg_border_run", "border_run", "EG", 0.5, document=PASSPORT,
             why="Estimate: a visa on arrival anew."),
        Rule("am_border_run", "border_run", "AM", 0, "am_visa_free_180",
             why="the 180 days are those of a year, so leaving starts nothing anew"),
    ]  # fmt: skip


def work_rules() -> list[Rule]:
    """Local work without a permit."""
    union = "citizens of the Eurasian Economic Union work there without a permit"
    own = "citizens work in their own state"
    return [
        Rule("am_work", "work", "AM", 1, "am_work_no_permit"),
        *[
            Rule(f"{c.lower()}_work", "work", c, 1, why=f"Estimate: {union}.")
            for c in ("KZ", "KG", "BY")
        ],
        Rule("ge_work", "work", "GE", 1, document=PASSPORT,
             why="Estimate: visitors without a visa need no permit to work."),
        Rule("uz_work_it", "work", "UZ", 0.8, who=IT,
             why="Estimate: residents of the technology park and those with the IT visa."),
        *[
            Rule(f"{c.lower()}_own_work", "work", c, 1, nationality=c, why=f"Estimate: {own}.")
            for c in ("KZ", "KG", "UZ")
        ],
    ]  # fmt: skip


def grace_rules() -> list[Rule]:
    """Days to leave after a status ends or an application is rejected."""
    return [
        Rule("grace_usual", "grace", "*", 15, why="Estimate: no figure for most states; half a "
             "month is common."),
        Rule("ee_grace", "grace", "EE", 7, why="Estimate: refused families left within days; a "
             "week is taken."),
        Rule("tr_grace", "grace", "TR", 10, why="Estimate: ten days after a refusal, recalled."),
        Rule("de_grace", "grace", "DE", 30, why="Estimate: a month is usual."),
        Rule("fi_grace", "grace", "FI", 30, why="Estimate: a month is usual."),
        Rule("lv_grace", "grace", "LV", 90, "lv_permanent_permits_lapse", start="", announced="",
             why="90 days lay between the lapse and the day to leave; taken for all"),
    ]  # fmt: skip
