"""Random numbers that belong to who and what.

A draw is a pure function of (key of the run, entity, day, purpose). Nothing is used up: one more
party changes nobody else's draws, and two variants of a scenario share theirs. The mixing step is
the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).

All hashing is done in unsigned 64-bit numbers; every key is cast, because unsigned plus signed
comes out signed in compiled code. With the compiler off NumPy warns of the (wanted) overflow; that
warning is allowed for this file only.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from emigre.numerics.jit import kernel

Key = int | np.uint64
"""64 bits: the key of a run or the identity of an entity."""

# Purposes keep their numbers for ever: a new one gets the next free number.
DECIDE = 1  # how many households of a cohort decide to leave
IDENTITY = 2  # identity of a new party
HOUSEHOLD = 3  # size of its household
WHOLE = 4  # whether the household moves whole
WAY = 5  # which way out is chosen
PREPARE = 6  # days of preparation
DEPART_HOUR = 7  # hour of setting out
EXIT_CHECK = 8
ENTRY_CHECK = 9
CLAIM = 10  # asylum claim at the entry check
GIVE_UP = 11  # giving up after having been trapped
ARRIVAL_CHECK = 12  # entry check on arrival without a crossing
SAVINGS = 13  # funds taken along
REMOTE = 14  # whether an income from work at a distance goes on
CANDIDATE_GAP = 15  # days to the next candidate event (thinning)
CANDIDATE = 16  # whether a candidate event happens, and which
DECISION = 17  # decision on an application or a claim
STATUS_END = 18  # what is done when a status ends
TRAFFIC = 19  # ordinary travellers of a day
RELATIVES = 20  # whether relatives send money
FOLLOW = 21  # identity of a party that follows its family
TRAFFIC_LEVEL = 22  # how far the levels of ordinary traffic of a run are off

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1342543DE82EF95)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S12, _S27, _S30, _S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
# 52 bits, so that the middle of the highest of the parts is below 1 in floating point too.
_UNIT = 2.0**-52
_HALF = 2.0**-53
_LOST = 1e-18
"""A term beyond the mean that no longer changes a sum of probabilities."""


@kernel
def mix(z: Key) -> np.uint64:
    """Scramble 64 bits so that each input bit changes each output bit with chance one half."""
    z = np.uint64(z)
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@kernel
def bits(key: Key, entity: Key, day: int, purpose: int) -> np.uint64:
    """64 random bits of (key, entity, day, purpose)."""
    h = mix(np.uint64(key) + _GOLDEN * np.uint64(purpose))
    h = mix(h ^ np.uint64(entity))
    return mix(h + _ODD * np.uint64(day + 1))


@kernel
def uniform(key: Key, entity: Key, day: int, purpose: int) -> float:
    """A number in the open interval (0, 1)."""
    return unit(bits(key, entity, day, purpose))


@kernel
def unit(z: Key) -> float:
    """64 random bits as a number in the open interval (0, 1)."""
    return np.float64(np.uint64(z) >> _S12) * _UNIT + _HALF


@kernel
def nth(entity: Key, k: int) -> np.uint64:
    """Identity of the k-th thing that belongs to an entity."""
    return mix(np.uint64(entity) + _GOLDEN * np.uint64(k + 1))


def run_key(seed: int, run: int) -> int:
    """Key of one run of an ensemble: a hash, because sums of seeds collide."""
    digest = hashlib.blake2b(f"emigre run {seed} {run}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def entity_id(*names: str) -> int:
    """Identity of a named thing, independent of its place in any table."""
    digest = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@kernel
def exponential(u: float) -> float:
    """Exponential waiting time of mean 1 from a uniform number: -ln(u)."""
    return -math.log(u)


@kernel
def geometric_gap(hazard: float, u: float) -> int:
    """Days (1, 2, ...) to the first event of a constant hazard: P(gap > k) = exp(-hazard k)."""
    if hazard <= 0.0:
        return 1 << 30
    gap = -math.log(u) / hazard
    if gap > 1e8:
        return 1 << 30
    return 1 + int(gap)


@kernel
def normal_quantile(p: float) -> float:
    """Inverse of the standard normal distribution, relative error below 1.2e-9.

    Rational approximation of P. J. Acklam (2003, "An algorithm for computing the inverse normal
    cumulative distribution function").
    """
    if p < 0.02425 or p > 1.0 - 0.02425:
        q = math.sqrt(-2.0 * math.log(min(p, 1.0 - p)))
        top = -7.784894002430293e-03 * q - 3.223964580411365e-01
        top = ((top * q - 2.400758277161838e00) * q - 2.549732539343734e00) * q
        top = (top + 4.374664141464968e00) * q + 2.938163982698783e00
        low = (7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00
        low = (low * q + 3.754408661907416e00) * q + 1.0
        return top / low if p < 0.5 else -top / low
    q = p - 0.5
    r = q * q
    top = (-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02
    top = ((top * r + 1.383577518672690e02) * r - 3.066479806614716e01) * r
    top = (top + 2.506628277459239e00) * q
    low = (-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02
    low = ((low * r + 6.680131188771972e01) * r - 1.328068155288572e01) * r + 1.0
    return top / low


@kernel
def binomial_quantile(n: int, p: float, u: float) -> int:
    """Smallest k with P(Binomial(n, p) <= k) >= u.

    Inverting the distribution at one number means that a slightly higher p adds events and
    replaces none. Exact by summing the terms; where both n p and n (1 - p) exceed 500 the nearly
    normal quantile is taken (error of the probability below 0.001).
    """
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    mean = n * p
    if mean > 500.0 and n - mean > 500.0:
        variance = mean * (1.0 - p)
        k = _near_normal(mean, variance, (1.0 - 2.0 * p) / math.sqrt(variance), u)
        return min(max(k, 0), n)
    if p > 0.5:
        return n - _binomial_upper(n, 1.0 - p, u)
    return _binomial_lower(n, p, u)


@kernel
def _binomial_lower(n: int, p: float, u: float) -> int:
    """Inversion from 0 upwards; p <= 1/2."""
    term = math.exp(n * math.log1p(-p))
    odds = p / (1.0 - p)
    total = term
    k = 0
    while total < u and k < n:
        k += 1
        term *= odds * (n - k + 1) / k
        total += term
        if term < _LOST and k > n * p:
            break
    return k


@kernel
def _binomial_upper(n: int, p: float, u: float) -> int:
    """Number of failures k (each of chance p <= 1/2) with P(failures >= k + 1) < u <= P(>= k)."""
    term = math.exp(n * math.log1p(-p))
    odds = p / (1.0 - p)
    total = term
    k = 0
    while 1.0 - total >= u and k < n:
        k += 1
        term *= odds * (n - k + 1) / k
        total += term
        if term < _LOST and k > n * p:
            break
    return k


@kernel
def count_quantile(mean: float, cv: float, u: float) -> int:
    """Smallest k with P(N <= k) >= u for a number N of ordinary travellers of a day.

    N is a Poisson count whose rate has the coefficient of variation cv from day to day (a gamma
    variable): negative binomial with mean m and variance m + (cv m)^2, Poisson if cv is 0. Exact
    by summing the terms; where its skewness is at most 1/4 the nearly normal quantile is taken.
    """
    if mean <= 0.0:
        return 0
    overdispersion = cv * cv * mean
    variance = mean * (1.0 + overdispersion)
    skewness = (1.0 + 2.0 * overdispersion) / math.sqrt(variance)
    if skewness <= 0.25:
        return _near_normal(mean, variance, skewness, u)
    return _negative_binomial(mean, overdispersion, u)


@kernel
def _negative_binomial(mean: float, overdispersion: float, u: float) -> int:
    """Inversion from 0 upwards; variance = mean (1 + overdispersion)."""
    share = overdispersion / (1.0 + overdispersion)
    size = 0.0
    if overdispersion < 1e-9:  # too little to tell from Poisson
        term = math.exp(-mean)
        share = 0.0
        first = mean
    else:
        size = mean / overdispersion
        term = math.exp(-size * math.log1p(overdispersion))
        first = size * share
    total = term
    k = 0
    while total < u:
        k += 1
        term *= (first + share * (k - 1)) / k
        total += term
        if term < _LOST and k > mean:
            break
    return k


@kernel
def _near_normal(mean: float, variance: float, skewness: float, u: float) -> int:
    """Quantile of a whole number with these moments: normal, bent to the skewness, and rounded.

    The first terms of Cornish and Fisher (1938); rounding adds 1/12 to the variance (Sheppard
    1898) and the bend skewness^2 / 18 of it, which are taken off first, so that mean and variance
    are those asked for. It rises with u while |z| < 3 / skewness, and z stays below 8.3.
    """
    bend = skewness / 6.0
    deviation = math.sqrt((variance - 1.0 / 12.0) / (1.0 + 2.0 * bend * bend))
    z = normal_quantile(u)
    return max(0, math.floor(mean + deviation * (z + bend * (z * z - 1.0)) + 0.5))
