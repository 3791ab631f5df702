"""The notation of a table is irrelevant: decimal marks, dates, instants, appended rows."""

import csv
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_worlds import World, row, worlds, write

from emigre import schema
from emigre.adapters.append import appended
from emigre.scenario.loader import load
from examples import examples

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\S+")


def written(world: World, folder: Path) -> Path:
    """The world east of UTC, with a number and an instant that are open to a wrong reading."""
    war = row(
        id="war9", kind="war9", place="*", onset=world.day(1), leaving=1.234, returning=-1.005
    )
    midnight = f"{world.day(1)}T00:00+00:00"
    rule = row(id="rule9", kind="entry", place="*", effective_from=midnight, value=0.125, days=30)
    east = world.changed(pressures=[war], rules=[rule])
    east.zone = "Asia/Kolkata"
    return write(east, folder)


def rewritten(folder: Path) -> None:
    """Write every table as spreadsheets of a country with decimal commas do, instants in UTC."""
    for path in folder.glob("*.csv"):
        columns = schema.columns(path.stem)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf-16", newline="") as file:
            names = list(rows[0]) if rows else list(columns)
            writer = csv.writer(file, delimiter=";")
            writer.writerow(names)
            writer.writerows([[local(row[n], columns[n].kind) for n in names] for row in rows])


def local(text: str, kind: str) -> str:
    if kind == "number" and re.fullmatch(r"-?\d+\.\d+", text):
        return f"{text}0".replace(".", ",")
    if kind == "integer" and re.fullmatch(r"\d{5,}", text):
        return f"{int(text):,}".replace(",", ".")
    if kind in ("date", "instant") and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        year, month, day = text.split("-")
        return f"{day}.{month}.{year}"
    if kind == "instant" and _INSTANT.fullmatch(text) and "T24" not in text:
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return text


@pytest.mark.slow
@examples(12)
@given(worlds())
def test_the_notation_of_a_country_changes_nothing(world: World) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = written(world, Path(home))
        before = load(folder).hash
        rewritten(folder)
        assert load(folder).hash == before


@pytest.mark.slow
@examples(12)
@given(worlds(), st.data())
def test_a_row_added_in_any_notation_is_the_row(world: World, data: st.DataObject) -> None:
    """The last row of a table, taken out and added again, is what it was."""
    table = data.draw(st.sampled_from(sorted(t for t, rows in world.tables.items() if rows)))
    with tempfile.TemporaryDirectory() as home:
        folder = written(world, Path(home))
        before = load(folder).hash
        path = folder / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            last = list(csv.DictReader(file))[-1]
        *others, _ = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(others), "utf-8")
        rewritten(folder)
        path.write_bytes(appended(folder, table, [last])[1])
        assert load(folder).hash == before
