"""CRC-32C, the checksum of TensorFlow's files.

The remainder of a message, read as a polynomial over two elements, by the polynomial of
Castagnoli (1993). ``google-crc32c`` computes it, except where it is missing or has no compiled
part; there NumPy does: a message ``a + b`` of halves of equal length has the remainder of
``shift(a) ^ b``, where ``shift`` moves each word over the length of ``b``, so that arrays can be
folded.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import warnings
from typing import Any

import numpy as np

from flowgraph.dtypes import Array

_POLYNOMIAL = 0x82F63B78  # bits in reverse: the lowest is the highest power
_ALL = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
_ROW = 1 << 14  # words that are folded together: they fit the second-level cache


def _compiled() -> Any:
    """Return the library, if it is there and compiled."""
    if importlib.util.find_spec("google_crc32c") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of not being compiled
        library = importlib.import_module("google_crc32c")
    return library if library.implementation == "c" else None


_library = _compiled()


def crc32c(data: Any, crc: int = 0) -> int:
    """Return the checksum of bytes, or continue one.

    Parameters
    ----------
    data : bytes-like
        Contiguous.
    crc : int
        The checksum of what came before.

    Examples
    --------
    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    >>> hex(crc32c(b"6789", crc32c(b"12345")))
    '0xe3069283'
    """
    if _library is not None:
        # The library takes bytes and arrays, and no other object that holds bytes.
        known = isinstance(data, bytes) or not len(data)
        return int(_library.extend(crc, bytes(data) if known else np.frombuffer(data, np.uint8)))
    return folded(data, crc)


def masked(crc: int) -> int:
    """Return a checksum as files store it: one over bytes that hold checksums stays strong."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ALL


def unmasked(stored: int) -> int:
    """Return the checksum that `masked` made `stored` of."""
    rotated = (stored - _MASK_DELTA) & _ALL
    return (rotated >> 17 | rotated << 15) & _ALL


def folded(data: Any, crc: int = 0) -> int:
    """Return what `crc32c` does, by NumPy alone."""
    octets = np.frombuffer(data, np.uint8)
    count = -(-octets.size // 4)
    width = min(_ROW, 1 << max(count - 1, 0).bit_length())
    # Zeros in front change nothing, since the start value is added at the end.
    rows = np.zeros((-(-count // width), width), "<u4")
    rows.reshape(-1).view(np.uint8)[4 * rows.size - octets.size :] = octets
    words = np.zeros(width, np.uint32)
    for row in rows:
        words = _shifted(words, 4 * width) ^ row
    while words.size > 1:
        front, back = np.split(words, 2)
        words = _shifted(front, 4 * back.size) ^ back
    remainder = int(_shifted(words, 4)[0])
    return remainder ^ _shifted_over_any(crc ^ _ALL, octets.size) ^ _ALL


def _shifted(words: Array, distance: int) -> Array:
    """Return the remainders of words that are followed by `distance` zero bytes, a power of 2."""
    low, high = _tables(distance.bit_length() - 1)
    halves = words.astype("<u4", copy=False).view("<u2")
    return low.take(halves[::2]) ^ high.take(halves[1::2])


def _shifted_over_any(word: int, distance: int) -> int:
    """Return the remainder of one word that is followed by any number of zero bytes."""
    for power in range(distance.bit_length()):
        if distance >> power & 1:
            word = _applied(_shift(power), word)
    return word


@functools.cache
def _tables(power: int) -> tuple[Array, Array]:
    """Return what a shift over ``2**power`` bytes makes of each lower and each higher half."""
    columns = _shift(power)
    return _spanned(columns[:16]), _spanned(columns[16:])


def _spanned(columns: tuple[int, ...]) -> Array:
    """Return the sums of all subsets of `columns`, by the bits of the index."""
    table = np.zeros(1 << len(columns), np.uint32)
    for bit, column in enumerate(columns):
        table[1 << bit : 2 << bit] = table[: 1 << bit] ^ np.uint32(column)
    return table


@functools.cache
def _shift(power: int) -> tuple[int, ...]:
    """Return what a shift over ``2**power`` zero bytes makes of each bit: a matrix's columns."""
    if power:
        half = _shift(power - 1)
        return tuple(_applied(half, column) for column in half)
    columns = [1 << bit for bit in range(32)]
    for _ in range(8):
        columns = [column >> 1 ^ (_POLYNOMIAL if column & 1 else 0) for column in columns]
    return tuple(columns)


def _applied(columns: tuple[int, ...], word: int) -> int:
    result = 0
    for bit, column in enumerate(columns):
        if word >> bit & 1:
            result ^= column
    return result
