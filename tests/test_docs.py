"""Documentation matches the program: options, measures, links and examples."""

import doctest
import importlib.util
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import typer

from emigre import schema
from emigre.cli import app
from emigre.results.run_info import RunInfo
from observed import call

pytestmark = pytest.mark.usefixtures("empty_pictures")

ROOT = Path(__file__).resolve().parents[1]
EXTENSIONS = ROOT / "examples" / "emigre-examples" / "src"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda p: p.relative_to(ROOT)
)
EXAMPLES = [
    pytest.param(code, id=f"{page.relative_to(ROOT)}-{i}")
    for page in PAGES
    for i, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.S))
]
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "src").rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]
"""Modules with examples in docstrings."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def named(group, before=""):
    """All commands with their names, those within groups too."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from named(command, f"{before}{name} ")
        else:
            yield before + name, command


def test_every_command_and_option_is_documented():
    page = text("docs/commands.md")
    for name, command in named(typer.main.get_command(app)):
        assert f"## emigre {name}" in page
        for parameter in command.params:
            for option in (o for o in parameter.opts if o.startswith("--") and o != "--help"):
                assert f"`{option}" in page or f" {option} " in page, f"{name} {option}"


@pytest.mark.parametrize(
    ("script", "page"),
    [("write_reference", "reference.md"), ("write_python_reference", "python.md")],
)
def test_the_reference_is_fresh(script, page):
    path = ROOT / "scripts" / f"{script}.py"
    spec = importlib.util.spec_from_file_location(script, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert text(f"docs/{page}") == module.page(), f"run: python scripts/{script}.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
    for link in set(links):
        assert (page.parent / link).exists(), link


def test_measures_named_in_pages_exist():
    page = text("docs/results.md")
    named = set(re.findall(r"`([a-z_]+)`", page)) & {
        word for word in re.findall(r"`([a-z_]+)`", page) if word.startswith(("stock", "wait"))
    }
    assert named <= set(schema.measures())


def test_every_key_of_run_json_is_documented():
    page = text("docs/results.md").partition("## run.json")[2]
    assert set(RunInfo.model_fields) <= set(re.findall(r"`([a-z_]+)`", page))


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_run(code, stand_in_engine, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    exec(compile(code, "example", "exec"), {})


@pytest.mark.parametrize("name", ["an-adapter", "a-baseline", "a-measure", "a-step", "a-rule-kind"])
def test_pages_on_extensions_show_the_example_package(name):
    """The first block of Python is code of the package, which has its own tests."""
    code = re.search(r"```python\n(.*?)```", text(f"docs/how-to/add-{name}.md"), re.S).group(1)
    module = EXTENSIONS / "emigre_examples" / f"{name.partition('-')[2].replace('-', '_')}.py"
    assert code in module.read_text("utf-8")


def blocks(page):
    """Language and code of every block of a page, and the name of the file to save it as."""
    result = re.finditer(r"```(\w*)\n(.*?)```", page.read_text("utf-8"), re.S)
    for match in result:
        before = match.string[: match.start()].rstrip().rpartition("\n")[2]
        saved = re.search(r"[Ss]ave as `([^`]+)`:$", before)
        yield match.group(1), match.group(2), saved.group(1) if saved else None


def commands(code):
    """The `emigre` commands of a block, as lists of words."""
    for line in code.replace("\\\n", " ").splitlines():
        for part in line.split("  #")[0].split("&&"):
            words = shlex.split(part, comments=True)
            if words[:1] == ["emigre"]:
                yield words[1:]


@pytest.fixture(scope="module")
def group():
    return typer.main.get_command(app)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_on_a_page_has_arguments_that_it_takes(page, group):
    for kind, code, _ in blocks(page):
        for words in commands(code) if kind in ("", "sh") else ():
            command, rest = group, words
            with group.make_context("emigre", list(words), resilient_parsing=True) as context:
                while hasattr(command, "commands"):
                    name, command, rest = command.resolve_command(context, list(rest))
                    assert command is not None, words
            with command.make_context(name, list(rest)):
                pass


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tutorial", "tutorials/sudan-2023", "how-to/model-a-new-crisis"])
def test_commands_of_a_page_run_in_order(name, tmp_path, monkeypatch):
    """Every block of a page, one after the other, in one folder."""

    monkeypatch.chdir(tmp_path)
    for kind, code, saved in blocks(ROOT / "docs" / f"{name}.md"):
        if saved:
            Path(saved).write_text(code, encoding="utf-8")
        elif kind == "python":
            exec(compile(code, name, "exec"), {})
        for words in commands(code) if kind == "sh" else ():
            done = call(*words)
            assert done.exit_code == 0, (words, done.output, done.exception)


def test_every_page_is_in_the_site():
    import yaml

    result = re.findall(r"[\w/-]+\.md", yaml.safe_dump(yaml.safe_load(text("mkdocs.yml"))["nav"]))
    docs = ROOT / "docs"
    pages = {p.relative_to(docs).as_posix() for p in docs.rglob("*.md")}
    assert set(result) == {p for p in pages if not p.startswith("decisions/")}


@pytest.mark.slow
def test_the_site_is_built_and_needs_no_network(tmp_path):
    pytest.importorskip("mkdocs")
    import subprocess
    import sys

    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    fetched = re.compile(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?https?://")
    for page in (tmp_path / "site").rglob("*.html"):
        result = fetched.findall(page.read_text("utf-8"))
        assert not result, (page.name, result)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings(module):
    result = doctest.testmod(import_module(module))
    assert result.attempted
    assert not result.failed


def test_readme_opens_with_the_two_commands():
    block = re.search(r"```sh\n(.*?)```", text("README.md"), re.S).group(1)
    commands = [line.split("  #")[0].strip() for line in block.splitlines()]
    assert commands == [
        "pip install . && emigre forecast russia-2022 --as-of 2022-09-28",
        "pip install '.[test]' && pytest -n auto",
    ]


DECISIONS = ROOT / "docs" / "decisions"


def test_every_decision_is_numbered_once():
    notes = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [int(n.name[:4]) for n in notes] == list(range(1, len(notes) + 1))
    for note in notes:
        assert note.read_text("utf-8").startswith(f"# {int(note.name[:4])}. "), note.name


def test_every_decision_is_listed_with_the_notes_that_replace_it():
    rows = re.findall(
        r"^\| \[\d+\]\((.*?)\) \|.*?\|(.*)\|$", text("docs/decisions/README.md"), re.M
    )
    assert sorted(name for name, _ in rows) == sorted(n.name for n in DECISIONS.glob("[0-9]*.md"))
    for name, replaced_by in rows:
        first = re.search(
            r"^\*Superseded (?:in part )?by .*\*$", text(f"docs/decisions/{name}"), re.M
        )
        links = re.findall(r"\]\((.*?)\)", first.group() if first else "")
        assert links == re.findall(r"\]\((.*?)\)", replaced_by), name


def test_no_traces_of_a_machine_in_shipped_files():
    suspicious = re.compile(r"/(?:home|root|work|tmp)/[a-z]|pypi\.org/simple|index-url", re.I)
    for path in [*PAGES, ROOT / "pyproject.toml", ROOT / "check", *(ROOT / ".ci").iterdir()]:
        assert not suspicious.search(path.read_text("utf-8")), path
