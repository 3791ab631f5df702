"""Streams of random numbers named by a text."""

import hashlib

import numpy as np


def stream(name: str) -> np.random.Generator:
    """A generator that depends on nothing but the name of the stream."""
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
