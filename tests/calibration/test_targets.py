from datetime import date

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.calibration.targets import (
    LASTING,
    correlation_of,
    mean_household,
    targets_of,
)
from emigre.engine.index import index_of
from emigre.errors import InputError
from tolerances import CLOSED_FORM


@pytest.fixture(scope="module")
def tiny():
    return emigre.load("tiny")


def rows(*entries):
    columns = ("measure", "place", "from", "to")
    return pl.DataFrame(
        [dict(zip(columns, e, strict=True)) for e in entries],
        schema_overrides={"from": pl.Date, "to": pl.Date},
    )


def test_only_figures_marked_fit_within_the_days(tiny):
    assert targets_of(tiny).names == ("bridge_week_before", "pass_week_after")
    early = emigre.load("tiny", end="2030-03-14")
    assert targets_of(early).names == ("bridge_week_before",)
    known = emigre.load("tiny", as_of="2030-03-20")
    assert targets_of(known).names == ("bridge_week_before",)
    with pytest.raises(InputError, match="observations marked fit"):
        targets_of(emigre.load("tiny", end="2030-03-10"))


def test_figures_are_compared_as_logarithms_above_a_resolution(tiny):
    targets = targets_of(tiny, scale=50)
    assert targets.offset.tolist() == [50.0, 50.0]
    # A range says where the truth lies: its middle is sqrt(800 * 1000), not the 900 between.
    middle = np.sqrt(800.0 * 1000.0)
    expected = [np.log(1000.0 + 50.0), np.log(middle + 50.0)]
    assert targets.observed.tolist() == pytest.approx(expected, rel=CLOSED_FORM)
    assert targets.derivative[1] == pytest.approx(middle / (middle + 50.0), rel=CLOSED_FORM)
    sd = np.log(1000 / 800) / (2 * 1.6448536269514722) * targets.derivative[1]
    assert targets.sd[1] == pytest.approx(sd, rel=CLOSED_FORM)
    values = np.array([[0.0, 900.0], [np.nan, 3.0]])
    back = targets.invert(targets.transform(values))
    assert np.allclose(back, values, equal_nan=True)


@pytest.mark.parametrize("parties", [4.0, 10.0, 40.0])
def test_the_shift_leads_from_mean_logarithms_to_the_logarithm_of_the_mean(tiny, parties):
    """Poisson counts of parties: E ln(x + c) + shift = ln(E x + c), to second order."""
    targets = targets_of(tiny, scale=50)
    size = targets.party[0]
    x = size * np.random.default_rng(1).poisson(parties, (20_000, 2))
    y = targets.transform(x)
    exact = np.log(parties * size + 50.0) - y.mean(axis=0)
    assert np.all(exact > 0)
    assert targets.noise_correction(x, y.var(axis=0)) == pytest.approx(exact, rel=0.3)
    # What a surface leaves unexplained is no noise, and levelled counts have less than parties.
    unexplained, levelled = (
        targets.noise_correction(x, np.full(2, 9.0)),
        targets.noise_correction(x, np.full(2, 1e-4)),
    )
    assert unexplained == pytest.approx(size * x.mean(axis=0) / (x.mean(axis=0) + 50) ** 2 / 2)
    assert levelled == pytest.approx(np.full(2, 5e-5), rel=CLOSED_FORM)


def test_people_live_in_households_larger_than_the_mean():
    """Half of households of one, half of three: three in four people are in the larger ones."""
    sizes = {f"size_{n}": [0.5, 0.0] if n in (1, 3) else [0.0, float(n == 4)] for n in range(1, 6)}
    groups = pl.DataFrame({"share": [0.8, 0.2], **sizes})
    assert mean_household(groups) == pytest.approx(0.8 * 2.5 + 0.2 * 4.0, rel=CLOSED_FORM)


def test_the_discrepancy_is_added_to_the_error(tiny):
    targets = targets_of(tiny)
    plain, more = targets.error({"persons": 0.0}), targets.error({"persons": 0.2})
    assert np.allclose(plain, np.diag(targets.sd**2), rtol=CLOSED_FORM)
    grown = np.diag(more - plain)
    assert np.allclose(grown, (0.2 * targets.derivative) ** 2, rtol=CLOSED_FORM)


def test_figures_of_the_same_quantity_share_a_discrepancy(tiny):
    week = (date(2030, 3, 8), date(2030, 3, 15))
    later = (date(2030, 3, 15), date(2030, 3, 22))
    day = (date(2030, 3, 8), date(2030, 3, 9))
    result = correlation_of(
        rows(
            ("passages", "BRIDGE", *week),
            ("passages", "BRIDGE", *week),
            ("passages", "BRIDGE", *later),
            ("passages", "PASS", *week),
            ("wait_hours", "BRIDGE", *week),
            ("passages", "BRIDGE", *day),
            ("passages", "*", *week),
        ),
        index_of(tiny).addresses,
    )
    n = len(tiny.tables["places"].filter(pl.col("kind") == "crossing"))
    assert result[0, 1] == pytest.approx(1.0)
    assert result[0, 2] == pytest.approx(LASTING)  # the same place on other days
    assert result[0, 3] == 0.0
    assert result[0, 4] == 0.0
    assert result[0, 5] == pytest.approx(LASTING + (1 - LASTING) / np.sqrt(7))
    assert result[0, 6] == pytest.approx(1 / np.sqrt(n))
    assert np.allclose(np.diag(result), 1.0)


def test_the_real_case_has_a_correlation_matrix():
    russia = emigre.load("russia-2022", end="2022-09-29")
    targets = targets_of(russia, scale=100)
    assert len(targets) > 40
    assert np.linalg.eigvalsh(targets.correlation).min() > -1e-9
    assert np.all((targets.sd > 0) & (targets.sd < 1))
    assert np.linalg.eigvalsh(targets.error({"persons": 0.1, "hours": 0.5})).min() > 0


def test_some_may_be_left_out(tiny):
    targets = targets_of(tiny).without(np.array([True, False]))
    assert targets.names == ("pass_week_after",)
    assert targets.rows["id"].to_list() == ["pass_week_after"]
    assert targets.error({"persons": 0.1}).shape == (1, 1)
