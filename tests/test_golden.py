"""The stored result of the teaching scenario with a fixed seed, to detect changes of behaviour.

``golden/tiny.csv`` has the daily values of one run, with one column per measure and place. It is
written only by ``scripts/refresh_golden.py``.
"""

import csv
from pathlib import Path

from emigre import schema
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.results.tables import Layout, series_of
from emigre.scenario.loader import load

FILE = Path(__file__).parent / "golden" / "tiny.csv"
SEED = 20300301
SHOWN = 12

HOW = (
    "\nIf the change is meant: python scripts/refresh_golden.py, "
    "and say in CHANGELOG.md why the numbers have changed."
)


def frozen_table() -> list[list[str]]:
    """Header and one row a day: all series of the places that are ever above zero."""
    counts = simulate(compile_scenario(load("tiny")), SEED, 0)
    layout = Layout.of(counts)
    columns: dict[str, list[str]] = {}
    for measure, place in layout.series:
        members = layout.rows_of(measure)[place]
        is_place = place in counts.places[schema.measures()[measure].place_kind]
        values = series_of(counts, measure, members)
        if is_place and (values > 0).any():
            digits = 4 if schema.measures()[measure].kind == "mean" else 0
            columns[f"{measure} {place}"] = [
                "" if v != v else f"{v:.{digits}f}" for v in values.tolist()
            ]
    header = ["date", *columns]
    days = [d.isoformat() for d in layout.dates]
    return [
        header,
        *([d, *row] for d, row in zip(days, zip(*columns.values(), strict=True), strict=True)),
    ]


def write(path: Path = FILE) -> None:
    """Store the current values."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(frozen_table())


def test_the_teaching_scenario_gives_the_frozen_numbers() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        frozen = list(csv.reader(file))
    result = frozen_table()
    assert result[0] == frozen[0], f"other series are above zero than in {FILE.name}{HOW}"
    changed = [
        f"{row[0]} {name}: {was} is now {now}"
        for was_row, row in zip(frozen[1:], result[1:], strict=True)
        for name, was, now in zip(result[0], was_row, row, strict=True)
        if was != now
    ]
    assert not changed, "\n".join([f"{len(changed)} values differ:", *changed[:SHOWN], HOW])
