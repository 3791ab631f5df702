"""Docstrings: numpydoc sections for the public interface, shapes of arrays, equations."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import emigre

SOURCES = sorted((Path(__file__).resolve().parents[1] / "src" / "emigre").rglob("*.py"))
PROCESSES = [
    p
    for p in SOURCES
    if p.parent.name == "processes" and p.name not in ("__init__.py", "arrays.py", "parameters.py")
]
PUBLIC = [name for name in emigre.__all__ if inspect.isfunction(getattr(emigre, name))]
ARRAY = re.compile(r"\b(NDArray|Array|F64|I64|I32)\b")
_AXIS = r"(?:\.\.\.|\d+|[A-Za-z_][\w ]*(?: ?[-+*] ?\w+)?)"
SHAPE = re.compile(rf"\({_AXIS}(?:, ?{_AXIS})*,?\)|[Ss]hape|of length")
"""Axes in brackets, such as (n_runs, n_days) or (n,), or words to that effect."""
ERRORS = ("InputError", "ResultsError", "BooksError")
RECORD = ("Reads:", "Draws:", "Writes:", "Units:")
SECTION = re.compile(r"^(\w+)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^(\S[^:\n]*)", re.MULTILINE)


def name(path: Path) -> str:
    return "/".join(path.parts[path.parts.index("emigre") :])


def functions(path: Path) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Public functions and methods of a file, each with its docstring and that of its class."""
    ahead: list[tuple[ast.stmt, str]] = [(n, "") for n in ast.parse(path.read_text("utf-8")).body]
    while ahead:
        node, above = ahead.pop()
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            words = ast.get_docstring(node) or ""
            ahead += [(inner, words) for inner in node.body]
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node, f"{above}\n{ast.get_docstring(node) or ''}"


def raised(node: ast.FunctionDef) -> set[str]:
    """Errors that a function raises, without those of nested functions and those collected."""
    errors: set[str] = set()
    ahead: list[ast.AST] = list(node.body)
    while ahead:
        inner = ahead.pop()
        if isinstance(inner, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(inner, ast.With) and "collecting(" in ast.unparse(inner.items[0]):
            continue
        if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call):
            errors.add(ast.unparse(inner.exc.func))
        ahead += ast.iter_child_nodes(inner)
    return errors


def annotations(node: ast.FunctionDef) -> str:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    hints = [a.annotation for a in given if a.annotation] + ([node.returns] if node.returns else [])
    return " ".join(map(ast.unparse, hints))


def sections(function: object) -> dict[str, list[str]]:
    """Section of a numpydoc docstring -> names of its entries."""
    return {
        title: [part.strip() for entry in ENTRY.findall(body) for part in entry.split(",")]
        for title, body in SECTION.findall(inspect.getdoc(function) or "")
    }


@pytest.mark.parametrize("function", PUBLIC)
def test_public_functions_have_numpydoc_sections(function):
    function = getattr(emigre, function)
    documented = sections(function)
    signature = inspect.signature(function)
    expected = [
        f"**{p.name}" if p.kind is p.VAR_KEYWORD else p.name for p in signature.parameters.values()
    ]
    assert documented.get("Parameters", []) == expected
    assert ("Returns" in documented) == (signature.return_annotation not in (None, "None"))
    assert documented.get("Raises"), "no errors"
    assert all(issubclass(getattr(emigre, e), emigre.EmigreError) for e in documented["Raises"])


def test_raised_errors_are_documented():
    missing = [
        f"{name(path)}: {node.name}: {error}"
        for path in SOURCES
        if path.parent.name != "cli"  # a command says it with its exit code
        for node, words in functions(path)
        for error in sorted(raised(node) & set(ERRORS))
        if error not in words
    ]
    assert missing == []


def test_arrays_have_documented_shapes():
    """Functions that take or return arrays say their axes."""
    silent = [
        f"{name(path)}: {node.name}"
        for path in SOURCES
        for node, words in functions(path)
        if ARRAY.search(annotations(node)) and not SHAPE.search(words)
    ]
    assert silent == []


@pytest.mark.parametrize("path", PROCESSES, ids=name)
def test_processes_have_equations_inputs_draws_outputs_and_units(path):
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert [w for w in RECORD if w not in words] == []
    assert re.search(r"^ {4}.*=", words, re.MULTILINE), "no equation on a line of its own"
