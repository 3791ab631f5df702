"""``emigre import NAME`` and ``emigre export NAME``, from the entry points."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from emigre import extensions
from emigre.adapters import Adapter
from emigre.cli.app import Commands, app, plain_errors
from emigre.errors import InputError

imports = Commands(help="Import data from other formats.")
exports = Commands(help="Export results to other formats.")
_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}


def add_adapters(imports: typer.Typer, exports: typer.Typer) -> None:
    """Add the commands of all adapters; if one cannot be loaded, its commands report the reason."""
    for name in extensions.points(extensions.ADAPTERS):
        try:
            adapter: Adapter = extensions.load(extensions.ADAPTERS, name, Adapter)
        except InputError as error:
            for group in (imports, exports):
                group.command(name, help="(cannot be loaded)", context_settings=_ANY)(
                    _broken(error)
                )
            continue
        for group, functions in ((imports, adapter.imports), (exports, adapter.exports)):
            for command, function in functions.items():
                group.command(command)(_plain(function))


def _plain(function: Callable[..., Any]) -> Callable[..., None]:
    @wraps(function)
    def run(*args: Any, **options: Any) -> None:
        with plain_errors():
            function(*args, **options)

    return run


def _broken(error: InputError) -> Callable[[], None]:
    def refuse() -> None:
        with plain_errors():
            raise error

    return refuse


app.add_typer(imports, name="import")
app.add_typer(exports, name="export")
