"""Parts of a Vega-Lite specification, as plain dictionaries."""

from __future__ import annotations

from typing import Any

import polars as pl

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


def inline(frame: pl.DataFrame, name: str | None = None) -> Spec:
    """Rows as data of a chart: days without a zone, numbers with four digits."""
    rows = frame.with_columns(
        pl.col(pl.Date, pl.Datetime).cast(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S"),
        pl.col(pl.Float64).round_sig_figs(4),
    ).to_dicts()
    return {"values": rows} | ({"name": name} if name else {})
