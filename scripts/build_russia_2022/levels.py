"""All numbers of the scenario that its authors chose, except those in rules.csv.

None of them is evidence. To calibrate, change numbers here or in the tables next to this module,
and run the script again.
"""

from pathlib import Path

from scripts.scenario_tables import read_rows

# ---------------------------------------------------------------------------------------------
# ATTRACTION of each country: the part of its pull that diaspora, language, income, distance and
# rules do not explain. Log weight; one more unit makes a country 2.7 times as likely. Set by hand
# so that the order of the main destinations is right; to be fitted.
# ---------------------------------------------------------------------------------------------
ATTRACTION: dict[str, float] = {
    "AM": 0.05, "AE": -1.2, "AZ": -2.5, "BY": -2.5, "CZ": -0.5, "DE": 0.8, "EE": -1.5, "FI": 1.1,
    "GE": 0.1, "IL": -0.7, "KG": -0.7, "KZ": -0.9, "LT": -1.5, "LV": -1.5, "ME": -0.5, "MN": -0.5,
    "NO": -1.5, "PL": -1.5, "RS": 0.05, "TH": -1.0, "TJ": -2.0, "TR": 0.7, "UZ": -0.5, "US": 0.5,
    "ES": 0.0, "FR": -0.3, "IT": -0.3, "CN": -2.0, "IN": -2.0, "ID": -0.5, "CY": -0.8, "EG": -3.0,
}  # fmt: skip

SCHENGEN_VISA = "document=schengen_visa_fi|schengen_visa_ee|schengen_visa_other"
# Additional attraction for some groups: (place, who, weight, reason).
GROUP_ATTRACTION: list[tuple[str, str, float, str]] = [
    ("SCHENGEN", SCHENGEN_VISA, 1.0, "visa holders had been there or planned to go"),
    ("FI", "document=schengen_visa_fi", 1.0, "near, and familiar from many trips"),
    ("DE", "occupation=it_worker", 0.6, "blanket labour consent for staff of firms that left"),
    ("RS", "occupation=it_worker", 0.6, "many firms moved their staff there; flights continued"),
    ("AM", "occupation=it_worker", 0.6, "firms registered there in the spring of 2022"),
    ("GE", "occupation=it_worker", 0.5, "one year without a visa suits remote work"),
    ("CY", "occupation=it_worker", 0.8, "firms moved their staff there"),
    ("AE", "occupation=it_worker", 0.4, "firms moved their staff there"),
    ("KZ", "occupation=it_worker", 0.3, "identification numbers and bank accounts within days"),
    ("AE", "means=high", 0.5, "expensive, and open to capital"),
    ("TR", "means=high", 0.3, "residence permits for property buyers until 2023"),
    ("KZ", "minority=yes", 0.3, "Tatars and Bashkirs have relatives there"),
    ("TR", "minority=yes", 0.3, "Turkic and Caucasian peoples have old ties"),
    ("DE", "education=higher", 0.3, "recognised diplomas, language courses"),
    ("US", "openness=outspoken", 0.5, "asylum claims rose at the southern border in 2022"),
    ("LT", "openness=outspoken", 0.8, "humanitarian visas for dissidents"),
    ("DE", "openness=outspoken", 0.5, "a fast track for critics"),
    *((code, f"nationality={code}", 6.0, "home") for code in ("KG", "KZ", "UZ")),
]

# ---------------------------------------------------------------------------------------------
# JOBS: factors on a country's jobs_per_month for some groups. (place, who, factor, reason)
# ---------------------------------------------------------------------------------------------
JOBS: list[tuple[str, str, float, str]] = [
    ("*", "occupation=it_worker", 1.5, "skills in demand everywhere, without a licence"),
    *((c, "occupation=it_worker", 1.6, "firms moved there with their staff and continue to hire")
      for c in ("AM", "CY", "DE", "GE", "KZ", "RS")),
    ("*", "occupation=doctor", 0.6, "a new licence is needed"),
    ("EU", "occupation=doctor", 0.4, "learning the language and recognition take years"),
    ("AM", "occupation=doctor", 3.5, "in demand; training and examinations in Russian, and "
     "retraining is available"),
    ("IL", "occupation=doctor", 1.5, "a shortage of doctors; help with the licence"),
    ("DE", "occupation=doctor", 1.5, "a shortage of doctors; recognition still takes a year or "
     "more"),
    *((c, "occupation=doctor", 1.7, "a shortage of doctors; Soviet and Russian diplomas are "
       "familiar")
      for c in ("KZ", "KG", "UZ", "BY")),
    ("*", "occupation=student", 0.7, "part-time jobs only"),
    *((code, f"nationality={code}", 6.0, "at home they live with their family and find work")
      for code in ("KG", "KZ", "UZ")),
]  # fmt: skip

