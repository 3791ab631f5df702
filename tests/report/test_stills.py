"""Static pictures of charts."""

from __future__ import annotations

import re

import vl_convert

from emigre.charts import maps
from emigre.report import stills


def chart(said: str) -> dict:
    mark = {"type": "point", "clip": True}
    at = {"x": {"field": "a", "type": "quantitative"}}
    spec = {"data": {"values": [{"a": 1}, {"a": 2}]}, "mark": mark, "encoding": at, "height": 90}
    return {"spec": spec | {"description": said}}


def test_what_is_shown_twice_is_drawn_once_with_ids_of_its_own(monkeypatch):
    draw, drawn = vl_convert.vegalite_to_svg, []
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda s: drawn.append(s) or draw(s))
    with stills.Pictures() as drawing:
        drawing.add({"first": chart("A < B")})
        drawing.add({"a-second": chart("Again")})
        pictures = drawing.all()
    assert len(drawn) == 1
    ids = [set(re.findall(r'id="([^"]*)"', svg)) for svg in pictures.values()]
    assert ids == [{"first-0"}, {"a_second-0"}]
    for svg, [name], label in zip(pictures.values(), ids, ("A &lt; B", "Again"), strict=True):
        assert f"url(#{name})" in svg
        assert svg.startswith(f'<svg role="img" aria-label="{label}" ')


def test_a_picture_of_a_map_has_the_rows_of_the_days_it_shows():
    land = {"data": {"values": {"type": "Topology"}}}
    moving = {"transform": [], "data": {"name": "camps", "values": [{"s": 0}, {"s": 4}]}}
    shown = maps.of_day({"params": [{"name": "step", "value": 4}], "layer": [land, moving]})
    assert shown == [land, {"transform": [], "data": {"values": [{"s": 4}]}}]
