"""Accuracy of posteriors by library, for a given number of simulations.

Two problems whose posterior is known: a linear one with normal noise in the simulator and in the
data, and three crossings of an invented crisis (counts by Poisson chance, a pulse, a queue with a
capacity), whose posterior comes from a long Markov chain on its exact likelihood. Every method gets
1200 simulations. Printed: distance of the posterior means from the true ones in true standard
deviations; ratio of the standard deviations; Kullback-Leibler divergence of the normal laws with
the same moments; share of true parameters in 90 % intervals; seconds.

    python benchmarks/which_sampler.py linear --sets 5
    python benchmarks/which_sampler.py flows --sets 5 --only ES-MDA

Needs emcee (reference), and pyesmda, pyabc, sbi with torch for those methods; what is not installed
is passed over.
"""

import argparse
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emigre.calibration import Prior, Priors, Targets, fit
from emigre.numerics.normal import Q95

Array = NDArray[np.float64]
BUDGET = 1200


class Linear:
    """y = A z + chance, d = y + error: 10 parameters, 40 figures."""

    k, m = 10, 40

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        q, _ = np.linalg.qr(rng.normal(size=(self.m, self.k)))
        r, _ = np.linalg.qr(rng.normal(size=(self.k, self.k)))
        self.matrix = q @ np.diag(np.geomspace(8, 0.5, self.k)) @ r.T
        self.chance = 0.5 * np.exp(rng.normal(0, 0.3, self.m))
        self.sd = 0.5 * np.exp(rng.normal(0, 0.5, self.m))

    def simulate(self, z: Array, rng: np.random.Generator) -> Array:
        return z @ self.matrix.T + rng.normal(size=(len(z), self.m)) * self.chance

    def reference(self, d: Array) -> tuple[Array, Array]:
        weight = 1 / (self.chance**2 + self.sd**2)
        covariance = np.linalg.inv(np.eye(self.k) + (self.matrix.T * weight) @ self.matrix)
        return covariance @ (self.matrix.T * weight) @ d, covariance


