"""Columns of features: one feature of many messages, as an array or as its ragged rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.formats import examples as wire
from flowgraph.graph.signature import Types
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.shapes import TensorShape

TYPES = Types((dtypes.float32, dtypes.int64, dtypes.string))
"""The dtypes of features."""

_LIST_NAMES = {dtypes.string: "bytes", dtypes.float32: "float", dtypes.int64: "int64"}


def type_name(kind: DType) -> str:
    """Return a feature's dtype as TensorFlow's runtime writes it."""
    return "float" if kind is dtypes.float32 else kind.name


def list_name(kind: DType) -> str:
    """Return what a feature's list of values is called."""
    return _LIST_NAMES[kind]


def unparsable(data: bytes) -> Exception:
    """Return the error of bytes that are no message."""
    shown = "".join(chr(b) if 32 <= b < 127 else f"\\{b:03o}" for b in data)
    return invalid(f"Could not parse example input, value: '{shown}'")


@dataclass(frozen=True)
class DenseColumn:
    """A feature of a fixed number of values in each message.

    Attributes
    ----------
    key : bytes
    shape : TensorShape
        Of the values of one message. The first size may be unknown: then messages differ in
        it, and shorter ones are padded.
    default : array
        For messages without the feature; empty if it is required. The padding, where the
        first size is unknown.
    """

    key: bytes
    shape: TensorShape
    default: Array

    @property
    def kind(self) -> DType:
        """The dtype of the values."""
        return as_dtype(self.default.dtype)


class Examples:
    """Serialized messages that hold features by name. Subclasses word the errors.

    Parameters
    ----------
    serialized : list of bytes
        Example messages.
    """

    def __init__(self, serialized: Sequence[bytes]) -> None:
        self.serialized = serialized
        self.features = [self._features(data) for data in serialized]

    def _features(self, data: bytes) -> wire.Features:
        try:
            return wire.features_in(data)
        except ValueError:
            raise unparsable(data) from None

    def missing(self, index: int, key: str, kind: DType) -> str:
        """Return what to say of a message without a feature that is required."""
        raise NotImplementedError

    def wrong(self, index: int, key: str, reason: str, is_count: bool = False) -> str:
        """Return what to say of a feature that does not fit."""
        raise NotImplementedError

    def values(self, index: int, key: bytes) -> tuple[DType | None, Any]:
        """Return the dtype and values of a feature of one message; ``None`` if there is none."""
        span = self.features[index].get(key)
        if span is None:
            return None, None
        try:
            return wire.values_of(self.serialized[index], span)
        except ValueError:
            raise unparsable(self.serialized[index]) from None

    def ragged(self, key: bytes, kind: DType) -> list[Array]:
        """Return the values of each message, none where the feature is missing."""
        rows = []
        for index in range(len(self.serialized)):
            found, values = self.values(index, key)
            if found is None:
                values = np.empty(0, kind.numpy)
            elif found is not kind:
                reason = (
                    f"Data types don't match. Expected type: {type_name(kind)}, "
                    f"Actual type: {type_name(found)}"
                )
                raise invalid(self.wrong(index, key.decode(errors="replace"), reason))
            rows.append(values)
        return rows

    def dense(self, column: DenseColumn) -> Array:
        """Return the values of all messages, stacked."""
        rows = [self._row(index, column) for index in range(len(self.serialized))]
        sizes = column.shape.sizes or ()
        if None not in sizes:
            return stacked(rows, (len(rows), *sizes), column.kind)
        longest = max((len(row) for row in rows), default=0)
        padding = column.default.reshape(-1)[0]
        return padded(rows, (len(rows), longest, *sizes[1:]), column.kind, padding)

    def _row(self, index: int, column: DenseColumn) -> Array:
        """Return the values of one message in the feature's shape."""
        kind = column.kind
        sizes: tuple[Any, ...] = column.shape.sizes or ()
        found, values = self.values(index, column.key)
        is_varying = None in sizes
        if found is kind and not is_varying and len(values) == math.prod(sizes):
            return values.reshape(sizes)
        key = column.key.decode(errors="replace")
        if found is None:
            if is_varying:
                return np.empty((0, *sizes[1:]), kind.numpy)
            if not column.default.size:
                raise invalid(self.missing(index, key, kind))
            return column.default.reshape(sizes)
        if found is not kind:
            reason = (
                f"Data types don't match. Data type: {type_name(found)} but expected type: "
                f"{type_name(kind)}"
            )
            raise invalid(self.wrong(index, key, reason))
        if is_varying:
            stride = math.prod(sizes[1:])
            if len(values) % stride:
                reason = (
                    f"Number of {list_name(kind)} values is not a multiple of stride length. Saw "
                    f"{len(values)} values but output shape is: {bracketed(sizes)}"
                )
                raise invalid(self.wrong(index, key, reason, is_count=True))
            return values.reshape(-1, *sizes[1:])
        reason = (
            f"Number of {list_name(kind)} values != expected.  Values size: {len(values)} but "
            f"output shape: {bracketed(sizes)}"
        )
        raise invalid(self.wrong(index, key, reason, is_count=True))


def stacked(rows: Sequence[Array], sizes: tuple[Any, ...], kind: DType) -> Array:
    """Return rows of one shape as one array."""
    result = np.empty(sizes, kind.numpy)
    for index, row in enumerate(rows):
        result[index, ...] = row
    return result


def padded(rows: Sequence[Array], sizes: tuple[Any, ...], kind: DType, padding: Any) -> Array:
    """Return rows of different lengths as one array."""
    result = np.full(sizes, padding, kind.numpy)
    for index, row in enumerate(rows):
        result[index, : len(row)] = row
    return result


def ragged_parts(rows: Sequence[Array], kind: DType) -> tuple[Array, Array, Array]:
    """Return rows of different lengths as the parts of a sparse matrix."""
    lengths = [len(row) for row in rows]
    total = sum(lengths)
    indices = np.empty((total, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), lengths)
    starts = np.repeat(np.cumsum(lengths, dtype=np.int64) - lengths, lengths)
    indices[:, 1] = np.arange(total) - starts
    values = np.concatenate([*rows, np.empty(0, kind.numpy)])
    return indices, values, np.array([len(rows), max(lengths, default=0)], np.int64)
