"""Distributions that draw until a candidate is accepted, over all outputs at once.

Every output (or group of outputs) has its own range of counter blocks, so the number of draws that
one output needs does not shift the others.
"""

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.random_streams.philox import CHUNK, normals, philox, uniforms

BLOCKS_PER_OUTPUT = 256
_WORDS_PER_BLOCK = 4
_TRUNCATION = 2.0
_SMALL_RATE = 10


def truncated_normals(key: int, high: int, start: int, count: int, double: bool) -> Array:
    """Normals of absolute value below 2, as float64 (`double`) or float32.

    A group of two (`double`) or four outputs takes candidates in order from its own blocks.
    """
    group = 2 if double else 4
    stride = group * BLOCKS_PER_OUTPUT // _WORDS_PER_BLOCK
    groups = -(-count // group)
    out = np.empty((groups, group), np.float64 if double else np.float32)
    for first in range(0, groups, CHUNK):
        part = out[first : first + CHUNK]
        low = np.uint64(start) + np.arange(first, first + len(part), dtype=np.uint64) * np.uint64(
            stride
        )
        filled = np.zeros(len(part), np.intp)
        rows = np.arange(len(part))
        while len(rows):
            for values in normals(philox(key, high, low[rows]), double):
                accepted = (np.abs(values) < _TRUNCATION) & (filled[rows] < group)
                chosen = rows[accepted]
                part[chosen, filled[chosen]] = values[accepted]
                filled[chosen] += 1
            low += np.uint64(1)
            rows = rows[filled[rows] < group]
    return out.reshape(-1)[:count]


class _Generators:
    """One generator per output, each at the start of that output's own blocks.

    A block makes two float64 numbers of one kind, used from the last to the first. What is left of
    a block is kept per kind.
    """

    def __init__(self, key: int, high: int, start: int, count: int) -> None:
        self._key = key
        self._high = high
        self._low = np.uint64(start) + np.arange(count, dtype=np.uint64) * np.uint64(
            BLOCKS_PER_OUTPUT
        )
        self._left = {kind: np.zeros(count, np.intp) for kind in (uniforms, normals)}
        self._numbers = {kind: np.empty((count, 2)) for kind in (uniforms, normals)}

    def _next(self, kind: Any, rows: Array) -> Array:
        left, numbers = self._left[kind], self._numbers[kind]
        empty = rows[left[rows] == 0]
        if len(empty):
            words = philox(self._key, self._high, self._low[empty])
            self._low[empty] += np.uint64(1)
            numbers[empty] = np.stack(kind(words, True), axis=-1)
            left[empty] = 2
        left[rows] -= 1
        return numbers[rows, left[rows]]

    def uniform(self, rows: Array) -> Array:
        """The next uniform of each generator named in `rows`."""
        return self._next(uniforms, rows)

    def normal(self, rows: Array) -> Array:
        """The next normal of each generator named in `rows`."""
        return self._next(normals, rows)


def gammas(key: int, high: int, start: int, alpha: Array) -> Array:
    """One draw of scale 1 per element of the float64 vector `alpha`, in float64.

    Marsaglia and Tsang: A simple method for generating gamma variables (ACM TOMS 26, 2000). Shape 1
    is the exponential distribution by inversion; a shape below 1 is raised by one and the draw
    multiplied by uniform**(1 / alpha).
    """
    generators = _Generators(key, high, start, len(alpha))
    out = np.empty(len(alpha))
    exponential = np.flatnonzero(alpha == 1.0)
    out[exponential] = -np.log1p(-generators.uniform(exponential))
    small = alpha < 1.0
    shift = alpha + np.where(small, 2.0 / 3, -1.0 / 3)
    scale = 1.0 / 3 / np.sqrt(shift)
    pending = alpha != 1.0
    while pending.any():
        rows = np.flatnonzero(pending)
        x = generators.normal(rows)
        v = 1 + scale[rows] * x
        positive = v > 0
        rows, x, v = rows[positive], x[positive], v[positive]
        v = v * v * v
        u = generators.uniform(rows)
        d = shift[rows]
        accepted = (u < 1 - 0.0331 * (x * x) * (x * x)) | (
            np.log(u) < 0.5 * x * x + d * (1 - v + np.log(v))
        )
        done = rows[accepted]
        out[done] = d[accepted] * v[accepted]
        raised = done[small[done]]
        out[raised] *= generators.uniform(raised) ** (1 / alpha[raised])
        pending[done] = False
    return out


def poissons(key: int, high: int, start: int, rate: Array, highest: float) -> Array:
    """One count of at most `highest` per element of the float64 vector `rate`, in float64.

    Rates below 10 multiply uniforms until the product falls to exp(-rate) (Knuth: The Art of
    Computer Programming, volume 2, 3.4.1). Others use transformed rejection (Hoermann: The
    transformed rejection method for generating Poisson random variables, 1993).
    """
    generators = _Generators(key, high, start, len(rate))
    small = rate < _SMALL_RATE
    out = np.empty(len(rate))
    rows = np.flatnonzero(small)
    out[rows] = _poissons_by_product(generators, rows, rate[rows])
    rows = np.flatnonzero(~small)
    out[rows] = _poissons_by_transform(generators, rows, rate[rows], highest)
    return out


def _poissons_by_product(generators: _Generators, rows: Array, rate: Array) -> Array:
    limit = np.exp(-rate)
    product = np.ones(len(rows))
    out = np.zeros(len(rows))
    pending = np.arange(len(rows))
    while len(pending):
        product[pending] *= generators.uniform(rows[pending])
        pending = pending[product[pending] > limit[pending]]
        out[pending] += 1
    return out


def _poissons_by_transform(
    generators: _Generators, rows: Array, rate: Array, highest: float
) -> Array:
    out = np.empty(len(rows))
    pending = np.arange(len(rows))
    while len(pending):
        mean = rate[pending]
        b = 0.931 + 2.53 * np.sqrt(mean)
        a = -0.059 + 0.02483 * b
        inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
        u = generators.uniform(rows[pending]) - 0.5
        v = generators.uniform(rows[pending])
        margin = 0.5 - np.abs(u)
        k = np.floor((2 * a / margin + b) * u + mean + 0.43)
        possible = (k >= 0) & (k <= highest)
        certain = (margin >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
        plausible = (margin >= 0.013) | (v <= margin)
        k = np.where(possible, k, 0.0)
        density = -mean + k * np.log(mean) - _log_factorial(k)
        below = np.log(v * inverse_alpha / (a / (margin * margin) + b)) <= density
        accepted = possible & (certain | (plausible & below))
        out[pending[accepted]] = k[accepted]
        pending = pending[~accepted]
    return out


_LOG_FACTORIALS = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, 33.0)))])


def _log_factorial(k: Array) -> Array:
    """log(k!) by a table up to 32 and Stirling's series above."""
    x = np.maximum(k, 32.0) + 1.0
    inverse = 1.0 / (x * x)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
    stirling = (x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi) + series
    return np.where(k <= 32, _LOG_FACTORIALS[np.minimum(k, 32.0).astype(np.intp)], stirling)
