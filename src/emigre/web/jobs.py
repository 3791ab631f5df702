"""Job records: one small file per run, so that jobs survive a restart of the desk."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from pydantic import ValidationError

from emigre.results.output_dir import write_whole
from emigre.results.record import Record
from emigre.web.subprocesses import quoted

State = Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]
OPEN: tuple[State, ...] = ("waiting", "running")
RESUMABLE: tuple[State, ...] = ("failed", "cancelled", "interrupted")
"""States from which a job can be resumed."""

_LINE = re.compile(r"(?P<words>.*?\S)(?:\s+(?P<share>\d{1,3}) %)?(?:\s+(?P<left>\d.*left))?\s*")
_TAIL = 4_000
STARTING = "starting"


class Job(Record):
    """One command of the desk. ``args`` follow ``emigre``; ``out`` is its folder.

    ``query`` is the state of the page that created it, ``base`` the hash of its scenario.
    """

    id: str
    kind: Literal["run", "compare", "forecast", "hindcast", "fit", "sensitivity", "explain"]
    is_quick: bool = False
    scenario: str
    title: str
    args: tuple[str, ...]
    out: str
    name: str
    query: str = ""
    base: str = ""
    state: State = "waiting"
    said: str = ""
    pid: int = 0
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def command(self) -> str:
        """The equivalent command line."""
        return "emigre " + quoted(self.args)

    @property
    def back(self) -> str:
        """Path of the page that created it, with the choices made there."""
        study = "" if self.kind in ("run", "compare") else f"/study/{self.kind}"
        query = f"?{self.query}" if self.query else ""
        return f"/scenarios/{quote(self.scenario)}{study}{query}"

    @property
    def is_open(self) -> bool:
        """Whether it is waiting or running."""
        return self.state in OPEN

    @property
    def can_resume(self) -> bool:
        """Whether it can be resumed."""
        return self.state in RESUMABLE

    @property
    def seconds(self) -> float | None:
        """Elapsed time in seconds."""
        if self.started is None:
            return None
        return ((self.finished or datetime.now(UTC)) - self.started).total_seconds()

    def below(self, runs: Path) -> Self:
        """The job with paths below the current folder of runs."""
        out, name = Path(self.out), Path(self.name)
        old = Path(*out.parts[: len(out.parts) - len(name.parts)])
        if old == runs or old / name != out:
            return self
        args = list(self.args)
        for i, option in enumerate(args[:-1]):
            path = Path(args[i + 1])
            if option == "--out" or (option == "--variant" and path.suffix and old in path.parents):
                args[i + 1] = str(runs / path.relative_to(old))
        return self.model_copy(update={"out": str(runs / name), "args": tuple(args)})

    def now(self, state: State, said: str = "") -> Self:
        """The job in a new state."""
        moment = datetime.now(UTC)
        more: dict[str, object] = {"state": state, "said": said, "pid": 0}
        if state in OPEN:
            more |= {"started": moment if state == "running" else None, "finished": None}
        else:
            more["finished"] = moment
        return self.model_copy(update=more)


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a job: message, percent done (None if unknown), time left."""

    words: str
    share: int | None = None
    left: str = ""

    @property
    def is_first(self) -> bool:
        """Whether there is no progress yet."""
        return self.words == STARTING

    @property
    def rest(self) -> str:
        """Percent and time left as text."""
        share = "" if self.share is None else f"{self.share} %"
        return ", ".join(part for part in (share, self.left) if part)


class JobStore:
    """Store of all jobs in RUNS/.desk/jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def new_id() -> str:
        """An unused job id."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"

    def all(self) -> list[Job]:
        """Every readable job, oldest first."""
        jobs = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                job = Job.model_validate_json(path.read_text(encoding="utf-8"))
                jobs.append(job.below(self.folder.parents[1]))
            except (OSError, UnicodeDecodeError, ValidationError):
                continue
        return sorted(jobs, key=lambda job: (job.created, job.id))

    def write(self, job: Job) -> None:
        """Save the state of a job."""
        write_whole(self.folder / f"{job.id}.json", job.model_dump_json(indent=2) + "\n")

    def log(self, job: Job) -> Path:
        """File with the command's standard error."""
        return self.folder / f"{job.id}.log"

    def output(self, job: Job) -> Path:
        """File with the command's standard output."""
        return self.folder / f"{job.id}.txt"

    def step(self, job: Job) -> Progress:
        """Progress of a job, parsed from its last line of standard error."""
        lines = self.last_lines(job)
        match = _LINE.fullmatch(lines[-1]) if lines else None
        if match is None:
            return Progress(STARTING)
        share = None if match["share"] is None else min(int(match["share"]), 100)
        return Progress(match["words"], share, match["left"] or "")

    def last_lines(self, job: Job) -> list[str]:
        """The last lines of a job's output."""
        try:
            with self.log(job).open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - _TAIL))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()]
