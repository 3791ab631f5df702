"""Counter-based random numbers.

    u = f(key of the run, entity, day, purpose)

A draw is a pure function of its arguments; there is no generator state. An additional party changes
nobody else's draws, and two variants of a scenario use common random numbers. The mixing function
is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).

Hashing uses unsigned 64-bit integers. Every key is cast, because mixing unsigned and signed
integers gives a signed result in compiled code. Without the compiler NumPy warns of the intended
overflow; that warning is ignored for this file only.
"""

import hashlib
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from emigre.numerics.jit import kernel

Key = int | np.uint64
"""64 bits: the key of a run or the identity of an entity."""

# The number of a purpose never changes; a new purpose gets the next free number.
DECIDE = 1  # number of households of a cohort that decide to leave
IDENTITY = 2  # identity of a new party
HOUSEHOLD = 3  # size of its household
WHOLE = 4  # whether the whole household leaves
WAY = 5  # choice of a way
PREPARE = 6  # days of preparation
DEPART_HOUR = 7  # hour of setting out
EXIT_CHECK = 8
ENTRY_CHECK = 9
CLAIM = 10  # asylum claim at the entry check
GIVE_UP = 11  # giving up while trapped
ARRIVAL_CHECK = 12  # entry check on arrival without a crossing
SAVINGS = 13  # funds taken along
REMOTE = 14  # whether income from remote work continues
CANDIDATE_GAP = 15  # days to the next candidate event (thinning)
CANDIDATE = 16  # whether a candidate event occurs, and which
DECISION = 17  # decision on an application or a claim
STATUS_END = 18  # whether a party without a renewal stays on
TRAFFIC = 19  # ordinary travellers of a day
RELATIVES = 20  # whether relatives send money
FOLLOW = 21  # identity of a party that joins its family
TRAFFIC_LEVEL = 22  # error of the levels of ordinary traffic in a run
GIVEN_DRIFT = 23  # slow change of departures after the last given day
GIVEN_NOISE = 24  # their change from day to day
TRAVEL_TIME = 25  # hours of a part of a way
MEMBER = 26  # whether rules on persons let the member of a household pass
SPLIT = 27  # whether a household leaves without a member who may not pass
RECOGNISED = 28  # protection of a group on arrival
PHASE = 29  # rounding of given departures to whole households
RENEW = 30  # whether a household renews its status in a country
REST = 31  # days of rest on the way
SETTLED = 32  # whether a household means to stay abroad

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1342543DE82EF95)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S12, _S27, _S30, _S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
# 52 bits, so that the midpoint of the highest bin is below 1 in floating point too.
_UNIT = 2.0**-52
_HALF = 2.0**-53
_LOST = 1e-18
"""Terms beyond the mean below this no longer change a sum of probabilities."""


@kernel
def mix(z: Key) -> np.uint64:
    """Mix 64 bits so that each input bit flips each output bit with probability one half."""
    z = np.uint64(z)
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@kernel
def bits(key: Key, entity: Key, day: int, purpose: int) -> np.uint64:
    """64 random bits of (key, entity, day, purpose)."""
    return bits_of_day(source(key, entity, purpose), day)


@kernel
def source(key: Key, entity: Key, purpose: int) -> np.uint64:
    """Part of the bits that all days share (bits_of_day)."""
    h = mix(np.uint64(key) + _GOLDEN * np.uint64(purpose))
    return mix(h ^ np.uint64(entity))


@kernel
def bits_of_day(drawn_from: Key, day: int) -> np.uint64:
    """64 random bits of a day. drawn_from: source."""
    return mix(np.uint64(drawn_from) + _ODD * np.uint64(day + 1))


@kernel
def uniform(key: Key, entity: Key, day: int, purpose: int) -> float:
    """Uniform random number in the open interval (0, 1)."""
    return unit(bits(key, entity, day, purpose))


@kernel
def unit(z: Key) -> float:
    """Map 64 random bits to the open interval (0, 1)."""
    return np.float64(np.uint64(z) >> _S12) * _UNIT + _HALF


@kernel
def nth(entity: Key, k: int) -> np.uint64:
    """Identity of the k-th item of an entity."""
    return mix(np.uint64(entity) + _GOLDEN * np.uint64(k + 1))


def run_key(seed: int, run: int) -> int:
    """Key of one run of an ensemble; a hash, because sums of seeds collide."""
    digest = hashlib.blake2b(f"emigre run {seed} {run}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def entity_id(*names: str) -> int:
    """Identity of a named thing, independent of its position in any table."""
    digest = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def entity_ids(*names: str, last: Iterable[str]) -> NDArray[np.uint64]:
    """Identities (n,) of things whose names differ in the last one only."""
    start = hashlib.blake2b(("\0".join(names) + "\0").encode(), digest_size=8)
    digests = bytearray()
    for name in last:
        each = start.copy()
        each.update(name.encode())
        digests += each.digest()
    return np.frombuffer(digests, "<u8").astype(np.uint64)


@kernel
def exponential(u: float) -> float:
    """Exponential variate of mean 1 from a uniform number: -ln(u)."""
    return -math.log(u)


@kernel
def geometric_gap(hazard: float, u: float) -> int:
    """Days (1, 2, ...) to the first event at a constant hazard: P(gap > k) = exp(-hazard k)."""
    if hazard <= 0.0:
        return 1 << 30
    gap = -math.log(u) / hazard
    if gap > 1e8:
        return 1 << 30
    return 1 + int(gap)


@kernel
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution, relative error below 1.2e-9.

    Rational approximation by P. J. Acklam (2003, "An algorithm for computing the inverse normal
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

    Inversion is monotone: a slightly higher p adds events and replaces none. Exact, by summing
    terms; if both n p and n (1 - p) exceed 500, an approximation close to the normal quantile
    (error of the probability below 0.001).
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
        return n - _binomial_terms(n, 1.0 - p, u, True)
    return _binomial_terms(n, p, u, False)


@kernel
def _binomial_terms(n: int, p: float, u: float, is_upper: bool) -> int:
    """Inversion from 0 upwards, p <= 1/2: smallest k with P(N <= k) >= u (upper: P(N > k) < u)."""
    term = math.exp(n * math.log1p(-p))
    odds = p / (1.0 - p)
    total = term
    k = 0
    while (1.0 - total >= u if is_upper else total < u) and k < n:
        k += 1
        term *= odds * (n - k + 1) / k
        total += term
        if term < _LOST and k > n * p:
            break
    return k


@kernel
def count_quantile(mean: float, cv: float, u: float) -> int:
    """Smallest k with P(N <= k) >= u for a daily number N of ordinary travellers.

    N is a Poisson count whose rate varies from day to day with coefficient of variation cv (gamma
    distribution): negative binomial with mean m and variance m + (cv m)^2, Poisson if cv is 0.
    Exact, by summing terms; if the skewness is at most 1/4, an approximation close to the normal
    quantile.
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
    if overdispersion < 1e-9:  # indistinguishable from Poisson
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
    """Quantile of an integer variable with the given moments: skewness-corrected normal, rounded.

    The first terms of Cornish and Fisher (1938). Rounding adds 1/12 to the variance (Sheppard 1898)
    and the correction adds skewness^2 / 18 of it; both are subtracted first, so that mean and
    variance are those given. It increases with u for |z| < 3 / skewness, and z stays below 8.3.
    """
    bend = skewness / 6.0
    deviation = math.sqrt((variance - 1.0 / 12.0) / (1.0 + 2.0 * bend * bend))
    z = normal_quantile(u)
    return max(0, math.floor(mean + deviation * (z + bend * (z * z - 1.0)) + 0.5))
