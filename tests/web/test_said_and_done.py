"""Pages show what is run: controls, text, commands, and the folder of the run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk_visitor import AtOnce, Visitor, served, until

import emigre
from accessible import leads_on
from emigre.scenario.loader import load
from emigre.scenario.model import Patch
from emigre.web.jobs import Job, JobStore
from emigre.web.workspace import OWN, Workspace

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_jobs")]
TINY = "/scenarios/tiny"
OPEN = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
HOW = ("start", "end", "as-of", "runs", "scale", "seed")
CONTROLS = """() => {
  const all = [...document.querySelectorAll('#editor input')];
  const texts = all.filter((e) => e.name && !['checkbox', 'hidden'].includes(e.type));
  return {
    texts: Object.fromEntries(texts.map((e) => [e.name, e.value])),
    rows: Object.fromEntries(
      all.filter((e) => e.name === 'is_on').map((e) => [e.value, e.checked])),
    variant: document.querySelector('#editor [name=variant]').value,
  };
}"""


@dataclass
class World:
    """A desk with a stand-in for the engine, and a browser."""

    visitor: Visitor
    runs: Path
    page: Any
    plain: dict[str, Any]

    def controls(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(CONTROLS)
        return found

    def commands(self) -> dict[str, str]:
        """The commands that the page shows, by the button that starts each."""
        parts = self.page.locator("#says-commands .command").all()
        texts = [re.split(r":\s*", part.inner_text(), maxsplit=1) for part in parts]
        return {label: text.removesuffix("Copy").strip() for label, text in texts}

    def settled(self) -> None:
        """Text follows typing after a moment."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.locator("#says-what:not([aria-busy])").wait_for()

    def newest(self) -> Job:
        return JobStore(self.runs / OWN / "jobs").all()[-1]

    def press(self, button: str) -> Job:
        """Press a button that runs something, and wait until it is done."""
        before = len(list((self.runs / OWN / "jobs").glob("*.json")))
        self.page.get_by_role("button", name=button).click()
        until(lambda: len(list((self.runs / OWN / "jobs").glob("*.json"))) > before)
        job = self.newest()
        assert self.visitor.wait(f"/jobs/{job.id}") == "done"
        return self.newest()

    def expected(self, controls: dict[str, Any]) -> emigre.Scenario:
        """The scenario that these controls describe."""
        texts = {k: v for k, v in controls["texts"].items() if k.startswith("set:")}
        sets = {
            k.removeprefix("set:"): v for k, v in texts.items() if v != self.plain["texts"].get(k)
        }
        rows = controls["rows"].items()
        off = tuple(k.partition(".")[2] for k, on in rows if not on and self.plain["rows"].get(k))
        remove = {"rules": tuple(k for k in off if k not in PRESSURES)}
        remove["pressures"] = tuple(k for k in off if k in PRESSURES)
        how = {k: controls["texts"][k] or None for k in ("start", "end", "as-of")}
        return load(
            "tiny",
            variants=[Patch("read", title="read", set=sets, remove=remove)],
            start=how["start"],
            end=how["end"],
            as_of=how["as-of"],
        )

    def agree(self, job: Job, controls: dict[str, Any], command: str) -> None:
        """Controls, command and folder agree."""
        assert shlex.split(command)[1:] == list(job.args[: job.args.index("--out")])
        out = Path(job.out)
        expected = self.expected(controls)
        info = emigre.read(out).info if job.kind == "run" else None
        if job.kind == "compare":
            comparison = emigre.comparison.folder.Comparison(out)
            name = comparison.info.alternatives[0].name
            info = comparison.alternative(name).info
            assert (
                comparison.baseline.info.hash
                == self.expected(
                    self.plain
                    | {"texts": self.plain["texts"] | {k: controls["texts"][k] for k in HOW}}
                ).hash
            )
        assert info is not None
        assert info.hash == expected.hash
        assert info.parameters == expected.parameters
        assert (info.start, info.end) == (expected.start, expected.end)
        assert info.as_of == expected.as_of
        typed = {k: int(v) for k in ("runs", "scale", "seed") if (v := controls["texts"][k])}
        assert {k: getattr(info, k) for k in typed} == typed


PRESSURES = tuple(load("tiny").tables["pressures"]["id"])


@pytest.fixture
def world(browser, stand_in_desk, runs) -> Iterator[World]:
    host = f"http://{stand_in_desk.host}"
    context = browser.new_context(base_url=host, reduced_motion="reduce")  # fewer frames
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(TINY)
    found = World(stand_in_desk, runs, page, page.evaluate(CONTROLS))
    yield found
    context.close()
    assert wrong == []


def change(page: Any) -> None:
    """One change of every kind, by hand."""
    page.evaluate(OPEN)
    page.locator("[name='set:patience_days']").fill("26")
    page.locator("[name='set:places.PASS.capacity_persons_per_day']").fill("333")
    page.locator("[name='set:rules.nordal_closes.effective_from']").fill("2030-04-01T18:00+01:00")
    page.locator("[value='rules.pass_second_lane'][type=checkbox]").uncheck()
    page.locator("[value='pressures.prices'][type=checkbox]").uncheck()
    for name, value in {"end": "2030-03-03", "runs": "3", "scale": "7", "seed": "5"}.items():
        page.locator(f"#editor [name={name}]").fill(value)


