"""Convolution of each channel with filters of its own, and its adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import convolution_kernels as kernels
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.convolution_rules import Convolution
from flowgraph.ops.core import apply, shape
from flowgraph.ops.types import NN_FLOATS
from flowgraph.ops.windows import merged_size, widened
from flowgraph.shapes import TensorShape


class _Depthwise(Convolution, abstract=True):
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = (1, 1, 1, 1)

    def output_channels(self, channels: int, filter: Sequence[int]) -> int:
        if channels != int(filter[-2]):
            raise invalid(
                f"input and filter must have the same depth: {channels} vs {int(filter[-2])}"
            )
        return channels * int(filter[-1])

    def by_channel(self, xp: Any, dy: Array, filter: Sequence[int]) -> Array:
        """An output as ``(batch, *sizes, channels, filters of each)``."""
        dy = self.channels_last(xp, dy)
        return dy.reshape(*dy.shape[:-1], int(filter[-2]), int(filter[-1]))


class DepthwiseConv2dNative(_Depthwise):
    """Cross-correlation of each channel with filters of its own."""

    signature = Signature("input: T, filter: T -> output: T", T=NN_FLOATS)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, filter = (with_rank(spec.shape, 4).as_list() for spec in inputs)
        self.check_attributes()
        channels, each = merged_size(x[self.channel_axis], filter[2]), filter[3]
        depth = None if channels is None or each is None else channels * each
        return (self.output_sizes(x, filter, depth),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, filter = inputs
        self.check_ranks(input=x.shape, filter=filter.shape)
        channels = self.output_channels(x.shape[self.channel_axis], filter.shape)
        windows = self.windows(x.shape, filter.shape)
        wide, weights = self.channels_last(xp, x), widened(filter)
        sizes = (len(x), *(w.output for w in windows))
        out = xp.empty((*sizes, *filter.shape[2:]), dtype=wide.dtype)
        kernels.depthwise(xp, out, wide, weights, windows)
        return self.as_given(xp, out.reshape(*sizes, channels), x.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, filter = operation.inputs
        to_input = self.with_op(DepthwiseConv2dNativeBackpropInput)
        to_filter = self.with_op(DepthwiseConv2dNativeBackpropFilter)
        return (
            apply(to_input, shape(x), filter, dys[0]),
            apply(to_filter, x, shape(filter), dys[0]),
        )


class DepthwiseConv2dNativeBackpropInput(_Depthwise):
    """The gradient of `DepthwiseConv2dNative` with respect to its input."""

    signature = Signature(
        "input_sizes: int32, filter: T, out_backprop: T -> output: T", T=NN_FLOATS
    )
    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs[1:]:
            with_rank(spec.shape, 4)
        self.check_attributes()
        return (with_rank(inputs[0].static_shape(), 4),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        sizes, filter, dy = inputs
        windows = self.backprop_windows(sizes, filter.shape, dy)
        given = self.by_channel(xp, dy, filter.shape)
        dx = kernels.depthwise_input_gradient(xp, given, widened(filter), windows)
        return self.as_given(xp, dx, dy.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, filter, dy = operation.inputs
        to_filter = self.with_op(DepthwiseConv2dNativeBackpropFilter)
        return (
            None,
            apply(to_filter, dys[0], shape(filter), dy),
            apply(self.with_op(DepthwiseConv2dNative), dys[0], filter),
        )


class DepthwiseConv2dNativeBackpropFilter(_Depthwise):
    """The gradient of `DepthwiseConv2dNative` with respect to its filter."""

    signature = Signature(
        "input: T, filter_sizes: int32, out_backprop: T -> output: T", T=NN_FLOATS
    )
    host_inputs = (1,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in (inputs[0], inputs[2]):
            with_rank(spec.shape, 4)
        self.check_attributes()
        return (with_rank(inputs[1].static_shape(), 4),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, sizes, dy = inputs
        windows = self.backprop_windows(x.shape, sizes, dy)
        given = self.by_channel(xp, dy, sizes)
        wide = self.channels_last(xp, x)
        dw = kernels.depthwise_filter_gradient(xp, wide, given, windows)
        return dw.astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, _, dy = operation.inputs
        to_input = self.with_op(DepthwiseConv2dNativeBackpropInput)
        return (
            apply(to_input, shape(x), dys[0], dy),
            None,
            apply(self.with_op(DepthwiseConv2dNative), x, dys[0]),
        )


# -- functions ----------------------------------------------------------------------------------


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolve each channel of images with filters of its own.

    Parameters
    ----------
    input : Tensor
        ``(batch, height, width, in)``, floating point.
    filter : Tensor
        ``(height, width, in, m)``, same dtype: channel `i` gives outputs ``i * m`` to
        ``i * m + m - 1``.
    strides, dilations : list of int
        One for each axis of `input`; those of batch and channels are 1.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    data_format : str
        ``"NHWC"`` or ``"NCHW"``.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch, height', width', in * m)``, of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(8.0), [1, 2, 2, 2])
    >>> w = tf.reshape(tf.constant([1.0, -1.0]), [1, 1, 2, 1])
    >>> y = tf.nn.depthwise_conv2d_native(x, w, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, 0]
    array([[ 0., -1.],
           [ 2., -3.]], dtype=float32)
    """
    attributes = _attributes(strides, padding, data_format, dilations)
    return apply(DepthwiseConv2dNative(**attributes), input, filter, name=name)


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of `depthwise_conv2d_native` with respect to its input.

    Parameters
    ----------
    input_sizes : Tensor or list of int
        The shape of the input, int32.
    filter : Tensor
    out_backprop : Tensor
        The gradient of the output.
    strides, padding, data_format, dilations, name
        See `depthwise_conv2d_native`.

    Examples
    --------
    >>> dy = tf.ones([1, 2, 2, 1])
    >>> dx = tf.nn.depthwise_conv2d_backprop_input(
    ...     [1, 2, 2, 1], tf.fill([1, 1, 1, 1], 3.0), dy, [1, 1, 1, 1], "SAME"
    ... )
    >>> tf.Session().run(dx).ravel()
    array([3., 3., 3., 3.], dtype=float32)
    """
    op = DepthwiseConv2dNativeBackpropInput(**_attributes(strides, padding, data_format, dilations))
    return apply(op, input_sizes, filter, out_backprop, name=name)


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of `depthwise_conv2d_native` with respect to its filter.

    Parameters
    ----------
    input : Tensor
    filter_sizes : Tensor or list of int
        The shape of the filter, int32.
    out_backprop : Tensor
        The gradient of the output.
    strides, padding, data_format, dilations, name
        See `depthwise_conv2d_native`.

    Examples
    --------
    >>> x = tf.fill([1, 2, 2, 1], 3.0)
    >>> dw = tf.nn.depthwise_conv2d_backprop_filter(
    ...     x, [1, 1, 1, 1], tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "SAME"
    ... )
    >>> tf.Session().run(dw).ravel()
    array([12.], dtype=float32)
    """
    op = DepthwiseConv2dNativeBackpropFilter(
        **_attributes(strides, padding, data_format, dilations)
    )
    return apply(op, input, filter_sizes, out_backprop, name=name)


def _attributes(
    strides: Any, padding: str, data_format: str | None, dilations: Any
) -> dict[str, Any]:
    return {
        "strides": tuple(strides),
        "padding": padding,
        "data_format": data_format or "NHWC",
        "dilations": tuple(dilations),
    }
