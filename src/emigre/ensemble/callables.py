"""Check that other processes can use functions and objects passed by the caller."""

import hashlib
import inspect
import marshal
import pickle
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from emigre.ensemble.process import MAIN
from emigre.errors import Mistake, refuse
from emigre.results.statistics import Analyzer, name_of


def check_analyzers(
    given: Analyzer | Sequence[Analyzer], *, are_sent: bool, with_main: bool
) -> tuple[Analyzer, ...]:
    """The analyzers as a tuple; InputError unless all are callable.

    If they ``are_sent`` to other processes, they must be picklable; ``with_main`` tells whether
    those processes import the main script.
    """
    items = tuple(given) if isinstance(given, list | tuple) else (given,)
    mistakes = [m for item in items if (m := _mistake(item, are_sent, with_main)) is not None]
    names = [name_of(item) for item in items]
    mistakes += [
        Mistake("analyzers", "a name twice", "functions with different names", column=name)
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    refuse(mistakes)
    return items


def _mistake(item: object, are_sent: bool, with_main: bool) -> Mistake | None:
    if not callable(item):
        expected = "functions of the daily table of a run"
        return Mistake("analyzers", f"{item!r:.60}", expected)
    if not are_sent:
        return None
    expected = "a function of a module that other processes can import, or pool='threads'"
    if is_of_main(item) and not with_main:
        return Mistake("analyzers", "a function of the main script", expected, column=name_of(item))
    if (error := _pickle_error(item)) is not None:
        return Mistake("analyzers", f"cannot be pickled ({error})", expected, column=name_of(item))
    return None


def can_be_sent(item: object) -> bool:
    """Whether a process that lacks the main script can use an object."""
    return not is_of_main(item) and _pickle_error(item) is None


def _pickle_error(item: object) -> Exception | None:
    try:
        pickle.dumps(item)
    except Exception as error:
        return error
    return None


def identity(given: Callable[..., Any]) -> list[str]:
    """Name, parameters and source of a function: all that its result depends on."""
    function: Any = getattr(given, "func", given)
    try:
        text = inspect.getsource(function if inspect.isroutine(function) else type(function))
        source = text.encode()
    except (OSError, TypeError):  # typed into an interpreter
        code = getattr(function, "__code__", None)
        source = b"" if code is None else marshal.dumps(code)
    closure = getattr(function, "__closure__", None) or ()
    parameters = repr([cell.cell_contents for cell in closure]).encode()
    with suppress(Exception):  # a function within another cannot be pickled
        parameters += pickle.dumps(given)
    hashes = (hashlib.sha256(part).hexdigest() for part in (parameters, source))
    return [name_of(given), *hashes]


def is_of_main(item: object) -> bool:
    """Whether an object, or its class, is defined in the main script or a notebook."""
    function = getattr(item, "func", item)
    return getattr(function, "__module__", None) == MAIN


def main_can_be_imported() -> bool:
    """Whether the main script is a file that other processes on this machine can import."""
    return getattr(sys.modules.get(MAIN), "__file__", None) is not None
