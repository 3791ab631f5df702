"""Scenarios edited in memory: checked, with their own hash, equal to edited files."""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

import emigre
from emigre.scenario.library import shipped
from emigre.scenario.writer import write

DAYS = {"start": "2030-03-01", "end": "2030-03-20"}
BOTH = ["foreign_passport", "internal_passport"]
CLOSED = {"kind": "entry", "place": "NORDAL", "value": 0, "effective_from": "2030-03-10"}


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny", **DAYS)


def test_a_value_given_twice_is_refused(tiny):
    with pytest.raises(emigre.InputError, match='"patience_days", expected every name once'):
        tiny.set({"patience_days": 20}, patience_days=30)


def test_a_rule_is_added_as_in_the_file(tiny):
    made = tiny.add_rule(
        **CLOSED, announced="2030-03-08", document=["internal_passport", "foreign_passport"]
    )
    row = made.tables["rules"].row(-1, named=True)
    assert (row["id"], row["value"], row["document"]) == (
        "what_if_1",
        0.0,
        "internal_passport|foreign_passport",
    )
    assert (row["basis"], row["source"]) == ("estimate", "what_if")
    assert made.hash != tiny.hash
    assert [p.name for p in made.applied] == ["add what_if_1"]
    again = made.add_rule(**CLOSED)
    assert again.tables["rules"]["id"].to_list()[-2:] == ["what_if_1", "what_if_2"]
    assert again.tables["sources"].height == tiny.tables["sources"].height + 1


def test_every_mistake_of_a_rule_is_reported(tiny):
    with pytest.raises(emigre.InputError) as caught:
        tiny.add_rule(kind="entri", place="NORDALL", value=0, rate=1)
    said = str(caught.value)
    assert "add_rule" in said
    assert all(words in said for words in ("did you mean entry?", "did you mean NORDAL?", '"rate"'))


def test_rows_are_left_out(tiny):
    alone = tiny.without("nordal_closes")
    assert "nordal_closes" not in alone.tables["rules"]["id"]
    assert alone.hash == tiny.without(rules="nordal_closes").hash
    assert (
        alone.hash
        == emigre.alternatives(tiny, without="nordal_closes")[1]["without-nordal_closes"].hash
    )
    assert tiny.add_rule(**CLOSED).without("what_if_1").tables["rules"].equals(tiny.tables["rules"])
    with pytest.raises(emigre.InputError, match="did you mean nordal_closes"):
        tiny.without("nordal_close")
    with pytest.raises(emigre.InputError, match=r"areas\.csv:\d+ column place"):
        tiny.without(places="PASS")


@pytest.mark.parametrize(
    ("ids", "rows", "said"),
    [
        ((None,), {}, 'ids: found "None"'),
        ((["nordal_closes"],), {}, "ids: found"),
        ((), {"rules": None}, 'rules: found "None" (NoneType), expected one or several ids'),
        ((), {"rules": {"nordal_closes"}}, "rules: found"),
        ((), {"rulez": "nordal_closes"}, 'rows: found "rulez", expected a table (did you mean'),
    ],
)
def test_an_invalid_row_to_leave_out(tiny, ids, rows, said):
    with pytest.raises(emigre.InputError) as caught:
        tiny.without(*ids, **rows)
    assert said in str(caught.value)


def test_rows_left_out_twice_or_not_at_all(tiny):
    twice = tiny.without("nordal_closes", rules=["nordal_closes"])
    assert twice == tiny.without("nordal_closes")
    assert tiny.without(rules=[]) is tiny


@pytest.mark.parametrize("table", ["places", "rules", "observations", "pressures"])
def test_another_way_to_write_the_same_is_no_change(tiny, table):
    frame = tiny.tables[table]
    for same in (frame, frame.cast(pl.String), pl.read_csv(frame.write_csv().encode())):
        assert tiny.edit(table, same) is tiny


