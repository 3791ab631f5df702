"""Rules of keeping a stay: renewals, border runs, work without a permit, days to leave."""

from __future__ import annotations

from .rule_rows import ANY, PASSPORT, Rule

IT = "occupation=it_worker"
STUDENT = "occupation=student"
HIGH = "means=high"


def renewal_rules() -> list[Rule]:
    """Share of renewals granted, duration, days to the decision, and rumours about renewals."""
    return [*_renewals_before(), *_baltic_renewals(), *_turkish_renewals(), *_rumours()]


def _renewals_before() -> list[Rule]:
    """States where renewing is easier than a first permit; elsewhere the permit rule holds."""
    base = {
        "FI": (0.90, 730, 60, "permits are renewed while work, study or family ties last"),
        "DE": (0.92, 730, 60, "permits are renewed while work, study or family ties last"),
        "NO": (0.85, 365, 60, "permits are renewed while work, study or family ties last"),
        "CZ": (0.80, 365, 60, "the halt applies to first applications"),
        "PL": (0.75, 365, 120, "residence cards are renewed slowly"),
        "LT": (0.75, 365, 60, "the law of 2023 applies to first permits; renewals are vetted"),
        "ES": (0.85, 730, 60, "renewal for two years is usual"),
        "FR": (0.85, 365, 90, "permits are renewed while work, study or family ties last"),
        "IT": (0.85, 365, 120, "permits are renewed while work, study or family ties last"),
        "CY": (0.85, 365, 60, "tied to the employer"),
        "US": (0.70, 365, 180, "tied to the ground of the first permit"),
        "AE": (0.85, 730, 20, "residence with work or a firm is renewed"),
        "RS": (0.90, 365, 45, "work, a firm or property again"),
        "ME": (0.85, 365, 40, "work, a firm or property again"),
        "AM": (0.95, 365, 30, "refusals rare"),
        "KG": (0.90, 365, 30, "renewed with registration"),
        "BY": (0.95, 365, 20, "the Union State of Russia and Belarus"),
        "GE": (0.60, 365, 30, "refusals without stated reasons were reported"),
        "KZ": (0.70, 365, 15, "while the contract or the studies last"),
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
             delay=60, why="extension remains possible after a new assessment"),
        Rule("ee_study_renewal_stop", "renewal", "EE", 0, "ee_study_permit_stop", ANY, STUDENT,
             delay=60),
        Rule("ee_student_extension", "renewal", "EE", 0.80, "ee_student_extension", ANY, STUDENT,
             days=365, delay=60, why="students who have not finished, for one year and only once"),
        Rule("lv_renewal", "renewal", "LV", 0.85, days=365, delay=60,
             why="Estimate: renewed while the ground lasts."),
        Rule("lv_trp_no_extension_renewal", "renewal", "LV", 0.10, "lv_trp_no_extension",
             announced="2022-08-16", days=365, delay=60,
             why="agreed on 16 August (row lv_no_renewal_agreed); family, protection and "
             "humanitarian cases are exempt: one in ten"),
    ]  # fmt: skip


def _turkish_renewals() -> list[Rule]:
    return [
        Rule("tr_renewal", "renewal", "TR", 0.85, days=365, delay=40,
             why="Estimate: short-term permits were renewed routinely until late 2022."),
        Rule("tr_renewal_refusals", "renewal", "TR", 0.35, "tr_permit_refusals", days=365,
             delay=60, why="short-term permits held by Russians fell from 132 to 60 thousand in "
             "2023"),
        Rule("tr_renewal_owners", "renewal", "TR", 0.90, "tr_property_75k", who=HIGH, days=365,
             delay=40, start="2022-12-26", announced="2022-12-26",
             why="homeowners kept their permits"),
    ]  # fmt: skip


def _rumours() -> list[Rule]:
    return [
        Rule("rumour_ee_revocation", "renewal", "EE", 0, "ee_sanction_exceptions_2023",
             credence=0.35, announced="2022-08-29", end="2023-05-18", delay=60,
             why="after Latvia's decision, permit holders feared that theirs would be revoked "
             "next; one in three believes it until exceptions are published in May 2023; no such "
             "law was passed"),
        Rule("rumour_lv_all_permits", "renewal", "LV", 0, "lv_no_renewal_agreed",
             credence=0.5, expected="2022-09-20", end="2022-09-24", delay=60,
             why="a coalition agreement before the law; half believe that nobody is exempt"),
    ]  # fmt: skip


def border_run_rules() -> list[Rule]:
    """Where leaving and re-entering starts a new stay."""
    return [
        Rule("ge_border_run", "border_run", "GE", 1, "ge_visa_free_365", PASSPORT),
        Rule("kz_border_run", "border_run", "KZ", 1, "kz_visa_free_30_90", end="2023-01-27",
             end_announced="2023-01-17"),
        Rule("kg_border_run", "border_run", "KG", 0.95, "kg_90_in_180", start="", announced="",
             end="2023-10-10", why="ended with the rule of 90 days in 180; before, nearly "
             "everybody could"),
        Rule("rs_border_run", "border_run", "RS", 1, "rs_visa_free_30", PASSPORT),
        Rule("me_border_run", "border_run", "ME", 1, "me_visa_free_30", PASSPORT),
        Rule("tr_border_run", "border_run", "TR", 0.5, "tr_visa_free_60", PASSPORT,
             why="exit and re-entry is provided for; half have days left"),
        Rule("uz_border_run", "border_run", "UZ", 1, "uz_registration_15d", PASSPORT, start="",
             announced="", why="no limit besides registration, which is repeated"),
        Rule("tj_border_run", "border_run", "TJ", 1, document=PASSPORT,
             why="Estimate: no limit is stated; renewal every 90 days is assumed."),
        Rule("th_border_run", "border_run", "TH", 0.5, document=PASSPORT,
             why="Estimate: usual, but refused after a few times."),
        Rule("id_border_run", "border_run", "ID", 0.5, document=PASSPORT,
             why="Estimate: a new visa on arrival; refused after a few times."),
        Rule("eg_border_run", "border_run", "EG", 0.5, document=PASSPORT,
             why="Estimate: a new visa on arrival."),
        Rule("am_border_run", "border_run", "AM", 0, "am_visa_free_180",
             why="180 days in a year, so leaving does not reset them"),
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
             why="Estimate: residents of the technology park and holders of the IT visa."),
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
        Rule("ee_grace", "grace", "EE", 7, why="Estimate: refused families left within days; one "
             "week is assumed."),
        Rule("tr_grace", "grace", "TR", 10, why="Estimate: ten days after a refusal, from memory."),
        Rule("de_grace", "grace", "DE", 30, why="Estimate: a month is usual."),
        Rule("fi_grace", "grace", "FI", 30, why="Estimate: a month is usual."),
        Rule("lv_grace", "grace", "LV", 90, "lv_permanent_permits_lapse", start="", announced="",
             why="90 days from the lapse to the deadline for leaving; assumed for all"),
    ]  # fmt: skip
