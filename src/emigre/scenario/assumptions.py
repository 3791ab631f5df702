"""Values assumed for cells that are seldom known, and their description.

A scenario runs without these columns; ``check`` and the report list what was assumed. All are
estimates of an order of magnitude:

    education, openness   "any": no rule, pressure or demand for work distinguishes these people
    savings_eur           1, 3 or 12 months (means low, middle, high; other words: 3) of spending
                          at the World Bank's poverty lines for low, lower-middle and upper-middle
                          income countries, 2.15, 3.65 and 6.85 dollars a day (2017 prices), with a
                          dollar as a euro and a month of 30 days
    fare_eur              km times the fare per km of long-distance buses and trains (5 cents),
                          flights (15) and ferries (10); nothing on foot
"""

from collections.abc import Callable, Mapping
from typing import Any

from emigre.scenario.tables import TypedTable

ANY = "any"
SAVINGS_EUR = {"low": 1 * 30 * 2.15, "middle": 3 * 30 * 3.65, "high": 12 * 30 * 6.85}
EUR_PER_KM = {"road": 0.05, "rail": 0.05, "foot": 0.0, "air": 0.15, "sea": 0.10}

_Row = Mapping[str, Any]


def _fare(row: _Row) -> float | None:
    known = row["km"] is not None and row["mode"] in EUR_PER_KM
    return round(row["km"] * EUR_PER_KM[row["mode"]], 2) if known else None


ASSUMED: Mapping[str, Mapping[str, tuple[Callable[[_Row], Any], str]]] = {
    "groups": {
        "education": (lambda _: ANY, '"any"'),
        "openness": (lambda _: ANY, '"any"'),
        "savings_eur": (
            lambda row: SAVINGS_EUR.get(row["means"], SAVINGS_EUR["middle"]),
            "64.5, 328.5 or 2466 euro for low, middle and high means (1, 3 and 12 months of "
            "spending at the international poverty lines)",
        ),
    },
    "legs": {"fare_eur": (_fare, "5 cents per km by road and rail, 15 by air, 10 by sea")},
}
"""Value of an empty cell by table and column, from its row, and its description."""


def assume(table: TypedTable) -> None:
    """Fill empty cells in place; ``assumed`` gets one sentence for each column."""
    for column, (value, words) in ASSUMED.get(table.sheet.table, {}).items():
        empty = [
            row
            for row, cell in enumerate(table[column])
            if cell is None and table.is_good(row, column)
        ]
        for row in empty:
            table.values[column][row] = value({c: cells[row] for c, cells in table.values.items()})
        if empty:
            n, total = len(empty), table.n_rows
            rows = "all rows" if n == total else f"{n} of {total} rows"
            table.assumed.append(f"{column} in {rows} of {table.sheet.file}: {words}")
