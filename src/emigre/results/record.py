"""Result folders and their JSON records (``run.json``, ``compare.json``, ...), typed."""

import datetime as dt
import json
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, ValidationError

from emigre.errors import ResultsError
from emigre.results.output_dir import RESULTS, folder_given

FORMAT = 1
"""Version of the format; it increases when readers of old folders would be misled."""


class Record(BaseModel):
    """An immutable record; keys added by later versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def text(self) -> str:
        """The content of the file of this record."""
        return self.model_dump_json(indent=2) + "\n"


class EnsembleRecord(Record):
    """Common part of the records of simulated results: version, scenario, size of the ensemble."""

    format: Literal[1] = 1
    emigre: str
    scenario: str
    title: str
    hash: str
    runs: PositiveInt
    seed: NonNegativeInt
    scale: PositiveInt


class TimedRecord(EnsembleRecord):
    """Names of places by id, and wall-clock times, with those of the stages in ``seconds``."""

    places: dict[str, str]
    started: dt.datetime
    finished: dt.datetime
    seconds: dict[str, float]


class SimulationRecord(TimedRecord):
    """Common part of a run and a forecast, which is stated with their numbers.

    ``variants`` names the patches applied, in order; ``parameters_from`` names the source of
    draws of uncertain parameters, None for the scenario's own values.
    """

    purpose: str
    variants: tuple[str, ...]
    parameters_from: str | None = None
    small_count: NonNegativeInt

    def notes_on_scenario(self, name: str, hash_: str) -> list[str]:
        """A note if the scenario kept in a folder of results is not the one simulated."""
        if hash_ == self.hash:
            return []
        return [
            f"The scenario kept in {name} does not match the hash of its run: it was edited later, "
            "or run by another version."
        ]


R = TypeVar("R", bound=Record)


def _missing(path: Path, noun: str) -> str:
    """Description of a folder without the record, with the first folder in it that has one."""
    folder = path.parent
    if folder.is_file():
        return f"{folder} is a file, not the folder of a {noun}"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    other = next((noun for mark, (noun, *_) in RESULTS.items() if (folder / mark).is_file()), "")
    if not other:
        return f"{folder} is not a complete {noun}: {path.name} is missing"
    within = sorted(folder.glob(f"*/{path.name}"))
    hint = f"; {within[0].parent} is one" if within else ""
    return f"{folder} is a {other}, not a {noun}{hint}"


def read(kind: type[R], path: Path, noun: str) -> R:
    """The record of a folder that holds a ``noun``; ResultsError if it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ResultsError(_missing(path, noun)) from None
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ResultsError(f"{path} is damaged: it is not a JSON object")
    number = content.get("format")
    if number != FORMAT:
        raise ResultsError(
            f"{path}: its format is {number}, this version reads {FORMAT}; "
            "read it with the version of Emigre that wrote it, or a newer one"
        )
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        wrong = ", ".join(str(e["loc"][0]) for e in error.errors() if e["loc"])
        raise ResultsError(f"{path} is damaged: see {wrong}") from None


class RecordFolder(Generic[R]):
    """A result in a folder; the record, the file written last, is read at once.

    Tables are read on first access, and only while the folder holds the same record.
    """

    _kind: ClassVar[type[Any]]
    _mark: ClassVar[str]
    _noun: ClassVar[str]

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = folder_given(folder, self._noun)
        self._absolute = self._folder.absolute()
        self._info: R = self._read_record()

    @property
    def folder(self) -> Path:
        """The path as given; absolute once the working directory has changed."""
        return self._folder if self._folder.absolute() == self._absolute else self._absolute

    @classmethod
    def read(cls, folder: str | PathLike[str]) -> Self:
        """Open a folder; ResultsError if its record is missing or damaged."""
        return cls(folder)

    @property
    def info(self) -> R:
        """Content of the record."""
        return self._info

    def _read_record(self) -> R:
        record: R = read(self._kind, self.folder / self._mark, self._noun)
        return record

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and hasattr(type(self), name):
            raise AttributeError(f"{name} cannot be set: results are read from their folder")
        super().__setattr__(name, value)


def refuse_replaced(results: RecordFolder[Any]) -> None:
    """Raise ResultsError if the folder no longer holds the record that ``results`` has read."""
    if results._read_record() != results.info:
        raise ResultsError(
            f"{results.folder} was replaced by another {results._noun} after it was read: read it "
            "again"
        )


if TYPE_CHECKING:
    cached_frame = cached_property
else:

    class cached_frame(cached_property):  # noqa: N801 - a decorator
        """Cached frame; each access returns a copy, since Polars can change frames in place."""

        def __set_name__(self, owner: type, name: str) -> None:
            # Under its own name the cache would shadow this property, under _name a method.
            super().__set_name__(owner, f"_frame_{name}")

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is not None and self.attrname not in instance.__dict__:
                refuse_replaced(instance)
            frame = super().__get__(instance, owner)
            return frame if instance is None or frame is None else frame.clone()
