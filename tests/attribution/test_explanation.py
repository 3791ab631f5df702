"""Attribution from two sides to contributions, with a stand-in for the simulation."""

import csv
import json
import shutil
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import emigre
from emigre.attribution import explanation_text
from emigre.attribution.operands import read_side
from emigre.attribution.quantity import make_quantity
from emigre.attribution.run import explain
from emigre.errors import InputError, ResultsError
from emigre.results.window import Quantity
from emigre.scenario.library import new
from emigre.scenario.loader import load
from observed import call as command

BASE = Path(__file__).parents[1] / "scenario" / "base"
BOTH = "tiny:nordal-stays-open+wider-pass"


class Toy:
    """Stand-in for ``sample``: a closure takes 500, the pass adds its capacity, both interact.

    Chance is a number of the run, shared by all worlds; ``gone`` are runs without the number.
    """

    def __init__(self, gone: tuple[int, ...] = ()) -> None:
        self.gone = gone
        self.plan = self.frame = None

    def value(self, world) -> float:
        rules = set(world.tables["rules"]["id"])
        places = world.tables["places"]
        room = dict(zip(places["id"], places["capacity_persons_per_day"], strict=True))["PASS"]
        is_open = "nordal_closes" not in rules
        return 1000 + 500 * is_open + 2 * (room - 150) - 100 * (is_open and room > 150)

    def __call__(self, plan, frame, **_):
        self.plan, self.frame = plan, frame
        chance = np.random.default_rng(plan.seed).normal(0, 50, plan.runs)
        result = np.array([self.value(w) + chance for w in plan.worlds])[:, :, None]
        result[1, list(self.gone)] = np.nan
        return result


@pytest.fixture
def toy(monkeypatch):
    def put(**options) -> Toy:
        one = Toy(**options)
        monkeypatch.setattr("emigre.attribution.run.sample", one)
        return one

    return put


@pytest.fixture
def call(monkeypatch, tmp_path, toy):
    toy()
    monkeypatch.chdir(tmp_path)
    return partial(command, "explain")


def part_of(result, name):
    return next(p for p in result.parts if p.group.changes[0].name == name)


def test_parts_are_the_known_ones_and_add_up(toy):
    one = toy()
    result = explain("tiny", BOTH, runs=4, start="2030-03-05", end="2030-04-10")
    closed, place = part_of(result, "rules.nordal_closes"), part_of(result, "places.PASS")
    assert closed.part.tolist() == pytest.approx([450.0] * 4)  # half of what both lose together
    assert place.part.tolist() == pytest.approx([250.0] * 4)
    assert closed.alone.tolist() == pytest.approx([500.0] * 4)
    assert closed.last.tolist() == pytest.approx([400.0] * 4)
    assert [p.group.changes[0].name for p in result.parts] == ["rules.nordal_closes", "places.PASS"]
    assert [g.changes[0].name for g in result.idle] == ["rules.pass_second_lane"]
    total = result.of_b - result.of_a
    np.testing.assert_allclose(sum(p.part for p in result.parts), total, rtol=1e-12)
    assert result.orders is None
    assert result.worlds == 8 == len(one.plan.worlds)
    # Later days have no effect.
    assert {w.end for w in one.plan.worlds} == {date(2030, 4, 9)}
    assert one.frame.row(0, named=True) == {
        "measure": "departed",
        "place": "*",
        "from": date(2030, 3, 5),
        "to": date(2030, 4, 10),
    }


def test_the_other_way_round_parts_change_their_sign(toy):
    toy()
    there, back = explain("tiny", BOTH, runs=2), explain(BOTH, "tiny", runs=2)
    for p in there.parts:
        twin = part_of(back, p.group.changes[0].name)
        np.testing.assert_allclose(twin.part, -p.part, rtol=1e-12)


def test_many_changes_are_drawn_and_add_up_too(toy):
    toy()
    more = [
        f"parameters.{n}"
        for n in ("patience_days", "urgency_weight", "hurry_weight", "prepare_days")
    ]
    settings = ["patience_days=31", "urgency_weight=0.2", "hurry_weight=0.1", "prepare_days=5"]
    b = load("tiny", variants=["nordal-stays-open", "wider-pass"], settings=settings)
    result = explain(load("tiny"), b, runs=3, pairs=3)
    assert result.orders == 6
    assert len(result.idle) == len(more) + 1
    total = result.of_b - result.of_a
    np.testing.assert_allclose(sum(p.part for p in result.parts), total, rtol=1e-12)
    # Only two work together: each pair of reversed orders shares that exactly.
    assert part_of(result, "places.PASS").part.tolist() == pytest.approx([250.0] * 3)
    assert part_of(result, "places.PASS").order_error == pytest.approx(0.0, abs=1e-9)
    again = explain(load("tiny"), b, runs=3, pairs=3)
    assert all((p.part == q.part).all() for p, q in zip(result.parts, again.parts, strict=True))