class Flows:
    """Log counts at three crossings before and after a shock; one person stands for 20."""

    k, scale, days = 10, 20.0, 60

    def __init__(self) -> None:
        weeks = [(c, 7 * w + 2, 7 * w + 9) for c in range(3) for w in range(8)]
        self.picks = weeks + [(c, 28 + t, 29 + t) for c in (0, 1) for t in range(8)]
        self.m = len(self.picks)
        self.sd = np.where(np.random.default_rng(0).random(self.m) < 0.7, 0.05, 0.15)

    def mean(self, z: Array) -> Array:
        n = len(z)
        base, weight = 2e-4 * np.exp(0.7 * z[:, 0]), np.exp(0.6 + 0.4 * z[:, 1])
        half, delay = 7 * np.exp(0.5 * z[:, 2]), 3 * np.exp(0.5 * z[:, 3])
        attraction = np.stack([np.zeros(n), z[:, 4], z[:, 5]], axis=1)
        capacity, ordinary = 900 * np.exp(0.4 * z[:, 6]), 300 * np.exp(0.4 * z[:, 7])
        drop, divert = 0.5 * z[:, 8], 0.05 * np.exp(0.7 * z[:, 9])
        home, preparing, queue = np.full(n, 5e5), np.zeros(n), np.zeros(n)
        out = np.empty((n, self.days, 3))
        for t in range(self.days):
            pulse = np.exp(-np.log(2) * (t - 30) / half) if t >= 30 else np.zeros(n)
            go = home * -np.expm1(-base * np.exp(weight * pulse))
            home, preparing = home - go, preparing + go
            leave = preparing * -np.expm1(-1 / delay)
            preparing = preparing - leave
            u = attraction.copy()
            u[:, 0] -= divert * queue / capacity * 24
            p = np.exp(u - u.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            others = (ordinary * np.exp(drop * pulse))[:, None] * np.array([0.5, 0.3, 0.2])
            arrived = leave[:, None] * p + others
            queue = queue + arrived[:, 0]
            out[:, t] = arrived
            out[:, t, 0] = np.minimum(queue, capacity)
            queue = queue - out[:, t, 0]
        return np.stack([out[:, a:b, c].sum(axis=1) for c, a, b in self.picks], axis=1)

    def simulate(self, z: Array, rng: np.random.Generator) -> Array:
        counts = rng.poisson(self.mean(z) / self.scale)
        return np.asarray(np.log(self.scale * (counts + 1.0)))

    def log_likelihood(self, z: Array, d: Array) -> Array:
        from scipy.stats import poisson

        rate = self.mean(z)[..., None] / self.scale
        width = 6 * np.sqrt(np.maximum(rate, 1)) + 3
        n = np.maximum(np.round(np.maximum(rate, 1) + width * np.linspace(-1, 1, 61)), 0)
        error = (d[:, None] - np.log(self.scale * (n + 1.0))) / self.sd[:, None]
        each = np.logaddexp.reduce(poisson.logpmf(n, rate) - 0.5 * error**2, axis=-1)
        return np.asarray((each + np.log(np.maximum(2 * width[..., 0] / 60, 1))).sum(axis=1))

    def reference(self, d: Array) -> tuple[Array, Array]:
        import emcee
        from scipy.optimize import minimize

        def posterior(z: Array) -> Array:
            z = np.atleast_2d(z)
            return self.log_likelihood(z, d) - 0.5 * (z**2).sum(axis=1)

        rng = np.random.default_rng(1)
        starts = [rng.normal(size=self.k) * 0.5 for _ in range(3)]
        found = [
            minimize(lambda z: -posterior(z)[0], s, method="Powell", options={"maxfev": 4000})
            for s in starts
        ]
        best = min(found, key=lambda r: float(r.fun))
        moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
        chain = emcee.EnsembleSampler(60, self.k, posterior, vectorize=True, moves=moves)
        chain.random_state = np.random.RandomState(0).get_state()
        chain.run_mcmc(best.x + 0.05 * rng.normal(size=(60, self.k)), 3000)
        draws = chain.get_chain(discard=1000, thin=20, flat=True)
        return draws.mean(axis=0), np.cov(draws.T)


def ours(problem: Any, d: Array, rng: np.random.Generator) -> Array:
    """ES-MDA with the chance counted once."""
    priors = Priors(tuple(Prior(f"z{i}", "normal", -Q95, Q95) for i in range(problem.k)))
    names = tuple(f"y{j}" for j in range(problem.m))
    targets = Targets(names, d, problem.sd, np.ones(problem.m), np.eye(problem.m), None)
    seed = int(rng.integers(2**31))
    return fit(
        lambda z, first: problem.simulate(z, np.random.default_rng([seed, first])),
        priors,
        targets,
        size=BUDGET // 4,
        steps=4,
        checks=0,
        seed=seed,
        discrepancy=0.0,
    ).values


def plain_es_mda(problem: Any, d: Array, rng: np.random.Generator) -> Array:
    """ES-MDA as published."""
    import covmats
    from pyesmda import ESMDA

    smoother = ESMDA(
        obs=d,
        m_init=rng.normal(size=(problem.k, BUDGET // 4)),
        cov_obs=covmats.CovViaDiagonal(problem.sd**2),
        forward_model=lambda m: problem.simulate(m.T, rng).T,
        n_assimilations=4,
        is_forecast_for_last_assimilation=False,
        is_parallel_analyse_step=False,
        random_state=rng,
        truncation=1.0,
    )
    smoother.solve()
    return np.asarray(smoother.m_posterior.T)


def by_pyabc(kind: str) -> Callable[[Any, Array, np.random.Generator], Array]:
    """ABC-SMC with 100 particles."""

    def method(problem: Any, d: Array, rng: np.random.Generator) -> Array:
        import pyabc

        for name in ("ABC", "ABC.Distance", "ABC.Sampler", "ABC.History"):
            logging.getLogger(name).setLevel(logging.ERROR)
        np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002
        names = [f"z{i}" for i in range(problem.k)]
        prior = pyabc.Distribution(**{n: pyabc.RV("norm", 0, 1) for n in names})

        def model(p: Any) -> dict[str, Array]:
            y = problem.simulate(np.array([[p[n] for n in names]]), rng)[0]
            noise = 0.0 if kind == "exact noise" else rng.normal(size=problem.m) * problem.sd
            return {"y": y + noise}

        options: dict[str, Any] = {"population_size": 100, "sampler": pyabc.SingleCoreSampler()}
        if kind == "exact noise":
            distance: Any = pyabc.IndependentNormalKernel(var=list(problem.sd**2))
            options |= {"eps": pyabc.Temperature(), "acceptor": pyabc.StochasticAcceptor()}
        elif kind == "learned statistics":
            from pyabc.predictor import LinearPredictor
            from pyabc.sumstat import PredictorSumstat

            learned = PredictorSumstat(LinearPredictor(), fit_ixs={2, 4, 6})
            distance = pyabc.AdaptivePNormDistance(p=2, sumstat=learned)
        else:
            distance = pyabc.AdaptivePNormDistance(p=2)
        with tempfile.TemporaryDirectory() as home:
            abc = pyabc.ABCSMC(model, prior, distance, **options)
            abc.new(f"sqlite:///{home}/abc.db", {"y": d})
            history = abc.run(max_total_nr_simulations=BUDGET)
            frame, weights = history.get_distribution()
        weights = np.asarray(weights) / np.sum(weights)
        return np.asarray(frame[names].to_numpy()[rng.choice(len(frame), 1000, p=weights)])

    return method


def by_sbi(rounds: int) -> Callable[[Any, Array, np.random.Generator], Array]:
    """Neural posterior estimation."""

    def method(problem: Any, d: Array, rng: np.random.Generator) -> Array:
        import torch
        from sbi.inference import NPE
        from sbi.utils.user_input_checks import process_prior

        torch.manual_seed(int(rng.integers(2**31)))
        torch.set_num_threads(1)
        law = torch.distributions.MultivariateNormal(torch.zeros(problem.k), torch.eye(problem.k))
        prior, *_ = process_prior(law)
        inference: Any = NPE(prior=prior, show_progress_bars=False)
        proposal: Any = prior
        n = BUDGET // rounds
        for r in range(rounds):
            quiet = {"show_progress_bars": False} if r else {}
            z = proposal.sample((n,), **quiet).numpy()
            y = (
                problem.simulate(z.astype(float), rng)
                + rng.normal(size=(n, problem.m)) * problem.sd
            )
            pair = (torch.as_tensor(a, dtype=torch.float32) for a in (z, y))
            inference.append_simulations(*pair, proposal=proposal).train()
            proposal = inference.build_posterior()
            proposal = proposal.set_default_x(torch.as_tensor(d, dtype=torch.float32))
        return np.asarray(proposal.sample((1000,), show_progress_bars=False).numpy())

    return method


METHODS: dict[str, Callable[[Any, Array, np.random.Generator], Array]] = {
    "ES-MDA, chance counted once": ours,
    "ES-MDA, plain": plain_es_mda,
    "pyABC, adaptive distance": by_pyabc("adaptive"),
    "pyABC, exact noise": by_pyabc("exact noise"),
    "pyABC, learned statistics": by_pyabc("learned statistics"),
    "sbi, NPE in 1 round": by_sbi(1),
    "sbi, NPE in 4 rounds": by_sbi(4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("problem", choices=("linear", "flows"))
    parser.add_argument("--sets", type=int, default=5, help="data sets")
    parser.add_argument("--only", action="append", help="methods whose name holds this")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    problem: Any = Linear() if asked.problem == "linear" else Flows()
    known: dict[int, tuple[Array, Array]] = {}
    for name, method in METHODS.items():
        if asked.only and not any(word in name for word in asked.only):
            continue
        try:
            rows = [measured(problem, method, s, known) for s in range(asked.sets)]
        except ImportError as missing:
            print(f"{name:30s} passed over: {missing}")
            continue
        error, ratio, divergence, held, seconds = np.array(rows).T
        print(
            f"{asked.problem:7s} {name:30s} means {error.mean():.2f} sd off, "
            f"sd x {np.exp(np.log(ratio).mean()):.2f}, KL {np.median(divergence):.2f}, "
            f"90 % hold {100 * held.mean():.0f} %, {seconds.mean():.1f} s",
            flush=True,
        )


def measured(
    problem: Any, method: Any, number: int, known: dict[int, tuple[Array, Array]]
) -> tuple[float, float, float, float, float]:
    rng = np.random.default_rng(1000 + number)
    truth = rng.normal(size=(1, problem.k))
    d = problem.simulate(truth, rng)[0] + rng.normal(size=problem.m) * problem.sd
    if number not in known:
        known[number] = problem.reference(d)
    mean, covariance = known[number]
    started = time.perf_counter()
    draws = method(problem, d, rng)
    seconds = time.perf_counter() - started
    sd, found_mean, found = np.sqrt(np.diag(covariance)), draws.mean(axis=0), np.cov(draws.T)
    off = found_mean - mean
    divergence = 0.5 * (
        np.trace(np.linalg.solve(found, covariance))
        + off @ np.linalg.solve(found, off)
        - problem.k
        + np.linalg.slogdet(found)[1]
        - np.linalg.slogdet(covariance)[1]
    )
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return (
        float(np.sqrt(np.mean((off / sd) ** 2))),
        float(np.exp(np.log(draws.std(axis=0, ddof=1) / sd).mean())),
        float(divergence),
        float(((low <= truth[0]) & (truth[0] <= high)).mean()),
        seconds,
    )


if __name__ == "__main__":
    main()
