"""Learn the size of the model's error from hindcasts, and print the record of the result.

    python scripts/learn_model_error.py simulate --cache DIR [--case NAME ...]
    python scripts/learn_model_error.py learn --cache DIR [--without CASE ...] [--out FILE.toml]
    python scripts/learn_model_error.py record --cache DIR [--half]

``simulate`` simulates every case as of many origins, with parameters drawn from the ranges, and
stores the simulated cells in DIR. ``learn`` fits the sizes to the counts after each origin, given
what had been published by then. ``record`` scores the shipped sizes.
"""

import argparse
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w
from error_learning import LEARNED, learn, pool, record, table

from emigre.adapters.flee import import_folder
from emigre.adapters.flee.folder import Conflict, read_folder
from emigre.adapters.flee.forecast import as_known
from emigre.adapters.flee.names import names_of
from emigre.charts.drawing import svg
from emigre.ensemble.executors import open_pool
from emigre.ensemble.plan import make_plan
from emigre.ensemble.progress import Silent
from emigre.evaluation import model_error
from emigre.evaluation.baselines import Published
from emigre.evaluation.model_error import HORIZONS, ModelError, Pool
from emigre.evaluation.observations import scorable, with_weekly_sums
from emigre.forecasting.cells import Cells
from emigre.forecasting.conditioning import adjusted
from emigre.forecasting.episodes import Episode, episode
from emigre.forecasting.informative import informative
from emigre.forecasting.own_record import BACK, earlier_forecasts
from emigre.forecasting.settings import draws_as_of
from emigre.forecasting.simulation import cells_in, run_into
from emigre.forecasting.stocks import from_last_counts
from emigre.results import output_dir
from emigre.scenario.library import shipped
from emigre.scenario.loader import load
from emigre.scenario.model import Scenario
from emigre.scenario.parameter_draws import Draws

START = {
    **model_error.shipped().errors,
    "flow": ModelError(0.03, 0.4, 14.0, 0.12, 0.2, 0.25, 3.0, 7.0),
}
"""Sizes from which the search starts, and towards which it is pulled; others are kept."""

RUNS, SEED, AHEAD = 24, 1, 30
FEWEST = 20
"""Fewest figures of a line of the picture."""
CASE = {"field": "case", "type": "nominal", "title": None}


@dataclass(frozen=True)
class Origin:
    """A forecast to make: the full scenario, the scenario as of a day, and the scale."""

    case: str
    day: date
    full: Scenario
    world: Scenario
    scale: int


@dataclass(frozen=True, eq=False)
class Kept:
    """Stored content of an origin.

    Simulated cells, figures and pressures of the scenario, and the figures known on the day.
    """

    case: str
    day: date
    cells: dict[str, Cells]
    observations: pl.DataFrame
    pressures: pl.DataFrame
    known: pl.DataFrame
    scale: int


def of_shipped(name: str, days: list[date], last: date, scale: int) -> Iterator[Origin]:
    """Origins of a scenario that ships with Emigre."""
    full = load(name)
    for day in days:
        end = min(day + timedelta(days=AHEAD), last, full.end)
        yield Origin(name, day, full, load(name, end=end, as_of=day), scale)


