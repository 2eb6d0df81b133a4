"""Sums, means, products, extremes; and summing a gradient back over stretched axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import Gradients, multiply
from flowgraph.ops.array import reshape, squeeze
from flowgraph.ops.broadcasting import broadcast_gradient_args
from flowgraph.ops.comparison import equal
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import INDEX, REALS, apply, cast, shape, size
from flowgraph.ops.division import floor_div, real_div
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.reduction_rules import (
    All,
    AnyTrue,
    Reduction,
    aligned,
    reduce_with,
    spread,
    static_axes,
)
from flowgraph.ops.scan import cumprod
from flowgraph.ops.suspicions import suspect_pairing


class Sum(Reduction):
    """The sum. Halves are added up in float32."""

    function = "sum"

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        if _is_half(x):
            return xp.sum(x, dtype=np.float32, **options).astype(x.dtype)
        return xp.sum(x, dtype=x.dtype, **options)

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        return not _is_half(x)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        return spread(operation, dys[0]), None


class Mean(Reduction):
    """The mean; of integers, the sum divided and rounded towards zero."""

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        total = xp.sum(x, dtype=np.float32 if _is_half(x) else x.dtype, **options)
        count = x.size // total.size if total.size else 0
        if x.dtype.kind not in "iu":
            mean = xp.divide(total, total.dtype.type(count), out=options.get("out"))
            return mean.astype(x.dtype) if _is_half(x) else mean
        wide = total if x.dtype.kind == "u" else total.astype(np.int64)
        quotient = abs(wide) // max(count, 1)
        return xp.where(wide < 0, -quotient, quotient).astype(x.dtype)

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        return x.dtype.kind not in "iu" and not _is_half(x)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, y = operation.inputs[0], operation.outputs[0]
        count = floor_div(size(x), maximum(size(y), 1))
        return real_div(spread(operation, dys[0]), cast(count, dys[0].dtype)), None


class Prod(Reduction):
    """The product."""

    function = "prod"

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        if _is_half(x):
            return xp.prod(x, dtype=np.float32, **options).astype(x.dtype)
        return xp.prod(x, dtype=x.dtype, **options)

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        return not _is_half(x)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, indices = operation.inputs
        axes = static_axes(operation)
        if axes is None:
            raise NotImplementedError(
                f"gradient of Prod over axes unknown when the graph is built: {operation.name} "
                f"reduces {x!r} over {indices!r}"
            )
        # The product of the others, axis by axis: from before and from after the element. It is
        # exact where elements are 0, which dividing the product by the element is not.
        others, rest = spread(operation, dys[0]), x
        for axis in axes:
            before = cumprod(rest, axis, exclusive=True)
            after = cumprod(rest, axis, exclusive=True, reverse=True)
            others = multiply(others, conj(multiply(before, after)))
            rest = reduce_prod(rest, axis, keepdims=True)
        return others, None


class Extremum(Reduction, abstract=True):
    """The greatest or the smallest. The gradient is shared among equals."""

    signature = Signature("input: T, reduction_indices: Tidx -> output: T", T=REALS, Tidx=INDEX)

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        if x.size or all(x.shape[axis] for axis in options["axis"]):
            return getattr(xp, self.function)(x, **options)
        axes, keep = options["axis"], options["keepdims"]
        sizes = [1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes]
        return xp.full(tuple(sizes), self.empty(x.dtype), x.dtype)

    def empty(self, dtype: Any) -> Any:
        """Return the value of a reduction over nothing."""
        raise NotImplementedError(f"{self.type} of nothing")

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        return bool(x.size) or all(x.shape[axis] for axis in axes)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        x, axes = operation.inputs
        y, dy = (aligned(operation, t) for t in (operation.outputs[0], dys[0]))
        chosen = cast(equal(y, x), dy.dtype)
        count = apply(Sum(keep_dims=True), chosen, axes)
        return multiply(real_div(chosen, count), dy), None


class Max(Extremum):
    """The greatest; over nothing, the least value of the dtype."""

    function = "max"

    def empty(self, dtype: Any) -> Any:
        return np.iinfo(dtype).min if dtype.kind in "iu" else dtype.type(-np.inf)


class Min(Extremum):
    """The smallest; over nothing, the greatest value of the dtype."""

    function = "min"

    def empty(self, dtype: Any) -> Any:
        return np.iinfo(dtype).max if dtype.kind in "iu" else dtype.type(np.inf)


class EuclideanNorm(Reduction):
    """The square root of the sum of the squared magnitudes."""

    keeps_single = False

    def reduce(self, xp: Any, x: Array, **options: Any) -> Array:
        wide = x.astype(np.float32) if _is_half(x) else x
        squares = wide * xp.conjugate(wide)
        return xp.sqrt(xp.sum(squares, dtype=wide.dtype, **options)).astype(x.dtype)

    def writes_out(self, x: Array, axes: tuple[int, ...]) -> bool:
        return False

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        y, dy = (aligned(operation, t) for t in (operation.outputs[0], dys[0]))
        return multiply(real_div(operation.inputs[0], conj(y)), dy), None


def _is_half(x: Array) -> bool:
    return x.dtype.itemsize == 2 and x.dtype.kind not in "iu"


def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the sum over axes.

    Parameters
    ----------
    input_tensor : Tensor
        Numbers.
    axis : int, list of int or Tensor, optional
        The axes to reduce, all if left out; negative ones count from the end.
    keepdims : bool, optional
        Keep the reduced axes, with size 1.
    name : str, optional
    reduction_indices, keep_dims
        Old names of `axis` and `keepdims`.

    Raises
    ------
    ValueError
        If there is no such axis, or an argument is given under both names.
    tf.errors.InvalidArgumentError
        If that is found when the graph runs.

    Examples
    --------
    >>> x = tf.constant([[1, 2], [3, 4]])
    >>> tf.Session().run([tf.reduce_sum(x), tf.reduce_sum(x, 1), tf.reduce_sum(x, 1, True)])
    [np.int32(10), array([3, 7], dtype=int32), array([[3],
           [7]], dtype=int32)]
    """
    if axis is None and reduction_indices is None and isinstance(input_tensor, Tensor):
        suspect_pairing(input_tensor)
    return reduce_with(Sum, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the mean over axes; of integers, rounded towards zero. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], 0))
    array([2. , 3.5], dtype=float32)
    """
    if axis is None and reduction_indices is None and isinstance(input_tensor, Tensor):
        suspect_pairing(input_tensor)
    return reduce_with(Mean, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the product over axes. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_prod([[1, 2], [3, 4]], 1))
    array([ 2, 12], dtype=int32)
    """
    return reduce_with(Prod, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the greatest over axes, of real numbers. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_max([[1, 4], [3, 2]], 1))
    array([4, 3], dtype=int32)
    """
    return reduce_with(Max, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the smallest over axes, of real numbers. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_min([[1, 4], [3, 2]], 1))
    array([1, 2], dtype=int32)
    """
    return reduce_with(Min, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return whether all are true over axes, of bool. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_all([[True, True], [True, False]], 1))
    array([ True, False])
    """
    return reduce_with(All, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return whether any is true over axes, of bool. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_any([[False, False], [True, False]], 1))
    array([False,  True])
    """
    return reduce_with(AnyTrue, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the square root of the sum of squares over axes. See `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.reduce_euclidean_norm([[3.0, 4.0], [0.0, 2.0]], 1))
    array([5., 2.], dtype=float32)
    """
    return reduce_with(EuclideanNorm, input_tensor, axis, keepdims, name)


def sum_to_shape(x: Tensor, target: Tensor) -> Tensor:
    """Sum `x` over the axes along which a tensor of shape `target` was stretched to it."""
    axes, _ = broadcast_gradient_args(target, shape(x, out_type=target.dtype))
    return reshape(apply(Sum(), x, axes), target)


def unbroadcast(grad: Tensor, x: Tensor, other: Tensor) -> Tensor:
    """Sum a gradient over the axes along which `x` was stretched.

    Parameters
    ----------
    grad : Tensor
        The gradient with respect to `x` as stretched.
    x, other : Tensor
        The two inputs that were broadcast against each other.

    Returns
    -------
    Tensor
        Of the shape of `x`: `grad` itself where the static shapes show that nothing
        was stretched.
    """
    mine, theirs = x.shape.sizes, other.shape.sizes
    if x is other:
        return grad
    if mine is None or theirs is None:
        return sum_to_shape(grad, shape(x))
    extra = max(len(theirs) - len(mine), 0)
    padded = (1,) * (len(mine) - len(theirs)) + theirs[-len(mine) :] if mine else ()
    for m, n in zip(mine, padded, strict=True):
        if m is None and n != 1:
            return sum_to_shape(grad, shape(x))
    leading = list(range(extra))
    ones = [i for i, (m, n) in enumerate(zip(mine, padded, strict=True)) if m == 1 and n != 1]
    if ones:
        grad = apply(Sum(keep_dims=True), grad, leading + [extra + i for i in ones])
        return squeeze(grad, leading) if leading else grad
    return apply(Sum(), grad, leading) if leading else grad
