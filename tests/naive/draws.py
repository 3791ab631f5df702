"""Reference implementation of the draws: unlimited integers, cut to 64 bits by hand."""

import math
from fractions import Fraction

from scipy import special, stats

LOW_64 = 2**64 - 1


def mix(z: int) -> int:
    """The finaliser of SplitMix64."""
    z &= LOW_64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & LOW_64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & LOW_64
    return z ^ (z >> 31)


def bits(key: int, entity: int, day: int, purpose: int) -> int:
    """64 bits of (key, entity, day, purpose)."""
    h = mix(int(key) + 0x9E3779B97F4A7C15 * purpose)
    h = mix(h ^ int(entity))
    return mix(h + 0xD1342543DE82EF95 * (day + 1))


def uniform(key: int, entity: int, day: int, purpose: int) -> float:
    """The middle of one of 2^52 equal parts of (0, 1)."""
    return unit(bits(key, entity, day, purpose))


def unit(z: int) -> float:
    """64 bits as the middle of one of 2^52 equal parts of (0, 1)."""
    return (z >> 12) / 2**52 + 0.5 / 2**52


def nth(entity: int, k: int) -> int:
    """Identity of the k-th thing of an entity."""
    return mix(int(entity) + 0x9E3779B97F4A7C15 * (k + 1))


def geometric_gap(hazard: float, u: float) -> int:
    """Day after day, until the chance of having been spared so far is no longer above u."""
    day = 1
    while u <= math.exp(-hazard * day):
        day += 1
    return day


def binomial_quantile(n: int, p: Fraction, u: Fraction) -> int:
    """Smallest k with P(at most k of n) >= u, in exact fractions."""
    total = Fraction(0)
    for k in range(n + 1):
        total += math.comb(n, k) * p**k * (1 - p) ** (n - k)
        if total >= u:
            return k
    return n


def count_quantile(mean: float, cv: float, z: float) -> int:
    """Whole travellers; z: the standard normal number that is as probable."""
    if mean <= 0:
        return 0
    variance = mean + (cv * mean) ** 2
    third = mean + 3 * (cv * mean) ** 2 + 2 * cv**4 * mean**3
    skewness = third / variance**1.5
    if skewness > 1 / 4:
        gamma = 1 / cv**2 if cv * cv * mean >= 1e-9 else math.inf
        law = (
            stats.poisson(mean)
            if gamma == math.inf
            else stats.nbinom(gamma, gamma / (gamma + mean))
        )
        return int(law.ppf(special.ndtr(z)))
    bent = z + skewness / 6 * (z * z - 1)
    return max(
        0, round_half_up(mean + bent * math.sqrt((variance - 1 / 12) / (1 + skewness**2 / 18)))
    )


def round_half_up(x: float) -> int:
    """The nearest whole number, halves upwards."""
    return math.floor(x + 0.5)
