"""Diversion: on hand-written traces, and in a world with two crossings."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emigre.comparison import diversion
from emigre.engine import api
from emigre.processes.arrays import ABROAD, ENDED, PREPARING, RETURNED, TRAPPED, TRAVELLING, WAITING
from emigre.results import csv_files
from emigre.results.counts import Counts
from emigre.results.trajectories import NAMES, ROWS, STATES, Trajectories
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from naive import diverted as plain

TWO_CROSSINGS = Path(__file__).parents[1] / "cases" / "base" / "two-crossings"
N, S = ("way", "NORTH"), ("way", "SOUTH")
STAYED, UNDER_WAY, TRAPPED_END, GAVE_UP = (
    (k, k) for k in ("stayed", "under_way", "trapped", "gave_up")
)

Row = tuple[int, int, int, str]


def hand(*rows: Row, crossings: tuple[str, ...] = ("NORTH", "SOUTH")) -> Trajectories:
    """A trace from (identity, cohort, persons, outcome), in the order of creation."""
    countries = ("NORDIA", "SUDIA", "AIRIA")
    way = [crossings.index(f) if f in crossings else -1 for *_, f in rows]
    end = [
        countries.index(f) if f in countries else w for (*_, f), w in zip(rows, way, strict=True)
    ]
    state = [STATES.index(f) if f in STATES else ABROAD for *_, f in rows]
    return Trajectories(
        crossings,
        countries,
        ("NORDIA", "SUDIA", "SUDIA")[: len(crossings)],
        id=np.array([r[0] for r in rows], np.uint64),
        cohort=np.array([r[1] for r in rows], np.uint64),
        day=np.arange(len(rows), dtype=np.int32),
        persons=np.array([r[2] for r in rows], np.int64),
        entered=np.array(way, np.int32),
        reached=np.array(end, np.int32),
        state=np.array(state, np.int32),
    )


def cells(pair: diversion.Pair, view: str = "crossing") -> dict[tuple[diversion.Place, ...], int]:
    """M without its zeros."""
    places, table = pair.places[view], pair.table(view)
    return {
        (places[i], places[j]): int(table[i, j]) for i, j in zip(*np.nonzero(table), strict=True)
    }


def test_states_have_the_codes_of_the_engine():
    codes = (TRAPPED, PREPARING, TRAVELLING, WAITING, ABROAD, RETURNED, ENDED)
    words = ("trapped", "preparing", "travelling", "waiting", "abroad", "returned", "gave_up")
    assert [STATES[code] for code in codes] == list(words)


def test_the_same_household_is_matched_by_its_identity():
    before = hand((7, 1, 3, "NORTH"), (8, 1, 1, "SOUTH"), (9, 2, 2, "NORTH"))
    after = hand((9, 2, 2, "trapped"), (7, 1, 3, "SOUTH"), (8, 1, 1, "SOUTH"))
    pair = diversion.of_pair(before, after)
    assert cells(pair) == {(N, S): 3, (S, S): 1, (N, TRAPPED_END): 2}
    assert pair.shifted == 0
    assert cells(diversion.of_pair(after, before)) == {(S, N): 3, (S, S): 1, (TRAPPED_END, N): 2}


@pytest.mark.parametrize("state", ["preparing", "travelling", "waiting"])
def test_who_is_not_out_is_under_way(state):
    pair = diversion.of_pair(hand((7, 1, 3, "NORTH")), hand((7, 1, 3, state)))
    assert cells(pair) == {(N, UNDER_WAY): 3}


def test_who_leaves_in_one_world_only_stayed_in_the_other():
    pair = diversion.of_pair(
        hand((7, 1, 3, "NORTH")), hand((8, 2, 4, "SOUTH"), (9, 2, 1, "gave_up"))
    )
    assert cells(pair) == {(N, STAYED): 3, (STAYED, S): 4, (STAYED, GAVE_UP): 1}


def test_households_of_a_cohort_that_leave_on_other_days_are_set_side_by_side_in_order():
    before = hand((1, 5, 2, "NORTH"), (2, 5, 3, "SOUTH"), (3, 6, 4, "NORTH"))
    after = hand((4, 5, 1, "SOUTH"), (5, 6, 1, "NORTH"), (6, 5, 3, "NORTH"))
    pair = diversion.of_pair(before, after)
    # Cohort 5: NNSSS beside SNNN; cohort 6: NNNN beside N.
    assert cells(pair) == {(N, S): 1, (N, N): 1 + 1, (S, N): 2, (S, STAYED): 1, (N, STAYED): 3}
    assert pair.shifted == 5


def test_a_household_of_another_size_is_the_same_up_to_the_smaller():
    pair = diversion.of_pair(hand((7, 1, 4, "NORTH")), hand((7, 1, 2, "SOUTH")))
    assert cells(pair) == {(N, S): 2, (N, STAYED): 2}


def test_by_country_and_by_destination():
    before, after = hand((7, 1, 4, "NORTH"), (8, 1, 2, "AIRIA")), hand((7, 1, 4, "AIRIA"))
    pair = diversion.of_pair(before, after)
    air = ("direct", "AIRIA")
    assert cells(pair) == {(N, air): 4, (air, STAYED): 2}
    nordia, airia = ("country", "NORDIA"), ("country", "AIRIA")
    for view in ("country", "destination"):
        assert cells(pair, view) == {(nordia, airia): 4, (airia, STAYED): 2}


def test_who_has_passed_a_crossing_and_not_arrived_is_under_way_to_its_destination():
    passed = hand((7, 1, 4, "NORTH"))
    passed.reached[:] = -1
    passed.state[:] = TRAVELLING
    pair = diversion.of_pair(passed, passed)
    assert cells(pair) == {(N, N): 4}
    assert cells(pair, "destination") == {(UNDER_WAY, UNDER_WAY): 4}


def test_worlds_with_other_crossings_share_their_table():
    before = hand((7, 1, 3, "SOUTH"))
    after = hand((7, 1, 3, "WEST"), crossings=("WEST", "SOUTH", "NORTH"))
    assert cells(diversion.of_pair(before, after)) == {(S, ("way", "WEST")): 3}


def test_nobody_at_all():
    pair = diversion.of_pair(hand(), hand())
    assert cells(pair) == {}
    assert cells(diversion.of_pair(hand(), hand((1, 1, 2, "NORTH")))) == {(STAYED, N): 2}
    assert cells(diversion.of_pair(hand((1, 1, 2, "NORTH")), hand())) == {(N, STAYED): 2}
    assert diversion.summarise([pair]).height == diversion.condense([pair]).height == 0
    assert diversion.summarise([]).columns == list(diversion.COLUMNS)


def random_trace(rng: np.random.Generator) -> Trajectories:
    ends = ("NORTH", "SOUTH", "AIRIA", "trapped", "preparing", "waiting", "gave_up")
    some = rng.choice(60, rng.integers(0, 40), replace=False)
    return hand(
        *((int(i), int(i) % 4, int(rng.integers(1, 6)), str(rng.choice(ends))) for i in some)
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_table_matches_the_reference(seed):
    rng = np.random.default_rng(seed)
    before, after = random_trace(rng), random_trace(rng)
    pair = diversion.of_pair(before, after)
    for view in diversion.VIEWS:
        assert cells(pair, view) == plain.matrix(before, after, view)


def test_a_trace_is_packed_and_unpacked():
    trace = hand((2**63 + 5, 1, 3, "NORTH"), (8, 2**64 - 1, 1, "AIRIA"))
    assert {f.name for f in fields(Trajectories)} == {*NAMES, *ROWS}
    for packed in (trace, hand()):
        back = Trajectories.unpacked(packed.packed())
        assert all(getattr(back, n) == getattr(packed, n) for n in NAMES)
        for name in ROWS:
            result = getattr(back, name)
            assert result.dtype == getattr(packed, name).dtype
            np.testing.assert_array_equal(result, getattr(packed, name))


def three_runs() -> list[diversion.Pair]:
    """North loses 10, 20 and 60: to South 8, 16, 60; the rest stay; South loses 2 to the air."""
    collected = []
    for lost, south in ((10, 8), (20, 16), (60, 60)):
        before = hand((1, 1, south, "NORTH"), (2, 1, lost - south, "NORTH"), (3, 2, 2, "SOUTH"))
        after = hand((1, 1, south, "SOUTH"), (3, 2, 2, "AIRIA"))
        collected.append(diversion.of_pair(before, after))
    return collected


def line(table: pl.DataFrame, a: str, b: str, view: str = "crossing") -> dict[str, object]:
    result = table.filter(
        (pl.col("by") == view) & (pl.col("from_place") == a) & (pl.col("to_place") == b)
    )
    assert result.height == 1, (a, b)
    return result.row(0, named=True)


def test_mean_quantiles_and_shares_over_runs():
    table = diversion.summarise(three_runs(), names={"NORTH": "North Gate"}, alternative="closed")
    south = line(table, "NORTH", "SOUTH")
    assert (south["mean"], south["q50"], south["q05"]) == (28.0, 16.0, 8.0)
    assert (south["alternative"], south["from_name"], south["to_name"]) == (
        "closed",
        "North Gate",
        "SOUTH",
    )
    assert line(table, "NORTH", "stayed")["mean"] == 2.0
    assert south["share"] == 28.0 / 30.0
    assert line(table, "NORTH", "*")["mean"] == 30.0
    assert line(table, "*", "SOUTH")["mean"] == 26.0
    assert line(table, "SOUTH", "AIRIA")["kind"] == "direct"
    assert line(table, "NORDIA", "SUDIA", "country")["mean"] == 28.0


def test_rows_of_a_block_add_up_to_its_total():
    table = diversion.condense(three_runs(), views=["crossing"], top=1, least=0.0)
    north, south, everybody = (
        table.filter(pl.col("about") == name) for name in ("NORTH", "SOUTH", "all routes")
    )
    assert set(north["from_place"]) == {"NORTH"}
    assert north["to_place"].to_list() == ["*", "SOUTH", "stayed"]
    assert north["mean"].to_list() == [30.0, 28.0, 2.0]
    assert north["share"].to_list() == pytest.approx([1.0, 28 / 30, 2 / 30])
    # South gained 28 from North, less 2 that it lost to the air.
    assert set(south["to_place"]) == {"SOUTH"}
    assert south["from_place"].to_list() == ["*", "NORTH", "other"]
    assert south["mean"].to_list() == [26.0, 28.0, -2.0]
    # Of those who came, all came from North; who goes the other way is no share of them.
    assert south["share"].to_list() == [pytest.approx(26 / 28), 1.0, None]
    assert everybody["to_place"].to_list() == ["*", "stayed"]
    assert everybody["mean"].to_list() == [2.0, 2.0]


def test_ways_that_change_little_have_no_block():
    table = diversion.condense(three_runs(), views=["crossing"], least=0.8)
    assert set(table["about"]) == {"all routes", "NORTH", "SOUTH"}
    assert set(diversion.condense(three_runs(), views=["crossing"])["about"]) > {"NORTH"}


def read_back(path, *more):
    columns = dict.fromkeys(more, pl.String) | diversion.COLUMNS
    return csv_files.read_typed(path.parent, path.name, columns, strict=False)


def test_small_counts_are_withheld_in_the_file(tmp_path):
    path = tmp_path / "diverted.csv"
    diversion.write_csv(diversion.summarise(three_runs()), path, small_count=10)
    text = pl.read_csv(path, infer_schema=False)
    assert text.columns == list(diversion.COLUMNS)
    south = line(text, "NORTH", "SOUTH")
    # 28 and 16 persons: rows add up, so that exact ones would give away those withheld.
    assert (south["mean"], south["q05"], south["q50"]) == ("30", "<10", "20")
    back = read_back(path)
    assert line(back, "NORTH", "SOUTH")["q05"] is None
    assert line(back, "NORTH", "SOUTH")["mean"] == 30.0
    stayed = line(text, "NORTH", "stayed")
    assert (stayed["mean"], stayed["share"]) == ("<10", None)
    numbers = text.select(diversion.NUMBERS).unpivot()["value"].to_list()
    assert not [v for v in numbers if v.lstrip("-").isdigit() and int(v) % 10]
    exact = diversion.summarise(three_runs())
    diversion.write_csv(exact, path, small_count=0)
    back = read_back(path)
    assert back["mean"].to_list() == pytest.approx(exact["mean"].to_list())


def test_a_block_begins_with_its_total_though_it_is_withheld(tmp_path):
    path = tmp_path / "diverted_main.csv"
    main = diversion.condense(three_runs(), alternative="other")
    for small in (0, 10, 1000):
        diversion.write_csv(main, path, small_count=small)
        for by in ("country", "crossing"):
            blocks = diversion.blocks(read_back(path, "about"), "other", by)
            assert [b["about"][0] for b in blocks] == main.filter(by=by)["about"].unique(
                maintain_order=True
            ).to_list()
            for block in blocks:
                assert "*" in (block["from_kind"][0], block["kind"][0])
                assert not block[1:]["mean"].null_count()


# A world of two crossings and the air, from here on.

QUIET = ("access_weight=0", "urgency_weight=0")
CLOSED = {
    "north-closes": """title = "North closes"
