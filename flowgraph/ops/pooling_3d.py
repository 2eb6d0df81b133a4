"""Pooling of volumes, and its adjoints."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import REALS, apply, shape
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.pooling_rules import (
    Largest,
    LargestGradient,
    LargestGradientAdjoint,
    Mean,
    MeanGradient,
)
from flowgraph.ops.types import NN_FLOATS
from flowgraph.ops.windows import per_axis

_UP_TO_SINGLE = Types((dtypes.bfloat16, dtypes.float16, dtypes.float32))


class MaxPool3D(Largest):
    """The largest element of each window of a volume."""

    signature = Signature("input: T -> output: T", T=_UP_TO_SINGLE)

    data_format: str = "NDHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = self.with_op(MaxPool3DGrad)
        return (apply(op, operation.inputs[0], operation.outputs[0], dys[0]),)


class MaxPool3DGrad(LargestGradient):
    """The gradient of `MaxPool3D`: to the first largest element of each window."""

    signature = Signature(
        "orig_input: TInput, orig_output: TInput, grad: T -> output: T",
        TInput=_UP_TO_SINGLE,
        T=_UP_TO_SINGLE,
    )

    data_format: str = "NDHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y, _ = operation.inputs
        return (zeros_like(x), zeros_like(y), apply(self.with_op(MaxPool3DGradGrad), x, y, dys[0]))


class MaxPool3DGradGrad(LargestGradientAdjoint):
    """The gradient of `MaxPool3DGrad`: from the first largest element of each window."""

    signature = Signature("orig_input: T, orig_output: T, grad: T -> output: T", T=REALS)

    data_format: str = "NDHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y, _ = operation.inputs
        return (zeros_like(x), zeros_like(y), apply(self.with_op(MaxPool3DGrad), x, y, dys[0]))


class AvgPool3D(Mean):
    """The mean of each window of a volume."""

    signature = Signature("input: T -> output: T", T=NN_FLOATS)

    data_format: str = "NDHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(self.with_op(AvgPool3DGrad), shape(operation.inputs[0]), dys[0]),)


class AvgPool3DGrad(MeanGradient):
    """The gradient of `AvgPool3D`."""

    signature = Signature("orig_input_shape: int32, grad: T -> output: T", T=NN_FLOATS)

    data_format: str = "NDHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None, apply(self.with_op(AvgPool3D), dys[0]))


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of a volume.

    Parameters
    ----------
    input : Tensor
        ``(batch, depth, height, width, channels)``, of at most 32 bits.
    ksize, strides : int or list of int
        Size of the windows and steps between them: one number, one for each spatial axis, or
        one for each axis.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    data_format : str
        ``"NDHWC"`` or ``"NCDHW"``.
    name : str, optional

    Raises
    ------
    ValueError
        If a window is larger than the volume, or the shape does not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1])
    >>> tf.Session().run(tf.nn.max_pool3d(x, 2, 2, "VALID")).ravel()
    array([7.], dtype=float32)
    """
    with name_scope(name, "MaxPool3D", [input]) as scope:
        return _pool(MaxPool3D, input, ksize, strides, padding, data_format, scope)


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Take the mean of each window of a volume. See `max_pool3d`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1])
    >>> tf.Session().run(tf.nn.avg_pool3d(x, 2, 2, "VALID")).ravel()
    array([3.5], dtype=float32)
    """
    with name_scope(name, "AvgPool3D", [input]) as scope:
        return _pool(AvgPool3D, input, ksize, strides, padding, data_format, scope)


def _pool(
    op: type[MaxPool3D] | type[AvgPool3D],
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    name: str,
) -> Tensor:
    layout = data_format or "NDHWC"
    channel_axis = 1 if layout.startswith("NC") else 4
    return apply(
        op(
            ksize=per_axis(ksize, 5, channel_axis, "ksize"),
            strides=per_axis(strides, 5, channel_axis, "strides"),
            padding=padding,
            data_format=layout,
        ),
        input,
        name=name,
    )
