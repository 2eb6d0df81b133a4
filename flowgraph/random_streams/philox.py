"""Philox4x32-10 on NumPy lanes, and its words as numbers.

Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array

# Blocks made at once: four 64-bit lanes and their products stay in the second-level cache.
CHUNK = 8192

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def philox(key: int, high: int, low: Array) -> tuple[Array, Array, Array, Array]:
    """The four 32-bit words of each counter block.

    Parameters
    ----------
    key, high : int
        The 64-bit key and the upper half of the counter, as unsigned numbers.
    low : uint64 array, any shape
        Lower half of each block's counter. It never carries: 2**56 outputs come before that.

    Returns
    -------
    tuple of four uint64 arrays of the shape of `low`
        Each value is below 2**32.
    """
    key_0, key_1 = key & 0xFFFFFFFF, key >> 32
    x0, x1 = low & _LOW, low >> _HALF
    x2, x3 = np.uint64(high & 0xFFFFFFFF), np.uint64(high >> 32)
    for _ in range(10):
        product_0 = x0 * _MULTIPLIERS[0]
        product_1 = x2 * _MULTIPLIERS[1]
        x0 = (product_1 >> _HALF) ^ x1
        x0 ^= np.uint64(key_0)
        x1 = product_1 & _LOW
        x2 = (product_0 >> _HALF) ^ x3
        x2 ^= np.uint64(key_1)
        x3 = product_0 & _LOW
        key_0 = (key_0 + _KEY_STEPS[0]) & 0xFFFFFFFF
        key_1 = (key_1 + _KEY_STEPS[1]) & 0xFFFFFFFF
    return x0, x1, x2, x3


def fill(
    key: int, high: int, start: int, count: int, dtype: Any, group: int, convert: Callable[..., Any]
) -> Array:
    """`count` numbers from consecutive blocks.

    `convert` maps the four words of m blocks to `group` arrays of m numbers.
    """
    blocks = -(-count // group)
    out = np.empty((blocks, group), dtype)
    for first in range(0, blocks, CHUNK):
        last = min(first + CHUNK, blocks)
        low = np.arange(start + first, start + last, dtype=np.uint64)
        for column, values in enumerate(convert(*philox(key, high, low))):
            out[first:last, column] = values
    return out.reshape(-1)[:count]


def unit_fraction(word: Array, bits: int) -> Array:
    """The lowest `bits` (at most 23) bits of each word as a float32 in [0, 1)."""
    fraction = (word & np.uint64((1 << bits) - 1)).astype(np.float32)
    fraction *= np.float32(2.0**-bits)
    return fraction


def unit_double(upper: Array, lower: Array) -> Array:
    """20 bits of one word and all of another as a float64 in [0, 1)."""
    mantissa = (upper & np.uint64(0xFFFFF)) << _HALF
    mantissa |= lower
    fraction = mantissa.astype(np.float64)
    fraction *= 2.0**-52
    return fraction


def box_muller_float(x0: Array, x1: Array) -> tuple[Array, Array]:
    """Two float32 normals of each pair of words (Box and Muller, 1958).

    Logarithm, sine and cosine are evaluated in float64 and rounded: NumPy's own float32 functions
    differ from the C library's in far more last bits.
    """
    radius = np.maximum(unit_fraction(x0, 23), np.float32(1e-7)).astype(np.float64)
    np.log(radius, out=radius)
    single = radius.astype(np.float32)
    single *= np.float32(-2.0)
    np.sqrt(single, out=single)
    angle = (unit_fraction(x1, 23) * np.float64(2.0 * np.pi)).astype(np.float32).astype(np.float64)
    return single * np.sin(angle).astype(np.float32), single * np.cos(angle).astype(np.float32)


def box_muller_double(x0: Array, x1: Array, x2: Array, x3: Array) -> tuple[Array, Array]:
    """Two float64 normals of the four words of a block (Box and Muller, 1958)."""
    radius = np.sqrt(-2.0 * np.log(np.maximum(unit_double(x0, x1), 1e-7)))
    angle = (2.0 * np.pi) * unit_double(x2, x3)
    return radius * np.sin(angle), radius * np.cos(angle)


def uniforms(words: tuple[Array, ...], double: bool) -> tuple[Array, ...]:
    """The uniforms of a block: two float64 or four float32."""
    if double:
        return unit_double(words[0], words[1]), unit_double(words[2], words[3])
    return tuple(unit_fraction(word, 23) for word in words)


def normals(words: tuple[Array, ...], double: bool) -> tuple[Array, ...]:
    """The normals of a block: two float64 or four float32."""
    if double:
        return box_muller_double(*words)
    return box_muller_float(words[0], words[1]) + box_muller_float(words[2], words[3])
