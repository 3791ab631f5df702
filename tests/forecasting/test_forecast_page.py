"""The page of a forecast: withheld numbers, and downloads rounded like the page."""

from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from emigre.forecasting import answers, page
from emigre.forecasting.folder import Forecast, SeriesInfo, is_wide_row, row_texts
from emigre.results.tables import QUANTILES

DAY = date(2030, 3, 24)
SERIES = SeriesInfo(measure="passages", place="BRIDGE", figures=3, last=DAY)


def made(*quantiles):
    """A forecast of one series, a day for each tuple of quantiles."""
    days = [DAY + timedelta(days=i) for i in range(len(quantiles))]
    table = pl.DataFrame(quantiles, schema=dict.fromkeys(QUANTILES, pl.Float64), orient="row")
    table = table.select(
        measure=pl.lit("passages"), place=pl.lit("BRIDGE"), place_name=pl.lit("River Bridge"),
        span=pl.lit("day"), **{"from": pl.Series(days)},
        to=pl.Series(days).dt.offset_by("1d"), forecaster=pl.lit("emigre"),
        **{name: pl.col(name) for name in QUANTILES},
    )  # fmt: skip
    info = SimpleNamespace(places={}, small_count=10, as_of=DAY - timedelta(days=1), end=days[-1])
    return SimpleNamespace(info=info, table=table, lines=list)


def test_withheld_numbers_are_shown_with_their_bound():
    counts = pl.DataFrame(schema={"from": pl.Date, "to": pl.Date, "use": pl.String})
    reader = SimpleNamespace(published=lambda *_: counts)
    figure = page._figure(made((50, 80, 120.6, 150, 200), (0, 0, 0, None, None)), reader, SERIES)
    assert figure.panels[0].says.startswith(
        "Forecast, persons a day: 120 (50 to 200) on 24 Mar 2030; 0 (0 to <10) on 25 Mar 2030."
    )


def test_the_download_has_the_digits_of_the_page():
    rows = page._table(made((50.3, 80, 120.6, 150, 200.7), (0, 0, 0, None, None))).csv.splitlines()
    assert rows[1].endswith(",50,80,120,150,200,")
    assert rows[2].endswith(",0,0,0,,,below 10: q75 q95")


def test_wide_intervals_are_no_plan():
    row = {"measure": "departed", "q05": 100.0, "q25": 230.0, "q50": 400.0, "q75": 610.0}
    assert not is_wide_row(row | {"q95": 940.0})
    assert is_wide_row(row | {"q95": 1000.0})
    withheld = {"measure": "departed", "q05": None, "q25": None, "q50": 40.0, "q75": 61.0}
    withheld["q95"] = 100.0  # at least ten times as many
    assert is_wide_row(withheld)
    info = SimpleNamespace(small_count=0, figures=0, series=[])
    said = answers.Answers(SimpleNamespace(info=info), {})
    assert said._amount(row | {"q95": 940.0}) == "400 (100 to 940)"
    assert said._amount(row | {"q95": 1e4}) == "100 to 10,000"
    (shown,) = said._answer_rows([row | {"q95": 1e4, "place": "P", "place_name": "Hill Pass"}])
    wide = row | {"q95": 1e4, "place": "P", "place_name": "Pass"}
    (narrower,) = said._narrower([wide, wide | {"q95": 940.0, "place_name": "Bridge"}])
    assert "Pass" in narrower
    assert "Bridge" not in narrower
    more = "an even chance of more than 400, 1 chance in 4 of more than 600"
    assert shown.note == f"90 % interval; {more}."
    assert answers.chances(withheld, 10) == more.replace("400", "40").replace("600", "60")
    few = withheld | {"q50": 0.0}
    assert answers.chances(few, 10) == "1 chance in 4 of more than 60"
    assert answers.chances(few | {"q75": None}, 10) == "most likely 0"
    days = {"place": "*", "place_name": "all places", "from": DAY, "to": DAY + timedelta(days=1)}
    texts = [Forecast._texts(SimpleNamespace(info=info), row | days | {"q95": high}, 90.0)
             for high in (940.0, 1e4)]  # fmt: skip
    (rounded,) = {
        Forecast._texts(SimpleNamespace(info=info), row | days | {"q95": 940.0}, last)[-1]
        for last in (94.2857142857, 93.6)
    }
    assert rounded == "90"  # as exact as the interval
    assert [line[2:] for line in texts] == [
        ("400", "230 to 610", "100 to 940", "90"),
        ("–", "230 to 610", "100 to 10,000", "90"),
    ]


@pytest.mark.parametrize(("origins", "at_home"), [("AA", ["WEST"]), ("AB", [])])
def test_places_inside_the_country_are_distinguished_from_those_abroad(origins, at_home):
    places = pl.DataFrame(
        {
            "id": ["O1", "O2", "WEST", "B", "CAMP"],
            "kind": ["origin", "origin", "camp", "country", "camp"],
            "country": [*origins, "A", None, "C"],
        }
    )
    reception = pl.DataFrame(
        {
            "measure": ["arrived"] * 4,
            "place": ["*", "WEST", "B", "CAMP"],
            "days": [14] * 4,
            "q50": [70.0, 40.0, 20.0, 10.0],
        }
    )
    said = answers.Answers(SimpleNamespace(reception=reception), {"places": places})
    assert said._largest("arrived", 2, at_home=True) == [("arrived", p) for p in at_home]
    abroad = [p for p in ("WEST", "B", "CAMP") if p not in at_home][:2]
    assert said._largest("arrived", 2) == [("arrived", p) for p in abroad]


@pytest.mark.parametrize(("low", "high"), [(26021.6, 2712734.9), (95.0, 999.4), (14.9, 151.0)])
def test_the_factor_of_an_interval_is_that_of_its_ends_as_shown(low, high):
    row = {"measure": "departed", "q05": low, "q50": (low * high) ** 0.5, "q95": high}
    first, _, last = (int(text.replace(",", "")) for text in row_texts(row, 0))
    assert is_wide_row(row) == (last >= 10 * first)
