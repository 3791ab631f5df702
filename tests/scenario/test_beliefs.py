"""Draws of uncertain parameters: reading, checks, and use in the right runs."""

from decimal import Decimal

import numpy as np
import pytest

import emigre
from emigre.engine.build import compile_scenario
from emigre.scenario.parameter_draws import Draws, check_draws, draws_of, read_draws, with_draw

DAYS = {"start": "2030-03-01", "end": "2030-03-20"}
CELL = "places.PASS.capacity_persons_per_day"
NAMES = ("patience_days", "pressure_call_up", CELL)


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny", **DAYS)


def two(names=NAMES):
    return Draws(names, np.array([[30.0, 0.5, 100.0], [100 / 3, 1.5, 321.0]]), "draws.csv")


def test_a_table_of_draws_is_read_as_it_was_written(tmp_path):
    (tmp_path / "d.csv").write_text(two().text())
    found = read_draws(tmp_path / "d.csv")
    assert found.names == NAMES
    assert found.values.tolist() == two().values.tolist()
    assert [found.of_run(run)["patience_days"] for run in (0, 1, 2)] == [30.0, 100 / 3, 30.0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "header of different parameters"),
        ("run\n0\n", "header of different parameters"),
        ("a,a\n1,2\n", "header of different parameters"),
        ("a,b\n1\n", ":2: found 1 value, expected 2 values"),
        ("a,b\n1,x\n1,2\n3,?\n", ':2 column b: found "x", expected a number'),
    ],
)
def test_a_table_that_is_none_says_where(tmp_path, text, found):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(emigre.InputError) as caught:
        read_draws(tmp_path / "d.csv")
    assert found in "\n".join(str(m) for m in caught.value.mistakes)


def test_a_table_of_draws_is_read_like_any_other_table(tmp_path):
    text = "run;patience_days;pressure_call_up\n0;5,5;1e-1\n\n1; 6 ;2\n"
    (tmp_path / "d.csv").write_bytes(("\ufeff" + text).replace("\n", "\r\n").encode())
    found = read_draws(tmp_path / "d.csv")
    assert found.frame().rows() == [(5.5, 0.1), (6.0, 2.0)]


def test_exact_numbers_are_numbers_and_masked_ones_are_missing(tiny):
    exact = emigre.draws(tiny, {"patience_days": [Decimal("5.5"), Decimal(6)]})
    assert exact == emigre.draws(tiny, {"patience_days": [5.5, 6]})
    with pytest.raises(emigre.InputError, match="found nan"):
        emigre.draws(tiny, {"patience_days": np.ma.array([5.5, 6], mask=[False, True])})


@pytest.mark.parametrize("runs", ["1 0", "0 2", "x y", "0 0"])
def test_rows_of_draws_are_in_the_order_of_runs(tmp_path, runs):
    first, second = runs.split()
    (tmp_path / "d.csv").write_text(f"run,a\n{first},1\n\n{second},2\n")
    with pytest.raises(emigre.InputError, match="rows are in the order of runs"):
        read_draws(tmp_path / "d.csv")


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(emigre.InputError, match="an unreadable file"):
        read_draws(tmp_path / "none.csv")


def test_unknown_columns_and_values_out_of_bounds_are_named_at_once(tiny):
    values = np.array([[1.0, 1.0, -5.0, 1.0, np.nan]])
    names = ("patience_dais", "places.PAS.km", CELL, "places.PASS.name", "patience_days")
    with pytest.raises(emigre.InputError) as caught:
        check_draws(Draws(names, values, "draws.csv"), tiny)
    said = [str(m) for m in caught.value.mistakes]
    assert [m.column for m in caught.value.mistakes] == list(names)
    assert "did you mean patience_days?" in said[0]
    assert "draws.csv:2" in said[2]


def test_a_run_takes_its_draw_as_if_it_were_set(tiny):
    draws = two()
    drawn = with_draw(tiny, draws.of_run(1))
    set_ = [f"{name}={value!r}" for name, value in draws.of_run(1).items()]
    written = emigre.load("tiny", settings=set_, **DAYS)
    assert drawn.parameters == written.parameters
    assert all(drawn.tables[t].equals(written.tables[t]) for t in written.tables)
    assert tiny.set({}).tables["places"].equals(tiny.tables["places"])


def test_set_values_are_not_drawn(tiny):
    asked = emigre.load("tiny", settings=["patience_days=7"], **DAYS)
    drawn = with_draw(asked, two().of_run(0))
    assert drawn.parameters["patience_days"] == 7.0
    assert drawn.parameters["pressure_call_up"] == 0.5