def nothing(world: World) -> None:
    pass


def check(world: World) -> None:
    leads_on(world.page, world.page.get_by_role("button", name="Check the changes").click)


def reload(world: World) -> None:
    world.settled()
    world.page.reload()


def bookmark(world: World) -> None:
    world.settled()
    address = world.page.url
    world.page.goto("/")
    world.page.goto(address)


def back(world: World) -> None:
    world.settled()
    world.page.goto("/")
    world.page.go_back()


def check_and_change_once_more(world: World) -> None:
    check(world)
    world.page.evaluate(OPEN)
    world.page.locator("[name='set:grace_days']").fill("11")
    check(world)


def run_and_come_back(world: World) -> None:
    world.page.locator("#editor [name=seed]").fill("17")
    world.press("Quick look")
    world.page.wait_for_url("**/results/**")
    world.page.get_by_role("link", name="Back to the scenario").click()
    world.page.wait_for_url(f"**{TINY}**")


WAYS = [
    (nothing, "Quick look"),
    (check, "Quick look"),
    (check, "Full run"),
    (reload, "Full run"),
    (bookmark, "Quick look"),
    (back, "Full run"),
    (check_and_change_once_more, "Full run"),
    (run_and_come_back, "Full run"),
]


@pytest.mark.parametrize(("way", "button"), WAYS, ids=lambda w: getattr(w, "__name__", w))
def test_the_run_matches_the_page(world, way, button):
    page = world.page
    change(page)
    way(world)
    if way is not nothing:
        assert "sets patience_days to 26" in page.locator("#says-what").inner_text()
    world.settled()
    controls, commands = world.controls(), world.commands()
    assert controls["texts"]["set:patience_days"] == "26"
    assert not controls["rows"]["rules.pass_second_lane"]
    words = page.locator("#says-what").inner_text()
    for said in ("sets patience_days to 26", "removes rules.pass_second_lane"):
        assert said in words
    job = world.press(button)
    world.agree(job, controls, commands[button])
    kept = emigre.comparison.folder.Comparison(job.out).info.alternatives[0]
    assert {"sets patience_days to 26 (before: 60)"} <= set(kept.changes)


def test_a_press_right_after_typing_runs_the_input(world):
    page = world.page
    page.evaluate(OPEN)
    page.locator("#editor [name=end]").fill("2030-03-02")
    page.locator("[name='set:patience_days']").fill("31")
    controls = world.controls()
    job = world.press("Quick look")
    world.agree(job, controls, job.command.partition(" --out ")[0])
    page.wait_for_url("**/results/**")
    page.go_back()  # over the page of the run, which leads on at once
    page.wait_for_url("**set=patience_days%3D31**")
    assert world.controls()["texts"]["set:patience_days"] == "31"


def test_the_full_run_of_the_same_is_of_the_same(world):
    world.page.goto(
        f"{TINY}?set=patience_days%3D27&off=rules.nordal_closes&end=2030-03-03&as-of=2030-03-20&seed=4"
    )
    controls, commands = world.controls(), world.commands()
    quick = world.press("Quick look")
    world.agree(quick, controls, commands["Quick look"])
    world.page.wait_for_url("**/results/quick/**")
    full = world.press("Full run with the same changes")
    world.agree(full, controls, commands["Full run"])
    assert full.query == quick.query


def test_a_saved_variant_matches_the_page_and_its_run(world):
    page = world.page
    page.goto(f"{TINY}?set=patience_days%3D29&end=2030-03-02")
    page.get_by_label("variant name").fill("Mein Fall 1")
    world.settled()
    assert "saved as Mein-Fall-1.toml" in page.locator("#says-commands").inner_text()
    page.get_by_role("button", name="Save as a variant").click()
    page.wait_for_url("**?variant=Mein-Fall-1")
    assert page.locator("#run-title").inner_text() == "Mein Fall 1: Patience days = 29"
    page.locator("#editor [name=end]").fill("2030-03-02")
    world.settled()
    controls, commands = world.controls(), world.commands()
    assert controls["texts"]["set:patience_days"] == "29"
    job = world.press("Full run")
    world.agree(job, controls, commands["Full run"])
    assert job.args[3].endswith("Mein-Fall-1.toml")


def test_changes_on_top_of_a_variant_and_a_variant_undone(world):
    page = world.page
    page.locator("form.start select").select_option("nordal-stays-open")
    page.get_by_role("button", name="Load", exact=True).click()
    page.wait_for_url("**variant=nordal-stays-open")
    assert not world.controls()["rows"]["rules.nordal_closes"]
    page.evaluate(OPEN)
    page.locator("[name='set:patience_days']").fill("33")
    page.locator("#editor [name=end]").fill("2030-03-02")
    world.settled()
    assert page.get_by_role("button", name="Load and discard the changes").is_visible()
    controls, commands = world.controls(), world.commands()
    job = world.press("Full run")
    world.agree(job, controls, commands["Full run"])
    assert job.title.startswith("Nordal stays open, patience days = 33")

    page.goto(f"{TINY}?variant=nordal-stays-open&end=2030-03-02")
    page.evaluate(OPEN)
    page.locator("[value='rules.nordal_closes'][type=checkbox]").check()
    world.settled()
    assert page.locator("#run-title").inner_text() == "The baseline"
    controls, commands = world.controls(), world.commands()
    job = world.press("Full run")
    assert job.kind == "run"
    world.agree(job, controls, commands["Full run"])


