"""Built-in scenarios: find, list and copy them."""

import csv
import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from os import PathLike, fspath
from pathlib import Path

from emigre import schema
from emigre.errors import InputError, Mistake, command
from emigre.results.output_dir import as_path
from emigre.scenario.blank import blank_files
from emigre.scenario.csv_files import ENDINGS
from emigre.scenario.parsers import AN_ID, CellError, listed, nearest, parse_id, quoted

POSTERIOR, POSTERIOR_INFO = "posterior.csv", "posterior.json"
"""Optional file of fitted parameter draws; see ``emigre.calibration.posterior``."""
MOST_LETTERS = 100
"""Maximum length of a new scenario's name, which is also a folder name."""
HEADER = "scenario.toml"
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE | re.ASCII)
_KINDS = {"scenarios": "scenario", "examples": "example"}


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """Summary of a built-in scenario; ``kind`` is "scenario" (a real case) or "example"."""

    name: str
    title: str
    start: date
    end: date
    origins: int
    countries: int
    groups: int
    variants: tuple[str, ...]
    kind: str
    folder: Path


def shipped() -> dict[str, Path]:
    """Folders of the built-in scenarios by name, real cases first."""
    root = Path(__file__).resolve().parents[1]
    folders: dict[str, Path] = {}
    for place in _KINDS:
        for header in sorted((root / place).glob(f"*/{HEADER}")):
            folders.setdefault(header.parent.name, header.parent)
    return folders


def find_folder(folder_or_name: str | PathLike[str]) -> Path:
    """Folder of a scenario by path, else by built-in name; InputError if neither exists."""
    expected = "a scenario folder or the name of a built-in scenario"
    path = as_path(folder_or_name)
    if path is None:
        raise InputError(Mistake("SCENARIO", quoted(folder_or_name), expected))
    name = fspath(folder_or_name)
    if (path / HEADER).is_file():
        return path
    known = shipped()
    if name in known:
        return known[name]
    if (path / "input_csv").is_dir():
        convert = command("emigre", "import", "flee", path, f"{path.resolve().name}-scenario")
        found, hint = "a conflict folder of Flee", f"run: {convert}"
    elif path.is_dir():
        if any(each.stem in schema.tables() for each in path.iterdir()):
            return path
        found, hint = f"no {HEADER}", _inside(path)
    elif path.is_file():
        found, hint = "a file", f"write {path.parent}" if path.name == HEADER else ""
    else:
        hint = nearest(name, known) or f"built-in: {listed(known) or 'none'}"
        found = "no such folder"
    raise InputError(Mistake(name, found, expected, hint))


def _inside(path: Path) -> str:
    """A hint that names the scenario in a folder: one below it, or that of its results."""
    for pattern in ("scenario", "run/scenario", "*/scenario", "*"):
        if header := min(path.glob(f"{pattern}/{HEADER}"), default=None):
            return f"the folder {header.parent} in it has one"
    return ""


def list_scenarios() -> list[ScenarioCard]:
    """List the built-in scenarios, reading only headers and row counts."""
    return [_card(name, folder) for name, folder in shipped().items()]


def _card(name: str, folder: Path) -> ScenarioCard:
    header = tomllib.loads((folder / HEADER).read_text(encoding="utf-8-sig"))
    kinds = Counter(row["kind"] for row in _rows(folder / "places.csv"))
    return ScenarioCard(
        name=name,
        title=header["title"],
        start=header["start"],
        end=header["end"],
        origins=kinds["origin"],
        countries=kinds["country"],
        groups=len(_rows(folder / "groups.csv")),
        variants=tuple(sorted(p.stem for p in (folder / "variants").glob("*.toml"))),
        kind=_KINDS[folder.parent.name],
        folder=folder,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def new(
    where: str | Path,
    *,
    from_: str | None = None,
    blank: bool = False,
    title: str | None = None,
    into: Path | None = None,
) -> Path:
    """Create a scenario folder, named after the folder: a copy, or a blank form.

    ``where`` is a path or a name, relative to ``into`` (default: the working directory). ``from_``
    is the scenario to copy (default: the example tiny); ``blank`` writes every table with its
    header and one explained example row instead. Nothing is overwritten: InputError if the folder
    exists. The folder is created completely or not at all. A posterior is not copied, because it
    was fitted to the original scenario.
    """
    if blank and from_ is not None:
        expected = "either a blank form or a scenario to copy"
        raise InputError(Mistake("--blank", f"also --from {from_}", expected))
    check_name(where)
    copied = "tiny" if from_ is None else from_
    files: dict[str, str | bytes] = {**blank_files()} if blank else _files_of(copied)
    name = Path(where).name
    made = "blank form" if blank else f"from {find_folder(copied).name}"
    return create(where, files, title=title or f"{name} ({made})", into=into)


def check_name(where: str | Path) -> None:
    """InputError unless the last part of a path can name a new scenario."""
    name = Path(where).name
    try:
        parse_id(name)
    except CellError:
        similar = re.sub(r"[^\w-]+", "-", name).strip("-")
        hint = f"write {similar}" if similar else ""
        expected = f"a folder name that is {AN_ID}"
        raise InputError(Mistake("PATH", quoted(where), expected, hint)) from None
    if is_reserved(name):
        raise InputError(Mistake("PATH", quoted(where), "a name that no device of Windows has"))
    if len(name) > MOST_LETTERS:
        expected = f"a name of at most {MOST_LETTERS} characters"
        raise InputError(Mistake("PATH", f"{len(name)} characters", expected))


def is_reserved(name: str) -> bool:
    """Whether Windows cannot have a file of this name, because it means a device."""
    return _DEVICES.fullmatch(name) is not None


def create(
    where: str | Path,
    files: Mapping[str, str | bytes],
    *,
    title: str | None = None,
    into: Path | None = None,
) -> Path:
    """Write files as a scenario folder whose id is its name; ``title`` replaces that of the files.

    InputError for a name that cannot be used; the folder is created completely or not at all.
    """
    check_name(where)
    folder = Path(where)
    header = files[HEADER]
    header = header if isinstance(header, str) else header.decode("utf-8-sig")
    header = _renamed(header, folder.name, title)
    from emigre.scenario.writer import write_folder  # loads Polars

    return write_folder(into / folder if into else folder, {**files, HEADER: header})


def own_files(folder: Path) -> list[Path]:
    """Files of a scenario folder and of its variants, without results kept below it."""
    paths = (*folder.glob("*"), *folder.glob("variants/*"))
    return sorted(path for path in paths if path.is_file())


def _files_of(from_: str) -> dict[str, str | bytes]:
    """The files of a scenario to be copied."""
    source = find_folder(from_)
    if not (source / HEADER).is_file():
        expected = "a scenario folder or the name of a built-in scenario"
        raise InputError(Mistake("--from", quoted(from_), expected))
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in own_files(source)
        if path.suffix in (*ENDINGS, ".toml", ".md") and path.name != POSTERIOR
    }


def _renamed(header: str, name: str, title: str | None) -> str:
    for key, value in (("id", name), ("title", title)):
        if value is None:
            continue
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\\", r"\\")
        header = re.sub(rf"^{key}\s*=.*$", line, header, count=1, flags=re.MULTILINE)
    return header
