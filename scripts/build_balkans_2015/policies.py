"""rules.csv: who may pass which border from when."""

from __future__ import annotations

from scripts.scenario_tables import ESTIMATE, Cells

WAR_ZONES = "SY|AF|IQ"
OTHERS = "IR|PK|XX"
OPEN = ("GR-ISLANDS", "GR-FERRY", "MK-GEVGELIJA", "RS-MIRATOVAC", "HR-BAPSKA", "HU-ZAKANY",
        "AT-NICKELSDORF", "AT-SPIELFELD", "DE-BAVARIA", "SE-MALMO")  # fmt: skip
QUOTA = ("MK-GEVGELIJA", "RS-MIRATOVAC", "HR-BAPSKA", "SI-DOBOVA")
RECOGNISED = {"SY": 0.95, "IQ": 0.85, "AF": 0.5, "IR": 0.4, "PK": 0.1, "XX": 0.1}


def build_rules() -> list[Cells]:
    """Transit as it was in October, then every step to the closure; claims where people stand."""
    return [
        *(_transit(place) for place in OPEN),
        *_fence(),
        *_capacities(),
        *_filter(),
        *_destinations(),
        *_february(),
        *_march(),
        *_asylum(),
    ]


def _rule(key: str, kind: str, place: str, value: float, source: str, note: str,
          basis: str = "reported", **cells: object) -> Cells:  # fmt: skip
    row: Cells = {
        "id": key, "kind": kind, "place": place, "nationality": "*", "document": "*", "who": "*",
        "value": value, "basis": basis, "source": source, "note": note,
    }  # fmt: skip
    return row | cells


def _name(place: str) -> str:
    return place.lower().replace("-", "_")


def _transit(place: str) -> Cells:
    note = "People are admitted and taken to the next border, whatever papers they hold."
    return _rule(f"{_name(place)}_transit", "entry", place, 1, "reuters-stranded", note)


def _fence() -> list[Cells]:
    """Hungary's fences, and the detour through Slovenia."""
    return [
        _rule("hu_serbia_fence", "entry", "HU-ROSZKE", 0, "hungary-serbia-fence",
              "Fence on the border with Serbia closed; entry outside border posts is punishable.",
              announced="2015-09-13", effective_from="2015-09-15"),
        _rule("hu_croatia_fence", "entry", "HU-ZAKANY", 0, "hungary-croatia-closed",
              "Border with Croatia closed at midnight.",
              announced="2015-10-16", effective_from="2015-10-17T00:00+02:00"),
        _rule("si_transit", "entry", "SI-DOBOVA", 1, "slovenia-opens",
              "Croatia sends people to Slovenia, which lets them continue to Austria; before, "
              "they were brought to Hungary.",
              announced="2015-10-16", effective_from="2015-10-17T00:00+02:00"),
    ]  # fmt: skip


def _capacities() -> list[Cells]:
    """Days on which a border or ferry could not serve everybody."""
    return [
        _rule("si_limit", "capacity", "SI-DOBOVA", 2500, "slovenia-2500",
              "A limit of 2,500 a day, dropped on Monday when thousands waited in the rain.",
              announced="2015-10-17", effective_from="2015-10-17T00:00+02:00",
              effective_to="2015-10-19T12:00+02:00"),
        _rule("ferry_strike", "capacity", "GR-FERRY", 600, "ferry-strike-called",
              "Seafarers' strike, called for 48 hours from Monday. Estimate: a few boats sailed "
              "(142 to 1,935 persons a day).", "estimate",
              announced="2015-11-01", effective_from="2015-11-02T06:00+02:00",
              effective_to="2015-11-04T06:00+02:00", end_announced="2015-11-01"),
        _rule("ferry_strike_longer", "capacity", "GR-FERRY", 600, "ferry-strike",
              "Extended on Tuesday evening to Friday morning. Estimate: as before.", "estimate",
              announced="2015-11-03", effective_from="2015-11-04T06:00+02:00",
              effective_to="2015-11-06T06:00+02:00", end_announced="2015-11-03"),
        _rule("si_rail", "leg", "HR-BAPSKA/SI-DOBOVA/rail", 0, "transit-trains",
              "Slovenia suspended trains from Croatia on 16 October; trains to the border ran "
              "again from the 27th.", effective_from="2015-10-16T20:00+02:00",
              effective_to="2015-10-27", announced="2015-10-16"),
        _rule("ferry_extra", "capacity", "GR-FERRY", 11000, ESTIMATE,
              "Estimate: extra boats after the strike; 12,116 left the islands on 7 November.",
              "estimate", announced="2015-11-06", effective_from="2015-11-06T06:00+02:00"),
        _rule("idomeni_protest", "capacity", "MK-GEVGELIJA", 3000, "filter-protest",
              "Shut most of the day because of a protest. Estimate: under half of usual.",
              "estimate", announced="2015-11-19", effective_from="2015-11-19T08:00+01:00",
              effective_to="2015-11-20T00:00+01:00"),
        _rule("idomeni_december", "capacity", "MK-GEVGELIJA", 500, "unhcr-update-13",
              "Temporary closure after violence. Estimate: one day, nearly complete.", "estimate",
              announced="2015-12-03", effective_from="2015-12-03T00:00+01:00",
              effective_to="2015-12-04T00:00+01:00"),
        _rule("mk_closed_january", "capacity", "MK-GEVGELIJA", 20, "macedonia-19-jan",
              "Closed from Tuesday evening to Thursday morning. Estimate: 20 a day, so that "
              "people wait for it to open.", "estimate", announced="2016-01-19",
              effective_from="2016-01-19T20:00+01:00", effective_to="2016-01-21T08:00+01:00",
              end_announced="2016-01-21"),
    ]  # fmt: skip


