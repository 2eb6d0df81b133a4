"""Adding a vector along the channels, and its adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import subtract
from flowgraph.ops.array import reshape
from flowgraph.ops.broadcasting import broadcast_to
from flowgraph.ops.checks import bracketed, invalid, with_rank, with_rank_at_least
from flowgraph.ops.core import NUMBERS, apply, constant, convert_to_tensor, rank, shape
from flowgraph.ops.filling import fill
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.merging import merge_sizes
from flowgraph.shapes import TensorShape

_TILE = 1 << 20
"""Bytes that a thread adds up at a time."""


def channel_sums(xp: Any, x: Array, data_format: str) -> Array:
    """Sum over every axis but the channels.

    In NHWC that is a product with a row of ones, which is faster than a reduction.
    """
    if data_format.startswith("NC"):
        return xp.sum(x, axis=(0, *range(2, x.ndim)))
    rows = x.reshape(-1, x.shape[-1]) if x.size else xp.zeros((1, x.shape[-1]), dtype=x.dtype)
    if x.dtype.kind != "f":
        return xp.sum(rows, axis=0)
    step = max(1, _TILE // max(rows.shape[1] * x.itemsize, 1))
    if xp is not np or len(rows) <= step:
        return xp.matmul(xp.ones(len(rows), dtype=x.dtype), rows)
    ones = np.ones(step, dtype=x.dtype)
    starts = range(0, len(rows), len(ones))
    sums = np.empty((len(starts), rows.shape[1]), dtype=x.dtype)

    def add_up(number: int) -> None:
        part = rows[starts[number] :][: len(ones)]
        np.matmul(ones[: len(part)], part, out=sums[number])

    parallel.each(xp, add_up, range(len(starts)))
    return sums.sum(0)


def _channel_axis(data_format: str) -> int:
    return 1 if data_format == "NCHW" else -1


def _least_rank(data_format: str) -> int:
    return 3 if data_format == "NCHW" else 2


class BiasAdd(Op):
    """A tensor plus a vector along its channels."""

    signature = Signature("value: T, bias: T -> output: T", T=NUMBERS)
    c = "({0} + {1})"
    c_kinds = "fi"
    inplace = True

    data_format: str = "NHWC"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        value = with_rank_at_least(inputs[0].shape, _least_rank(self.data_format)).sizes
        bias = with_rank(inputs[1].shape, 1).sizes
        if value is None:
            return (TensorShape.of(None),)
        sizes = list(value)
        axis = _channel_axis(self.data_format)
        sizes[axis] = merge_sizes(sizes[axis], None if bias is None else bias[0])
        return (TensorShape.of(tuple(sizes)),)

    def scalar(self, *specs: Spec) -> str | None:
        return super().scalar(*specs) if _channel_axis(self.data_format) == -1 else None

    def _aligned(self, value: Array, bias: Array) -> Array:
        axis = _channel_axis(self.data_format)
        if value.ndim < 2:
            raise invalid(f"Input tensor must be at least 2D: {bracketed(value.shape)}")
        if bias.ndim != 1:
            raise invalid(f"Biases must be 1D: {bracketed(bias.shape)}")
        if bias.shape[0] != value.shape[axis]:
            raise invalid(
                "Must provide as many biases as the last dimension of the input tensor: "
                f"{bracketed(bias.shape)} vs. {bracketed(value.shape)}",
            )
        return bias if axis == -1 else bias.reshape((-1,) + (1,) * (value.ndim - 2))

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.add(inputs[0], self._aligned(*inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.add(inputs[0], self._aligned(*inputs), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return dys[0], apply(BiasAddGrad(self.data_format), dys[0])


class BiasAddGrad(Op):
    """The sums over every axis but the channels: the adjoint of `BiasAdd` in its vector."""

    signature = Signature("out_backprop: T -> output: T", T=NUMBERS)

    data_format: str = "NHWC"

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = with_rank_at_least(inputs[0].shape, _least_rank(self.data_format)).sizes
        if sizes is None:
            return (TensorShape.of((None,)),)
        return (TensorShape.of((sizes[_channel_axis(self.data_format)],)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        if x.ndim < 2:
            raise invalid(f"Input tensor must be at least 2D: {bracketed(x.shape)}")
        if x.dtype.itemsize == 2 and x.dtype.kind not in "iu":
            return channel_sums(xp, x.astype(np.float32), self.data_format).astype(x.dtype)
        return channel_sums(xp, x, self.data_format).astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        target = shape(operation.inputs[0])
        dy = dys[0]
        if self.data_format == "NCHW":
            ones = fill([subtract(rank(operation.inputs[0]), 2)], constant(1))
            dy = reshape(dy, concat([[-1], ones], 0))
        return (broadcast_to(dy, target),)


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Add a vector along the channels.

    Parameters
    ----------
    value : Tensor
        Of rank 2 or more, of any dtype with arithmetic.
    bias : Tensor
        A vector with one element for each channel, of the same dtype.
    data_format : str, optional
        ``"N...C"``, the default, has the channels in the last axis, ``"NC..."`` in the second.
    name : str, optional

    Raises
    ------
    ValueError
        If the sizes differ or `data_format` is no format.

    Examples
    --------
    >>> tf.Session().run(tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]))
    array([[11., 22.]], dtype=float32)
    """
    layout = "NHWC"
    if data_format is not None:
        if data_format.startswith("NC"):
            layout = "NCHW"
        elif not (data_format.startswith("N") and data_format.endswith("C")):
            raise ValueError("data_format must be of the form `N...C` or `NC...`")
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return apply(BiasAdd(layout), value, bias, name=scope)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return ``matmul(x, weights) + biases``.

    Parameters
    ----------
    x : Tensor
        Of shape ``[batch, inputs]``.
    weights : Tensor
        Of shape ``[inputs, outputs]``.
    biases : Tensor
        Of shape ``[outputs]``.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.xw_plus_b([[1.0, 2.0]], [[1.0], [1.0]], [0.5]))
    array([[3.5]], dtype=float32)
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return bias_add(matmul(x, weights), biases, name=scope)
