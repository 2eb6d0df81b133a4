"""Sparse tensors with their elements in another order, at other places, or without some."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.core import (
    apply_all,
    constant,
    convert_to_tensor,
    identity,
    shape,
)
from flowgraph.ops.filling import zeros
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.selection import where, where_v2
from flowgraph.ops.sequences import invert_permutation, range
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_checks import (
    as_sparse,
    check_counts,
    check_within,
    order_of,
)
from flowgraph.shapes import TensorShape


class SparseReorder(Op):
    """A sparse tensor's elements in row-major order."""

    signature = Signature(
        "input_indices: int64, input_values: T, input_shape: int64 "
        "-> output_indices: int64, output_values: T"
    )
    host_only = True
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        indices = with_rank(inputs[0].shape, 2)
        values = with_rank(inputs[1].shape, 1)
        with_rank(inputs[2].shape, 1)
        return indices, values

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        indices, values, sizes = inputs
        for name, what, given, ndim in (
            ("indices", "matrix", indices, 2),
            ("values", "vector", values, 1),
            ("shape", "vector", sizes, 1),
        ):
            if given.ndim != ndim:
                raise invalid(
                    f"Input {name} should be a {what} but received shape {bracketed(given.shape)}"
                )
        check_counts(indices, values)
        check_within(indices, sizes)
        order = order_of(indices)
        return indices[order], values[order]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        indices, _, sizes = operation.inputs
        numbers = range(shape(indices)[0])
        _, order = apply_all(SparseReorder(), indices, numbers, sizes)
        return None, gather(dys[1], invert_permutation(order)), None


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Put the elements of a sparse tensor in row-major order.

    Parameters
    ----------
    sp_input : SparseTensor
    name : str, optional

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    InvalidArgumentError
        If an index is out of range.

    Examples
    --------
    >>> sp = tf.SparseTensor([[1, 0], [0, 1]], [5, 6], [2, 2])
    >>> tf.Session().run(tf.sparse_reorder(sp)).values
    array([6, 5], dtype=int32)
    """
    sparse = as_sparse(sp_input)
    parts = sparse.indices, sparse.values, sparse.dense_shape
    indices, values = apply_all(SparseReorder(), *parts, name=name)
    return SparseTensor(indices, values, _constant_shape(sparse.dense_shape, sparse.shape))


def _constant_shape(sizes: Tensor, known: TensorShape) -> Any:
    """Return a shape as a constant where it is fully known."""
    return known.as_list() if known.is_fully_defined() else identity(sizes)


def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """Permute the axes of a sparse tensor.

    Parameters
    ----------
    sp_input : SparseTensor
    perm : list of int, optional
        The old axis of each new one; in reverse by default.
    name : str, optional

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> tf.Session().run(tf.sparse_transpose(sp)).indices
    array([[0, 2],
           [1, 0]])
    """
    with name_scope(name, "SparseTranspose"):
        sparse = as_sparse(sp_input)
        axes = perm
        if axes is None:
            count = rank_of(sparse)
            axes = (count - 1) - range(0, count, 1)
        indices = transpose(gather(transpose(sparse.indices), axes))
        known = axes.static_value() if isinstance(axes, Tensor) else np.asarray(axes)
        old = sparse.shape
        dense_shape: Any
        if perm is not None and known is not None and old.is_fully_defined():
            sizes = old.as_list()
            dense_shape = [sizes[axis] for axis in known.tolist()]
        else:
            dense_shape = gather(sparse.dense_shape, axes)
        return sparse_reorder(SparseTensor(indices, sparse.values, dense_shape))


def rank_of(sparse: SparseTensor) -> Tensor:
    """Return the rank of a sparse tensor, a constant where it is known."""
    known = sparse.shape.ndims
    if known is not None:
        return constant(known, dtypes.int32, name="Rank")
    return shape(sparse.dense_shape)[0]


def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """Insert an axis of size 1.

    Parameters
    ----------
    sp_input : SparseTensor
    axis : int, optional
        Where the axis comes to stand; last by default.
    name : str, optional

    Raises
    ------
    ValueError
        If `axis` is out of range.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> tf.Session().run(tf.sparse.expand_dims(sp, 1)).dense_shape
    array([3, 1, 2])
    """
    sparse = as_sparse(sp_input)
    ndims = sparse.shape.ndims
    with name_scope(name, "expand_dims", [sparse]):
        if isinstance(axis, int) and ndims is not None and not -ndims - 1 <= axis <= ndims:
            raise ValueError(f"axis {axis} out of bounds [{-ndims - 1}, {ndims}]")
        where_to = convert_to_tensor(-1 if axis is None else axis, name="axis")
        count = rank_of(sparse) if ndims is None else ndims
        position = where_v2(greater_equal(where_to, 0), where_to, where_to + count + 1)
        column = zeros([shape(sparse.indices)[0], 1], dtypes.int64)
        before = slice_of(sparse.indices, [0, 0], [-1, position])
        after = slice_of(sparse.indices, [0, position], [-1, -1])
        indices = concat([before, column, after], axis=1)
        sizes_before = slice_of(sparse.dense_shape, [0], [position])
        sizes_after = slice_of(sparse.dense_shape, [position], [-1])
        one = constant([1], dtypes.int64, name="new_shape")
        return SparseTensor(indices, sparse.values, concat([sizes_before, one, sizes_after], 0))


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Keep some of the elements.

    Parameters
    ----------
    sp_input : SparseTensor
    to_retain : Tensor
        bool of shape ``[n]``: which elements stay.

    Raises
    ------
    TypeError
        If `sp_input` is no sparse tensor.
    ValueError
        If there is not one truth value for each element.

    Examples
    --------
    >>> sp = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> tf.Session().run(tf.sparse_retain(sp, [True, False])).values
    array([5], dtype=int32)
    """
    sparse = as_sparse(sp_input)
    keep = convert_to_tensor(to_retain)
    keep.shape.assert_has_rank(1)
    sparse.values.shape[0].merge_with(keep.shape[0])
    places = reshape(where(keep), [-1])
    indices, values = gather(sparse.indices, places), gather(sparse.values, places)
    return SparseTensor(indices, values, identity(sparse.dense_shape))
