"""Reproducible chance: every draw is a hash of seed, stream name and key, so order and machine do not matter."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Dice:
    """Draws for a whole array of keys at once (SplitMix64 over a key, Steele, Lea and Flood 2014).

    The same seed, stream and key give the same number everywhere; numpy's own generators may change between
    versions, and these files are compared byte for byte.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, stream: str, keys: Ints) -> npt.NDArray[np.uint64]:
        """64 random bits a key."""
        z = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self._offset(stream))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    def uniform(self, stream: str, keys: Ints) -> Floats:
        """A number in [0, 1) a key."""
        return (self.bits(stream, keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, stream: str, keys: Ints, limit: int | Ints) -> Ints:
        """A whole number from 0 to `limit` - 1 a key; `limit` is one number or one a key."""
        return (self.uniform(stream, keys) * limit).astype(np.int64)

    def scalar(self, stream: str) -> random.Random:
        """A generator for code that draws one number at a time."""
        return random.Random(f"{self.seed}/{stream}")  # noqa: S311 (test data, not a secret)

    def _offset(self, stream: str) -> int:
        digest = hashlib.blake2b(f"{self.seed}/{stream}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little")


def pick(rng: random.Random, count: int) -> int:
    """A whole number from 0 to `count` - 1. `Random.randrange` changed between versions; `random()` did not."""
    return int(rng.random() * count)
