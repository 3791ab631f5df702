r"""Parameter recovery and rank statistics of fits on a real scenario.

Parameters are drawn from their priors. A run with these parameters serves as the truth: its figures
get errors like those of the published ones, and the scenario is fitted to them.

    python benchmarks/known_truth.py recovery russia-2022 --end 2022-09-29 --scale 100 --sets 3
    python benchmarks/known_truth.py ranks tiny --sets 100 --size 60 --all \
        --prior pressure_call_up=0.6:1.6 --prior prepare_days=3:12

``recovery`` prints truth and posterior of each parameter. ``ranks`` tests whether the ranks of the
true values are uniform, with a band that contains all points in 99 of 100 cases; it needs one fit
per set, and therefore a small scenario. ``--prior`` gives a range to a parameter without one,
``--all`` fits to all observations. Finished fits are stored in ``--out`` and reused.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rank_statistics import rank_statistics, recovery

import emigre
from emigre.calibration import Posterior, fit
from emigre.calibration.scenario_fit import FitProblem, FitSettings, seed_of
from emigre.ensemble.executors import sample
from emigre.ensemble.plan import Plan
from emigre.ensemble.progress import Silent
from emigre.scenario.model import ParameterRecord, Scenario
from emigre.scenario.parameter_draws import Draws

Array = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("recovery", "ranks"))
    parser.add_argument("scenario")
    parser.add_argument("--end")
    parser.add_argument("--prior", action="append", default=[], metavar="NAME=LOW:HIGH")
    parser.add_argument("--all", action="store_true", help="fit to all observations")
    parser.add_argument("--scale", type=int)
    parser.add_argument("--sets", type=int, default=1)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--discrepancy", type=float, default=0.0)
    parser.add_argument("--draws", type=int, default=19, help="draws among which ranks are taken")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/known-truth"))
    asked = parser.parse_args()
    scenario = emigre.load(asked.scenario, end=asked.end)
    believed = [belief(scenario, text) for text in asked.prior]
    names = {record.name for record in believed}
    notes = [note for note in scenario.parameter_notes if note.name not in names]
    tables = dict(scenario.tables)
    if asked.all:
        tables["observations"] = tables["observations"].with_columns(use=pl.lit("fit"))
    scenario = replace(scenario, parameter_notes=(*notes, *believed), tables=tables)
    settings = FitSettings(
        size=asked.size,
        steps=asked.steps,
        checks=0,
        seed=asked.seed,
        scale=asked.scale,
        discrepancy=asked.discrepancy,
    )
    study = Study(FitProblem.of(scenario, settings), asked.out)
    if asked.what == "recovery":
        study.recover(asked.sets)
    else:
        study.rank(asked.sets, asked.draws)


def belief(scenario: Scenario, text: str) -> ParameterRecord:
    name, _, ends = text.partition("=")
    low, high = (float(end) for end in ends.split(":"))
    return ParameterRecord(name, scenario.parameters[name], low, high)


class Study:
    """Data sets from known parameters, and fits to them."""

    def __init__(self, question: FitProblem, out: Path) -> None:
        self.question, self.out = question, out
        self.priors = question.priors

    def published(self, truth: Array, number: int) -> Array:
        """Transformed figures of a run with these parameters, with the errors of publication."""
        asked, seed = self.question, self.question.settings.seed
        draws = Draws(self.priors.names, truth)
        plan = Plan((asked.scenario,), 1, seed_of(seed, -1 - number), asked.plan.scale, draws=draws)
        assert asked.targets.rows is not None
        y = asked.targets.transform(sample(plan, asked.targets.rows)[0, 0])
        rng = np.random.default_rng([seed, number, 4])
        error = dict.fromkeys(asked.targets.units, asked.settings.discrepancy or 0.0)
        root = np.linalg.cholesky(asked.targets.error(error))
        # A figure that this truth does not determine is used as published.
        y = np.where(np.isfinite(y), y, asked.targets.observed)
        return np.asarray(y + root @ rng.standard_normal(len(y)))

    def fitted(self, observed: Array, number: int) -> Posterior:
        """The posterior given these figures; taken from disk if it is there."""
        folder = self.out / f"{self.question.scenario.id}-{number:03d}"
        if (folder / "posterior.json").exists():
            return Posterior.read(folder)
        base = self.question.settings
        settings = replace(base, seed=seed_of(base.seed, number))
        asked = replace(self.question, settings=settings)
        found = fit(
            asked.simulator(Silent()),
            asked.priors,
            replace(asked.targets, observed=observed),
            size=settings.size,
            steps=settings.steps,
            checks=settings.checks,
            seed=settings.seed,
            discrepancy=settings.discrepancy,
            keep_in=folder / "simulations",
        )
        found.write(folder)
        return found

    def recover(self, sets: int) -> None:
        inside, errors = [], []
        for number in range(sets):
            rng = np.random.default_rng([self.question.settings.seed, number, 3])
            truth = self.priors.sample(1, rng)
            found = self.fitted(self.published(truth, number), number)
            for row in recovery(found, self.priors, truth[0]):
                inside.append(row.inside_90)
                errors.append(row.error_sd)
                print(
                    f"{number} {row.name:34s} truth {row.truth:10.4g}  found {row.q50:10.4g} "
                    f"({row.q05:.4g} to {row.q95:.4g})  {row.error_sd:+.1f} sd  "
                    f"told {100 * row.shrinkage:.0f} %",
                    flush=True,
                )
        n = len(inside)
        print(
            f"{100 * np.mean(inside):.0f} % of {n} true values inside 90 % intervals, "
            f"root mean square error {np.sqrt(np.mean(np.square(errors))):.2f} posterior sd"
        )

    def rank(self, sets: int, draws: int) -> None:
        found = rank_statistics(
            lambda observed, i: self.fitted(observed, i).values,
            self.published,
            self.priors,
            datasets=sets,
            draws=draws,
            seed=self.question.settings.seed,
        )
        for name, is_uniform in found.are_uniform().items():
            i = found.names.index(name)
            counts = np.bincount(found.ranks[:, i] * 10 // (draws + 1), minlength=10)
            print(f"{name:34s} {'uniform' if is_uniform else 'NOT uniform'}  tenths: {counts}")


if __name__ == "__main__":
    main()
