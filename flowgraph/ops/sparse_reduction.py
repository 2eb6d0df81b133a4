"""Sums and maxima of sparse tensors along axes, and softmax of their rows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply, subtract
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import NUMBERS, REALS, apply, apply_all, cast, constant, shape
from flowgraph.ops.gathering import gather, unsorted_segment_sum
from flowgraph.ops.reduction import reduce_prod, reduce_sum
from flowgraph.ops.reduction_rules import reduced_shape
from flowgraph.ops.scan import cumprod
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.sequences import range
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import as_sparse, check_counts, check_parts, grouped, infer_parts
from flowgraph.shapes import TensorShape, unknown_shape


class SparseReduction(Op, abstract=True):
    """What the reductions share. Only elements that are there count; without any, it is 0."""

    host_only = True
    host_inputs = (2, 3)
    ufunc: ClassVar[str]

    keep_dims: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        axes, sizes = inputs[3].static_value(), inputs[2].static_shape().sizes
        if axes is None or sizes is None:
            return (unknown_shape(),)
        reduced = {int(axis) % max(len(sizes), 1) for axis in axes.reshape(-1)}
        for axis in axes.reshape(-1).tolist():
            if not -len(sizes) <= axis < len(sizes):
                raise ValueError(
                    f"Invalid reduction dimension {axis}, for input with {len(sizes)} dimensions."
                )
        if self.keep_dims:
            return (TensorShape.of(tuple(1 if i in reduced else n for i, n in enumerate(sizes))),)
        return (TensorShape.of(tuple(n for i, n in enumerate(sizes) if i not in reduced)),)

    def compute(self, xp: Any, *inputs: Array) -> Any:
        indices, values, sizes = self._reduced(xp, *inputs)
        result = xp.zeros(tuple(sizes.tolist()), dtype=values.dtype)
        if len(values):
            result[tuple(indices.T)] = values if sizes.size else values[0]
        return result

    def _reduced(self, xp: Any, *inputs: Array) -> tuple[Array, Array, Array]:
        """Return the result as a sparse tensor."""
        indices, values, sizes, axes = inputs
        if values.ndim != 1:
            raise invalid(f"vals must be a vec, but got: {bracketed(values.shape)}")
        if sizes.ndim != 1:
            raise invalid(
                f"Expected input_shape to be a vector; got shape: {bracketed(sizes.shape)}"
            )
        if axes.ndim > 1:
            raise invalid(
                "Expected reduction_axes to be a scalar or a vector; got shape: "
                f"{bracketed(axes.shape)}"
            )
        check_counts(indices, values)
        rank = sizes.size
        for axis in axes.reshape(-1).tolist():
            if not -rank <= axis < rank:
                raise invalid(
                    f"Invalid reduction dimension {axis}, for input with {rank} dimensions."
                )
        gone = sorted({int(axis) % rank for axis in axes.reshape(-1)})
        kept = [axis for axis in np.arange(rank).tolist() if axis not in gone]
        places, order, group = grouped(indices[:, kept])
        ordered = values[order]
        starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
        combined = getattr(xp, self.ufunc).reduceat(ordered, starts) if len(starts) else ordered
        if not self.keep_dims:
            return places, combined.astype(values.dtype, copy=False), sizes[kept]
        whole = np.zeros((len(places), rank), dtype=np.int64)
        whole[:, kept] = places
        full = sizes.copy()
        full[gone] = 1
        return whole, combined.astype(values.dtype, copy=False), full


_TEXT = "input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32 -> "
_SPARSE = _TEXT + "output_indices: int64, output_values: T, output_shape: int64"


class SparseReduceSum(SparseReduction):
    """The sums of a sparse tensor along axes, dense."""

    signature = Signature(_TEXT + "output: T", T=NUMBERS)
    ufunc = "add"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, _, sizes, axes = operation.inputs
        kept = cast(reduced_shape(cast(sizes, dtypes.int32), axes), dtypes.int64)
        dy = reshape(dys[0], kept)
        return None, gather_nd(dy, indices // (sizes // kept)), None, None


class SparseReduceMax(SparseReduction):
    """The maxima of a sparse tensor along axes, dense."""

    signature = Signature(_TEXT + "output: T", T=REALS)
    ufunc = "maximum"

    gradient = Op.not_differentiable


class _ToSparse(SparseReduction, abstract=True):
    """A reduction whose result is sparse, too."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (unknown_shape(),) * 3

    def compute(self, xp: Any, *inputs: Array) -> Any:
        return self._reduced(xp, *inputs)

    gradient = Op.not_differentiable


class SparseReduceSumSparse(_ToSparse):
    """The sums of a sparse tensor along axes, sparse."""

    signature = Signature(_SPARSE, T=NUMBERS)
    ufunc = "add"


class SparseReduceMaxSparse(_ToSparse):
    """The maxima of a sparse tensor along axes, sparse."""

    signature = Signature(_SPARSE, T=REALS)
    ufunc = "maximum"


