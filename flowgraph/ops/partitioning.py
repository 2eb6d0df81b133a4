"""Dealing rows out to several tensors, merging them again, and distinct elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.core import apply, apply_all, shape, size
from flowgraph.ops.gathering import gather
from flowgraph.ops.sequences import range
from flowgraph.shapes import TensorShape


class DynamicPartition(Op):
    """The rows of ``data``, dealt out by the number in ``partitions``."""

    signature = Signature("data: T, partitions: int32 -> outputs: num_partitions*T")

    num_partitions: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        data, parts = inputs[0].shape.sizes, inputs[1].shape.sizes
        if data is None or parts is None:
            return (shapes.unknown_shape(),) * self.num_partitions
        merged(TensorShape.of(data[: len(parts)]), inputs[1].shape)
        return (TensorShape.of((None, *data[len(parts) :])),) * self.num_partitions

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        data, parts = inputs
        if data.shape[: parts.ndim] != parts.shape:
            raise invalid(
                "data.shape must start with partitions.shape, got data.shape = "
                f"{bracketed(data.shape)}, partitions.shape = {bracketed(parts.shape)}"
            )
        if parts.size and not (parts.min() >= 0 and parts.max() < self.num_partitions):
            place = np.argwhere((parts < 0) | (parts >= self.num_partitions))[0]
            where = bracketed(place.tolist()) if place.size else ""
            raise invalid(
                f"partitions{where} = {parts[tuple(place)]} is not in [0, {self.num_partitions})"
            )
        return tuple(data[parts == i] for i in np.arange(self.num_partitions))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        data, parts = operation.inputs
        places = reshape(range(size(parts)), shape(parts))
        rows = dynamic_stitch(dynamic_partition(places, parts, self.num_partitions), list(dys))
        return (reshape(rows, shape(data)), None)


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Deal the rows of a tensor out to several tensors.

    Parameters
    ----------
    data : Tensor
    partitions : Tensor
        int32, of the leading shape of `data`: where each row goes.
    num_partitions : int
    name : str, optional

    Returns
    -------
    list of Tensor
        `num_partitions` tensors of shape ``[count] + data.shape[rank(partitions):]``.

    Raises
    ------
    tf.errors.InvalidArgumentError
        If a partition is out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2))
    [array([1, 3], dtype=int32), array([2], dtype=int32)]
    """
    op = DynamicPartition(num_partitions=num_partitions)
    return apply_all(op, data, partitions, name=name)


