"""Hindcasts: rolling forecasts of the past and their scores (files: docs/results.md).

For each origin D, at regular intervals, the scenario is forecast as of the end of D up to
D + horizon (forecast.py). The forecast is scored against the final vintage of all figures with days
in (D, D + horizon], together with baselines that use what was published by D, and with the
simulation without the counts. Parameters are those known on D (settings.py) unless draws are given.
Finished origins are stored in ``DIR.partial/origins``, from where an interrupted hindcast resumes.
"""

import io
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from os import PathLike
from pathlib import Path

import polars as pl

from emigre.calibration.posterior import MARK as POSTERIOR
from emigre.calibration.posterior import Posterior
from emigre.calibration.scenario_fit import SIMULATIONS, FitSettings, fit
from emigre.ensemble.executors import open_pool
from emigre.ensemble.listener import ProgressListener, watch
from emigre.ensemble.plan import DEFAULT_SEED, Plan
from emigre.ensemble.pool import Pool
from emigre.ensemble.run import Clock, check_place, stem
from emigre.errors import InputError, Mistake, ResultsError, refuse
from emigre.evaluation.baselines import Memory, Published
from emigre.evaluation.key_results import days
from emigre.evaluation.observations import with_weekly_sums
from emigre.evaluation.reliability import record as record_of
from emigre.evaluation.skill import FORECAST_COLUMNS, forecasts, skill_table
from emigre.evaluation.track_record import write_csv
from emigre.forecasting.cells import values_of
from emigre.forecasting.hindcast_folder import MARK, NOUN, Hindcast, HindcastInfo
from emigre.forecasting.settings import draws_as_of, known_on, parse_days, plan_of
from emigre.forecasting.simulation import Widths, cells_in, conditioned, run_into
from emigre.forecasting.stocks import is_lasting
from emigre.numerics.blas import in_one_blas_thread
from emigre.results import notice, output_dir
from emigre.results.text import counted
from emigre.scenario import arguments
from emigre.scenario.loader import ScenarioReader, Settings, Variants, reader_of
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws, DrawsLike, draws_of
from emigre.scenario.parsers import listed
from emigre.scenario.priors import priors_of
from emigre.scenario.texts import place_names

