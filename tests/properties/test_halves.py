"""Names of groups, and whether similar people share a row, do not change expected values.

Statistical, over runs with fixed seeds, because random numbers are keyed by the identity of people.
"""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
from random_worlds import World, read
from test_people_by_hand import group, world

from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from tolerances import STANDARD_ERRORS

RUNS = 32
FLOWS = ("decided", "departed", "entered", "arrived", "returned")


def base() -> World:
    """Two origins and two groups, of which one leaves faster and in families."""
    made = world({"A": 1500, "B": 500}, n_days=8)
    made.tables["groups"] = [
        group("f", 0.4, leaving=1, size_1=0.5, size_4=0.5),
        group("s", 0.6, sex="female"),
    ]
    made.tables["pressures"] = [
        {"id": "p", "kind": "war", "place": "*", "nationality": "*", "who": "*"}
        | {"onset": "2030-01-03", "leaving": 1, "returning": 0}
        | {"basis": "estimate", "source": "invented", "note": "Invented."}
    ]
    made.parameters |= {"base_leaving_per_day": 0.02, "base_returning_per_day": 0.05}
    return made


def halve_groups(made: World) -> None:
    made.tables["groups"] = [
        g | {"id": f"{g['id']}{half}", "share": g["share"] / 2}
        for g in made.tables["groups"]
        for half in "ab"
    ]


def halve_origins(made: World) -> None:
    def halves(text: str) -> list[str]:
        return [f"{text}1", f"{text}2"] if text in ("A", "B") else [text]

    made.tables["places"] = [
        p
        | {"id": name}
        | ({"population": p["population"] // 2} if len(halves(p["id"])) > 1 else {})
        for p in made.tables["places"]
        for name in halves(p["id"])
    ]
    made.tables["legs"] = [
        leg | {"from": name} for leg in made.tables["legs"] for name in halves(leg["from"])
    ]


def rename(made: World) -> None:
    """Other names, in another alphabetical order."""
    names = {"A": "zA", "B": "aB", "X": "bX", "C": "yC", "f": "zf", "s": "as", "p": "q"}
    for table in ("places", "legs", "groups", "pressures"):
        for row in made.tables[table]:
            for column in {"id", "from", "to", "country"} & set(row):
                row[column] = names.get(row[column], row[column])


def totals(made: World) -> dict[str, np.ndarray]:
    """Sums of flows and people abroad on the last day, by run."""
    compiled = compile_scenario(read(made), scale=1)
    runs = [simulate(compiled, 3, run).values for run in range(RUNS)]
    sums = {m: np.array([float(r[m].sum()) for r in runs]) for m in FLOWS}
    return sums | {"stock": np.array([float(r["stock"][-1].sum()) for r in runs])}


@pytest.mark.parametrize("change", [halve_groups, halve_origins, rename])
def test_names_and_halves_change_no_expectation(change: Callable[[World], None]) -> None:
    made = base()
    other = deepcopy(made)
    change(other)
    one, two = totals(made), totals(other)
    assert one["returned"].sum() > 100
    for measure, a in one.items():
        error = np.sqrt((a.var(ddof=1) + two[measure].var(ddof=1)) / RUNS)
        assert abs(a.mean() - two[measure].mean()) < STANDARD_ERRORS * error, measure
