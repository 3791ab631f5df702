"""Compare a value with the answer of a case; see cases/README.md and cases/seed/README.md."""

import operator
import re

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_COMPARED = re.compile(rf"(=|>=|<=|>|<) {_NUMBER}(?: x (without|than))?")
_BETWEEN = re.compile(rf"between {_NUMBER} and {_NUMBER}(?: x (without|than))?")
_OPERATORS = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def holds(result: float, wanted: str, unit: float) -> bool:
    """Compare a value as the text of an answer says; ``unit`` is the other value, if it names
    one."""
    if wanted == "same as without":
        return result == unit
    if between := _BETWEEN.fullmatch(wanted):
        factor = unit if between[3] else 1.0
        return float(between[1]) * factor <= result <= float(between[2]) * factor
    compared = _COMPARED.fullmatch(wanted)
    assert compared, f"not understood: is = {wanted!r}"
    return bool(
        _OPERATORS[compared[1]](result, float(compared[2]) * (unit if compared[3] else 1.0))
    )
