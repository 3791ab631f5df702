"""The public interface, pinned: a change of this list is a change for users."""

import inspect
import subprocess
import sys
from dataclasses import is_dataclass

import pytest

import emigre
from emigre import errors

NAMES = """
    Adapter BooksError Comparison DayView DerivedMeasure Draws EmigreError Expected Explanation
    Forecast Hindcast InputError Levels Mistake Patch Posterior Results ResultsError RuleKind
    Scenario Sensitivity Step __version__ alternatives check compare describe draws explain fit
    forecast hindcast load patch read report run score sensitivity
""".split()  # noqa: SIM905

CHANGES = "variants settings start end as_of"
WHERE = "workers pool out shelf force progress"
SIGNATURES = {
    "alternatives": "scenario variants without settings shifts start end as_of",
    "check": "scenario",
    "compare": f"base worlds period runs seed scale draws {WHERE}",
    "describe": "scenario",
    "draws": "scenario source seed",
    "explain": "a b measure place start end runs seed scale draws pairs each workers pool progress",
    "fit": f"scenario {CHANGES} size steps checks seed scale discrepancy only {WHERE}",
    "forecast": f"scenario as_of horizon runs seed scale variants settings worlds draws {WHERE}",
    "hindcast": "scenario start end every horizon variants settings runs seed scale draws "
    f"refit fit_size fit_steps {WHERE}",
    "load": f"scenario {CHANGES}",
    "patch": "name title note set remove add",
    "read": "folder",
    "report": "results out",
    "run": f"scenario {CHANGES} runs seed scale by draws steps analyzers {WHERE}",
    "score": "run scenario as_of use",
    "sensitivity": "scenario measure place start end as_of variants settings shares trajectories "
    f"most base runs seed scale {WHERE}",
}


def test_the_names_are_these():
    assert emigre.__all__ == NAMES
    assert dir(emigre) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_name_exists_and_is_documented(name):
    assert getattr(emigre, name)
    if name != "__version__":
        assert inspect.getdoc(getattr(emigre, name))


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_these(name):
    assert list(inspect.signature(getattr(emigre, name)).parameters) == SIGNATURES[name].split()


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_typed(name):
    function = getattr(emigre, name)
    assert set(function.__annotations__) == {*inspect.signature(function).parameters, "return"}


def test_a_function_keeps_its_name_next_to_a_package():
    code = "import emigre.report.page, emigre.sensitivity.study; print(emigre.report.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "write\n"


def test_results_offer_these():
    offered = {name for name in dir(emigre.Results) if not name.startswith("_")}
    assert offered == {
        "arrivals",
        "attrs",
        "daily",
        "derived",
        "derived_summary",
        "folder",
        "groups",
        "info",
        "read",
        "scan_daily",
        "scan_summary",
        "scores",
        "statistics",
        "summary",
        "to_pandas",
        "to_xarray",
    }


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'") as caught:
        emigre.nothing  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("nothing", emigre)  # Python suggests by these


@pytest.mark.parametrize("name", [n for n in NAMES if is_dataclass(getattr(emigre, n))])
def test_values_take_no_other_attributes(name):
    kind = getattr(emigre, name)
    with pytest.raises(AttributeError):
        object.__new__(kind).another = 1


def test_all_errors_have_one_root():
    collected = [
        e for e in vars(errors).values() if inspect.isclass(e) and issubclass(e, Exception)
    ]
    assert all(issubclass(error, emigre.EmigreError) for error in collected)


def loaded_after(code: str) -> set[str]:
    """Top-level packages in a fresh interpreter after some code."""
    words = f"import sys\n{code}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"numba", "llvmlite", "scipy", "altair", "vl_convert", "polars", "numpy", "xarray", "rich"}


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_after("import emigre") & HEAVY


def test_the_command_line_loads_nothing_heavy_before_a_command():
    assert not loaded_after("import emigre.cli") & (HEAVY - {"rich"})


def test_reading_results_loads_neither_compiler_nor_solver():
    modules = "emigre, emigre.results.checks, emigre.evaluation.key_results, emigre.charts"
    code = f"import {modules}; emigre.Results"
    assert not loaded_after(code) & {"numba", "llvmlite", "scipy", "altair", "vl_convert"}


def test_loading_a_scenario_loads_neither_compiler_nor_solver():
    code = "import emigre; emigre.load('tiny')"
    assert not loaded_after(code) & {"numba", "llvmlite", "scipy", "altair", "vl_convert"}
