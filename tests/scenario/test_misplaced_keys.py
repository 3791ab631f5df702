"""Keys of a file that belong into another of its tables: one mistake each, which says where."""

import pytest

from edits import replace_text
from emigre.errors import InputError
from emigre.scenario.examination import examine
from emigre.scenario.library import new
from emigre.scenario.loader import load


@pytest.fixture
def folder(tmp_path):
    return new("mine", into=tmp_path)


@pytest.mark.parametrize(
    ("old", "put", "said"),
    [
        ("[run]", "patience_days = 3\n[run]", "10 key patience_days: {} (write it below [param"),
        ("[run]", "pressure_call_up = 1\n[run]", "10 key pressure_call_up: {} (write it below [p"),
        ("[run]", "runs = 3\n[run]", "10 key runs: {} (write it below [run])"),
        ("runs = 20", "patience_days = 3", "11 key run.patience_days: {} (write it below [param"),
        ("urgency_weight = 0.1", "scale = 5", "18 key parameters.scale: {} (write it below [run])"),
        ("runs = 20", "reference = 2030-01-01", "11 key run.reference: {} (write it above the fi"),
    ],
)
def test_a_key_of_another_part_of_the_header(folder, old, put, said):
    replace_text(folder / "scenario.toml", old, put, 1)
    [mistake] = map(str, examine(folder).mistakes)
    beginning, hint = said.split(" {} ")
    assert mistake.startswith(f"scenario.toml:{beginning}"), mistake
    assert hint in mistake


def test_a_required_key_below_a_table_is_one_mistake(folder):
    header = folder / "scenario.toml"
    text = header.read_text("utf-8").replace('zone = "UTC"\n', "")
    header.write_text(text.replace("[run]", '[run]\nzone = "UTC"'), "utf-8")
    [mistake] = map(str, examine(folder).mistakes)
    assert "write it above the first [table]" in mistake


@pytest.mark.parametrize("line", ["patience_days = 3", "rules.nordal_closes.value = 1"])
def test_a_change_of_a_variant_that_is_not_below_set(folder, line):
    (folder / "variants" / "v.toml").write_text(f'title = "v"\n{line}\n', "utf-8")
    [mistake] = map(str, examine(folder).mistakes)
    assert mistake.startswith("variants/v.toml:2")
    assert "write it below [set]" in mistake


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("runs", "3", "use the option runs"),
        ("run.scale", "3", "use the option scale"),
        ("start", "2030-03-02", "use the option start"),
        ("scenario.end", "2030-03-02", "use the option end"),
        ("parameters.patience_days", "3", "write patience_days"),
        ("parameters.pressure_call_up", "3", "write pressure_call_up"),
    ],
)
def test_a_setting_that_is_an_option(folder, key, value, hint):
    with pytest.raises(InputError) as caught:
        load(folder, settings={key: value})
    [mistake] = caught.value.mistakes
    assert hint in str(mistake)
    assert hint.replace("option ", "option --") in mistake.on_command_line()
