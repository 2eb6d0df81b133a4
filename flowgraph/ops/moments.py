"""Means and variances along axes."""

from __future__ import annotations

import math
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, square, squared_difference, subtract
from flowgraph.ops.array import squeeze
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.core import cast, constant, convert_to_tensor, shape, stop_gradient
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.gathering import gather
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.reduction import reduce_mean, reduce_prod, reduce_sum


def _kept(keepdims: bool | None, keep_dims: bool | None) -> bool:
    return renamed_argument("keepdims", keepdims, "keep_dims", keep_dims) or False


def _without(
    mean: Tensor, variance: Tensor, axes: Any, keep: bool, dtype: dtypes.DType
) -> tuple[Tensor, Tensor]:
    """Drop the axes summed over, and go back to the input's dtype."""
    if not keep:
        mean, variance = squeeze(mean, axes), squeeze(variance, axes)
    return cast(mean, dtype), cast(variance, dtype)


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance along axes.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype; float16 is computed in float32.
    axes : list of int
        For batch normalization of images ``[0, 1, 2]``.
    shift : Tensor, optional
        Without effect, as in TensorFlow: moments do not depend on where they are taken from.
    name : str, optional
    keep_dims, keepdims : bool, optional
        Keep the axes, with size 1.

    Returns
    -------
    mean, variance : Tensor
        The variance is the biased one: divided by the count.

    Examples
    --------
    >>> tf.Session().run(tf.nn.moments([[1.0], [3.0]], [0]))
    (array([2.], dtype=float32), array([1.], dtype=float32))
    """
    keep = _kept(keepdims, keep_dims)
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x)
        y = cast(x, dtypes.float32) if x.dtype.base_dtype is dtypes.float16 else x
        mean = reduce_mean(y, axes, keepdims=True, name="mean")
        # The mean's own gradient here is zero: the deviations from it add up to zero.
        deviations = squared_difference(y, stop_gradient(mean))
        variance = reduce_mean(deviations, axes, keepdims=True, name="variance")
        return _without(mean, variance, axes, keep, x.dtype)


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance along axes of elements that count several times.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype; float16 is computed in float32.
    axes : list of int
    frequency_weights : Tensor
        How often each element counts; broadcast against `x`.
    name : str, optional
    keep_dims, keepdims : bool, optional
        Keep the axes, with size 1.

    Examples
    --------
    >>> print(*tf.Session().run(tf.nn.weighted_moments([1.0, 5.0], [0], [3.0, 1.0])))
    2.0 3.0
    """
    keep = _kept(keepdims, keep_dims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        dtype = x.dtype
        if dtype.base_dtype is dtypes.float16:
            x = cast(x, dtypes.float32)
        weights = cast(weights, x.dtype)
        total = reduce_sum(weights * x, axes, name="weighted_input_sum", keepdims=True)
        spread = weights + zeros_like(x)
        count = reduce_sum(spread, axes, name="sum_of_weights", keepdims=True)
        share = reciprocal(count, name="inv_weight_sum")
        mean = multiply(total, share)
        deviations = weights * squared_difference(x, mean)
        distance = reduce_sum(deviations, axes, name="weighted_distsq", keepdims=True)
        return _without(mean, multiply(distance, share), axes, keep, dtype)


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Return what the mean and the variance along axes can be computed from.

    Parameters
    ----------
    x : Tensor
        Of a floating-point dtype.
    axes : list of int
    shift : Tensor, optional
        Subtracted first. Near the mean it makes the sums more precise.
    keep_dims, keepdims : bool, optional
        Keep the axes, with size 1.
    name : str, optional

    Returns
    -------
    counts, mean_ss, variance_ss : Tensor
        The number of elements, their sum and the sum of their squares.
    shift : Tensor or None
        As given.

    Examples
    --------
    >>> count, total, squares, _ = tf.nn.sufficient_statistics([1.0, 3.0], [0])
    >>> print(*tf.Session().run([count, total, squares]))
    2.0 4.0 10.0
    """
    axes = list(set(axes))
    keep = _kept(keepdims, keep_dims)
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        sizes = x.shape.sizes
        if sizes is not None and all(sizes[axis] is not None for axis in axes):
            counts = constant(math.prod(sizes[axis] for axis in axes), dtype=x.dtype)
        else:
            counts = reduce_prod(gather(cast(shape(x), x.dtype), axes), name="count")
        if shift is None:
            first, second = x, square(x)
        else:
            shift = convert_to_tensor(shift, name="shift")
            first, second = subtract(x, shift), squared_difference(x, shift)
        total = reduce_sum(first, axes, keepdims=keep, name="mean_ss")
        squares = reduce_sum(second, axes, keepdims=keep, name="var_ss")
        return counts, total, squares, shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance of what `sufficient_statistics` gave.

    Parameters
    ----------
    counts, mean_ss, variance_ss : Tensor
        The number of elements, their sum and the sum of their squares.
    shift : Tensor or None
        What was subtracted first.
    name : str, optional

    Examples
    --------
    >>> print(*tf.Session().run(tf.nn.normalize_moments(2.0, 4.0, 10.0, None)))
    2.0 1.0
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        share = reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted = multiply(mean_ss, share, name="mean")
        else:
            shifted = multiply(mean_ss, share, name="shifted_mean")
            mean = add(shifted, shift, name="mean")
        variance = subtract(multiply(variance_ss, share), square(shifted), name="variance")
        return mean, variance
