"""500 broken folders: each runs with balanced accounts or is refused with a location."""

import random
import shutil
from pathlib import Path

import pytest

from fuzzing import campaign, mutants, verdicts

pytestmark = pytest.mark.slow  # about half a minute in all

PARTS, EACH = 5, 100


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(PARTS))
def test_every_mutant_runs_or_is_refused_with_its_place(part):
    result = campaign.bases()
    tally = campaign.try_many(result, list(campaign.numbers(result, part * EACH, EACH)))
    examples = [example for kind in tally.defects.values() for example in kind]
    assert not examples, "\n".join(examples)
    assert tally.counts.total() == EACH
    assert tally.counts[verdicts.RAN] > EACH / 10
    assert tally.counts[verdicts.REFUSED] > EACH / 3


@pytest.mark.parametrize("name", campaign.bases())
def test_an_unchanged_scenario_runs(name, tmp_path):
    base = campaign.bases()[name]
    folder = Path(shutil.copytree(base.folder, tmp_path / name))
    verdict = verdicts.judge(folder, days=base.days, scale=base.scale, whole=True)
    assert verdict.what == verdicts.RAN, verdict


@pytest.mark.parametrize(
    "kind", [kind for kind, _ in mutants.MUTATIONS], ids=lambda kind: kind.__name__
)
def test_every_kind_of_mutation_changes_something(kind, tmp_path):
    base = campaign.bases()["tiny"].folder
    told = []
    for seed in range(20):
        folder = Path(shutil.copytree(base, tmp_path / str(seed)))
        told.append(kind(random.Random(seed), folder))
    assert len({words for words in told if words}) > 3


def test_a_number_is_always_the_same_mutant(tmp_path):
    base = campaign.bases()["tiny"]
    first, second = (campaign.make(base, "tiny", 7, tmp_path / w)[1] for w in ("a", "b"))
    assert first == second
