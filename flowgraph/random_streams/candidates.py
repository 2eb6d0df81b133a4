"""Distributions over classes, for drawing candidates, and how often a class is expected."""

from __future__ import annotations

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.random_streams.philox import unit_double, unit_fraction


class Distribution:
    """A distribution over the classes ``0 .. count - 1``.

    Each candidate takes `stride` words of the stream, but for the words that are rejected.
    """

    stride = 2

    def __init__(self, count: int) -> None:
        self.count = count

    def classes(self, words: Array) -> Array:
        """Return the candidates that words of the stream give."""
        raise NotImplementedError

    def probability(self, classes: Array) -> Array:
        """Return the probability of classes, as float32."""
        raise NotImplementedError

    def learn(self, classes: Array) -> None:
        """Take note of the true classes of a run."""


class UniformClasses(Distribution):
    """Every class has the same probability."""

    def classes(self, words: Array) -> Array:
        pairs = words[0::2] | words[1::2] << np.uint64(32)
        return _below(pairs, self.count, 64).astype(np.int64)

    def probability(self, classes: Array) -> Array:
        return np.full(classes.shape, 1.0 / self.count, dtype=np.float32)


def _below(words: Array, limit: int, bits: int) -> Array:
    """Return numbers below a limit, without bias: words that would bring one are left out."""
    if limit & (limit - 1) == 0:
        return words & np.uint64(limit - 1)
    least = (2**bits - 1) % limit + 1
    return words[words >= np.uint64(least)] % np.uint64(limit)


class LogUniformClasses(Distribution):
    """Class k has probability log((k + 2) / (k + 1)) / log(count + 1): Zipf's law, nearly."""

    def classes(self, words: Array) -> Array:
        uniform = unit_double(words[0::2], words[1::2])
        drawn = np.exp(uniform * np.log(self.count + 1.0)).astype(np.int64) - 1
        return drawn % self.count

    def probability(self, classes: Array) -> Array:
        ratio = (classes + 2.0) / (classes + 1.0)
        return (np.log(ratio) / np.log(self.count + 1.0)).astype(np.float32)


class LearnedClasses(Distribution):
    """Class k has the share of its true classes so far, and one more."""

    stride = 1

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._weights = np.ones(count, dtype=np.int64)

    def classes(self, words: Array) -> Array:
        places = _below(words, int(self._weights.sum()), 32).astype(np.int64)
        return np.searchsorted(np.cumsum(self._weights), places, side="right")

    def probability(self, classes: Array) -> Array:
        known = (classes >= 0) & (classes < self.count)
        weights = np.where(known, self._weights[np.where(known, classes, 0)], 0)
        return weights.astype(np.float32) / np.float32(self._weights.sum())

    def learn(self, classes: Array) -> None:
        known = classes[(classes >= 0) & (classes < self.count)]
        self._weights += np.bincount(known.reshape(-1), minlength=self.count)


class FixedClasses(Distribution):
    """Class k has its weight's share. A table of aliases finds it in one step (Walker, 1977)."""

    def __init__(self, weights: Array) -> None:
        super().__init__(len(weights))
        self._weights = weights
        self._total = np.float32(0)
        for weight in weights:
            self._total += weight
        self._fill_tables(weights)

    def _fill_tables(self, weights: Array) -> None:
        total = float(np.cumsum(weights, dtype=np.float64)[-1])
        share = (weights.astype(np.float32) * np.float32(len(weights))).astype(np.float64) / total
        self._alias = np.arange(len(weights))
        low = np.flatnonzero(share < 1.0).tolist()
        high = np.flatnonzero(share >= 1.0).tolist()
        while low and high:
            small, large = low.pop(), high.pop()
            self._alias[small] = large
            share[large] -= 1.0 - share[small]
            (low if share[large] < 1.0 else high).append(large)
        share[low + high] = 1.0  # what rounding left over
        self._share = share.astype(np.float32)

    def classes(self, words: Array) -> Array:
        limit = self.count
        if limit & (limit - 1):
            least = np.uint64((2**32 - 1) % limit + 1)
            while (words[1::2] < least).any():
                words = np.delete(words, 2 * int((words[1::2] < least).argmax()) + 1)
            words = words[: len(words) // 2 * 2]
        uniform, place = unit_fraction(words[0::2], 23), (words[1::2] % limit).astype(np.int64)
        return np.where(uniform < self._share[place], place, self._alias[place])

    def probability(self, classes: Array) -> Array:
        known = (classes >= 0) & (classes < self.count)
        weights = np.where(known, self._weights[np.where(known, classes, 0)], np.float32(0))
        return (weights / self._total).astype(np.float32)


def expected_counts(probability: Array, wanted: int, tries: int) -> Array:
    """Return how often a class is expected among candidates drawn in so many tries."""
    if tries == wanted:
        return probability * np.float32(wanted)
    # In float32, as TensorFlow's kernels do it.
    log_missed = np.log1p(-probability.astype(np.float64)).astype(np.float32) * np.float32(tries)
    return -np.expm1(log_missed.astype(np.float64)).astype(np.float32)
