"""Snappy, the compression of blocks in older tables. It is only read.

A stream is the length of the text, then elements: bytes as they are, or a copy of what
was written some distance before, which may run into what it writes itself.
"""

from __future__ import annotations

from flowgraph.formats import varint

_LONGEST = 1 << 30


def decompressed(data: bytes) -> bytes:
    """Return the text of a stream.

    Raises
    ------
    ValueError
        If the stream is damaged.

    Examples
    --------
    >>> decompressed(bytes([8, 0b000_000_00, 97, 0b000_011_01, 1]))
    b'aaaaaaaa'
    """
    length, position = varint.decoded(data)
    if length > _LONGEST:
        raise ValueError(f"a text of {length} bytes is too long")
    text = bytearray()
    while position < len(data):
        tag = data[position]
        kind, size = tag & 3, tag >> 2
        position += 1
        if kind == 0:
            if size >= 60:
                width = size - 59
                size = int.from_bytes(data[position : position + width], "little")
                position += width
            text += data[position : position + size + 1]
            position += size + 1
        else:
            width = (1, 2, 4)[kind - 1]
            distance = int.from_bytes(data[position : position + width], "little")
            position += width
            if kind == 1:
                distance |= tag >> 5 << 8
                size = (size & 7) + 3
            if not 0 < distance <= len(text):
                raise ValueError("a copy starts before the text")
            _copy(text, distance, size + 1)
        if len(text) > length or position > len(data):
            raise ValueError("an element reaches past the end")
    if len(text) != length:
        raise ValueError(f"{len(text)} bytes instead of {length}")
    return bytes(text)


def _copy(text: bytearray, distance: int, size: int) -> None:
    start = len(text) - distance
    while size > 0:
        piece = text[start : start + size]
        text += piece
        size -= len(piece)