[[add.rules]]
id = "closed"
kind = "capacity"
place = "NORTH"
announced = "2030-01-11"
effective_from = "2030-01-11T12:00+02:00"
value = 0
basis = "estimate"
source = "invented"
note = "Invented."
""",
    "all-closed": """title = "Nobody passes"
[remove]
rules = ["north_open", "south_open"]
[[add.rules]]
id = "shut"
kind = "entry"
place = "*"
nationality = "*"
document = "*"
who = "*"
announced = "2030-01-01"
effective_from = "2030-01-01T00:00+02:00"
value = 0
basis = "estimate"
source = "invented"
note = "Invented."
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("worlds") / "two-crossings"
    shutil.copytree(TWO_CROSSINGS, home)
    (home / "variants").mkdir()
    for name, text in CLOSED.items():
        (home / "variants" / f"{name}.toml").write_text(text, encoding="utf-8")
    return home


def world(folder: Path, *variants: str, settings: tuple[str, ...] = QUIET) -> Scenario:
    return load(folder, variants=list(variants), settings=list(settings), end=date(2030, 1, 21))


def followed(
    scenario: Scenario, first: int = 0, end: int | None = None, run: int = 0, scale: int = 20
) -> tuple[Counts, Trajectories]:
    compiled = api.compile_scenario(scenario, scale=scale)
    counts = api.simulate(compiled, 1, run, trace=(first, end or scenario.n_days))
    assert counts.trace is not None
    return counts, counts.trace


