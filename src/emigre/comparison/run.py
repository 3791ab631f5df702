"""Simulate a baseline and its alternatives as one plan and write the differences."""

from collections.abc import Mapping
from datetime import date, timedelta
from os import PathLike
from pathlib import Path

import polars as pl

from emigre.comparison import diversion
from emigre.comparison.alternative import is_name
from emigre.comparison.effects import Kept, effects, totals, write_totals
from emigre.comparison.folder import (
    BASELINE,
    EFFECTS,
    MARK,
    NOUN,
    AlternativeInfo,
    CompareInfo,
    Comparison,
)
from emigre.engine import api
from emigre.ensemble.executors import open_pool
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, Plan, make_plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import PARTS, Clock, check_place, simulate, stem
from emigre.errors import InputError, Mistake, refuse
from emigre.results import notice, output_dir, shards
from emigre.scenario import arguments
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import DrawsLike, draws_of
from emigre.scenario.parsers import listed, quoted
from emigre.scenario.patch import describe_patch
from emigre.scenario.texts import place_names


def compare(
    base: Scenario,
    worlds: Mapping[str, Scenario],
    *,
    period: tuple[date | str | None, date | str | None] | None = None,
    runs: int | None = None,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    draws: DrawsLike | None = None,
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Comparison:
    """Compare alternatives with a baseline, using common random numbers.

    Run r of every alternative has the same random numbers and the same parameter draw as run r of
    the baseline. An interrupted comparison resumes when started again with the same arguments.

    Parameters
    ----------
    base : Scenario
        The baseline.
    worlds : mapping of str to Scenario
        Alternatives by name, as returned by :func:`emigre.alternatives`. Their simulated days must
        be those of the baseline.
    period : tuple of date or str, optional
        Start and end (exclusive) of the period of the totals. None, for the tuple or one of the
        dates, means that of the simulated days.
    runs, seed, scale, draws : optional
        Size of the ensembles, random seed and draws of uncertain parameters, as in
        :func:`emigre.run`; defaults are those of the baseline.
    workers, pool, out, shelf, force, progress : optional
        Where to simulate and to write the comparison, whether to replace a finished one, and how to
        show progress, as in :func:`emigre.run`.

    Returns
    -------
    Comparison
        Paired differences, read from the folder on first access.

    Raises
    ------
    InputError
        If an argument is invalid or the simulated days differ.
    ResultsError
        If ``out`` already holds a comparison or other files, or cannot be written.
    """
    days = _checked(base, worlds, period)
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    plan = make_plan(
        [base, *worlds.values()],
        runs=runs,
        seed=seed,
        scale=scale,
        draws=draws_of(base, draws, seed=seed),
        workers=workers,
    )
    key = plan.key(NOUN, *worlds, str(days))
    scratch, name = (f"*/{PARTS}",), f"{stem(base)}-compared"
    work = output_dir.Work(MARK, NOUN, key, plan.words(), scratch, name)
    with (
        watch(progress) as watcher,
        output_dir.drafting(out, work, shelf=shelf, force=force) as draft,
    ):
        if draft.is_done:
            return draft.owned(Comparison(output_dir.finish(draft)))
        with open_pool(pool, workers) as opened:
            info = _fill(draft.folder, plan, tuple(worlds), days, watcher, opened)
        return draft.owned(Comparison(output_dir.publish(draft, info.text())))


def _checked(base: Scenario, worlds: Mapping[str, Scenario], period: object) -> tuple[date, date]:
    _check_worlds(base, worlds)
    mistakes: list[Mistake] = []
    if period is not None and not (isinstance(period, tuple | list) and len(period) == 2):
        raise InputError(Mistake("--period", quoted(period), "two dates, the end exclusive"))
    start, end = period or (None, None)
    days = arguments.period(start, end, base.start, base.end + timedelta(days=1), mistakes)
    for name, world in worlds.items():
        if (world.start, world.end) != (base.start, base.end):
            found = f"{world.start} to {world.end}"
            mistakes.append(Mistake(name, found, f"{base.start} to {base.end}"))
    refuse(mistakes)
    return days


def _check_worlds(base: object, worlds: object) -> None:
    """InputError unless these are scenarios by valid folder names."""
    mistakes = []
    if not isinstance(base, Scenario):
        mistakes.append(Mistake("--base", quoted(base), "a scenario, as emigre.load returns it"))
    if not isinstance(worlds, Mapping) or not worlds:
        expected = "a mapping of names to scenarios, as emigre.alternatives returns it"
        mistakes.append(Mistake("--worlds", quoted(worlds), expected))
        raise InputError(*mistakes)
    for name, world in worlds.items():
        if not isinstance(name, str) or not is_name(name):
            expected = f"a folder name other than {BASELINE} or a file of the comparison"
            mistakes.append(Mistake("--worlds", quoted(name), expected))
        elif not isinstance(world, Scenario):
            mistakes.append(Mistake("--worlds", quoted(world), "a scenario"))
    if len({str(name).casefold() for name in worlds}) < len(worlds):
        found, expected = listed(map(str, worlds)), "names that differ in more than case"
        mistakes.append(Mistake("--worlds", found, expected))
    refuse(mistakes)


def _fill(
    home: Path,
    plan: Plan,
    names: tuple[str, ...],
    period: tuple[date, date],
    watcher: ProgressListener,
    pool: Pool,
) -> CompareInfo:
    clock = Clock()
    homes = [home / name for name in (BASELINE, *names)]
    days = diversion.days(plan.worlds[0], *period)
    kept = []
    for world in simulate(homes, plan, watcher, pool, clock, trace=days):
        world.write_mark(clock)
        kept.append(Kept(world.parts, api.layout(world.scenario)))
    notice.write(home, plan.worlds[0])
    watcher.stage("comparing")
    _write(home, plan, names, period, kept)
    clock.lap("write")
    return _info(plan, names, period, clock)


def _write(
    home: Path, plan: Plan, names: tuple[str, ...], period: tuple[date, date], kept: list[Kept]
) -> None:
    base = plan.worlds[0]
    days = slice((period[0] - base.start).days, (period[1] - base.start).days)
    daily, total, whole, main = [], [], [], []
    layout = api.layout(*plan.worlds)
    for name, scenario, other in zip(names, plan.worlds[1:], kept[1:], strict=True):
        frame, before, after = effects(kept[0], other, layout, plan.runs, days)
        daily.append(_named(frame, name, names))
        places = _places(base) | _places(scenario)
        total.append(totals(name, before, after, layout.series, period, places))
        pairs = [
            diversion.of_pair(*(shards.trace(side.folder, run) for side in (kept[0], other)))
            for run in range(plan.runs)
        ]
        words = place_names(base.tables) | place_names(scenario.tables)
        whole.append(diversion.summarise(pairs, names=words, alternative=name))
        main.append(diversion.condense(pairs, names=words, alternative=name))
    with output_dir.writing(home / EFFECTS):
        pl.concat(daily).write_parquet(home / EFFECTS, compression="zstd")
    write_totals(pl.concat(total), home / "totals.csv", base.small_count, layout.rows_of)
    diversion.write_csv(pl.concat(whole), home / "diverted.csv", base.small_count)
    diversion.write_csv(pl.concat(main), home / "diverted_main.csv", base.small_count)


def _places(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Name and kind of every place and area."""
    table = scenario.tables["places"]
    kinds = dict(zip(table["id"], table["kind"], strict=True)) | {"*": "everywhere"}
    names = place_names(scenario.tables)
    return {place: (name, kinds.get(place, "area")) for place, name in names.items()}


def _named(frame: pl.DataFrame, name: str, names: tuple[str, ...]) -> pl.DataFrame:
    """Prepend the alternative's name; as strings, because layouts may differ between worlds."""
    return frame.select(
        pl.lit(name).cast(pl.Enum(names)).alias("alternative"),
        pl.col("date"),
        pl.col("measure", "place").cast(pl.String),
        pl.exclude("date", "measure", "place"),
    )


def _info(
    plan: Plan, names: tuple[str, ...], period: tuple[date, date], clock: Clock
) -> CompareInfo:
    base = plan.worlds[0]
    return CompareInfo(
        **plan.record(),
        alternatives=tuple(
            _described(base, name, world)
            for name, world in zip(names, plan.worlds[1:], strict=True)
        ),
        start=base.start,
        end=base.end,
        as_of=base.as_of,
        period=period,
        draws=None if plan.draws is None else len(plan.draws),
        parameters_from=None if plan.draws is None else plan.draws.origin,
        small_count=base.small_count,
        places={k: v for world in plan.worlds for k, v in place_names(world.tables).items()},
        **clock.times(),
    )


def _described(base: Scenario, name: str, world: Scenario) -> AlternativeInfo:
    patches = [p for p in world.applied if p not in base.applied and p.file != "--as-of"]
    names = place_names(world.tables) | place_names(base.tables)
    return AlternativeInfo(
        name=name,
        title="; ".join(p.title for p in patches) or name,
        note=" ".join(p.note for p in patches),
        changes=tuple(line for p in patches for line in describe_patch(p, base, names)),
        hash=world.hash,
    )
