"""New scenarios of the workspace: from a template, or from an uploaded folder or workbook.

An upload is a ZIP archive of a scenario folder or of a Flee conflict, or a workbook with a sheet
for each table. It is read within limits, and its tables become CSV files, which
the page can edit. Mistakes in the tables do not cause a refusal: the page shows them.
"""

import io
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from emigre import schema
from emigre.errors import InputError, Mistake, collecting, refuse
from emigre.scenario.blank import blank_files
from emigre.scenario.csv_files import BOOK, ENDINGS, unknown_tables
from emigre.scenario.library import HEADER, POSTERIOR, check_name, create, new, shipped
from emigre.scenario.parsers import AN_ID, quoted
from emigre.scenario.rows import WORKBOOK, csv_text, read_rows, sheet_names
from emigre.web import subprocesses
from emigre.web.workspace import SCENARIOS, Workspace

BLANK = "blank"
MOST_ENTRIES = 2_000
MOST_UNPACKED = 100_000_000
"""Total bytes of the files of an archive."""
MOST_DEPTH = 6
_TEXTS = (*ENDINGS, ".toml", ".md", ".yml", ".yaml", ".txt")
_FLEE = "locations.csv"
_FILE = "file"


def templates(workspace: Workspace) -> dict[str, str]:
    """Templates by name, with their descriptions."""
    words = {BLANK: "Blank form: every table with one explained example row"}
    return words | {name: f"Copy of {name}" for name in (*shipped(), *workspace.own())}


def from_template(workspace: Workspace, name: str, template: str) -> Path:
    """Copy a template into the workspace; InputError for a name that cannot be used."""
    _refuse_taken(workspace, name)
    if template == BLANK:
        return new(name, blank=True, into=workspace.runs / SCENARIOS)
    source = workspace.scenarios().get(template)
    if source is None:
        raise InputError(Mistake("template", quoted(template), "a scenario of the list"))
    return new(name, from_=str(source), into=workspace.runs / SCENARIOS)


def from_upload(workspace: Workspace, name: str, file: str, content: bytes) -> Path:
    """Make a scenario from an uploaded file; InputError if it cannot be read."""
    _refuse_taken(workspace, name)
    suffix = Path(file).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="emigre-desk-") as home:
        folder = Path(home) / "unpacked"
        folder.mkdir()
        if suffix == WORKBOOK:
            (folder / BOOK).write_bytes(content)
        elif suffix == ".zip":
            unpack(content, folder)
        else:
            expected = "a ZIP archive of a folder, or a workbook (.xlsx)"
            raise InputError(Mistake(_FILE, quoted(file), expected))
        target = workspace.runs / SCENARIOS / name
        root = _root(folder, HEADER) or _root(folder, BOOK)
        if root is not None:
            return create(name, _files(root), into=workspace.runs / SCENARIOS)
        flee = _root(folder, _FLEE)
        if flee is None:
            expected = f"{HEADER}, {BOOK}, or a Flee folder with {_FLEE}"
            raise InputError(Mistake(file, "none of them", expected))
        target.parent.mkdir(parents=True, exist_ok=True)
        return _from_flee(flee.parent if flee.name == "input_csv" else flee, target)


def _from_flee(conflict: Path, target: Path) -> Path:
    """Import a Flee folder with the command, because the importer needs the engine."""
    code, output = subprocesses.run("emigre", ("import", "flee", str(conflict), str(target)))
    if code:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        expected = "a Flee folder without mistakes"
        raise InputError(*[Mistake(_FILE, line, expected) for line in lines[-20:]])
    return target


def unpack(content: bytes, folder: Path) -> None:
    """Unpack an archive, counting sizes while reading; InputError if it breaks a limit."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _refused("a damaged archive", "a ZIP archive") from None
    if len(entries) > MOST_ENTRIES:
        raise _refused(f"{len(entries):,} files", f"at most {MOST_ENTRIES:,} files")
    left, seen = MOST_UNPACKED, set[str]()
    for entry in entries:
        path = _path_of(entry)
        if entry.is_dir() or path is None:
            continue
        if str(path).lower() in seen:
            raise _refused(quoted(entry.filename), "every file once")
        seen.add(str(path).lower())
        data = _read(archive, entry, left)
        left -= len(data)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    try:
        with archive.open(entry) as stream:
            data = stream.read(left + 1)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        found = f"{quoted(entry.filename)}, which cannot be unpacked"
        raise _refused(found, "a ZIP archive") from None
    if len(data) > left:
        raise _refused(f"more than {MOST_UNPACKED:,} bytes unpacked", "a smaller archive")
    return data


def _path_of(entry: zipfile.ZipInfo) -> PurePosixPath | None:
    """Path to which an entry is written; None to skip it, InputError if it leads elsewhere."""
    name = entry.filename
    parts = name.rstrip("/").split("/")
    is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    leads_out = name.startswith("/") or "\\" in name or ":" in name or ".." in parts
    if is_link or leads_out or not all(parts) or any(c < " " for c in name):
        raise _refused(quoted(name), "files below the folder, without links")
    if len(parts) > MOST_DEPTH:
        raise _refused(quoted(name), f"at most {MOST_DEPTH} folders deep")
    if any(part.startswith((".", "__MACOSX", "~$")) for part in parts):
        return None
    path = PurePosixPath(*parts)
    return path if path.suffix.lower() in _TEXTS else None


def _root(folder: Path, mark: str) -> Path | None:
    """The topmost folder that holds a file; InputError if several do."""
    paths = sorted(folder.rglob(mark), key=lambda p: (len(p.parts), str(p)))
    if len(paths) > 1 and len(paths[1].parts) == len(paths[0].parts):
        one, two = (path.parent.name for path in paths[:2])
        raise _refused(f"{mark} in {one} and {two}", "one of them")
    return paths[0].parent if paths else None


def _files(root: Path) -> dict[str, str | bytes]:
    """The files of a scenario, its tables as CSV; InputError for tables that cannot be read."""
    files: dict[str, str | bytes] = {HEADER: blank_files()[HEADER]}
    mistakes = unknown_tables(root, POSTERIOR)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".toml", ".md") and path.is_file():
            files[name] = path.read_bytes()
        elif path.suffix.lower() in ENDINGS and path.parent == root:
            with collecting(mistakes):
                files |= _tables(path)
    refuse(mistakes)
    return files


def _tables(path: Path) -> dict[str, str]:
    """The tables of a file by the name of their CSV file."""
    is_book = path.name == BOOK
    sheets = sheet_names(path, path.name) if is_book else [path.stem]
    texts = {}
    for sheet in sheets:
        if sheet not in schema.tables() or path.name == POSTERIOR:
            continue
        rows = read_rows(path, path.name, sheet if is_book else None)
        lines = ([" ".join(c.split()) for c in line.cells] for line in rows.lines)
        texts[f"{sheet}.csv"] = csv_text(lines)
    return texts


def _refuse_taken(workspace: Workspace, name: str) -> None:
    if name != Path(name).name or "\\" in name:
        raise InputError(Mistake("name", quoted(name), AN_ID))
    check_name(name)
    # Names that differ only in case are the same folder on some systems.
    if name.casefold() in {known.casefold() for known in workspace.scenarios()}:
        raise InputError(Mistake("name", quoted(name), "a name that no other scenario uses"))


def _refused(found: str, expected: str) -> InputError:
    return InputError(Mistake(_FILE, found, expected))
