"""Which elements are greatest, and whether a given one is among them."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply
from flowgraph.ops.array import expand_dims
from flowgraph.ops.checks import (
    axis_within,
    bracketed,
    invalid,
    renamed_argument,
    with_rank,
    with_rank_at_least,
)
from flowgraph.ops.comparison import equal
from flowgraph.ops.core import INDEX, REALS, apply, apply_all, cast, shape
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sequences import range as range_of
from flowgraph.shapes import TensorShape, unknown_shape


class ArgMax(Op):
    """The index of the greatest element along an axis, the first of equals."""

    signature = Signature(
        "input: T, dimension: Tidx -> output: output_type",
        T=Types((*REALS.allowed, dtypes.bool)),
        Tidx=INDEX,
        output_type=INDEX,
    )
    host_inputs = (1,)
    function: ClassVar[str] = "argmax"

    output_type: DType = dtypes.int64

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        sizes, dimension = inputs[0].shape.sizes, inputs[1].static_value()
        if sizes is None:
            return (unknown_shape(),)
        if len(sizes) <= 1:
            return (shapes.scalar(),)
        if dimension is None:
            return (unknown_shape(len(sizes) - 1),)
        ndims = len(sizes)
        axis = axis_within(
            int(dimension),
            ndims,
            f"Dimension ({dimension}) must be in the range [{-ndims}, {ndims}), where {ndims} is "
            "the number of dimensions in the input.",
        )
        return (TensorShape.of(sizes[:axis] + sizes[axis + 1 :]),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, dimension = inputs
        if dimension.ndim:
            raise invalid(
                f"dim must be a scalar, but received tensor of shape: {bracketed(dimension.shape)}"
            )
        message = f"Expected dimension in the range [{-x.ndim}, {x.ndim}), but got {dimension}"
        axis = axis_within(int(dimension), x.ndim, message, invalid)
        if not x.shape[axis]:
            raise invalid(f"Reduction axis {axis} is empty in shape {bracketed(x.shape)}")
        return getattr(xp, self.function)(x, axis=axis).astype(self.output_type.numpy)

    gradient = Op.not_differentiable


class ArgMin(ArgMax):
    """The index of the smallest element along an axis, the first of equals."""

    function = "argmin"


class TopKV2(Op):
    """The k greatest elements of each row, and their indices."""

    signature = Signature("input: T, k: int32 -> values: T, indices: int32", T=REALS)
    host_inputs = (1,)

    sorted: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = with_rank_at_least(inputs[0].shape, 1).sizes
        if inputs[1].shape.ndims:
            raise ValueError(f"Input must be scalar but has rank {inputs[1].shape.ndims}")
        value = inputs[1].static_value()
        k = None if value is None else int(value)
        if k is not None and k < 0:
            raise ValueError(
                f"Dimension size, given by scalar input 1, must be non-negative but is {k}"
            )
        if rows is None:
            return unknown_shape(), unknown_shape()
        if k is not None and rows[-1] is not None and rows[-1] < k:
            raise ValueError(f"input must have last dimension >= k = {k} but is {rows[-1]}")
        best = TensorShape.of((*rows[:-1], k))
        return best, best

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        x, k = inputs[0], int(inputs[1])
        if k < 0:
            raise invalid(f"Need k >= 0, got {k}")
        if x.ndim < 1:
            raise invalid(f"input must be >= 1-D, got shape {bracketed(x.shape)}")
        if x.shape[-1] < k:
            raise invalid(f"input must have at least k columns. Had {x.shape[-1]}, needed {k}")
        # From the back, so that a stable sort puts the first of equals last.
        last = x.shape[-1] - 1
        indices = last - xp.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1][..., :k]
        return xp.take_along_axis(x, indices, axis=-1), indices.astype(dtypes.int32.numpy)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, indices = operation.inputs[0], operation.outputs[1]
        places = range_of(strided_slice_from_key(shape(x), -1))
        chosen = cast(equal(expand_dims(indices, -1), places), dys[0].dtype)
        return reduce_sum(multiply(chosen, expand_dims(dys[0], -1)), -2), None


class InTopKV2(Op):
    """Whether the target's prediction is among the k greatest of its row."""

    signature = Signature("predictions: float32, targets: T, k: T -> precision: bool", T=INDEX)
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = with_rank(inputs[0].shape, 2).as_list()[0]
        count = with_rank(inputs[1].shape, 1).as_list()[0]
        if None not in (rows, count) and rows != count:
            raise ValueError(f"Dimensions must be equal, but are {rows} and {count}")
        return (shapes.vector(count if rows is None else rows),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _in_top_k(xp, inputs[0], inputs[1], int(inputs[2]))


class InTopK(Op):
    """Whether the target's prediction is among the k greatest of its row, k being fixed."""

    signature = Signature("predictions: float32, targets: T -> precision: bool", T=INDEX)

    k: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return InTopKV2.infer(_IN_TOP_K, *inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _in_top_k(xp, inputs[0], inputs[1], self.k)


_IN_TOP_K = InTopKV2()


def _in_top_k(xp: Any, predictions: Array, targets: Array, k: int) -> Array:
    if predictions.ndim != 2:
        raise invalid("predictions must be 2-dimensional")
    if targets.ndim != 1:
        raise invalid("targets must be 1-dimensional")
    rows, classes = predictions.shape
    if rows != targets.shape[0]:
        raise invalid(
            f"First dimension of predictions {rows} must match length of targets {targets.shape[0]}"
        )
    if not classes:
        return xp.zeros(rows, bool)
    inside = (targets >= 0) & (targets < classes)
    places = xp.where(inside, targets, 0)[:, None]
    greater = predictions > xp.take_along_axis(predictions, places, axis=1)
    return inside & xp.isfinite(predictions).all(axis=1) & (greater.sum(axis=1) < k)


class TopK(NamedTuple):
    """The result of `top_k`."""

    values: Tensor
    indices: Tensor


# Results print under the op's name, which the op's own class has here.
TopK.__name__ = "TopKV2"


def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """Return the index of the greatest element along an axis, the first of equals.

    Parameters
    ----------
    input : Tensor
        Real numbers or bool.
    axis : int or scalar Tensor, optional
        0 if left out.
    name : str, optional
    dimension
        Old name of `axis`.
    output_type : DType
        int64 or int32.

    Raises
    ------
    ValueError
        If there is no such axis.
    tf.errors.InvalidArgumentError
        If the axis has no elements.

    Examples
    --------
    >>> tf.Session().run(tf.argmax([[1, 5, 2], [7, 0, 7]], 1))
    array([1, 0])
    """
    op = ArgMax(output_type=as_dtype(output_type))
    return _arg(op, input, axis, name, dimension)


def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """Return the index of the smallest element along an axis, the first of equals. See `argmax`.

    Examples
    --------
    >>> tf.Session().run(tf.argmin([[3, 1], [0, 2]], 1))
    array([1, 0])
    """
    op = ArgMin(output_type=as_dtype(output_type))
    return _arg(op, input, axis, name, dimension)


def arg_max(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Return the index of the greatest element along `dimension`. See `argmax`.

    Examples
    --------
    >>> tf.Session().run(tf.arg_max([[3, 1], [0, 2]], 1))
    array([0, 1])
    """
    return apply(ArgMax(output_type=as_dtype(output_type)), input, dimension, name=name)


def arg_min(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Return the index of the smallest element along `dimension`. See `argmin`.

    Examples
    --------
    >>> tf.Session().run(tf.arg_min([[3, 1], [0, 2]], 1))
    array([1, 0])
    """
    return apply(ArgMin(output_type=as_dtype(output_type)), input, dimension, name=name)


def _arg(op: Op, input: Any, axis: Any, name: str | None, dimension: Any) -> Tensor:
    axis = renamed_argument("axis", axis, "dimension", dimension)
    return apply(op, input, 0 if axis is None else axis, name=name)


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """Return the `k` greatest elements of the last axis, in order.

    Parameters
    ----------
    input : Tensor
        Real numbers, of rank at least 1.
    k : scalar Tensor of int32
        At most the size of the last axis.
    sorted : bool
        Whether the order matters.
    name : str, optional

    Returns
    -------
    values : Tensor
        As `input`, with `k` elements in the last axis. Of equals the first comes first.
    indices : Tensor
        Their positions, of int32.

    Raises
    ------
    ValueError, tf.errors.InvalidArgumentError
        If there are fewer than `k` elements.

    Examples
    --------
    >>> tf.Session().run(tf.nn.top_k([3, 9, 5], 2))
    TopKV2(values=array([9, 5], dtype=int32), indices=array([1, 2], dtype=int32))
    """
    values, indices = apply_all(TopKV2(sorted=sorted), input, k, name=name)
    return TopK(values, indices)


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Return whether each target's prediction is among the `k` greatest of its row.

    Parameters
    ----------
    predictions : Tensor of float32, of shape [batch, classes]
    targets : Tensor of int32 or int64, of shape [batch]
        Classes.
    k : int
    name : str, optional

    Returns
    -------
    Tensor of bool, of shape [batch]
        False where a prediction of the row is not finite.

    Examples
    --------
    >>> tf.Session().run(tf.nn.in_top_k([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]], [2, 2], 2))
    array([ True, False])
    """
    with name_scope(name, "in_top_k"):
        return apply(InTopKV2(), predictions, targets, k)
