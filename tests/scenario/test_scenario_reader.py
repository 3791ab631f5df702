"""Several scenarios from one folder, which is read and checked once."""

import pytest

import emigre
from emigre.errors import InputError
from emigre.scenario import checks, drafts
from emigre.scenario.loader import ScenarioReader, load
from emigre.scenario.patch import patch

CLOSED = patch("closed", set={"rules.nordal_closes.value": 0.5})
LONELY = patch("lonely", remove={"places": ["NORDAL"]})


@pytest.mark.parametrize("name", ["tiny", "balkans-2015"])
def test_each_scenario_is_the_one_that_is_read_alone(name):
    reader = ScenarioReader(name)
    base = reader.load()
    days = [None, base.start]
    for given in [{"variants": [v], "as_of": day} for v in base.variants for day in days]:
        shared, alone = reader.load(**given), load(name, **given)
        assert shared == alone
        assert shared.warnings == alone.warnings
        assert shared.assumed == alone.assumed


def test_checks_are_run_again_if_a_table_that_they_read_has_changed(monkeypatch):
    run = []

    def counting(check):
        def counted(tables):
            run.append(check)
            return check(tables)

        return counted

    counted = {check: counting(check) for check in checks.CHECKS}
    draft = ScenarioReader("tiny").draft
    drafts.resolve(draft, (), [], tuple(counted.values()))
    assert run == list(checks.CHECKS)
    run.clear()
    drafts.resolve(draft, [CLOSED], [], tuple(counted.values()))
    assert checks.rules.check_rules in run
    assert checks.places.check_ways_out not in run


def test_mistakes_of_one_scenario_are_not_those_of_the_next():
    reader = ScenarioReader("tiny")
    base = reader.load()
    with pytest.raises(InputError) as alone:
        load("tiny", variants=[LONELY])
    with pytest.raises(InputError) as shared:
        reader.load(variants=[LONELY])
    assert shared.value.mistakes == alone.value.mistakes
    assert reader.load() == base
    assert reader.load(variants=[CLOSED]) == load("tiny", variants=[CLOSED])


def test_a_scenario_without_changes_is_itself():
    scenario = emigre.load("tiny")
    assert ScenarioReader(scenario).load() is scenario