# ---------------------------------------------------------------------------------------------
# OTHER NATIONALITIES in Russia whose states warned them: share of all residents. No source of this
# scenario counts them; of long-settled workers the census finds some hundred thousand in all, so
# one to two in a thousand for each is taken. Seasonal workers are not counted as residents.
# code: (share of residents, own state's name)
# ---------------------------------------------------------------------------------------------
OTHERS: dict[str, tuple[float, str]] = {
    "KG": (0.0010, "Kyrgyzstan"), "KZ": (0.0004, "Kazakhstan"), "UZ": (0.0020, "Uzbekistan"),
}  # fmt: skip

# ---------------------------------------------------------------------------------------------
# PRESSURES. Weights in log hazard at full strength; onset, peak, half-life, end: pressures.csv.
# ---------------------------------------------------------------------------------------------
PRESSURES = read_rows(Path(__file__).with_name("pressures.csv"))
# Steepness of the fall by kind: Finland and Georgia counted as many or more on 26 September as on
# the 23rd and half of it three days later, which exponential decay from the first day cannot give.
STEEPNESS = {"mobilisation": 2.0}

# ---------------------------------------------------------------------------------------------
# LEAVING: factors on the hazard of deciding to leave, multiplied and scaled to a mean of 1 over
# people. Those of sex and age are in groups.py (DECIDERS). People without a foreign passport have
# fewer ways out as well, which the access term counts in addition.
# ---------------------------------------------------------------------------------------------
LEAVING_DOCUMENT = {
    "internal_passport": 0.5, "foreign_passport": 2.0, "schengen_visa_fi": 6.0,
    "schengen_visa_ee": 6.0, "schengen_visa_other": 6.0, "residence_abroad": 3.5,
}  # fmt: skip
LEAVING_OCCUPATION = {"it_worker": 1.0, "doctor": 0.8, "student": 1.2, "other": 1.0}
LEAVING_MEANS = {"low": 0.6, "middle": 1.0, "high": 1.5}
LEAVING_HIGHER, LEAVING_OUTSPOKEN = 2.0, 3.0

# ---------------------------------------------------------------------------------------------
# COUNTRIES: hazard of finding paid work a month while it is sought and allowed; beds for people
# without means. Estimates after how open the labour markets are and how far the language helps.
# ---------------------------------------------------------------------------------------------
JOBS_PER_MONTH: dict[str, float] = {
    "AM": 0.22, "AE": 0.16, "AZ": 0.10, "BY": 0.30, "CZ": 0.16, "DE": 0.12, "EE": 0.12,
    "FI": 0.10, "GE": 0.14, "IL": 0.30, "KG": 0.16, "KZ": 0.25, "LT": 0.12, "LV": 0.12,
    "ME": 0.12, "MN": 0.06, "NO": 0.12, "PL": 0.20, "RS": 0.15, "TH": 0.05, "TJ": 0.08,
    "TR": 0.10, "UZ": 0.16, "US": 0.20, "ES": 0.08, "FR": 0.08, "IT": 0.08, "CN": 0.05,
    "IN": 0.05, "ID": 0.05, "CY": 0.16, "EG": 0.05,
}  # fmt: skip
# Mean days at home between the decision to move to a country and setting out, beyond the packing:
# papers of descent and the consul's check for the Law of Return. Immigrants came from Russia two
# months after the invasion more than in its first weeks.
FORMALITIES_DAYS: dict[str, int] = {"IL": 60}
RECEPTION_BEDS: dict[str, int] = {
    "DE": 20000, "FI": 4000, "NO": 1500, "EE": 300, "LV": 300, "LT": 800, "PL": 1500, "CZ": 500,
    "FR": 10000, "ES": 5000, "IT": 5000, "KZ": 1500, "IL": 2000, "GE": 100, "AM": 100, "CY": 200,
}  # fmt: skip
LIVING_COST_USD: dict[str, float] = {"KG": 600, "TJ": 550}  # no row in the price index used

