"""Operands: a scenario, a scenario with variants, or a run folder."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emigre import schema
from emigre.errors import InputError, ResultsError
from emigre.evaluation.simulated import SeriesReader, figures
from emigre.results.folder import MARK, SCENARIO, Results
from emigre.results.output_dir import as_path
from emigre.results.record import refuse_replaced
from emigre.results.run_info import RunInfo
from emigre.results.window import Quantity
from emigre.scenario.library import HEADER, find_folder
from emigre.scenario.loader import load, load_resolved
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, draws_of
from emigre.scenario.patch import FOLDER
from emigre.version import VERSION


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison; ``results`` is None unless it is a run folder."""

    name: str
    scenario: Scenario
    results: Results | None = None

    @property
    def info(self) -> RunInfo | None:
        """The content of run.json."""
        return None if self.results is None else self.results.info

    def draws(self, seed: int) -> Draws | None:
        """The draws of the run folder, or those of a run of the scenario with this seed."""
        if self.info is None:
            return draws_of(self.scenario, seed=seed)
        return None if self.info.draws is None else draws_of(self.scenario, seed=self.info.seed)


def read_side(text: str) -> Side:
    """SCENARIO, SCENARIO:VARIANT, SCENARIO:VARIANT+VARIANT or a run folder, by name or path.

    Raises InputError with every mistake of the scenario, ResultsError for a run folder that does
    not hold its scenario.
    """
    folder = as_path(text) or Path()
    if (folder / MARK).is_file() and not (folder / HEADER).is_file():
        return of_run(Results.read(text))
    name, variants = _with_variants(text)
    if not name or folder.exists():
        return Side(text, load(text))
    try:
        return Side(text, load(name, variants=variants))
    except InputError as error:
        own = (replace(m, file=text) if m.file == "--variant" else m for m in error.mistakes)
        raise InputError(*own) from None


def _with_variants(text: str) -> tuple[str, list[str]]:
    """Scenario and variants of SCENARIO:VARIANT+VARIANT; a variant's name may hold : and +."""
    parts = text.split(":")
    for at in range(1, len(parts)):
        name, variants = ":".join(parts[:at]), ":".join(parts[at:])
        with suppress(InputError):
            if (find_folder(name) / FOLDER / f"{variants}.toml").is_file():
                return name, [variants]
    name, _, variants = text.rpartition(":")
    return name, [variant.strip() for variant in variants.split("+")]


def of_run(results: Results) -> Side:
    """The side of a run; ResultsError if it does not hold its scenario."""
    refuse_replaced(results)
    copy = results.folder / SCENARIO
    if not (copy / HEADER).is_file():
        info = results.info
        patches = "+".join(v for v in info.variants if not v.startswith("set "))
        raise ResultsError(
            f"{results.folder} does not hold its scenario ({SCENARIO}/{HEADER} is missing): it was "
            "written by an older version of Emigre. Run it again, or name the scenario instead, "
            f"such as {info.scenario}{':' + patches if patches else ''}"
        )
    return Side(str(results.folder), load_resolved(copy), results)


_SETTINGS = (
    ("seed", "seed", "part of their difference is random"),
    ("scale", "scale", "part of their difference is due to this setting"),
    ("number of runs", "runs", "part of their difference is random"),
    ("version of Emigre", "emigre", "the program itself may differ"),
    ("number of parameter draws", "draws", "part of their difference is due to the draws"),
)
"""Settings that two runs may differ in: in words, by name, and what that means."""


def differences_of_runs(a: Side, b: Side, seed: int, scale: int, draws: Draws | None) -> list[str]:
    """Notes on differences other than the scenarios, which are not attributed."""
    notes: list[str] = []
    if a.info is not None and b.info is not None:
        for what, name, meaning in _SETTINGS:
            one, two = (getattr(info, name) for info in (a.info, b.info))
            if one != two:
                values = " and ".join("none" if v is None else str(v) for v in (one, two))
                notes.append(
                    f"The runs differ in {what} ({values}): {meaning}, which is not attributed."
                )
    for side in (a, b):
        info = side.info
        if info is None:
            continue
        if (info.seed, info.scale) != (seed, scale):
            notes.append(
                f"{side.name} was run with seed {info.seed} at scale {info.scale}; both sides are "
                f"simulated here with seed {seed} at scale {scale}."
            )
        if info.emigre != VERSION:
            notes.append(
                f"{side.name} was run with version {info.emigre}; this is version {VERSION}."
            )
        if side.draws(seed) != draws:
            own = "the scenario's own values" if draws is None else draws.origin
            notes.append(
                f"{side.name} was run with other parameter draws; here all runs use {own}."
            )
        notes += info.notes_on_scenario(side.name, side.scenario.hash)
    return list(dict.fromkeys(notes))


def recorded(side: Side, quantity: Quantity) -> float | None:
    """The mean over the runs of a run folder; None if it does not contain the number."""
    if side.results is None or schema.measures()[quantity.measure].kind == "mean":
        return None
    values = figures(SeriesReader(side.results), quantity.frame())
    return None if np.isnan(values).any() else float(values.mean())
