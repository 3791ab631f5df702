"""Ensemble plan: worlds (variants) by runs, with common random numbers and draws."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from emigre import schema
from emigre.engine.steps import Step, identity
from emigre.ensemble import callables
from emigre.errors import InputError, Mistake
from emigre.results import derived
from emigre.results.statistics import Analyzer
from emigre.scenario import arguments
from emigre.scenario.checks.sizes import MOST_PEOPLE, check_scale
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, check_draws
from emigre.version import VERSION

DEFAULT_SEED = 1
MOST_RUNS = 100_000
"""Most runs of an ensemble: each is a file until the tables are merged."""
MOST_WORKERS = 1_000
"""Most parallel runs on one machine."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Seeds, parameter draws and variants in one plan.

    Run r of every world has the same random numbers (seed, r) and the same row of ``draws``: worlds
    differ only in what was changed. ``by`` is an attribute by which counts are split; ``steps`` and
    ``analyzers`` come from the caller.
    """

    worlds: tuple[Scenario, ...]
    runs: int
    seed: int = DEFAULT_SEED
    scale: int = 1
    by: str | None = None
    draws: Draws | None = None
    steps: tuple[Step, ...] = ()
    analyzers: tuple[Analyzer, ...] = ()

    @property
    def n_days(self) -> int:
        """Total days of all runs of all worlds."""
        return self.runs * sum(world.n_days for world in self.worlds)

    def members(self) -> Iterator[tuple[int, int]]:
        """(world, run) of every member, world by world to limit compiled worlds in memory."""
        return ((w, r) for w in range(len(self.worlds)) for r in range(self.runs))

    def key(self, *more: str) -> str:
        """Key of everything a run depends on, which excludes the number of runs."""
        content = {
            "program": program(),
            "worlds": [_identity(world) for world in self.worlds],
            "seed": self.seed,
            "scale": self.scale,
            "by": self.by,
            "draws": None if self.draws is None else self.draws.text(),
            "steps": [identity(step) for step in self.steps],
            "analyzers": [callables.identity(analyzer) for analyzer in self.analyzers],
            "rule_kinds": [
                [repr(replace(kind, apply=None)), *callables.identity(kind.apply or repr)]
                for kind in self._added_kinds()
            ],
            "more": more,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _added_kinds(self) -> Iterator[schema.RuleKind]:
        """Rule kinds of other packages that some world uses."""
        used = {kind for world in self.worlds for kind in world.tables["rules"]["kind"]}
        return (kind for name, kind in schema.added_rule_kinds().items() if name in used)

    def record(self) -> dict[str, Any]:
        """The fields of an :class:`~emigre.results.record.EnsembleRecord`, of the first world."""
        world = self.worlds[0]
        names = {"scenario": world.id, "title": world.title, "hash": world.hash}
        size = {"runs": self.runs, "seed": self.seed, "scale": self.scale}
        return {"emigre": VERSION, **names, **size}

    def words(self) -> str:
        """Description of the plan, as stored in a draft."""
        names = ", ".join(
            f"{w.id}{''.join(f' + {p.name}' for p in w.applied)}" for w in self.worlds
        )
        return f"{names}; {self.runs} runs, seed {self.seed}, scale {self.scale}, version {VERSION}"


def make_plan(
    worlds: Iterable[Scenario],
    *,
    runs: int | None,
    seed: int,
    scale: int | None,
    by: str | None = None,
    draws: Draws | None = None,
    workers: int | None = None,
) -> Plan:
    """A plan, with runs and scale of the first world by default; InputError with every mistake."""
    worlds = tuple(worlds)
    base = worlds[0]
    runs = base.runs if runs is None else runs
    scale = base.scale if scale is None else scale
    mistakes: list[Mistake] = []
    runs = arguments.whole("--runs", runs, 1, MOST_RUNS, mistakes)
    scale = arguments.whole("--scale", scale, 1, MOST_PEOPLE, mistakes)
    root = arguments.whole("--seed", seed, 0, 2**63 - 1, mistakes, needed=True)
    arguments.whole("--workers", workers, 1, MOST_WORKERS, mistakes)
    if scale is not None and not mistakes:
        mistakes = [m for world in worlds for m in check_scale(world.population, scale)][:1]
    known = ("group", "status", "party_size", *schema.attributes())
    if by is not None:
        arguments.one_of("--by", by, known, mistakes)
    derived.measures()  # those that cannot be used are refused before any work
    if mistakes or runs is None or scale is None or root is None:
        raise InputError(*mistakes)
    if draws is not None:
        check_draws(draws, base)
    return Plan(worlds, runs, root, scale, by, draws)


def _identity(world: Scenario) -> list[str]:
    # Patched values matter beyond the content: parameter draws do not override them.
    asked = sorted(name for patch in world.applied for name in patch.set)
    return [world.hash, str(world.start), str(world.end), *asked]


@cache
def program() -> str:
    """Hash of the source code: other code may give other numbers."""
    home = Path(__file__).parents[1]
    digest = hashlib.sha256(VERSION.encode())
    paths = [*home.rglob("*.py"), *(home / "schema").rglob("*.csv")]
    for path in sorted(paths):
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