def test_draws_are_those_of_a_path(tiny, tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(two().text())
    for asked in (path, str(path), two()):
        assert draws_of(tiny, asked).values.tolist() == two().values.tolist()
    assert draws_of(tiny, "none") is None
    said = r'draws: found .*, expected .*"prior" or "none"'
    for wrong in ("posterior.csv", "None", "", 5, tmp_path):
        with pytest.raises(emigre.InputError, match=said):
            draws_of(tiny, wrong)


def test_ranges_are_drawn_where_nothing_was_fitted(tiny):
    drawn = draws_of(tiny, seed=3)
    assert (drawn.names, len(drawn)) == (("base_leaving_per_day",), 1000)
    assert drawn.origin == "the prior ranges of tiny"
    assert drawn == draws_of(tiny, "prior", seed=3)
    assert drawn != draws_of(tiny, seed=4)
    low, high = np.quantile(drawn.values, [0.05, 0.95])
    assert (low, high) == pytest.approx((1e-4, 4e-4), rel=0.15)
    given = emigre.load("tiny", settings=["base_leaving_per_day=2e-4"], **DAYS)
    assert draws_of(given) is None
    assert draws_of(tiny.set({"base_leaving_per_day": 2e-4})) is None
    with pytest.raises(emigre.InputError, match="draws: found no parameter with a range"):
        draws_of(given, "prior")


def test_a_run_of_the_prior_is_repeated_from_its_folder(tiny, stand_in_engine, tmp_path):
    done = emigre.run(tiny, runs=3, seed=5, out=tmp_path / "r")
    assert (done.info.draws, done.info.parameters_from) == (1000, "the prior ranges of tiny")
    kept = emigre.load(tmp_path / "r" / "scenario")
    assert draws_of(kept, seed=5) == draws_of(tiny, seed=5)
    given = emigre.load("tiny", settings=["base_leaving_per_day=2e-4"], **DAYS)
    emigre.run(given, runs=1, out=tmp_path / "s")
    assert draws_of(emigre.load(tmp_path / "s" / "scenario")) is None
    emigre.run(tiny, runs=1, seed=5, draws=draws_of(tiny, seed=6), out=tmp_path / "t")
    assert draws_of(emigre.load(tmp_path / "t" / "scenario")) == draws_of(tiny, seed=6)


@pytest.mark.parametrize("cell", ["1_000", "nan", "inf", "１", "1,500"])
def test_draws_are_written_in_plain_digits(tmp_path, cell):
    (tmp_path / "d.csv").write_text(f'a,b\n1,"{cell}"\n', encoding="utf-8")
    with pytest.raises(emigre.InputError, match=r"d\.csv:2 .*expected a number"):
        read_draws(tmp_path / "d.csv")


def test_runs_share_out_the_draws(tiny, stand_in_engine, tmp_path):
    done = emigre.run(tiny, runs=3, draws=two(), out=tmp_path / "r")
    assert (done.info.draws, done.info.parameters_from) == (2, "draws.csv")


def test_a_draw_gives_the_numbers_of_the_setting(tiny):
    drawn = emigre.run(tiny, runs=2, draws=two(), workers=2)
    set_ = [f"{name}={value!r}" for name, value in two().of_run(1).items()]
    alone = emigre.run(emigre.load("tiny", settings=set_, **DAYS), runs=2, draws="none")
    second = [r.scan_daily().filter(run=1).collect() for r in (drawn, alone)]
    keys = ["date", "measure", "place"]
    both = second[0].join(second[1], on=keys, how="full", suffix="_set")
    differing = both.filter(both["value"].fill_null(0) != both["value_set"].fill_null(0))
    assert differing.is_empty()


def test_later_rows_are_skipped():
    """As of the first day the call-up is no news, and its parameter none of the scenario's."""
    known = emigre.load("tiny", **DAYS, as_of="2030-03-01")
    assert "pressure_call_up" not in known.parameters
    check_draws(two(), known)


def test_half_lives_of_a_kind_are_scaled(tiny):
    longer = emigre.load("tiny", settings=["half_life_call_up=2"], **DAYS)
    written = emigre.load("tiny", settings=["pressures.call_up_men.half_life_days=20"], **DAYS)
    both = [compile_scenario(s).strength for s in (longer, written)]
    assert np.array_equal(*both)
    assert not np.array_equal(both[0], compile_scenario(tiny).strength)
    with pytest.raises(emigre.InputError, match=r"from 0\.05 to 20"):
        emigre.load("tiny", settings=["half_life_call_up=0"], **DAYS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"patience_days\n\xff\x81\x00\n", ":2: found the byte 0xff"),
        (b"patience_days\n\x00\n", ":2: found the byte 0x00"),
        (b'patience_days\n"1\n', "found an invalid CSV line"),
        (
            b"patience_days\n" + b"1" * 200_000 + b"\n",
            "found a cell of more than 131072 characters",
        ),
        (b"", ":1: found something else"),
    ],
)
def test_draws_that_are_no_table_are_reported(tmp_path, data, said):
    path = tmp_path / "draws.csv"
    path.write_bytes(data)
    with pytest.raises(emigre.InputError) as caught:
        read_draws(path)
    assert said in str(caught.value)
    with pytest.raises(emigre.InputError, match="an unreadable file"):
        read_draws(tmp_path / "nowhere.csv")
