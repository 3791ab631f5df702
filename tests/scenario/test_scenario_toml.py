"""TOML files are bounded before they are parsed, and every key keeps its line."""

import tomllib

import pytest

from emigre.errors import InputError
from emigre.scenario import toml
from emigre.scenario.patch import read_patch
from emigre.scenario.toml import key_lines, read_toml

DEEP = ".".join(["a"] * 3_000)
"""The parser needs memory quadratic in the depth: enough to measure, too little to do harm."""


def mistakes_in(tmp_path, text, read=read_toml):
    path = tmp_path / "v.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read(path, "v.toml")
    return [str(m) for m in refused.value.mistakes]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{DEEP} = 1\n", 1),
        (f"title = 'x'\n[{DEEP}]\n", 2),
        (f"title = 'x'\n\n[[{DEEP}]]\n", 3),
        (f"[set]\nx = {{ {DEEP} = 1 }}\n", 2),
        (" . ".join(["a"] * 20) + " = 1\n", 1),
        (".".join(['"a b"'] * 20) + " = 1\n", 1),
        (".".join(["'a'"] * 20) + " = 1\n", 1),
        ("x = 1\n" + "k" * 1_001 + " = 1\n", 2),
        ('x = 1\n"' + "k " * 501 + '" = 1\n', 2),
        (".".join(["k" * 101] * 10) + " = 1\n", 1),
        ("# \"\nt = '''\n\"\"\"'''\n" + f"{DEEP} = 1\n", 4),
    ],
)
@pytest.mark.parametrize("read", [read_toml, read_patch])
def test_long_and_deep_keys_are_refused_with_their_line(tmp_path, text, line, read):
    (words,) = mistakes_in(tmp_path, text, read)
    assert words.startswith(f"v.toml:{line}: found ")
    assert words.endswith("expected a key of at most 16 names and 1000 characters")
    assert len(words) < 200


@pytest.mark.parametrize(
    "text",
    [
        f'note = "{DEEP}"',
        f'note = "a \\" {DEEP}"',
        f"note = '{DEEP}'",
        f'note = """\n{DEEP} = 1\n"" {DEEP}"""',
        f"note = '''\n{DEEP} = 1\n'''",
        f"# {DEEP} = 1",
        "x = [1.5, 2.5, 3.5]\nday = 2030-03-01T12:00:00.250Z",
        ".".join(["a"] * 16) + " = 1",
    ],
)
def test_values_may_be_longer_than_keys(tmp_path, text):
    path = tmp_path / "v.toml"
    path.write_text(text, encoding="utf-8")
    source = read_toml(path, "v.toml")
    assert source.content == tomllib.loads(text)
    assert source.mistakes == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 'x'\nrun.seed = " + "9" * 5_000, "v.toml:2: .*a number of too many digits"),
        ("a = " + "[" * 5_000 + "]" * 5_000, "v.toml: .*nested too deeply"),
        ("a = 1\na = 2", r"v.toml:2: .*\(Cannot overwrite a value\)"),
    ],
)
def test_invalid_toml_is_described_without_words_of_the_parser(tmp_path, text, said):
    (tmp_path / "v.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        read_toml(tmp_path / "v.toml", "v.toml")


def test_a_file_has_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(toml, "LARGEST_TEXT", 100)
    mistakes = mistakes_in(tmp_path, "x = 1 #" + "x" * 100)
    assert mistakes == ["v.toml: found 107 characters, expected a file of at most 100 characters"]


def test_values_of_cells_are_plain(tmp_path):
    text = 'title = "T"\n[set]\npatience_days = [[1], [2]]\n"rules.a.value" = {b = 1}\n'
    text += '[[add.rules]]\nid = "x"\ndocument = [["a"]]\nwho = ["a", "b"]\n'
    assert mistakes_in(tmp_path, text, read_patch) == [
        "v.toml:3 key set.patience_days: found a list, expected one value, or a list of values",
        "v.toml:4 key set.rules.a.value: found a table, expected one value, or a list of values",
        "v.toml:7 key add.rules[1].document: found a list, expected one value, or a list of values",
    ]


def test_lines_of_keys():
    text = "a=1\n" + " " * 100_000 + '\nb   = 2\n"c d" = 3\n\'e\'=4\n x.y . z = 5\n[t."u"]\nk=6\n'
    lines = key_lines(text)
    expected = {"a": 1, "b": 3, "c d": 4, "e": 5, "x.y.z": 6, "t.u": 7, "t.u.k": 8}
    assert expected.items() <= lines.items()
