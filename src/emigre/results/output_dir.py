"""Resumable, atomic output directories.

Work is done in ``OUT.partial`` next to the target. Its ``plan.json`` holds a key that identifies
the work: the same work is resumed, other work is refused. The last file written is the *mark*
(``run.json`` for a run), then the folder is renamed. A folder without its mark is not a result.

A lock protects a draft from concurrent processes; the operating system releases it at exit.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from emigre import schema
from emigre.errors import InputError, Mistake, ResultsError, system_error

if TYPE_CHECKING:
    from filelock import FileLock

T = TypeVar("T")

_MOST_BYTES = 255
"""Longest name of a file or folder on common systems."""
A_PATH = f"a path whose names have at most {_MOST_BYTES} bytes"

RESULTS = {
    "run.json": ("run", "scores", "posterior"),
    "compare.json": ("comparison", "totals", "diverted", "diverted_main"),
    "forecast.json": ("forecast", "forecasts"),
    "hindcast.json": ("hindcast", "forecasts", "record", "skill"),
    "sensitivity.json": ("sensitivity study", "effects"),
    "posterior.json": ("fit", "posterior"),
}
"""Noun for a folder with this mark, and the CSV tables that it consists of."""
PURPOSE = "PURPOSE.txt"
"""Statement of purpose in every folder of results."""
_READ = (".csv", ".tsv", ".xlsx")
"""Endings of the files of a scenario folder that are read as tables."""
_PARTIAL = ".partial"
"""Ending of the folder of a draft."""
PLAN = "plan.json"
"""Identity of the work in a draft folder."""
_LOCK = ".lock"
_LEAST_BYTES = 12
"""Magic bytes of a Parquet file, and size of the footer length before the last ones."""
_TRANSPORT = "transport error"
"""The only error message of Polars if a Parquet file cannot be written completely."""


@dataclass(frozen=True, slots=True)
class Work:
    """Identity of some work: the mark of the finished folder, a key, and a description.

    ``scratch`` are patterns of temporary files, which are deleted before the folder is published;
    ``stem`` is the default name of the folder.
    """

    mark: str
    noun: str
    key: str
    words: str
    scratch: tuple[str, ...] = ()
    stem: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An open draft; ``folder`` holds the work done so far.

    ``is_done``: an earlier attempt was interrupted after writing everything but before
    :func:`finish`. ``home`` is the temporary parent of the target, None if the target is kept.
    """

    folder: Path
    out: Path
    work: Work
    force: bool
    lock: FileLock
    is_done: bool = False
    home: Path | None = None

    def owned(self, result: T) -> T:
        """A result that removes its temporary folder when it is no longer used."""
        if self.home is not None:
            weakref.finalize(result, shutil.rmtree, self.home, ignore_errors=True)
        return result


def as_path(given: object) -> Path | None:
    """Convert to a path; None if it is blank or impossible on any file system."""
    text = fspath(given) if isinstance(given, str | PathLike) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        return None
    path = Path(text)
    is_long = any(len(part.encode(errors="replace")) > _MOST_BYTES for part in path.parts)
    return None if is_long else path


def folder_given(given: object, noun: str, argument: str = "folder") -> Path:
    """The path of a folder to read; InputError for anything else names the argument."""
    path = as_path(given)
    if path is None:
        found = f"{str(given)[:60]!r} ({type(given).__name__})"
        raise InputError(Mistake(argument, found, f"the path of a {noun} folder"))
    return path


def refuse_if_taken(out: Path, mark: str, noun: str, *, force: bool) -> None:
    """Raise ResultsError if the target has an invalid name or must not be overwritten."""
    _refuse_name(out)
    refuse_inside_results(out)
    if out.is_dir():
        if (out / mark).exists():
            if not force:
                raise ResultsError(
                    f"{out} already holds a {noun}; choose another folder or --force"
                )
        elif any(out.iterdir()):
            raise ResultsError(f"{out} is not empty and not a {noun}: it will not be overwritten")
    elif out.exists():
        raise ResultsError(f"{out} is a file, but a {noun} needs a folder")


def refuse_inside_results(out: Path) -> None:
    """ResultsError for a path inside a folder of results."""
    for parent in out.absolute().parents:
        if (parent / PURPOSE).is_file() and any((parent / name).is_file() for name in RESULTS):
            raise ResultsError(
                f"{out} lies inside the results {parent}, and would be deleted with them: choose "
                "another folder"
            )


