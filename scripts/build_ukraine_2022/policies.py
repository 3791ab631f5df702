"""rules, pressures, traffic: what the law said, where the war was, who crossed anyway."""

from __future__ import annotations

from scripts.scenario_tables import ESTIMATE, Cells

from .world import WEST, ZAPORIZHZHIA, crossings_into

KYIV = "+02:00"
ANY = "*"
UA, FOREIGN = "UA", "XX"


def rule(key: str, kind: str, place: str, value: float, source: str, note: str,
         **more: object) -> Cells:  # fmt: skip
    """A row of rules.csv; official where the value is the law's own, else an estimate."""
    basis = "estimate" if source == ESTIMATE else "reported"
    row: Cells = {"id": key, "kind": kind, "place": place, "value": value, "source": source,
                  "note": note, "basis": basis}  # fmt: skip
    if kind not in ("capacity", "fare", "leg"):
        row |= {"nationality": UA, "document": ANY, "who": ANY}
    return row | more


def build_rules() -> list[Cells]:
    """Rows of rules.csv: exits, entries, stays, fares, capacities."""
    return exits() + entries() + stays() + ways()


def exits() -> list[Cells]:
    """Exit checks by Ukraine and by the authorities of the occupied areas."""
    shut = {"announced": "2022-02-26", "effective_from": f"2022-02-28T00:00{KYIV}"}
    note = ("Ukraine closed these crossings; people leave through areas it does not control. "
            "Estimate: the share who get through.")  # fmt: skip
    return [
        rule("ua_men_18_60", "exit", "OUT-WEST", 0, "exit-ban",
             "Men of 18 to 60 may not leave unless exempt (exit-ban-exceptions): unfit for "
             "service, three children, a single father, a disabled child.",
             who="sex=male;age_band=18-60;occupation=other", applies_to="person",
             effective_from=f"2022-02-24T22:14{KYIV}"),
        rule("donbas_men_18_55", "exit", "RU-DONBAS", 0, ESTIMATE,
             "The authorities in the areas held since 2014 called up men of 18 to 55 on 19 "
             "February and allowed few of them to leave.",
             who="sex=male;age_band=18-60;occupation=other", applies_to="person"),
        rule("ua_closes_belarus", "exit", "BY-NORTH", 0.3, "eastern-checkpoints", note,
             basis="estimate", **shut),
        rule("ua_closes_russia_north", "exit", "RU-BELGOROD", 0.5, "eastern-checkpoints", note,
             basis="estimate", **shut),
    ]  # fmt: skip


def entries() -> list[Cells]:
    """Who is admitted: with a biometric passport before the war, everybody after."""
    passport = "biometric_passport"
    rows = [
        rule("eu_visa_free", "entry", "EU", 1, "schengen-waiver",
             "Short stays of 90 days in 180.", document=passport, days=90, window_days=180,
             effective_from="2017-06-11"),
        rule("pl_open", "entry", "PL", 1, "poland-no-papers",
             "Everybody is admitted, with or without papers.", days=90,
             effective_from="2022-02-24T08:00+01:00"),
        rule("sk_open", "entry", "SK", 1, "slovakia-no-papers",
             "Entry without a valid travel document after an individual assessment.", days=90,
             effective_from="2022-02-25"),
        rule("hu_open", "entry", "HU", 1, "entry-by-country",
             "Entry without papers for those who apply for protection.", days=90,
             effective_from="2022-02-25"),
        rule("ro_open", "entry", "RO", 1, "entry-rules",
             "Any passport; other papers with a claim.", days=90, effective_from="2022-02-24"),
        rule("md_open", "entry", "MD", 1, ESTIMATE,
             "Identity cards and expired papers were accepted from the first day.", days=90),
        rule("eu_open", "entry", "EU", 1, "temporary-protection",
             "States decide to admit those who enter from another state of the Union.", days=90,
             effective_from="2022-02-28", basis="estimate"),
        rule("ru_open", "entry", "RU", 1, ESTIMATE, "No visa needed; internal passports accepted.",
             days=90),
        rule("by_open", "entry", "BY", 1, ESTIMATE, "No visa needed; internal passports accepted.",
             days=90),
        rule("gb_visa", "entry", "GB", 0.15, ESTIMATE,
             "A visa was needed; the family scheme of 4 March and the sponsorship scheme of 18 "
             "March admitted some.", days=1095, effective_from="2022-03-04"),
        rule("ch_open", "entry", "CH", 1, ESTIMATE, "Short stays, then status S from 12 March.",
             days=90),
    ]  # fmt: skip
    rows += [
        rule(f"{country.lower()}_foreigners", "entry", country, 0.97, ESTIMATE,
             "Foreigners who flee Ukraine are admitted for transit.", nationality=FOREIGN, days=15)
        for country in WEST
    ]  # fmt: skip
    rows.append(rule("home_foreigners", "entry", "HOME", 1, ESTIMATE, "Citizens may come home.",
                     nationality=FOREIGN))  # fmt: skip
    return rows


