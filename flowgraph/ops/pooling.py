"""Pooling of images and sequences, and its adjoints."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.core import FLOATS, REALS, apply, convert_to_tensor, shape
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

_POOLED = Types(
    (
        *FLOATS.allowed, dtypes.int32, dtypes.int64,
        dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.uint16,
    ),
    default=dtypes.float32,
)  # fmt: skip


class MaxPool(Largest):
    """The largest element of each window of an image."""

    signature = Signature("input: T -> output: T", T=_POOLED)

    data_format: str = "NHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = self.with_op(MaxPoolGrad)
        return (apply(op, operation.inputs[0], operation.outputs[0], dys[0]),)


class MaxPoolGrad(LargestGradient):
    """The gradient of `MaxPool`: to the first largest element of each window."""

    signature = Signature("orig_input: T, orig_output: T, grad: T -> output: T", T=REALS)

    data_format: str = "NHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y, _ = operation.inputs
        return (zeros_like(x), zeros_like(y), apply(self.with_op(MaxPoolGradGrad), x, y, dys[0]))


class MaxPoolGradGrad(LargestGradientAdjoint):
    """The gradient of `MaxPoolGrad`: from the first largest element of each window."""

    signature = Signature("orig_input: T, orig_output: T, grad: T -> output: T", T=REALS)

    data_format: str = "NHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, y, _ = operation.inputs
        return (zeros_like(x), zeros_like(y), apply(self.with_op(MaxPoolGrad), x, y, dys[0]))


class AvgPool(Mean):
    """The mean of each window of an image."""

    signature = Signature("value: T -> output: T", T=NN_FLOATS)

    data_format: str = "NHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(self.with_op(AvgPoolGrad), shape(operation.inputs[0]), dys[0]),)


class AvgPoolGrad(MeanGradient):
    """The gradient of `AvgPool`."""

    signature = Signature("orig_input_shape: int32, grad: T -> output: T", T=NN_FLOATS)

    data_format: str = "NHWC"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (None, apply(self.with_op(AvgPool), dys[0]))


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Take the largest element of each window of an image.

    Parameters
    ----------
    value, input : Tensor
        ``(batch, height, width, channels)``, any real dtype. One of the two.
    ksize, strides : int or list of int
        Size of the windows and steps between them: one number, one for each of height
        and width, or one for each axis.
    padding : str
        ``"VALID"``: only whole windows. ``"SAME"``: as many as it takes to cover the image.
    data_format : str
        ``"NHWC"`` or ``"NCHW"``.
    name : str, optional

    Returns
    -------
    Tensor
        Of the dtype of `value`.

    Raises
    ------
    ValueError
        If a window is larger than the image, or the shape does not fit.

    Notes
    -----
    The gradient of a window goes to the first of its largest elements.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.Session().run(tf.nn.max_pool(x, 2, 2, "VALID"))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    value = renamed_argument("value", value, "input", input)
    with name_scope(name, "MaxPool", [value]) as scope:
        if (isinstance(ksize, int) and not ksize) or (isinstance(ksize, list) and 0 in ksize):
            raise ValueError("ksize cannot be zero.")
        return _pool(MaxPool, value, ksize, strides, padding, data_format or "NHWC", scope)


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of an image. See `max_pool`.

    Examples
    --------
    >>> x = tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 2, 2, 1])
    >>> tf.Session().run(tf.nn.max_pool2d(x, 2, 2, "VALID")).ravel()
    array([4.], dtype=float32)
    """
    with name_scope(name, "MaxPool2d", [input]) as scope:
        return _pool(MaxPool, input, ksize, strides, padding, data_format or "NHWC", scope)


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Take the mean of each window of an image. Borders do not count.

    Parameters
    ----------
    value, input : Tensor
        ``(batch, height, width, channels)``, floating point. One of the two.
    ksize, strides, padding, data_format, name
        See `max_pool`.

    Returns
    -------
    Tensor
        Of the dtype of `value`.

    Raises
    ------
    ValueError
        If a window is larger than the image, or the shape does not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.Session().run(tf.nn.avg_pool(x, 2, 2, "VALID"))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    value = renamed_argument("value", value, "input", input)
    with name_scope(name, "AvgPool", [value]) as scope:
        return _pool(AvgPool, value, ksize, strides, padding, data_format or "NHWC", scope)


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """Take the largest element of each window of a sequence.

    Parameters
    ----------
    input : Tensor
        ``(batch, width, channels)``.
    ksize, strides : int or list of int
        One number, or one for each axis.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    data_format : str
        ``"NWC"`` or ``"NCW"``.
    name : str, optional

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 3.0, 2.0, 0.0]), [1, 4, 1])
    >>> tf.Session().run(tf.nn.max_pool1d(x, 2, 2, "VALID"))[0, :, 0]
    array([3., 2.], dtype=float32)
    """
    with name_scope(name, "MaxPool1d", [input]) as scope:
        return pool_sequence(MaxPool, input, ksize, strides, padding, data_format or "NWC", scope)


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """Take the mean of each window of a sequence. See `max_pool1d`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 3.0, 2.0, 0.0]), [1, 4, 1])
    >>> tf.Session().run(tf.nn.avg_pool1d(x, 2, 2, "VALID"))[0, :, 0]
    array([2., 1.], dtype=float32)
    """
    with name_scope(name, "AvgPool1D", [input]) as scope:
        return pool_sequence(AvgPool, input, ksize, strides, padding, data_format or "NWC", scope)


def _pool(
    op: type[MaxPool] | type[AvgPool],
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str,
    name: str,
) -> Tensor:
    channel_axis = 1 if data_format.startswith("NC") else 3
    return apply(
        op(
            ksize=per_axis(ksize, 4, channel_axis, "ksize"),
            strides=per_axis(strides, 4, channel_axis, "strides"),
            padding=padding,
            data_format=data_format,
        ),
        value,
        name=name,
    )


def pool_sequence(
    op: type[MaxPool] | type[AvgPool],
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str,
    name: str,
) -> Tensor:
    """Pool a sequence as an image of height 1."""
    if data_format not in ("NWC", "NCW"):
        raise ValueError(f'data_format must be "NWC" or "NCW", not {data_format!r}')
    channel_axis = 1 if data_format == "NCW" else 2
    axis = 2 if channel_axis == 1 else 1
    image = expand_dims(convert_to_tensor(input, name="input"), axis)
    windows, steps = (
        [1, *per_axis(given, 3, channel_axis, label)]
        for given, label in ((ksize, "ksize"), (strides, "strides"))
    )
    format2d = "NCHW" if channel_axis == 1 else "NHWC"
    return squeeze(_pool(op, image, windows, steps, padding, format2d, name), [axis])