def of_conflict(path: Path, every: int) -> Iterator[Origin]:
    """Origins of a conflict folder of Flee."""
    with tempfile.TemporaryDirectory() as home:
        import_folder(path, Path(home) / "full")
        full = load(Path(home) / "full")
        day = full.start + timedelta(days=every)
        while day <= full.end - timedelta(days=7):
            out = Path(home) / str(day)
            import_folder(path, out, as_of=day)
            end = min(day + timedelta(days=AHEAD), full.end)
            world = load(out, end=end)
            people = int(world.tables["places"]["population"].sum() or 0)
            known = with_known_recounts(full, read_folder(path), day)
            yield Origin(path.name, day, known, world, max(world.scale, people // 10_000))
            day += timedelta(days=every)


def with_known_recounts(full: Scenario, conflict: Conflict, day: date) -> Scenario:
    """A conflict whose counts are corrected only by the recounts known on a day.

    A later recount would change the earlier counts from which a forecast of that day starts.
    """
    known = as_known(conflict, (day - conflict.start).days).registrations.camps
    places = names_of(conflict).place
    values = {
        f"{places[name]}_{conflict.start + timedelta(days=number)}": float(int(count))
        for name, series in known.items()
        for number, count in zip(series.days, series.counts, strict=True)
    }
    value = pl.col("id").replace_strict(values, default=pl.col("value"), return_dtype=pl.Float64)
    counts = full.tables["observations"].with_columns(value.alias("value"))
    return replace(full, tables={**full.tables, "observations": counts})


def days(first: date, last: date, every: int) -> list[date]:
    """Days from first to last."""
    return [first + timedelta(days=i) for i in range(0, (last - first).days + 1, every)]


_RUSSIA = [
    *days(date(2022, 9, 20), date(2022, 9, 28), 2),
    *(date(2022, 9, 18), date(2022, 9, 15), date(2022, 8, 24), date(2022, 7, 31)),
]

CASES: dict[str, Callable[[], Iterator[Origin]]] = {
    "russia-2022": lambda: of_shipped("russia-2022", _RUSSIA, date(2022, 10, 1), 200),
    "ukraine-2022": lambda: of_shipped(
        "ukraine-2022", days(date(2022, 2, 26), date(2022, 3, 28), 2), date(2022, 3, 31), 400
    ),
    "balkans-2015": lambda: of_shipped(
        "balkans-2015", days(date(2015, 10, 5), date(2016, 1, 26), 7), date(2016, 1, 31), 100
    ),
}


def conflicts(home: Path) -> dict[str, Callable[[], Iterator[Origin]]]:
    """Conflict folders in a folder, by name."""
    folders = sorted(path for path in home.iterdir() if (path / "input_csv").is_dir())
    return {path.name: partial(of_conflict, path, 45) for path in folders}


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["simulate", "learn", "record"])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--case", nargs="*")
    parser.add_argument("--conflicts", type=Path, help="folder of conflict folders")
    parser.add_argument("--without", nargs="*", default=[], help="cases to leave out and check on")
    parser.add_argument("--half", action="store_true", help="learn on every second origin only")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path, help="SVG file of the reliability of all origins")
    asked = parser.parse_args()
    if asked.what != "simulate":
        evaluate(asked)
        return
    asked.cache.mkdir(parents=True, exist_ok=True)
    cases = {n: c for n, c in CASES.items() if n in shipped()}
    if asked.conflicts is not None:
        cases |= conflicts(asked.conflicts)
    for name, origins in cases.items():
        if not asked.case or name in asked.case:
            for origin in origins():
                keep(origin, asked.cache)


def keep(origin: Origin, cache: Path) -> None:
    """Simulate an origin unless it is in the cache."""
    path = cache / f"{origin.case}-{origin.day}.pickle"
    if path.exists():
        return
    draws = draws_as_of(origin.full, origin.day, None, SEED)
    kept = simulated(origin, draws)
    output_dir.write_whole(path, pickle.dumps(kept))
    print(path.name, len(kept.known), "figures known", flush=True)


def simulated(origin: Origin, draws: Draws | None) -> Kept:
    """The simulated cells of an origin."""
    world = origin.world
    plan = make_plan([world], runs=RUNS, seed=SEED, scale=origin.scale, draws=draws)
    observations = origin.full.tables["observations"]
    measures = set(scorable(observations)["measure"])
    with tempfile.TemporaryDirectory() as home, open_pool("threads", None) as where:
        results = run_into([Path(home)], plan, Silent(), pool=where)[0]
        cells = cells_in(results, world, measures)
    known = scorable(observations, origin.day)
    known = known.filter(pl.col("to") <= origin.day + timedelta(days=1))
    return Kept(
        origin.case, origin.day, cells, observations, world.tables["pressures"], known, plan.scale
    )


def episodes_in(cache: Path) -> list[Episode]:
    """The episodes of all origins in the cache that have later figures."""
    episodes = []
    for path in sorted(cache.glob("*.pickle")):
        kept: Kept = pickle.loads(path.read_bytes())
        first = next(iter(kept.cells.values()))
        after = first.start + timedelta(days=first.values.shape[2])
        rows = with_weekly_sums(kept.observations)
        later = rows.filter((pl.col("from") > kept.day) & (pl.col("to") <= after))
        known = kept.known.filter(pl.col("to") > kept.day - BACK)
        if later.height and known.height:
            published = Published(kept.observations, kept.pressures)
            cells = adjusted(from_last_counts(kept.cells, kept.known), known)
            known = informative(cells, known, kept.scale)
            made = episode(
                kept.case, kept.day, cells, known, later, published.on(kept.day), kept.scale
            )
            past = earlier_forecasts(kept.cells, kept.known, kept.day, kept.scale, published)
            episodes += [replace(made, past=past)] if len(made) > made.n_known else []
    return episodes


