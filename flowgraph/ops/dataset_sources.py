"""Datasets that begin a pipeline: of tensors, ranges, random numbers and generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.ops.dataset import (
    INFINITE,
    Context,
    DatasetOp,
    DatasetValue,
    Element,
    Elements,
    Replayed,
    Rows,
    TypedDatasetOp,
)
from flowgraph.ops.host import wrapped
from flowgraph.random_streams.words import words_of
from flowgraph.shapes import TensorShape


class _OfTensors(DatasetOp, abstract=True):
    """A dataset whose inputs are its components."""

    signature = Signature("components: list(Toutput_types) -> handle: variant")

    output_shapes: tuple[TensorShape, ...]


class TensorDataset(_OfTensors):
    """One element: the inputs."""

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return Replayed([dataset.inputs])

    def count(self, dataset: DatasetValue) -> int:
        return 1


class TensorSliceDataset(_OfTensors):
    """The rows of the inputs, which have equally many."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            spec.shape.with_rank_at_least(1)
        return super().infer(*inputs)

    def check(self, *inputs: Any) -> None:
        if len({value.shape[0] for value in inputs}) > 1:
            raise invalid("All components must have the same size in the 0th dimension")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Slices(dataset.inputs)

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        arrays = dataset.inputs

        def take(positions: Array) -> Element:
            return tuple([array.take(positions, 0, mode="clip") for array in arrays])

        return Rows(len(arrays[0]), take)

    def count(self, dataset: DatasetValue) -> int:
        return len(dataset.inputs[0])


class _Slices(Elements):
    def __init__(self, arrays: tuple[Array, ...]) -> None:
        self._arrays = arrays
        self._count = len(arrays[0])
        self._next = 0

    def __next__(self) -> Element:
        position = self._next
        if position >= self._count:
            raise StopIteration
        self._next = position + 1
        return tuple([array[position, ...] for array in self._arrays])

    def block(self, count: int) -> Element:
        first = self._next
        if first >= self._count:
            raise StopIteration
        self._next = min(first + count, self._count)
        return tuple([array[first : self._next] for array in self._arrays])


class SparseTensorSliceDataset(DatasetOp):
    """The rows of a sparse tensor whose elements are in order, each as its three parts."""

    signature = Signature("indices: int64, values: Tvalues, dense_shape: int64 -> handle: variant")

    def check(self, *inputs: Any) -> None:
        indices, values, dense_shape = inputs
        if len(indices) != len(values):
            raise invalid(
                "Number of values must match first dimension of indices. Got "
                f"{len(values)} values, indices shape: {list(indices.shape)}"
            )
        rows = indices[:, 0]
        if (np.diff(rows) < 0).any():
            raise invalid(
                "The SparseTensor must be ordered in the batch dimension; handling "
                "arbitrarily ordered input is not currently supported."
            )
        if len(rows) and not 0 <= rows[0] <= rows[-1] < dense_shape[0]:
            raise invalid("an index of the SparseTensor lies outside of its dense shape")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _SparseSlices(*dataset.inputs)

    def count(self, dataset: DatasetValue) -> int:
        return int(dataset.inputs[2][0])


class _SparseSlices(Elements):
    def __init__(self, indices: Array, values: Array, dense_shape: Array) -> None:
        self._indices = indices
        self._values = values
        self._shape = dense_shape
        self._row = 0

    def __next__(self) -> Element:
        if self._row >= self._shape[0]:
            raise StopIteration
        first, last = np.searchsorted(self._indices[:, 0], [self._row, self._row + 1])
        self._row += 1
        return self._indices[first:last, 1:], self._values[first:last], self._shape[1:]


class RangeDataset(TypedDatasetOp):
    """The numbers from a start up to a stop, by a step."""

    signature = Signature("start: int64, stop: int64, step: int64 -> handle: variant")

    def check(self, *inputs: Any) -> None:
        if inputs[2] == 0:
            raise invalid("step must be a non-zero integer.")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Slices((self._numbers(dataset),)) if dataset.count() < 1 << 16 else _Range(dataset)

    def rows(self, context: Context, dataset: DatasetValue) -> Rows | None:
        start, _, step = dataset.inputs
        return Rows(dataset.count(), lambda positions: (start + step * positions,))

    def count(self, dataset: DatasetValue) -> int:
        return len(range(*[int(value) for value in dataset.inputs]))

    def _numbers(self, dataset: DatasetValue) -> Array:
        start, _, step = dataset.inputs
        return start + step * np.arange(dataset.count())


class _Range(Elements):
    """A range too long to be laid out."""

    def __init__(self, dataset: DatasetValue) -> None:
        self._left = iter(range(*[int(value) for value in dataset.inputs]))

    def __next__(self) -> Element:
        return (np.array(next(self._left)),)


class RandomDataset(TypedDatasetOp):
    """Random numbers below 2**32, without end."""

    signature = Signature("seed: int64, seed2: int64 -> handle: variant")

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        seed, seed2 = dataset.inputs
        return _Words(words_of(*context.seeds(seed, seed2)))

    def count(self, dataset: DatasetValue) -> int:
        return INFINITE


class _Words(Elements):
    def __init__(self, words: Iterator[int]) -> None:
        self._words = words

    def __next__(self) -> Element:
        return (np.array(next(self._words)),)


class PyGeneratorDataset(DatasetOp):
    """What a Python iterator gives, made anew for each pass."""

    signature = Signature("args: list(Targs) -> handle: variant")

    generator: Callable[..., Iterator[Element]]

    def elements(self, context: Context, dataset: DatasetValue) -> Elements:
        return _Generated(self.generator, dataset.inputs)


class _Generated(Elements):
    def __init__(self, generator: Callable[..., Iterator[Element]], inputs: Element) -> None:
        self._generator = generator
        self._inputs = inputs
        self._iterator: Iterator[Element] | None = None

    def __next__(self) -> Element:
        try:
            if self._iterator is None:
                self._iterator = self._generator(*self._inputs)
            return next(self._iterator)
        except StopIteration:
            raise
        except Exception as error:  # whatever the user's code raises has to name its operation
            raise wrapped(error) from error
