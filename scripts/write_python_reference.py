"""Write docs/python.md from the docstrings of the public interface."""

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import emigre

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"

INTRODUCTION = """# Python

<!-- Generated from the docstrings by `python scripts/write_python_reference.py`: edit those. -->

The names on this page are the public interface of `import emigre`; everything else may change
without notice. The notebook `examples/tour.ipynb` introduces them. The message of an
`InputError` names the argument, or the file, line and column, with the value found and the value
expected.
"""

ORDER = (
    *("load", "forecast", "run", "read", "alternatives", "compare", "explain", "score", "hindcast"),
    *("fit", "draws", "sensitivity", "check", "patch", "describe", "report"),
    *("Scenario", "Results", "Forecast", "Comparison", "Explanation", "Hindcast", "Posterior"),
    *("Draws", "Sensitivity", "Patch", "InputError", "Mistake", "ResultsError", "BooksError"),
    *("EmigreError", "Step", "DayView", "RuleKind", "DerivedMeasure", "Expected", "Levels"),
    "Adapter",
)
"""Functions in the order in which they are needed, results, errors, and classes of extensions."""
_SECTION = re.compile(r"^(\w+)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)
_ATTRIBUTES = (property, classmethod, cached_property)
_ENTRY = re.compile(r"^(\S.*)\n((?:^ .*\n?|^\n)*)", re.MULTILINE)


def page() -> str:
    """The whole page."""
    names = sorted(set(emigre.__all__) - {"__version__"}, key=ORDER.index)
    functions = [n for n in names if inspect.isfunction(getattr(emigre, n))]
    classes = [n for n in names if inspect.isclass(getattr(emigre, n))]
    parts = [INTRODUCTION.strip(), "## Functions", _index(functions)]
    parts += [part for name in functions for part in _function(name, getattr(emigre, name))]
    parts += ["## Classes"]
    parts += [part for name in classes for part in _class(name, getattr(emigre, name))]
    return "\n\n".join(parts) + "\n"


def _index(names: list[str]) -> str:
    rows = [f"| `emigre.{n}` | {_first(getattr(emigre, n))} |" for n in names]
    return "\n".join(["| function | |", "|---|---|", *rows])


def _first(thing: object) -> str:
    text = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return _inline(text)


def _function(name: str, function: object, heading: str = "### emigre.") -> Iterator[str]:
    yield f"{heading}{name}"
    yield f"```text\n{name}{_signature(function)}\n```"
    yield from _prose(function)


def _prose(thing: object) -> Iterator[str]:
    """The docstring: its text, and the entries of each section."""
    text = inspect.getdoc(thing) or ""
    yield _inline(_SECTION.sub("", text).strip())
    for title, body in _SECTION.findall(text):
        yield f"**{title}**"
        yield "\n".join(_entries(body))


def _signature(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    kept = [p.replace(annotation=p.empty) for n, p in signature.parameters.items() if n != "self"]
    short = str(signature.replace(parameters=kept, return_annotation=signature.empty))
    if len(short) <= 80:
        return short
    parts = short[1:-1].split(", ")
    return "(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _entries(body: str) -> Iterator[str]:
    for head, text in _ENTRY.findall(body):
        words = _inline(" ".join(text.split()))
        name, _, kind = head.partition(" : ")
        yield (
            f"- `{name}`"
            + (f" ({_inline(kind)})" if kind else "")
            + (f": {words}" if words else "")
        )


def _class(name: str, kind: type) -> Iterator[str]:
    yield f"### emigre.{name}"
    yield from _prose(kind)
    heads = re.findall(r"^(\w.*) : ", inspect.getdoc(kind) or "", re.MULTILINE)
    described = {name for head in heads for name in head.split(", ")}
    inherited = [base for base in reversed(kind.__mro__) if base.__module__.startswith("emigre.")]
    members = [
        (n, m)
        for n, m in {n: m for base in inherited for n, m in vars(base).items()}.items()
        if not n.startswith("_")
        and n not in described
        and (callable(m) or isinstance(m, property | classmethod | cached_property))
    ]
    rows = [f"- `{n}`: {_first(m)}" for n, m in members if _first(m)]
    if rows:
        yield "**Methods and properties**"
        yield "\n".join(rows)


def _inline(text: str) -> str:
    """References and literals of reStructuredText as Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