def cases_of(episodes: list[Episode]) -> list[list[Episode]]:
    """Episodes by case, in the order of their days."""
    names = dict.fromkeys(e.case for e in episodes)
    return [[e for e in episodes if e.case == name] for name in names]


def evaluate(asked: argparse.Namespace) -> None:
    """Learn sizes from episodes, or use those shipped; print the record of flows by case."""
    every = episodes_in(asked.cache)
    inside = [e for e in every if e.case not in asked.without]
    if asked.half:
        inside = [e for case in cases_of(inside) for e in case[::2]]
    names = {(e.case, e.day) for e in inside}
    left = [e for e in every if (e.case, e.day) not in names]
    text, errors, pools = "", model_error.shipped().errors, model_error.shipped().pools
    if asked.what == "learn":
        errors, score = learn(inside, START)
        pools = pool(inside, errors)
        print(f"{len(inside)} episodes, score {score:.4f}")
        text = toml(errors, pools, inside, record(left or inside, errors, pools))
        print(text)
    for words, several in (("all origins", every), ("origins left out", left)):
        if several:
            print(words)
            scores = record(several, errors, pools).filter(kind=LEARNED)
            by_origin = table(scores, ("case", "days", "day")).group_by("case", "days")
            below = by_origin.agg(
                pl.len().alias("origins"),
                (pl.col("skill") < -0.05).sum().alias("below"),
                pl.col("skill").min().alias("worst"),
            )
            with pl.Config(tbl_rows=60, tbl_cols=20, tbl_width_chars=160):
                print(table(scores).join(below, on=["case", "days"]).sort("case", "days"))
    if asked.picture is not None:
        asked.picture.write_text(svg(picture(record(every, errors, pools))), encoding="utf-8")
    if asked.out is not None and text:
        asked.out.write_text(text, encoding="utf-8")


def picture(scores: pl.DataFrame) -> dict[str, Any]:
    """Vega-Lite chart of reliability: share of figures in central intervals, by probability."""
    ours = scores.filter((pl.col("forecaster") == "emigre") & pl.col("case").is_in(shipped()))
    far = 200.0 * (pl.col("below") - 0.5).abs()
    points = [
        row | {"claimed": claimed}
        for claimed in range(10, 100, 10)
        for row in ours.group_by("case", "days")
        .agg((far <= claimed).mean().mul(100.0).alias("held"), pl.len().alias("n"))
        .filter(pl.col("n") >= FEWEST)
        .iter_rows(named=True)
    ]
    x = {"field": "claimed", "type": "quantitative", "title": "central interval, %"}
    y = {"field": "held", "type": "quantitative", "title": "figures inside, %"}
    line = {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y, "color": CASE}}
    same = {"mark": {"type": "line", "strokeDash": [4, 4], "color": "gray"}, "encoding": {
        "x": x, "y": x | {"title": y["title"]},
    }}  # fmt: skip
    return {
        "data": {"values": points},
        "facet": {"column": {"field": "days", "sort": list(HORIZONS), "title": "days ahead"}},
        "spec": {"width": 200, "height": 200, "layer": [same, line]},
    }


def toml(
    errors: Mapping[str, ModelError],
    pools: Mapping[str, Mapping[str, Pool]],
    episodes: list[Episode],
    scores: pl.DataFrame,
) -> str:
    """The sizes and pools as TOML, with their cases and the coverage of intervals."""
    cases = {e.case for e in episodes}
    named = sorted(cases & set(shipped()))
    others = len(cases) - len(named)
    words = f"{', '.join(named)} and {others} conflicts of Flee" if others else ", ".join(named)
    held = table(scores).filter(pl.col("case").is_in(named))["in_90"].to_list()
    content: dict[str, Any] = {
        "learned_from": f"hindcasts of {words} ({len(episodes)} origins)",
        "held_90": [round(min(held, default=0.0), 2), round(max(held, default=1.0), 2)],
    }
    for kind, error in errors.items():
        sizes = {name: round(value, 3) for name, value in asdict(error).items()}
        parts = {part: asdict(chosen) for part, chosen in pools.get(kind, {}).items()}
        content[kind] = sizes | {"pool": parts}
    head = (
        "# How far true counts lie from simulated ones, in logarithms; see model_error.py.\n"
        "# Written by scripts/learn_model_error.py; waits and stocks: decisions 69 and 101.\n"
    )
    return head + tomli_w.dumps(content)


if __name__ == "__main__":
    main()
