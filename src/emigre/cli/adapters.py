"""``emigre import NAME`` and ``emigre export NAME``, from the entry points."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import typer

from emigre import extensions
from emigre.adapters import Adapter
from emigre.cli.app import Commands, Group, app, plain_errors
from emigre.errors import InputError

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


@cache
def _built() -> dict[str, Any]:
    """Click groups with the commands of all adapters, by name."""
    groups = {"import": Commands(), "export": Commands()}
    add_adapters(*groups.values())
    return {name: typer.main.get_command(group) for name, group in groups.items()}


class _Adapters(Group):
    """Commands of the adapters, loaded on first use."""

    @property
    def commands(self) -> Any:
        """Commands by name."""
        return _built()[str(self.name)].commands

    @commands.setter
    def commands(self, _none: Any) -> None:
        """Ignore the empty dictionary that Click assigns."""


app.add_typer(Commands(cls=_Adapters, help="Import data from other formats."), name="import")
app.add_typer(Commands(cls=_Adapters, help="Export results to other formats."), name="export")
