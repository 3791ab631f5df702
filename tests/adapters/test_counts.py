"""Import of agencies' tables, in small invented copies with their names and layout."""

import json
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from edits import replace_text
from emigre.scenario.examination import check
from emigre.scenario.library import new
from emigre.scenario.loader import load
from observed import call

FINDER = """"Extracted from the UNHCR Refugee Population Statistics Database"
"Date extracted: 2024-06-13"

Year,"Country of origin","Country of origin (ISO)","Country of asylum","Country of asylum (ISO)",\
"Refugees under UNHCR's mandate",Asylum-seekers,"Returned refugees",\
"IDPs of concern to UNHCR","Returned IDPss","Stateless persons","Others of concern",\
"Other people in need of international protection","Host Community"
2030,Vesland,VES,Nordal,NORDAL,1200,45,0,0,0,0,0,-,0
2030,Vesland,VES,Sudria,SUDRIA,"3,400",0,0,0,0,0,0,17,0
2030,Sudria,SUD,Nordal,NORDAL,999,0,0,0,0,0,0,0,0
"""
HAPI = """origin_location_code,asylum_location_code,population_group,gender,age_range,min_age,\
max_age,population,reference_period_start,reference_period_end
#country+code+origin,#country+code+asylum,#group+population+code,#gender,#age+range,#age+min,\
#age+max,#population,#date+period+start,#date+period+end
VES,NORDAL,REF,all,all,,,150,2030-01-01T00:00:00,2030-12-31T23:59:59
VES,NORDAL,REF,f,0-4,0,4,80,2030-01-01T00:00:00,2030-12-31T23:59:59
VES,NORDAL,REF,m,0-4,0,4,70,2030-01-01T00:00:00,2030-12-31T23:59:59
VES,NORDAL,ASY,all,all,,,50,2030-01-01T00:00:00,2030-12-31T23:59:59
VES,SUDRIA,REF,f,all,,,12,2030-01-01T00:00:00,2030-12-31T23:59:59
VES,SUDRIA,REF,m,all,,,10,2030-01-01T00:00:00,2030-12-31T23:59:59
NORDAL,VES,REF,all,all,,,7,2030-01-01T00:00:00,2030-12-31T23:59:59
"""
DTM = """id,operation,admin0Name,admin0Pcode,admin1Name,admin1Pcode,numPresentIdpInd,reportingDate,\
roundNumber,displacementReason,numberMales,numberFemales,idpOriginAdmin1Name,assessmentType
#id+code,#operation,#country+name,#country+code,#adm1+name,#adm1+code,#affected+idps,\
#date+reported,#round+code,#cause,#affected+idps+m,#affected+idps+f,#adm1+origin+name,#assessment
1,Weekly,Vesland,VES,Vesland Hills,VE02,120,2030-03-06T00:00:00,4,Conflict,60,60,City,BA
2,Weekly,Vesland,VES,Vesland Hills,VE02,30,2030-03-06T00:00:00,4,Disaster,15,15,Hills,BA
3,Weekly,Vesland,VES,Vesland Hills,VE02,155,2030-03-13T00:00:00,5,Conflict,75,80,City,BA
"""
IDU = """id,country,iso3,latitude,longitude,displacement_type,qualifier,figure,displacement_date,\
displacement_start_date,displacement_end_date,year,event_name,role
1,Vesland,VES,50,10,Conflict,total,400,2030-03-03,2030-03-02,2030-03-03,2030,Fighting,\
Recommended figure
2,Vesland,VES,50,10,Conflict,more than,90,2030-03-03,2030-03-02,2030-03-03,2030,Fighting,\
Recommended figure
3,Vesland,VES,50,10,Conflict,total,500,2030-03-03,2030-03-02,2030-03-03,2030,Fighting,Triangulation
"""
ACLED = """event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,\
actor1,country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,notes,\
fatalities,tags,timestamp
V1,05 March 2030,2030,1,Political violence,Battles,Armed clash,A,Vesland,Hills,,,X,49,11,1,s,n,3,,1
V2,06 March 2030,2030,1,Political violence,Battles,Armed clash,A,Vesland,Hills,,,X,49,11,1,s,n,0,,1
V3,06 March 2030,2030,1,Political violence,Explosions/Remote violence,Shelling,A,Vesland,Hills,,,X,\
49,11,1,s,n,0,,1
V4,12 March 2030,2030,1,Political violence,Battles,Armed clash,A,Vesland,CITY,,,X,50,10,1,s,n,1,,1
V5,12 March 2030,2030,1,Demonstrations,Protests,Peaceful,A,Vesland,CITY,,,X,50,10,1,s,n,0,,1
"""


