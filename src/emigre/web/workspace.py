"""The workspace: the only folders that the desk may read and write.

RUNS/                 run folders and comparisons
RUNS/quick/           quick looks (ordinary run folders)
RUNS/variants/NAME/   saved variants, by scenario
RUNS/scenarios/NAME/  scenarios made at the desk, the only ones it changes
RUNS/.desk/           job records of the desk, names and notes of results
"""

import csv
import json
import os
import re
import secrets
import shutil
import unicodedata
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from emigre.comparison.folder import Comparison
from emigre.errors import EmigreError, InputError, Mistake
from emigre.results.folder import Results
from emigre.results.labels import heading_of
from emigre.results.output_dir import partial, write_whole
from emigre.results.record import Record
from emigre.results.text import counted
from emigre.results.text import inside as in_sentence
from emigre.scenario.library import HEADER, is_reserved, shipped
from emigre.scenario.parsers import quoted
from emigre.studies.folders import kind_of, mark_of
from emigre.web.labels import FILE as LABELS
from emigre.web.labels import Labels

QUICK = "quick"
VARIANTS = "variants"
SCENARIOS = "scenarios"
OWN = ".desk"
KEY = "key"
_NOT_NAMES = ("baseline",)
"""Reserved names that a variant cannot have."""
FILES = (".csv", ".parquet", ".html", ".json", ".png", ".svg", ".toml", ".txt")
"""Extensions of files that may be downloaded."""


