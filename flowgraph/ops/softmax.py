"""Softmax and its logarithm, along any axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply, subtract
from flowgraph.ops.array import transpose
from flowgraph.ops.checks import renamed_argument, with_rank_at_least
from flowgraph.ops.comparison import less
from flowgraph.ops.core import apply, convert_to_tensor, rank
from flowgraph.ops.joining import concat
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range
from flowgraph.ops.suspicions import suspect_probabilities
from flowgraph.ops.transcendental import exp
from flowgraph.ops.types import NN_FLOATS
from flowgraph.shapes import TensorShape


class _Softmax(Op, abstract=True):
    inplace = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank_at_least(inputs[0].shape, 1),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        if x.dtype.itemsize > 2:
            out = xp.empty_like(x)
            self.compute_into(xp, out, x)
            return out
        # Half the precision is lost where the terms are added up in two bytes.
        wide = x.astype(np.float32)
        self.compute_into(xp, wide, wide)
        return wide.astype(x.dtype)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x = inputs[0]
        if x.ndim == 0:
            raise InvalidArgumentError(None, None, "logits must have >= 1 dimension, got []")
        if x.dtype.itemsize <= 2:
            xp.copyto(out, self.compute(xp, x))
        elif x.size:
            xp.subtract(x, x.max(axis=-1, keepdims=True), out=out)
            self._normalize(xp, out)

    def _normalize(self, xp: Any, shifted: Array) -> None:
        raise NotImplementedError


class Softmax(_Softmax):
    """exp(x) divided by its sum over the last axis."""

    signature = Signature("logits: T -> softmax: T", T=NN_FLOATS)

    def _normalize(self, xp: Any, shifted: Array) -> None:
        xp.exp(shifted, out=shifted)
        xp.divide(shifted, shifted.sum(axis=-1, keepdims=True), out=shifted)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        y, dy = operation.outputs[0], dys[0]
        inner = reduce_sum(multiply(dy, y), -1, keepdims=True)
        return (multiply(subtract(dy, inner), y),)


class LogSoftmax(_Softmax):
    """x minus the logarithm of the sum of exp(x) over the last axis."""

    signature = Signature("logits: T -> logsoftmax: T", T=NN_FLOATS)

    def _normalize(self, xp: Any, shifted: Array) -> None:
        total = xp.exp(shifted).sum(axis=-1, keepdims=True)
        xp.subtract(shifted, xp.log(total), out=shifted)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        y, dy = operation.outputs[0], dys[0]
        return (subtract(dy, multiply(reduce_sum(dy, -1, keepdims=True), exp(y))),)


def _swapped(tensor: Tensor, axis: Any, last: Tensor, name: str | None = None) -> Tensor:
    """Exchange an axis and the last one."""
    order = concat([range(axis), [last], range(axis + 1, last), [axis]], 0)
    return transpose(tensor, order, name=name)


def _along(op: Callable[[], Op], logits: Any, axis: Any, name: str | None) -> Tensor:
    """Apply an op of the last axis along another, between two transpositions."""
    tensor = convert_to_tensor(logits)
    ndims = tensor.shape.ndims
    fixed = axis.static_value() if isinstance(axis, Tensor) else axis
    if not isinstance(axis, Tensor) and (axis == -1 or (ndims is not None and axis == ndims - 1)):
        return apply(op(), tensor, name=name)
    if ndims is None:
        raise ValueError(
            f"softmax along an axis that may not be the last needs logits of known rank: {tensor!r}"
        )
    if fixed is not None and not -ndims <= fixed < ndims:
        raise InvalidArgumentError(
            None,
            None,
            f"Dimension ({int(fixed)}) must be in the range [{-ndims}, {ndims}) where {ndims} is "
            "the number of dimensions in the input.",
        )
    count = rank(tensor)
    if isinstance(axis, Tensor):
        axis = where(less(axis, 0), axis + count, axis)
    elif axis < 0:
        axis = axis + count
    input_rank = rank(tensor)
    axis = axis % ndims
    swapped = _swapped(tensor, axis, subtract(input_rank, 1))
    output = _swapped(apply(op(), swapped), axis, subtract(input_rank, 1), name=name)
    output.set_shape(tensor.shape)
    return output


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Return ``exp(logits) / sum(exp(logits), axis)``.

    Parameters
    ----------
    logits : Tensor
        Of rank 1 or more and a floating-point dtype.
    axis : int or Tensor, optional
        The axis whose elements sum to 1; the last one by default.
    name : str, optional
    dim : int, optional
        The old name of `axis`.

    Raises
    ------
    InvalidArgumentError
        If there is no such axis.
    ValueError
        If both `axis` and `dim` are given.

    Examples
    --------
    >>> tf.Session().run(tf.nn.softmax([0.0, 0.0]))
    array([0.5, 0.5], dtype=float32)
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    if isinstance(logits, Tensor):
        suspect_probabilities(logits, "Softmax", "softmax")
    return _along(Softmax, logits, -1 if axis is None else axis, name)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Return ``logits - log(sum(exp(logits), axis))``.

    Parameters
    ----------
    logits : Tensor
        Of rank 1 or more and a floating-point dtype.
    axis : int or Tensor, optional
        The axis along which probabilities sum to 1; the last one by default.
    name : str, optional
    dim : int, optional
        The old name of `axis`.

    Raises
    ------
    InvalidArgumentError
        If there is no such axis.
    ValueError
        If both `axis` and `dim` are given.

    Examples
    --------
    >>> tf.Session().run(tf.nn.log_softmax([0.0, 0.0]))
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    if isinstance(logits, Tensor):
        suspect_probabilities(logits, "Softmax", "log_softmax")
    return _along(LogSoftmax, logits, -1 if axis is None else axis, name)
