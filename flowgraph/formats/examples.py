"""Example and SequenceExample messages, read off the wire: only what is asked for is decoded.

A message is fields, each a tag and a payload; a tag is ``8 * number + kind``. A payload of kind
2 has its length before it. An Example holds a map from names to features, and a feature is a
list of byte strings, floats or integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType

Span = tuple[int, int]
Features = dict[bytes, Span]

_DTYPES = {1: dtypes.string, 2: dtypes.float32, 3: dtypes.int64}
_LONGEST_VARINT = 10
_WORD = (1 << 64) - 1
_FEW_OCTETS = 24
"""Up to so many, NumPy's calls take longer than the numbers do."""


def features_in(data: bytes, span: Span | None = None, number: int = 1) -> Features:
    """Return where the features of an Example lie, by name; the last of each name counts.

    Parameters
    ----------
    data : bytes
        The message.
    span : (int, int), optional
        Where in `data` it lies.
    number : int
        Of the field that holds the map.

    Raises
    ------
    ValueError
        If it is no such message.
    """
    found: Features = {}
    for tag, start, end in _fields(data, *(span or (0, len(data)))):
        if tag == 8 * number + 2:
            found.update(_map(data, start, end))
    return found


def feature_lists_in(data: bytes) -> dict[bytes, list[Span]]:
    """Return where the features of the lists of a SequenceExample lie, by the list's name.

    Raises
    ------
    ValueError
        If it is no such message.
    """
    lists = features_in(data, number=2)
    return {
        name: [(start, end) for tag, start, end in _fields(data, *span) if tag == 0o12]
        for name, span in lists.items()
    }


def values_of(data: bytes, span: Span) -> tuple[DType | None, Array]:
    """Return the dtype and the values of a feature; ``None`` and none if it has no kind.

    Raises
    ------
    ValueError
        If there is no feature there.
    """
    number, inside = 0, (0, 0)
    for tag, start, end in _parts(data, *span):
        if tag >> 3 in _DTYPES and tag & 7 == 2:
            number, inside = tag >> 3, (start, end)
    if number == 1:
        return dtypes.string, _strings(data, inside)
    if number == 2:
        return dtypes.float32, _floats(data, inside)
    if number == 3:
        return dtypes.int64, _integers(data, inside)
    return None, np.empty(0)


def _map(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, Span]]:
    for tag, first, last in _fields(data, start, end):
        if tag != 0o12:
            continue
        name, span = b"", (0, 0)
        for part, a, b in _parts(data, first, last):
            if part == 0o12:
                name = data[a:b]
            elif part == 0o22:
                span = (a, b)
        yield name, span


def _parts(data: bytes, start: int, end: int) -> Iterable[tuple[int, int, int]]:
    """Return what `_fields` yields, faster where that is one message or two.

    Nearly all features, lists and entries of maps are.
    """
    found: list[tuple[int, int, int]] = []
    place = start
    while place + 1 < end and len(found) < 2:
        tag, size = data[place], data[place + 1]
        place += 2
        if size > 127:
            size, place = _varint(data, place - 1, end)
        if tag & 0o207 != 2 or not tag >> 3 or place + size > end:
            break
        found.append((tag, place, place + size))
        place += size
        if place == end:
            return found
    return _fields(data, start, end)


def _fields(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each field's tag, and where its payload starts and ends."""
    while start < end:
        tag, start = _varint(data, start, end)
        kind = tag & 7
        if kind == 2:
            size, start = _varint(data, start, end)
            stop = start + size
        elif kind == 0:
            _, stop = _varint(data, start, end)
        elif kind in (1, 5):
            stop = start + (8 if kind == 1 else 4)
        else:
            raise ValueError(f"a field of kind {kind}")
        if stop > end or not tag >> 3:
            raise ValueError("a field that is cut off")
        yield tag, start, stop
        start = stop


def _varint(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return a number written seven bits a byte, and where it ends."""
    if start < end and data[start] < 128:
        return data[start], start + 1
    value = 0
    for place in range(min(_LONGEST_VARINT, end - start)):
        byte = data[start + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, start + place + 1
    raise ValueError("a number that does not end")


def _strings(data: bytes, span: Span) -> Array:
    values = [data[a:b] for tag, a, b in _parts(data, *span) if tag == 0o12]
    result = np.empty(len(values), object)
    result[:] = values
    return result


def _floats(data: bytes, span: Span) -> Array:
    parts: list[Array] = []
    for tag, a, b in _parts(data, *span):
        if tag not in (0o12, 0o15):
            continue
        if (b - a) % 4:
            raise ValueError("floats that are cut off")
        parts.append(np.frombuffer(data, "<f4", (b - a) // 4, a))
    return _joined(parts, np.float32)


def _integers(data: bytes, span: Span) -> Array:
    # Packed, or each number as a field of its own: the payload is the same.
    parts = [_packed(data[a:b]) for tag, a, b in _parts(data, *span) if tag in (0o12, 0o10)]
    return _joined(parts, np.int64)


def _joined(parts: list[Any], dtype: Any) -> Array:
    if not parts:
        return np.empty(0, dtype)
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return joined.astype(dtype, copy=False)


def _packed(data: bytes) -> Array:
    """Return the numbers written one after the other, seven bits a byte."""
    if len(data) <= _FEW_OCTETS:
        numbers, start = [], 0
        while start < len(data):
            number, start = _varint(data, start, len(data))
            numbers.append(number & _WORD)
        return np.array(numbers, np.uint64).view(np.int64)
    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 128)
    if len(ends) == len(octets):
        return octets.astype(np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if not len(ends) or ends[-1] != len(octets) - 1 or sizes.max() > _LONGEST_VARINT:
        raise ValueError("a number that does not end")
    values = np.zeros(len(ends), np.uint64)
    for place in range(int(sizes.max())):
        has = sizes > place
        bits = (octets[starts[has] + place] & 127).astype(np.uint64)
        values[has] |= bits << np.uint64(7 * place)
    return values.view(np.int64)
