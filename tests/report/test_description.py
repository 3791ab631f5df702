"""The description matches scenario and code, and cannot drift from either."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import emigre
from emigre import schema
from emigre.errors import ResultsError
from emigre.report import description

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "emigre"


@pytest.fixture(scope="module")
def text() -> str:
    return description.describe(emigre.load("tiny"))


def test_its_text_about_the_model_is_the_page():
    copy = PACKAGE / "report" / "templates" / "model.md"
    page = ROOT / "docs" / "model.md"
    assert copy.read_bytes() == page.read_bytes(), "run: python scripts/write_reference.py"


def test_all_elements_of_the_protocol_are_there_in_order(text):
    places = [text.index(f"\n## {n}. ") for n in range(1, 8)]
    assert places == sorted(places)
    assert text.index("# Overview, design concepts") < places[0] < text.index("# Model card")


def test_every_process_is_described_by_its_own_words(text):
    files = {f"processes/{p.name}" for p in (PACKAGE / "processes").glob("*.py")}
    names = ("__init__", "accounting", "arrays", "parameters")
    others = {f"processes/{name}.py" for name in names}
    assert files - others == {f for f in description.SUBMODELS if f.startswith("processes/")}
    for path in description.SUBMODELS:
        module = "emigre." + path.removesuffix(".py").replace("/", ".")
        assert find_spec(module) is not None
        assert description.docstring(path) in text


def test_every_parameter_is_listed_with_the_value_of_the_scenario(text):
    scenario = emigre.load("tiny")
    for name in schema.parameters():
        assert f"| `{name}` | {scenario.parameters[name]:.10g} |" in text
    assert "| `pressure_call_up` | 1 |" in text
    assert "0.0001 to 0.0004" in text  # what the scenario says of its own rate


def test_it_counts_the_content_of_the_scenario(text):
    scenario = emigre.load("tiny")
    assert scenario.hash in text
    assert scenario.purpose in text
    assert f"{len(scenario.tables['rules'])} |" in text
    assert "150,000 people" in text


def test_a_shipped_posterior_is_described():
    fitted = description.describe("russia-2022")
    assert re.search(r"\*\*Calibration\.\*\* \d+ parameters fitted to \d+ figures;", fitted)


def test_a_change_of_the_scenario_changes_it(text):
    other = description.describe(emigre.load("tiny", settings=["patience_days=33"]))
    assert "| `patience_days` | 33 |" in other
    assert other != text


def test_a_file_is_not_replaced_unless_asked(tmp_path, text):
    path = tmp_path / "described" / "tiny.md"
    description.write(text, path)
    with pytest.raises(ResultsError, match="use force=True"):
        description.write(text, path)
    description.write(text, path, force=True)
    assert path.read_text("utf-8") == text
