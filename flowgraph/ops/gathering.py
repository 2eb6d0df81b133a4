"""Taking slices of a tensor by index, and the sum of slices by segment that is its adjoint."""

from __future__ import annotations

import builtins
from typing import Any, ClassVar

import numpy as np

from flowgraph import parallel, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.checks import (
    axis_within,
    bracketed,
    invalid,
    merged,
    with_rank,
    with_rank_at_least,
)
from flowgraph.ops.comparison import greater_equal
from flowgraph.ops.core import (
    INDEX,
    NUMBERS,
    apply,
    cast,
    rank,
    register_tensor_conversion_function,
    shape,
    size,
)
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.hints import source_of
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.reduction import reduce_prod
from flowgraph.ops.rounds import combine_at
from flowgraph.ops.selection import where_v2
from flowgraph.ops.sequences import invert_permutation, range
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape

_TILE = 1 << 20
"""Bytes of rows that a thread takes at a time."""


class GatherV2(Op):
    """The slices of ``params`` along ``axis`` at ``indices``."""

    signature = Signature(
        "params: Tparams, indices: Tindices, axis: Taxis -> output: Tparams",
        Tindices=INDICES,
        Taxis=INDICES,
    )
    host_inputs = (2,)

    batch_dims: int = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        params, indices = with_rank_at_least(inputs[0].shape, 1), inputs[1].shape
        with_rank(inputs[2].shape, 0)
        axis = inputs[2].static_value()
        if axis is not None:
            with_rank_at_least(params, int(axis) + 1 if axis >= 0 else -int(axis))
        if params.sizes is None or indices.sizes is None:
            return (shapes.unknown_shape(),)
        batch = self.batch_dims + (len(indices.sizes) if self.batch_dims < 0 else 0)
        if axis is None:
            return (shapes.unknown_shape(len(params.sizes) + len(indices.sizes) - 1 - batch),)
        where = int(axis) % len(params.sizes)
        merged(TensorShape.of(params.sizes[:batch]), TensorShape.of(indices.sizes[:batch]))
        parts = (params.sizes[:where], indices.sizes[batch:], params.sizes[where + 1 :])
        return (TensorShape.of(tuple(n for part in parts for n in part)),)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        vector, indices = inputs[0], inputs[1].static_value()
        if indices is None or not vector.dtype.is_integer or vector.shape.ndims != 1:
            return None
        sizes = vector.static_shape().sizes
        if sizes is None or ((indices < 0) | (indices >= len(sizes))).any():
            return None
        taken = [sizes[i] for i in indices.reshape(-1).tolist()]
        if None in taken:
            return None
        return (np.array(taken, dtype=vector.dtype.numpy).reshape(indices.shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        params, indices, axis, batch = self._checked(*inputs)
        if batch == 0:
            return xp.take(params, indices, axis=axis, mode="clip")
        outer, inner = params.shape[batch:axis], params.shape[axis + 1 :]
        shape = params.shape[:axis] + indices.shape[batch:] + inner
        count = int(np.prod(params.shape[:batch]))
        table = params.reshape(count, int(np.prod(outer)), params.shape[axis], int(np.prod(inner)))
        places = indices.reshape(count, -1)
        taken = table[xp.arange(count)[:, None], :, places]
        return xp.ascontiguousarray(xp.swapaxes(taken, 1, 2)).reshape(shape)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        params, indices, axis, batch = self._checked(*inputs)
        if batch == axis == 0 and out.flags.c_contiguous:
            _take_rows(xp, params, indices, out)
        elif batch == 0:
            xp.take(params, indices, axis=axis, out=out, mode="clip")
        else:
            out[...] = self.compute(xp, *inputs)

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        table = source_of(operation.inputs[0])
        return f"the indices are places in '{table.name}', made at\n  {table.site}"

    def _checked(self, params: Array, indices: Array, axis: Array) -> tuple[Any, Any, int, int]:
        if params.ndim == 0:
            raise invalid("params must be at least 1 dimensional")
        where, bounds = int(axis), f"[{-params.ndim}, {params.ndim})"
        where = axis_within(
            where, params.ndim, f"Expected axis in the range {bounds}, but got {where}", invalid
        )
        batch = self.batch_dims + (indices.ndim if self.batch_dims < 0 else 0)
        check_indices(indices, params.shape[where])
        return params, indices, where, batch

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Any, ...]:
        params, indices, axis = operation.inputs
        known = axis.static_value()
        if known == 0 and self.batch_dims == 0:
            sizes = shape(params)
            count = expand_dims(size(indices), 0)
            rows = reshape(dys[0], concat([count, sizes[1:]], 0))
            return (IndexedSlices(rows, reshape(indices, count), sizes), None, None)
        where = axis if known is None else int(known)
        return (_summed(dys[0], params, indices, where, self.batch_dims), None, None)


def _take_rows(xp: Any, table: Array, indices: Array, out: Array) -> None:
    rows = indices.reshape(-1)
    step = len(rows) * _TILE // out.nbytes if xp is np and out.nbytes > _TILE else len(rows)
    taken = out.reshape(len(rows), *table.shape[1:])

    def take(start: int) -> None:
        part = slice(start, start + step)
        xp.take(table, rows[part], axis=0, out=taken[part], mode="clip")

    parallel.each(xp, take, builtins.range(0, len(rows), max(step, 1)))


def check_indices(indices: Array, limit: int) -> None:
    """Raise InvalidArgumentError unless all indices lie in ``[0, limit)``."""
    if indices.size and not (indices.min() >= 0 and indices.max() < limit):
        place = np.argwhere((indices < 0) | (indices >= limit))[0]
        where = bracketed(place.tolist()) if place.size else ""
        raise invalid(f"indices{where} = {indices[tuple(place)]} is not in [0, {limit})")


def _summed(dy: Tensor, params: Tensor, indices: Tensor, axis: Any, batch_dims: int) -> Tensor:
    """Add the slices of `dy` into zeros of the shape of `params`, by index."""
    batch = batch_dims + (len(indices.shape) if batch_dims < 0 else 0)
    sizes, limit = shape(params), shape(params)[axis]
    lead, outer, inner = sizes[:batch], sizes[:axis][batch:], sizes[axis:][1:]
    tables, count = reduce_prod(lead), reduce_prod(shape(indices)[batch:])
    values = reshape(dy, concat([lead, outer, [count], inner], 0))
    # The axis goes in front of the outer ones, where a sum by segment can act on it.
    first = batch + size(outer)
    perm = concat([range(batch), [first], range(batch, first), range(first + 1, rank(values))], 0)
    moved = transpose(values, perm)
    offsets = cast(expand_dims(range(tables) * limit, 1), indices.dtype)
    rows = reshape(reshape(indices, [tables, count]) + offsets, [-1])
    flat = reshape(moved, concat([[tables * count], outer, inner], 0))
    total = reshape(
        unsorted_segment_sum(flat, rows, tables * limit), concat([lead, [limit], outer, inner], 0)
    )
    return transpose(total, invert_permutation(perm))


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """Take slices of a tensor by index.

    Parameters
    ----------
    params : Tensor
        Rank 1 at least.
    indices : Tensor
        int32 or int64, any shape.
    validate_indices : None
        Has no effect: indices are always checked.
    name : str, optional
    axis : int
        The axis of `params` that is indexed; `batch_dims` if left out.
    batch_dims : int
        How many leading axes `params` and `indices` share.

    Returns
    -------
    Tensor
        Shape ``params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:]``.

    Raises
    ------
    tf.errors.InvalidArgumentError
        If an index is out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.gather([10, 20, 30], [2, 0]))
    array([30, 10], dtype=int32)
    """
    where = batch_dims if axis is None else axis
    sparse_read = getattr(params, "sparse_read", None)
    if isinstance(where, int) and where == 0 and sparse_read is not None:
        return sparse_read(indices, name=name)  # type: ignore[no-any-return]
    return apply(GatherV2(batch_dims=batch_dims), params, indices, where, name=name)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Take slices along the last axis of `indices`; the axes before it are batches.

    Parameters
    ----------
    params : Tensor
        Shape ``[..., n, ...]``.
    indices : Tensor
        int32 or int64; its leading axes are those of `params`.
    name : str, optional

    Raises
    ------
    ValueError
        If the rank of `indices` is not known.

    Examples
    --------
    >>> tf.Session().run(tf.batch_gather([[1, 2], [3, 4]], [[1], [0]]))
    array([[2],
           [3]], dtype=int32)
    """
    ndims = np.ndim(indices) if not isinstance(indices, Tensor) else indices.shape.ndims
    if ndims is None:
        raise ValueError("batch_gather does not allow indices with unknown shape.")
    return gather(params, indices, name=name, batch_dims=ndims - 1)


# -- sums by segment ---------------------------------------------------------------------------


class UnsortedSegment(Op, abstract=True):
    """What the reductions by segment share; rows of a negative segment are left out."""

    ufunc: ClassVar[str]
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        data, ids = inputs[0].shape, inputs[1].shape
        with_rank(inputs[2].shape, 0)
        count = inputs[2].static_value()
        if count is not None and count < 0:
            raise ValueError(
                f"Dimension size, given by scalar input 2, must be non-negative but is {count}"
            )
        if ids.sizes is None or data.sizes is None:
            return (shapes.unknown_shape(),)
        depth = len(ids.sizes)
        with_rank_at_least(data, depth)
        merged(TensorShape.of(data.sizes[:depth]), ids)
        return (TensorShape.of((None if count is None else int(count), *data.sizes[depth:])),)

    def initial(self, dtype: Any) -> Any:
        """Return the value of an empty segment."""
        return 0

    def compute(self, xp: Any, *inputs: Array) -> Array:
        data, ids = inputs[:2]
        sizes = (max(int(inputs[2]), 0), *data.shape[ids.ndim :])
        out = xp.empty(sizes, dtype=data.dtype)
        self.compute_into(xp, out, *inputs)
        return out

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        data, ids = inputs[:2]
        count = int(inputs[2])
        if data.shape[: ids.ndim] != ids.shape:
            raise invalid(
                f"data.shape = {bracketed(data.shape)} does not start with segment_ids.shape = "
                f"{bracketed(ids.shape)}"
            )
        if count < 0:
            raise invalid(f"Input num_segments == {count} must not be negative.")
        if ids.size and ids.max() >= count:
            place = np.unravel_index(int((ids >= count).argmax()), ids.shape)
            where = bracketed([int(i) for i in place]) if place else ""
            raise invalid(f"segment_ids{where} = {ids[place]} is out of range [0, {count})")
        inner = data.shape[ids.ndim :]
        rows, updates = ids.reshape(-1), data.reshape(ids.size, *inner)
        if ids.size and ids.min() < 0:
            rows, updates = rows[rows >= 0], updates[rows >= 0]
        out[...] = self.initial(data.dtype)
        combine_at(xp, self.ufunc, out, rows, updates)


class UnsortedSegmentSum(UnsortedSegment):
    """The sum of the rows of each segment."""

    signature = Signature(
        "data: T, segment_ids: Tindices, num_segments: Tnumsegments -> output: T",
        T=NUMBERS,
        Tindices=INDICES,
        Tnumsegments=INDEX,
    )
    ufunc = "add"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (gather_kept(dys[0], operation.inputs[1]), None, None)


def gather_kept(values: Tensor, ids: Tensor) -> Tensor:
    """Gather rows by segment, with zeros where the segment is negative."""
    gathered = gather(values, maximum(ids, zeros_like(ids)))
    ones = fill(expand_dims(rank(gathered) - rank(ids), 0), 1)
    kept = reshape(greater_equal(ids, zeros_like(ids)), concat([shape(ids), ones], 0))
    return where_v2(kept, gathered, zeros_like(gathered))


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Add the rows of each segment.

    Parameters
    ----------
    data : Tensor
    segment_ids : Tensor
        int32 or int64, of the leading shape of `data`: the segment of each row, in any
        order. Rows of a negative segment are left out.
    num_segments : int
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[num_segments] + data.shape[rank(segment_ids):]``; 0 for empty segments.

    Raises
    ------
    tf.errors.InvalidArgumentError
        If a segment is not less than `num_segments`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.unsorted_segment_sum([1, 2, 3], [1, 0, 1], 3))
    array([2, 4, 0], dtype=int32)
    """
    return apply(UnsortedSegmentSum(), data, segment_ids, num_segments, name=name)


def _densify(value: IndexedSlices, dtype: Any, name: str | None, as_ref: bool) -> Tensor:
    if dtype is not None and dtype is not value.dtype.base_dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype "
            f"{value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {value}"
        )
    rows = strided_slice_from_key(value.dense_shape, 0)
    return unsorted_segment_sum(value.values, value.indices, rows, name=name)


register_tensor_conversion_function(IndexedSlices, _densify)
