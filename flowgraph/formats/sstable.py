"""Sorted tables of bytes by key, in LevelDB's format: the index of a checkpoint.

A table is blocks of entries, a block that indexes them, and a footer that says where that
is. In a block a key leaves out what it shares with the one before, but for every sixteenth,
a restart. Each block ends with its compression and a checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

from flowgraph.errors import DataLossError
from flowgraph.formats import snappy, varint
from flowgraph.formats.crc32c import crc32c, masked, unmasked

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5
_BLOCK = 1 << 18
_RESTART = 16
_PLAIN, _SNAPPY = 0, 1


class Table:
    """A table in a file, read into memory block by block.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If the file cannot be read.
    DataLossError
        If it is no table, or is damaged.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "rb") as file:
            self._data = file.read()
        if len(self._data) < _FOOTER:
            raise self.damaged("file is too short to be an sstable")
        footer = self._data[-_FOOTER:]
        if struct.unpack("<Q", footer[-8:]) != (_MAGIC,):
            raise self.damaged("not an sstable (bad magic number)")
        _, position = self._handle(footer, 0)
        handle, _ = self._handle(footer, position)
        self._blocks = [(last, self._handle(value, 0)[0]) for last, value in self._entries(*handle)]

    def damaged(self, message: str, detail: str = "") -> DataLossError:
        """Return the error that says what is wrong with the file."""
        return DataLossError(None, None, f"{message}\n  in {self.path}{detail}")

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over keys and values, in the order of the keys."""
        for _, handle in self._blocks:
            yield from self._entries(*handle)

    def _handle(self, data: bytes, position: int) -> tuple[tuple[int, int], int]:
        """Read where a block is: its offset and size."""
        try:
            offset, position = varint.decoded(data, position)
            size, position = varint.decoded(data, position)
        except ValueError as error:
            raise self.damaged("bad block handle") from error
        return (offset, size), position

    def _entries(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        block = self._block(offset, size)
        try:
            yield from _parsed(block)
        except (ValueError, struct.error) as error:
            raise self.damaged("bad entry in block", f", at byte {offset}") from error

    def _block(self, offset: int, size: int) -> bytes:
        """Return a block's text; DataLossError if it is damaged."""
        end = offset + size
        block = self._data[offset : end + _TRAILER]
        where = f", block of bytes {offset} to {end}"
        if len(block) != size + _TRAILER:
            raise self.damaged("truncated block read", where)
        (stored,) = struct.unpack("<I", block[-4:])
        if crc32c(block[:-4]) != unmasked(stored):
            raise self.damaged("block checksum mismatch", where)
        content, compression = block[:-_TRAILER], block[size]
        if compression == _PLAIN:
            return content
        if compression != _SNAPPY:
            raise self.damaged("bad block type", where)
        try:
            return snappy.decompressed(content)
        except ValueError as error:
            raise self.damaged("corrupted compressed block contents", where) from error


def _parsed(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    position, key = 0, b""
    while position < end:
        shared, position = varint.decoded(block, position)
        fresh, position = varint.decoded(block, position)
        size, position = varint.decoded(block, position)
        middle = position + fresh
        if shared > len(key) or middle + size > end:
            raise ValueError("an entry reaches past its block")
        key = key[:shared] + block[position:middle]
        position = middle + size
        yield key, block[middle:position]


class _Block:
    """A block that is being written."""

    def __init__(self, restart: int) -> None:
        self.data = bytearray()
        self.last = b""
        self.count = 0
        self._restart = restart
        self._restarts = [0]

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self.count and self.count % self._restart == 0:
            self._restarts.append(len(self.data))
        else:
            shared = _shared(self.last, key)
        lengths = (shared, len(key) - shared, len(value))
        self.data += b"".join(map(varint.encoded, lengths)) + key[shared:] + value
        self.last = key
        self.count += 1

    def size(self) -> int:
        return len(self.data) + 4 * (len(self._restarts) + 1)

    def bytes(self) -> bytes:
        restarts = [*self._restarts, len(self._restarts)]
        return bytes(self.data) + struct.pack(f"<{len(restarts)}I", *restarts)


def _shared(a: bytes, b: bytes) -> int:
    length = min(len(a), len(b))
    return next((i for i in range(length) if a[i] != b[i]), length)


def write_table(file: Any, items: Iterable[tuple[bytes, bytes]]) -> None:
    """Write a table, not compressed.

    Parameters
    ----------
    file : binary file
    items : iterable of (bytes, bytes)
        Keys and values, in the order of the keys.
    """
    offset = 0

    def write(block: _Block) -> bytes:
        """Write a block and return its handle."""
        nonlocal offset
        content = block.bytes() + bytes([_PLAIN])
        file.write(content + struct.pack("<I", masked(crc32c(content))))
        handle = varint.encoded(offset) + varint.encoded(len(content) - 1)
        offset += len(content) + 4
        return handle

    index, block = _Block(1), _Block(_RESTART)
    last, handle = b"", b""
    for key, value in items:
        if handle:
            index.add(_between(last, key), handle)
            handle = b""
        block.add(key, value)
        if block.size() >= _BLOCK:
            last, handle, block = block.last, write(block), _Block(_RESTART)
    if block.count:
        last, handle = block.last, write(block)
    meta = write(_Block(_RESTART))
    if handle:
        index.add(_after(last), handle)
    file.write((meta + write(index)).ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC))


def _between(low: bytes, high: bytes) -> bytes:
    """Return a short key that is at least `low` and less than `high`."""
    same = _shared(low, high)
    if same < min(len(low), len(high)) and low[same] < 0xFF and low[same] + 1 < high[same]:
        return low[:same] + bytes([low[same] + 1])
    return low


def _after(key: bytes) -> bytes:
    """Return a short key that is at least `key`."""
    for i, byte in enumerate(key):
        if byte != 0xFF:
            return key[:i] + bytes([byte + 1])
    return key
