"""claims.csv: what was said at the time about the counts."""

from __future__ import annotations

from scripts.scenario_tables import Cells


def build_claims() -> list[Cells]:
    """Statements by authorities and agencies, with the days and places they are about."""
    return [
        _said("islands_19_oct", "UNHCR, briefing notes", "2015-10-20",
              "Nearly 8,000 people reached the Aegean islands on 19 October.", "unhcr-20-oct",
              "GR-ISLANDS", "2015-10-19", "2015-10-20", value=8000, wording="nearly"),
        _said("upwards_of_5000", "Reuters", "2015-10-19",
              "Upwards of 5,000 a day go from Greece into Macedonia.", "reuters-stranded",
              "MK-GEVGELIJA", "2015-10-09", "2015-10-19", value=5000, wording="more_than",
              per="day"),
        _said("slovenia_17_oct", "Government of Slovenia, quoted by Reuters", "2015-10-18",
              "Some 3,000 entered Slovenia on Saturday.", "slovenia-3000", "SI-DOBOVA",
              "2015-10-17", "2015-10-18", value=3000, wording="about"),
        _said("slovenia_limit", "Ministry of the Interior of Slovenia", "2015-10-18",
              "Slovenia takes in at most 2,500 a day.", "slovenia-2500", "SI-DOBOVA",
              "2015-10-18", "2015-10-19", value=2500, wording="up_to"),
        _said("slovenia_21_oct", "Ministry of the Interior of Slovenia", "2015-10-22",
              "More than 12,000 entered Slovenia yesterday.", "slovenia-12000", "SI-DOBOVA",
              "2015-10-21", "2015-10-22", value=12000, wording="more_than"),
        _said("slovenia_25_oct", "Government of Slovenia", "2015-10-25",
              "On this Sunday the number will reach 15,000, a record.", "slovenia-15000",
              "SI-DOBOVA", "2015-10-25", "2015-10-26", value=15000, wording="about",
              note="The day's count by UNHCR was 9,818."),
        _said("croatia_28_oct", "Croatian authorities, by Vecernji List", "2015-10-29",
              "6,306 entered Croatia on Wednesday before 9 pm.", "croatia-28-oct", "HR-BAPSKA",
              "2015-10-28", "2015-10-29", value=6306, wording="more_than",
              note="Three hours of the day are missing: read as a lower bound."),
        _said("greece_6_12_nov", "UNHCR, update 10", "2015-11-13",
              "On average 4,950 a day arrived in Greece by sea.", "unhcr-update-10",
              "GR-ISLANDS", "2015-11-06", "2015-11-13", value=4950, per="day"),
        _said("greece_13_19_nov", "UNHCR, update 11", "2015-11-20",
              "On average 4,700 a day arrived in Greece by sea.", "unhcr-update-11",
              "GR-ISLANDS", "2015-11-13", "2015-11-20", value=4700, per="day"),
        _said("macedonia_9_16_dec", "IOM, quoted by ECRE", "2016-01-08",
              "23,452 arrived in Macedonia from 9 to 16 December.", "ecre-december",
              "MK-GEVGELIJA", "2015-12-09", "2015-12-17", value=23452),
        _said("macedonia_11_17_dec", "UNHCR, quoted by ECRE", "2016-01-08",
              "20,774 crossed from Greece to Macedonia from 11 to 17 December.", "ecre-december",
              "MK-GEVGELIJA", "2015-12-11", "2015-12-18", value=20774),
        _said("macedonia_17_29_dec", "IOM, quoted by ECRE", "2016-01-08",
              "Another 37,603 arrived in Macedonia from 17 to 29 December.", "ecre-december",
              "MK-GEVGELIJA", "2015-12-17", "2015-12-30", value=37603),
        _said("macedonia_january", "IOM", "2016-01-27",
              "In the two weeks to 21 January nearly 47 % fewer crossed into Macedonia than in the "
              "two weeks before.", "iom-january", "MK-GEVGELIJA", "2016-01-08", "2016-01-22",
              kind="ratio", value=0.53, wording="about", than_from="2015-12-25",
              than_to="2016-01-08"),
    ]  # fmt: skip


def _said(key: str, who: str, on: str, text: str, source: str, place: str, first: str, end: str,
          kind: str = "value", wording: str = "rounded", per: str = "period", note: str = "",
          **cells: object) -> Cells:  # fmt: skip
    row: Cells = {
        "id": key, "said_by": who, "said_on": on, "statement": text, "kind": kind,
        "counts": "passages", "measure": "entered", "place": place, "from": first, "to": end,
        "per": per, "wording": wording, "source": source, "note": note,
    }  # fmt: skip
    return row | cells
