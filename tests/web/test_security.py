"""Each attack is refused, with an answer that reveals no more than necessary."""

import re

import pytest
from desk_visitor import served
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from emigre.errors import InputError, ResultsError
from emigre.web import open_desk, security
from emigre.web.security import MOST_BYTES
from emigre.web.terms import Terms
from emigre.web.workspace import Workspace

FOREIGN = [
    "evil.example:PORT",
    "127.0.0.1.evil.example:PORT",
    "127.0.0.1:1",
    "x@127.0.0.1:PORT",
    "",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_is_not_the_desks_is_refused(visitor, host):
    answer = visitor.get("/", headers={"host": host.replace("PORT", str(visitor.port))})
    assert answer.status_code == 421
    assert "Scenarios" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_the_names_of_this_machine_are_taken(visitor, host):
    named = {"host": f"{host}:{visitor.port}"}
    assert visitor.get("/", headers=named).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://HOST"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_another_site_cannot_change_anything(visitor, headers):
    data = {"state": "off=rules.nordal_closes", "action": "keep"}
    headers = {name: value.replace("HOST", visitor.host) for name, value in headers.items()}
    assert visitor.post("/scenarios/tiny", data, headers=headers).status_code == 403


def test_a_form_without_the_key_of_this_desk_is_refused(visitor):
    for key in ("", "wrong", "é"):
        answer = visitor.post("/scenarios/tiny", {"key": key, "action": "run"})
        assert answer.status_code == 403
    for path in ("/scenarios/tiny/upload", "/jobs/x/stop", "/jobs/x/resume"):
        assert visitor.client.post(path).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(visitor, method):
    assert visitor.client.request(method, "/").status_code == 405


def test_requests_that_are_too_large_are_refused(visitor):
    large = b"x" * (MOST_BYTES + 1)
    answer = visitor.client.post("/scenarios/tiny", content=large)
    assert answer.status_code == 413
    assert "at most 2 MB" in answer.text
    assert "Back to the home page" in answer.text

    def pieces():
        for _ in range(30):
            yield b"x" * 100_000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = visitor.client.post("/scenarios/tiny", content=pieces(), headers=kind)
    assert answer.status_code in (400, 413)


def test_every_response_has_a_restrictive_policy(visitor):
    answers = [visitor.get(path) for path in ("/", "/nowhere", "/static/desk.js")]
    answers.append(visitor.get("/", headers={"host": "evil.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_no_page_has_script_or_style_in_it(visitor):
    for path in ("/", "/scenarios/tiny", "/scenarios/tiny/evidence"):
        text = visitor.get(path).text
        scripts = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
        assert scripts == []
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)


@pytest.fixture
def outside(runs):
    with served(Workspace(runs), "0.0.0.0", "secret-token") as visitor:
        yield visitor.client


def test_beyond_this_machine_the_token_is_needed(outside):
    assert outside.get("/").status_code == 403
    assert outside.get("/?token=wrong").status_code == 403
    assert outside.get("/static/desk.css").status_code == 403
    assert outside.post("/scenarios/tiny?token=secret-token").status_code == 403
    answer = outside.get("/scenarios/tiny?token=secret-token&off=rules.nordal_closes")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/scenarios/tiny?off=rules.nordal_closes"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert outside.get("/").status_code == 200


def test_the_token_leads_to_no_other_machine(outside):
    answer = outside.get(f"{outside.base_url}/evil.example/?token=secret-token")
    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith("//")


def test_beyond_this_machine_strange_names_are_refused(outside):
    strange = {"host": f"evil.example:{outside.base_url.port}"}
    assert outside.get("/", headers=strange).status_code == 421


def test_headers_given_twice_are_refused():
    headers = Headers(raw=[(b"host", b"127.0.0.1:8017"), (b"host", b"evil.example")])
    with pytest.raises(HTTPException):
        security.check_headers(headers)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False)],
)
def test_addresses_of_this_machine(host, is_ours):
    assert Terms(host, 1).is_local is is_ours


def test_a_token_is_the_default_also_on_this_machine(tmp_path):
    desk = open_desk(None, host="127.0.0.1", port=0, runs=tmp_path / "runs", minutes=1.0)
    desk.socket.close()
    assert len(desk.terms.token) > 20
    assert desk.address.endswith(f"/?token={desk.terms.token}")


def test_a_folder_of_runs_is_open_in_one_desk(tmp_path):
    def opened():
        return open_desk(None, host="127.0.0.1", port=0, runs=tmp_path / "runs", minutes=1.0)

    desk = opened()
    with pytest.raises(ResultsError, match=rf"open in another desk \(port {desk.terms.port}\)"):
        opened()
    desk.socket.close()
    desk.lock.release()
    opened().socket.close()


@pytest.mark.parametrize("address", [{"port": 65_536}, {"port": -1}, {"host": ""}])
def test_an_invalid_address(address, tmp_path):
    with pytest.raises(InputError, match="1 mistake"):
        open_desk(
            None, **{"host": "127.0.0.1", "port": 0} | address, runs=tmp_path / "runs", minutes=1.0
        )
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_does_not_exist_is_no_scenario(tmp_path):
    with pytest.raises(InputError, match="an existing folder of runs"):
        open_desk(str(tmp_path / "no"), host="127.0.0.1", port=0, runs=tmp_path, minutes=1.0)


def test_a_desk_without_a_token_is_for_this_machine_only(tmp_path):
    def opened(host):
        return open_desk(
            None, host=host, port=0, runs=tmp_path / "runs", minutes=1.0, with_token=False
        )

    desk = opened("127.0.0.1")
    desk.socket.close()
    assert desk.terms.token == ""
    with pytest.raises(InputError, match="this machine only"):
        opened("0.0.0.0")
