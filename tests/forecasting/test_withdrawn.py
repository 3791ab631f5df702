"""A withdrawn figure is used before its withdrawal, and neither scored nor used afterwards."""

from datetime import timedelta

from emigre.evaluation.observations import scorable
from emigre.forecasting.settings import known_on
from emigre.scenario.examination import examine
from emigre.scenario.library import new
from emigre.scenario.loader import load

HEADER = "id,measure,place,from,to,value,use,published,replaces,basis,source\n"
COUNT = "first,passages,BRIDGE,2030-03-08,2030-03-15,1000,fit,2030-03-16,,official,invented\n"
WITHDRAWN = "gone,passages,BRIDGE,2030-03-08,2030-03-15,1000,context,{},first,official,invented\n"


def test_a_withdrawn_figure_is_known_until_its_withdrawal(tmp_path):
    folder = new("mine", into=tmp_path)
    (folder / "observations.csv").write_text(HEADER + COUNT + WITHDRAWN.format("2030-03-20"))
    assert not examine(folder).warnings
    full = load(folder)
    assert scorable(full.tables["observations"]).is_empty()
    on = full.start + timedelta(days=20)
    for day, known in ((on - timedelta(days=3), ["first"]), (on, [])):
        assert known_on(load(folder, as_of=day), day)["id"].to_list() == known
