"""Code style: size of modules and functions, and docstrings of everything public."""

import ast
import gc
import re
from functools import cache
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
"""Beginning of the comment above a long function or at the top of a long module."""


def name(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module", autouse=True)
def trees_are_not_collected():
    """Garbage collection visits all trees again and again, which takes longer than parsing."""
    gc.disable()
    yield
    gc.enable()
    parsed.cache_clear()


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def of_kind(tree, *kinds):
    """Statements of these kinds. Expressions, most of a tree, hold no statements."""
    ahead = [tree]
    for node in ahead:
        if isinstance(node, kinds):
            yield node
        ahead += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]


def docstring_lines(node):
    words = node.body[0]
    is_docstring = ast.get_docstring(node) is not None
    return words.end_lineno - words.lineno + 1 if is_docstring else 0


def too_long(path):
    """Long modules and functions of a file without a reason."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MOST_LINES and not any(line.startswith(NOTE) for line in lines[:40]):
        yield f"{name(path)}: {len(lines)} lines"
    if name(path).startswith("src/emigre/cli/"):  # commands have a line for each option
        return
    for node in of_kind(parsed(path), ast.FunctionDef, ast.AsyncFunctionDef):
        length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        above = lines[first - 2] if first > 1 else ""
        if length > MOST_OF_A_FUNCTION and not above.strip().startswith(NOTE):
            yield f"{name(path)}: {node.name}: {length} lines"


def undocumented(path):
    """Public modules, classes, functions and methods without a docstring."""
    if not ast.get_docstring(parsed(path)):
        yield f"{name(path)}: module"
    ahead: list[ast.stmt] = list(parsed(path).body)
    while ahead:
        node = ahead.pop()
        is_class = isinstance(node, ast.ClassDef)
        if (is_class or isinstance(node, ast.FunctionDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{name(path)}: {node.name}"
            ahead += node.body if is_class else []


def test_modules_and_functions_are_short_or_say_why_not():
    assert [said for path in CODE for said in too_long(path)] == []


def test_public_things_have_a_docstring():
    """Whether it states shapes and units is left to reviewers."""
    assert [said for path in SOURCES for said in undocumented(path)] == []


def test_errors_that_are_raised_are_errors_of_the_program_or_of_python():
    """Public functions raise the tree of errors.py; ValueError and the like are for programmers."""
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        for node in of_kind(parsed(path), ast.Raise)
        if isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) in ("Exception", "BaseException")
    ]
    assert wrong == []


def test_no_text_depends_on_the_locale():
    """Programs that embed Python may set a locale: months would be mixed with English text."""
    by_locale = re.compile(r"%[aAbBcxXp](?!\w)")
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
        if by_locale.search(ast.unparse(node.format_spec))
    ]
    assert wrong == []


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
