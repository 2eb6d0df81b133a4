"""TFRecord files: byte strings, each with its length and checksums.

A record is the length of its data as eight bytes, the masked CRC-32C of those, the data, and
the masked CRC-32C of the data, all little-endian. A file may be compressed as a whole.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowgraph.errors import DataLossError
from flowgraph.formats.crc32c import crc32c, masked
from flowgraph.formats.system_errors import translated

MAX_BYTES = 1 << 31
"""The largest record that is read; no message is larger."""

_CHUNK = 1 << 20
_WINDOW_BITS = {"GZIP": 16, "ZLIB": 0}  # what zlib adds to them for the container


@dataclass(frozen=True)
class Compression:
    """How a file is compressed: `kind` is ``""``, ``"GZIP"`` or ``"ZLIB"``; the rest is zlib's."""

    kind: str = ""
    level: int = zlib.Z_DEFAULT_COMPRESSION
    window_bits: int = zlib.MAX_WBITS
    memory_level: int = 9
    strategy: int = zlib.Z_DEFAULT_STRATEGY
    flush_mode: int = zlib.Z_SYNC_FLUSH

    def __post_init__(self) -> None:
        if self.kind not in ("", *_WINDOW_BITS):
            raise ValueError(f"a file is not compressed by {self.kind!r}, but by GZIP or ZLIB")


class RecordWriter:
    """Writes records to a binary file, which it closes.

    Parameters
    ----------
    file : file
        Open for writing.
    compression : Compression
    """

    def __init__(self, file: Any, compression: Compression = Compression()) -> None:
        self._file = file
        self._deflate: Any = None
        self._flush_mode = compression.flush_mode
        if compression.kind:
            self._deflate = zlib.compressobj(
                compression.level,
                zlib.DEFLATED,
                compression.window_bits + _WINDOW_BITS[compression.kind],
                compression.memory_level,
                compression.strategy,
            )

    def write(self, record: bytes) -> None:
        """Append a record."""
        length = struct.pack("<Q", len(record))
        framed = b"".join((length, _checksum(length), record, _checksum(record)))
        with translated():
            self._file.write(framed if self._deflate is None else self._deflate.compress(framed))

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        with translated():
            if self._deflate is not None:
                self._file.write(self._deflate.flush(self._flush_mode))
            self._file.flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        with translated(), self._file:
            if self._deflate is not None:
                self._file.write(self._deflate.flush())


def read_records(path: str, compression: str = "") -> Iterator[bytes]:
    """Yield the records of a file; see `records_at`."""
    return (record for _, record in records_at(path, compression))


def records_at(path: str, compression: str = "") -> Iterator[tuple[int, bytes]]:
    """Yield the records of a file, each after the offset where it begins.

    A file that ends within a record's length ends there: its writer may not be done.

    Parameters
    ----------
    path : str
    compression : str
        ``""``, ``"GZIP"`` or ``"ZLIB"``.

    Raises
    ------
    NotFoundError
        If there is no such file.
    DataLossError
        If a checksum does not match, or the file ends within a record.
    """
    Compression(compression)
    with translated(), open(path, "rb") as file:
        source = Inflated(file, compression) if compression else file
        offset = 0
        while len(header := _read(source, 12)) == 12:
            length = int.from_bytes(header[:8], "little")
            if _checksum(header[:8]) != header[8:] or length > MAX_BYTES:
                raise DataLossError(None, None, f"corrupted record at {offset}")
            body = _read(source, length + 4)
            if len(body) < length + 4:
                raise DataLossError(None, None, f"truncated record at {offset}")
            record = body[:length]
            if _checksum(record) != body[length:]:
                raise DataLossError(None, None, f"corrupted record at {offset + 12}")
            yield offset, record
            offset += 12 + len(body)


def _checksum(data: bytes) -> bytes:
    return struct.pack("<I", masked(crc32c(data)))


def _read(source: Any, count: int) -> bytes:
    """Read by parts, so that no more memory is taken than there is data."""
    parts = []
    while count and (part := source.read(min(count, _CHUNK))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class Inflated:
    """A compressed file, read as what it holds; several members follow each other as one."""

    def __init__(self, file: Any, kind: str) -> None:
        self._file = file
        self._window_bits = zlib.MAX_WBITS + _WINDOW_BITS[kind]
        self._stream = zlib.decompressobj(self._window_bits)

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, none at the end."""
        while True:
            held = self._stream.unused_data or self._stream.unconsumed_tail
            data = held or self._file.read(_CHUNK)
            if self._stream.eof:
                if not data:
                    return b""
                self._stream = zlib.decompressobj(self._window_bits)
            try:
                found = self._stream.decompress(data, count)
            except zlib.error as error:
                reason = str(error).removeprefix("Error ").replace(" while decompressing data", "")
                message = f"inflate() failed with error {reason}"
                raise DataLossError(None, None, message) from error
            if found or not data:
                return found


def inflated(data: bytes, kind: str) -> bytes:
    """Return what compressed data holds; DataLossError if it is not so compressed."""
    source = Inflated(io.BytesIO(data), kind)
    return b"".join(iter(lambda: source.read(_CHUNK), b""))