def test_the_same_on_both_sides_needs_no_simulation(toy):
    one = toy()
    result = explain("tiny", "tiny")
    assert one.plan is None
    assert result.parts == result.idle == result.inert == ()
    done = command("explain", "tiny", "tiny")
    assert done.stdout.splitlines() == [
        "People who set out, 1 Mar – 31 May 2030",
        "A and B do not differ in anything that is simulated.",
    ]


def test_runs_without_the_number_are_left_out(toy):
    toy(gone=(1,))
    result = explain("tiny", BOTH, runs=4)
    assert result.of_a.size == 3
    assert "1 of 4 runs left out" in " ".join(result.notes)
    toy(gone=(0, 1, 2, 3))
    with pytest.raises(ResultsError, match="there is no departed"):
        explain("tiny", BOTH, runs=4)


def test_changes_of_words_and_of_published_counts_differ(toy):
    toy()
    other = load("tiny", settings=["rules.nordal_closes.note=x", "places.PASS.name=The Pass"])
    result = explain("tiny", other, runs=2)
    assert not result.parts
    assert not result.idle
    text = " ".join(explanation_text.report(result).sentences)
    assert "or published counts: places 1, rules 1." in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"measure": "departs"}, "did you mean departed?"),
        ({"place": "NORDALL"}, "did you mean NORDAL?"),
        (
            {"measure": "departed", "place": "NORDAL"},
            "a place of kind origin, where departed is counted",
        ),
        ({"start": "2030-02-01"}, "2030-03-01 to 2030-06-01"),
        ({"start": "2030-04-02", "end": "2030-04-02"}, "a date after start"),
        ({"end": "soon"}, "YYYY-MM-DD"),
        ({"runs": 0}, "runs:"),
        ({"seed": -1}, "seed:"),
        ({"pairs": 0}, "pairs:"),
    ],
)
def test_wrong_questions_are_refused_before_any_work(toy, options, said):
    one = toy()
    with pytest.raises(InputError) as caught:
        explain("tiny", BOTH, **options)
    assert said in str(caught.value)
    assert one.plan is None


@pytest.mark.parametrize(
    ("place", "id_"), [("hills", "HILLS"), ("Vesland Hills", "HILLS"), ("everywhere", "*")]
)
def test_a_place_is_named_by_its_id_or_its_name(place, id_):
    two = load("tiny"), load("tiny", settings=["patience_days=30"])
    asked = make_quantity(*two, measure="departed", place=place, start=None, end=None)
    assert asked.place == id_


def test_sides_that_cannot_be_compared_are_refused(toy):
    toy()
    with pytest.raises(InputError) as caught:
        explain("tiny", "russia-2022")
    assert [m.column for m in caught.value.mistakes] == ["start", "zone", "nationality"]
    with pytest.raises(InputError, match="did you mean wider-pass"):
        read_side("tiny:wide-pass")
    with pytest.raises(InputError, match="no such folder"):
        read_side("nowhere:wider-pass")


@pytest.mark.parametrize("name", ["cap+ban", "cap:ban", "a:b+c", "plain"])
def test_the_name_of_a_variant_may_hold_the_marks_between_variants(tmp_path, name):
    folder = new("mine", into=tmp_path)
    variants = folder / "variants"
    (variants / f"{name}.toml").write_bytes((variants / "wider-pass.toml").read_bytes())
    (patch,) = read_side(f"{folder}:{name}").scenario.applied
    assert patch.name == name
    both = read_side(f"{folder}:wider-pass+nordal-stays-open").scenario.applied
    assert [patch.name for patch in both] == ["wider-pass", "nordal-stays-open"]


def test_a_different_last_day_is_reported(toy):
    toy()
    short = load("tiny", variants=["wider-pass"], end="2030-04-30")
    result = explain(load("tiny"), short, runs=2)
    assert result.quantity.end == date(2030, 5, 1)
    assert "only common days" in " ".join(result.notes)


@pytest.fixture
def folders(monkeypatch, tmp_path, stand_in_engine):
    """Two run folders, with other seeds and runs."""
    monkeypatch.chdir(tmp_path)
    emigre.run("tiny", runs=2, seed=5, scale=2, out="one")
    wider = load("tiny", variants=["wider-pass"], settings=["patience_days=40"])
    emigre.run(wider, runs=3, seed=6, scale=2, out="two")
    return tmp_path