def test_the_copied_command_is_the_one_shown(world):
    page = world.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(OPEN)
    page.locator("[name='set:patience_days']").fill("23")
    world.settled()
    page.locator("#says-commands").get_by_role("button", name="Copy").last.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == world.commands()["Full run"].removesuffix("Copied").strip()


def test_undo_leads_back_to_the_start(world):
    page = world.page
    change(page)
    leads_on(page, page.get_by_role("button", name="Discard changes").click)
    assert page.url.endswith(TINY)
    assert world.controls() == world.plain
    assert page.locator("#run-title").inner_text() == "The baseline"


def test_a_dragged_date_and_a_date_moved_by_keys_are_in_the_words(world):
    page = world.page
    page.evaluate(OPEN)
    date = page.locator("[name='set:rules.nordal_closes.effective_from']")
    date.press("PageUp")
    page.wait_for_url("**effective_from**")
    moved = date.input_value()
    said = f"sets rules.nordal_closes.effective_from to {moved}"
    page.get_by_text(said).wait_for()
    grip = page.locator("li[data-key='rules.nordal_closes'] .grip.first")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 5, steps=3)
    page.mouse.up()
    dragged = date.input_value()
    assert dragged != moved
    page.get_by_text(f"sets rules.nordal_closes.effective_from to {dragged}").wait_for()


def test_mistakes_are_shown_while_typing_in_terms_of_the_page(world):
    page = world.page
    page.evaluate(OPEN)
    page.locator("#editor [name=scale]").fill("many")
    page.locator("#editor [name=name]").fill("!?")
    world.settled()
    page.get_by_text("people per simulated person: found").wait_for()
    field = page.locator("#editor [name=scale]")
    assert field.get_attribute("aria-invalid") == "true"
    said = page.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
    assert said == 'found "many", expected a whole number from 1 to 1000000'
    assert "expected a name with a letter" in page.locator("#wrong-name").inner_text()
    assert "--" not in page.locator("main").inner_text()
    leads_on(page, page.get_by_role("button", name="Save as a variant").click)
    assert page.locator("#editor [name=name]").input_value() == "!?"
    page.locator("#editor [name=scale]").fill("2")
    page.locator("#editor [name=name]").fill("")
    world.settled()
    page.get_by_text("Not ready to run").wait_for(state="detached")
    assert page.locator("#editor [aria-invalid]").count() == 0


def test_a_restart_keeps_an_open_form_and_its_input(engine, browser, tmp_path):
    workspace = Workspace(tmp_path / "runs")
    with served(workspace, prewarmed=AtOnce()) as visitor:
        context = browser.new_context(base_url=f"http://{visitor.host}")
        page = context.new_page()
        page.goto(TINY)
        world = World(visitor, workspace.runs, page, page.evaluate(CONTROLS))
        port = visitor.port
    change(page)  # the desk is not running: text cannot follow
    with served(workspace, at=port, prewarmed=AtOnce()) as visitor:
        world.visitor = visitor
        controls = world.controls()
        job = world.press("Full run")
        world.agree(job, controls, job.command.partition(" --out ")[0])
        context.close()


def test_a_form_of_another_desk_keeps_its_input_and_runs_when_pressed_again(world):
    page = world.page
    page.evaluate("document.querySelectorAll('[name=key]').forEach((e) => { e.value = 'old'; })")
    change(page)
    world.settled()
    assert "set=patience_days%3D26" in page.url
    assert page.locator("#editor [name=key]").input_value() != "old"
    controls = world.controls()
    job = world.press("Quick look")
    world.agree(job, controls, job.command.partition(" --out ")[0])


@pytest.mark.parametrize("action", ["quick", "run"])
def test_without_a_script_as_well(browser, runs, world, action):
    host = f"http://{world.visitor.host}"
    context = browser.new_context(base_url=host, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{TINY}?set=patience_days%3D24&end=2030-03-02&off=pressures.prices")
    page.locator("summary", has_text="Runs, scale, seed").click()
    page.locator("#editor [name=seed]").fill("8")
    page.get_by_role("button", name="Check the changes").click()
    page.wait_for_url("**seed=8**")
    assert "sets patience_days to 24" in page.locator("#says-what").inner_text()
    reader = World(world.visitor, runs, page, world.plain)
    commands = reader.commands()
    world.page.goto(page.url)  # reads the same controls
    button = {"quick": "Quick look", "run": "Full run"}[action]
    job = reader.press(button)
    reader.agree(job, world.controls(), commands[button])
    context.close()
