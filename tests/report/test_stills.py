"""Static pictures of charts."""

import re

import pytest
import vl_convert

from emigre.charts import drawing, maps
from emigre.report import stills


def chart(said: str) -> dict:
    mark = {"type": "point", "clip": True}
    at = {"x": {"field": "a", "type": "quantitative"}}
    spec = {"data": {"values": [{"a": 1}, {"a": 2}]}, "mark": mark, "encoding": at, "height": 90}
    return {"spec": spec | {"description": said}}


def test_a_chart_shown_twice_is_drawn_once_with_distinct_ids(monkeypatch):
    draw, drawn = drawing.svg, []
    monkeypatch.setattr(drawing, "svg", lambda shown: drawn.append(shown) or draw(shown))
    with stills.Pictures() as given:
        given.add({"дім": chart("A < B")})
        given.add({"a-мир": chart("Again")})
        pictures = dict(given)
    assert len(drawn) == 1
    ids = [set(re.findall(r'id="([^"]*)"', svg)) for svg in pictures.values()]
    assert ids == [{"дім-0"}, {"a_мир-0"}]
    for svg, [name], label in zip(pictures.values(), ids, ("A &lt; B", "Again"), strict=True):
        assert f"url(#{name})" in svg
        assert svg.startswith(f'<svg role="img" aria-label="{label}" ')


def test_a_picture_of_a_map_has_the_rows_of_the_days_it_shows():
    land = {"data": {"values": {"type": "Topology"}}}
    moving = {"transform": [], "data": {"name": "camps", "values": [{"s": 0}, {"s": 4}]}}
    shown = maps.initial_layers({"params": [{"name": "step", "value": 4}], "layer": [land, moving]})
    assert shown == [land, {"transform": [], "data": {"values": [{"s": 4}]}}]


def test_a_process_draws_the_same_and_its_end_is_no_harm():
    spec = chart("A")["spec"]

    def drawn():
        return re.sub(r"(clip|gradient_)\d+", "", drawing.svg(spec))  # numbers go on

    shown, svg = drawn(), drawing.svg(spec)
    drawing.start()
    assert len(drawing._processes) == drawing.AT_ONCE
    assert drawn() == shown
    assert len({drawing.png(svg, 1.0) for _ in range(drawing.AT_ONCE)}) == 1
    with pytest.raises((ValueError, RuntimeError), match=r"JSON|spec"):
        drawing.svg("no specification")
    for process in drawing._processes:
        process.kill()
        process.wait()
    assert drawn() == shown
    stop_all()


def test_a_drawing_that_is_interrupted_leaves_no_answer_to_the_next(monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    svg = drawing.svg(chart("A")["spec"])
    picture = drawing.png(svg, 1.0)
    drawing.start()
    with monkeypatch.context() as patched:
        patched.setattr(drawing.pickle, "load", interrupt)
        for _ in range(drawing.AT_ONCE):
            with pytest.raises(KeyboardInterrupt):
                drawing.svg(chart("B")["spec"])
    for _ in range(drawing.AT_ONCE):
        assert drawing.png(svg, 1.0) == picture
    stop_all()


def test_a_process_draws_letters_of_the_font_inside_vl_convert_alone(monkeypatch):
    """Other letters need an installed font, with which this process draws."""
    inside = ["Harīga", "Łódź", "Київ", "Ρόδος", "₴ 5–7 ≥ 3 €"]
    others = ["دمشق", "თბილისი", "Երևան", "北京", "₽ 5"]
    drawn_here = []

    def draw(vl_spec):
        drawn_here.append(vl_spec["title"])
        return f"<svg>{vl_spec['title']}</svg>"

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", draw)
    drawing.start()
    for name in (*inside, *others):
        assert name in drawing.svg(chart("A")["spec"] | {"title": name})
    assert drawn_here == others
    stop_all()


def stop_all():
    for process in drawing._processes:
        drawing._stop(process)
        assert process.stdin.closed
        drawing._idle.get()
    drawing._processes.clear()


def test_a_chart_alone_in_its_figure_is_as_wide_as_the_page():
    with stills.Pictures() as given:
        given.add({"one": chart("A") | {"alone": True}, "two": chart("A")})
        pictures = dict(given)
    one, two = (float(re.search(r' width="([\d.]+)"', pictures[k])[1]) for k in ("one", "two"))
    assert one - two == pytest.approx(stills._WIDE - stills._WIDTH, abs=2)
