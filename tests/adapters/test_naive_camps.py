"""Baselines of the camp benchmarks: shares by rules without a model."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from edits import replace_text
from emigre.adapters.flee.folder import read_folder

VALLEY = Path(__file__).parent / "valley"
FILE = Path(__file__).parents[2] / "benchmarks" / "naive_camps.py"


@pytest.fixture(scope="module")
def naive():
    spec = importlib.util.spec_from_file_location("naive_camps", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def conflict(tmp_path_factory):
    """The valley without closures: 80 of 900, 0 of 400 and 21 (no limit) people on day 0."""
    folder = Path(shutil.copytree(VALLEY, tmp_path_factory.mktemp("naive") / "valley"))
    (folder / "input_csv" / "closures.csv").unlink()
    return read_folder(folder)


def test_newcomers_of_a_day_go_by_each_rule(naive, conflict):
    new = conflict.registrations.new_by_day(conflict.n_days)[1]
    assert new > 0

    def shares(rule, capacities=True):
        people = naive.simulate(conflict, rule, capacities=capacities)
        return (people[1] - people[0]) / new

    free = np.array([820.0, 400.0, 610.0])  # a camp without a limit counts as the mean
    assert np.allclose(shares("free places"), free / free.sum())
    assert np.allclose(shares("equal"), 1 / 3)
    assert np.allclose(shares("free places", capacities=False), 1 / 3)
    assert np.allclose(shares("persistence"), np.array([80, 0, 21]) / 101)
    roads = np.array([140.0, 90.0, 110.0])  # from Alpha, the only place in conflict
    near = roads**-2 / (roads**-2).sum()
    assert np.allclose(shares("each"), near)
    assert np.allclose(shares("pooled"), near)


def test_a_full_camp_gets_nobody(naive, conflict):
    people = naive.simulate(conflict, "equal", capacities=True)
    assert people[:, 1].max() < 400 + 60


def test_emptied_counts_may_be_negative_as_in_flee(naive, tmp_path):
    folder = Path(shutil.copytree(VALLEY, tmp_path / "valley"))
    replace_text(folder / "simsetting.yml", "insert_day0", "empty_camps_on_day0")
    inner = folder / "source_data" / "inner.csv"
    inner.write_text("2030-01-01,20\n2030-01-11,5\n")
    people = naive.registered(read_folder(folder))
    assert people[0].tolist() == [0, 0, 0]
    assert people[-1, 2] == -15
