"""Reference implementation of the diversion table: persons one by one, in lists and dicts."""

from collections import Counter, defaultdict
from itertools import zip_longest
from typing import Any

STAYED = ("stayed", "stayed")


def fate(trace: Any, row: int, view: str) -> tuple[str, str]:
    """(kind, id) of what became of a party."""
    entered, reached = int(trace.entered[row]), int(trace.reached[row])
    if view == "crossing" and entered >= 0:
        return "way", trace.crossings[entered]
    if view == "country" and entered >= 0:
        return "country", trace.country_of[entered]
    if reached >= 0:
        return "direct" if view == "crossing" else "country", trace.countries[reached]
    kind = {0: "trapped", 6: "gave_up"}.get(int(trace.state[row]), "under_way")
    return kind, kind


def persons(trace: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """(identity, number within the party) of every person -> (cohort, row)."""
    return {
        (int(trace.id[row]), k): (int(trace.cohort[row]), row)
        for row in range(len(trace.id))
        for k in range(int(trace.persons[row]))
    }


def matrix(before: Any, after: Any, view: str) -> Counter[tuple[tuple[str, str], tuple[str, str]]]:
    """Persons by what they did in the first world and in the second."""
    one, other = persons(before), persons(after)
    result: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    for who in one.keys() & other.keys():
        result[fate(before, one[who][1], view), fate(after, other[who][1], view)] += 1
    left: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, (mine, others) in enumerate([(one, other), (other, one)]):
        for who in mine.keys() - others.keys():
            cohort, row = mine[who]
            left[cohort][side].append(row)
    for rows, rows_2 in left.values():
        for row, row_2 in zip_longest(sorted(rows), sorted(rows_2)):
            was = STAYED if row is None else fate(before, row, view)
            would_be = STAYED if row_2 is None else fate(after, row_2, view)
            result[was, would_be] += 1
    return result