def test_run_folders_bring_their_scenario_and_seed(toy, folders):
    one = toy()
    result = explain("one", "two", start="2030-03-05", end="2030-03-11")
    assert (one.plan.runs, one.plan.seed, one.plan.scale) == (2, 5, 2)
    assert [p.group.changes[0].name for p in result.parts] == ["places.PASS"]
    assert {g.changes[0].name for g in result.idle} == {"patience_days", "rules.pass_second_lane"}
    text = " ".join(result.notes)
    assert "differ in seed (5 and 6): part of their difference is random" in text
    assert "number of runs (2 and 3)" in text
    assert "two was run with seed 6 at scale 2" in text
    # The numbers in the folders are read as well: those of the stand-in.
    assert "Between the run folders themselves" in text
    mean = [
        float(
            emigre.read(f)
            .daily.filter(measure="departed", place="*")
            .filter(date=date(2030, 3, 5))["value"]
            .mean()
        )
        for f in ("one", "two")
    ]
    from emigre.attribution.operands import recorded

    day = Quantity("departed", "*", date(2030, 3, 5), date(2030, 3, 6))
    assert [recorded(read_side(f), day) for f in ("one", "two")] == mean


def test_results_are_explained_as_their_folders_are(toy, folders):
    toy()
    days = {"start": "2030-03-05", "end": "2030-03-11"}
    one, two = map(emigre.read, ("one", "two"))
    result, of_folders = explain(one, two, **days), explain("one", "two", **days)
    assert result.table.equals(of_folders.table)
    assert (result.a, result.b, result.notes) == ("one", "two", of_folders.notes)


def test_a_run_folder_without_its_scenario_names_the_remedy(call, folders):
    shutil.rmtree("two/scenario")
    done = call("one", "two")
    assert done.exit_code == 1
    assert "does not hold its scenario" in done.stderr
    assert "tiny:wider-pass" in done.stderr


def test_a_scenario_that_was_changed_after_the_run_is_noted(toy, folders):
    toy()
    info = json.loads(Path("two/run.json").read_text("utf-8"))
    Path("two/run.json").write_text(json.dumps({**info, "hash": "0", "emigre": "0.0.1"}), "utf-8")
    text = " ".join(explain("one", "two", runs=2).notes)
    assert "The scenario kept in two does not match the hash of its run" in text
    assert "version of Emigre" in text


def test_the_page(call):
    done = call("tiny", BOTH, "--runs", "4")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "People who set out, 1 Mar – 31 May 2030: mean (range of 4 runs)"
    closed = next(line for line in lines if "nordal_closes" in line)
    assert "rule nordal_closes (entry, Nordal)" in closed
    assert "value 0, effective from 2030-04-05 17:00 → none" in closed
    assert closed.split()[-7:] == ["64", "%", "4", "of", "4", "+500", "+400"]
    place = next(line for line in lines if "place Hill Pass" in line)
    assert "capacity persons per day 150 → 300" in place
    assert "+250" in place
    assert any(line.split()[:3] == ["all", "together", "+700"] for line in lines)
    assert "Shapley" in done.stdout
    assert "without effect on this number in any run: rule pass_second_lane" in done.stdout
    assert "building the worlds" in done.stderr
    assert call("tiny", BOTH, "--quiet").stderr == ""


def test_small_parts_are_withheld(call, tmp_path):
    small = tmp_path / "few.toml"
    small.write_text(
        'title = "x"\n[set]\n"places.PASS.capacity_persons_per_day" = 152\n', encoding="utf-8"
    )
    shutil.copytree(load("tiny").folder, "mine")
    shutil.copy(small, "mine/variants/few.toml")
    done = call("mine", "mine:few", "--runs", "3", "--out", "x.csv")
    assert "<10" in done.stdout
    assert "+4 " not in done.stdout
    with Path("x.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["part"] == rows[0]["alone"] == rows[0]["q50"] == "<10"
    back = call("mine:few", "mine", "--runs", "3")
    assert ">-10" in back.stdout


def test_the_table_as_a_file(call):
    done = call("tiny", BOTH, "--runs", "4", "--out", "new/why.csv", "--quiet")
    assert done.stdout.splitlines()[-1] == "Wrote new/why.csv"
    with Path("new/why.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["part"] for row in rows] == ["450", "250", "0", "700"]
    assert rows[0]["detail"] == "removes rule nordal_closes"
    assert "capacity persons per day of place Hill Pass to 300" in rows[1]["detail"]
    assert (rows[0]["alone"], rows[0]["last"], rows[0]["same_sign"]) == ("500", "400", "4")
    assert (rows[-1]["measure"], rows[-1]["from"], rows[-1]["to"]) == (
        "departed",
        "2030-03-01",
        "2030-06-01",
    )
    again = call("tiny", BOTH, "--out", "new/why.csv")
    assert again.exit_code == 1
    assert "already exists" in again.stderr
    assert call("tiny", BOTH, "--out", "new/why.csv", "--force").exit_code == 0


def test_all_mistakes_are_reported_at_once_with_code_2(call):
    done = call("tiny", BOTH, "--measure", "x", "--place", "y", "--from", "z")
    assert done.exit_code == 2
    assert "3 mistakes." in done.stderr
    assert done.stdout == ""
