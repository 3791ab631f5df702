"""Tables of the commands in a narrow terminal."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from emigre.cli import printing
from emigre.ensemble.progress import Bar

HEADS = ("quantity", "when", "observed", "median", "90 % interval", "source")
ROW = (
    *("Passages by all travellers, Land borders of the European Union", "15 – 21 Mar 2030"),
    *("5,000 (3,000 to 7,000)", "12,345", "110,000 to 170,000", "Invented (for teaching)"),
)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_word_of_a_table_is_cut(width):
    out = io.StringIO()
    console = Console(file=out, width=width)
    table = printing.new_table("Title", HEADS, left=2, widths=(12, 8))
    table.add_column("sign")
    table.add_row(*ROW, "up in 2 of 2")
    printing.print_table(console, table)
    printed = out.getvalue()
    assert max(map(len, printed.splitlines())) <= max(width, 80)
    for cell in (*HEADS, *ROW):
        assert set(cell.split()) <= set(printed.split())


def test_names_are_no_markup(capsys):
    console, names = printing.new_console(), ("Hill [north]", "[/red] Bridge", ":warning: [bold]x")
    table = printing.new_table("Flight [draft] [/b]", names)
    table.add_row(*names)
    printing.print_table(console, table)
    printing.say_where(console, "Results:", Path("runs [old]"))
    said = capsys.readouterr().out
    for text in (*names, "Flight [draft] [/b]", "Results: runs [old]"):
        assert text in said, text


def test_less_important_columns_need_room():
    heads, less = ("n", "WIS", "MAE"), ("WIS",)
    assert printing.fitting(Console(width=80), heads, less) == [0, 2]
    assert printing.fitting(Console(width=160), heads, less) == [0, 1, 2]


def test_hidden_columns_are_named(capsys):
    console, heads = printing.new_console(), ("n", "WIS", "MAE")
    printing.say_hidden(console, heads, [0, 1, 2])
    assert not capsys.readouterr().out
    printing.say_hidden(console, heads, [0])
    assert capsys.readouterr().out == "A wider terminal also shows WIS, MAE.\n"


def test_a_pipe_is_as_wide_as_columns_says(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert printing.new_console().width == 160
    monkeypatch.setenv("COLUMNS", "72")
    assert printing.new_console().width == 72


def test_progress_without_a_terminal_repeats_no_line(capsys, monkeypatch):
    monkeypatch.setenv("EMIGRE_PROGRESS_SECONDS", "0")
    with Bar() as bar:
        bar.stage("preparing")
        for done in (0, 1, 1, 500, 501, 1000, 1000):
            bar._said = 0.0  # as if the interval between lines were over
            bar.days(done, 1000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "preparing"
    assert lines[-1] == "simulating 100 %"
    assert len(set(lines)) == len(lines)


def test_names_give_way_before_numbers():
    out = io.StringIO()
    table = printing.new_table(None, ("quantity", "interval"))
    table.add_row("Passages by all travellers", "200 to 300")
    table.add_row("", "1,000 to 2,000")
    printing.print_table(Console(file=out, width=34), table)
    assert "1,000 to 2,000" in out.getvalue()
