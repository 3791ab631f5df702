"""Helpers for accessibility tests: open pages fully, draw all charts, and run axe."""

from collections.abc import Callable
from typing import Any

# Open all parts, and wait until they are laid out.
UNFOLD = """() => {
  document.querySelectorAll('details').forEach((part) => { part.open = true; });
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# Rows of numbers, marks and labels of a chart, figures side by side, and rows of the editor that
# say nothing special are written by one loop each, so a few stand for all; axe takes minutes for
# 20,000 cells. The first table keeps enough rows to scroll, the first two pairs both figures.
FEW_OF_EACH = """() => {
  const keep = (n) => (group) => [...group.children].slice(n).forEach((one) => one.remove());
  document.querySelectorAll("details.data tbody").forEach((body, at) => keep(at ? 2 : 30)(body));
  const groups = "svg g[class*='role-mark'], svg g[class*='role-axis-']";
  document.querySelectorAll(groups).forEach(keep(2));
  document.querySelectorAll("section[id^='pair-']").forEach((pair, at) => {
    [...pair.querySelectorAll("figure")].slice(at < 2 ? 2 : 1).forEach((figure) => figure.remove());
  });
  document.querySelectorAll("ul.rows").forEach((list) => {
    const isPlain = (row) => !row.matches(".changed") && !row.querySelector(".wrong, .later");
    [...list.children].filter(isPlain).slice(2).forEach((row) => row.remove());
  });
}"""

# Contrast depends on the colours, size and weight of a text and on what is painted behind it. axe
# examines three visible texts of each such look; most of its time went to hundreds of others.
FEW_OF_EACH_LOOK = """() => {
  const background = new Map([[null, ""]]);
  const behind = (element) => {
    if (!background.has(element)) {
      const style = getComputedStyle(element);
      const own = ["backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode"];
      const painted = own.map((name) => style[name]).join();
      const isPlaced = ["absolute", "fixed", "sticky"].includes(style.position);
      const place = isPlaced ? element.getAttribute("class") : "";
      background.set(element, `${behind(element.parentElement)}|${painted}${place}`);
    }
    return background.get(element);
  };
  const shown = new Map();
  document.querySelectorAll("body *").forEach((element) => {
    const isText = (child) => child.nodeType === Node.TEXT_NODE && child.data.trim().length > 1;
    if (![...element.childNodes].some(isText) || !element.checkVisibility()) return;
    const style = getComputedStyle(element);
    const own = ["color", "fill", "fontSize", "fontWeight", "textShadow", "textDecoration"];
    const names = [element, element.parentElement].map((one) => one.getAttribute("class"));
    const isDisabled = Boolean(element.closest(":disabled, [aria-disabled]"));
    const painted = own.map((name) => style[name]);
    const look = [element.tagName, ...names, isDisabled, ...painted, behind(element)].join("|");
    const count = (shown.get(look) ?? 0) + 1;
    shown.set(look, count);
    element.toggleAttribute("data-looks-like-others", count > 3);
  });
}"""
CONTRAST_OF_LOOKS = """;axe.configure({
  rules: [{ id: "color-contrast", selector: "*:not([data-looks-like-others])" }],
});"""


def drawn_near(page: Any) -> None:
    """Wait until the charts near the screen are drawn. Reading one attribute is quick; Playwright's
    selectors search all marks each time.
    """
    page.wait_for_function("() => document.documentElement.dataset.drawn")


def drawn(page: Any) -> None:
    """Wait until all charts of a page are drawn, not only those near the screen."""
    drawn_near(page)
    page.evaluate("['before', 'after'].forEach((when) => dispatchEvent(new Event(`${when}print`)))")
    page.wait_for_function("() => document.documentElement.dataset.drawn === 'yes'")


def map_drawn(page: Any) -> Any:
    """The figure of the map, once it and its controls are drawn: other charts may be not."""
    figure = page.locator("#figure-map")
    figure.locator("[data-chart]").focus()
    figure.locator("input[aria-valuetext]").wait_for()
    return figure


def fits(page: Any, width: int) -> None:
    """Wait until a page is no wider than this: charts are drawn anew after a change of width."""
    page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)


def leads_on(page: Any, press: Callable[[], None]) -> None:
    """Press a button that loads another page, perhaps at the same URL, and wait for it."""
    page.evaluate("window.isLeft = true")
    press()
    page.wait_for_function("() => !window.isLeft && document.readyState === 'complete'")


def unfold(page: Any) -> None:
    """Open all parts of a page."""
    page.evaluate(UNFOLD)


def grave_violations(page: Any, *rules: str) -> list[str]:
    """Serious and critical rules that an expanded page violates, each with its first occurrence.
    All rules if none are named.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(FEW_OF_EACH)
    page.evaluate(FEW_OF_EACH_LOOK)
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT + CONTRAST_OF_LOOKS)
    # Rules for which axe would load style sheets and media again are experimental or not grave.
    options = {"resultTypes": ["violations"], "preload": False}
    options |= {"runOnly": rules} if rules else {}
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in grave]