def net(pair: diversion.Pair, a: diversion.Place, b: diversion.Place) -> int:
    places = pair.places["crossing"]
    return int(pair.net("crossing")[places.index(a), places.index(b)])


def test_nobody_is_followed_unless_asked(folder):
    compiled = api.compile_scenario(world(folder), scale=100)
    assert api.simulate(compiled, 1, 0).trace is None


def test_in_two_same_worlds_nobody_is_diverted(folder):
    (_, one), (_, other) = followed(world(folder)), followed(world(folder))
    assert one.id.size > 100
    assert np.unique(one.id).size == one.id.size
    pair = diversion.of_pair(one, other)
    for view in diversion.VIEWS:
        table = pair.table(view)
        assert table.sum() == np.trace(table) == one.persons.sum()
    assert pair.shifted == 0
    assert diversion.summarise([pair]).height == 0


def test_a_trace_agrees_with_the_accounts(folder):
    counts, trace = followed(world(folder))
    for x in range(2):
        assert trace.persons[trace.entered == x].sum() == counts.values["entered"][:, x].sum()
    for name in ("trapped", "preparing", "travelling"):
        of = trace.state == STATES.index(name)
        # Those who have passed the border are under way as well, till they arrive.
        assert trace.persons[of].sum() == counts.values[name][-1].sum()
    assert trace.persons.sum() == counts.values["decided"].sum()
    assert set(trace.day.tolist()) == set(range(21))