def _filter() -> list[Cells]:
    """Only Syrians, Iraqis and Afghans from 18 and 19 November 2015."""
    note = "Only people from war zones (Syria, Iraq, Afghanistan) are admitted."
    steps = (
        ("SI-DOBOVA", "2015-11-18T00:00+01:00", "filter-croatia"),
        ("RS-MIRATOVAC", "2015-11-18T18:00+01:00", "filter-unhcr"),
        ("MK-GEVGELIJA", "2015-11-19T03:00+01:00", "filter-unhcr"),
        ("HR-BAPSKA", "2015-11-19T00:00+01:00", "filter-croatia"),
    )
    return [
        _rule(f"{_name(place)}_filter", "entry", place, 0, source, note, nationality=OTHERS,
              announced="2015-11-18", effective_from=start)
        for place, start, source in steps
    ]  # fmt: skip


def _destinations() -> list[Cells]:
    """Questions about the destination in January 2016, identity checks on the way to Sweden."""
    note = (
        "Only people who name Austria or Germany as destination are admitted. Estimate: seven in "
        "a hundred name another country and are refused{}."
    )
    asked_before = "; those already asked in North Macedonia pass"
    steps: tuple[tuple[str, str, str, str], ...] = (
        ("RS-MIRATOVAC", "2016-01-20T12:00+01:00", "2016-01-22T12:00+01:00", "destinations-serbia"),
        ("HR-BAPSKA", "2016-01-20T12:00+01:00", "2016-01-23T12:00+01:00", "macedonia-19-jan"),
        ("MK-GEVGELIJA", "2016-01-21T08:00+01:00", "", "macedonia-21-jan"),
    )
    rows = [
        _rule(f"{_name(place)}_destination", "entry", place, 0.93, source,
              note.format(asked_before if end else ""), "estimate", nationality=WAR_ZONES,
              announced=start[:10], effective_from=start, effective_to=end,
              end_announced="2016-01-21" if end else "")
        for place, start, end, source in steps
    ]  # fmt: skip
    rows.append(
        _rule("se_identity", "entry", "SE-MALMO", 0, "sweden-id",
              "Carriers take nobody to Sweden without an identity document.", document="none",
              announced="2015-12-18", effective_from="2016-01-04T00:00+01:00")
    )  # fmt: skip
    return rows


def _february() -> list[Cells]:
    """Austria's ceilings, the refusal of Afghans, documents required, 580 people a day."""
    rows = [
        _rule("at_ceiling", "capacity", "AT-SPIELFELD", 3280, "austria-ceilings",
              "At most 80 claims and 3,200 in transit a day.", announced="2016-02-17",
              effective_from="2016-02-19T00:00+01:00"),
        _rule("mk_papers", "entry", "MK-GEVGELIJA", 0, "papers-asked",
              "Syrians and Iraqis need a passport or identity card.", document="none",
              nationality="SY|IQ", announced="2016-02-21",
              effective_from="2016-02-21T00:00+01:00"),
    ]  # fmt: skip
    rows += [
        _rule(f"{_name(place)}_afghans", "entry", place, 0, "afghans-stopped",
              "Afghans are no longer admitted.", nationality="AF", announced="2016-02-21",
              effective_from="2016-02-21T00:00+01:00")
        for place in ("MK-GEVGELIJA", "RS-MIRATOVAC")
    ]  # fmt: skip
    rows += [
        _rule(f"{_name(place)}_quota", "capacity", place, 580, "quota-580",
              "About 580 people a day into each country, agreed by the police chiefs on 18 "
              "February.",
              announced="2016-02-26", effective_from="2016-02-26T00:00+01:00")
        for place in QUOTA
    ]  # fmt: skip
    return rows


def _march() -> list[Cells]:
    """The closure of the route, and the agreement with Turkey."""
    note = "Only with passport and visa, or to claim asylum there: transit ends at midnight."
    rows = [
        _rule("mk_gevgelija_closed", "entry", "MK-GEVGELIJA", 0, "route-closed-macedonia",
              "Nobody has been admitted since Monday.", announced="2016-03-07",
              effective_from="2016-03-07T00:00+01:00"),
        _rule("gr_islands_kept", "entry", "GR-FERRY", 0, "eu-turkey",
              "People who land from 20 March stay on the islands and are to be returned to Turkey.",
              announced="2016-03-18", effective_from="2016-03-20T00:00+02:00"),
    ]  # fmt: skip
    rows += [
        _rule(f"{_name(place)}_closed", "entry", place, 0, "route-closed", note,
              announced="2016-03-08", effective_from="2016-03-09T00:00+01:00")
        for place in ("SI-DOBOVA", "HR-BAPSKA", "RS-MIRATOVAC")
    ]  # fmt: skip
    return rows


def _asylum() -> list[Cells]:
    """Claims are taken in every state of the route; recognition by nationality."""
    states = ("DE", "SE", "AT", "GR", "GRI", "MK", "RS", "HR", "HU", "SI")
    return [
        _rule(f"{state.lower()}_asylum_{nation.lower()}", "asylum", state, share, ESTIMATE,
              "Estimate: recognition by nationality, an order of magnitude; half a year to a "
              "decision.",
              "estimate", nationality=nation, delay_days=180)
        for state in states
        for nation, share in RECOGNISED.items()
    ]  # fmt: skip
