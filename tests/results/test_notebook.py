"""Notebook display is short, and text of a scenario cannot inject markup."""

import polars as pl

from emigre.results import notebook


def test_text_is_escaped_and_empty_values_are_left_out():
    shown = notebook.card("<b>", {"as of": "", "changes": "a & b"})
    assert "&lt;b&gt;" in shown
    assert "a &amp; b" in shown
    assert "as of" not in shown


def test_long_tables_are_cut():
    table = pl.DataFrame({"n": range(25), "x": [1234.5] * 24 + [None]})
    shown = notebook.card("t", {}, table)
    assert shown.count("<tr>") == 1 + notebook.MOST_ROWS
    assert "1,234" in shown
    assert "and 15 more rows" in shown
