import json

import numpy as np
import pytest
from problems import Linear, plain_targets, standard_priors

import emigre
from emigre.calibration import Posterior, fit
from emigre.errors import InputError, ResultsError
from emigre.scenario.parameter_draws import read_draws


@pytest.fixture(scope="module")
def found():
    problem = Linear()
    observed = problem.published(np.array([0.5, -0.3, 0.1, 1.0]), 1)
    targets = plain_targets(observed, problem.errors)
    return fit(lambda v, first: problem.simulate(v, [first]), standard_priors(4), targets)


def test_written_and_read_it_is_the_same(found, tmp_path):
    found.write(str(tmp_path / "fit"))
    again = Posterior.read(tmp_path / "fit")
    assert again.names == found.names
    assert (again.values == found.values).all()
    assert again.info == found.info
    assert sorted(p.name for p in (tmp_path / "fit").iterdir()) == [
        "posterior.csv",
        "posterior.json",
    ]


def test_the_draws_are_a_table_as_runs_take_it(found, tmp_path):
    found.write(tmp_path)
    for source, hint in ((found, r"posterior\.draws\(\)"), (tmp_path, r"posterior\.csv is such")):
        with pytest.raises(InputError, match=rf"draws: found .* a table of draws .*{hint}"):
            emigre.draws("tiny", source)
    draws = read_draws(tmp_path / "posterior.csv")
    assert draws.names == found.names
    assert (draws.values == found.values).all()
    assert len(draws) == found.info.size == 300


def test_it_states_parameters_and_fitted_figures(found):
    info = found.info
    assert (info.size, info.steps, info.simulations) == (300, 4, 1300)
    assert info.discrepancy_estimated
    assert info.discrepancy == {"": 0.0}  # the figures come from the model itself
    for name, values, row in zip(found.names, found.values.T, info.parameters, strict=True):
        assert row.name == name
        assert row.q50 == pytest.approx(np.median(values), rel=1e-5)
        assert row.prior_q05 < row.prior_q50 < row.prior_q95
        assert row.shrinkage < 1.0
    # The parameter that the figures determine best has the largest slope in the problem.
    assert info.parameters[0].shrinkage > info.parameters[-1].shrinkage
    assert info.parameters[0].shrinkage > 0.8


def test_predictions_are_listed_with_the_figures(found):
    figures = found.info.figures
    inside = np.mean([f.inside_90 for f in figures])
    assert inside == pytest.approx(found.info.inside_90, abs=1e-4)
    assert found.info.inside_50 <= found.info.inside_90
    assert all(f.q05 < f.q50 < f.q95 for f in figures)
    # the fit has seen them: hardly one of twelve should lie outside
    assert inside > 0.6
    assert found.info.left_out_inside_90 > 0.6


def test_a_folder_that_holds_none_or_nonsense(found, tmp_path):
    with pytest.raises(ResultsError, match="not a complete posterior"):
        Posterior.read(tmp_path)
    found.write(tmp_path)
    said = json.loads((tmp_path / "posterior.json").read_text())
    said["format"] = 99
    (tmp_path / "posterior.json").write_text(json.dumps(said))
    with pytest.raises(ResultsError, match="format"):
        Posterior.read(tmp_path)
