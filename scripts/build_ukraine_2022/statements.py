"""claims.csv: statements of the time about the flight from Ukraine."""

from __future__ import annotations

from scripts.scenario_tables import Cells


def claim(key: str, said_by: str, said_on: str, statement: str, counts: str, measure: str,
          place: str, first: str, end: str, value: float, wording: str, source: str,
          **more: object) -> Cells:  # fmt: skip
    """A statement about a figure."""
    row: Cells = {
        "id": key, "said_by": said_by, "said_on": said_on, "statement": statement,
        "kind": "value", "counts": counts, "measure": measure, "place": place, "from": first,
        "to": end, "per": "period", "value": value, "wording": wording, "source": source,
    }  # fmt: skip
    return row | more


def build_claims() -> list[Cells]:
    """Statements with their source."""
    start = "2022-02-24"
    return [
        claim("million_in_a_week", "UNHCR", "2022-03-03",
              "One million people fled Ukraine within seven days.", "passages", "passages",
              "OUT", start, "2022-03-03", 1000000, "about", "million-in-a-week"),
        claim("up_to_four_million", "UNHCR", "2022-02-28",
              "Plans are made for up to four million refugees in the coming weeks.", "passages",
              "passages", "OUT", start, "2022-04-01", 4000000, "up_to", "planning-4-million",
              note="A plan, read as an upper bound to the end of March."),
        claim("poland_first_days", "Polish Border Guard", "2022-02-27",
              "Nearly 200,000 people crossed into Poland in three and a half days.", "passages",
              "passages", "PL", start, "2022-02-27", 200000, "nearly", "poland-27-feb",
              note="Read as the three days to 26 February and the morning of the 27th."),
        claim("poland_saturday", "Polish Border Guard", "2022-02-27",
              "More than 77,000 crossed into Poland on Saturday.", "passages", "passages", "PL",
              "2022-02-26", "2022-02-27", 77000, "more_than", "poland-27-feb"),
        claim("poland_by_10_march", "Polish Border Guard", "2022-03-10",
              "1.43 million people have entered Poland since the war began.", "passages",
              "passages", "PL", start, "2022-03-10", 1430000, "rounded", "poland-trains"),
        claim("quarter_million_waiting", "chief of staff of Poland's prime minister",
              "2022-02-28", "Over a quarter of a million people wait at the borders.", "present",
              "waiting", "OUT-WEST", "2022-02-28", "2022-03-01", 250000, "more_than",
              "queues-28-feb", note="All western borders of Ukraine."),
        claim("siret_20_to_30_hours", "interior minister of Romania", "2022-02-28",
              "People queue for 20 to 30 hours to enter Romania.", "hours", "wait_hours",
              "RO-SIRET", "2022-02-28", "2022-03-01", 25, "about", "queues-romania", low=20,
              high=30),
        claim("eighty_thousand_returned", "State Border Guard Service of Ukraine", "2022-03-01",
              "80,000 Ukrainians came home in five days, most of them men.", "passages", "",
              "", "", "", 80000, "rounded", "returns-1-march",
              note="They had lived abroad before the war; the model has no such people."),
        claim("six_and_a_half_million_displaced", "IOM", "2022-03-21",
              "Almost 6.5 million people are displaced inside Ukraine.", "present",
              "stock_displaced", "INSIDE", "2022-03-16", "2022-03-17", 6500000, "nearly",
              "iom-round-1", note="A survey of people away from home, between 9 and 16 March."),
    ]  # fmt: skip