def test_a_table_is_edited_as_a_frame(tiny):
    places = tiny.tables["places"]
    is_pass = pl.col("id") == "PASS"
    capacity = pl.when(is_pass).then(77).otherwise("capacity_persons_per_day")
    edited = places.with_columns(capacity_persons_per_day=capacity)
    made = tiny.edit("places", edited)
    assert made.hash == tiny.set({"places.PASS.capacity_persons_per_day": 77}).hash
    columns = {name: edited[name].to_list() for name in edited.columns}
    assert tiny.edit("places", pd.DataFrame(columns)).hash == made.hash
    assert tiny.edit("places", places).hash == tiny.hash
    nullable = pd.DataFrame({n: places[n].to_list() for n in places.columns}).convert_dtypes()
    assert tiny.edit("places", nullable).hash == tiny.hash
    rules = tiny.tables["rules"]
    dated = pd.DataFrame({name: rules[name].to_list() for name in rules.columns})
    dated["announced"] = pd.to_datetime(dated["announced"])
    dated["effective_from"] = pd.to_datetime(dated["effective_from"]).dt.tz_localize(None)
    assert tiny.edit("rules", dated).hash == tiny.hash
    # what is edited is given: no draw overrides it
    assert set(made.applied[0].set) == {"places.PASS.capacity_persons_per_day"}


class Arrow:
    """A table of another library that speaks Arrow."""

    def __init__(self, frame):
        self.column_names, self.columns = frame.columns, [frame[name] for name in frame.columns]
        self.__arrow_c_stream__ = frame.__arrow_c_stream__


def test_an_arrow_table_is_a_frame(tiny):
    assert tiny.edit("places", Arrow(tiny.tables["places"])) is tiny
    frame = pl.DataFrame({"patience_days": [20, 30]})
    assert emigre.draws(tiny, Arrow(frame)) == emigre.draws(tiny, frame)


def test_a_date_is_a_midnight_and_no_other_time(tiny):
    counts = tiny.tables["observations"]
    midnight = pl.col("from").cast(pl.Datetime).dt.replace_time_zone("Europe/Riga")
    assert tiny.edit("observations", counts.with_columns(midnight)) is tiny
    evening = counts.with_columns(midnight.dt.convert_time_zone("UTC"))
    with pytest.raises(emigre.InputError, match=r'found "\S+ 22:00:00\+00:00", expected a date'):
        tiny.edit("observations", evening)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"kind": ["country"]}, "frame key kind: found 1 value, expected a sequence of"),
        ({"kind": "country"}, "frame key kind: found 0 values, expected a sequence of"),
    ],
)
def test_columns_of_a_frame_have_one_length(tiny, cells, said):
    columns = tiny.tables["places"].to_dict(as_series=False) | cells
    with pytest.raises(emigre.InputError, match=said):
        tiny.edit("places", columns)


def test_a_column_of_a_frame_is_given_once(tiny):
    places = pd.DataFrame(tiny.tables["places"].to_dict(as_series=False))
    with pytest.raises(emigre.InputError, match="found 2 columns id, expected every column once"):
        tiny.edit("places", pd.concat([places, places[["id"]]], axis=1))


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("placs", lambda f: f, "did you mean places?"),
        ("places", lambda f: f.drop("kind"), "no column kind"),
        ("places", lambda f: f.with_columns(nam=1), '"nam", expected a column of the table'),
        (
            "places",
            lambda f: pl.concat([f, f.head(1)]),
            "a row twice, expected every row of places",
        ),
        ("places", lambda f: f.with_columns(population=-1), 'found "-1"'),
        (["places"], lambda f: f, "table: found"),
        (None, lambda f: f, "table: found"),
        ("places", lambda f: f.with_columns(population=[1]), "key population: found"),
        ("places", lambda f: f.with_columns(name=pl.lit(b"x")), "key name: found \"b'x'\" (bytes)"),
    ],
)
def test_an_invalid_table(tiny, table, change, said):
    with pytest.raises(emigre.InputError) as caught:
        tiny.edit(table, change(tiny.tables["places"]))
    assert said in str(caught.value)


