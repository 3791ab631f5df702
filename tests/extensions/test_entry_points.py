"""Adapters, baselines and measures of another package: the example, imported by path."""

import json
import re
import sys

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

import emigre
from emigre import extensions
from emigre.cli.adapters import add_adapters
from emigre.evaluation import baselines
from offered import EXAMPLE, ROOT, declared
from tolerances import is_closed_form

DAYS = {"start": "2030-03-05", "end": "2030-03-25"}


def commands():
    app, imports, exports = typer.Typer(), typer.Typer(), typer.Typer()
    add_adapters(imports, exports)
    app.add_typer(imports, name="import")
    app.add_typer(exports, name="export")
    return app


def test_the_built_in_ones_are_declared_in_the_same_way():
    table = {group: dict(named) for group, named in extensions.BUILT_IN.items() if named}
    assert table == declared(ROOT)


def test_installed_metadata_repeat_the_built_in_ones(offer):
    offer(extensions.BUILT_IN)
    assert list(extensions.points(extensions.BASELINES)) == list(
        extensions.BUILT_IN[extensions.BASELINES]
    )


def test_an_adapter_adds_its_commands(offer, stand_in_engine, tmp_path):
    offer(declared(EXAMPLE))
    emigre.run(emigre.load("tiny", **DAYS), runs=2, out=tmp_path / "run")
    words = ["export", "lines", str(tmp_path / "run"), str(tmp_path / "out.jsonl")]
    done = CliRunner().invoke(commands(), words)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(lines) == 21
    assert set(lines[0]) == {"date", "arrived"}
    again = CliRunner().invoke(commands(), words)
    assert again.exit_code == 1
    assert "already exists" in again.output


def test_an_adapter_that_cannot_be_loaded_spoils_its_own_command_alone(offer):
    offer({extensions.ADAPTERS: {"odd": "no_such_package:ADAPTER"}})
    done = CliRunner().invoke(commands(), ["import", "odd", "--any", "thing"])
    assert done.exit_code == 2
    assert "no_such_package:ADAPTER cannot be loaded (ModuleNotFoundError" in done.output
    assert CliRunner().invoke(commands(), ["import", "flee", "--help"]).exit_code == 0


def test_a_baseline_is_one_of_the_rules(offer):
    offer(declared(EXAMPLE))
    assert list(baselines.forecasters()) == [*extensions.BUILT_IN[extensions.BASELINES], "drift"]
    known = emigre.Levels.of({1: 100.0, 8: 170.0})
    expected = baselines.forecasters()["drift"](known, np.array([9, 10]), None)
    # 10 a day, of which 0.8 is left on the first day and 0.64 on the second.
    assert is_closed_form(expected.levels[0], 178.0)
    assert is_closed_form(expected.levels[1], 184.4)


def test_a_derived_measure_is_written_next_to_the_others(offer, stand_in_engine, tmp_path):
    tiny = emigre.load("tiny", **DAYS)
    plain = emigre.run(tiny, runs=3)
    assert plain.derived is None
    assert plain.derived_summary is None
    assert plain.info.derived == {}
    offer(declared(EXAMPLE))
    results = emigre.run(tiny, runs=3, out=tmp_path / "run")
    assert results.daily.equals(plain.daily)
    assert results.derived.columns == results.daily.columns
    assert results.info.derived["share_waiting"].unit == "share"
    assert len(results.derived) == 3 * 21
    assert len(results.derived_summary) == 21
    assert results.derived_summary.columns == results.summary.columns


def test_a_derived_value_is_that_of_the_daily_table(offer):
    offer(declared(EXAMPLE))
    measure = extensions.load_all(extensions.MEASURES, emigre.DerivedMeasure)["share_waiting"]
    day = pl.date(2030, 3, 1)
    daily = pl.DataFrame(
        {"measure": ["waiting", "travelling"], "place": ["*", "*"], "value": [3.0, 9.0]}
    ).with_columns(date=day)
    assert measure.derive(daily)["value"].to_list() == [0.25]


ODD = """
import polars as pl
import emigre
twice = emigre.DerivedMeasure("persons", "stock", lambda daily: pl.concat([daily, daily]))
missing = emigre.DerivedMeasure("persons", "stock", lambda daily: daily.drop("place"))
kind = emigre.DerivedMeasure("persons", "sum", lambda daily: daily)
number = 7
"""


@pytest.mark.parametrize(
    ("name", "at", "words"),
    [
        ("waiting", "odd:twice", "a measure of the model"),
        ("mine", "odd:twice", "a day and place twice"),
        ("mine", "odd:missing", "expected a table of date, place and value"),
        ("mine", "odd:kind", "expected flow, stock or mean"),
        ("mine", "odd:number", "expected an object of DerivedMeasure"),
        ("mine", "odd:none", "cannot be loaded (AttributeError"),
    ],
)
def test_a_measure_that_cannot_be_used_is_refused(
    offer, stand_in_engine, tmp_path, monkeypatch, name, at, words
):
    (tmp_path / "odd.py").write_text(ODD)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "odd", raising=False)
    offer({extensions.MEASURES: {name: at}})
    with pytest.raises(emigre.InputError, match=re.escape(words)) as error:
        emigre.run(emigre.load("tiny", **DAYS), runs=1, out=tmp_path / "run")
    assert f"entry point {extensions.MEASURES}" in str(error.value)
    monkeypatch.delitem(sys.modules, "odd", raising=False)


def test_two_packages_may_not_use_the_same_name(offer):
    group = {"persistence": "other:persistence", "flee": "other:ADAPTER"}
    offer(dict.fromkeys((extensions.BASELINES, extensions.ADAPTERS), group))
    with pytest.raises(emigre.InputError, match="other:persistence, expected a name that one"):
        baselines.forecasters()
    done = CliRunner().invoke(commands(), ["import", "flee", "folder", "out"])
    assert done.exit_code == 2
    assert "emigre.cli.flee:ADAPTER and other:ADAPTER" in done.output
    assert CliRunner().invoke(commands(), ["import", "hxl", "--help"]).exit_code == 0
