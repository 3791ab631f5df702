"""Tables of a scenario in a real browser: typing, pasting, undo, saving by a slow desk."""

from typing import Any

import pytest

from accessible import unfold

pytestmark = pytest.mark.slow
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def fails_to_save(route: Any) -> None:
    """Nothing can be saved, as when the desk is not running."""
    route.abort() if route.request.method == "POST" else route.fallback()


def test_a_window_that_is_behind_says_so_at_every_edit(browser, stand_in_desk, runs):
    stand_in_desk.post("/new/template", {"template": "tiny", "name": "shared"})
    context = browser.new_context(base_url=f"http://{stand_in_desk.host}")
    first, second = context.new_page(), context.new_page()
    for window in (first, second):
        window.goto("/scenarios/shared/tables/places")
    for window, name, said in (
        (first, "Theirs", "Saved; no mistakes here."),
        (second, "Mine", "Not saved: This table was changed in another window"),
        (second, "Mine again", "Not saved: This table was changed in another window"),
    ):
        window.locator("td[data-spot='1,1']").click()
        window.keyboard.type(name)
        window.keyboard.press("Enter")
        window.get_by_text("saving …").wait_for()
        window.locator("#saved", has_text=said).wait_for()
    assert second.locator("#saved").get_attribute("class") == "wrong"
    saved = (runs / "scenarios" / "shared" / "places.csv").read_text(encoding="utf-8")
    assert "Theirs" in saved
    assert "Mine" not in saved
    context.close()


def test_from_a_blank_form_to_a_what_if(browser, stand_in_desk, runs):
    """A new user without programming: a scenario, its tables, a new rule, and its effect."""
    context = browser.new_context(base_url=f"http://{stand_in_desk.host}")
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="New scenario").click()
    template = page.locator("#from-template").locator("..")
    template.get_by_label("template").select_option("tiny")
    template.get_by_label("short name").fill("my-country")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="places", exact=True).click()
    home = runs / "scenarios" / "my-country"

    cell = page.locator("td[data-spot='2,0']")  # cells from a spreadsheet
    cell.click()
    page.evaluate(PASTE, "HERE\tHere\torigin\n")
    page.get_by_text("in other tables").wait_for()
    assert "HERE,Here,origin" in (home / "places.csv").read_text(encoding="utf-8")
    page.keyboard.press("Control+z")
    page.get_by_text("Saved; no mistakes here.").wait_for()
    assert "HERE" not in (home / "places.csv").read_text(encoding="utf-8")
    page.locator("td[data-spot='0,2']").click()
    page.keyboard.type("moon")
    page.keyboard.press("Enter")
    page.locator("td[data-spot='0,2'].wrong").click()
    assert "expected" in page.locator("#bubble").inner_text()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Saved; no mistakes here.").wait_for()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("button", name="Delete the row").click()
    page.get_by_text("Saved; no mistakes here.").wait_for()

    page.route("**/tables/places", fails_to_save)
    page.locator("td[data-spot='1,1']").click()
    page.keyboard.type("Another name")
    page.keyboard.press("Enter")
    page.get_by_text("Not saved: no response from the desk.").wait_for()
    page.reload()
    page.unroute("**/tables/places")
    page.get_by_text("Saved; no mistakes here.").wait_for()
    assert "Another name" in (home / "places.csv").read_text(encoding="utf-8")

    page.goto("/scenarios/my-country/tables/rules/new")
    page.locator("[name=kind]").select_option("capacity")
    page.locator("[name=id]").fill("slow_pass")
    page.locator("[name=place]").fill("PASS")
    page.locator("[name=value]").fill("30")
    page.locator("[name=basis]").select_option("estimate")
    page.locator("[name=source]").select_option("invented")
    page.get_by_role("button", name="Add the row").click()
    page.locator("td", has_text="slow_pass").wait_for()

    page.goto("/scenarios/my-country?end=2030-03-05&runs=1")
    unfold(page)
    page.get_by_label("slow pass").uncheck()
    page.locator("#says-bar", has_text="1 change").wait_for()
    page.locator("#says-bar").get_by_role("button", name="Run").click()
    page.wait_for_url("**/results/quick/my-country-my-variant-001")
    assert "without slow pass" in page.content().lower()
    context.close()


def test_changes_during_a_slow_save_are_saved_after_it(browser, stand_in_desk, runs):
    stand_in_desk.post("/new/template", {"template": "tiny", "name": "slow"})
    page, saves = browser.new_page(base_url=f"http://{stand_in_desk.host}"), []

    def hold_first(route: Any) -> None:
        if route.request.method == "POST":
            saves.append(route)
        if route not in saves[:1]:
            route.fallback()

    def rename(name: str) -> None:
        page.locator("td[data-spot='0,1']").click()
        page.keyboard.type(name)
        page.keyboard.press("Enter")

    page.goto("/scenarios/slow/tables/places")
    page.route("**/tables/places", hold_first)
    with page.expect_request(lambda request: request.method == "POST"):
        rename("First")
    rename("Second")
    page.wait_for_timeout(1_000)  # a change is saved after half a second
    (first,) = saves
    first.continue_()
    page.get_by_text("Saved; no mistakes here.").wait_for()
    table = runs / "scenarios" / "slow" / "places.csv"
    assert "Second" in table.read_text(encoding="utf-8")
    page.close()
