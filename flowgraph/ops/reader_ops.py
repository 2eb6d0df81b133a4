"""The ops of readers: one to make each kind, and those that read and count."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.formats.records import inflated, records_at
from flowgraph.formats.system_errors import translated
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.reader_state import ReaderState, Record
from flowgraph.ops.shared_resources import behind, handle_of, shared
from flowgraph.shapes import TensorShape

_SCALAR = TensorShape.of(())


class _Reader(Op, abstract=True):
    """A reader, or the one of the same shared name."""

    signature = Signature("-> reader_handle: resource")
    is_stateful = True

    container: str = ""
    shared_name: str = ""

    is_whole = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def check(self) -> None:
        """Raise InvalidArgumentError for attributes that make no sense."""

    def records(self, work: bytes) -> Iterator[Record]:
        """Yield the keys and values in a piece of work."""
        raise NotImplementedError(f"records of {self.type}")

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make(name: str) -> ReaderState:
            self.check()
            kind = self.type.removesuffix("V2")
            return ReaderState(kind, operation.name, self.records, self.is_whole)

        def kernel() -> Array:
            return handle_of(shared(resources, operation, self.container, self.shared_name, make))

        return kernel

    gradient = Op.not_differentiable


class WholeFileReaderV2(_Reader):
    """Reads files as one record each."""

    is_whole = True

    def records(self, work: bytes) -> Iterator[Record]:
        with translated(), open(os.fsdecode(work), "rb") as file:
            yield work, file.read()


class IdentityReaderV2(_Reader):
    """Takes the work itself for the record."""

    is_whole = True

    def records(self, work: bytes) -> Iterator[Record]:
        yield work, work


class TextLineReaderV2(_Reader):
    """Reads files line by line."""

    skip_header_lines: int = 0
    container: str = ""
    shared_name: str = ""

    def check(self) -> None:
        _not_negative("skip_header_lines", self.skip_header_lines)

    def records(self, work: bytes) -> Iterator[Record]:
        with translated(), open(os.fsdecode(work), "rb") as file:
            for number, line in enumerate(file, 1):
                if number > self.skip_header_lines:
                    text = line.removesuffix(b"\n").replace(b"\r", b"")
                    yield b"%s:%d" % (work, number), text


class FixedLengthRecordReaderV2(_Reader):
    """Reads records of a fixed length."""

    _: KW_ONLY
    record_bytes: int
    header_bytes: int = 0
    footer_bytes: int = 0
    hop_bytes: int = 0
    container: str = ""
    shared_name: str = ""
    encoding: str = ""

    def check(self) -> None:
        for name in ("header_bytes", "footer_bytes", "hop_bytes"):
            _not_negative(name, getattr(self, name))
        if self.record_bytes <= 0:
            raise invalid(f"record_bytes must be > 0 not {self.record_bytes}")
        if self.encoding not in ("", "ZLIB"):
            raise invalid(f"encoding must be '' or 'ZLIB' not '{self.encoding}'")

    def records(self, work: bytes) -> Iterator[Record]:
        with translated(), open(os.fsdecode(work), "rb") as file:
            source: Any = (
                io.BytesIO(inflated(file.read(), self.encoding)) if self.encoding else file
            )
            end = source.seek(0, os.SEEK_END) - self.footer_bytes - self.record_bytes
            hop = self.hop_bytes or self.record_bytes
            for number, start in enumerate(range(self.header_bytes, end + 1, hop)):
                source.seek(start)
                yield b"%s:%d" % (work, number), source.read(self.record_bytes)


class TFRecordReaderV2(_Reader):
    """Reads the records of TFRecord files."""

    container: str = ""
    shared_name: str = ""
    compression_type: str = ""

    def records(self, work: bytes) -> Iterator[Record]:
        for offset, record in records_at(os.fsdecode(work), self.compression_type):
            yield b"%s:%d" % (work, offset), record


def _not_negative(name: str, value: int) -> None:
    if value < 0:
        raise invalid(f"{name} must be >= 0 not {value}")


class _Access(Op, abstract=True):
    """An op on the reader behind a handle."""

    is_stateful = True
    gradient = Op.not_differentiable


class ReaderReadV2(_Access):
    """Reads a record."""

    signature = Signature(
        "reader_handle: resource, queue_handle: resource -> key: string, value: string"
    )
    drains = 1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            with_rank(spec.shape, 0)
        return _SCALAR, _SCALAR

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        reader, queue = map(behind, inputs)
        key, value = reader.read(queue)
        return np.array(key, object), np.array(value, object)


class ReaderReadUpToV2(_Access):
    """Reads several records of one piece of work."""

    signature = Signature(
        "reader_handle: resource, queue_handle: resource, num_records: int64 -> "
        "keys: string, values: string"
    )
    drains = 1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            with_rank(spec.shape, 0)
        return TensorShape.of((None,)), TensorShape.of((None,))

    def compute(self, xp: Any, *inputs: Any) -> tuple[Array, ...]:
        reader, queue = map(behind, inputs[:2])
        records = reader.read_up_to(queue, int(inputs[2]))
        columns = np.empty((2, len(records)), object)
        for index, (key, value) in enumerate(records):
            columns[0, index], columns[1, index] = key, value
        return columns[0].copy(), columns[1].copy()


class ReaderNumRecordsProducedV2(_Access):
    """How many records were read."""

    signature = Signature("reader_handle: resource -> records_produced: int64")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(behind(inputs[0]).produced, np.int64)


class ReaderNumWorkUnitsCompletedV2(_Access):
    """How many pieces of work were read to their end."""

    signature = Signature("reader_handle: resource -> units_completed: int64")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(behind(inputs[0]).finished, np.int64)


class ReaderSerializeStateV2(_Access):
    """A reader's state."""

    signature = Signature("reader_handle: resource -> state: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return np.array(behind(inputs[0]).serialize(), object)


class ReaderRestoreStateV2(_Access):
    """Takes a reader back to a state."""

    signature = Signature("reader_handle: resource, state: string")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            with_rank(spec.shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        reader, state = map(behind, inputs)
        reader.restore(state)
        return ()


class ReaderResetV2(_Access):
    """Takes a reader back to its beginning."""

    signature = Signature("reader_handle: resource")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        behind(inputs[0]).reset()
        return ()
