"""Checkpoints of TensorFlow's second format, read: a table of entries beside files of raw data.

``P.index`` has an entry for each tensor: its dtype, shape, checksum, and where in
``P.data-00000-of-00001`` its bytes are. A tensor kept in parts has one for each part too.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array, DType
from flowgraph.errors import (
    DataLossError,
    InvalidArgumentError,
    OutOfRangeError,
    UnimplementedError,
)
from flowgraph.formats import varint
from flowgraph.formats.crc32c import crc32c, unmasked
from flowgraph.formats.sstable import Table
from flowgraph.formats.system_errors import translated
from flowgraph.formats.tensor_parts import Part, assembled, from_message, placed

VERSION = 1
CHUNK = 1 << 18
"""Bytes that are read or written at a time: a checksum of them is taken in the cache."""


def index_path(prefix: str) -> str:
    """Return the path of a checkpoint's index."""
    return f"{prefix}.index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """Return the path of one of a checkpoint's data files."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


class BundleReader:
    """A checkpoint's tensors by name.

    Parameters
    ----------
    prefix : str
        The common part of its files' paths.

    Raises
    ------
    NotFoundError
        If there is no index.
    DataLossError
        If the index is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        path = index_path(prefix)
        with translated():
            table = Table(path)
        try:
            self.entries = dict(table)
        except DataLossError as error:
            raise DataLossError(
                None,
                None,
                f"Unable to read file ({path}). Perhaps the file is corrupt or was produced by a "
                "newer version of TensorFlow with format changes (failed to seek to header "
                f"entry): {error.message}",
            ) from error
        header = self._message(protos.BundleHeaderProto, b"")
        self.shards = header.num_shards
        if header.version.min_consumer > VERSION:
            raise InvalidArgumentError(
                None,
                None,
                f"Checkpoint consumer version {VERSION} below min required "
                f"{header.version.min_consumer} for loading checkpoint {prefix}",
            )
        if header.endianness != protos.BundleHeaderProto.LITTLE:
            message = f"Different endianness between files and host: {path}"
            raise UnimplementedError(None, None, message)

    def _message(self, kind: Any, key: bytes) -> Any:
        from google.protobuf.message import DecodeError  # loaded when it is needed

        try:
            return kind.FromString(self.entries[key])
        except (KeyError, DecodeError) as error:
            path = index_path(self.prefix)
            message = f"Unable to parse the entry {key.decode(errors='replace')!r} of {path}"
            raise DataLossError(None, None, message) from error

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""
        return [key.decode() for key in self.entries if key and key[0]]

    def __contains__(self, name: str) -> bool:
        return bool(name) and name[0] != "\0" and name.encode() in self.entries

    def entry(self, key: bytes) -> Any:
        """Return the ``BundleEntryProto`` of a key, which must exist."""
        return self._message(protos.BundleEntryProto, key)

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""
        return DType(self.entry(name.encode()).dtype)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return _shape(self.entry(name.encode()))

    def read(self, name: str, part: Part | None = None, out: Array | None = None) -> Array:
        """Return a tensor, or a part of it, in the memory of `out` if that is given.

        Raises
        ------
        DataLossError
            If the bytes are not those that were written. `out` may hold them nevertheless.
        NotFoundError, OutOfRangeError
            If the data file is missing or too short.
        """
        entry = self._in_one_piece(name, part)
        if entry is not None:
            return self._stored(name, entry, functools.partial(_read, out=out))
        if part is not None:
            return placed(self.read(name)[part.box], out)
        entry = self.entry(name.encode())
        whole = assembled(DType(entry.dtype), _shape(entry), self._parts(name, entry))
        if whole is None:
            raise DataLossError(None, None, f"Parts of tensor {name} are missing")
        return placed(whole, out)

    def check(self, name: str, part: Part | None = None) -> None:
        """Raise what `read` would raise; what is stored in one piece is not kept in memory."""
        entry = self._in_one_piece(name, part)
        if entry is None or DType(entry.dtype).numpy.hasobject:
            self.read(name, part)
        else:
            self._stored(name, entry, _skimmed)

    def _in_one_piece(self, name: str, part: Part | None) -> Any:
        """Return the entry of exactly what is wanted, or ``None`` if there is none."""
        if part is not None:
            key = part.key(name)
            return self.entry(key) if key in self.entries else None
        entry = self.entry(name.encode())
        return None if entry.slices else entry

    def _parts(self, name: str, entry: Any) -> Iterator[tuple[Part, Array]]:
        for message in entry.slices:
            part = from_message(message, _shape(entry))
            yield part, self._stored(name, self.entry(part.key(name)), _read)

    def _stored(self, name: str, entry: Any, take: Callable[..., tuple[Any, int]]) -> Any:
        """Return what `take` makes of an entry's bytes, whose checksum it returns too."""
        path = data_path(self.prefix, entry.shard_id, self.shards)
        end = entry.offset + entry.size
        where = f"\n  of tensor '{name}', bytes {entry.offset} to {end} of {path}"
        with translated(), open(path, "rb") as file:
            if end > os.fstat(file.fileno()).st_size:
                raise OutOfRangeError(None, None, f"Read less bytes than requested{where}")
            file.seek(entry.offset)
            try:
                taken, crc = take(file, DType(entry.dtype), _shape(entry), entry.size)
            except ValueError as error:
                raise DataLossError(None, None, f"{error}{where}") from error
        if crc != unmasked(entry.crc32c):
            raise DataLossError(
                None,
                None,
                f"Checksum does not match: stored {unmasked(entry.crc32c)} vs. calculated on the "
                f"restored bytes {crc}{where}",
            )
        return taken