def stays() -> list[Cells]:
    """Temporary protection and the right to work."""
    decided = {"announced": "2022-03-03", "effective_from": "2022-03-04"}
    return [
        rule("eu_temporary_protection", "protection", "EU", 0.3, "temporary-protection",
             "One year, for citizens who lived in Ukraine before 24 February. Estimate: the share "
             "who register on arrival.", days=365, basis="estimate", **decided),
        rule("eu_registration", "permit", "EU", 1, "temporary-protection",
             "The same for people who register later or arrived earlier.", days=365, **decided),
        rule("eu_work", "work", "EU", 1, "temporary-protection",
             "Holders may work in every state of the Union.", **decided),
        rule("pl_special_act", "permit", "PL", 1, "polish-act",
             "Stay is lawful for 18 months from 24 February.", days=548,
             effective_from="2022-03-12"),
        rule("md_work", "work", "MD", 1, ESTIMATE, "Work without a permit under the emergency.",
             effective_from="2022-03-01"),
        rule("ch_status_s", "permit", "CH", 1, ESTIMATE, "Status S for one year.", days=365,
             effective_from="2022-03-12"),
        rule("ru_asylum", "permit", "RU", 0.9, ESTIMATE, "Temporary asylum for a year.",
             days=365, delay_days=30),
    ]  # fmt: skip


def ways() -> list[Cells]:
    """Fares, ways out of Mariupol, and capacities before exit checks were made simpler."""
    rows = [
        rule("mariupol_front_line", "leg", "UA-MA/RU-AZOV/road", 0, "mariupol-east",
             "The line of contact was closed; the first people reached Bezimenne on 5 March.",
             effective_to=f"2022-03-05T00:00{KYIV}"),
        rule("mariupol_encircled", "leg", f"UA-MA/{ZAPORIZHZHIA}/road", 0, "mariupol-convoy",
             "The city was surrounded from 2 March (mariupol-besieged); the first convoy of "
             "private cars left on 14 March.", effective_from=f"2022-03-02T00:00{KYIV}",
             effective_to=f"2022-03-14T00:00{KYIV}"),
        rule("free_trains", "fare", "OUT-WEST", 0, "evacuation-trains",
             "Trains to the west are free and need no ticket; so were trains beyond the border "
             "(Railway Journal, 1 March).", effective_from="2022-02-25"),
    ]  # fmt: skip
    first_days = {"PL-MEDYKA": 29000, "PL-KORCZOWA": 21000, "PL-HREBENNE": 21000,
                  "PL-DOROHUSK": 14000, "PL-RAIL": 14000, "RO-SIRET": 5000}  # fmt: skip
    for x, served in first_days.items():
        rows.append(rule(f"{x.lower().replace('-', '_')}_full_checks", "capacity", x, served,
                         "queues-28-feb",
                         "Full exit checks and computer failures on Ukraine's side: queues of a "
                         "day and more; trains not yet on a wartime timetable. Estimate: those of "
                         "Poland add up to the counts of 27 February to 3 March.",
                         effective_to="2022-03-04", end_announced="2022-03-04",
                         basis="estimate"))  # fmt: skip
    # Served, the day on which that ends, and the most counted at the border before and after.
    hungary, slovakia = ("2022-03-03", "23,000", "12,300"), ("2022-02-28", "15,900", "13,500")
    first_rush = {"HU-ROAD": (15000, *hungary), "HU-RAIL": (8000, *hungary),
                  "SK-VYSNE": (11000, *slovakia), "SK-UBLA": (5000, *slovakia)}  # fmt: skip
    for x, (served, end, most, later) in first_rush.items():
        rows.append(rule(f"{x.lower().replace('-', '_')}_first_week", "capacity", x, served,
                         ESTIMATE,
                         f"Up to {most} a day were counted at the border before that day, and no "
                         f"more than {later} from then on; reason unknown.", effective_to=end,
                         end_announced=end))  # fmt: skip
    return rows


