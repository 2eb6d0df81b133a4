"""Datasets of what is in files: lines, records of TensorFlow's, records of a fixed length."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np

from flowgraph.formats.records import Compression, Inflated, RecordWriter, read_records
from flowgraph.formats.system_errors import translated
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import Context, DatasetOp, DatasetValue, Element, Elements
from flowgraph.shapes import TensorShape

COMPRESSIONS = ("", "ZLIB", "GZIP")

_CHUNK = 1 << 18


def check_compression(value: Any) -> None:
    """Raise InvalidArgumentError unless files so compressed can be read."""
    if value.item().decode() not in COMPRESSIONS:
        raise invalid(" Unsupported compression_type.")


def check_buffer_size(value: Any) -> None:
    """Raise InvalidArgumentError unless a buffer may have a size; 0 leaves the choice."""
    if value < 0:
        raise invalid("`buffer_size` must be >= 0 (0 == no buffering)")


class InFiles(Elements):
    """What is in files, one file after the other.

    Parameters
    ----------
    filenames : array of bytes
        Of rank 0 or 1.
    read : callable
        Yields what is in a file of a given name, as elements.
    """

    def __init__(self, filenames: Any, read: Callable[[str], Iterator[Element]]) -> None:
        self._names = iter([name.decode() for name in filenames.reshape(-1)])
        self._read = read
        self._current: Iterator[Element] | None = None

    def __next__(self) -> Element:
        while True:
            if self._current is None:
                self._current = self._read(next(self._names))
            try:
                return next(self._current)
            except StopIteration:
                self._current = None


def _scalar(data: bytes) -> Element:
    value = np.empty((), object)
    value[()] = data
    return (value,)


def chunks(path: str, compression: str, size: int = _CHUNK) -> Iterator[bytes]:
    """Yield what is in a file, decompressed, in parts of at most a size."""
    with translated(), open(path, "rb") as file:
        source = Inflated(file, compression) if compression else file
        while part := source.read(size):
            yield part


class TextLineDataset(DatasetOp):
    """The lines of files, without what ends them."""

    signature = Signature(
        "filenames: string, compression_type: string, buffer_size: int64 -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        check_compression(inputs[1])
        check_buffer_size(inputs[2])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        filenames, compression, buffer = dataset.inputs
        kind, size = compression.item().decode(), int(buffer) or _CHUNK
        return InFiles(filenames, lambda path: _lines(path, kind, size))


def _lines(path: str, compression: str, size: int) -> Iterator[Element]:
    rest = b""
    for part in chunks(path, compression, size):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield _scalar(line.replace(b"\r", b""))
    if rest:
        yield _scalar(rest.replace(b"\r", b""))


class TFRecordDataset(DatasetOp):
    """The records of files."""

    signature = Signature(
        "filenames: string, compression_type: string, buffer_size: int64 -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        check_compression(inputs[1])
        check_buffer_size(inputs[2])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        filenames, compression, _ = dataset.inputs
        kind = compression.item().decode()
        return InFiles(filenames, lambda path: map(_scalar, read_records(path, kind)))


class FixedLengthRecordDatasetV2(DatasetOp):
    """The records of files, all of one length, between a header and a footer."""

    signature = Signature(
        "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, "
        "buffer_size: int64, compression_type: string -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        _, header, record, footer, buffer, compression = inputs
        if header < 0:
            raise invalid("`header_bytes` must be >= 0")
        if record <= 0:
            raise invalid("`record_bytes` must be > 0")
        if footer < 0:
            raise invalid("`footer_bytes` must be >= 0")
        check_buffer_size(buffer)
        check_compression(compression)

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        filenames, *sizes, _, compression = dataset.inputs
        kind = compression.item().decode()
        header, record, footer = [int(size) for size in sizes]
        return InFiles(filenames, lambda path: _records(path, kind, header, record, footer))


def _records(path: str, kind: str, header: int, record: int, footer: int) -> Iterator[Element]:
    def check(length: int) -> None:
        body = length - header - footer
        if body < 0 or body % record:
            raise invalid(
                f"Excluding the header ({header} bytes) and footer ({footer} bytes), input file "
                f'"{path}" has body length {body} bytes, which is not an exact multiple of the '
                f"record length ({record} bytes)."
            )

    if not kind:
        with translated():
            check(os.path.getsize(path))
    data, before, length = b"", header, 0
    for part in chunks(path, kind):
        length += len(part)
        skipped = min(before, len(part))
        before -= skipped
        data += part[skipped:]
        whole = max(len(data) - footer, 0) // record * record
        for start in range(0, whole, record):
            yield _scalar(data[start : start + record])
        data = data[whole:]
    check(length)


class DatasetToTFRecord(Op):
    """Writes all elements of a dataset to a file of records."""

    signature = Signature("input_dataset: variant, filename: string, compression_type: string ->")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def write(*inputs: Any) -> tuple[Any, ...]:
            dataset, filename, compression = inputs
            check_compression(compression)
            context = Context(resources)
            try:
                with translated():
                    file = open(filename.item(), "wb")  # noqa: SIM115 - the writer closes it
                writer = RecordWriter(file, Compression(compression.item().decode()))
                with closing(writer):
                    for (record,) in dataset.elements(context):
                        writer.write(record.item())
            finally:
                context.end()
            return ()

        return write