# ---------------------------------------------------------------------------------------------
# AIR: seats a day one way that travellers from Russia could buy, and ordinary travellers a day.
# Levels of ordinary travel follow the trips by country that the border service published.
# ---------------------------------------------------------------------------------------------
# Share of a crossing's capacity that serves Russians; elsewhere 1 (capacities are of Russians
# alone there, or far above what crosses). Kazakhstan's and Georgia's are of all nationalities:
# citizens of Central Asia and the Caucasus are most of the ordinary travellers.
CAPACITY_SHARE = {"KZ": 0.55, "GE": 0.85}
AIR_SEATS: dict[str, tuple[int, str]] = {
    "TR": (27000, "about 25 thousand visitors a day in July 2022 on nearly full flights"),
    "AE": (4200, "2.9 thousand trips a day in the first quarter, larger aircraft"),
    "EG": (4500, "3.9 thousand trips a day in the first quarter"),
    "AM": (3600, "1.5 thousand trips a day in the first quarter, more flights by the summer"),
    "UZ": (3200, "many flights for workers; Russians take part of the seats"),
    "KZ": (2600, "Moscow, St Petersburg and five more cities"),
    "KG": (2400, "flights for workers"),
    "TJ": (1800, "flights for workers"),
    "AZ": (1600, "0.6 thousand trips a day in the first quarter"),
    "IL": (1300, "a few flights a day"),
    "RS": (450, "seven flights carried 1,068 people in three to four days"),
    "IN": (700, "one to two flights a day and tourist charters in winter"),
    "CN": (60, "a few flights a week under quarantine rules"),
    "BY": (2000, "the one foreign destination with flights throughout"),
    "MN": (150, "a few small aircraft a week"),
    "TH": (0, "none until 30 October 2022"),
    "GE": (0, "none until 15 May 2023"),
}

# First days of the levels below.
AIR_PERIODS = ("", "2022-03-08", "2022-05-01", "2022-07-01", "2022-09-01", "2022-10-01",
               "2022-11-01", "2023-04-01", "2023-06-01", "2023-10-01", "2023-11-01")  # fmt: skip
# From October 2022 on: estimates made from seasons before that and without later counts.
AIR_ORDINARY: dict[str, tuple[int, ...]] = {
    "TR": (4500, 5000, 13000, 25000, 21500, 15000, 6500, 12000, 23000, 15000, 6500),
    "AE": (2800, 1500, 1700, 1900, 2100, 2400, 2800, 2300, 1900, 2400, 2800),
    "EG": (3800, 300, 1000, 1800, 2000, 2200, 2400, 2000, 1800, 2200, 2400),
    "AM": (1300, 1300, 1800, 2300, 2000, 1700, 1500, 1700, 2200, 1700, 1500),
    "UZ": (600, 700, 1000, 1500, 1300, 1200, 1100, 1200, 1500, 1200, 1100),
    "KZ": (700, 700, 900, 1300, 1200, 1000, 900, 1000, 1300, 1000, 900),
    "KG": (500, 600, 900, 1500, 1100, 900, 800, 900, 1400, 900, 800),
    "TJ": (450, 500, 700, 1000, 800, 700, 600, 700, 1000, 700, 600),
    "AZ": (650, 500, 700, 900, 800, 700, 600, 700, 900, 700, 600),
    "IL": (500, 400, 500, 500, 500, 500, 450, 500, 500, 450, 300),
    "RS": (150, 200, 250, 260, 250, 230, 220, 250, 260, 230, 220),
    "IN": (200, 50, 100, 150, 200, 350, 500, 200, 150, 350, 500),
    "CN": (20, 20, 20, 20, 20, 20, 20, 100, 200, 200, 200),
    "BY": (800, 900, 1000, 1200, 1000, 900, 800, 900, 1200, 900, 800),
    "MN": (10, 10, 20, 60, 60, 40, 20, 40, 60, 40, 20),
    "TH": (0, 0, 0, 0, 0, 0, 2000, 700, 500, 1200, 2500),
    "GE": (0, 0, 0, 0, 0, 0, 0, 0, 900, 800, 700),
}
# Levels that nobody knew before their first day: those that rest on an event (the tighter ban in
# Finland, the war in Israel, the end of quarantine in China) and those set in view of the counts of
# their own months (Georgia in the first half of 2023).
LEVELS_AFTER_EVENTS: dict[str, tuple[str, ...]] = {
    **{
        f"FI-{point}": ("2023-07-10",)
        for point in ("VAALIMAA", "NUIJAMAA", "IMATRA", "NIIRALA", "VARTIUS", "SALLA",
                      "RAJAJOOSEPPI", "KUUSAMO")
    },
    **{
        f"GE-{point}": ("2023-01-01", "2023-04-01") for point in ("LARS", "SADAKHLO", "SARPI")
    },
    "AIR-IL": ("2023-11-01",),
    "AIR-CN": ("2023-04-01", "2023-06-01", "2023-10-01", "2023-11-01"),
}  # fmt: skip
# Share of ordinary travellers by air who show the internal passport where it will do.
AIR_INTERNAL = {"AM": 0.4, "KZ": 0.4, "KG": 0.6, "BY": 0.7}

