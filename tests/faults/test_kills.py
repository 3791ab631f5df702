"""A few kills at random moments; scripts/kill_runs.py does a hundred."""

import os

import pytest

from faults import desk_kills, kills

pytestmark = [
    pytest.mark.slow,  # whole commands in processes of their own
    pytest.mark.campaign,
    pytest.mark.compiled,
    pytest.mark.skipif(not hasattr(os, "killpg"), reason="ends groups of processes"),
]


@pytest.mark.parametrize("name", ["run", "hindcast"])
def test_nothing_is_lost_and_nothing_half_done_looks_done(name, tmp_path):
    result = kills.campaign(tmp_path, [name], 3, seed=2)
    assert not result.wrong
    assert result.kills == 3


def test_a_desk_that_is_killed_finds_its_run_again(tmp_path):
    result = desk_kills.campaign(tmp_path, 2, seed=2)
    assert not result.wrong
    assert result.kills == 2
