"""Checkpoints of TensorFlow's second format, written so that a kill leaves the old or the new."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array, DType
from flowgraph.errors import DataLossError, InvalidArgumentError, OpError
from flowgraph.formats import varint
from flowgraph.formats.bundle import (
    CHUNK,
    VERSION,
    BundleReader,
    data_path,
    index_path,
    packed_lengths,
)
from flowgraph.formats.crc32c import crc32c, masked
from flowgraph.formats.replace import replacing, sync_directory
from flowgraph.formats.sstable import write_table
from flowgraph.formats.system_errors import translated
from flowgraph.formats.tensor_parts import WHOLE, Part
from flowgraph.formats.write_behind import WriteBehind


class Item(NamedTuple):
    """What is to be written: a tensor, or a part of one."""

    name: str
    dtype: DType
    array: Array
    part: Part | None = None


def write_bundle(prefix: str, items: Iterable[Item]) -> None:
    """Write a checkpoint of one data file.

    The data is on the disk before the index names it, and an older checkpoint of the
    same prefix is whole until then.

    Parameters
    ----------
    prefix : str
        Its directory is made if only that one is missing.
    items : iterable of Item

    Raises
    ------
    InvalidArgumentError
        If a tensor occurs twice, or a part does not fit.
    NotFoundError, PermissionDeniedError, ResourceExhaustedError, ...
        If the files cannot be written.
    """
    with translated():
        with suppress(FileExistsError):
            os.mkdir(os.path.dirname(prefix) or ".")
        data = f"{data_path(prefix, 0, 1)}.tempstate{secrets.randbits(64)}"
        try:
            with WriteBehind(data) as file:
                entries = _write_data(file, items)
            _publish(prefix, [data], entries)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(data)


def merge_bundles(prefixes: Iterable[str], destination: str, delete_old_dirs: bool = True) -> None:
    """Make checkpoints one, by moving their data files.

    Parameters
    ----------
    prefixes : iterable of str
    destination : str
        The prefix of the result.
    delete_old_dirs : bool
        Remove the directories that are empty afterwards.

    Raises
    ------
    InvalidArgumentError
        If a tensor occurs twice.
    """
    entries: dict[bytes, Any] = {}
    files: list[str] = []
    prefixes = list(prefixes)
    for prefix in prefixes:
        reader = BundleReader(prefix)
        for key in filter(None, reader.entries):
            entry = reader.entry(key)
            entry.shard_id += len(files)
            if key not in entries:
                entries[key] = entry
            elif entry.slices and entries[key].slices:
                entries[key].slices.extend(entry.slices)
            else:
                raise _twice(key)
        files += [data_path(prefix, shard, reader.shards) for shard in range(reader.shards)]
    with translated():
        with suppress(FileExistsError):
            os.mkdir(os.path.dirname(destination) or ".")
        _publish(destination, files, entries)
        for prefix in prefixes:
            os.unlink(index_path(prefix))
        if delete_old_dirs:
            for directory in {os.path.dirname(prefix) for prefix in prefixes}:
                with suppress(OSError):  # it holds other things too
                    os.rmdir(directory)


def _twice(key: bytes) -> InvalidArgumentError:
    name = key.decode(errors="replace")
    return InvalidArgumentError(None, None, f"Adding duplicate key: {name}")


def _write_data(file: WriteBehind, items: Iterable[Item]) -> dict[bytes, Any]:
    """Write the tensors one after the other and return their entries."""
    entries: dict[bytes, Any] = {}
    offset = 0
    for name, dtype, array, part in items:
        key = name.encode()
        if part is not None:
            _add_part(entries, name, dtype, array, part)
            key = part.key(name)
        if key in entries:
            raise _twice(name.encode())
        size, crc = (_write_strings if dtype.numpy.hasobject else _write_numbers)(file, array)
        entries[key] = entry = protos.BundleEntryProto(
            dtype=dtype.as_datatype_enum, offset=offset, size=size, crc32c=masked(crc)
        )
        _set_shape(entry, array.shape)
        offset += size
    return entries


def _add_part(entries: dict[bytes, Any], name: str, dtype: DType, array: Array, part: Part) -> None:
    """Note in the entry of a whole tensor that a part of it is stored."""
    if array.shape != part.size:
        message = f"Slice of shape {part.size} of {name} does not fit its value, {array.shape}"
        raise InvalidArgumentError(None, None, message)
    whole = entries.get(name.encode())
    if whole is None:
        whole = entries[name.encode()] = protos.BundleEntryProto(dtype=dtype.as_datatype_enum)
        _set_shape(whole, part.shape)
    elif tuple(dim.size for dim in whole.shape.dim) != part.shape or not whole.slices:
        raise _twice(name.encode())
    added = whole.slices.add()
    for extent in part.extents:
        message = added.extent.add()
        if extent != WHOLE:
            message.start, message.length = extent


def _set_shape(entry: Any, shape: tuple[int, ...]) -> None:
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)


def _write_numbers(file: WriteBehind, array: Array) -> tuple[int, int]:
    """Write an array's bytes; return their count and checksum."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    octets = little.reshape(-1).view(np.uint8)
    file.reserve(octets.size)
    crc = 0
    # A copy, since another run may write the variable meanwhile; always in the same memory.
    memory = np.empty(min(CHUNK, octets.size), np.uint8)
    for start in range(0, octets.size, CHUNK):
        piece = memory[: octets.size - start]
        np.copyto(piece, octets[start : start + CHUNK])
        crc = crc32c(piece, crc)
        file.write(piece)
    return octets.size, crc


