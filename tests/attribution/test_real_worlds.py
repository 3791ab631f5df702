"""Attribution with the engine: inert changes have no effect, and contributions add up."""

import numpy as np
import polars as pl
import pytest

import emigre
from emigre import schema
from emigre.attribution.run import explain
from emigre.ensemble.executors import sample
from emigre.ensemble.plan import Plan
from emigre.scenario.diff import INERT_COLUMNS, Between
from emigre.scenario.loader import load
from emigre.scenario.model import Patch
from emigre.scenario.writer import write

SHORT = {"start": "2030-03-25", "end": "2030-04-15"}


def all_cells(end: str) -> pl.DataFrame:
    """Every measure everywhere, up to a day."""
    n = len(schema.measures())
    days = pl.Series([end]).str.to_date()[0], load("tiny").start
    return pl.DataFrame(
        {
            "measure": list(schema.measures()),
            "place": ["*"] * n,
            "from": [days[1]] * n,
            "to": [days[0]] * n,
        }
    )


@pytest.mark.slow
def test_no_number_depends_on_inert_columns(tmp_path):
    a = load("tiny", end="2030-04-10")
    folder = write(a, tmp_path / "copy")
    for name, frame in a.tables.items():
        names = [c for c in frame.columns if c in INERT_COLUMNS - {"source", "basis", "published"}]
        new = frame.with_columns(
            (pl.col(c) + (1 if frame[c].dtype.is_numeric() else " x")) for c in names
        )
        if frame.height and name != "claims":
            path = folder / f"{name}.csv"
            rows = pl.read_csv(path, infer_schema=False)
            rows.with_columns(new[c].cast(pl.String).alias(c) for c in names).write_csv(path)
    b = load(folder)
    between = Between(a, b)
    assert {c.table for c in between.changes} >= {"places", "rules", "legs", "groups"}
    assert all(c.is_inert for c in between.changes)
    plan = Plan((a, b, between.coalition(())), runs=2, seed=3)
    result = sample(plan, all_cells("2030-04-11"))
    assert np.array_equal(result[0], result[1], equal_nan=True)
    assert np.array_equal(result[0], result[2], equal_nan=True)


@pytest.mark.slow
def test_parts_add_up_to_the_difference_of_two_ordinary_runs():
    both = ["nordal-stays-open", "wider-pass"]
    a, b = load("tiny"), load("tiny", variants=both)
    result = explain(
        "tiny", f"tiny:{'+'.join(both)}", measure="entered", place="NORDAL", runs=3, seed=4, **SHORT
    )
    total = result.of_b - result.of_a
    np.testing.assert_allclose(sum(p.part for p in result.parts), total, rtol=1e-9, atol=1e-9)
    assert total.any()
    # The worlds end after the last day of the question; complete runs give the same numbers.
    for scenario, values in ((a, result.of_a), (b, result.of_b)):
        daily = emigre.run(scenario, runs=3, seed=4).daily
        whole = (
            daily.filter(
                pl.col("measure").cast(pl.String) == "entered",
                pl.col("place").cast(pl.String) == "NORDAL",
                pl.col("date").is_between(result.quantity.start, result.quantity.last),
            )
            .group_by("run")
            .agg(pl.col("value").sum())
            .sort("run")["value"]
        )
        assert whole.to_list() == values.tolist()


@pytest.mark.slow
def test_the_finnish_ban_is_responsible_for_finland_and_georgia_for_georgia():
    # From four days before the ban on: the months before take most of the time.
    no_ban = Patch("no-ban", "No ban", remove={"rules": ("fi_tourist_ban",)})
    a, b = (
        load("russia-2022", variants=[change], start="2022-09-26")
        for change in (no_ban, "georgia-closes")
    )
    result = explain(
        a, b, measure="entered", place="FI", start="2022-09-27", end="2022-10-05", runs=2, scale=100
    )
    parts = {p.group.changes[0].key: p for p in result.parts}
    ban = parts["fi_tourist_ban"]
    total = result.of_b - result.of_a
    assert (ban.part < 0).all()
    assert abs(ban.part.mean()) > 0.5 * abs(total.mean())
    np.testing.assert_allclose(sum(p.part for p in result.parts), total, rtol=1e-9, atol=1e-9)