FIT_SIZE, FIT_STEPS = 150, 3
AS_KNOWN = (
    "the stored posterior if all its figures had been published by the day of the forecast, "
    "otherwise the ranges of the scenario"
)
_ORIGINS = "origins"
_FITS = "fits"
_RUNS = "runs"


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A hindcast to make.

    Attributes
    ----------
    load : callable
        Function that loads the scenario, as of a day.
    origins : tuple of date
        Days on which forecasts are made.
    horizon : int
        Length of each forecast in days.
    plan : Plan
        Plan of the scenario with all its figures.
    observations : DataFrame
        Figures that are scored, with weekly sums.
    draws : DrawsLike, optional
        Parameter draws used for all origins.
    refit : FitSettings, optional
        Settings of the fit made for each origin.
    """

    load: Callable[..., Scenario]
    origins: tuple[date, ...]
    horizon: int
    plan: Plan
    observations: pl.DataFrame
    draws: DrawsLike | None
    refit: FitSettings | None

    @property
    def scenario(self) -> Scenario:
        """The scenario with all its figures."""
        return self.plan.worlds[0]

    @property
    def parameters_from(self) -> str:
        """Where the parameters of the forecasts come from."""
        if self.refit is not None:
            size = f"{counted(self.refit.size, 'draw')}, {counted(self.refit.steps, 'step')}"
            return f"fitted for each forecast to what was published by then ({size})"
        if self.draws is None:
            return AS_KNOWN
        draws = self.plan.draws
        origin = "the values of the scenario" if draws is None else draws.origin
        return f"{origin}, the same for every forecast: not fitted for each of them"

    def work(self) -> output_dir.Work:
        """What identifies the hindcast in its output folder."""
        plan, days = self.plan, [str(day) for day in self.origins]
        key = plan.key(NOUN, *days, str(self.horizon), str(plan.runs), self.parameters_from)
        words = f"{plan.words()}; origins {days[0]} to {days[-1]}, {self.horizon} days"
        name = f"hindcast-{stem(self.scenario)}"
        return output_dir.Work(MARK, NOUN, key, words, scratch=(_ORIGINS,), stem=name)

    def last_day(self, origin: date) -> date:
        """Last day of the forecast made at an origin (inclusive)."""
        return min(origin + timedelta(days=self.horizon), self.scenario.end)

    def ahead(self, origin: date) -> pl.DataFrame:
        """The figures with days in (origin, origin + horizon]."""
        after = self.last_day(origin) + timedelta(days=1)
        return self.observations.filter((pl.col("from") > origin) & (pl.col("to") <= after))


@in_one_blas_thread
def hindcast(
    scenario: str | PathLike[str] | Scenario | ScenarioReader,
    *,
    start: date | str,
    end: date | str,
    every: str | int = 7,
    horizon: str | int = 14,
    variants: Variants = (),
    settings: Settings = (),
    runs: int | None = None,
    seed: int = DEFAULT_SEED,
    scale: int | None = None,
    draws: DrawsLike | None = None,
    refit: bool = False,
    fit_size: int = FIT_SIZE,
    fit_steps: int = FIT_STEPS,
    workers: int | None = None,
    pool: str | Pool | None = None,
    out: str | PathLike[str] | None = None,
    shelf: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | ProgressListener = False,
) -> Hindcast:
    """Score rolling forecasts of the past against baseline forecasters.

    Each forecast uses only what was known on the day on which it is made. An interrupted hindcast
    resumes when it is started again with the same arguments.

    Parameters
    ----------
    scenario : str, path, Scenario or ScenarioReader
        Scenario folder, the name of a built-in scenario, a scenario, or a reader that has already
        read one.
    start, end : date or str
        Day of the first forecast, and last possible day of a forecast.
    every : str or int, default 7
        Days between forecasts: a number, or a text such as ``7d`` or ``2w``.
    horizon : str or int, default 14
        Number of days of each forecast, in the same notation.
    variants, settings : optional
        Variants and settings, as in :func:`emigre.load`.
    runs : int, optional
        Number of runs of each forecast. The scenario's own number if not given.
    seed : int, default 1
        Random seed.
    scale : int, optional
        Number of people represented by one simulated person. The scenario's own if not given.
    draws : Draws, frame, mapping, array, str or path, optional
        Draws of uncertain parameters, as in :func:`emigre.run`; the same for every forecast.
    refit : bool, default False
        Refit the parameters for each forecast to what was published by then.
    fit_size, fit_steps : int
        Posterior draws (150) and assimilation steps (3) of each fit.
    workers, pool, out, shelf, force, progress : optional
        Where to simulate and to write the hindcast, whether to replace a finished one, and how to
        show progress, as in :func:`emigre.run`.

    Returns
    -------
    Hindcast
        ``forecasts`` of each figure by each forecaster, and ``skill``, the skill table.

    Raises
    ------
    InputError
        If the scenario or an argument is invalid, or no figure can be forecast.
    ResultsError
        If ``out`` already holds a hindcast or other files.
    """
    _check_refit(refit, (fit_size, fit_steps), draws)
    check_place(pool=pool, out=out, shelf=shelf, force=force)
    with watch(progress) as watcher:
        watcher.stage("reading the scenario")
        load = partial(reader_of(scenario).load, variants=variants, settings=settings)
        world = load()
        fit_settings = _refit(world, fit_size, fit_steps, seed, scale) if refit else None
        origins, ahead = _origins_and_horizon(world, start, end, every, horizon)
        drawn = None if draws is None else draws_of(world, draws, seed=seed)
        plan = plan_of([world], runs, seed, scale, workers)
        figures = with_weekly_sums(world.tables["observations"])
        plan = replace(plan, draws=drawn)
        request = Request(load, origins, ahead, plan, figures, draws, fit_settings)
        _check_figures(request)
        work = request.work()
        with (
            output_dir.drafting(out, work, shelf=shelf, force=force) as draft,
            open_pool(pool, workers) as opened,
        ):
            if draft.is_done:
                return draft.owned(Hindcast(output_dir.finish(draft)))
            clock = Clock()
            _simulate(request, draft.folder, watcher, opened)
            clock.lap("origins")
            watcher.stage("writing tables")
            _write_tables(request, draft.folder)
            clock.lap("write")
            info = _info(request, clock)
            return draft.owned(Hindcast(output_dir.publish(draft, info.text())))


def _check_refit(refit: bool, sizes: tuple[int, int], draws: DrawsLike | None) -> None:
    """Refuse settings of a fit without a fit, and draws together with one."""
    mistakes: list[Mistake] = []
    arguments.yes_no("--fit", refit, mistakes)
    pairs = zip(("--fit-size", "--fit-steps"), sizes, (FIT_SIZE, FIT_STEPS), strict=True)
    for option, given, default in pairs:
        if (not isinstance(given, int) or given != default) and refit is False:
            found, expected = str(given), "no such number without --fit"
            mistakes.append(Mistake(option, found, expected))
    if refit is True and draws is not None:
        mistakes.append(Mistake("--draws", "draws", "no draws together with --fit"))
    refuse(mistakes)


def _refit(world: Scenario, size: int, steps: int, seed: int, scale: int | None) -> FitSettings:
    """Settings of the fits; mistakes name the options of the hindcast command."""
    fit_settings = FitSettings(size, steps, checks=0, seed=seed, scale=scale)
    own = {"--size": "--fit-size", "--steps": "--fit-steps"}
    wrong = fit_settings.mistakes(len(priors_of(world)))
    refuse(replace(m, file=own[m.file]) for m in wrong if m.file in own)
    return fit_settings


def _origins_and_horizon(
    world: Scenario, start: date | str, end: date | str, every: str | int, horizon: str | int
) -> tuple[tuple[date, ...], int]:
    """Parse the origins and the days of each forecast; InputError with every mistake."""
    mistakes: list[Mistake] = []
    days = world.start, world.end
    first = arguments.origin("--from", start, *days, mistakes, needed=True)
    last = arguments.origin("--to", end, *days, mistakes, needed=True)
    interval = parse_days("--every", every, mistakes)
    ahead = parse_days("--horizon", horizon, mistakes)
    if first is not None and last is not None and last < first:
        mistakes.append(Mistake("--to", str(last), f"a date on or after {first}"))
    if mistakes or first is None or last is None:
        raise InputError(*mistakes)
    n = (last - first).days // interval + 1
    return tuple(first + timedelta(days=i * interval) for i in range(n)), ahead


def _check_figures(request: Request) -> None:
    """InputError if no observation can be forecast from any origin."""
    if any(request.ahead(origin).height for origin in request.origins):
        return
    found = f"{counted(request.horizon, 'day')} after {listed(map(str, request.origins))}"
    expected = "all days of some observation within the horizon of a forecast"
    raise InputError(Mistake("--horizon", found, expected, _covered(request.observations)))


def _covered(observations: pl.DataFrame) -> str:
    """Days covered by observations, for a message."""
    if observations.is_empty():
        return "the scenario has no observations to score"
    first, after = min(observations["from"]), max(observations["to"])
    return f"observations cover days from {first} to {after - timedelta(days=1)}"


def _simulate(request: Request, home: Path, watcher: ProgressListener, pool: Pool) -> None:
    """Forecast from each unfinished origin and store the result."""
    tables = request.scenario.tables
    memory_on = Published(tables["observations"], tables["pressures"]).on
    for i, origin in enumerate(request.origins, start=1):
        path = _origin_file(home, origin)
        if output_dir.is_whole_parquet(path):
            continue
        watcher.stage(f"origin {i} of {len(request.origins)}, {days(origin)}")
        ahead = request.ahead(origin)
        figures = pl.DataFrame(schema=FORECAST_COLUMNS)
        if ahead.height:
            figures = _forecast(request, origin, ahead, memory_on, home, watcher, pool)
        content = io.BytesIO()
        figures.write_parquet(content)
        output_dir.write_whole(path, content.getvalue())
        shutil.rmtree(home / _RUNS, ignore_errors=True)


def _forecast(
    request: Request,
    origin: date,
    ahead: pl.DataFrame,
    memory_on: Callable[[date], Memory],
    home: Path,
    watcher: ProgressListener,
    pool: Pool,
) -> pl.DataFrame:
    """Forecast the figures ahead with all forecasters (columns FORECAST_COLUMNS)."""
    plan, full = request.plan, request.scenario
    world = request.load(end=request.last_day(origin), as_of=origin)
    if request.refit is None:
        draws = draws_as_of(full, origin, request.draws, plan.seed)
    else:
        draws = _fitted(request.refit, world, origin, home / _FITS / str(origin), watcher, pool)
    member = replace(plan, worlds=(world,), draws=draws)
    results = run_into([home / _RUNS / str(origin)], member, watcher, pool=pool)[0]
    known = known_on(world, origin)
    cells = cells_in(results, world, {*ahead["measure"], *known["measure"]})
    ahead = ahead.filter(
        pl.Series([cells[r["measure"]].holds(r) for r in ahead.iter_rows(named=True)])
    )
    given = conditioned(cells, known, world, plan, origin)
    widths = Widths.of(cells, known, memory_on(origin), origin, plan.scale)
    return forecasts(
        given.values(ahead, partial(widths.shaped, given=given)),
        ahead,
        memory_on,
        seed=plan.seed,
        origin=origin,
        small_count=full.small_count,
        plain=values_of(cells, ahead),
        is_published=is_lasting(cells, ahead, known),
    )


def _fitted(
    settings: FitSettings,
    world: Scenario,
    origin: date,
    folder: Path,
    watcher: ProgressListener,
    pool: Pool,
) -> Draws:
    """Draws of the posterior as of an origin, which is fitted unless the folder holds it.

    The scenario as of the origin is simulated up to that day and fitted to the figures marked
    ``fit`` that were published by then. Parameters without informative figures keep their prior.
    For later pressures this is the prior that the scenario gives now.
    """
    if not (folder / POSTERIOR).exists():
        world = replace(world, end=origin)
        fit(world, **asdict(settings), pool=pool, out=folder, progress=watcher)
        shutil.rmtree(folder / SIMULATIONS, ignore_errors=True)
    return Posterior.read(folder).draws(f"the fit as of {origin}")


def _origin_file(home: Path, origin: date) -> Path:
    return home / _ORIGINS / f"{origin}.parquet"


def _write_tables(request: Request, home: Path) -> None:
    table = pl.concat(pl.read_parquet(_origin_file(home, d), glob=False) for d in request.origins)
    if not table.height:
        raise ResultsError("no observation lies within the horizon of any origin")
    notice.write(home, request.scenario)
    write_csv(table, home / "forecasts.csv")
    write_csv(record_of(table), home / "record.csv")
    write_csv(skill_table(table), home / "skill.csv")


def _info(request: Request, clock: Clock) -> HindcastInfo:
    scenario, plan = request.scenario, request.plan
    places = set(scenario.tables["observations"]["place"])
    return HindcastInfo(
        **plan.record(),
        variants=tuple(patch.name for patch in scenario.applied),
        first=request.origins[0],
        last=request.origins[-1],
        horizon_days=request.horizon,
        origins=request.origins,
        parameters_from=request.parameters_from,
        **clock.times(),
        places={
            place: name for place, name in place_names(scenario.tables).items() if place in places
        },
    )
