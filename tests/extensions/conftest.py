"""Entry points without installing a package."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from emigre import extensions, schema
from emigre.evaluation import baselines
from offered import EXAMPLE

CACHED = (
    extensions._installed,
    extensions.points,
    baselines.forecasters,
    schema.added_rule_kinds,
    schema.rule_kinds,
    schema.tables,
    schema.columns,
)


@pytest.fixture
def offer(monkeypatch):
    """A function that offers entry points (group -> name -> value), as installed packages would."""
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))

    def forget():
        for function in CACHED:
            function.cache_clear()

    def put(groups):
        points = [
            EntryPoint(name, value, group)
            for group, named in groups.items()
            for name, value in named.items()
        ]
        monkeypatch.setattr(extensions, "entry_points", lambda: EntryPoints(points))
        forget()

    yield put
    monkeypatch.undo()
    forget()