# ---------------------------------------------------------------------------------------------
# LAND: ordinary Russian travellers a day in the direction of entry. (first day, persons a day)
# ---------------------------------------------------------------------------------------------
# Finland, all road points together, and the weekday profile of 14 to 20 September 2022. Residents
# are those with a permit, close family or another ground that the ban of 30 September leaves: until
# 15 July only people with a ground got out of Russia at all, and about 1,150 Russians a day entered
# in January to July 2023, under the ban. So a third of the travellers of September; the others are
# visitors on visas. The border guard said the reverse of tourists, a third; a survey of August that
# two thirds held visas of other states, a report of late September that 55 % held Finnish ones.
FI_LEVELS = {
    "residence_abroad": (("", 800), ("2022-04-01", 1100), ("2022-07-15", 1250),
                         ("2022-10-01", 1100), ("2023-07-10", 1000)),
    "schengen_visa_fi": (("", 50), ("2022-04-01", 200), ("2022-07-15", 1225),
                         ("2022-09-01", 1200), ("2022-10-01", 900)),
    "schengen_visa_other": (("", 50), ("2022-04-01", 200), ("2022-07-15", 1225),
                            ("2022-09-01", 1200), ("2022-10-01", 900)),
}  # fmt: skip
FI_WEEK = (0.82, 0.90, 0.83, 0.86, 1.08, 1.39, 1.12)
FI_POINTS = {"FI-VAALIMAA": 0.42, "FI-NUIJAMAA": 0.33, "FI-IMATRA": 0.142, "FI-NIIRALA": 0.07,
             "FI-VARTIUS": 0.024, "FI-SALLA": 0.006, "FI-RAJAJOOSEPPI": 0.007,
             "FI-KUUSAMO": 0.001}  # fmt: skip
KZ_LAND_LEVELS = (("", 1600), ("2022-06-01", 10800), ("2022-07-01", 14200), ("2022-08-01", 10600),
                  ("2022-09-01", 7400), ("2022-10-01", 6800), ("2022-12-01", 5500),
                  ("2023-06-01", 10000), ("2023-09-01", 7000), ("2023-12-01", 5500))  # fmt: skip
