"""Broadcasting: stretching axes of size 1, and the axes to sum over on the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import INDEX, apply, apply_all
from flowgraph.shapes import TensorShape, as_shape


class BroadcastTo(Op):
    """The input with its axes of size 1 stretched to a given shape."""

    signature = Signature("input: T, shape: Tidx -> output: T", Tidx=INDEX)
    host_inputs = (1,)
    may_alias = True
    broadcasts = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 1)
        source, target = inputs[0].shape.sizes, inputs[1].static_shape()
        if source is None or target.sizes is None:
            return (target,)
        if len(source) > len(target.sizes):
            raise ValueError(
                f"Shape must be at most rank {len(target.sizes)} but is rank {len(source)}"
            )
        sizes = list(target.sizes)
        for axis in range(-len(source), 0):
            have, want = source[axis], sizes[axis]
            if have not in (1, None, want) and want is not None:
                raise ValueError(f"Dimensions must be equal, but are {have} and {want}")
            if have is not None and have > 1:
                sizes[axis] = have
        return (TensorShape.of(tuple(sizes)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, target = inputs[0], tuple(inputs[1].reshape(-1).tolist())
        if x.ndim > len(target):
            raise invalid(
                f"Rank of input ({x.ndim}) must be no greater than rank of output shape "
                f"({len(target)})."
            )
        pairs = zip(reversed(x.shape), reversed(target), strict=False)
        if any(have not in (1, want) for have, want in pairs):
            raise invalid(f"Incompatible shapes: {bracketed(x.shape)} vs. {bracketed(target)}")
        return xp.broadcast_to(x, target)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (dys[0], None)


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Stretch the axes of size 1 of `input` to `shape`.

    Parameters
    ----------
    input : Tensor
    shape : Tensor or list of int
        May have more axes, which are put in front.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes are known not to fit.
    tf.errors.InvalidArgumentError
        If they are found not to fit when the graph runs.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.broadcast_to([1, 2], [2, 2]))
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return apply(BroadcastTo(), input, shape, name=name)


class BroadcastArgs(Op):
    """The shape to which two shapes are broadcast."""

    signature = Signature("s0: T, s1: T -> r0: T", T=INDEX)
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        first, second = (with_rank(given.shape, 1).sizes for given in inputs)
        known = [n for n in (*(first or ()), *(second or ())) if n is not None]
        return (shapes.vector(max(known) if len(known) == 2 else None),)

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        return shapes.broadcast(inputs[0].static_shape(), inputs[1].static_shape())

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return np.array(_broadcast(*inputs), dtype=inputs[0].dtype)

    gradient = Op.not_differentiable


def _broadcast(a: Array, b: Array) -> list[int]:
    count = max(a.size, b.size)
    left, right = (_padded(s, count) for s in (a, b))
    for m, n in zip(left, right, strict=True):
        if m != n and 1 not in (m, n):
            raise invalid(
                f"Incompatible shapes: {bracketed(a.tolist())} vs. {bracketed(b.tolist())}"
            )
    return [n if m == 1 else m for m, n in zip(left, right, strict=True)]


def _padded(sizes: Array, count: int) -> list[int]:
    return [1] * (count - sizes.size) + [int(n) for n in sizes]


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """Return the shape to which two shapes, given as integer vectors, are broadcast.

    Parameters
    ----------
    shape_x, shape_y : Tensor
        int32 or int64 vectors of one dtype.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.broadcast_dynamic_shape([2, 1], [3]))
    array([2, 3], dtype=int32)
    """
    return apply(BroadcastArgs(), shape_x, shape_y)


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """Return the shape to which two static shapes are broadcast.

    Parameters
    ----------
    shape_x, shape_y : TensorShape

    Raises
    ------
    ValueError
        If they do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> print(tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3])))
    (2, 3)
    """
    try:
        return shapes.broadcast(as_shape(shape_x), as_shape(shape_y))
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}") from None


class BroadcastGradientArgs(Op):
    """For two shapes, the axes of the result that each was stretched along."""

    signature = Signature("s0: T, s1: T -> r0: T, r1: T", T=INDEX)
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for given in inputs:
            with_rank(given.shape, 1)
        return (shapes.vector(None), shapes.vector(None))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        count, kind = len(_broadcast(*inputs)), inputs[0].dtype
        if np.array_equal(*inputs):
            return np.empty(0, kind), np.empty(0, kind)
        first, second = (np.array(_padded(sizes, count), kind) for sizes in inputs)
        return (first == 1).nonzero()[0].astype(kind), (second == 1).nonzero()[0].astype(kind)

    gradient = Op.not_differentiable


def broadcast_gradient_args(s0: Any, s1: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Return, for two shapes, the axes that the gradient of each is summed over."""
    first, second = apply_all(BroadcastGradientArgs(), s0, s1, name=name)
    return first, second


class ShapeN(Op):
    """The shapes of several tensors."""

    signature = Signature("input: N*T -> output: N*out_type", out_type=INDEX)
    host_outputs = True

    out_type: DType = dtypes.int32

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return tuple(shapes.vector(given.shape.ndims) for given in inputs)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array, ...] | None:
        return tuple(
            np.array(given.shape.sizes, dtype=self.out_type.numpy)
            if given.shape.is_fully_defined()
            else None
            for given in inputs
        )

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return tuple(np.array(x.shape, dtype=self.out_type.numpy) for x in inputs)

    gradient = Op.not_differentiable


def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """Return the shapes of several tensors of one dtype as integer vectors.

    Parameters
    ----------
    input : list of Tensor
    out_type : DType
        int32 or int64.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.shape_n([tf.zeros([2]), tf.zeros([3, 1])]))
    [array([2], dtype=int32), array([3, 1], dtype=int32)]
    """
    return apply_all(ShapeN(out_type=dtypes.as_dtype(out_type)), input, name=name)