class DynamicStitch(Op):
    """Rows of several tensors merged into one: row ``i`` of tensor ``m`` at ``indices[m][i]``."""

    signature = Signature("indices: N*int32, data: N*T -> merged: T")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        count = len(inputs) // 2
        inner = shapes.unknown_shape()
        for index, data in zip(inputs[:count], inputs[count:], strict=True):
            if index.shape.sizes is None or data.shape.sizes is None:
                continue
            depth = len(index.shape.sizes)
            merged(index.shape, TensorShape.of(data.shape.sizes[:depth]))
            inner = merged(inner, TensorShape.of(data.shape.sizes[depth:]))
        values = [index.static_value() for index in inputs[:count]]
        known = [max(v.max(), -1) + 1 if v.size else 0 for v in values if v is not None]
        rows = int(max(known)) if len(known) == count else None
        return (shapes.vector(rows).concatenate(inner),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        count = len(inputs) // 2
        pairs = list(zip(inputs[:count], inputs[count:], strict=True))
        for m, (index, data) in enumerate(pairs):
            if data.shape[: index.ndim] != index.shape:
                raise invalid(
                    f"data[{m}].shape = {bracketed(data.shape)} does not start with "
                    f"indices[{m}].shape = {bracketed(index.shape)}"
                )
            if index.size and index.min() < 0:
                raise invalid(f"indices[{m}] is out of range")
        rows = max((int(index.max()) + 1 for index, _ in pairs if index.size), default=0)
        first = pairs[0]
        inner = first[1].shape[first[0].ndim :]
        result = xp.zeros((rows, *inner), dtype=first[1].dtype)
        for index, data in pairs:
            result[index.reshape(-1)] = data.reshape(index.size, *inner)
        return result

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices = operation.inputs[: len(operation.inputs) // 2]
        return (*[None for _ in indices], *[gather(dys[0], index) for index in indices])


def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """Merge the rows of several tensors into one.

    Parameters
    ----------
    indices : list of Tensor
        int32: where the rows of each tensor go. Of equal indices the last one counts.
    data : list of Tensor
        ``data[m].shape`` begins with ``indices[m].shape``.
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[largest index + 1, ...]``.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.dynamic_stitch([[0, 2], [1]], [[1, 3], [2]]))
    array([1, 2, 3], dtype=int32)
    """
    return apply(DynamicStitch(), list(indices), list(data), name=name)


class ParallelDynamicStitch(DynamicStitch):
    """As DynamicStitch; which of several rows of equal index wins is left open."""


def parallel_dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Merge as `dynamic_stitch` does tensors whose indices are distinct."""
    return apply(ParallelDynamicStitch(), indices, data, name=name)


class Unique(Op):
    """The distinct elements in order of appearance, and which of them each element is."""

    signature = Signature("x: T -> y: T, idx: out_idx")
    host_only = True

    out_idx: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 1)
        return (shapes.vector(None), inputs[0].shape)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self._counted(xp, *inputs)[:2]

    def _counted(self, xp: Any, x: Array) -> tuple[Array, Array, Array]:
        if x.ndim != 1:
            raise invalid("unique expects a 1D vector.")
        _, first, inverse, counts = np.unique(
            x, return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        kind = self.out_idx.numpy
        return x[first[order]], place[inverse].astype(kind), counts[order].astype(kind)

    gradient = Op.not_differentiable


class UniqueWithCounts(Unique):
    """As Unique, and how often each distinct element appears."""

    signature = Signature("x: T -> y: T, idx: out_idx, count: out_idx")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (*super().infer(*inputs), shapes.vector(None))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self._counted(xp, *inputs)


class UniqueResult(NamedTuple):
    """What `unique` returns."""

    y: Tensor
    idx: Tensor


# Results print under the op's name, which the op's own class has here.
UniqueResult.__name__ = "Unique"


class UniqueWithCountsResult(NamedTuple):
    """What `unique_with_counts` returns."""

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # TensorFlow names the field as tuples name a method


UniqueWithCountsResult.__name__ = "UniqueWithCounts"


def unique(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> UniqueResult:
    """Return the distinct elements of a vector in order of appearance.

    Parameters
    ----------
    x : Tensor
        A vector.
    out_idx : DType
        int32 or int64.
    name : str, optional

    Returns
    -------
    y : Tensor
        The distinct elements.
    idx : Tensor
        Of the shape of `x`: ``y[idx[i]] == x[i]``.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.unique([4, 1, 4]).y)
    array([4, 1], dtype=int32)
    """
    return UniqueResult(*apply_all(Unique(out_idx=as_dtype(out_idx)), x, name=name))


def unique_with_counts(
    x: Any, out_idx: Any = dtypes.int32, name: str | None = None
) -> UniqueWithCountsResult:
    """Return what `unique` does, and how often each element appears.

    Parameters
    ----------
    x : Tensor
        A vector.
    out_idx : DType
        Of the indices and counts: int32 or int64.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.unique_with_counts([4, 1, 4]).count)
    array([2, 1], dtype=int32)
    """
    op = UniqueWithCounts(out_idx=as_dtype(out_idx))
    return UniqueWithCountsResult(*apply_all(op, x, name=name))


class ListDiff(Op):
    """The elements of one vector that another has not, and where they are."""

    signature = Signature("x: T, y: T -> out: T, idx: out_idx")
    host_only = True

    out_idx: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for given in inputs:
            with_rank(given.shape, 1)
        return shapes.vector(None), shapes.vector(None)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        for letter, vector in zip("xy", inputs, strict=True):
            if vector.ndim != 1:
                raise invalid(f"{letter} should be a 1D vector.")
        x, y = inputs
        places = np.flatnonzero(~np.isin(x, y))
        return x[places], places.astype(self.out_idx.numpy)

    gradient = Op.not_differentiable


class ListDiffResult(NamedTuple):
    """What `setdiff1d` returns."""

    out: Tensor
    idx: Tensor


ListDiffResult.__name__ = "ListDiff"


def setdiff1d(
    x: Any, y: Any, index_dtype: Any = dtypes.int32, name: str | None = None
) -> ListDiffResult:
    """Return the elements of a vector that another has not.

    Parameters
    ----------
    x, y : Tensor
        Vectors of one dtype.
    index_dtype : DType
        int32 or int64.
    name : str, optional

    Returns
    -------
    out : Tensor
        The elements of `x` not in `y`, in order and as often as they appear.
    idx : Tensor
        Their places in `x`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.setdiff1d([1, 2, 3, 2], [1, 3]).idx)
    array([1, 3], dtype=int32)
    """
    return ListDiffResult(*apply_all(ListDiff(out_idx=as_dtype(index_dtype)), x, y, name=name))
