"""The desk in a real browser: first visit, keyboard, phone, two users, kills, no JavaScript."""

import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from desk_visitor import AtOnce, end, held, interrupt_stopped, start, stop_amid_work

import emigre
from accessible import drawn, drawn_near, fits, grave_violations, leads_on, map_drawn, unfold
from emigre.comparison.folder import Comparison
from emigre.scenario.loader import load_resolved
from emigre.web import subprocesses

pytestmark = pytest.mark.slow

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHORT = "?end=2030-04-10&runs=2"
EXPLAINED = (
    "what,change,part,q05,q50,q95,share,runs,measure,place,from,to,seed,scale,detail\n"
    "all together,a → b,12,10,12,14,1,2,arrived,*,2030-03-01,2030-03-09,1,10,\n"
)


class Seat:
    """A user of the desk; console messages of the browser are recorded."""

    def __init__(self, browser: Any, host: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=f"http://{host}", **options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", lambda r: self._note(r.url, host))

    def _note(self, url: str, host: str) -> None:
        if not url.startswith((f"http://{host}/", "data:", "blob:")):
            self.foreign.append(url)

    def drawn(self) -> Any:
        drawn(self.page)
        return self.page


@pytest.fixture
def sit(browser, visitor) -> Iterator[Any]:
    seats: list[Seat] = []

    def sit_down(size: dict[str, int] = DESKTOP, **options: Any) -> Seat:
        seats.append(Seat(browser, visitor.host, viewport=size, **options))
        return seats[-1]

    yield sit_down
    for seat in seats:
        seat.context.close()
        assert seat.complaints == []
        assert seat.foreign == []


@pytest.fixture(scope="module")
def looked(visitor) -> str:
    """The address of a quick look."""
    job = visitor.ask("off=rules.nordal_closes&end=2030-04-10", "quick")
    assert visitor.wait(job) == "done"
    found: str = visitor.get(job).headers["location"]
    return found


def test_a_first_visit_from_the_start_to_a_comparison(sit, runs, monkeypatch):
    seat = sit()
    page = seat.page
    page.goto("/")
    page.get_by_role("link", name="A call-up in Vesland").click()
    page.get_by_label("last day").fill("2030-04-10")
    page.locator("summary", has_text="Runs, scale, seed").click()
    page.get_by_label("runs", exact=True).fill("2")
    page.locator("summary", has_text="Nordal").click()
    page.get_by_label("nordal closes").uncheck()
    page.get_by_role("button", name="Quick look").click()
    page.wait_for_url("**/results/quick/**")
    seat.drawn()
    assert "A quick look: 2 runs" in page.locator("main").inner_text()
    assert page.locator("[data-chart] svg").count() > 3
    # The quick look is made by a process; loading the kernels once more would show nothing else.
    monkeypatch.setattr(subprocesses, "start", AtOnce().start)
    with held():
        page.get_by_role("button", name="Full run with the same changes").click()
        page.wait_for_url("**/jobs/**")
        assert page.locator("progress").is_visible()
    page.wait_for_url(re.compile(r"/results/tiny-my-variant-\d+$"))
    drawn_near(page)  # test_pages_fit_and_pass_axe draws all of such a page, as of the next one
    found = Comparison(runs / page.url.rpartition("/")[2])
    changed = load_resolved(found.folder / found.info.alternatives[0].name / "scenario")
    assert "nordal_closes" not in set(changed.tables["rules"]["id"])
    assert (found.info.runs, str(found.info.end)) == (2, "2030-04-10")
    assert "people (range of " in page.locator(".sentence").first.inner_text()
    assert "emigre compare tiny --variant" in page.locator(".command").first.inner_text()
    page.get_by_role("link", name="Side by side").click()
    drawn_near(page)
    assert page.get_by_role(
        "heading", name="Baseline: where people set out, cross and arrive"
    ).is_visible()
    page.go_back()
    drawn_near(page)
    page.get_by_role("link", name="Files", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="totals.csv").click()
    assert waiting.value.suggested_filename == "totals.csv"


def tab_to(page: Any, selector: str) -> None:
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


IS_COVERED = """() => {
  const [bar, focus] = [document.querySelector(".run-bar"), document.activeElement];
  const bottom = focus.getBoundingClientRect().bottom;
  return !bar.contains(focus) && bottom > bar.getBoundingClientRect().top;
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_focus_is_never_behind_the_bar_that_runs_the_changes(sit, size):
    page = sit(size, reduced_motion="reduce").page  # no scrolling is in progress
    page.goto("/scenarios/tiny?off=rules.nordal_closes")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert not page.evaluate(IS_COVERED), page.evaluate("document.activeElement.outerHTML")


def test_by_keyboard_alone(sit, runs):
    seat = sit()
    page = seat.page
    page.goto("/")
    tab_to(page, "a[href='/scenarios/tiny']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scenarios/tiny")
    tab_to(page, "input[name=end]")
    page.keyboard.type("2030-04-01")
    tab_to(page, "details.group summary")
    for _ in range(10):
        if "Nordal" in page.evaluate("document.activeElement.textContent"):
            break
        tab_to(page, "details.group summary")
    page.keyboard.press("Enter")
    tab_to(page, "input[value='rules.nordal_closes']")
    page.keyboard.press("Space")
    tab_to(page, "input[name='set:rules.nordal_closes.effective_from']")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowDown")
    date = page.evaluate("document.activeElement.value")
    assert date == "2030-04-11T18:00+01:00"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # sends the form: a quick look is its first button
    page.wait_for_url("**/results/quick/**")
    assert "Nordal closes, effective from = 2030-04-11" in page.locator("main").inner_text()
    found = Comparison(runs / "quick" / page.url.rpartition("/")[2])
    changed = load_resolved(found.folder / found.info.alternatives[0].name / "scenario")
    (row,) = changed.tables["rules"].filter(pl.col("id") == "nordal_closes").to_dicts()
    assert row["effective_from"].isoformat() == "2030-04-11T17:00:00+00:00"
    assert str(found.info.end) == "2030-04-01"
    # A date that is typed slowly is checked before it is complete.
    seat.complaints = [c for c in seat.complaints if "status of 422" not in c]


@pytest.fixture(scope="module")
def cut_off(visitor) -> str:
    """The address of a run that was cancelled."""
    job = visitor.ask("runs=1000&seed=7")
    visitor.wait(job, "running")
    visitor.post(f"{job}/stop")
    assert visitor.wait(job) == "cancelled"
    return job


RULES_OF_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")
"""Rules that depend on colours or on the width; others see the same document."""


def in_order(page: Any, path: str, schemes: dict[int, str]) -> None:
    """No horizontal overflow and no serious finding of axe, by width and colour scheme."""
    if page.locator("script[src='/static/report.js']").count():
        drawn(page)
    unfold(page)
    # Charts are drawn anew at each other width: axe begins at the last of these.
    for width in (PHONE["width"], 1920, DESKTOP["width"]):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page, width)
    for i, (width, scheme) in enumerate(schemes.items()):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page, width)
        page.emulate_media(color_scheme=scheme)
        rules = RULES_OF_LOOKS if i else ()
        assert grave_violations(page, *rules) == [], (path, width)


def test_pages_fit_and_pass_axe(sit, visitor, runs, looked, cut_off):
    visitor.post("/new/template", {"template": "tiny", "name": "mine"})
    rules = "/scenarios/mine/tables/rules"
    run = f"{looked.removeprefix('/results/')}/baseline"
    figure = "measure=arrived&place=*&from=2030-03-10&to=2030-04-01&value=5"
    seat = sit(PHONE)
    name = looked.removeprefix("/results/")
    (runs / "why").mkdir(exist_ok=True)
    (runs / "why" / "explanation.csv").write_text(EXPLAINED, encoding="utf-8")
    visitor.post("/label/why", {"title": "A-name-without-spaces".replace("-", "") * 4, "note": ""})
    for path in (
        "/results/why",
        "/",
        "/scenarios/tiny?variant=wider-pass&as-of=2030-03-20",
        "/scenarios/tiny?as-of=soon&draws=x.csv&runs=many",
        "/scenarios/tiny/evidence?q=pass&label=estimate",
        "/scenarios/tiny/evidence?table=none",
        looked,
        f"{looked}?view=side",
        f"/evidence/{name}",
        f"/files/{name}",
        cut_off,
        "/nowhere",
        "/new",
        "/scenarios/tiny/tables",
        "/scenarios/mine/tables",
        rules,
        f"{rules}/new",
        "/scenarios/mine/import",
        "/scenarios/tiny/study/forecast?horizon=soon",
        f"/claim/{run}?{figure}",
    ):
        seat.page.goto(path)
        in_order(seat.page, path, {DESKTOP["width"]: "light", PHONE["width"]: "dark"})
    seat.complaints = [c for c in seat.complaints if "status of 4" not in c]  # asked for


def test_a_run_in_progress_fits_and_passes_axe(sit, visitor, runs, small_jobs, monkeypatch):
    monkeypatch.setattr(subprocesses, "interrupt", interrupt_stopped)
    jobs = [visitor.ask(f"runs=1000&seed={seed}") for seed in (8, 9)]
    stop_amid_work(runs)  # it would work beside axe
    seat = sit(PHONE)
    for job in (*jobs, "/"):
        seat.page.goto(job)
        in_order(seat.page, job, {PHONE["width"]: "light"})
    seat.page.goto(jobs[1])
    assert seat.page.get_by_text("waiting for 1 other").is_visible()
    assert seat.page.locator("progress").get_attribute("value") == "0"
    for job in reversed(jobs):
        seat.page.goto(job)
        tab_to(seat.page, "form[action$='/stop'] button")
        seat.page.keyboard.press("Enter")
        seat.page.locator(".chip.state.cancelled").wait_for()
    assert seat.page.get_by_role("button", name="Resume").is_visible()


def test_a_dragged_bar_a_typed_date_and_a_mistake_shown_at_its_field(sit):
    seat = sit()
    page = seat.page
    page.goto("/scenarios/tiny")
    page.locator("summary", has_text="Nordal").click()
    row = page.locator("li.row", has=page.locator("input[value='rules.nordal_closes']"))
    date = row.get_by_label("from")
    before = row.locator(".grip.first").get_attribute("x")
    date.fill("2030-03-20T18:00+01:00")
    assert row.locator(".grip.first").get_attribute("x") != before
    row.scroll_into_view_if_needed()
    box, grip = row.locator("svg.bar").bounding_box(), row.locator(".grip.first").bounding_box()
    y = grip["y"] + grip["height"] / 2
    page.mouse.move(grip["x"] + grip["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, y, steps=5)
    page.mouse.up()
    assert date.input_value() == "2030-04-16T18:00+01:00"
    page.locator("#says-bar", has_text="1 change").wait_for()
    page.locator("summary", has_text="Runs, scale, seed").click()
    page.get_by_label("runs", exact=True).fill("many")
    # The address may name the draft's runs before the answer is there.
    leads_on(page, page.get_by_role("button", name="Full run").click)
    assert "runs=many" in page.url
    field = page.locator("#editor input[name=runs]")
    assert field.get_attribute("aria-invalid") == "true"
    fine, wrong = (
        page.locator(f"#editor input[name={name}]").evaluate("e => getComputedStyle(e).borderColor")
        for name in ("seed", "runs")
    )
    assert fine != wrong
    said = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert "expected a whole number from 1 to 1000" in said.inner_text()
    page.get_by_role("link", name="runs: found").click()
    assert page.evaluate("document.activeElement.name") == "runs"
    seat.complaints.clear()  # the browser notes the status 422


def test_rows_of_a_large_scenario_are_made_when_they_are_opened(sit):
    page = sit().page
    page.goto("/scenarios/russia-2022")
    shown = page.locator("#editor input[name^='set:']")
    assert shown.count() < 20
    page.locator("summary", has_text="Georgia").first.click()
    dates = page.locator("details[data-title=Georgia] input[name$='.effective_from']")
    dates.first.fill("2022-10-01")
    dates.first.blur()
    page.locator("#says-bar", has_text="1 change").wait_for()
    assert "open=Georgia" in page.url
    page.reload()
    assert dates.first.input_value() == "2022-10-01"
    assert page.locator(".before").first.is_visible()


@pytest.fixture
def started(tmp_path) -> Iterator[Any]:
    """A function that starts the command on one folder, and kills the previous one with SIGKILL."""
    home = tmp_path / "runs"
    home.mkdir()
    desks: list[Any] = []

    def again(port: int = 0) -> Any:
        visitor, process = start(home, port)
        visitor.client.close()
        desks.append(process)
        return visitor

    again.home = home
    again.kill = lambda: end(desks.pop(), signal.SIGKILL)
    yield again
    for process in desks:
        end(process, signal.SIGINT)


@pytest.mark.campaign
def test_a_killed_run_is_shown_as_interrupted_and_resumes(browser, started):
    """The desk and its run are killed under an open page, as when a machine fails."""
    desk = started()
    seat = Seat(browser, desk.host, viewport=DESKTOP)
    page = seat.page
    page.goto("/scenarios/tiny?end=2030-03-03&runs=2&seed=3")
    page.get_by_role("button", name="Full run").click()
    page.wait_for_url("**/results/tiny-001")
    page.goto("/scenarios/tiny?end=2030-03-15&runs=40")
    page.get_by_role("button", name="Full run").click()
    page.wait_for_url("**/jobs/**")
    job = page.url
    run = stop_amid_work(started.home)
    started.kill()
    os.killpg(run, signal.SIGKILL)
    page.get_by_text("no response from the desk; reconnecting").wait_for()

    started(desk.port)
    # The page that was left open notices it without a reload.
    page.locator(".chip.state.interrupted").wait_for()
    assert page.url == job
    assert "The desk stopped during the run; simulated runs are kept." in page.content()
    page.goto("/")
    now, done = (page.locator(f"section[aria-labelledby={name}]") for name in ("now", "done"))
    assert done.get_by_role("listitem").count() == 1
    assert done.get_by_role("link").get_attribute("href") == "/results/tiny-001"
    assert now.locator(".chip.interrupted").inner_text() == "interrupted"
    assert now.get_by_role("button", name="Resume The baseline").is_visible()
    tab_to(page, "form[action$='/resume'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/**")
    assert page.url == job
    page.wait_for_url("**/results/tiny-002")
    seat.drawn()
    page.goto("/")
    assert page.locator("section[aria-labelledby=now]").count() == 0
    assert page.locator("section[aria-labelledby=done]").get_by_role("listitem").count() == 2
    seat.context.close()
    assert [c for c in seat.complaints if "ERR_CONNECTION" not in c and "ERR_INC" not in c] == []
    assert seat.foreign == []
    whole = emigre.run(emigre.load("tiny", end="2030-03-15"), runs=40)
    found = pl.read_parquet(started.home / "tiny-002" / "daily.parquet")
    assert whole.daily.equals(found)


def test_two_people_and_one_run(sit, monkeypatch):
    monkeypatch.setattr(subprocesses, "start", AtOnce().start)
    first, second = sit().page, sit().page
    first.goto(f"/scenarios/tiny{SHORT}&seed=5")
    with held():
        first.get_by_role("button", name="Full run").click()
        first.wait_for_url("**/jobs/**")
        second.goto("/")
        second.get_by_role("link", name="The baseline").first.click()
        second.wait_for_url(first.url)
        second.goto("/scenarios/tiny/evidence")
        assert second.get_by_role("heading", name="Evidence").is_visible()
    first.wait_for_url("**/results/tiny-**")


def test_days_play_and_are_in_the_address(sit, looked):
    page = sit().page
    page.goto(f"{looked}/baseline")
    figure = map_drawn(page)
    slider = figure.locator("input[type=range]")
    slider.focus()
    slider.press("Home")
    figure.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('#figure-map input').value > 1")
    figure.get_by_role("button", name="Stop").click()
    slider.press("End")
    assert "days=" in page.url
    said = figure.locator("output").inner_text()
    page.reload()
    assert map_drawn(page).locator("output").inner_text() == said


def test_print_draws_all_charts_first(sit, looked):
    page = sit(PHONE).page
    page.goto(looked)
    page.evaluate(
        "window.print = () => { document.body.dataset.on = document.documentElement.dataset.drawn }"
    )
    page.keyboard.press("Control+p")
    page.wait_for_selector("body[data-on=yes]")
    page.evaluate("delete document.body.dataset.on")
    page.get_by_role("button", name="Print").click()
    page.wait_for_selector("body[data-on=yes]")
    again = page.get_by_role("heading", name="Reproduce these results")
    assert again.is_visible()
    page.emulate_media(media="print")  # commands and forms are not printed, nor their headings
    assert not again.is_visible()


def test_evidence_is_looked_for_by_keyboard_and_without_a_script(sit):
    for options in ({}, {"java_script_enabled": False}):
        page = sit(PHONE, **options).page
        page.goto("/scenarios/tiny/evidence")
        whole = page.get_by_role("status").inner_text()
        page.get_by_label("words in the source or row").focus()
        page.keyboard.type("nordal")
        page.keyboard.press("Enter")
        page.wait_for_url("**/evidence?q=nordal&table=&label=")
        hits = page.get_by_role("status").inner_text()
        assert re.match(r"\d+ rows? of \d+, from 1 of 1 source\.", hits)
        assert hits != whole
        page.locator("select[name='label']").select_option("cited")
        page.get_by_role("button", name="Search").click()
        page.wait_for_url("**label=cited")
        page.get_by_role("link", name="Show all").first.click()
        assert page.get_by_role("status").inner_text() == whole


def test_a_day_is_chosen_and_stays_in_the_address(sit):
    page = sit().page
    page.goto("/scenarios/tiny?variant=nordal-stays-open")
    page.get_by_label("as known on").fill("2030-03-20")
    leads_on(page, page.get_by_role("button", name="Check the changes").click)
    assert page.url.endswith("/scenarios/tiny?variant=nordal-stays-open&as-of=2030-03-20")
    assert "--as-of 2030-03-20" in page.locator(".run .command code").last.inner_text()
    page.get_by_text("As of 20 Mar 2030: without").wait_for()
    assert page.get_by_label("as known on").input_value() == "2030-03-20"
    leads_on(page, page.get_by_role("button", name="Load", exact=True).click)
    assert "as-of=2030-03-20" in page.url  # another start keeps the day


def axes(page: Any, section: str, side: int) -> list[str]:
    """What the axes of all charts of one side say."""
    figure = page.locator(f"#pair-{section} figure").nth(side)
    return figure.locator(".role-axis-label text").all_inner_texts()


def test_pairs_have_the_same_axes_and_days(sit, looked):
    seat = sit()
    seat.page.goto(f"{looked}?view=side")
    page = seat.drawn()
    pairs = page.locator("section[id^=pair-]")
    names = [pairs.nth(i).get_attribute("id") for i in range(pairs.count())]
    assert len(names) > 8
    for name in (name.removeprefix("pair-") for name in names):
        left, right = axes(page, name, 0), axes(page, name, 1)
        assert left == right, name
        drawn = page.locator(f"#pair-{name} figure svg").count()
        assert left or name == "map" or not drawn
    boxes = [page.locator("#pair-map figure svg").nth(i).bounding_box() for i in (0, 1)]
    assert boxes[0]["width"] == boxes[1]["width"]
    land = [page.locator("#pair-map figure").nth(i).locator("output").inner_text() for i in (0, 1)]
    assert land[0] == land[1]
    first, second = (page.locator("#pair-map input[type=range]").nth(i) for i in (0, 1))
    first.press("End")
    assert first.input_value() == second.input_value() != "0"


def test_without_a_script(sit):
    page = sit(java_script_enabled=False).page
    page.goto(f"/scenarios/tiny{SHORT}")
    page.locator("summary", has_text="Nordal").click()
    page.get_by_label("nordal closes").uncheck()
    page.get_by_role("button", name="Check the changes").click()
    page.wait_for_url("**/scenarios/tiny?off=rules.nordal_closes&end=2030-04-10&runs=2")
    page.get_by_text("removes rules.nordal_closes").wait_for()