class ResultSummary(Record):
    """Summary of a finished folder; ``name`` is relative to RUNS."""

    name: str
    title: str
    scenario: str
    what: str
    kind: str
    runs: int
    scale: int
    days: tuple[date, date]
    as_of: date | None = None
    seed: int
    finished: Annotated[datetime, AfterValidator(lambda time: time.astimezone(UTC))]


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace; ``more`` are scenarios in addition to the built-in ones, by name."""

    runs: Path
    more: dict[str, Path] = field(default_factory=dict)

    def scenarios(self) -> dict[str, Path]:
        """Folder of every scenario by name: ``more``, those made here, the built-in ones."""
        return shipped() | self.own() | self.more

    def own(self) -> dict[str, Path]:
        """Folders of the scenarios made at the desk, by name."""
        home = self.runs / SCENARIOS
        folders = sorted(home.iterdir()) if home.is_dir() else []
        return {p.name: p for p in folders if is_scenario(p) and inside(home, p.name) is not None}

    def argument(self, scenario: str) -> str:
        """A scenario as a command-line argument."""
        folder = self.scenarios().get(scenario)
        return scenario if folder in (None, shipped().get(scenario)) else str(folder)

    def folder(self, name: str) -> Path | None:
        """The finished folder of that name below RUNS, or None."""
        path = inside(self.runs, name)
        return path if path is not None and mark_of(path) is not None else None

    def is_done(self, out: Path) -> bool:
        """Whether a folder below RUNS is finished."""
        runs, path = self.runs.resolve(), out.resolve()
        return (
            path.is_relative_to(runs) and self.folder(path.relative_to(runs).as_posix()) is not None
        )

    def file(self, name: str, file: str) -> Path | None:
        """A downloadable file of a finished folder, or None."""
        home = self.folder(name)
        path = None if home is None else inside(home, file)
        return path if path is not None and path.suffix in FILES and path.is_file() else None

    def files(self, name: str) -> dict[str, Path]:
        """The downloadable files of a folder by name."""
        home = self.folder(name)
        assert home is not None
        names = [path.relative_to(home).as_posix() for path in sorted(home.rglob("*"))]
        return {file: path for file in names if (path := self.file(name, file))}

    def results(self) -> list[ResultSummary]:
        """Finished folders, newest first."""
        summaries = []
        for home, before in ((self.runs, ""), (self.runs / QUICK, f"{QUICK}/")):
            for path in home.iterdir() if home.is_dir() else ():
                name = f"{before}{path.name}"
                if not path.name.endswith(".partial") and self.folder(name) is not None:
                    summaries.append(summary_of(path, name))
        known = (summary for summary in summaries if summary is not None)
        return sorted(known, key=lambda summary: summary.finished, reverse=True)

    @property
    def labels(self) -> Labels:
        """Names and notes of results."""
        return Labels(self.runs / OWN / LABELS)

    def delete(self, name: str) -> None:
        """Delete a finished folder; if that fails halfway, it is no longer marked as finished."""
        home = self.folder(name)
        assert home is not None
        bin_ = self.runs / OWN / f"deleted-{secrets.token_hex(6)}"
        bin_.parent.mkdir(parents=True, exist_ok=True)
        home.rename(bin_)
        self.labels.set(name, None)
        shutil.rmtree(bin_, ignore_errors=True)

    def zip(self, name: str, out: Path) -> None:
        """Write the downloadable files of a folder as a ZIP archive."""
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, path in self.files(name).items():
                archive.write(path, f"{out.stem}/{file}")

    def variants(self, scenario: str) -> dict[str, Path]:
        """Saved variants of a scenario, by name."""
        home = inside(self.runs, f"{VARIANTS}/{scenario}")
        if home is None or not home.is_dir():
            return {}
        return {p.stem: p for p in sorted(home.glob("*.toml")) if inside(home, p.name) is not None}

    def variant_path(
        self, scenario: str, name: str, text: str, taken: Collection[str] = ()
    ) -> Path:
        """Path of a new variant; numbered if its name is used or taken, in any case."""
        home = inside(self.runs, f"{VARIANTS}/{scenario}")
        assert home is not None
        there = {path.stem.casefold(): path for path in home.glob("*.toml")}
        used = {stem.casefold() for stem in (*taken, *_NOT_NAMES)}
        for stem in chain([name], (f"{name}-{number}" for number in count(2))):
            path = there.get(stem.casefold(), home / f"{stem}.toml")
            is_free = stem.casefold() not in used and not is_reserved(stem)
            if is_free and (not path.exists() or path.read_text("utf-8", "replace") == text):
                break
        return path

    def write_variant(self, path: Path, text: str) -> Path:
        """Write a variant unless it already exists."""
        if not path.exists():
            write_whole(path, text)
        return path

    def key(self) -> str:
        """The CSRF token of all forms, stable across restarts."""
        path = self.runs / OWN / KEY
        with suppress(OSError, UnicodeDecodeError):
            kept = path.read_text(encoding="ascii")
            if re.fullmatch(r"[\w-]{24,}", kept):
                return kept
        key = secrets.token_urlsafe(18)
        with suppress(OSError):  # then forms are valid until the desk ends
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key)
        return key

    def free_folder(self, stem: str, taken: set[str]) -> Path:
        """A folder below RUNS that neither exists nor is being written."""
        paths = (self.runs / f"{stem}-{number:03d}" for number in count(1))
        return next(
            path
            for path in paths
            if str(path) not in taken and not path.exists() and not partial(path).exists()
        )


def file_stem(name: str) -> str:
    """A name as a file stem of at most 60 characters, in any script; InputError if none is left."""
    # Marks of letters, such as Arabic vowels, do not count as letters.
    kept = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c)[0] != "M")
    stem = re.sub(r"[^\w-]+", "-", "".join(kept)).strip("-_")
    # A folder has the names of a scenario and a variant, and at most 255 bytes.
    stem = stem[:60].encode()[:90].decode(errors="ignore").rstrip("-_")
    if not stem:
        raise InputError(Mistake("name", quoted(name), "a name with a letter or digit in it"))
    return stem


def inside(home: Path, name: str) -> Path | None:
    """The path of a name below a folder; None if it escapes the folder."""
    parts = name.split("/")
    if "\0" in name or "\\" in name or any(p.startswith(".") or not p for p in parts):
        return None
    try:
        base = home.resolve()
        path = (base / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path != base and path.is_relative_to(base) else None


def is_scenario(path: Path) -> bool:
    """Whether a folder holds a scenario."""
    return (path / HEADER).is_file()


def summary_of(path: Path, name: str) -> ResultSummary | None:
    """The summary of a finished folder; None if it cannot be read."""
    mark = mark_of(path)
    return None if mark is None else _summary(mark, name, mark.stat().st_mtime_ns)


@lru_cache(maxsize=2000)
def _summary(mark: Path, name: str, changed_ns: int) -> ResultSummary | None:
    kind = kind_of(mark.parent)
    try:
        content = _mark_content(mark, kind)
        changed = datetime.fromtimestamp(changed_ns / 1e9, UTC)
        content["finished"] = content.get("finished") or changed
        days = content["start"], content["end"]
        return ResultSummary.model_validate(content | {"name": name, "kind": kind, "days": days})
    except (EmigreError, OSError, ValueError, LookupError, TypeError):
        return None


def _mark_content(mark: Path, kind: str) -> dict[str, Any]:
    """The marker file of a folder as plain JSON, because models of studies import slowly."""
    if kind == "compare":
        info = Comparison.read(mark.parent).info
        return vars(info) | {"what": "; ".join(a.title for a in info.alternatives)}
    if kind == "run":
        run = Results.read(mark.parent).info
        return vars(run) | {"what": ", ".join(run.variants) or "The baseline"}
    if kind == "explain":
        with mark.open(encoding="utf-8-sig", newline="") as lines:
            last = list(csv.DictReader(lines))[-1]
        place = last.get("place_name") or last["place"]
        title = heading_of(last["measure"], last["place"], place)
        end = date.fromisoformat(last["to"]) - timedelta(days=1)
        more = {"start": last["from"], "end": end, "scenario": "", "title": title}
        return last | more | {"what": f"Explained: {last['change']}"}
    content: dict[str, Any] = json.loads(mark.read_text(encoding="utf-8"))
    as_of = content.get("as_of")
    content["as_of"] = None if as_of is None else date.fromisoformat(as_of)
    if kind == "forecast":
        worlds = f" with {len(content['worlds'])} worlds" if len(content["worlds"]) > 1 else ""
        first = None if as_of is None else content["as_of"] + timedelta(days=1)
        return content | {"what": f"Forecast{worlds}", "start": first}
    if kind == "hindcast":
        what = f"Track record of {counted(len(content['origins']), 'forecast')}"
        return content | {"what": what, "start": content["first"], "end": content["last"]}
    if kind == "fit":
        what = f"Fit to {counted(len(content['figures']), 'count')}"
        return content | {"what": what, "runs": content["size"]}
    end = date.fromisoformat(content["end"]) - timedelta(days=1)
    what = heading_of(content["measure"], content["place"], content["place_name"])
    return content | {"what": f"What matters for {in_sentence(what)}", "end": end}
