"""Sparse tensors as single values: components of elements.

A boxed sparse tensor is an array of rank 0 that holds a `SparseTensorValue`; a batch of them is a
vector. They are of dtype variant, as TensorFlow's are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array, DType
from flowgraph.graph.composite import SparseTensorValue
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.shapes import TensorShape


def boxed(value: SparseTensorValue) -> Array:
    """Return a sparse tensor as one value."""
    box = np.empty((), object)
    box[()] = value
    return box


class SerializeSparse(Op):
    """A sparse tensor as one value."""

    signature = Signature(
        "sparse_indices: int64, sparse_values: T, sparse_shape: int64 -> serialized_sparse: variant"
    )
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of((3,)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return boxed(SparseTensorValue(*[array.copy() for array in inputs]))

    gradient = Op.not_differentiable


class SerializeManySparse(SerializeSparse):
    """The rows of a sparse tensor, each as one value."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of((None, 3)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, values, dense_shape = inputs
        if len(dense_shape) < 2:
            raise invalid(
                f"Rank of input SparseTensor should be > 1, but saw rank: {len(dense_shape)}"
            )
        count = int(dense_shape[0])
        result = np.empty(count, object)
        order = np.argsort(indices[:, 0], kind="stable")
        bounds = np.searchsorted(indices[order, 0], np.arange(count + 1))
        for row in range(count):
            chosen = order[bounds[row] : bounds[row + 1]]
            result[row] = SparseTensorValue(
                indices[chosen, 1:], values[chosen], dense_shape[1:].copy()
            )
        return result


class DeserializeSparse(Op):
    """The parts of a sparse tensor; of a batch of them, one with an axis more in front."""

    signature = Signature(
        "serialized_sparse: variant"
        " -> sparse_indices: int64, sparse_values: dtype, sparse_shape: int64"
    )
    is_stateful = True

    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return TensorShape.of((None, None)), TensorShape.of((None,)), TensorShape.of((None,))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        parts = tuple([np.array(part) for part in _unboxed(inputs[0])])
        if parts[1].dtype != self.dtype.numpy:
            raise invalid(
                f"Requested SparseTensor of type {self.dtype.name} but "
                f"SparseTensor[0].values.dtype() == {parts[1].dtype.name}"
            )
        return parts

    gradient = Op.not_differentiable


def _unboxed(box: Array) -> SparseTensorValue:
    """Return what is in a box, with the axes of the box in front."""
    if not box.ndim:
        return box.item()  # type: ignore[no-any-return]
    parts = [_unboxed(box[i, ...]) for i in range(len(box))]
    if not parts:
        raise invalid("Must have at least 1 serialized SparseTensor, but input matrix has 0 rows")
    shapes = np.stack([part.dense_shape for part in parts]) if _one_rank(parts) else None
    if shapes is None:
        first, other = (
            parts[0],
            next(p for p in parts if len(p.dense_shape) != len(parts[0].dense_shape)),
        )
        raise invalid(
            f"Inconsistent rank across SparseTensors: rank prior to SparseTensor was: "
            f"{bracketed(first.dense_shape)} but rank of SparseTensor is: "
            f"{bracketed(other.dense_shape)}"
        )
    indices = [np.insert(part.indices, 0, i, axis=1) for i, part in enumerate(parts)]
    return SparseTensorValue(
        np.concatenate(indices),
        np.concatenate([part.values for part in parts]),
        np.concatenate([[len(parts)], shapes.max(0)]),
    )


def _one_rank(parts: list[SparseTensorValue]) -> bool:
    return len({len(part.dense_shape) for part in parts}) == 1
