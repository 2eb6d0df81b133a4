"""Elements stacked to batches, and batches taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import DataLossError
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.dataset import (
    INFINITE,
    UNKNOWN,
    Context,
    DatasetOp,
    DatasetValue,
    Element,
    Elements,
    TypedDatasetOp,
)
from flowgraph.ops.dataset_sparse import boxed
from flowgraph.shapes import TensorShape


def check_batch_size(size: Any, name: str = "Batch size") -> None:
    """Raise InvalidArgumentError unless batches of a size can be made."""
    if size <= 0:
        raise invalid(f"{name} must be greater than zero.")


def batches(count: int, size: int, drop_remainder: Any) -> int:
    """Return how many batches a number of elements gives."""
    return count if count < 0 else count // size if drop_remainder else -(-count // size)


class BatchDatasetV2(TypedDatasetOp):
    """Elements that follow each other, stacked."""

    signature = Signature(
        "input_dataset: variant, batch_size: int64, drop_remainder: bool -> handle: variant"
    )

    parallel_copy: bool = False

    def check(self, *inputs: Any) -> None:
        check_batch_size(inputs[1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size, drop = dataset.inputs
        return Batches(source.elements(context), int(size), bool(drop))

    def count(self, dataset: DatasetValue) -> int:
        source, size, drop = dataset.inputs
        return batches(source.count(), int(size), drop)


class Batches(Elements):
    """Elements that follow each other, stacked.

    Parameters
    ----------
    source : Elements
    size : int
        How many make a batch.
    drops : bool
        There is no smaller one at the end.
    """

    def __init__(self, source: Elements, size: int, drops: bool) -> None:
        self._source = source
        self._size = size
        self._drops = drops

    def __next__(self) -> Element:
        batch = self._source.block(self._size)
        if self._drops and len(batch[0]) < self._size:
            raise StopIteration
        return batch


class PaddedBatchDatasetV2(DatasetOp):
    """Elements that follow each other, padded to one shape and stacked."""

    signature = Signature(
        "input_dataset: variant, batch_size: int64, padded_shapes: N*int64, "
        "padding_values: list(Toutput_types), drop_remainder: bool -> handle: variant"
    )

    output_shapes: tuple[TensorShape, ...]
    N: int
    parallel_copy: bool = False

    def check(self, *inputs: Any) -> None:
        check_batch_size(inputs[1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size, *paddings, drop = dataset.inputs
        count = len(paddings) // 2
        shapes = [[int(n) for n in shape] for shape in paddings[:count]]
        return _Padded(source.elements(context), int(size), bool(drop), shapes, paddings[count:])

    def count(self, dataset: DatasetValue) -> int:
        source, size, *_, drop = dataset.inputs
        return batches(source.count(), int(size), drop)


class _Padded(Elements):
    def __init__(
        self, source: Elements, size: int, drops: bool, shapes: list[list[int]], values: list[Any]
    ) -> None:
        self._source = source
        self._size = size
        self._drops = drops
        self._shapes = shapes
        self._values = values

    def __next__(self) -> Element:
        found: list[Element] = []
        while len(found) < self._size:
            try:
                found.append(next(self._source))
            except StopIteration:
                break
        if not found or (self._drops and len(found) < self._size):
            raise StopIteration
        columns = zip(*found, strict=True)
        return tuple(
            [
                _padded(index, column, shape, value)
                for index, (column, shape, value) in enumerate(
                    zip(columns, self._shapes, self._values, strict=True)
                )
            ]
        )


def _padded(index: int, arrays: tuple[Array, ...], shape: list[int], value: Array) -> Array:
    """Return arrays of one rank stacked, each filled up to a shape; -1 is the largest size."""
    for array in arrays:
        if array.ndim != len(shape):
            raise invalid(
                f"All elements in a batch must have the same rank as the padded shape for "
                f"component{index}: expected rank {len(shape)} but got element with rank "
                f"{array.ndim}"
            )
    largest = np.array([array.shape for array in arrays], np.int64).max(0, initial=0)
    sizes = [int(m) if n < 0 else n for n, m in zip(shape, largest, strict=True)]
    if any(n < m for n, m in zip(sizes, largest, strict=True)):
        raise DataLossError(
            None, None, "Attempted to pad to a smaller size than the input element."
        )
    result = np.full((len(arrays), *sizes), value[()], arrays[0].dtype)
    for row, array in enumerate(arrays):
        place: Any = (row, *[slice(n) for n in array.shape])
        result[place] = array
    return result


class UnbatchDataset(TypedDatasetOp):
    """The rows of each element."""

    signature = Signature("input_dataset: variant -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Unbatched(dataset.inputs[0].elements(context))

    def count(self, dataset: DatasetValue) -> int:
        known = dataset.inputs[0].count()
        return known if known in (INFINITE, 0) else UNKNOWN


class _Unbatched(Elements):
    def __init__(self, source: Elements) -> None:
        self._source = source
        self._batch: Element = ()
        self._next = self._count = 0

    def __next__(self) -> Element:
        while self._next >= self._count:
            batch = next(self._source)
            if any(not array.ndim for array in batch):
                raise invalid("Input element must have a non-scalar value in each component.")
            if len({len(array) for array in batch}) > 1:
                raise invalid(
                    "Input element must have the same batch size in each component. Component 0 "
                    f"had size {len(batch[0])} but component "
                    + next(
                        f"{i} had size, {len(array)}."
                        for i, array in enumerate(batch)
                        if len(array) != len(batch[0])
                    )
                )
            self._batch, self._next, self._count = batch, 0, len(batch[0])
        position = self._next
        self._next = position + 1
        # A copy: a row would keep the whole batch alive.
        return tuple([array[position, ...].copy() for array in self._batch])


class DenseToSparseBatchDataset(TypedDatasetOp):
    """Elements that follow each other, as the rows of a sparse tensor."""

    signature = Signature(
        "input_dataset: variant, batch_size: int64, row_shape: int64 -> handle: variant"
    )

    def check(self, *inputs: Any) -> None:
        check_batch_size(inputs[1])

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        source, size, row_shape = dataset.inputs
        return _SparseBatches(source.elements(context), int(size), row_shape)

    def count(self, dataset: DatasetValue) -> int:
        source, size, _ = dataset.inputs
        return batches(source.count(), int(size), False)


class _SparseBatches(Elements):
    def __init__(self, source: Elements, size: int, row_shape: Array) -> None:
        self._source = source
        self._size = size
        self._row_shape = row_shape

    def __next__(self) -> Element:
        rows: list[Array] = []
        while len(rows) < self._size:
            try:
                (row,) = next(self._source)
            except StopIteration:
                break
            self._check(row)
            rows.append(row)
        if not rows:
            raise StopIteration
        largest = np.array([row.shape for row in rows], np.int64).max(0)
        sizes = np.where(self._row_shape < 0, largest, self._row_shape)
        indices = [
            np.insert(np.argwhere(np.ones(row.shape, bool)), 0, i, axis=1)
            for i, row in enumerate(rows)
        ]
        value = SparseTensorValue(
            np.concatenate(indices).astype(np.int64),
            np.concatenate([row.reshape(-1) for row in rows]),
            np.concatenate([[len(rows)], sizes]),
        )
        return (boxed(value),)

    def _check(self, row: Array) -> None:
        """Raise unless a row fits into the shape given for rows."""
        shape = self._row_shape
        if row.ndim != len(shape):
            raise invalid(
                f"Input element had shape ({bracketed(row.shape)}) that is incompatible with the "
                f"row shape ({bracketed(shape)})."
            )
        if any(0 <= wanted < n for wanted, n in zip(shape, row.shape, strict=True)):
            raise DataLossError(
                None,
                None,
                f"Input element had shape ({bracketed(row.shape)}) that is larger than the row "
                f"shape ({bracketed(shape)}).",
            )