def refuse_taken_file(*paths: Path, force: bool = False, ending: str = "") -> None:
    """ResultsError for an invalid or existing file, InputError for the ending of another format."""
    for path in paths:
        _refuse_name(path)
        if ending and path.suffix.lower() not in ("", ending):
            raise InputError(Mistake(str(path), path.suffix, f"a name that ends with {ending}"))
        if path.is_dir():
            raise ResultsError(f"{path} is a folder: give the name of a file")
        if path.exists() and not path.is_file():  # a file in its place would break other programs
            raise ResultsError(f"{path} is a device or a pipe: give the name of a file")
        if _is_part(path):
            raise ResultsError(
                f"{path} is a table of the folder {path.parent}: choose another name"
            )
        if path.suffix.lower() in _READ and (path.parent / "scenario.toml").exists():
            raise ResultsError(
                f"{path} would be read as a table of the scenario {path.parent}: choose another "
                "folder"
            )
        if path.exists() and not force:
            raise ResultsError(f"{path} already exists; choose another name or use --force")


def _is_part(path: Path) -> bool:
    """Whether the folder is a scenario or results, and reads a table of this name as its own."""
    folders = RESULTS | {"scenario.toml": ("scenario", "posterior", *schema.tables())}
    return path.suffix == ".csv" and any(
        path.stem in tables and (path.parent / mark).exists()
        for mark, (_, *tables) in folders.items()
    )


def _refuse_name(out: Path) -> None:
    if not out.name or out.name == "..":
        raise ResultsError(f"{out} has no name: give the new folder a name")
    if out.parts[0].startswith("~"):  # some libraries expand it, some do not
        raise ResultsError(f"{out} begins with ~: write the full path")
    try:
        str(out).encode()
    except UnicodeEncodeError:
        raise ResultsError(f"{out} is not valid UTF-8: choose another name") from None


def partial(out: Path) -> Path:
    """The draft folder of a target."""
    return out.with_name(f"{out.name}{_PARTIAL}")


def numbered(shelf: Path, stem: str, work: Work) -> Path:
    """``SHELF/STEM-NUMBER`` with the first number that is free or has a draft of this work."""
    outs = (shelf / f"{stem}-{number:03d}" for number in itertools.count(1))
    return next(o for o in outs if not o.exists() and _may_be_used(partial(o), work))


def _may_be_used(folder: Path, work: Work) -> bool:
    return not folder.exists() or (_key_of(folder) == work.key and not is_locked(folder))


def is_locked(folder: Path) -> bool:
    """Whether a process is working in a draft folder."""
    from filelock import FileLock, Timeout

    if not (folder / _LOCK).exists():
        return False
    try:
        with FileLock(folder / _LOCK, timeout=0):
            return False
    except OSError as error:
        return isinstance(error, Timeout)


def _key_of(folder: Path) -> str | None:
    try:
        content = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content.get("key") if isinstance(content, dict) else None


