"""Test many mutants, sequentially or in several processes, and tally the results."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from fuzzing import verdicts
from fuzzing.mutants import mutate

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
T = TypeVar("T")
CHUNK = 250
MOST_BYTES = 6 << 30
"""Memory that a process may take."""


@dataclass(frozen=True, slots=True)
class Base:
    """A folder from which mutants are made: days simulated and scale, and how often it is taken.

    ``simulated`` is the share of mutants that are simulated; the others are checked only.
    """

    folder: Path
    days: int
    scale: int | None
    weight: int
    simulated: float = 1.0


def bases() -> dict[str, Base]:
    """Those that ship or lie beside the tests."""
    package = ROOT / "src" / "emigre"
    return {
        "tiny": Base(package / "examples" / "tiny", 12, None, 36),
        "base": Base(TESTS / "scenario" / "base", 12, None, 24),
        "two-crossings": Base(TESTS / "cases" / "base" / "two-crossings", 8, None, 12),
        "valley": Base(TESTS / "adapters" / "valley", 20, None, 24),
        "russia-2022": Base(package / "scenarios" / "russia-2022", 3, 20_000, 4, 0.1),
    }


def peers(folder: Path) -> dict[str, Base]:
    """Conflict folders of others, on demand."""
    result = sorted(p for p in folder.iterdir() if (p / "input_csv").is_dir())
    return {p.name: Base(p, 10, 1000, 3, 0.5) for p in result}


@dataclass(slots=True)
class Tally:
    """How many mutants ran, were refused or showed a defect; examples of each kind of defect."""

    counts: Counter[str] = field(default_factory=Counter)
    by_base: Counter[tuple[str, str]] = field(default_factory=Counter)
    defects: dict[str, list[str]] = field(default_factory=dict)
    pointed: Counter[bool] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    long: list[str] = field(default_factory=list)

    def add(self, name: str, seed: int, did: list[str], verdict: verdicts.Verdict) -> None:
        """Write down one mutant."""
        self.counts[verdict.what] += 1
        self.by_base[name, verdict.what] += 1
        if verdict.what == verdicts.REFUSED and verdict.files and len(did) == 1:
            file = did[0].partition(":")[0].partition(" ")[0]
            self.pointed[any(f.endswith(file) for f in verdict.files)] += 1
        if verdict.what == verdicts.DEFECT:
            kind = verdict.words.partition(": ")[0]
            self.defects.setdefault(kind, []).append(
                f"{name}:{seed} {'; '.join(did)} => {verdict.words}"
            )

    def merge(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.counts += other.counts
        self.by_base += other.by_base
        self.pointed += other.pointed
        self.slowest = max(self.slowest, other.slowest)
        self.long += other.long
        for kind, examples in other.defects.items():
            self.defects.setdefault(kind, []).extend(examples)


def make(base: Base, name: str, seed: int, where: Path) -> tuple[Path, list[str], random.Random]:
    """The mutant of a number: its folder, its mutations, and the random generator."""
    rng = random.Random(f"{name}-{seed}")
    folder = where / name
    shutil.copytree(base.folder, folder)
    return folder, mutate(rng, folder), rng


def tried(
    name: str, base: Base, seed: int, whole_share: float = 0.03
) -> tuple[list[str], verdicts.Verdict]:
    """Make one mutant and judge it."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as where:
        folder, did, rng = make(base, name, seed, Path(where))
        days = base.days if rng.random() < base.simulated else 0
        whole = rng.random() < whole_share
        return did, verdicts.judge(folder, days=days, scale=base.scale, whole=whole)


def numbers(result: dict[str, Base], first: int, mutants: int) -> Iterator[tuple[str, int]]:
    """Which base and which seed, mutant by mutant."""
    names, weights = list(result), [b.weight for b in result.values()]
    for number in range(first, first + mutants):
        yield random.Random(number).choices(names, weights)[0], number


def try_many(
    result: dict[str, Base], which: Sequence[tuple[str, int]], whole_share: float = 0.03
) -> Tally:
    """Try mutants one after the other."""
    tally = Tally()
    for name, seed in which:
        begun = time.perf_counter()
        did, verdict = tried(name, result[name], seed, whole_share)
        tally.add(name, seed, did, verdict)
        tally.slowest = max(tally.slowest, (time.perf_counter() - begun, f"{name}:{seed}"))
    return tally


def _limit_memory() -> None:
    """A mutant that would fill the machine fails instead."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def campaign(result: dict[str, Base], first: int, mutants: int, workers: int) -> Iterator[Tally]:
    """Try mutants in processes; yields the tally as it grows."""
    return in_processes(partial(try_many, result), list(numbers(result, first, mutants)), workers)


def in_processes(
    task: Callable[[Sequence[T]], Tally], which: Sequence[T], workers: int
) -> Iterator[Tally]:
    """Try many of something in processes; yields the tally as it grows."""
    chunks = [which[at : at + CHUNK] for at in range(0, len(which), CHUNK)]
    total = Tally()
    with ProcessPoolExecutor(workers, initializer=_limit_memory) as pool:
        for tally in pool.map(task, chunks):
            total.merge(tally)
            yield total
