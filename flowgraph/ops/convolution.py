"""Convolution of images and sequences, and its adjoints: TensorFlow's backprop ops."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.broadcasting import shape_n
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.convolution_rules import Convolution, Forward, ToFilter, ToInput
from flowgraph.ops.core import apply, convert_to_tensor, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.types import NN_FLOATS
from flowgraph.ops.windows import explicit_padding, per_axis


class _Attributes(Convolution, abstract=True):
    use_cudnn_on_gpu: bool = True
    explicit_paddings: tuple[int, ...] = ()
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = (1, 1, 1, 1)


class Conv2D(_Attributes, Forward):
    """Cross-correlation of images with a filter."""

    signature = Signature("input: T, filter: T -> output: T", T=NN_FLOATS)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, filter = operation.inputs
        x_sizes, filter_sizes = shape_n([x, filter])
        return (
            apply(self.with_op(Conv2DBackpropInput), x_sizes, filter, dys[0]),
            apply(self.with_op(Conv2DBackpropFilter), x, filter_sizes, dys[0]),
        )


class Conv2DBackpropInput(_Attributes, ToInput):
    """The gradient of `Conv2D` with respect to its input; also the transposed convolution."""

    signature = Signature(
        "input_sizes: int32, filter: T, out_backprop: T -> output: T", T=NN_FLOATS
    )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, filter, dy = operation.inputs
        return (
            None,
            apply(self.with_op(Conv2DBackpropFilter), dys[0], shape(filter), dy),
            apply(self.with_op(Conv2D), dys[0], filter),
        )


class Conv2DBackpropFilter(_Attributes, ToFilter):
    """The gradient of `Conv2D` with respect to its filter."""

    signature = Signature(
        "input: T, filter_sizes: int32, out_backprop: T -> output: T", T=NN_FLOATS
    )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, _, dy = operation.inputs
        return (
            apply(self.with_op(Conv2DBackpropInput), shape(x), dys[0], dy),
            None,
            apply(self.with_op(Conv2D), x, dys[0]),
        )


# -- functions ----------------------------------------------------------------------------------


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolve images with a filter.

    Parameters
    ----------
    input : Tensor
        ``(batch, height, width, in)``, floating point.
    filter, filters : Tensor
        ``(height, width, in, out)``, same dtype. One of the two.
    strides, dilations : int or list of int
        Steps between windows and between the elements of one: one number, one for each of
        height and width, or one for each axis of `input`.
    padding : str or list
        ``"VALID"``: only whole windows. ``"SAME"``: as many as it takes to cover the image.
        Or the border of zeros as ``[before, after]`` for each axis of `input`.
    use_cudnn_on_gpu : bool
        Kept in the graph; it changes nothing.
    data_format : str
        ``"NHWC"``, or ``"NCHW"`` for images ``(batch, in, height, width)``.
    name : str, optional

    Returns
    -------
    Tensor
        ``(batch, height', width', out)``, of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a window is larger than the image.
    InvalidArgumentError
        When run, for the same where the shapes were not known before.

    Notes
    -----
    The filter is not flipped: this is cross-correlation.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> y = tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), strides=1, padding="VALID")
    >>> tf.Session().run(y)[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """
    filter = renamed_argument("filter", filter, "filters", filters)
    attributes = _attributes(strides, padding, use_cudnn_on_gpu, data_format, dilations)
    return apply(Conv2D(**attributes), input, filter, name=name)


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Compute the gradient of `conv2d` with respect to its input.

    Parameters
    ----------
    input_sizes : Tensor or list of int
        The shape of the input, int32.
    filter, filters : Tensor
        ``(height, width, in, out)``. One of the two.
    out_backprop : Tensor
        The gradient of the output.
    strides, padding, use_cudnn_on_gpu, data_format, dilations, name
        See `conv2d`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> dx = tf.nn.conv2d_backprop_input(
    ...     [1, 3, 3, 1], tf.ones([2, 2, 1, 1]), tf.ones([1, 2, 2, 1]), 1, "VALID"
    ... )
    >>> tf.Session().run(dx)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float32)
    """
    filter = renamed_argument("filter", filter, "filters", filters)
    attributes = _attributes(strides, padding, use_cudnn_on_gpu, data_format, dilations)
    return apply(Conv2DBackpropInput(**attributes), input_sizes, filter, out_backprop, name=name)


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of `conv2d` with respect to its filter.

    Parameters
    ----------
    input : Tensor
    filter_sizes : Tensor or list of int
        The shape of the filter, int32.
    out_backprop : Tensor
        The gradient of the output.
    strides, padding, use_cudnn_on_gpu, data_format, dilations, name
        See `conv2d`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> dw = tf.nn.conv2d_backprop_filter(x, [2, 2, 1, 1], tf.ones([1, 2, 2, 1]), 1, "VALID")
    >>> tf.Session().run(dw)[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """
    attributes = _attributes(strides, padding, use_cudnn_on_gpu, data_format, dilations)
    return apply(Conv2DBackpropFilter(**attributes), input, filter_sizes, out_backprop, name=name)


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Apply the transpose of `conv2d`, sometimes called deconvolution.

    Parameters
    ----------
    value, input : Tensor
        ``(batch, height, width, in)``, floating point. One of the two.
    filter, filters : Tensor
        ``(height, width, out, in)``, same dtype. One of the two.
    output_shape : Tensor or list of int
        The shape of the output: an input of `conv2d` that gives one of the shape of `value`.
    strides, padding, data_format, dilations, name
        Those of that `conv2d`.

    Returns
    -------
    Tensor
        Of shape `output_shape` and the dtype of `value`.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    InvalidArgumentError
        When run, if `output_shape` does not lead to the shape of `value`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 2.0]), [1, 1, 2, 1])
    >>> y = tf.nn.conv2d_transpose(x, tf.ones([1, 2, 1, 1]), [1, 1, 4, 1], [1, 1, 2, 1])
    >>> tf.Session().run(y)[0, :, :, 0]
    array([[1., 1., 2., 2.]], dtype=float32)
    """
    value = renamed_argument("value", value, "input", input)
    filter = renamed_argument("filter", filter, "filters", filters)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        attributes = _attributes(strides, padding, True, data_format or "NHWC", dilations)
        return apply(Conv2DBackpropInput(**attributes), output_shape, filter, value, name=scope)


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve sequences with a filter.

    Parameters
    ----------
    value, input : Tensor
        ``(batch, width, in)``, floating point. One of the two.
    filters : Tensor
        ``(width, in, out)``, same dtype.
    stride, dilations : int or list of int
        One number, or one for each axis of `value`.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    use_cudnn_on_gpu : bool
        Kept in the graph; it changes nothing.
    data_format : str
        ``"NWC"``, the default, or ``"NCW"``.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes do not fit, or for another `data_format`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(4.0), [1, 4, 1])
    >>> tf.Session().run(tf.nn.conv1d(x, tf.ones([2, 1, 1]), 1, "VALID"))[0, :, 0]
    array([1., 3., 5.], dtype=float32)
    """
    value = renamed_argument("value", value, "input", input)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        axis, channel_axis, format2d = _as_image(data_format)
        image = expand_dims(convert_to_tensor(value, name="value"), axis)
        filter = expand_dims(convert_to_tensor(filters, name="filters"), 0)
        steps = [1, *per_axis(stride, 3, channel_axis, "stride")]
        dilation = [1, *per_axis(dilations, 3, channel_axis, "dilations")]
        use_cudnn = use_cudnn_on_gpu is not False
        result = conv2d(image, filter, steps, padding, use_cudnn, format2d, dilation, name=scope)
        return squeeze(result, [axis])


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Apply the transpose of `conv1d`.

    Parameters
    ----------
    input : Tensor
        ``(batch, width, in)``, floating point.
    filters : Tensor
        ``(width, out, in)``, same dtype.
    output_shape : Tensor or list of int
        The shape of the output.
    strides, padding, data_format, dilations, name
        Those of the `conv1d` that leads from `output_shape` to the shape of `input`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.constant([1.0, 2.0]), [1, 2, 1])
    >>> y = tf.nn.conv1d_transpose(x, tf.ones([2, 1, 1]), [1, 4, 1], 2)
    >>> tf.Session().run(y)[0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        axis, channel_axis, format2d = _as_image(data_format)
        steps = [1, *per_axis(strides, 3, channel_axis, "strides")]
        dilation = [1, *per_axis(dilations, 3, channel_axis, "dilations")]
        image = expand_dims(convert_to_tensor(input, name="input"), axis)
        filter = expand_dims(convert_to_tensor(filters, name="filters"), 0)
        sizes = output_shape if isinstance(output_shape, Tensor) else list(output_shape)
        wide = concat([sizes[:axis], [1], sizes[axis:]], 0)
        attributes = _attributes(steps, padding, True, format2d, dilation)
        result = apply(Conv2DBackpropInput(**attributes), wide, filter, image, name=scope)
        return squeeze(result, [axis])


def _attributes(
    strides: Any, padding: Any, use_cudnn_on_gpu: bool, data_format: str, dilations: Any
) -> dict[str, Any]:
    channel_axis = 1 if data_format.startswith("NC") else 3
    mode, borders = explicit_padding(padding)
    return {
        "strides": per_axis(strides, 4, channel_axis, "strides"),
        "padding": mode,
        "explicit_paddings": borders,
        "use_cudnn_on_gpu": use_cudnn_on_gpu,
        "data_format": data_format,
        "dilations": per_axis(dilations, 4, channel_axis, "dilations"),
    }


def _as_image(data_format: str | None) -> tuple[int, int, str]:
    """How a sequence becomes an image: the new axis, the channels' before, the format after."""
    if data_format in (None, "NWC", "NHWC"):
        return 1, 2, "NHWC"
    if data_format in ("NCW", "NCHW"):
        return 2, 1, "NCHW"
    raise ValueError('data_format must be "NWC" or "NCW".')