KZ_DOCUMENTS = {"internal_passport": 0.6, "foreign_passport": 0.4}
LAND_LEVELS: dict[str, tuple[tuple[str, int], ...]] = {
    "GE-LARS": (("", 300), ("2022-04-01", 900), ("2022-06-01", 2200), ("2022-07-15", 5000),
                ("2022-09-01", 3500), ("2022-10-01", 2600), ("2023-01-01", 1700),
                ("2023-04-01", 2600), ("2023-06-01", 4500), ("2023-09-15", 3000)),
    "GE-SADAKHLO": (("", 400), ("2022-04-01", 500), ("2022-06-01", 1100), ("2022-07-15", 1400),
                    ("2022-09-01", 900), ("2022-10-01", 800), ("2023-01-01", 600),
                    ("2023-06-01", 1000), ("2023-09-15", 800)),
    "GE-SARPI": (("", 300), ("2022-04-01", 400), ("2022-06-01", 900), ("2022-07-15", 1300),
                 ("2022-09-01", 900), ("2022-10-01", 700), ("2023-01-01", 500),
                 ("2023-06-01", 1000), ("2023-09-15", 700)),
    "MN-ALTANBULAG": (("", 20), ("2022-07-15", 220), ("2022-11-01", 120), ("2023-06-01", 250)),
    "MN-TASHANTA": (("", 5), ("2022-07-15", 50), ("2022-11-01", 25), ("2023-06-01", 60)),
    "MN-BORSHOO": (("", 2), ("2022-07-15", 15),),
    "BY-M1": (("", 1500), ("2022-03-18", 5000)),
    "BY-GOMEL": (("", 700), ("2022-03-18", 2200)),
    "BY-EZERISHCHE": (("", 500), ("2022-03-18", 1500)),
    "BY-RAIL": (("", 1200), ("2022-03-18", 2000)),
}  # fmt: skip
# Baltic states, Poland, Norway: (crossing, document) -> levels.
SCHENGEN_LEVELS: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {
    ("EE-NARVA", "residence_abroad"): (("", 650), ("2022-07-01", 800)),
    ("EE-NARVA", "schengen_visa_ee"): (("", 250), ("2022-07-01", 550)),
    ("EE-NARVA", "schengen_visa_other"): (("", 150), ("2022-07-01", 500)),
    ("EE-KOIDULA", "residence_abroad"): (("", 90), ("2022-07-01", 110)),
    ("EE-KOIDULA", "schengen_visa_ee"): (("", 40), ("2022-07-01", 80)),
    ("EE-KOIDULA", "schengen_visa_other"): (("", 20), ("2022-07-01", 50)),
    ("EE-LUHAMAA", "residence_abroad"): (("", 90), ("2022-07-01", 110)),
    ("EE-LUHAMAA", "schengen_visa_ee"): (("", 40), ("2022-07-01", 80)),
    ("EE-LUHAMAA", "schengen_visa_other"): (("", 20), ("2022-07-01", 50)),
    ("LV-TEREHOVA", "residence_abroad"): (("", 130), ("2022-07-15", 170)),
    ("LV-TEREHOVA", "schengen_visa_other"): (("", 30), ("2022-07-15", 60)),
    ("LV-GREBNEVA", "residence_abroad"): (("", 70), ("2022-07-15", 90)),
    ("LV-GREBNEVA", "schengen_visa_other"): (("", 15), ("2022-07-15", 30)),
    ("LV-VIENTULI", "residence_abroad"): (("", 20), ("2022-07-15", 25)),
    ("LV-PEDEDZE", "residence_abroad"): (("", 5), ("2022-07-15", 8)),
    ("LT-KYBARTAI", "residence_abroad"): (("", 500), ("2022-07-01", 750), ("2022-10-01", 650)),
    ("LT-PANEMUNE", "residence_abroad"): (("", 90), ("2022-07-15", 130)),
    ("LT-PANEMUNE", "schengen_visa_other"): (
        ("", 60), ("2022-07-15", 250), ("2022-09-01", 150),
    ),
    ("LT-MEDININKAI", "residence_abroad"): (
        ("", 280), ("2022-07-15", 450), ("2022-09-01", 380),
    ),
    ("LT-MEDININKAI", "schengen_visa_other"): (
        ("", 300), ("2022-07-15", 1150), ("2022-09-01", 700),
    ),
    ("PL-BEZLEDY", "residence_abroad"): (("", 55), ("2022-07-15", 85)),
    ("PL-BEZLEDY", "schengen_visa_other"): (("", 10), ("2022-07-15", 20)),
    ("PL-GRZECHOTKI", "residence_abroad"): (("", 75), ("2022-07-15", 115)),
    ("PL-GRZECHOTKI", "schengen_visa_other"): (("", 10), ("2022-07-15", 20)),
    ("NO-STORSKOG", "residence_abroad"): (("", 20), ("2022-07-15", 65)),
    ("NO-STORSKOG", "schengen_visa_other"): (("", 10), ("2022-07-15", 55)),
    ("FI-VAINIKKALA", "residence_abroad"): (("", 60), ("2022-02-24", 220), ("2022-03-28", 0)),
}  # fmt: skip