def _reduce(
    kind: type[SparseReduction],
    sp_input: Any,
    axis: Any,
    keepdims: bool | None,
    reduction_axes: Any,
    keep_dims: bool | None,
) -> list[Tensor]:
    if keepdims is not None and keep_dims is not None:
        raise ValueError("Cannot specify both 'keep_dims' and 'keepdims'")
    if axis is not None and reduction_axes is not None:
        raise ValueError("Can't specify both axis' and 'reduction_indices'.")
    axes = reduction_axes if axis is None else axis
    sparse = as_sparse(sp_input)
    if axes is None:
        rank = sparse.dense_shape.shape[0].value
        axes = (
            range(0, shape(sparse.dense_shape)[0])
            if rank is None
            else constant(np.arange(rank, dtype="i4"))
        )
    op = kind(keep_dims=bool(keepdims or keep_dims))
    return apply_all(op, sparse.indices, sparse.values, sparse.dense_shape, axes)


def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Add up the elements of a sparse tensor along axes; the result is dense.

    Parameters
    ----------
    sp_input : SparseTensor
    axis : int or list of int, optional
        All axes by default.
    keepdims : bool, optional
        Keep the axes, with size 1.
    reduction_axes, keep_dims
        Old names of `axis` and `keepdims`.

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    ValueError
        If an argument is given under both names.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1, 1, 1], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_sum(sp, 1))
    array([2, 1], dtype=int32)
    """
    return _reduce(SparseReduceSum, sp_input, axis, keepdims, reduction_axes, keep_dims)[0]


def sparse_reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """Add up the elements of a sparse tensor along axes; the result is sparse.

    As `sparse_reduce_sum`.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 0], [0, 2]], [1, 1], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_sum_sparse(sp, 1)).indices
    array([[0]])
    """
    return SparseTensor(
        *_reduce(SparseReduceSumSparse, sp_input, axis, keepdims, reduction_axes, keep_dims)
    )


def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the largest elements of a sparse tensor along axes; the result is dense.

    Only the elements that are there are compared; where there is none, it is 0. As
    `sparse_reduce_sum`.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 0], [0, 2]], [-3, -2], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_max(sp, 1))
    array([-2,  0], dtype=int32)
    """
    return _reduce(SparseReduceMax, sp_input, axis, keepdims, reduction_axes, keep_dims)[0]


def sparse_reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """Return the largest elements of a sparse tensor along axes; the result is sparse.

    As `sparse_reduce_sum`.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 0], [0, 2]], [-3, -2], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_max_sparse(sp, 1)).values
    array([-2], dtype=int32)
    """
    return SparseTensor(
        *_reduce(SparseReduceMaxSparse, sp_input, axis, keepdims, reduction_axes, keep_dims)
    )


# -- softmax -----------------------------------------------------------------------------------


class SparseSoftmax(Op):
    """Softmax over the elements that share all but the last index."""

    signature = Signature(
        "sp_indices: int64, sp_values: T, sp_shape: int64 -> output: T",
        T=Types((dtypes.float32, dtypes.float64)),
    )
    host_only = True
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        infer_parts(*inputs)
        return (with_rank(inputs[1].shape, 1),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, values, sizes = inputs
        check_parts(indices, values, sizes)
        if sizes.size < 2:
            raise invalid(
                "Input should have rank >= 2, but received shape: "
                f"{' '.join(map(str, sizes.tolist()))}"
            )
        rows, order, group = grouped(indices[:, :-1])
        of_element = np.empty(len(order), dtype=np.int64)
        of_element[order] = group
        largest = xp.full(len(rows), -np.inf, dtype=values.dtype)
        np.maximum.at(largest, of_element, values)
        raised = xp.exp(values - largest[of_element])
        total = xp.bincount(of_element, weights=raised, minlength=len(rows))
        return (raised / total.astype(values.dtype)[of_element]).astype(values.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, _, sizes = operation.inputs
        y = operation.outputs[0]
        product = multiply(dys[0], y)
        strides = cumprod(sizes[:-1], exclusive=True, reverse=True)
        row = reduce_sum(multiply(indices[:, :-1], strides), 1)
        total = unsorted_segment_sum(product, row, reduce_prod(sizes[:-1]))
        return None, multiply(subtract(dys[0], gather(total, row)), y), None


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Return softmax over the elements of each row of a sparse tensor.

    Elements that are not there take no part, as if they were minus infinity.

    Parameters
    ----------
    sp_input : SparseTensor
        Of rank 2 or more, float32 or float64.
    name : str, optional

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [2.0, 2.0, 9.0], [2, 3])
    >>> tf.Session().run(tf.sparse_softmax(sp)).values
    array([0.5, 0.5, 1. ], dtype=float32)
    """
    sparse = as_sparse(sp_input)
    with name_scope(name, "SparseSoftmax", [sparse.indices, sparse.values]):
        parts = sparse.indices, sparse.values, sparse.dense_shape
        return SparseTensor(sparse.indices, apply(SparseSoftmax(), *parts), sparse.dense_shape)
