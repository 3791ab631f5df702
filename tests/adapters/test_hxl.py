"""Import and export of tables with HXL hashtags."""

import csv
import json
from datetime import date

import pytest

import emigre
from emigre.adapters import hxl
from emigre.adapters.hxl import _column, plan_tagged
from emigre.adapters.import_options import ImportOptions
from emigre.errors import InputError
from emigre.scenario.library import new
from observed import call

AREAS = """Areas of Vesland,,,,
code,name,people,latitude,longitude
#adm1+code,#adm1+name+en,#population+total,#geo+lat,#geo+lon
VE01,First,1200,50.1,20.0
VE02,Second,3400,51.5,21.0
"""


@pytest.fixture
def areas(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text(AREAS, encoding="utf-8")
    return path


def test_areas_with_p_codes_become_origins(areas, tmp_path):
    folder = new("mine", into=tmp_path)
    source = emigre.load(folder).tables["sources"]["id"][0]
    assert hxl.add_origins(areas, folder, country="VE", source=source) == 2
    legs = folder / "legs.csv"
    with legs.open(encoding="utf-8") as file:
        header, first = list(csv.reader(file))[:2]
    for code in ("VE01", "VE02"):
        row = [code if c == "from" else v for c, v in zip(header, first, strict=True)]
        legs.write_text(legs.read_text("utf-8") + ",".join(row) + "\n", "utf-8")
    places = emigre.load(folder).tables["places"]
    found = places.filter(places["id"].str.starts_with("VE0"))
    assert found["name"].to_list() == ["First", "Second"]
    assert found["population"].to_list() == [1200, 3400]
    assert found["lat"].to_list() == [50.1, 51.5]


@pytest.mark.parametrize(
    ("old", "new_", "said"),
    [
        ("VE02", "VE01", 'areas.csv:5 column #adm1+code: found "VE01"'),
        ("3400", "many", 'areas.csv:5 column #population: found "many"'),
        ("VE02", "", "column #adm1+code: found an empty cell, expected an id of letters"),
        ("50.1", "91", 'areas.csv:4 column #geo+lat: found "91"'),
        ("#population+total", "#meta", "#population"),
        ("people", "people (thousands)", "numbers of persons, not thousands or millions"),
        ("#adm1+code,#adm1+name+en,#population+total,#geo+lat,#geo+lon\n", "", "hashtags"),
    ],
)
def test_mistakes_name_their_place_and_nothing_is_written(areas, tmp_path, old, new_, said):
    areas.write_text(AREAS.replace(old, new_), "utf-8")
    folder = new("mine", into=tmp_path)
    before = (folder / "places.csv").read_bytes()
    with pytest.raises(InputError) as caught:
        hxl.add_origins(areas, folder, country="VE", source="s1")
    assert said in str(caught.value)
    assert (folder / "places.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("tags", "rows", "said"),
    [
        # The total of a province, before or after its districts.
        (
            "#adm1+code,#adm2+code,#population",
            "P1,D1,10\nP1,D2,20\nP1,,30\n",
            ":4 column #adm2+code",
        ),
        (
            "#adm1+code,#adm2+code,#population",
            "P1,,30\nP1,D1,10\nP1,D2,20\n",
            ":2 column #adm2+code",
        ),
        ("#adm1+code+v_a,#adm1+code+v_b,#population", "P1,Q1,10\n", "2 columns #adm1+code"),
        ("#adm1+code,#geo+lat+min,#geo+lat+max,#population", "P1,1,2,10\n", "2 columns #geo+lat"),
    ],
)
def test_nothing_is_counted_twice(tmp_path, tags, rows, said):
    path, folder = tmp_path / "areas.csv", new("mine", into=tmp_path)
    path.write_text(f"{tags}\n{rows}", "utf-8")
    before = (folder / "places.csv").read_bytes()
    with pytest.raises(InputError) as caught:
        hxl.add_origins(path, folder, country="VE", source="invented")
    assert said in str(caught.value)
    assert (folder / "places.csv").read_bytes() == before


def test_a_finer_level_without_codes_is_passed_over(tmp_path):
    path, folder = tmp_path / "areas.csv", new("mine", into=tmp_path)
    path.write_text("#adm1+code,#adm2+code,#population\nP1,,10\nP2,,20\n", "utf-8")
    assert hxl.add_origins(path, folder, country="VE", source="invented") == 2


def test_options_and_rows_are_refused_together(areas, tmp_path):
    areas.write_text(AREAS.replace("3400", "many"), "utf-8")
    with pytest.raises(InputError) as caught:
        hxl.add_origins(areas, new("mine", into=tmp_path), country="V E", source="s1")
    assert [m.file for m in caught.value.mistakes] == ["--country", "--source", "areas.csv"]


def test_daily_numbers_go_out_with_hashtags(tmp_path, stand_in_engine):
    emigre.run("tiny", runs=2, workers=1, out=tmp_path / "r")
    out = tmp_path / "passages.csv"
    words = ("export", "hxl", str(tmp_path / "r"), str(out), "--measure")
    done = call(*words, "passages")
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as file:
        header, tags, *rows = list(csv.reader(file))
    assert header == list(hxl.HEADER)
    assert tags == list(hxl.HEADER.values())
    assert any(all(row[4:]) for row in rows)
    assert all(all(row[4:]) or not any(row[4:]) for row in rows)  # low = 2 median - high
    assert out.with_suffix(".purpose.txt").exists()
    wrong = call(*words, "pasages", "--force")
    assert wrong.exit_code == 2
    assert "did you mean passages?" in wrong.stderr


COUNTS = """People in the neighbours,,,,
country,first day,last day,refugees,asylum seekers
#country+code,#date+start,#date+end,#affected+refugees,#affected+asylum
NORDAL,2030-03-08,2030-03-14,120,15
SUDRIA,2030-03-08,2030-03-14,340,7
"""


def counts_of(tmp_path, text=COUNTS):
    path = tmp_path / "counts.csv"
    path.write_text(text, "utf-8")
    return path, new("mine", into=tmp_path)


@pytest.mark.parametrize("part", ["f", "m", "children", "age5_11", "refugees+elderly"])
def test_a_column_of_some_people_is_not_taken_for_all(tmp_path, part):
    text = f"#country+code,#date,#affected+{part}\nNORDAL,2030-03-08,5\n"
    path, folder = counts_of(tmp_path, text)
    words = {"measure": "stock", "source": "invented"}
    with pytest.raises(InputError, match="expected a column of all people"):
        add_counts(path, folder, **words)
    assert add_counts(path, folder, value=f"#affected+{part}", **words) == 1


@pytest.mark.parametrize("unit", ["hh", "pct", "change", "cumulative"])
def test_a_column_of_something_else_is_no_count_of_persons(tmp_path, unit):
    text = f"#country+code,#date,#affected+refugees+{unit}\nNORDAL,2030-03-08,5\n"
    path, folder = counts_of(tmp_path, text)
    words = {"measure": "arrived", "source": "invented"}
    for value in (None, f"#affected+{unit}"):
        with pytest.raises(InputError, match=r"expected numbers of persons, not (a|hou)"):
            add_counts(path, folder, value=value, **words)


@pytest.mark.parametrize("header", ["Households", "Arrivals (thousands)", "Daily average"])
def test_the_header_above_a_hashtag_says_what_is_counted(tmp_path, header):
    text = f"Country,Date,{header}\n#country+code,#date,#affected\nNORDAL,2030-03-08,5\n"
    path, folder = counts_of(tmp_path, text)
    with pytest.raises(InputError, match=r"expected numbers of persons, not") as caught:
        add_counts(path, folder, measure="arrived", source="invented")
    assert caught.value.mistakes[0].found == f'"{header}"'


def test_a_running_total_has_no_days_before_its_first(tmp_path):
    path, folder = counts_of(tmp_path, "#country+code,#date,#affected\nNORDAL,2030-03-08,5\n")
    words = {"measure": "arrived", "source": "invented"}
    said = 'column #date: found "2030-03-08", expected a day on or after since, 2030-03-09'
    with pytest.raises(InputError, match=said):
        plan_tagged(path, folder, ImportOptions(since="2030-03-09", **words))
    assert plan_tagged(path, folder, ImportOptions(since="2030-03-08", **words)).rows


def test_of_two_columns_of_dates_none_is_guessed(tmp_path):
    text = "#country+code,#date+reported,#date+occurred,#affected\nNORDAL,2030-03-08,2030-03-01,5\n"
    path, folder = counts_of(tmp_path, text)
    words = {"measure": "stock", "source": "invented"}
    with pytest.raises(InputError, match=r"#date\+reported and #date\+occurred, expected one"):
        add_counts(path, folder, **words)
    path.write_text(text.replace("#date+occurred", "#date"), "utf-8")
    add_counts(path, folder, **words)
    assert emigre.load(folder).tables["observations"]["from"][-1] == date(2030, 3, 1)


def test_the_day_of_publication_is_not_the_day_of_the_count(tmp_path):
    text = "#country+code,#date+published,#affected\nNORDAL,2030-03-08,5\n"
    path, folder = counts_of(tmp_path, text)
    words = {"measure": "stock", "source": "invented"}
    with pytest.raises(InputError, match="expected one column #date, of the day that was counted"):
        add_counts(path, folder, **words)
    text = "#country+code,#date,#date+published,#affected\nNORDAL,2030-03-01,2030-03-08,5\n"
    path.write_text(text, "utf-8")
    add_counts(path, folder, **words)
    last = emigre.load(folder).tables["observations"].rows(named=True)[-1]
    assert (last["from"], last["published"]) == (date(2030, 3, 1), date(2030, 3, 8))


def add_counts(path, folder, *, value=None, **options) -> int:
    return plan_tagged(path, folder, ImportOptions(**options), value).write()


def test_counts_become_observations_with_their_days(tmp_path):
    path, folder = counts_of(tmp_path)
    words = {"measure": "stock", "source": "invented", "value": "#affected+refugees"}
    before = len(emigre.load(folder).tables["observations"])
    assert add_counts(path, folder, **words) == 2
    found = emigre.load(folder).tables["observations"][before:]
    assert found["place"].to_list() == ["NORDAL", "SUDRIA"]
    assert found["value"].to_list() == [120, 340]
    assert found["from"].to_list() == [date(2030, 3, 8)] * 2
    assert found["to"].to_list() == [date(2030, 3, 15)] * 2
    assert set(found["use"]) == {"context"}
    assert set(found["measure"]) == {"stock"}
    # The source is dated earlier: no count is known before its days are over.
    assert set(found["published"]) == {date(2030, 3, 14)}
    assert set(found["error"]) == {None}


@pytest.mark.parametrize("row", ["SUDRIA,NORDAL,5000", "NORDAL,SUDRIA,70"])
def test_the_place_is_where_people_are_and_not_where_they_come_from(tmp_path, row):
    origin, place, people = row.split(",")
    tags = "#country+code+origin,#country+code+asylum,#date,#affected"
    text = f"{tags}\n{origin},{place},2030-03-05,{people}\n"
    path, folder = counts_of(tmp_path, text)
    add_counts(path, folder, measure="stock", source="invented")
    last = emigre.load(folder).tables["observations"].rows(named=True)[-1]
    assert (last["place"], last["value"]) == (place, float(people))


def test_rows_of_one_origin_can_be_chosen(tmp_path):
    text = (
        "#country+code+origin,#country+code+asylum,#date,#affected\n"
        "SUDRIA,NORDAL,2030-03-05,5000\nISLARA,NORDAL,2030-03-05,70\n"
    )
    path, folder = counts_of(tmp_path, text)
    words = {"measure": "stock", "source": "invented"}
    with pytest.raises(InputError, match=r"people from ISLARA, SUDRIA.*where"):
        add_counts(path, folder, **words)
    chosen = {"#country+code+origin": "ISLARA"}
    assert add_counts(path, folder, where=chosen, **words) == 1
    assert emigre.load(folder).tables["observations"]["value"][-1] == 70.0


def test_a_measure_is_counted_at_places_of_its_kind(tmp_path):
    text = "#adm1+code,#date,#affected\nCITY,2030-03-05,98000\n"
    path, folder = counts_of(tmp_path, text)
    before = (folder / "observations.csv").read_bytes()
    with pytest.raises(InputError, match=r'counts.csv:2 column #adm1\+code: found "CITY"'):
        add_counts(path, folder, measure="stock", source="invented")
    assert (folder / "observations.csv").read_bytes() == before


def test_a_source_without_a_date_breaks_nothing(tmp_path):
    path, folder = counts_of(tmp_path)
    sources = folder / "sources.csv"
    sources.write_text(sources.read_text("utf-8") + "undated,T,P,,here,\n", "utf-8")
    words = {"measure": "stock", "source": "undated", "value": "#affected+refugees"}
    add_counts(path, folder, **words)
    assert emigre.load(folder).tables["observations"]["published"][-1] == date(2030, 3, 14)


def test_people_are_the_total_and_not_the_last_of_its_parts(tmp_path):
    path = tmp_path / "areas.csv"
    head = "#adm1+code,#adm1+name,#population,#population+f\n"
    path.write_text(head + "VE01,First,9400,4600\n", "utf-8")
    folder = new("mine", into=tmp_path)
    hxl.add_origins(path, folder, country="VE", source="invented")
    assert (folder / "places.csv").read_text("utf-8").splitlines()[-1].split(",")[8] == "9400"
    path.write_text(head.replace("population,", "population+m,") + "VE02,S,4800,4600\n", "utf-8")
    with pytest.raises(InputError, match="one column #population of all people"):
        hxl.add_origins(path, folder, country="VE", source="invented")


def test_a_single_date_is_one_day(tmp_path):
    text = "#country+code,#date,#reached\nNORDAL,2030-03-31,5\n"
    path, folder = counts_of(tmp_path, text)
    add_counts(path, folder, measure="stock", source="invented", use="check")
    last = emigre.load(folder).tables["observations"].rows(named=True)[-1]
    assert (last["from"], last["to"]) == (date(2030, 3, 31), date(2030, 4, 1))
    assert last["id"] == "stock-NORDAL-2030-03-31"
    assert last["use"] == "check"


@pytest.mark.parametrize(
    ("old", "new_", "more", "said"),
    [
        ("NORDAL", "NORDALL", {}, 'counts.csv:4 column #country+code: found "NORDALL"'),
        ("120", "many", {}, 'counts.csv:4 column #affected+refugees: found "many"'),
        ("120", "-1", {}, "a whole number of at least 0"),
        ("2030-03-08", "8/3/2030", {}, 'column #date+start: found "8/3/2030"'),
        ("2030-03-14", "2030-03-01", {}, "a day on or after 2030-03-08"),
        ("SUDRIA", "NORDAL", {}, "a second count of stock at NORDAL"),
        ("x", "x", {"value": None}, "#affected+refugees and #affected+asylum"),
        ("x", "x", {"value": "#reached"}, "one column #reached"),
        ("x", "x", {"source": "nobody"}, 'source: found "nobody"'),
        ("x", "x", {"measure": "stok"}, "did you mean stock?"),
        ("x", "x", {"use": "all"}, 'use: found "all"'),
    ],
)
def test_mistakes_in_counts_name_their_place_and_nothing_is_written(
    tmp_path, old, new_, more, said
):
    path, folder = counts_of(tmp_path, COUNTS.replace(old, new_))
    before = (folder / "observations.csv").read_bytes()
    words = {"measure": "stock", "source": "invented", "value": "#affected+refugees"} | more
    with pytest.raises(InputError) as caught:
        add_counts(path, folder, **words)
    assert said in str(caught.value)
    assert (folder / "observations.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("tags", "cells", "first"),
    [
        (["#country+code", "#date", "#affected"], ["NORDAL", "2030-03-08", 5], date(2030, 3, 8)),
        (["#country+name", "#date+year", "#affected"], ["Nordal", 2030, 5], date(2030, 12, 31)),
        (["#country", "#date", "#affected"], ["Nordal", "2030-03-08", 5], date(2030, 3, 8)),
    ],
)
def test_rows_of_the_proxy_names_and_years(tmp_path, tags, cells, first):
    folder = new("mine", into=tmp_path)
    given = tmp_path / "given.json"
    given.write_text(json.dumps([["Place", "When", "People"], tags, cells]), "utf-8")
    options = ImportOptions(measure="stock", source="invented")
    (row,) = plan_tagged(given, folder, options).rows
    assert (row["place"], row["from"], row["value"]) == ("NORDAL", str(first), "5")


def test_the_command_shows_what_it_would_add(tmp_path, capsys):
    from emigre.cli.hxl import import_hxl_counts

    home = new("mine", into=tmp_path)
    before = (home / "observations.csv").read_bytes()
    table = tmp_path / "counts.csv"
    table.write_text(
        "date,country,people\n#date+end,#country+code+asylum,#affected\n2030-03-10,NORDAL,400\n"
    )
    source = emigre.load(home).tables["sources"]["id"][0]
    import_hxl_counts(table, home, "stock", source, write=False)
    assert "nothing was written. Add --write" in capsys.readouterr().out
    assert (home / "observations.csv").read_bytes() == before
    with pytest.raises(InputError, match="where: found"):
        import_hxl_counts(table, home, "stock", source, where="#country+code", write=False)


def test_a_column_of_origins_is_found_only_if_asked_for() -> None:
    names = ("#adm1+name+origin", "#adm1+name")
    assert _column(names, "#adm1+name") == "#adm1+name"
    assert _column(names, "#adm1+name+origin") == "#adm1+name+origin"
    assert _column(names, "#adm2") == "#adm2"


@pytest.mark.parametrize(
    ("attribute", "text", "days"),
    [
        ("week", "2030-W10", (date(2030, 3, 4), date(2030, 3, 11))),
        ("month", "2030-03", (date(2030, 3, 1), date(2030, 4, 1))),
        ("quarter", "2030-Q2", (date(2030, 4, 1), date(2030, 7, 1))),
    ],
)
def test_dates_may_be_periods_of_the_calendar(tmp_path, attribute, text, days):
    table = f"#country+code,#date+{attribute},#affected\nNORDAL,{text},5\n"
    path, folder = counts_of(tmp_path, table)
    add_counts(path, folder, measure="arrived", source="invented")
    row = emigre.load(folder).tables["observations"].row(-1, named=True)
    assert (row["from"], row["to"]) == days


@pytest.mark.parametrize("total", ["V,Vesland,3000", "ALL,Total,3000", "TOTAL,Vesland,9"])
def test_a_total_is_no_area(tmp_path, total):
    table = f"#adm1+code,#adm1+name,#population\nV01,One,1000\n{total}\nV02,Two,2000\n"
    path, folder = counts_of(tmp_path, table)
    with pytest.raises(InputError, match=r":3 column #adm1\+code: found .*a total of other rows"):
        hxl.add_origins(path, folder, country="VESLAND", source="invented")


def test_a_code_may_be_the_beginning_of_others(tmp_path):
    table = "#adm1+code,#adm1+name,#population\nV1,One,1000\nV10,Ten,1000\nV11,Eleven,2000\n"
    path, folder = counts_of(tmp_path, table)
    assert hxl.add_origins(path, folder, country="VESLAND", source="invented") == 3
