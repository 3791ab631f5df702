"""Search among the sources, and the number of hits."""

import re
from urllib.parse import urlencode

import pytest

from emigre.scenario.loader import load
from emigre.web.evidence import MOST_ROWS, Evidence, Search, page


@pytest.fixture(scope="module")
def evidence():
    return Evidence.of(load("russia-2022"))


def rows(found):
    return [(s.id, row.table, row) for s in found.sources for row in s.rows]


def test_all_rows_that_name_a_source_are_there(evidence):
    tables = load("russia-2022").tables
    with_source = {t: f for t, f in tables.items() if "source" in f.columns and t != "sources"}
    assert evidence.tables == {t: f.height for t, f in sorted(with_source.items()) if f.height}
    assert len(evidence.rows) == sum(f.height for f in with_source.values())
    assert len(evidence.sources) == tables["sources"].height


@pytest.mark.parametrize("label", ["estimate", "official", "reported", "cited"])
def test_by_label(evidence, label):
    found = evidence.matching(Search(label=label))
    wanted = {"official", "reported"} if label == "cited" else {label}
    assert {row.label for _, _, row in rows(found)} == wanted
    assert len(found.rows) == sum(n for name, n in evidence.labels.items() if name in wanted)


def test_by_table(evidence):
    found = evidence.matching(Search(table="traffic"))
    assert found.tables == {"traffic": evidence.tables["traffic"]}


def test_all_words_must_be_there_in_source_or_row(evidence):
    whole = rows(evidence)
    texts = {s.id: f"{s.id} {s.title} {s.publisher} {s.address} {s.note}" for s in evidence.sources}
    for words in ("finland", "frontex", "Vaalimaa traffic", "estimate: share", "visa FI ban"):
        found = {(s, t, r.key) for s, t, r in rows(evidence.matching(Search(words)))}
        expected = {
            (s, t, r.key)
            for s, t, r in whole
            if all(
                word in f"{texts[s]} {r.key} {r.values} {r.note}".lower()
                or word in f"{r.key} {r.values} {r.note}".lower().replace("_", " ")
                for word in words.lower().split()
            )
        }
        assert found == expected, words
    assert rows(evidence.matching(Search("finland")))


def test_a_source_is_located_by_its_name_alone(evidence):
    one = evidence.sources[-1]
    found = evidence.matching(Search(one.title))
    assert one.id in {s.id for s in found.sources}
    mine = next(s for s in found.sources if s.id == one.id)
    assert len(mine.rows) == len(one.rows)


def test_nothing_and_mistakes_are_reported(evidence):
    assert evidence.matching(Search("no such words at all")).sources == ()
    wrong = page(evidence, Search(table="tabel", label="true"))["wrong"]
    assert 'found "tabel", expected a table' in wrong["table"]
    assert "expected estimate, cited, official, reported" in wrong["label"]


def test_long_questions_are_cut():
    search = Search.read({"q": "a " * 5000, "table": " rules "})
    assert len(search.words) <= 12
    assert search.table == "rules"


@pytest.mark.slow
def test_the_page_keeps_the_question_in_its_address(visitor):
    query = {"q": "Nordal", "table": "rules", "label": "estimate"}
    text = visitor.get(f"/scenarios/tiny/evidence?{urlencode(query)}").text
    assert 'name="q" value="Nordal"' in text
    assert re.search(r'<option value="rules" selected>rules \(\d+\)', text)
    assert '<option value="estimate" selected>' in text
    hits = re.search(r'role="status">(\d+) rows? of (\d+), from 1 of 1 source', text)
    assert 0 < int(hits[1]) < int(hits[2])
    assert text.count('<td class="key">') == min(int(hits[1]), MOST_ROWS)
    whole = visitor.get("/scenarios/tiny/evidence").text
    assert f'role="status">{hits[2]} rows from 1 source.' in whole
    nasty = visitor.get('/scenarios/tiny/evidence?q="><script>alert(1)</script>&table=<b>')
    assert nasty.status_code == 422
    assert "<script>alert" not in nasty.text
    assert "No rows match" in nasty.text
