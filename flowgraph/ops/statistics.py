"""Counts and moments, built from reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array, as_dtype
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import AddV2, add, multiply, square, subtract
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.comparison import greater, is_finite, not_equal
from flowgraph.ops.core import (
    apply,
    cast,
    constant,
    convert_to_tensor,
    identity,
    shape,
    size,
    stop_gradient,
)
from flowgraph.ops.filling import zeros, zeros_like
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.reduction import reduce_max, reduce_mean, reduce_prod, reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import exp, log, sqrt
from flowgraph.shapes import TensorShape


class Bincount(Op):
    """How often each number from 0 on occurs, or the sum of its weights."""

    signature = Signature(
        "arr: int32, size: int32, weights: T -> bins: T",
        T=Types((dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)),
    )
    host_inputs = (1,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        value = inputs[1].static_value()
        if value is None:
            return (shapes.vector(None),)
        if value < 0:
            raise ValueError(f"size ({value}) must be non-negative")
        return (shapes.vector(int(value)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        numbers, size, weights = inputs[0].reshape(-1), int(inputs[1]), inputs[2].reshape(-1)
        if size < 0:
            raise invalid(f"size ({size}) must be non-negative")
        if weights.size not in (0, numbers.size):
            raise invalid(
                "Weights should be empty or have the same size as arr, got "
                f"{bracketed(inputs[2].shape)} and {bracketed(inputs[0].shape)}"
            )
        if numbers.size and int(numbers.min()) < 0:
            raise invalid("Input arr must be non-negative!")
        known = numbers < size
        kept = weights[known] if weights.size else None
        return xp.bincount(numbers[known], kept, minlength=size)[:size].astype(weights.dtype)


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = dtypes.int32,
) -> Tensor:
    """Return how often each number occurs.

    Parameters
    ----------
    arr : Tensor of int32
        Numbers from 0 on.
    weights : Tensor, optional
        What each counts instead of 1, of the shape of `arr`.
    minlength, maxlength : int, optional
        Bounds of the result's length; greater numbers are left out.
    dtype : DType
        Of the result if there are no weights.

    Returns
    -------
    Tensor
        A vector, one element longer than the greatest number.

    Examples
    --------
    >>> tf.Session().run(tf.bincount([1, 1, 3]))
    array([0, 2, 0, 1], dtype=int32)
    """
    with name_scope(None, "bincount"):
        numbers = convert_to_tensor(arr, name="arr", dtype=dtypes.int32)
        nonempty = cast(greater(reduce_prod(shape(numbers)), 0), dtypes.int32)
        greatest = reduce_max(numbers)
        length = multiply(nonempty, apply(AddV2(), greatest, 1, name="add"), name="mul")
        if minlength is not None:
            least = convert_to_tensor(minlength, name="minlength", dtype=dtypes.int32)
            length = maximum(least, length)
        if maxlength is not None:
            most = convert_to_tensor(maxlength, name="maxlength", dtype=dtypes.int32)
            length = minimum(most, length)
        if weights is None:
            weights = constant(np.zeros(0, as_dtype(dtype).numpy))
        return apply(Bincount(), numbers, length, weights)


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """Return how many elements are not zero, not false or not empty, over axes.

    Parameters
    ----------
    input_tensor : Tensor
        Numbers, bool or strings.
    axis, keepdims, name, reduction_indices, keep_dims
        As in `reduce_sum`.
    dtype : DType
        Of the result.
    input
        New name of `input_tensor`.

    Examples
    --------
    >>> tf.Session().run(tf.count_nonzero([[0, 1], [2, 3]], axis=0))
    array([1, 2])
    """
    given = renamed_argument("input", input, "input_tensor", input_tensor)
    axis = renamed_argument("axis", axis, "reduction_indices", reduction_indices)
    keepdims = renamed_argument("keepdims", keepdims, "keep_dims", keep_dims)
    with name_scope(name, "count_nonzero", [given]):
        tensor = convert_to_tensor(given, name="input")
        zero = zeros([], dtype=tensor.dtype.base_dtype)
        counted = cast(not_equal(tensor, zero), dtypes.int64)
        return cast(reduce_sum(counted, axis, keepdims), dtype)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Return which part of the elements is zero.

    Parameters
    ----------
    value : Tensor
        Numbers. NaN if it is empty.
    name : str, optional

    Returns
    -------
    Tensor
        float32.

    Examples
    --------
    >>> print(tf.Session().run(tf.nn.zero_fraction([0.0, 1.0, 2.0, 0.0])))
    0.5
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        count = size(value, out_type=dtypes.int64)
        with name_scope("count_nonzero", values=[value]):
            zero = zeros([], dtype=value.dtype.base_dtype)
            ones = cast(not_equal(value, zero), dtypes.int64)
            nonzero = reduce_sum(ones, name="nonzero_count")
        with name_scope("counts_to_fraction"):
            fraction = cast(count - nonzero, dtypes.float32) / cast(count, dtypes.float32)
        fraction.graph.inside += 15  # TensorFlow counts in int32 where it can, by a cond
        return identity(fraction, "fraction")


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return log(sum(exp(x))) over axes, without overflow.

    Parameters
    ----------
    input_tensor : Tensor
        Floating-point numbers.
    axis, keepdims, name, reduction_indices, keep_dims
        As in `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.reduce_logsumexp([1000.0, 1000.0]))
    np.float32(1000.693...)
    """
    axis = renamed_argument("axis", axis, "reduction_indices", reduction_indices)
    keep = renamed_argument("keepdims", keepdims, "keep_dims", keep_dims) or False
    tensor = convert_to_tensor(input_tensor)
    with name_scope(name, "ReduceLogSumExp", [tensor]):
        greatest = reduce_max(tensor, axis, keepdims=True)
        shift = stop_gradient(where(is_finite(greatest), greatest, zeros_like(greatest)))
        result = log(reduce_sum(exp(subtract(tensor, shift)), axis, keepdims=keep))
        if not keep:
            shift = reshape(shift, shape(result))
        result = add(result, shift, name="Add")
        if axis is None and not keep:
            result.set_shape(())
        return result


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the mean squared distance from the mean, over axes.

    Parameters
    ----------
    input_tensor : Tensor
        Numbers; the variance of integers is an integer too.
    axis, keepdims, name
        As in `reduce_sum`.

    Examples
    --------
    >>> tf.Session().run(tf.math.reduce_variance([1.0, 3.0]))
    np.float32(1.0)
    """
    with name_scope(name, "reduce_variance"):
        means = reduce_mean(input_tensor, axis, keepdims=True)
        return reduce_mean(square(input_tensor - means), axis, keepdims=keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the root of `reduce_variance`.

    Examples
    --------
    >>> tf.Session().run(tf.math.reduce_std([[1.0, 3.0], [2.0, 8.0]], 1))
    array([1., 3.], dtype=float32)
    """
    with name_scope(name, "reduce_std"):
        return sqrt(reduce_variance(input_tensor, axis, keepdims))