def _write_strings(file: WriteBehind, array: Array) -> tuple[int, int]:
    """Write the lengths of an array's strings, a checksum of them, and the strings."""
    texts = [t.encode() if isinstance(t, str) else bytes(t) for t in array.reshape(-1)]
    lengths = [len(text) for text in texts]
    crc = crc32c(packed_lengths(lengths))
    checksum = masked(crc).to_bytes(4, "little")
    content = checksum + b"".join(texts)
    head = b"".join(map(varint.encoded, lengths))
    file.write(head + content)
    return len(head) + len(content), crc32c(content, crc)


def _publish(prefix: str, files: list[str], entries: dict[bytes, Any]) -> None:
    """Give data files their names, and write the index that says what is in them.

    A file that the present index names must not change before the index does. New data
    therefore goes to spare names first, those of the second half of twice as many shards.
    """
    count = len(files)
    used = _files_in_use(prefix)
    names = [data_path(prefix, shard, count) for shard in range(count)]
    if not used.intersection(names):
        for file, name in zip(files, names, strict=True):
            os.replace(file, name)
        _write_index(prefix, count, entries)
    else:
        spare = [data_path(prefix, count + shard, 2 * count) for shard in range(count)]
        for file, name in zip(files, spare, strict=True):
            os.replace(file, name)
        _write_index(prefix, 2 * count, entries, first=count)
        if not _linked(spare, names):
            return
        _write_index(prefix, count, entries)
        used.update(spare)
    for name in used.difference(names):
        with suppress(FileNotFoundError):
            os.unlink(name)


def _files_in_use(prefix: str) -> set[str]:
    """Return the data files that the present index names; none if there is no good one."""
    try:
        reader = BundleReader(prefix)
    except (OpError, DataLossError):
        return set()
    return {data_path(prefix, shard, reader.shards) for shard in range(reader.shards)}


def _linked(files: list[str], names: list[str]) -> bool:
    """Give files second names; False if the file system has no links."""
    for file, name in zip(files, names, strict=True):
        beside = f"{name}.tempstate{secrets.randbits(64)}"
        try:
            os.link(file, beside)
        except OSError:
            return False
        os.replace(beside, name)
    sync_directory(names[0])
    return True


def _write_index(prefix: str, shards: int, entries: dict[bytes, Any], first: int = 0) -> None:
    """Write the index of data files that are shards `first`, `first` + 1, ... of `shards`."""
    sync_directory(prefix)
    header = protos.BundleHeaderProto(num_shards=shards)
    header.version.producer = VERSION
    items = {b"": header.SerializeToString()}
    for key, entry in entries.items():
        moved = protos.BundleEntryProto.FromString(entry.SerializeToString())
        if not moved.slices:
            moved.shard_id += first
        items[key] = moved.SerializeToString()
    with replacing(index_path(prefix)) as file:
        write_table(file, sorted(items.items()))
