"""Taking and placing slices by multi-dimensional indices."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import negative
from flowgraph.ops.array import squeeze
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank_at_least
from flowgraph.ops.core import apply, shape
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.rounds import combine_at
from flowgraph.ops.types import INDICES
from flowgraph.shapes import TensorShape


def _rows(xp: Any, indices: Array, sizes: tuple[int, ...], message: str) -> Array:
    """Return the row that each index names, of a tensor of `sizes` made a matrix of slices."""
    depth = indices.shape[-1]
    outside = ((indices < 0) | (indices >= xp.asarray(sizes[:depth], dtype=np.int64))).any(axis=-1)
    if outside.any():
        place = np.unravel_index(int(outside.argmax()), outside.shape)
        where = bracketed([int(i) for i in place]) if place else ""
        index = ", ".join(map(str, indices[place].tolist()))
        raise invalid(message.format(where=where, index=index, shape=bracketed(sizes)))
    strides = np.cumprod((1, *sizes[depth - 1 : 0 : -1]) if depth else ())[::-1].astype(np.int64)
    return (indices * xp.asarray(strides)).sum(axis=-1, dtype=np.int64)


def _depth(indices: TensorShape, data: TensorShape) -> int | None:
    """Return how many axes each index spans; ValueError if the tensor has not as many."""
    with_rank_at_least(indices, 1)
    depth = indices.sizes[-1] if indices.sizes is not None else None
    if depth is not None and data.sizes is not None and depth > len(data.sizes):
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: "
            f"{bracketed(indices.sizes or ())} and params shape: {bracketed(data.sizes)}"
        )
    return depth


class GatherNd(Op):
    """The slices of ``params`` that the rows of ``indices`` name."""

    signature = Signature("params: Tparams, indices: Tindices -> output: Tparams", Tindices=INDICES)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        params, indices = inputs[0].shape.sizes, inputs[1].shape.sizes
        depth = _depth(inputs[1].shape, inputs[0].shape)
        if params is None or indices is None or depth is None:
            return (shapes.unknown_shape(),)
        return (TensorShape.of((*indices[:-1], *params[depth:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        params, indices = inputs
        depth = indices.shape[-1]
        if depth > params.ndim:
            raise invalid(
                f"index innermost dimension length must be <= params rank; saw: {depth} vs. "
                f"{params.ndim}"
            )
        message = "indices{where} = [{index}] does not index into param shape {shape}"
        rows = _rows(xp, indices, params.shape, message)
        inner = params.shape[depth:]
        count = int(np.prod(params.shape[:depth]))
        return xp.take(params.reshape(count, *inner), rows, axis=0)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Any, ...]:
        params, indices = operation.inputs
        sizes = shape(params, out_type=indices.dtype)
        known = indices.shape.sizes
        if known is not None and len(known) == 2 and known[-1] == 1:
            return (IndexedSlices(dys[0], squeeze(indices, -1), sizes), None)
        return (scatter_nd(indices, dys[0], sizes), None)


def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """Take the slices of a tensor that multi-dimensional indices name.

    Parameters
    ----------
    params : Tensor
    indices : Tensor
        int32 or int64 of shape ``[..., k]``: each row names a slice
        ``params[i_1, ..., i_k]``.
    name : str, optional
    batch_dims : int
        Only 0 is supported.

    Returns
    -------
    Tensor
        Shape ``indices.shape[:-1] + params.shape[k:]``.

    Raises
    ------
    tf.errors.InvalidArgumentError
        If an index lies outside of `params`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.gather_nd([[1, 2], [3, 4]], [[0, 0], [1, 1]]))
    array([1, 4], dtype=int32)
    """
    if batch_dims:
        raise NotImplementedError("gather_nd(batch_dims=) other than 0")
    return apply(GatherNd(), params, indices, name=name)


def _check_updates(indices: TensorShape, updates: TensorShape, data: TensorShape) -> None:
    """Raise ValueError unless the updates are one slice of `data` for each index."""
    depth = _depth(indices, data)
    if indices.sizes is None or updates.sizes is None or depth is None:
        return
    outer = TensorShape.of(indices.sizes[:-1])
    merged(TensorShape.of(updates.sizes[: len(indices.sizes) - 1]), outer)
    if data.sizes is not None:
        inner = TensorShape.of(updates.sizes[len(indices.sizes) - 1 :])
        merged(inner, TensorShape.of(data.sizes[depth:]))


def _scatter(xp: Any, ufunc: str | None, out: Array, indices: Array, updates: Array) -> None:
    """Combine `updates` into the slices of `out` that `indices` name; the last one wins if set."""
    depth = indices.shape[-1]
    if updates.shape[: indices.ndim - 1] != indices.shape[:-1]:
        raise invalid(
            "Outer dimensions of indices and update must match. Indices shape: "
            f"{bracketed(indices.shape)}, updates shape:{bracketed(updates.shape)}"
        )
    if updates.shape != indices.shape[:-1] + out.shape[depth:]:
        raise invalid(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {bracketed(updates.shape)}, indices.shape: "
            f"{bracketed(indices.shape)}, params_shape: {bracketed(out.shape)}"
        )
    message = "indices{where} = [{index}] does not index into shape {shape}"
    rows = _rows(xp, indices, out.shape, message).reshape(-1)
    inner = out.shape[depth:]
    slices = out.reshape(int(np.prod(out.shape[:depth])), *inner)
    values = updates.reshape(rows.size, *inner)
    if ufunc is None:
        slices[rows] = values
    else:
        combine_at(xp, ufunc, slices, rows, values)


class ScatterNd(Op):
    """Zeros of a given shape with ``updates`` added at ``indices``."""

    signature = Signature(
        "indices: Tindices, updates: T, shape: Tindices -> output: T", Tindices=INDICES
    )
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        result = inputs[2].static_shape()
        _check_updates(inputs[0].shape, inputs[1].shape, result)
        return (result,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, updates, sizes = inputs
        shape = tuple(sizes.tolist())
        if updates.dtype == object:
            result = xp.full(shape, b"", dtype=object)
        else:
            result = xp.zeros(shape, dtype=updates.dtype)
        _scatter(xp, "add", result, indices, updates)
        return result

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None, gather_nd(dys[0], operation.inputs[0]), None)


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Place slices in zeros of a given shape; slices of equal index add up.

    Parameters
    ----------
    indices : Tensor
        int32 or int64 of shape ``[..., k]``.
    updates : Tensor
        Shape ``indices.shape[:-1] + shape[k:]``.
    shape : Tensor or list of int
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes are known not to fit.
    tf.errors.InvalidArgumentError
        If an index lies outside of `shape`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.scatter_nd([[1], [3], [1]], [9, 10, 1], [4]))
    array([ 0, 10,  0, 10], dtype=int32)
    """
    return apply(ScatterNd(), indices, updates, shape, name=name)


