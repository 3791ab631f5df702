"""No verdict reveals the size of a withheld count."""

import pytest
from test_claims import a_claim, enough_runs, finding, run, side  # noqa: F401

from emigre.factcheck.verdict import NOT_CONSISTENT
from emigre.factcheck.verdict_text import cells

pytestmark = pytest.mark.usefixtures("no_model_error")


@pytest.mark.parametrize(("per", "factor"), [("period", 1), ("day", 1 / 2), ("year", 365 / 2)])
def test_a_withheld_count_agrees_with_every_figure_up_to_the_least(run, per, factor):  # noqa: F811
    entered = side("entered", first=1, after=3)  # 6 persons in two days
    said = set()
    for persons in (1, 2, 3, 4, 6, 9):
        claim = a_claim(persons * factor, this=entered, per=per, wording="exactly")
        result = finding(run, claim)
        said.add((*cells(result, run.info)[3:], result.simulated.inside))
    assert len(said) == 1
    beyond = a_claim(20 * factor, this=entered, per=per)
    assert finding(run, beyond).verdict == NOT_CONSISTENT
