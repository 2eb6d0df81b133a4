"""Arithmetic sequences and permutations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import dtypes, shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import FLOATS, INDEX, apply, cast, convert_to_tensor
from flowgraph.shapes import TensorShape

_STEPS = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


class Range(Op):
    """The numbers from ``start`` up to but not including ``limit``, ``delta`` apart."""

    signature = Signature(
        "start: Tidx, limit: Tidx, delta: Tidx -> output: Tidx",
        Tidx=Types((*FLOATS.allowed, dtypes.int32, dtypes.int64), default=dtypes.int32),
    )
    host_memory = True
    host_inputs = (0, 1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for given in inputs:
            with_rank(given.shape, 0)
        values = [given.static_value() for given in inputs]
        if any(value is None for value in values):
            return (shapes.vector(None),)
        return (shapes.vector(_length(*values)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        start, _, delta = inputs
        try:
            length = _length(*inputs)
        except ValueError as error:
            raise invalid(str(error)) from None
        # A running sum in the dtype itself is what rounds as TensorFlow's kernel does.
        if start.dtype.kind in "iu":
            return xp.arange(length, dtype=start.dtype) * start.dtype.type(delta) + start
        steps = xp.full(length + 1, delta, dtype=start.dtype)
        steps[:1] = start
        return xp.cumsum(steps[:length], dtype=start.dtype)

    gradient = Op.not_differentiable


def _length(start: Array, limit: Array, delta: Array) -> int:
    first, last, step = start.item(), limit.item(), delta.item()
    if step == 0:
        raise ValueError("Requires delta != 0")
    if step > 0 and first > last:
        raise ValueError(f"Requires start <= limit when delta > 0: {first}/{last}")
    if step < 0 and first < last:
        raise ValueError(f"Requires start >= limit when delta < 0: {first}/{last}")
    steps = abs(last - first), abs(step)
    return int(
        -(-steps[0] // steps[1]) if isinstance(step, int) else math.ceil(steps[0] / steps[1])
    )


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """Return a sequence of numbers.

    Parameters
    ----------
    start : scalar
        The first number; the limit if `limit` is left out, and then 0 is the first.
    limit : scalar, optional
        The sequence stops before it.
    delta : scalar
        The step between two numbers.
    dtype : DType, optional
        By default the widest of the arguments'.
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[ceil((limit - start) / delta)]``.

    Raises
    ------
    ValueError
        If `delta` is 0 or leads away from `limit`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.range(3, 18, 3))
    array([ 3,  6,  9, 12, 15], dtype=int32)
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        given = {"start": start, "limit": limit, "delta": delta}
        tensors = [convert_to_tensor(value, dtype, key) for key, value in given.items()]
        if dtype is None:
            widest = max((t.dtype.base_dtype for t in tensors), key=_STEPS.index)
            tensors = [cast(tensor, widest) for tensor in tensors]
        return apply(Range(), *tensors, name=scope)


class LinSpace(Op):
    """``num`` evenly spaced numbers from ``start`` to ``stop``, both included."""

    signature = Signature(
        "start: T, stop: T, num: Tidx -> output: T",
        T=Types((dtypes.bfloat16, dtypes.float32, dtypes.float64)),
        Tidx=INDEX,
    )
    host_memory = True
    host_inputs = (0, 1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for given in inputs:
            with_rank(given.shape, 0)
        num = inputs[2].static_value()
        if num is not None and num <= 0:
            raise ValueError(f"Requires num > 0: {num}")
        return (shapes.vector(None if num is None else num.item()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        start, stop, num = inputs
        if num <= 0:
            raise invalid(f"Requires num > 0: {num}")
        count = int(num)
        kind = start.dtype
        step = (stop - start) / kind.type(count - 1) if count > 1 else kind.type(0)
        result = xp.arange(count).astype(kind) * step + start
        result[-1] = stop if count > 1 else start
        return result.astype(kind, copy=False)

    gradient = Op.not_differentiable


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """Return evenly spaced numbers, both ends included.

    Parameters
    ----------
    start, stop : scalar of a floating-point dtype
        The first and the last number.
    num : int
        How many.
    name : str, optional

    Raises
    ------
    ValueError
        If `num` is not positive.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.linspace(10.0, 12.0, 3))
    array([10., 11., 12.], dtype=float32)
    """
    return apply(LinSpace(), start, stop, num, name=name)


class InvertPermutation(Op):
    """The permutation that undoes a permutation."""

    signature = Signature("x: T -> y: T", T=INDEX)
    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, 1),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        if x.ndim != 1:
            raise invalid("invert_permutation expects a 1D vector.")
        out_of_range = x[(x < 0) | (x >= x.size)]
        if out_of_range.size:
            raise invalid(f"{out_of_range[0]} is not between 0 and {x.size}")
        counts = np.bincount(x, minlength=x.size)
        if x.size and counts.max() > 1:
            raise invalid(f"{counts.argmax()} is duplicated in the input.")
        result = np.empty_like(x)
        result[x] = np.arange(x.size, dtype=x.dtype)
        return result

    gradient = Op.not_differentiable


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """Return the inverse of a permutation: ``y[x[i]] == i``.

    Parameters
    ----------
    x : Tensor
        int32 or int64 vector that holds each of ``0 .. n - 1`` once.
    name : str, optional

    Raises
    ------
    tf.errors.InvalidArgumentError
        If `x` is no permutation.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Session().run(tf.invert_permutation([3, 4, 0, 2, 1]))
    array([2, 4, 3, 0, 1], dtype=int32)
    """
    return apply(InvertPermutation(), x, name=name)