def pressure(key: str, kind: str, place: str, onset: str, peak: str, half_life: float | None,
             leaving: float, why: str, **more: object) -> Cells:  # fmt: skip
    """A row of pressures.csv; dates are reported, weights and shape are estimates."""
    row: Cells = {"id": key, "kind": kind, "place": place, "nationality": ANY, "who": ANY,
                  "onset": onset, "peak": peak, "half_life_days": half_life, "leaving": leaving,
                  "returning": 0.0, "basis": "estimate", "source": ESTIMATE,
                  "note": f"Weight and shape are estimates: {why}."}  # fmt: skip
    return row | more


def build_pressures() -> list[Cells]:
    """The war as such, the shock of its first days, and the fighting by region."""
    start = "2022-02-24"
    return [
        pressure("war", "war", ANY, start, "2022-02-25", None, 5.6,
                 "one household in 400 a day at this level alone", returning=-1.5),
        pressure("shock", "shock", ANY, start, "2022-03-01", 8, 2.0,
                 "nobody knew how far the army would advance; towns were shelled from 1 March"),
        pressure("rush", "shock", "WEST", start, start, 3, 2.0,
                 "people who live near the border and have a car leave at once"),
        pressure("north", "fighting", "NORTH", start, "2022-02-26", 30, 1.5,
                 "columns towards Kyiv, siege of Chernihiv, Sumy cut off", ends="2022-04-07",
                 returning=-1.0, source="withdrawal", end_announced="2022-03-29"),
        pressure("east", "fighting", "EAST", start, "2022-02-28", 45, 1.2,
                 "Kharkiv shelled, Mariupol besieged", returning=-1.5),
        pressure("mariupol_besieged", "fighting", "UA-MA", "2022-03-02", "2022-03-02", None, -3.0,
                 "some hundreds a day got out of the shelters and the city: 4,600 people in "
                 "Bezimenne from 5 to 22 March", ends="2022-03-14", source="mariupol-besieged"),
        pressure("mariupol_leaves", "fighting", "UA-MA", "2022-03-14", "2022-03-15", 10, 2.0,
                 "39,000 people left in private cars from 14 to 20 March (mariupol-cars), a tenth "
                 "of the city, and 15,000 had been taken away by 24 March: 2 % a day, three times "
                 "the level of the east; 631 got to Zaporizhzhia on 31 March (mariupol-31-march)",
                 source="mariupol-deported"),
        pressure("south", "fighting", "SOUTH", "2022-02-25", "2022-03-03", 45, 0.8,
                 "Kherson occupied, Mykolaiv attacked", returning=-1.0),
        pressure("rear", "fighting", "REAR", "2022-02-25", "2022-03-08", 20, 0.3,
                 "strikes on towns behind the front, a landing at Odesa feared"),
        pressure("corridors", "fighting", "NORTH", "2022-03-08", "2022-03-10", 6, 0.5,
                 "agreed evacuation corridors from Sumy and the towns west of Kyiv"),
        pressure("lviv_struck", "fighting", "WEST", "2022-03-13", "2022-03-13", 4, 0.5,
                 "missiles on Yavoriv on 13 March and on Lviv on the 18th and 26th"),
        pressure("relief", "relief", "NORTH", "2022-03-29", "2022-04-07", None, -0.8,
                 "Russia withdraws from the north", returning=0.8, source="withdrawal"),
    ]  # fmt: skip


def build_traffic() -> list[Cells]:
    """Ordinary travellers into the western neighbours: levels before and during the war."""
    rows: list[Cells] = []
    calm = {"PL": 15000.0, "SK": 2400.0, "HU": 10000.0, "RO": 4600.0, "MD": 3000.0}
    for country, level in calm.items():
        gates = [x for x in crossings_into(country) if "RAIL" not in x]
        for x in gates:
            for start, end, share, why in (
                ("", "2022-02-26", 1.0, "half of the count of the first day"),
                ("2022-02-26", "", 0.2, "lorry drivers and aid workers"),
            ):
                rows.append({
                    "id": f"{x.lower()}-{start or 'start'}", "crossing": x, "nationality": UA,
                    "document": "biometric_passport", "from": start, "to": end,
                    "persons_per_day": round(level * share / len(gates)), "level_sd": 0.4,
                    "published": start or "2022-02-24", "basis": "estimate",
                    "source": ESTIMATE, "note": f"Order of magnitude: {why}.",
                })  # fmt: skip
    return rows
