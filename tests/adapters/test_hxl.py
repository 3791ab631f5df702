"""Tables with HXL hashtags in and out."""

from __future__ import annotations

import csv

import pytest
from typer.testing import CliRunner

import emigre
from emigre.adapters import hxl
from emigre.cli import app
from emigre.errors import InputError
from emigre.scenario.library import new

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
        ("VE02", "", "a P-code"),
        ("#population+total", "#meta", "#population"),
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


def test_daily_numbers_go_out_with_hashtags(tmp_path, stand_in):
    stand_in()
    emigre.run("tiny", runs=2, workers=1, out=tmp_path / "r")
    out = tmp_path / "passages.csv"
    done = CliRunner().invoke(
        app, ["export", "hxl", str(tmp_path / "r"), str(out), "--measure", "passages"]
    )
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as file:
        header, tags, *rows = list(csv.reader(file))
    assert header == list(hxl.HEADER)
    assert tags == list(hxl.HEADER.values())
    assert rows
    assert out.with_suffix(".purpose.txt").exists()
    wrong = CliRunner().invoke(
        app, ["export", "hxl", str(tmp_path / "r"), str(out), "--measure", "pasages", "--force"]
    )
    assert wrong.exit_code == 2
    assert "did you mean passages?" in wrong.stderr
