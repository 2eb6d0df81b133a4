"""Philox as a source of single words, one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import numpy as np

from flowgraph.random_streams.philox import philox

_FIRST, _MOST = 64, 4096
"""How many blocks are made at once: few at first, as few words may be wanted."""


def words_of(seed: int, seed2: int) -> Iterator[int]:
    """Yield the 32-bit words of a stream in order, without end.

    Parameters
    ----------
    seed, seed2 : int
        The key and the upper half of the counter. Both zero: a stream of its own at each call.

    Examples
    --------
    >>> from flowgraph.random_streams.words import words_of
    >>> next(words_of(87654321, 3))
    3534849767
    """
    if seed == seed2 == 0:
        seed, seed2 = secrets.randbits(64), secrets.randbits(64)
    key, high = seed % 2**64, seed2 % 2**64
    start, count = 0, _FIRST
    while True:
        blocks = philox(key, high, np.arange(start, start + count, dtype=np.uint64))
        yield from np.stack(blocks, 1).reshape(-1).tolist()
        start, count = start + count, min(2 * count, _MOST)