def _shape(entry: Any) -> tuple[int, ...]:
    return tuple(dim.size for dim in entry.shape.dim)


def _read(
    file: Any, dtype: DType, shape: tuple[int, ...], size: int, out: Array | None = None
) -> tuple[Array, int]:
    """Read an array of `size` bytes and their checksum; ValueError if they cannot be one."""
    _check_size(dtype, shape, size)
    if dtype.numpy.hasobject:
        strings, crc = _strings(file.read(size), shape)
        return placed(strings, out), crc
    stored = dtype.numpy.newbyteorder("<")
    fits = out is not None and out.dtype == stored and out.flags.c_contiguous
    array: Array = out if fits else np.empty(shape, stored)
    octets = array.reshape(-1).view(np.uint8)
    crc = 0
    for start in range(0, size, CHUNK):
        piece = octets[start : start + CHUNK]
        file.readinto(piece)
        crc = crc32c(piece, crc)
    return array if fits else placed(array, out), crc


def _skimmed(file: Any, dtype: DType, shape: tuple[int, ...], size: int) -> tuple[None, int]:
    """Return the checksum alone."""
    _check_size(dtype, shape, size)
    crc = 0
    memory = np.empty(min(CHUNK, size), np.uint8)
    for start in range(0, size, CHUNK):
        piece = memory[: size - start]
        file.readinto(piece)
        crc = crc32c(piece, crc)
    return None, crc


def _check_size(dtype: DType, shape: tuple[int, ...], size: int) -> None:
    count = math.prod(shape)
    if dtype.numpy.hasobject:
        if count > size:  # a string has a byte at least, for its length
            raise ValueError(f"{size} bytes are no {count} strings")
    elif count * dtype.numpy.itemsize != size:
        raise ValueError(f"{size} bytes are no {dtype.name} tensor of shape {shape}")


def _strings(data: bytes, shape: tuple[int, ...]) -> tuple[Array, int]:
    """Return the strings of an array, and the checksum of their lengths and texts."""
    array = np.empty(shape, object)
    lengths, position = [], 0
    for _ in range(array.size):
        length, position = varint.decoded(data, position)
        lengths.append(length)
    stored = int.from_bytes(data[position : position + 4], "little")
    crc = crc32c(packed_lengths(lengths))
    if crc != unmasked(stored):
        raise ValueError(
            "The length checksum does not match: "
            f"expected {unmasked(stored):08d} but actual is {crc:08d}"
        )
    crc = crc32c(data[position:], crc)
    position += 4
    flat = array.reshape(-1)
    for i, length in enumerate(lengths):
        flat[i] = data[position : position + length]
        position += length
    if position != len(data):
        raise ValueError("The lengths of the strings do not add up")
    return array, crc


def packed_lengths(lengths: list[int]) -> bytes:
    """Return the lengths of strings in the form that is checksummed."""
    return b"".join(n.to_bytes(4 if n < 1 << 32 else 8, "little") for n in lengths)
