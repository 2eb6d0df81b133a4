"""Sparse tensors on their way through a queue: they are stored, and their numbers queued."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.building import apply, apply_all
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape

Parts = tuple[Array, Array, Array]


class _Stored:
    """The sparse tensors of a session that are on their way, by number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, Parts] = {}
        self._numbers = itertools.count()

    def add(self, parts: Parts) -> int:
        with self._lock:
            number = next(self._numbers)
            self._held[number] = parts
            return number

    def take(self, number: int) -> Parts:
        with self._lock:
            try:
                return self._held.pop(number)
            except KeyError:
                raise invalid(
                    f"Unable to find SparseTensor: {number} in map: tensors_map"
                ) from None


def _store(resources: Resources, container: str, name: str) -> _Stored:
    stored: _Stored = resources.get(("tensors_map", container, name), _Stored)
    return stored


class AddSparseToTensorsMap(Op):
    """Keeps a sparse tensor; its number."""

    signature = Signature(
        "sparse_indices: int64, sparse_values: T, sparse_shape: int64 -> sparse_handle: int64"
    )

    is_stateful = True

    container: str = ""
    shared_name: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec, rank in zip(inputs, (2, 1, 1), strict=True):
            with_rank(spec.shape, rank)
        return (TensorShape.of(()),)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        store = _store(resources, self.container, self.shared_name or operation.name)
        return lambda *inputs: self.kept(store, *[np.array(part) for part in inputs])

    def kept(self, store: _Stored, indices: Array, values: Array, sizes: Array) -> Array:
        """Keep a sparse tensor, and return its number or those of its rows."""
        return np.array(store.add((indices, values, sizes)), np.int64)

    gradient = Op.not_differentiable


class AddManySparseToTensorsMap(AddSparseToTensorsMap):
    """Keeps the rows of a sparse tensor; their numbers."""

    signature = Signature(
        "sparse_indices: int64, sparse_values: T, sparse_shape: int64 -> sparse_handles: int64"
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        super().infer(*inputs)
        return (TensorShape.of((None,)),)

    def kept(self, store: _Stored, indices: Array, values: Array, sizes: Array) -> Array:
        if len(sizes) < 2:
            raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(sizes)}")
        numbers = []
        for row in range(int(sizes[0])):
            inside = indices[:, 0] == row
            numbers.append(store.add((indices[inside, 1:], values[inside], sizes[1:])))
        return np.array(numbers, np.int64)


class TakeManySparseFromTensorsMap(Op):
    """Sparse tensors that were kept, as the rows of one."""

    signature = Signature(
        "sparse_handles: int64 -> sparse_indices: int64, sparse_values: dtype, sparse_shape: int64"
    )

    is_stateful = True

    dtype: DType
    container: str = ""
    shared_name: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 1)
        return TensorShape.of((None, None)), TensorShape.of((None,)), TensorShape.of((None,))

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        store = _store(resources, self.container, self.shared_name or operation.name)
        return lambda numbers: self.joined([store.take(int(number)) for number in numbers])

    def joined(self, parts: list[Parts]) -> Parts:
        """Return sparse tensors as the rows of one."""
        ranks = {len(sizes) for _, _, sizes in parts}
        if len(ranks) != 1:
            raise invalid(f"Inconsistent rank across SparseTensors: {sorted(ranks)}")
        rows = [
            np.concatenate([np.full((len(indices), 1), row, np.int64), indices], axis=1)
            for row, (indices, _, _) in enumerate(parts)
        ]
        largest = np.max([sizes for _, _, sizes in parts], axis=0)
        return (
            np.concatenate(rows),
            np.concatenate([values for _, values, _ in parts]),
            np.array([len(parts), *largest], np.int64),
        )

    gradient = Op.not_differentiable


class StoredSparse:
    """One component of the examples put into a queue, dense or sparse.

    Parameters
    ----------
    tensors : list of Tensor or SparseTensor
        The component of each example.
    are_rows : bool
        The first dimension counts examples.

    Attributes
    ----------
    dense : list of Tensor
        What goes into the queue.
    """

    def __init__(self, tensors: Sequence[Any], are_rows: bool) -> None:
        self.is_sparse = any(isinstance(tensor, SparseTensor) for tensor in tensors)
        self.dense: list[Tensor] = list(tensors)
        self._store: Operation | None = None
        if not self.is_sparse:
            return
        if not all(isinstance(tensor, SparseTensor) for tensor in tensors):
            raise TypeError("Inconsistent sparse tensors: some examples have a dense one instead")
        ranks = [tensor.dense_shape.shape[0].value for tensor in tensors]
        self._rank = ranks[0] if len(set(ranks)) == 1 else None
        self._adds_row = not are_rows
        self._dtype = tensors[0].dtype
        self.dense = [self._kept(tensor, are_rows) for tensor in tensors]

    def _kept(self, sparse: SparseTensor, are_rows: bool) -> Tensor:
        kind = AddManySparseToTensorsMap if are_rows else AddSparseToTensorsMap
        op = kind(shared_name="" if self._store is None else self._store.name)
        number = apply(op, sparse.indices, sparse.values, sparse.dense_shape)
        if self._store is None:
            self._store = number.op
        return expand_dims(number, [-1])

    def _taken(self, numbers: Tensor) -> SparseTensor:
        assert self._store is not None
        op = TakeManySparseFromTensorsMap(dtype=self._dtype, shared_name=self._store.name)
        with colocate_with(self._store):
            parts = apply_all(op, squeeze(numbers, [1]))
        if self._rank is not None:
            rank = self._rank + self._adds_row
            parts[0].set_shape([None, rank])
            parts[2].set_shape([rank])
        return SparseTensor(*parts)

    @staticmethod
    def restored(columns: Sequence[StoredSparse], taken: Sequence[Tensor]) -> list[Any]:
        """Return the components of a batch, of which the sparse ones were stored.

        Each waits for all the others: one that is not fetched must not stay behind.
        """
        parts: list[Any] = [
            column._taken(tensor) if column.is_sparse else tensor
            for column, tensor in zip(columns, taken, strict=True)
        ]
        everything = [part.op for part in parts]
        return [_after(everything, part) for part in parts]


def _after(operations: list[Operation], part: Any) -> Any:
    if not isinstance(part, SparseTensor):
        return with_dependencies([o for o in operations if o is not part.op], part)
    return SparseTensor(
        with_dependencies(operations, part.indices),
        with_dependencies(operations, part.values),
        with_dependencies(operations, part.dense_shape),
    )
