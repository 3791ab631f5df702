"""Round trips and garbage: any cell either loads or is reported."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emigre import schema
from emigre.errors import InputError
from emigre.scenario.loader import load
from emigre.scenario.model import Patch, Scenario
from emigre.scenario.patch import patch_text, read_patch
from emigre.scenario.toml import line_of
from emigre.scenario.writer import scenario_files, write
from examples import examples

BASE = Path(__file__).parent / "base"
CELLS = [
    f"{table}.{row}.{column.name}"
    for table, row in (
        ("places", "bridge"),
        ("places", "B"),
        ("rules", "visit"),
        ("rules", "men_stay"),
        ("groups", "women"),
        ("pressures", "shelling"),
        ("traffic", "shoppers"),
        ("observations", "week1"),
        ("sources", "s1"),
        ("legs", "west/inn/foot"),
        ("diaspora", "B/AA"),
        ("composition", "east/sex/male"),
        ("attractions", "B/occupation=doctor"),
        ("departures", "west/2030-03-01"),
        ("present", "B/west"),
        ("areas", "ways/bridge"),
    )
    for column in schema.tables()[table]
]
GARBAGE = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["*", "|", "a|*", ";", "=", "sex=", "sex=male;", "nan", "inf", "-0", "1e400", "1_0", "٣",
         "2030-03-01", "2030-03-01T00:00Z", "9999-12-31", "0000-00-00", "yes", "\x00", '"',
         "9" * 5000]
    ),
    st.floats().map(str),
    st.integers().map(str),
    st.dates().map(str),
)  # fmt: skip


def loads_or_reports(folder: Path, **options: list[str]) -> Scenario | None:
    try:
        return load(folder, **options)  # type: ignore[arg-type]
    except InputError as error:
        mistakes = error.mistakes
    assert mistakes
    assert all(str(m) for m in mistakes)
    return None


@pytest.mark.parametrize("name", [str(BASE), "tiny"])
def test_a_written_scenario_loads_as_equal(name: str, tmp_path: Path) -> None:
    s = load(name)
    again = load(write(s, tmp_path / "copy"))
    assert again.hash == s.hash
    assert scenario_files(again) == scenario_files(s)
    for table, frame in s.tables.items():
        assert frame.equals(again.tables[table])


def test_a_patched_scenario_is_written_as_it_is(tmp_path: Path) -> None:
    s = load(BASE, variants=["closed"], settings=["patience_days=31"], end="2030-03-20")
    again = load(write(s, tmp_path / "copy"))
    assert again.hash == s.hash
    assert again.end == date(2030, 3, 20)
    assert again.variants == {}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an unused name"):
        write(load(BASE), tmp_path)


@given(
    hours=st.floats(0, 2000),
    persons=st.integers(0, 10**10),
    note=st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
@examples(40)
def test_any_values_survive_the_round_trip(
    hours: float, persons: int, note: str, day: date
) -> None:
    s = load(
        BASE,
        settings=[
            f"legs.west/inn/foot.hours={hours!r}",
            f"diaspora.B/AA.persons={persons}",
            f"sources.s1.note={note}",
            f"rules.papers.effective_from={day}",
        ],
    )
    assert s.tables["legs"]["hours"][2] == hours
    assert s.tables["diaspora"]["persons"][0] == persons
    with tempfile.TemporaryDirectory() as made:
        assert load(write(s, Path(made) / "copy")).hash == s.hash


@given(key=st.sampled_from(CELLS), text=GARBAGE)
@examples(300)
def test_garbage_in_a_cell_loads_or_is_reported(key: str, text: str) -> None:
    s = loads_or_reports(BASE, settings=[f"{key}={text}"])
    if s is not None:
        with tempfile.TemporaryDirectory() as made:
            assert load(write(s, Path(made) / "copy")).hash == s.hash


@given(key=st.text(max_size=30), text=GARBAGE)
@examples(100)
def test_garbage_in_a_setting_is_reported(key: str, text: str) -> None:
    loads_or_reports(BASE, settings=[f"{key}={text}", text])


@given(
    table=st.sampled_from([*schema.tables(), "scenario"]),
    junk=st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)),
    at=st.floats(0, 1),
)
@examples(150)
def test_garbage_in_a_file_loads_or_is_reported(table: str, junk: bytes, at: float) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "s"
        shutil.copytree(BASE, folder)
        path = folder / ("scenario.toml" if table == "scenario" else f"{table}.csv")
        data = path.read_bytes()
        cut = int(at * len(data))
        path.write_bytes(data[:cut] + junk + data[cut:])
        loads_or_reports(folder)


@given(
    junk=st.dictionaries(
        st.sampled_from(["title", "note", "set", "remove", "add", "x"]),
        st.sampled_from(
            [
                "1",
                '"a"',
                "[]",
                "{}",
                "[1]",
                "{ rules = 1 }",
                '{ rules = ["visit"] }',
                "{ rules = [{}] }",
                "{ access_weight = nan }",
                "{ rules.visit = 1 }",
                "{ rules.visit.value = {} }",
                "{ rules.visit.days = [1] }",
                "{ x = 2020-01-01 }",
                "{ areas = [{ area = 1 }] }",
            ]
        ),
    )
)
@examples(150)
def test_garbage_in_a_variant_loads_or_is_reported(junk: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "x.toml"
        path.write_text("\n".join(f"{k} = {v}" for k, v in junk.items()), encoding="utf-8")
        loads_or_reports(BASE, variants=[str(path)])


def test_a_variant_that_is_written_reads_as_the_same(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    added = ({"id": "x", "note": 'a "b" \\ \x7f\n'}, {"id": "y", "persons": 3, "note": "n" * 100})
    patch = Patch(
        name="mine",
        title="t",
        set={"base_leaving_per_day": 5e-6, "rules.a.effective_from": date(2030, 3, 2)},
        remove={"rules": ("a=b", "[c]")},
        add={"jobs": added[:1], "rules": added},
    )
    path.write_text(patch_text(patch), encoding="utf-8", newline="\n")
    again = read_patch(path, "")
    assert (again.title, again.set, again.add) == (patch.title, patch.set, patch.add)
    assert again.remove == patch.remove
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[line_of(again.lines, "add.jobs[1].id") - 1] == "jobs = ["  # a row in one line
    assert lines[line_of(again.lines, "add.rules[2].note") - 1].startswith('note = "nn')