SEXES = """Country,Date,n,Sex
Nordal,2030-03-01,5,F
Nordal,2030-03-01,6,M
Nordal,2030-03-01,11,Total
"""
BY_SEX = (
    *("--column", "place=Country", "--column", "last_day=Date", "--column", "value=n"),
    *("--measure", "stock"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The teaching scenario without counts and claims, with an area for its country."""
    made = new("mine", into=tmp_path)
    (made / "observations.csv").unlink()
    (made / "claims.csv").unlink()
    areas = made / "areas.csv"
    areas.write_text(areas.read_text("utf-8") + "VES,Vesland,CITY\nVES,Vesland,HILLS\n", "utf-8")
    replace_text(made / "scenario.toml", "2030-05-31", "2031-01-31")
    return made


def run(folder: Path, name: str, text: str | bytes, *words: str, ending: str = ".csv") -> object:
    path = folder.parent / f"given{ending}"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    command = ["import", name, str(path), str(folder), "--source", "invented", *words]
    return call(*command)


def rows(folder: Path, *columns: str) -> list[tuple[object, ...]]:
    assert check(folder) == []
    table = load(folder).tables["observations"]
    return table.select(columns or ("place", "from", "to", "value")).rows()


def year_end(place: str, value: float) -> tuple[object, ...]:
    return place, date(2030, 12, 31), date(2031, 1, 1), value


def test_the_refugee_data_finder(folder: Path) -> None:
    done = run(folder, "unhcr", FINDER)
    assert done.exit_code == 0, done.output
    assert "Left out: 1 row of other origins." in done.output
    assert rows(folder) == [year_end("NORDAL", 1245), year_end("SUDRIA", 3417)]
    assert rows(folder, "measure", "use") == [("stock", "context")] * 2
    again = run(folder, "unhcr", FINDER)
    assert "Left out: 2 counts that the scenario already has." in again.output
    assert len(rows(folder)) == 2


def test_the_refugee_data_finder_by_its_service_and_on_the_humanitarian_data_exchange(
    folder: Path,
) -> None:
    item = {"year": 2030, "coo_iso": "VES", "coa_iso": "NORDAL", "refugees": 7, "oip": "-"}
    text = json.dumps({"page": 1, "items": [item | {"asylum_seekers": "3"}]})
    assert run(folder, "unhcr", text, ending=".json").exit_code == 0
    assert rows(folder) == [year_end("NORDAL", 10)]
    text = (
        "Year,Country of Origin Code,Country of Asylum Code,Refugees,Asylum-seekers\n"
        "#date+year,#country+code+origin,#country+code+asylum,#affected+refugees,#affected+asylum\n"
        "2030,VES,SUDRIA,5,6\n"
    )
    assert run(folder, "unhcr", text).exit_code == 0
    assert rows(folder) == [year_end("NORDAL", 10), year_end("SUDRIA", 11)]


def test_one_column_of_the_refugee_data_finder(folder: Path) -> None:
    run(folder, "unhcr", FINDER, "--column", "value=Asylum-seekers", "--measure", "stock_applicant")
    assert rows(folder) == [year_end("NORDAL", 45), year_end("SUDRIA", 0)]


def test_a_time_series_of_the_portal_in_json_with_totals_since_a_day(folder: Path) -> None:
    series = [
        {"data_date": f"2030-03-{day}", "unix_timestamp": 1, "individuals": n}
        for day, n in (("08", 100), ("10", 160), ("15", 400))
    ]
    text = json.dumps({"data": {"timeseries": series}})
    words = ("--measure", "arrived", "--at", "NORDAL", "--since", "2030-03-01", "--use", "fit")
    done = run(folder, "unhcr-portal", text, *words, ending=".json")
    assert done.exit_code == 0, done.output
    assert rows(folder, "from", "to", "value") == [
        (date(2030, 3, 1), date(2030, 3, 9), 100),
        (date(2030, 3, 9), date(2030, 3, 11), 60),
        (date(2030, 3, 11), date(2030, 3, 16), 240),
    ]
    revised = text.replace("160", "180")
    source = (folder / "sources.csv").read_text("utf-8")
    (folder / "sources.csv").write_text(source + "later,T,P,2030-04-01,here,\n", "utf-8")
    path = folder.parent / "later.json"
    path.write_text(revised, "utf-8")
    command = ["import", "unhcr-portal", str(path), str(folder), "--source", "later", *words]
    assert call(*command).exit_code == 0
    from emigre.evaluation.observations import scorable

    counts = scorable(load(folder).tables["observations"]).sort("from")["value"].to_list()
    assert counts == [100, 80, 220]


def test_a_time_series_of_the_portal_in_csv_and_places_by_name(folder: Path) -> None:
    text = "geomaster_name;date;individuals\nNordal;1.3.2030;1.200\nSudria;1.3.2030;900\n"
    assert run(folder, "unhcr-portal", text).exit_code == 0
    day = (date(2030, 3, 1), date(2030, 3, 2))
    assert rows(folder) == [("NORDAL", *day, 1200), ("SUDRIA", *day, 900)]


@pytest.mark.parametrize("tags", [True, False])
def test_hapi_with_and_without_hashtags(folder: Path, tags: bool) -> None:
    lines = HAPI.splitlines()
    text = "\n".join(line for line in lines if tags or not line.startswith("#"))
    done = run(folder, "hapi", text)
    assert done.exit_code == 0, done.output
    # The total of a breakdown where there is one, its parts added up where there is none.
    assert rows(folder) == [year_end("NORDAL", 200), year_end("SUDRIA", 22)]


def test_the_parts_of_a_breakdown_are_context(folder: Path) -> None:
    run(folder, "hapi", HAPI, "--split", "--use", "check", "--where", "population_group=REF")
    assert rows(folder, "place", "value", "use", "note")[:3] == [
        ("NORDAL", 150, "check", None),
        ("NORDAL", 80, "context", "gender: f, age_range: 0-4"),
        ("NORDAL", 70, "context", "gender: m, age_range: 0-4"),
    ]


@pytest.mark.parametrize("tags", [True, False])
def test_dtm_tagged_and_untagged(folder: Path, tags: bool) -> None:
    text = "\n".join(line for line in DTM.splitlines() if tags or not line.startswith("#"))
    words = ("--measure", "trapped", "--place", "Vesland Hills=HILLS")
    done = run(folder, "dtm", text, *words)
    assert done.exit_code == 0, done.output
    assert rows(folder, "place", "from", "value") == [
        ("HILLS", date(2030, 3, 6), 150),
        ("HILLS", date(2030, 3, 13), 155),
    ]
    two = text.replace("2,Weekly", "2,Monthly")
    refused = run(folder, "dtm", two, *words)
    assert refused.exit_code == 2
    assert "--where 'operation=VALUE' chooses rows" in refused.stderr


def test_idmc_takes_recommended_figures_and_adds_up_events(folder: Path) -> None:
    done = run(folder, "idmc", IDU, "--measure", "departed")
    assert done.exit_code == 0, done.output
    assert rows(folder) == [("VES", date(2030, 3, 2), date(2030, 3, 4), 490)]


UNKNOWN = (
    "Report\nWhere,As of,Men,Women\nNordal (north),3 March 2030,10,20\nSudria,3 March 2030,5,*\n"
)


def test_an_unknown_layout_is_shown_before_it_is_written(folder: Path) -> None:
    words = (
        *("--measure", "stock", "--place", "Nordal (north)=NORDAL", "--column", "place=Where"),
        *("--column", "last_day=As of", "--column", "value=Men+Women"),
    )
    shown = run(folder, "table", UNKNOWN, *words)
    assert shown.exit_code == 0, shown.output
    assert "NORDAL  2030-03-03  2030-03-04" in shown.output
    assert "nothing was written" in shown.output
    assert not (folder / "observations.csv").exists()
    assert run(folder, "table", UNKNOWN, *words, "--write").exit_code == 0
    day = (date(2030, 3, 3), date(2030, 3, 4))
    assert rows(folder) == [("NORDAL", *day, 30), ("SUDRIA", *day, 5)]


def test_a_mapping_in_a_file(folder: Path) -> None:
    mapping = folder.parent / "mapping.toml"
    mapping.write_text(
        'measure = "stock"\nuse = "check"\n[columns]\nplace = "Where"\nlast_day = "As of"\n'
        'value = ["Men", "Women"]\n[places]\n"Nordal (north)" = "NORDAL"\n',
        "utf-8",
    )
    done = run(folder, "table", UNKNOWN, "--mapping", str(mapping), "--write")
    assert done.exit_code == 0, done.output
    assert rows(folder, "value", "use") == [(30, "check"), (5, "check")]
    mapping.write_text("[columns]\nplaec = 1\n", "utf-8")
    wrong = run(folder, "table", UNKNOWN, "--mapping", str(mapping))
    assert wrong.exit_code == 2
    assert "mapping.toml:2" in wrong.stderr
    assert "did you mean place?" in wrong.stderr


@pytest.mark.parametrize("old", [False, True])
def test_a_sheet_of_a_workbook(folder: Path, tmp_path: Path, old: bool) -> None:
    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yy", "date_1904": old}) as book:
        book.add_worksheet("Notes").write(0, 0, "Read this")
        page = book.add_worksheet("Data")
        page.write_row(0, 0, ["geomaster_name", "date", "individuals"])
        page.write_row(1, 0, ["Nordal", date(2030, 3, 1), 12])
    done = run(folder, "unhcr-portal", path.read_bytes(), "--sheet", "Data", ending=".xlsx")
    assert done.exit_code == 0, done.output
    assert rows(folder) == [("NORDAL", date(2030, 3, 1), date(2030, 3, 2), 12)]


@pytest.mark.parametrize(
    ("name", "text", "words", "said"),
    [
        (
            "unhcr",
            FINDER.replace(",NORDAL,1200", ",NORDALL,1200"),
            (),
            'given.csv:5 column Country of asylum (ISO): found "NORDALL"',
        ),
        (
            "unhcr",
            FINDER.replace('"3,400"', "3.4"),
            (),
            "given.csv:6 column Refugees under UNHCR's",
        ),
        ("unhcr", FINDER.replace("2030,V", "30,V"), (), 'column Year: found "30", expected a year'),
        ("unhcr", FINDER, ("--where", "Yaer=2030"), "did you mean Year?"),
        ("unhcr", FINDER, ("--measure", "stok"), "did you mean stock?"),
        ("unhcr", FINDER, ("--column", "wehre=Year"), "did you mean where?"),
        ("hapi", HAPI, ("--measure", "departed"), "a place where departed is counted"),
        ("unhcr-portal", "date,individuals\n2030-03-01,1\n", (), "no column for place"),
        ("unhcr-portal", "place,day\nNORDAL,1\n", (), "no column for value"),
        ("unhcr", "Year,Refugees\n2030,1\n", (), "Refugees + Asylum-seekers + Other"),
        (
            "unhcr-portal",
            "Country,date,individuals\nNordal,1/3/2030,1\n",
            (),
            'column date: found "1/3/2030", expected a date YYYY-MM-DD (which of the numbers',
        ),
        ("table", UNKNOWN, (), "--measure: found no value"),
        ("table", SEXES, (*BY_SEX, "--sum-over", "Sex"), '"Total" as well as its parts for NORDAL'),
        ("table", SEXES, (*BY_SEX, "--sum-over", "*"), "given.csv:4 column Sex: found"),
        ("table", SEXES.replace("Sex", "n"), BY_SEX, "column n: found two columns of this name"),
        ("table", SEXES, (*BY_SEX, "--column", "value=Sex"), "expected every role once"),
        ("table", SEXES, (*BY_SEX, "--at", "SUDRIA"), "either one place for all rows or"),
        ("table", SEXES, (*BY_SEX, "--where", "Sex=M", "--where", "Sex=F"), "every name once"),
        ("dtm", "", (), "found no rows"),
        (
            "unhcr",
            FINDER.replace('"3,400"', "3,400"),
            (),
            "given.csv:6: found 15 values, expected 14",
        ),
        ("unhcr", FINDER, ("--sum-over", "Yaer"), "did you mean Year?"),
        ("unhcr", FINDER, ("--sheet", "A"), "--sheet: found A"),
        ("unhcr", FINDER, ("--measure", "arrived"), "expected a stock, such as stock (the table"),
        ("table", SEXES, (*BY_SEX, "--origin", "VES"), "--origin: found"),
        ("table", SEXES, (*BY_SEX, "--place", "Nrdal=NORDAL"), '--place: found "Nrdal", expected'),
        ("unhcr", FINDER, ("--split",), "--split: found no such column, expected a table with"),
        ("acled", ACLED, ("--place", "Hils=HILLS"), "did you mean hills?"),
        ("acled", ACLED.replace("05 March 2030", "x"), (), 'csv:2 column event_date: found "x"'),
        (
            "acled",
            ACLED,
            ("--place", "Hills=NORDAL"),
            '--place: found "Hills=NORDAL", expected the id',
        ),
    ],
)
def test_refusals_name_a_location_and_write_nothing(
    folder: Path, name: str, text: str, words: tuple[str, ...], said: str
) -> None:
    said = said.replace("did you mean where?", "ROLE=COLUMN with a role of place")
    done = run(folder, name, text, *words)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not (folder / "observations.csv").exists()


def test_a_key_twice_in_a_record_is_a_mistake(folder: Path) -> None:
    text = '[{"geomaster_name": "Nordal", "date": "2030-03-01", "individuals": 5, "date": "x"}]'
    done = run(folder, "unhcr-portal", text, ending=".json")
    assert done.exit_code == 2
    assert "the key 'date' twice in one record" in done.stderr


def test_rows_of_other_places_are_left_out_if_asked_for(folder: Path) -> None:
    text = FINDER + "2030,Vesland,VES,Elsewhere,ELS,5,0,0,0,0,0,0,0,0\n"
    assert run(folder, "unhcr", text).exit_code == 2
    done = run(folder, "unhcr", text, "--skip-unknown")
    assert "Left out: 1 row of other places (ELS)." in done.output
    assert len(rows(folder)) == 2


def test_rows_are_added_in_the_dialect_of_the_file(folder: Path) -> None:
    path = folder / "observations.csv"
    head = "id;measure;place;from;to;value;use;published;basis;source;note\n"
    row = "é1;stock;NORDAL;1.3.2030;2.3.2030;1.000;check;1.3.2030;reported;invented;Ã é\n"
    path.write_bytes(("sep=;\n# a remark\n" + head + row).encode("utf-16"))
    replace_text(folder / "sources.csv", "2030-01-01", "2030-04-01")
    series = "geomaster_name,date,individuals\nNordal,2030-03-01,1100\n"
    assert run(folder, "unhcr-portal", series).exit_code == 0
    assert rows(folder, "id", "value", "replaces") == [
        ("é1", 1000, None),
        ("stock-NORDAL-2030-03-01", 1100, "é1"),
    ]
    assert path.read_bytes().decode("utf-16").startswith("sep=;\n# a remark;\nid;measure;")


def test_a_table_in_a_workbook_is_not_added_to(folder: Path) -> None:
    series = "geomaster_name,date,individuals\nNordal,2030-03-01,1100\n"
    with xlsxwriter.Workbook(folder / "scenario.xlsx") as book:
        book.add_worksheet("#notes")
    assert run(folder, "unhcr-portal", series).exit_code == 0
    (folder / "observations.csv").unlink()
    with xlsxwriter.Workbook(folder / "scenario.xlsx") as book:
        book.add_worksheet("observations").write_row(0, 0, ["id", "measure", "place"])
    refused = run(folder, "unhcr-portal", series)
    assert refused.exit_code == 2
    assert "scenario.xlsx: found a workbook, expected observations.csv" in refused.stderr


def hapi(*rows: str) -> str:
    days = "2030-01-01,2030-12-31"
    return HAPI.splitlines()[0] + "".join(f"\nVES,NORDAL,REF,{row},{days}" for row in rows)


def test_breakdowns_of_the_same_people_are_not_added_up(folder: Path) -> None:
    parts = hapi("f,all,,,80", "m,all,,,70", "all,0-17,,,90", "all,18+,,,50")
    assert run(folder, "hapi", parts).exit_code == 0
    assert rows(folder) == [year_end("NORDAL", 150)]


def test_a_row_that_occurs_twice_is_not_added_up(folder: Path) -> None:
    for again in ("80", "81"):
        refused = run(folder, "hapi", hapi("f,all,,,80", "m,all,,,70", f"f,all,,,{again}"))
        assert refused.exit_code == 2
        assert "given.csv:4" in refused.stderr
        assert "delete the one that is repeated" in refused.stderr


def test_a_sum_without_a_withheld_part_is_marked_as_too_low(folder: Path) -> None:
    done = run(folder, "unhcr", FINDER.replace("200,45", "200,*").replace('400",0', '400",n/a'))
    assert "Too low: 2 rows with a part that is withheld or unknown (*, n/a)." in done.output
    assert rows(folder)[0] == year_end("NORDAL", 1200)


BY_COUNTRY = ("--measure", "stock", "--column", "place=Country")


def portal(*rows: str) -> str:
    return "\n".join(["Country,Date,Individuals", *rows])


def test_days_with_times_and_names_of_places_in_any_case(folder: Path) -> None:
    given = portal("Chad,3/13/2030 12:00:00 AM,5", "CHAD,14/3/2030 23:10,6")
    mixed = run(folder, "unhcr-portal", given, *BY_COUNTRY, "--place", "chad=NORDAL")
    assert mixed.stderr.count("which of the numbers is the day?") == 2
    given = given.replace("14/3/2030", "3/14/2030")
    run(folder, "unhcr-portal", given, *BY_COUNTRY, "--place", "chad=NORDAL")
    assert rows(folder, "place", "from") == [
        ("NORDAL", date(2030, 3, 13)),
        ("NORDAL", date(2030, 3, 14)),
    ]


def test_places_of_the_same_name(folder: Path) -> None:
    places = folder / "places.csv"
    text = places.read_text("utf-8").replace("River Bridge", "Home").replace("Ferry", "Home")
    text = text.replace(",Nordal,country", ",Home,country")
    places.write_text(text, "utf-8")
    given = portal("home,2030-03-02,5")
    assert run(folder, "unhcr-portal", given, *BY_COUNTRY).exit_code == 0
    assert rows(folder, "place") == [("NORDAL",)]
    places.write_text(text.replace(",Sudria,country", ",Home,country"), "utf-8")
    refused = run(folder, "unhcr-portal", given, *BY_COUNTRY)
    assert 'found "home", the name of NORDAL, SUDRIA, expected' in refused.stderr
    assert "--place 'home=ID' says which is meant" in refused.stderr


def test_rows_are_added_through_a_link_and_to_an_empty_file(folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "kept.csv"
    linked.write_bytes(b"id;measure;place;from;to;value;use;published;basis;source\r\n")
    target = folder / "observations.csv"
    target.symlink_to(linked)
    run(folder, "unhcr-portal", portal("Nordal,2030-03-02,5"), *BY_COUNTRY)
    assert target.is_symlink()
    assert linked.read_bytes().count(b"\n") == linked.read_bytes().count(b"\r\n") == 2
    target.unlink()
    target.write_bytes(b"")
    run(folder, "unhcr-portal", portal("Nordal,2030-03-02,5"), *BY_COUNTRY)
    assert rows(folder, "place") == [("NORDAL",)]


@pytest.mark.parametrize("text", ['measure = ["stock"]', "sum_over = [1]", "[columns]\nplace = 5"])
def test_a_mapping_holds_texts(folder: Path, text: str) -> None:
    mapping = folder.parent / "mapping.toml"
    mapping.write_text(text, "utf-8")
    refused = run(folder, "table", SEXES, "--mapping", str(mapping))
    assert refused.exit_code == 2
    assert f"mapping.toml:{text.count(chr(10)) + 1} " in refused.stderr
    assert ", expected a text" in refused.stderr


def test_people_in_their_own_country_are_no_refugees(folder: Path) -> None:
    inside = "2030,Vesland,VES,Vesland,VES,0,0,0,812,0,0,0,0,0\n"
    done = run(folder, "unhcr", FINDER + inside)
    assert "Left out: 1 row of people in their own country." in done.output
    assert rows(folder, "place") == [("NORDAL",), ("SUDRIA",)]