def test_a_period_follows_those_who_were_not_out_when_it_began(folder):
    slow = world(folder, settings=(*QUIET, "prepare_days=3"))
    counts, part = followed(slow, 8, 15)
    for x in range(2):
        passed = part.persons[part.entered == x].sum()
        assert passed == counts.values["entered"][8:15, x].sum()
    assert (part.day < 8).any()
    assert part.day.max() == 14
    _, week = followed(slow, 0, 8)
    _, longer = followed(slow, 0, 15)
    out = week.id[(week.entered >= 0) | (week.reached >= 0)]
    np.testing.assert_array_equal(part.id, longer.id[~np.isin(longer.id, out)])


@pytest.mark.parametrize("period", [(-1, 5), (5, 5), (0, 22)])
def test_a_period_is_part_of_the_run(folder, period):
    with pytest.raises(ValueError, match="not within 21 days"):
        api.simulate(api.compile_scenario(world(folder), scale=100), 1, 0, trace=period)


def test_a_closed_crossing_diverts_to_the_only_other_one(folder):
    (was, one), (now, other) = followed(world(folder)), followed(world(folder, "north-closes"))
    pair = diversion.of_pair(one, other)
    lost = (was.values["entered"] - now.values["entered"]).sum(axis=0)
    assert lost[0] > 1000
    assert pair.net("crossing")[0].sum() == lost[0]
    assert pair.net("crossing")[1].sum() == lost[1]
    # The same households decide; North's go to South, but for the few on their way at the end.
    assert pair.shifted == net(pair, N, STAYED) == 0
    assert net(pair, N, S) + net(pair, N, UNDER_WAY) == lost[0]
    assert net(pair, N, UNDER_WAY) < 0.05 * lost[0]
    assert cells(pair).get((S, N), 0) == 0