def test_edits_hold_as_of_an_earlier_day(tiny):
    later = tiny.add_rule(**CLOSED, announced="2030-03-09").set(patience_days=3)
    known = emigre.load(later, as_of="2030-03-05")
    assert "what_if_1" in known.tables["rules"]["id"]
    assert "nordal_closes" not in known.tables["rules"]["id"]
    assert known.parameters["patience_days"] == 3.0
    assert (str(known.as_of), [p.name for p in known.applied]) == (
        "2030-03-05",
        ["add what_if_1", "set patience_days"],
    )
    assert known.set(patience_days=4).as_of == known.as_of


def test_an_edited_scenario_is_that_of_its_folder(tiny, tmp_path):
    made = tiny.set(patience_days=3).add_rule(**CLOSED)
    folder = write(made, tmp_path / "mine")
    assert emigre.load(folder).hash == made.hash
    assert pickle.loads(pickle.dumps(made)).hash == made.hash


@pytest.mark.parametrize("name", list(shipped()))
def test_a_scenario_is_the_same_when_it_is_made_from_its_texts_again(name):
    base = emigre.load(name)
    assert emigre.load(base) == base
    middle = base.start + (base.end - base.start) / 2
    assert emigre.load(base, as_of=middle) == emigre.load(name, as_of=middle)


def test_nothing_changes_behind_the_hash(tiny):
    before = tiny.hash
    made = emigre.patch(add={"rules": dict(CLOSED)})
    for change in (
        lambda: tiny.parameters.update(patience_days=1),
        lambda: tiny.parameters.__setitem__("patience_days", 1),
        lambda: tiny.variants.clear(),
        lambda: made.add["rules"][0].__setitem__("value", 1),
        lambda: tiny.tables["places"].__setitem__("population", [1] * 7),
    ):
        with pytest.raises(TypeError):
            change()
    tiny.tables["places"].replace_column(0, pl.Series("id", ["x"] * tiny.tables["places"].height))
    assert emigre.load(tiny).hash == before


def test_it_shows_itself_in_short(tiny):
    made = tiny.set(patience_days=3)
    assert repr(made) == (
        f"Scenario(tiny + set patience_days, 2030-03-01 to 2030-03-20, {made.hash[:12]})"
    )
    assert "A call-up in Vesland" in made._repr_html_()
    assert len(made._repr_html_()) < 3000


NUMBERS = (Decimal("3.5"), Fraction(7, 2), np.float32(3.5), np.array([3.5]))


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_of_every_kind_are_values(tiny, number):
    changed = tiny.set({"places.BRIDGE.capacity_persons_per_day": number}, patience_days=number)
    assert changed.parameters["patience_days"] == 3.5
    capacity = changed.tables["places"].filter(id="BRIDGE")["capacity_persons_per_day"].item()
    assert capacity == 3.5


def test_several_values_are_no_value(tiny):
    with pytest.raises(emigre.InputError, match="found a list, expected a number"):
        tiny.set(patience_days=np.array([1.0, 2.0]))


@pytest.mark.parametrize("value", [b"x", {"a": 1}, {1, 2}, [[1]]])
def test_a_cell_holds_no_other_objects(tiny, value):
    said = "rules.nordal_closes.note: found .*, expected one value, or a list of values"
    with pytest.raises(emigre.InputError, match=said):
        tiny.set({"rules.nordal_closes.note": value})
    with pytest.raises(emigre.InputError, match=r"found .*, expected one value, or a list"):
        tiny.add_rule(**CLOSED, note=value)


def test_values_may_be_named(tiny):
    assert tiny.set(values={"patience_days": 20}).hash == tiny.set(patience_days=20).hash
