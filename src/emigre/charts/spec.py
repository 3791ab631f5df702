"""Parts of a Vega-Lite specification, as plain dictionaries."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

Spec = dict[str, Any]
"""A specification of Vega-Lite, or a part of one."""

_TYPES = {"T": "temporal", "Q": "quantitative", "N": "nominal", "O": "ordinal"}


def field(text: str, **more: Any) -> Spec:
    """A channel that shows a column.

    >>> field("date:T", title=None)
    {'field': 'date', 'type': 'temporal', 'title': None}
    """
    name, _, kind = text.partition(":")
    return {"field": name, "type": _TYPES[kind], **more}


def layer(mark: str, data: Spec | None = None, *, look: Spec, **encoding: Any) -> Spec:
    """A layer of a chart: a mark, how it looks, its channels, and data if it has its own."""
    own = {} if data is None else {"data": data}
    return own | {"mark": {"type": mark, **look}, "encoding": encoding}


TOUCH = "touch"
"""Style of layers used only for pointing."""


def still(spec: Spec) -> Spec:
    """A specification for a picture, without the layers used only for pointing."""
    parts = {
        name: [still(part) for part in spec[name] if not _is_touch(part)]
        for name in ("layer", "concat", "vconcat")
        if name in spec
    }
    return spec | parts


def _is_touch(part: Spec) -> bool:
    mark = part.get("mark")
    return isinstance(mark, dict) and mark.get("style") == TOUCH


def inline(rows: Iterable[Mapping[str, Any]], name: str | None = None) -> Spec:
    """Rows as data of a chart: days without a zone, numbers with four digits.

    >>> inline([{"day": date(2022, 3, 1), "persons": 12345.6}])
    {'values': [{'day': '2022-03-01T00:00:00', 'persons': 12350.0}]}
    """
    values = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return {"values": values} | ({"name": name} if name else {})


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.isoformat()}T00:00:00" if isinstance(value, date) else value
