"""Names of alternatives, and their table of effects, without simulation."""

import gc
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import emigre
from emigre.cli.compare import _effects
from emigre.cli.printing import new_console
from emigre.comparison.alternative import _free, is_name
from emigre.comparison.effects import write_totals
from emigre.comparison.folder import TOTALS, Comparison
from emigre.comparison.key_effects import main_effects
from emigre.errors import InputError
from emigre.results import record

DAYS = {"start": "2030-03-01", "end": "2030-03-10"}


def test_names_of_other_settings_are_others():
    texts = [
        "places.МОСКВА.population=4",
        "places.КАЗАНЬ.population=4",
        "places.京.population=4",
        "a=1",
        "A=1",
        "x-y=1",
        "x=y-1",
        "diaspora.GE/RU.persons=5",
        "diaspora.GE-RU.persons=5",
        "rules.r.note=***",
        "rules.r.note=???",
        "=",
        "..",
        "places." + "ю" * 300 + ".population=1",
        "places." + "ю" * 301 + ".population=1",
        "baseline",
        "totals.csv",
        "PURPOSE.txt",
    ]
    names: list[str] = []
    for text in texts:
        names.append(_free(text, names))
    assert len({name.casefold() for name in names}) == len(texts)
    assert all(is_name(name) for name in names), names
    assert names[:2] == ["places.МОСКВА.population-4", "places.КАЗАНЬ.population-4"]


def test_two_settings_are_two_worlds(tmp_path):
    cells = ["rules.nordal_closes.note=***", "rules.nordal_closes.note=???"]
    _, worlds = emigre.alternatives("tiny", settings=["patience_days=5", *cells], **DAYS)
    assert len(worlds) == 3
    assert next(iter(worlds)) == "patience_days-5"
    for wrong in (
        {"settings": cells[:1] * 2},
        {"settings": ["patience_days=5", "patience_days = 5.0"]},
        {"shifts": ["nordal_closes=+7d", " nordal_closes = +07d"]},
        {"variants": ["wider-pass", "wider-pass"]},
    ):
        with pytest.raises(InputError, match="each alternative only once"):
            emigre.alternatives("tiny", **wrong, **DAYS)


def test_a_missing_alternative_is_reported_in_terms_of_python():
    with pytest.raises(InputError, match="variants, without, settings, shifts: found no alternat"):
        emigre.alternatives("tiny")


def test_a_comparison_leaves_nothing_behind(stand_in_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compared = emigre.compare(*emigre.alternatives("tiny", settings={"patience_days": 5}, **DAYS))
    assert "patience_days = 5" in compared._repr_html_()
    home, baseline = compared.folder.parent, compared.alternative("patience_days-5")
    del compared
    gc.collect()
    assert baseline.daily.height
    del baseline
    gc.collect()
    assert not home.exists()
    assert list(tmp_path.iterdir()) == []


def test_days_of_a_shift_are_plain_digits():
    with pytest.raises(InputError, match="shifts: found"):
        emigre.alternatives("tiny", shifts="nordal_closes=+٧d", **DAYS)


@pytest.mark.parametrize("days", ["+1d", "-2d", "+60d"])
@pytest.mark.parametrize(
    ("row", "as_of"),
    [("rules.pass_taxis_dear", "2030-03-20"), ("pressures.call_up_men", "2030-03-20")],
)
def test_a_shift_reveals_no_end_that_was_not_known(row, as_of, days):
    table, name = row.split(".")
    end = {"rules": "effective_to", "pressures": "ends"}[table]

    def ends(**of_days):
        base, worlds = emigre.alternatives("tiny", shifts=f"{name}={days}", **of_days)
        chosen = (s.tables[table].filter(pl.col("id") == name) for s in (base, *worlds.values()))
        return [frame[end][0] for frame in chosen]

    assert ends(as_of=as_of) == [None, None]
    before, after = ends()
    assert (after - before).days == int(days[:-1])


def test_a_shift_of_a_row_that_was_not_known_moves_its_end_too():
    _, worlds = emigre.alternatives("tiny", shifts="call_up_men=+7d", as_of="2030-03-05")
    rows = worlds["call_up_men-+7d"].tables["pressures"].filter(pl.col("id") == "call_up_men")
    assert rows.select("onset", "ends").row(0) == (date(2030, 3, 22), date(2030, 5, 8))


def written_totals(folder, row):
    """A table of one row, whose place is all there is."""
    frame = pl.DataFrame([row], schema=TOTALS, orient="row")
    write_totals(frame, folder / "totals.csv", 10, lambda _: {"A": np.array([0])})


def test_small_effects_keep_their_sign_in_file_and_table(tmp_path, monkeypatch):
    row = dict.fromkeys(TOTALS) | {
        "alternative": "a",
        "measure": "departed",
        "place": "*",
        "place_name": "everywhere",
        "place_kind": "everywhere",
        "what": "sum of the days",
        "from": date(2030, 3, 1),
        "to": date(2030, 4, 1),
        "baseline": 40.0,
        "alternative_value": 38.0,
        "mean": -2.0,
        "q05": -6.0,
        "q25": -3.0,
        "q50": -2.0,
        "q75": -1.0,
        "q95": 3.0,
        "standard_error": 1.0,
        "runs": 20,
        "runs_up": 4,
        "runs_down": 15,
    }
    written_totals(tmp_path, row)
    monkeypatch.setattr(record, "read", lambda *_: SimpleNamespace(small_count=10))
    comparison = Comparison(tmp_path)
    for name in (5, "effects", "../totals.csv"):
        with pytest.raises(InputError, match=r"name: found .*, expected one of totals\.csv, "):
            comparison.written(name)
    assert comparison.written("totals.csv")["measure"].to_list() == ["departed"]
    [line] = main_effects(comparison, "a")
    assert (line.effect, line.interval) == (">-10", ">-10 to <10")
    assert (line.baseline, line.value, line.sign) == ("40", "–", "down in 15 of 20")
    assert comparison.totals["mean"].to_list() == [None]


@pytest.mark.parametrize(
    ("baseline", "value", "shown"),
    [
        (7.0, 1000.0, ("<10", None, "993")),
        (1000.0, 7.0, (None, "<10", "-993")),
        (1000.0, 1007.0, ("1000", None, "<10")),
        (0.0, 7.0, ("0", "<10", "<10")),
        (0.0, 1000.0, ("0", "1000", "1000")),
        (100.0, 1000.0, ("100", "1000", "900")),
        (3.0, 7.0, ("<10", "<10", "<10")),
    ],
)
def test_no_withheld_number_follows_from_the_others(tmp_path, baseline, value, shown):
    row = dict.fromkeys(TOTALS) | {"measure": "departed", "baseline": baseline}
    row |= {"alternative_value": value, "mean": value - baseline}
    written_totals(tmp_path, row)
    written = pl.read_csv(tmp_path / "totals.csv", infer_schema=False).row(0, named=True)
    assert tuple(written[n] for n in ("baseline", "alternative_value", "mean")) == shown


def test_a_comparison_without_emigrants_prints_no_empty_table(monkeypatch, capsys):
    monkeypatch.setattr("emigre.comparison.key_effects.main_effects", lambda *_: [])
    days = date(2030, 3, 1), date(2030, 4, 1)
    comparison = SimpleNamespace(info=SimpleNamespace(period=days, runs=2))
    _effects(new_console(), comparison, "a", "A wider pass")
    said = (
        "A wider pass: no emigrants with it or without, 1 – 31 Mar 2030; totals.csv has the rest."
    )
    assert capsys.readouterr().out == f"{said}\n"
