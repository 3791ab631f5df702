"""Streams of random numbers named by a text."""

import hashlib
from typing import Any

import numpy as np


def stream(name: str) -> np.random.Generator:
    """A generator that depends on nothing but the name of the stream."""
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))


def separate(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """Generators for n threads, which overlap neither with each other nor with ``rng``."""
    bits: Any = rng.bit_generator  # its stub lacks the method
    return [np.random.Generator(bits.jumped(i + 1)) for i in range(n)]