def test_a_party_that_cannot_leave_is_trapped_or_gives_up(folder):
    quiet = (*QUIET, "patience_days=5")
    (_, one), (now, other) = (
        followed(world(folder, *v, settings=quiet)) for v in ((), ("all-closed",))
    )
    pair = diversion.of_pair(one, other)
    assert now.values["entered"].sum() == now.values["arrived"].sum() == 0
    result = cells(pair)
    assert {end for _, end in result} == {TRAPPED_END, GAVE_UP}
    trapped = sum(n for (_, end), n in result.items() if end == TRAPPED_END)
    assert trapped == now.values["trapped"][-1].sum() > 0
    assert sum(n for (_, end), n in result.items() if end == GAVE_UP) > 0


@pytest.mark.slow
def test_those_deterred_stay(folder):
    choosy = ("access_weight=1", "urgency_weight=0")
    traces = [followed(world(folder, *v, settings=choosy))[1] for v in ((), ("north-closes",))]
    pair = diversion.of_pair(*traces)
    assert net(pair, N, STAYED) + net(pair, S, STAYED) > 0
    places, gone = pair.places["crossing"], pair.net("crossing")
    assert gone[:, places.index(STAYED)].sum() == traces[0].persons.sum() - traces[1].persons.sum()


def test_the_same_bits_for_any_number_of_threads(folder):
    compiled = [api.compile_scenario(world(folder, *v), scale=100) for v in ((), ("north-closes",))]

    def pair(run: int) -> diversion.Pair:
        traces = [api.simulate(c, 1, run, trace=(5, 21)).trace for c in compiled]
        return diversion.of_pair(*traces)

    alone = diversion.summarise([pair(run) for run in range(3)])
    with ThreadPoolExecutor(3) as pool:
        together = diversion.summarise(list(pool.map(pair, range(3))))
    assert alone.height > 5
    assert alone.equals(together)