class TensorScatterUpdate(Op):
    """The input with the slices at ``indices`` replaced."""

    signature = Signature("tensor: T, indices: Tindices, updates: T -> output: T", Tindices=INDICES)
    ufunc: ClassVar[str | None] = None

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _check_updates(inputs[1].shape, inputs[2].shape, inputs[0].shape)
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        result = xp.array(inputs[0], order="C")
        _scatter(xp, self.ufunc, result, inputs[1], inputs[2])
        return result

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.copyto(out, inputs[0])
        _scatter(xp, self.ufunc, out, inputs[1], inputs[2])

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, indices, updates = operation.inputs
        kept = tensor_scatter_update(dys[0], indices, zeros_like(updates))
        return (kept, None, gather_nd(dys[0], indices))


class TensorScatterAdd(TensorScatterUpdate):
    """The input with slices added at ``indices``."""

    ufunc = "add"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0], None, gather_nd(dys[0], operation.inputs[1]))


class TensorScatterSub(TensorScatterUpdate):
    """The input with slices subtracted at ``indices``."""

    ufunc = "subtract"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0], None, negative(gather_nd(dys[0], operation.inputs[1])))


def tensor_scatter_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """Return `tensor` with the slices at `indices` replaced.

    Parameters
    ----------
    tensor : Tensor
    indices : Tensor
        int32 or int64 of shape ``[..., k]``.
    updates : Tensor
        Shape ``indices.shape[:-1] + tensor.shape[k:]``.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.tensor_scatter_update([1, 2, 3], [[1]], [9]))
    array([1, 9, 3], dtype=int32)
    """
    return apply(TensorScatterUpdate(), tensor, indices, updates, name=name)


def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Return `tensor` with slices added at `indices`. As `tensor_scatter_update`.

    Examples
    --------
    >>> tf.Session().run(tf.tensor_scatter_add([1, 2, 3], [[0], [0]], [10, 20]))
    array([31,  2,  3], dtype=int32)
    """
    return apply(TensorScatterAdd(), tensor, indices, updates, name=name)


def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Return `tensor` with slices subtracted at `indices`. As `tensor_scatter_update`.

    Examples
    --------
    >>> tf.Session().run(tf.tensor_scatter_sub([1, 2, 3], [[2]], [10]))
    array([ 1,  2, -7], dtype=int32)
    """
    return apply(TensorScatterSub(), tensor, indices, updates, name=name)
