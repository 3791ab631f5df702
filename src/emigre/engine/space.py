"""Space for the state of a run: parties, lists and accounts, and more of it as a run needs it."""

import numpy as np

from emigre.numerics.records import records
from emigre.processes.arrays import (
    I32,
    JOINING,
    PARTY,
    STAY,
    Accounts,
    Agenda,
    Parties,
    Rows,
    Stays,
    measure_index,
)


def new_parties(room: int) -> Parties:
    """Space for parties, all zero."""
    return Parties(records(PARTY, room), np.zeros(room, np.int32))


def grow_parties(parties: Parties, used: int, room: int) -> Parties:
    """The same parties with more space."""
    larger = new_parties(room)
    for old, new in zip(parties, larger, strict=True):
        _copy_rows(old[:used], new)
    return larger


def _copy_rows(rows: Rows | I32, space: Rows | I32) -> None:
    """Copy rows to the start of a space, as bytes: NumPy copies records column by column."""
    old, new = (part.view(np.ndarray).view(np.uint8) for part in (rows, space))
    new[: old.size] = old


def grow_stays(stays: Stays, used: int, room: int) -> Stays:
    """The same stays with more space."""
    rows = records(STAY, room)
    _copy_rows(stays.row[:used], rows)
    return stays._replace(row=rows)


def new_agenda(room: int) -> Agenda:
    """Empty lists with space for all parties."""
    lists = np.zeros((JOINING + 1, room), np.int32)
    return Agenda._make((*lists, np.zeros(len(lists), np.int64), np.zeros(room)))


def grow_agenda(agenda: Agenda, room: int) -> Agenda:
    """The same lists with more space: of them only `joining` is kept from day to day."""
    larger, n = new_agenda(room)._replace(size=agenda.size), agenda.size[JOINING]
    larger.joining[:n] = agenda.joining[:n]
    return larger


def zero_accounts(n_origins: int, n_crossings: int, n_countries: int, categories: int) -> Accounts:
    """Accounts with all counts zero."""
    return Accounts(
        np.zeros((len(measure_index("origin")), n_origins, categories), np.int64),
        np.zeros((len(measure_index("crossing")), n_crossings, categories), np.int64),
        np.zeros((len(measure_index("country")), n_countries, categories), np.int64),
        np.zeros((n_origins, n_countries), np.int64),
        np.zeros(n_crossings, np.float64),
        np.zeros(n_crossings, np.int64),
        np.zeros(n_countries, np.float64),
        np.zeros(n_countries, np.int64),
    )
