"""Observation error: the distribution of a published figure around the true count.

With y the published figure, x the true count and z a standard normal number, by the column
``error`` of observations.csv:

    exact        y = x
    rounded      y = x + u,  u uniform on [-d/2, d/2],  d the unit of the last digit before the
                 zeros at the end (d = 1000 for 98000, 1 for 3133, 0.1 for 2.5)
    approximate  ln y = ln x + s z,  s = ``error_sd``, or 0.1 where it is empty
    range        ln y = ln x - m - s z,  m = ln(sqrt(low high) / y),
                 s = ln(high / low) / (2 q),  q = 1.6449 the 95 % normal quantile:
                 given y, the truth is log-normal with its 5 % and 95 % quantiles at low and high.
                 A missing end defaults to the value.

An empty ``error`` is a range where low or high is given (and above 0), otherwise rounded. Rounding
is the uniform error of metrology (JCGM 100:2008, Guide to the expression of uncertainty in
measurement, 4.3.7); errors of counts in proportion to the count are the log-normal model usual for
migration statistics (Raymer, Wisniowski, Forster, Smith and Bijak 2013, Integrated modelling of
European migration, Journal of the American Statistical Association 108, 801-819).

A forecast is scored against y, so every simulated count gets an independent error
(:func:`as_published`). The noise depends on (seed, observation id, run number) only: Philox, a
counter-based generator (Salmon, Moraes, Dror and Shaw 2011, doi:10.1145/2063384.2063405), keyed by
the first two, read at the third.
"""

import math

import numpy as np
import polars as pl

from emigre.numerics.array_types import F64
from emigre.numerics.streams import stream
from emigre.scenario.count_error import CountError, count_error

_SMALLEST, _LARGEST = 2.0**-54, 1.0 - 2.0**-53


def count_errors(observations: pl.DataFrame) -> list[CountError]:
    """The error of every row of the table."""
    return [count_error(row) for row in observations.iter_rows(named=True)]


def observation_sd(observations: pl.DataFrame) -> F64:
    """Standard deviation of ln(published / true) of every row. Shape (n_observations,).

    For a rounded figure, that of its uniform error divided by the figure; a figure of 0 counts as
    one unit.
    """
    errors = count_errors(observations)
    values = observations["value"].to_list()
    return np.array(
        [
            e.half_unit / math.sqrt(3.0) / max(v, 2.0 * e.half_unit) if e.half_unit else e.sd
            for e, v in zip(errors, values, strict=True)
        ],
        dtype=np.float64,
    )


def observation_median(observations: pl.DataFrame) -> F64:
    """Median (n_observations,) of the true counts; for a range sqrt(low high)."""
    shift = np.array([e.shift for e in count_errors(observations)], dtype=np.float64)
    return np.asarray(observations["value"].to_numpy() * np.exp(shift), dtype=np.float64)


def as_published(values: F64, observations: pl.DataFrame, seed: int) -> F64:
    """Add observation errors to simulated values: the figures published if a run were true.

    ``values`` has shape (n_runs, n_observations), in the order of the rows; nan stays nan. Run r
    of any ensemble with the same seed gets the same errors. Nothing falls below 0.
    """
    from scipy.special import ndtri

    out = np.array(values, dtype=np.float64)
    ids = observations["id"].to_list()
    for column, error in enumerate(count_errors(observations)):
        if error.kind == "exact":
            continue
        u = uniforms(seed, ids[column], len(out))
        if error.kind == "rounded":
            out[:, column] = np.maximum(out[:, column] + error.half_unit * (2.0 * u - 1.0), 0.0)
        else:
            out[:, column] *= np.exp(error.sd * ndtri(u) - error.shift)
    return out


def uniforms(seed: int, name: str, n: int) -> F64:
    """``n`` uniform numbers in (0, 1), a function of the seed and the observation id."""
    rng = stream(f"emigre error of a count {seed} {name}")
    return np.clip(rng.random(n), _SMALLEST, _LARGEST)
