"""The page in a real browser: drawing, no requests, interaction, downloads, accessibility.

Needs Chromium; skipped with a message if there is none. With EMIGRE_NEED_BROWSER=1 the tests fail
instead, so that no machine that should run them skips them.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accessible import drawn, fits, grave_violations, unfold

pytestmark = pytest.mark.slow

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ON_A_PHONE = {"has_touch": True, "reduced_motion": "reduce"}


class Seen:
    """An open page with its console messages and requests."""

    def __init__(self, browser: Any, path: Path, size: dict[str, int]) -> None:
        self.context = browser.new_context(viewport=size, **(ON_A_PHONE if size == PHONE else {}))
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.goto(path.as_uri())
        drawn(self.page)


@pytest.fixture(params=["run_page", "comparison_page"])
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def kept(browser: Any) -> Iterator[Any]:
    """A page that tests only read, or reset first: drawn once for all tests."""
    pages: dict[tuple[Path, int], Seen] = {}

    def look(path: Path, size: dict[str, int] = DESKTOP) -> Seen:
        key = path, size["width"]
        if key not in pages:
            pages[key] = Seen(browser, path, size)
        return pages[key]

    def close(path: Path, size: dict[str, int] = DESKTOP) -> None:
        pages.pop((path, size["width"])).context.close()

    look.close = close
    yield look
    for seen in pages.values():
        seen.context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_draws_without_complaint_or_request(kept, path, size):
    seen = kept(path, size)
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    charts = seen.page.locator("[data-chart]")
    assert charts.count() == seen.page.locator("[data-chart] svg").count() > 5
    fits(seen.page, size["width"])


def is_printed_folded(page: Any) -> bool:
    """Whether paper has a few pages: tables that are folded on the screen stay folded."""
    return 4 <= page.pdf(format="A4").count(b"/Type /Page\n") <= 10


def test_it_prints_folded_tables_and_few_pages(kept, run_page):
    assert is_printed_folded(kept(run_page).page)  # no test before this one unfolds a part


def test_it_prints_folded_tables_and_few_pages_without_a_script(browser, run_page):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(run_page.as_uri())
    assert is_printed_folded(page)
    context.close()


ON_ALL_DAYS = "document.querySelector('#figure-map output').innerText.startsWith('all days')"


def test_the_slider_moves_the_map_to_its_days(kept, run_page):
    page = kept(run_page).page
    figure = page.locator("#figure-map")
    slider = figure.locator("input[type=range]")
    slider.focus()
    slider.press("Home")
    page.wait_for_function(ON_ALL_DAYS)
    before = figure.locator("svg").inner_html()
    listed = figure.locator(".busiest").inner_text()
    for _ in range(8):
        slider.press("ArrowRight")
    changed = "(before) => document.querySelector('#figure-map svg').innerHTML !== before"
    page.wait_for_function(changed, arg=before)
    assert figure.locator(".busiest").inner_text() != listed
    said = figure.locator("output").inner_text()
    assert slider.get_attribute("aria-valuetext") == said
    slider.press("End")
    assert figure.locator("output").inner_text() == "31 May 2030"


def test_tables_download(kept, path, tmp_path):
    page = kept(path).page
    links = page.locator("a.file").all()
    assert len(links) == len(re.findall('class="file"', path.read_text("utf-8")))
    for i, link in enumerate(links):
        if i % 8 == 0:  # Chromium holds back the eleventh download within a second
            page.wait_for_timeout(1_000)
        with page.expect_download() as waiting:
            link.click()
        target = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(target)
        with target.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1, target.name


def test_figures_are_saved_as_pictures_with_their_origin(kept, path, tmp_path):
    page = kept(path).page
    starts = {"png": b"\x89PNG", "svg": b"<svg"}
    for figure in page.locator("figure").all()[:2]:
        for kind, start in starts.items():
            with page.expect_download() as waiting:
                figure.locator(f"button[data-picture={kind}]").click()
            target = tmp_path / waiting.value.suggested_filename
            waiting.value.save_as(target)
            assert target.suffix == f".{kind}"
            assert target.read_bytes().startswith(start)
        text = target.read_text("utf-8")
        assert "Simulated with Emigre" in text
        assert "var(--" not in text


def test_numbers_unfold_as_a_table(kept, run_page):
    page = kept(run_page).page
    details = page.locator("#figure-entries details.data")
    details.locator("summary").click()
    table = details.locator("table")
    table.wait_for()
    assert table.locator("thead th").all_inner_texts()[:3] == ["Days", "What", "Value"]
    assert table.locator("tbody tr").count() > 50


def test_a_figure_says_how_it_is_cited(kept, run_page):
    page = kept(run_page).page
    cite = page.locator("#figure-entries details.cite")
    cite.locator("summary").click()
    assert "Simulated with Emigre" in cite.inner_text()


def test_a_source_unfolds_in_place(kept, run_page):
    page = kept(run_page).page
    page.locator("#table-beside-published").scroll_into_view_if_needed()
    link = page.locator("a[href^='#source-']").first
    target = link.get_attribute("href")
    link.click()
    assert page.locator(target).is_visible()


def test_every_tooltip_names_its_subject(kept, path):
    page = kept(path).page
    marks = "svg .mark-rect.role-mark path, svg .mark-symbol.role-mark path"
    for chart in page.locator("[data-chart]").all():
        mark = chart.locator(marks).first
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tip = page.locator("#vg-tooltip-element.visible")
        tip.wait_for()
        said = tip.inner_text()
        assert "undefined" not in said, chart.get_attribute("data-chart")
        assert any(word in said for word in ("when", "place", "what")), said
        assert any(character.isdigit() for character in said) or "nobody" in said
        page.mouse.move(0, 0)
        tip.wait_for(state="hidden")


def test_charts_are_drawn_when_they_come_near_the_screen(browser, run_page):
    page = browser.new_page(viewport={"width": 1280, "height": 300})
    page.goto(run_page.as_uri())
    page.wait_for_function("() => document.documentElement.dataset.drawn === 'near'")
    last = page.locator("[data-chart]").last
    assert "vega-embed" not in last.get_attribute("class")
    last.focus()
    last.and_(page.locator(".vega-embed")).wait_for()
    page.close()


KEEP = """() => {
  const tip = document.querySelector("#vg-tooltip-element");
  const keep = () => { window.kept = tip.innerText || window.kept; };
  new MutationObserver(keep).observe(tip, { attributes: true, childList: true });
}"""


def test_values_are_read_by_keyboard_and_by_tap(kept, run_page):
    page = kept(run_page, PHONE).page
    tip, spoken = page.locator("#vg-tooltip-element"), page.locator(".spoken")
    chart = page.locator("#figure-main [data-chart]")
    chart.focus()
    said = []
    for _ in range(2):
        chart.press("ArrowRight")
        said.append(spoken.inner_text())
        assert tip.inner_text().split("\t")[1].split("\n")[0] in said[-1]
    assert said[0] != said[1]
    chart.press("Escape")
    assert "visible" not in tip.get_attribute("class")
    mark = page.locator("#figure-published .mark-rule.role-mark line").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.evaluate(KEEP)  # without a screen there is a mouse in the corner, which moves after a tap
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => window.kept?.includes('published')")


def test_a_map_is_one_described_picture_and_is_quiet_while_it_plays(kept, run_page):
    page = kept(run_page).page
    figure = page.locator("#figure-map")
    chart = figure.locator("[data-chart]")
    assert len(chart.get_attribute("aria-label")) > 40
    assert chart.locator("[role=graphics-symbol]").count() == 0
    live = figure.locator(".busiest")
    figure.locator("button.play").click()
    assert live.get_attribute("aria-live") == "off"
    figure.locator("button.play").click()
    assert live.get_attribute("aria-live") == "polite"


def test_less_motion_hides_the_player(kept, run_page):
    assert kept(run_page).page.locator("#figure-map button.play").is_visible()
    assert kept(run_page, PHONE).page.locator("#figure-map button.play").is_hidden()


def test_days_of_a_printed_table_are_on_one_line(kept, path):
    page = kept(path).page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})  # an A4 page within its margins
    lines = """cells => cells.map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
    })"""
    counts = page.locator("td.days").evaluate_all(lines)
    assert set(counts) == {1}
    page.set_viewport_size(DESKTOP)
    page.emulate_media(media="screen")


def test_legends_and_ranges_fit_on_a_phone(kept, path):
    page = kept(path, PHONE).page
    outside = """parts => parts.filter((part) => part.getBoundingClientRect().right
        > part.ownerSVGElement.getBoundingClientRect().right + 1).map((part) => part.textContent)"""
    assert page.locator(".map svg .role-legend text").evaluate_all(outside) == []
    lines = "parts => Math.max(...parts.map((part) => part.getClientRects().length))"
    # Cells of the planning table break ranges, so that all its columns are on the screen.
    in_table = "#table-reception ~ .scroll .unbroken"
    assert page.locator(f".unbroken:visible:not({in_table})").evaluate_all(lines) == 1
    for table in page.locator("#table-reception ~ .scroll, .scroll:has(.cards)").all():
        assert table.evaluate("part => part.scrollWidth <= part.clientWidth")
    for width in (1366, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page, width)
    page.set_viewport_size(PHONE)


def test_all_words_are_there_without_a_script(browser, run_page):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(run_page.as_uri())
    text = page.locator("body").inner_text()
    context.close()
    assert "people (90 % interval: " in text
    assert "Scripts are disabled" in text


def test_labels_of_pictures_are_not_cut_off(browser, comparison_page):
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = context.new_page()
    page.goto(comparison_page.as_uri())
    outside = """labels => labels.filter((label) => label.getBoundingClientRect().left
        < label.closest(".chart").getBoundingClientRect().left).map((label) => label.textContent)"""
    assert page.locator(".single .chart svg text").count() > 20
    assert page.locator(".single .chart svg text").evaluate_all(outside) == []
    context.close()


def test_contrast_labels_and_roles_pass_axe_and_print_is_light(kept, path):
    page = kept(path).page
    unfold(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    white, night = "rgb(255, 255, 255)", "rgb(20, 27, 33)"
    for scheme, colour, *rules in (("light", white), ("dark", night, "color-contrast")):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(ground) == colour
        assert grave_violations(page, *rules) == []
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    kept.close(path)  # rows have been taken out