@contextmanager
def drafting(
    out: str | PathLike[str] | None,
    work: Work,
    *,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
) -> Iterator[Draft]:
    """Open the draft of a target: a new one, or that of an interrupted attempt at the same work.

    The target is ``out``, without it a numbered folder in ``shelf``, without both a temporary one.
    If the work fails, finished parts are kept for the next attempt; an empty draft is removed, with
    the folders created for it. With ``force`` a draft of other work is discarded. A symbolic link
    is kept, and the folder to which it points is written. Raises ResultsError if the target or the
    draft is in use.
    """
    if out is not None:
        path = Path(out)
    elif shelf is not None:
        path = numbered(Path(shelf), work.stem, work)
    else:
        home = Path(tempfile.mkdtemp(prefix="emigre-"))
        try:
            with drafting(home / work.stem, work) as draft:
                yield replace(draft, home=home)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        return
    path = path.resolve() if path.is_symlink() else path
    refuse_if_taken(path, work.mark, work.noun, force=force)
    folder = partial(path)
    with ExitStack() as stack:
        try:
            stack.enter_context(making(folder.parent))
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ResultsError(f"{path} cannot be written: {error.strerror}") from None
        lock = _lock(folder)
        try:
            refuse_if_taken(path, work.mark, work.noun, force=force)  # it may just be finished
            is_done = _begin(folder, work, force=force)
            yield Draft(folder, path, work, force, lock, is_done)
        finally:
            lock.release()
            if folder.exists() and not _has_work(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> FileLock:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ResultsError(
            f"{folder} is in use by another process; wait for it or choose another folder"
        ) from None
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written: {error.strerror}") from None
    return lock


def _begin(folder: Path, work: Work, *, force: bool) -> bool:
    """Prepare a draft for some work; True if only the final rename is missing."""
    plan = json.dumps({"key": work.key, "work": work.words}, indent=2) + "\n"
    key = _key_of(folder)
    if key == work.key:
        if (folder / PLAN).read_text(encoding="utf-8") != plan:  # the same work, with more runs
            (folder / work.mark).unlink(missing_ok=True)
            write_whole(folder / PLAN, plan)
        return (folder / work.mark).exists()
    if key is not None and not force:
        raise ResultsError(
            f"{folder} holds an interrupted, different {work.noun}; "
            "choose another folder, remove it, or use --force"
        )
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()
    write_whole(folder / PLAN, plan)
    return False


def _has_work(folder: Path) -> bool:
    return any(
        path.is_file() and path.name not in (PLAN, _LOCK) and path.suffix != ".draft"
        for path in folder.rglob("*")
    )


def publish(draft: Draft, text: str) -> Path:
    """Write the mark and publish the draft."""
    _settle(draft.folder)
    write_whole(draft.folder / draft.work.mark, text)
    return finish(draft)


def finish(draft: Draft) -> Path:
    """Rename a draft that has its mark to its target; after an interruption this is repeated."""
    work, out = draft.work, draft.out
    for pattern in work.scratch:
        for path in draft.folder.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)
    refuse_if_taken(out, work.mark, work.noun, force=draft.force)
    old = None
    if (out / work.mark).exists():
        old = out.with_name(f"{out.name}.old-{secrets.token_hex(4)}")
        out.replace(old)
    elif out.is_dir():
        out.rmdir()
    if os.name == "nt":
        draft.lock.release()  # Windows cannot rename a folder with open files
    draft.folder.replace(out)
    draft.lock.release()
    for name in (PLAN, _LOCK):
        (out / name).unlink(missing_ok=True)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    return out


def _settle(folder: Path) -> None:
    """Sync all files of a draft to disk before the mark is written, without those cut off."""
    for cut_off in list(folder.rglob("*.draft")):
        cut_off.unlink()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != _LOCK:
            with path.open("rb+") as file:
                os.fsync(file.fileno())


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Create a folder with its parents; if the block fails, those that are still empty go again.

    Raises ResultsError instead of creating a draft: somebody deleted it while it was written.
    """
    made = list(itertools.takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    if draft := next((each for each in made if each.suffix == _PARTIAL), None):
        raise ResultsError(f"{draft} was deleted while it was written; run the same command again")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):
            for each in made:
                each.rmdir()
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file atomically, as :func:`write_files` does."""
    write_files({path: content})


def write_files(files: Mapping[Path, str | bytes]) -> None:
    """Write files, each atomically, once there is room for all of them; creates their folders.

    Files are synced to disk before they replace others; those of a draft are synced later, together
    (:func:`_settle`). Of a symbolic link, the file that it names is replaced.
    """
    drafts: dict[Path, Path] = {}
    with ExitStack() as stack:  # undone in reverse: a draft goes before its folder
        for name, content in files.items():
            path = name.resolve() if name.is_symlink() else name
            stack.enter_context(making(path.parent))
            draft = path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}.draft")
            drafts[path] = draft
            stack.callback(draft.unlink, missing_ok=True)
            with writing(path, is_draft=True), draft.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                if path.name in RESULTS or not _is_in_draft(path):
                    os.fsync(file.fileno())
        for path, draft in drafts.items():
            with writing(path, is_draft=True):
                draft.replace(path)


def _is_in_draft(path: Path) -> bool:
    return any(folder.suffix == _PARTIAL for folder in path.parents)


@contextmanager
def writing(path: Path, *, is_draft: bool = False) -> Iterator[None]:
    """Raise operating system errors with a file name, for a draft that of its target."""
    try:
        yield
    except Exception as error:
        os_error = system_error(error)
        if os_error is None and _TRANSPORT in str(error):
            os_error = OSError(errno.ENOSPC, "")
        is_named = os_error is not None and os_error.filename is not None and not is_draft
        if os_error is None or is_named or os_error.errno is None:
            raise
        raise OSError(os_error.errno, os.strerror(os_error.errno), str(path)) from None


def is_whole_parquet(path: Path) -> bool:
    """Whether a file exists and ends like a Parquet file, so is not truncated."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            size = file.seek(-4, os.SEEK_END) + 4
            return begin == file.read(4) == b"PAR1" and size >= _LEAST_BYTES
    except OSError:  # missing, or shorter than that
        return False
