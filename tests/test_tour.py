"""The notebook in examples/ runs from its first cell to its last."""

import ast
import json
import sys
import types
from pathlib import Path

import pytest

TOUR = Path(__file__).resolve().parents[1] / "examples" / "tour.ipynb"


@pytest.mark.slow
@pytest.mark.usefixtures("empty_pictures")
def test_the_tour_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Its steps and analyzers are pickled by the name of their module.
    module = types.ModuleType("tour")
    monkeypatch.setitem(sys.modules, "tour", module)
    for cell in json.loads(TOUR.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            _run("".join(cell["source"]), cell["id"], module.__dict__)
    assert list(tmp_path.iterdir()) == []  # results are temporary


def _run(source: str, name: str, space: dict[str, object]) -> None:
    """Run a cell, and show the value of its last line as a notebook does."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    if isinstance(last, ast.Expr):
        shown = eval(compile(ast.Expression(last.value), name, "eval"), space)
        html = getattr(shown, "_repr_html_", None)
        assert html() if html else repr(shown)


def test_the_tour_is_stored_without_outputs():
    for cell in json.loads(TOUR.read_text("utf-8"))["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
