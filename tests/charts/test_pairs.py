"""Charts shown side by side have the same scales."""

import pytest

import emigre
from emigre.charts import pairs
from emigre.charts.atlas import Atlas
from emigre.charts.figures import of_run
from emigre.charts.series import ChartReader

pytestmark = pytest.mark.slow
# Measures of the second world are far larger, and one of its crossings is shut in the first.
CHANGES = ["base_leaving_per_day=0.02", "places.PASS.capacity_persons_per_day=4000"]


@pytest.fixture(scope="module")
def readers():
    first = emigre.run(emigre.load("tiny", end="2030-04-10"), runs=2, by="document")
    other = emigre.run(
        emigre.load("tiny", end="2030-04-10", settings=CHANGES), runs=2, by="document"
    )
    return ChartReader(first), ChartReader(other)


@pytest.fixture(scope="module")
def found(readers):
    return pairs.of_runs(*readers)


def scales(spec):
    """Domains that are given, by channel, of all layers of a chart."""
    given = {}

    def walk(part):
        if isinstance(part, dict):
            for name, value in part.items():
                domain = value.get("scale") if isinstance(value, dict) else None
                if isinstance(domain, dict) and "domain" in domain:
                    given.setdefault(name, []).append(domain["domain"])
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(spec)
    return given, spec.get("projection")


def test_every_pair_has_the_same_panels_and_the_same_scales(found):
    assert len(found) > 8
    assert {"main", "map", "arrived", "departed-by-group"} <= {a.key for a, _ in found}
    for a, b in found:
        assert [p.title for p in a.panels] == [p.title for p in b.panels], a.key
        for one, other in zip(a.panels, b.panels, strict=True):
            mine, others = scales(one.draw()), scales(other.draw())
            assert mine == others, (a.key, one.title)
            channels = {"size"} if a.key == "map" else {"y"}
            channels = {"x"} if a.section == "groups" or _is_range(a) else channels
            assert channels <= set(mine[0]), (a.key, one.title)


def _is_range(figure):
    return figure.key in ("entries-in-all", "arrived", "present")


def test_ends_include_both_maxima(found, readers):
    for pair in found:
        for figure, other in (pair, pair[::-1]):
            if figure.key == "map":
                continue
            for panel in figure.panels:
                given, _ = scales(panel.draw())
                axis = "x" if _is_range(figure) or figure.section == "groups" else "y"
                low, high = given[axis][0]
                # A flow is drawn by the day, and its published figures stand in the table whole.
                of_table = figure.table.filter(figure.table["label"] == "simulated")
                if len(figure.panels) == 1:
                    assert low <= 0
                    assert high >= (of_table["q95"].max() or 0)
                    assert high >= (
                        other.table.filter(other.table["label"] == "simulated")["q95"].max() or 0
                    )


def test_rows_are_in_the_same_order(found):
    for a, b in found:
        if _is_range(a) or a.section == "groups":
            assert a.table["place"].to_list() == b.table["place"].to_list()


def test_maps_share_picture_places_sizes_and_the_first_day(readers):
    left, right = Atlas(readers[0]), Atlas(readers[1])
    pairs.share_scales(left, right)
    assert left.view == right.view
    assert left.crossings == right.crossings
    assert left.most == right.most
    largest = max(row["v"] for side in (left, right) for row in side.rows()["origins"])
    assert left.most["origins"] == largest
    assert left.busiest == right.busiest


def test_a_run_alone_is_drawn_as_before(readers):
    for figure in of_run(readers[0]):
        for panel in figure.panels:
            given, _ = scales(panel.draw())
            if figure.key != "map":
                assert not set(given) - {"y"} or figure.key == "main"
                assert all(domain == [0, 1] for domain in given.get("y", []))
