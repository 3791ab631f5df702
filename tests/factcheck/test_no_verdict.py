"""An interval that is too narrow contradicts no claim: there is no verdict."""

import shutil

import pytest
from test_claims import RUNS, a_claim, enough_runs, finding, run  # noqa: F401

from emigre.factcheck.verdict import CONSISTENT, NOT_CONSISTENT, TOO_FEW_RUNS
from emigre.factcheck.verdict_text import answer, cells, remarks
from emigre.results.folder import Results

pytestmark = pytest.mark.usefixtures("no_model_error")


def test_an_interval_of_chance_alone_contradicts_nobody(run, tmp_path):  # noqa: F811
    """The runs are the same but for their parameters, of which none was drawn."""
    folder = tmp_path / "unfitted"
    shutil.copytree(run.folder, folder)
    said = run.info.model_copy(update={"draws": None})
    (folder / "run.json").write_text(said.model_dump_json(), encoding="utf-8")
    unfitted = Results.read(folder)
    far, near = (finding(unfitted, a_claim(value)) for value in (700, 600))
    assert (far.verdict, far.reason) == ("no verdict", "the interval covers only simulation noise")
    assert (near.verdict, near.reason) == (CONSISTENT, "")
    assert "no verdict: the interval covers only simulation noise" in cells(far, unfitted.info)[4]
    assert any("emigre fit" in line for line in remarks([far], unfitted.info))
    assert far.published_verdict == NOT_CONSISTENT  # of counts it is as before


def test_too_few_runs_contradict_no_claim(run, monkeypatch):  # noqa: F811
    """The interval of few runs is too narrow; a claim inside of it is consistent all the same."""
    monkeypatch.setattr("emigre.factcheck.verdict.ENOUGH_RUNS", RUNS + 1)
    low, near, high = (finding(run, a_claim(value)) for value in (500, 600, 700))
    assert [f.verdict for f in (low, near, high)] == ["no verdict", CONSISTENT, "no verdict"]
    assert (low.reason, near.reason) == (TOO_FEW_RUNS, "")
    assert cells(low, run.info)[4].endswith("(the claim is lower, 0 of 4 runs inside)")
    assert cells(high, run.info)[4].endswith("(the claim is higher, 0 of 4 runs inside)")
    assert answer(low, run.info).startswith(f"No verdict from the simulation: {TOO_FEW_RUNS}; 500")
    assert high.published_verdict == NOT_CONSISTENT  # of counts it is as before
    said = remarks([low], run.info)
    assert "use at least 20" in said[-1]
    assert not any("emigre fit" in line for line in said)
