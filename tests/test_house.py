"""The house: modules and functions of a readable size, and a docstring with all that is public."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "emigre").rglob("*.py"))
CODE = [
    *SOURCES,
    *sorted((ROOT / "scripts").rglob("*.py")),
    *sorted((ROOT / "tests").rglob("*.py")),
]
MOST_LINES = 500
MOST_OF_A_FUNCTION = 60
NOTE = "# Long, because"
"""What a comment above a long function or at the head of a long module begins with."""


def name(path):
    return str(path.relative_to(ROOT))


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def docstring_lines(node):
    words = node.body[0]
    is_docstring = ast.get_docstring(node) is not None
    return words.end_lineno - words.lineno + 1 if is_docstring else 0


@pytest.mark.parametrize("path", CODE, ids=name)
def test_modules_and_functions_are_short_or_say_why_not(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        assert any(line.startswith(NOTE) for line in lines[:40]), f"{len(lines)} lines"
    for node in functions(ast.parse(text)):
        length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        is_command = name(path).startswith("src/emigre/cli/")  # a line for each option
        if length > MOST_OF_A_FUNCTION and not is_command:
            above = lines[first - 2] if first > 1 else ""
            assert above.strip().startswith(NOTE), f"{node.name}: {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_public_things_have_a_docstring(path):
    """Modules, classes, functions and methods; that it says shapes and units people must see."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module"
    ahead: list[ast.stmt] = list(tree.body)
    while ahead:
        node = ahead.pop()
        is_class = isinstance(node, ast.ClassDef)
        if (is_class or isinstance(node, ast.FunctionDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            ahead += node.body if is_class else []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_errors_that_are_raised_are_errors_of_the_program_or_of_python(path):
    """Public functions raise the tree of errors.py; ValueError and the like are for programmers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            raised = ast.unparse(node.exc.func)
            assert raised != "Exception", f"line {node.lineno}"
            assert raised != "BaseException", f"line {node.lineno}"


def test_the_house_has_its_pages():
    for page in ("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "SECURITY.md"):
        assert (ROOT / page).is_file(), page


def test_no_module_imports_itself_over_others():
    """Imports within functions and for type checks count too."""
    grimp = pytest.importorskip("grimp", reason="comes with the development tools")
    graph = grimp.build_graph("emigre", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
