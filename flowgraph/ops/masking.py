"""Masks and one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, squeeze
from flowgraph.ops.checks import axis_within, invalid, with_rank
from flowgraph.ops.comparison import less
from flowgraph.ops.core import Cast, apply, cast, constant, convert_to_tensor, rank, shape
from flowgraph.ops.gathering import gather
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.reduction import Max, Prod
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import Range
from flowgraph.ops.sequences import range as range_op
from flowgraph.shapes import TensorShape


class OneHot(Op):
    """One value at the position that each index names along a new axis, another elsewhere."""

    signature = Signature(
        "indices: TI, depth: int32, on_value: T, off_value: T -> output: T",
        TI=Types((dtypes.uint8, dtypes.int32, dtypes.int64), default=dtypes.int64),
    )
    host_inputs = (1,)

    axis: int = -1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs[1:]:
            with_rank(spec.shape, 0)
        depth, sizes = inputs[1].static_value(), inputs[0].shape.sizes
        if depth is not None and depth < 0:
            raise ValueError(
                f"Dimension size, given by scalar input 1, must be non-negative but is {depth}"
            )
        if self.axis < -1:
            raise ValueError("axis must be >= -1")
        if sizes is None:
            return (shapes.unknown_shape(),)
        where = self._where(len(sizes), ValueError)
        size = None if depth is None else int(depth)
        return (TensorShape.of((*sizes[:where], size, *sizes[where:])),)

    def _where(self, rank: int, error: Any) -> int:
        message = f"Expected axis to be -1 or between [0, {rank + 1}).  But received: {self.axis}"
        return axis_within(self.axis, rank + 1, message, error)

    def _is_on(self, xp: Any, indices: Array, depth: Array) -> Array:
        if depth < 0:
            raise invalid(f"depth must be non-negative, got: {depth}")
        where = self._where(indices.ndim, invalid)
        steps = xp.arange(int(depth)).reshape((-1,) + (1,) * (indices.ndim - where))
        return xp.expand_dims(indices, where) == steps

    def compute(self, xp: Any, *inputs: Array) -> Array:
        indices, depth, on, off = inputs
        return xp.where(self._is_on(xp, indices, depth), on, off)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        indices, depth, on, off = inputs
        out[...] = off
        xp.copyto(out, on, where=self._is_on(xp, indices, depth))

    gradient = Op.not_differentiable


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Return one-hot rows.

    Parameters
    ----------
    indices : Tensor
        uint8, int32 or int64. An index outside of ``[0, depth)`` gives a row without a one.
    depth : int
        The size of the new axis.
    on_value, off_value : scalar, optional
        The two values; 1 and 0 if left out.
    axis : int, optional
        Where the new axis stands; at the end if left out.
    dtype : DType, optional
        By default that of the values, or float32.
    name : str, optional

    Raises
    ------
    TypeError
        If the values' dtypes differ from each other or from `dtype`.
    ValueError
        If `depth` is known to be negative or `axis` out of range.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.one_hot([0, 2], 3))
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    values = {"on_value": on_value, "off_value": off_value}
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        kinds = {
            key: convert_to_tensor(value, preferred_dtype=dtype).dtype.base_dtype
            for key, value in values.items()
            if value is not None
        }
        wanted = None if dtype is None else as_dtype(dtype).base_dtype
        for key, kind in kinds.items():
            if wanted is not None and kind is not wanted:
                raise TypeError(
                    f"dtype {kind.name} of {key} does not match dtype parameter {wanted.name}"
                )
        if wanted is None:
            wanted = next(iter(kinds.values()), dtypes.float32)
        if any(kind is not wanted for kind in kinds.values()):
            raise TypeError(
                f"dtype {kinds['on_value'].name} of on_value does not match dtype "
                f"{kinds['off_value'].name} of off_value"
            )
        tensors = [
            convert_to_tensor(default if value is None else value, wanted, key)
            for default, (key, value) in zip((1, 0), values.items(), strict=True)
        ]
        op = OneHot(axis=-1 if axis is None else axis)
        return apply(op, indices, depth, *tensors, name=scope)


def boolean_mask(
    tensor: Any, mask: Any, name: str | None = "boolean_mask", axis: int | None = None
) -> Tensor:
    """Keep the elements or slices where a mask holds.

    Parameters
    ----------
    tensor : Tensor
    mask : bool Tensor
        Of known rank ``k >= 1``; it has the shape of `k` axes of `tensor` from `axis` on.
    name : str, optional
    axis : int, optional
        The first of these axes; 0 if left out.

    Returns
    -------
    Tensor
        The `k` axes are replaced by one.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the mask is a scalar or of unknown rank.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.boolean_mask([[1, 2], [3, 4]], [True, False]))
    array([[1, 2]], dtype=int32)
    """
    with name_scope(name, "boolean_mask", [tensor, mask]):
        given = convert_to_tensor(tensor, name="tensor")
        chosen = convert_to_tensor(mask, name="mask")
        depth = chosen.shape.ndims
        if depth == 0:
            raise ValueError("mask cannot be scalar.")
        if depth is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  "
                "E.g. shape=[None] is ok, but shape=None is not."
            )
        start = 0 if axis is None else int(axis)
        stop = start + depth
        given.shape[start:stop].assert_is_compatible_with(chosen.shape)
        masked = strided_slice_from_key(shape(given), slice(start, stop))
        count = apply(Prod(), masked, [0])
        before = strided_slice_from_key(shape(given), slice(None, start))
        after = strided_slice_from_key(shape(given), slice(stop, None))
        flat = reshape(given, concat([before, [count], after], 0))
        if given.shape.sizes is not None:
            known = given.shape.sizes
            size = TensorShape.of(known[start:stop]).num_elements()
            flat.set_shape(TensorShape.of((*known[:start], size, *known[stop:])))
        indices = squeeze(where(reshape(chosen, [-1])), axis=[1])
        return gather(flat, indices, axis=start)


def item(tensor: Any, key: Any) -> Tensor:
    """Return ``tensor[key]``: the elements where a bool `key` holds, else a strided slice."""
    if isinstance(key, bool) or getattr(key, "dtype", None) == dtypes.bool:
        return boolean_mask(tensor, key)
    return strided_slice_from_key(tensor, key)


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None
) -> Tensor:
    """Return a mask of the first elements of each row.

    Parameters
    ----------
    lengths : Tensor
        How many elements of each row to keep: integers of any shape.
    maxlen : int, optional
        The length of a row; the largest of `lengths` if left out.
    dtype : DType
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``lengths.shape + [maxlen]``.

    Raises
    ------
    ValueError
        If `maxlen` is no scalar.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.sequence_mask([1, 3], 3, tf.int32))
    array([[1, 0, 0],
           [1, 1, 1]], dtype=int32)
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        counts = convert_to_tensor(lengths)
        if maxlen is None:
            ndims = counts.shape.ndims
            axes = range_op(rank(counts)) if ndims is None else np.arange(ndims, dtype=np.int32)
            largest = apply(Max(), counts, constant(axes) if ndims is not None else axes)
            longest = maximum(constant(0, largest.dtype), largest)
        else:
            longest = convert_to_tensor(maxlen)
        if longest.shape.ndims not in (0, None):
            raise ValueError("maxlen must be scalar for sequence_mask")
        zero, one = constant(0, longest.dtype), constant(1, longest.dtype)
        places = apply(Range(), zero, longest, one)
        ends = apply(Cast(DstT=longest.dtype.base_dtype), expand_dims(counts, -1))
        result = less(places, ends)
        return cast(result, dtypes.bool if dtype is None else dtype)
