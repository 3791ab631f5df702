"""Forms of forecast, hindcast, fit, sensitivity and explain, and how the desk lists results."""

import json
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest

from emigre.web import scenario_cache, study_forms
from emigre.web.workspace import Workspace, summary_of

NOW = datetime(2030, 4, 1, tzinfo=UTC)
SURE = {
    "world_1": "wider-pass", "chance_1": ".6", "world_3": "nordal-stays-open", "chance_3": ".3",
}  # fmt: skip


def filled(workspace, kind, **given):
    loaded = scenario_cache.read(workspace, "tiny")
    named = {name.replace("_", "-"): value for name, value in given.items()}
    return loaded, study_forms.form(kind, loaded, workspace, named, is_sent=True)


@pytest.mark.parametrize(
    ("kind", "given", "command"),
    [
        (
            "forecast",
            {
                "as_of": "2030-04-01",
                "horizon": "2w",
                "world_2": "nordal-stays-open",
                "chance_2": ".3",
            },
            "forecast tiny --as-of 2030-04-01 --horizon 2w --world nordal-stays-open=.3",
        ),
        (
            "hindcast",
            {"from": "2030-03-20", "to": "2030-04-01", "variant": "wider-pass"},
            "hindcast tiny --from 2030-03-20 --to 2030-04-01 --variant wider-pass",
        ),
        ("fit", {"size": "50", "seed": "3"}, "fit tiny --size 50 --seed 3"),
        ("sensitivity", {"measure": "arrived", "place": "*"}, None),
        (
            "explain",
            {"a": "tiny", "b": "tiny:wider-pass", "measure": "arrived"},
            "explain tiny tiny:wider-pass --measure arrived",
        ),
    ],
)
def test_a_form_becomes_a_command(tmp_path, kind, given, command):
    workspace = Workspace(tmp_path)
    loaded, fields = filled(workspace, kind, **given)
    job = study_forms.job(kind, loaded, workspace, fields, set())
    said = " ".join(job.args).partition(" --out ")
    assert said[0] == (command or "sensitivity tiny --measure arrived --place *")
    assert said[2].startswith(str(tmp_path / f"tiny-{kind}-001"))
    assert job.back.startswith(f"/scenarios/tiny/study/{kind}?")


@pytest.mark.parametrize(
    ("kind", "given", "field", "expected"),
    [
        ("forecast", {"as_of": "soon"}, "as-of", "a date YYYY-MM-DD"),
        ("forecast", {"as_of": "2029-01-01"}, "as-of", "a date from 2030-03-01 to 2030-05-30"),
        ("forecast", {"as_of": "2030-05-31"}, "as-of", "a date from 2030-03-01 to 2030-05-30"),
        ("forecast", {"horizon": "30"}, "horizon", "days or weeks"),
        ("forecast", {"world_1": "wider-pass"}, "chance-1", "the probability of this world"),
        ("forecast", {"world_1": "wider-pass", "chance_1": "2"}, "chance-1", "between 0 and 1"),
        ("forecast", {"chance_2": ".5"}, "world-2", "the decision that has this probability"),
        ("forecast", SURE | {"chance_3": ".6"}, "chance-3", "at most 1 in all"),
        ("forecast", SURE | {"world_3": "wider-pass"}, "world-3", "every decision once"),
        ("forecast", SURE | {"variant": SURE["world_1"]}, "world-1", "other than the one to start"),
        ("forecast", {"variant": "../../etc"}, "variant", "one of the choices"),
        ("hindcast", {"to": "2030-04-01"}, "from", "expected a value"),
        ("hindcast", {"from": "2030-04-02", "to": "2030-04-01"}, "to", "on or after 2030-04-02"),
        ("fit", {"size": "0"}, "size", "a whole number from 1"),
        ("fit", {"end": "2030-06-01"}, "end", "a date from 2030-03-01 to 2030-05-31"),
        ("sensitivity", {"from": "2030-04-01", "to": "2030-04-01"}, "to", "on or after 2030-04-02"),
        ("explain", {"from": "2030-04-02", "to": "2030-04-02"}, "to", "on or after 2030-04-03"),
        ("sensitivity", {"measure": "--out"}, "measure", "one of the choices"),
        ("explain", {"a": "/etc", "b": "tiny", "measure": "arrived"}, "a", "one of the choices"),
    ],
)
def test_a_mistake_is_shown_next_to_its_field(visitor, kind, given, field, expected):
    given = {name.replace("_", "-"): value for name, value in given.items()}
    answer = visitor.post(f"/scenarios/tiny/study/{kind}", given)
    assert answer.status_code == 422
    said = unescape(answer.text.partition(f'id="wrong-{field}"')[2].partition("</span>")[0])
    assert expected in said


def test_forms_are_filled_by_the_address_and_need_the_key(visitor):
    page = visitor.get("/scenarios/tiny/study/forecast?horizon=2w").text
    assert 'name="horizon" value="2w"' in page
    assert visitor.get("/scenarios/tiny/study/nothing").status_code == 404
    answer = visitor.client.post("/scenarios/tiny/study/fit", data={"key": "wrong"})
    assert answer.status_code == 403


@pytest.mark.slow
def test_a_forecast_is_made_shown_renamed_and_deleted(visitor_at_once, runs):
    visitor = visitor_at_once
    given = {"as-of": "2030-04-01", "horizon": "7d", "runs": "4", "scale": "100"}
    job = visitor.post("/scenarios/tiny/study/forecast", given).headers["location"]
    assert visitor.wait(job) == "done"
    address = visitor.get(job).headers["location"]
    page = visitor.get(address).text
    assert "given what was known on 1 Apr 2030" in page
    assert "emigre forecast tiny --as-of 2030-04-01 --horizon 7d" in page
    assert "horizon=7d" in page  # back to the form, filled in
    name = address.removeprefix("/results/")
    visitor.post(f"/label/{name}", {"title": "For Tuesday"})
    assert "For Tuesday</bdi>: Forecast" in visitor.get("/").text
    assert visitor.get(f"/evidence/{name}").status_code == 200
    assert "known on 1 Apr" in visitor.get(f"/report/{name}").text
    assert visitor.post(f"/delete/{name}", {"sure": "yes"}).status_code == 303
    assert not (runs / name).exists()


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    return folder


def test_days_of_a_sensitivity_study_end_on_their_last(home):
    content = {"title": "T", "scenario": "tiny", "start": "2030-03-01", "end": "2030-03-09"}
    content |= {"measure": "arrived", "place": "*", "place_name": "everywhere", "runs": 2}
    content |= {"scale": 1, "seed": 1, "finished": NOW.isoformat()}
    (home / "sensitivity.json").write_text(json.dumps(content), encoding="utf-8")
    assert summary_of(home, "study").days == (date(2030, 3, 1), date(2030, 3, 8))


def test_a_forecast_is_listed_with_the_days_of_its_page(home):
    content = {"title": "T", "scenario": "tiny", "as_of": "2030-03-23", "end": "2030-04-06"}
    content |= {"worlds": ["baseline"], "runs": 6, "scale": 1, "seed": 1}
    (home / "forecast.json").write_text(json.dumps(content), encoding="utf-8")
    card = summary_of(home, "study")
    assert card.days == (date(2030, 3, 24), date(2030, 4, 6))
    assert card.as_of == date(2030, 3, 23)


def test_a_damaged_study_is_not_listed(home):
    (home / "forecast.json").write_text(json.dumps({"title": "T"}), encoding="utf-8")
    assert summary_of(home, "study") is None
    assert not re.search("T", str(Workspace(home.parent).results()))
