"""Convolution by channel, with holes, and followed by one over channels."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import renamed_argument
from flowgraph.ops.convolution import conv2d
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.depthwise import depthwise_conv2d_native
from flowgraph.ops.dilated import with_space_to_batch


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve each channel of images with filters of its own.

    Parameters
    ----------
    input : Tensor
        ``(batch, height, width, in)``, floating point.
    filter : Tensor
        ``(height, width, in, m)``, same dtype: channel `i` gives outputs ``i * m`` to
        ``i * m + m - 1``.
    strides : list of int
        One for each axis of `input`; those of batch and channels are 1.
    padding : str
        ``"VALID"`` or ``"SAME"``.
    rate, dilations : list of int, optional
        Steps between the elements of a window along height and width. One of the two.
    name : str, optional
    data_format : str, optional
        ``"NHWC"`` or ``"NCHW"``.

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
    >>> tf.Session().run(tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID"))[0, 0]
    array([[ 0., -1.],
           [ 2., -3.]], dtype=float32)
    """
    rate = renamed_argument("rate", rate, "dilations", dilations)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        x = convert_to_tensor(input, name="tensor_in")
        kernel = convert_to_tensor(filter, name="filter_in")
        return _depthwise(x, kernel, strides, padding, rate, data_format, scope)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve each channel of images alone, then mix the channels of each pixel.

    Parameters
    ----------
    input : Tensor
        ``(batch, height, width, in)``, floating point.
    depthwise_filter : Tensor
        ``(height, width, in, m)``, same dtype.
    pointwise_filter : Tensor
        ``(1, 1, in * m, out)``, same dtype.
    strides, padding, rate, name, data_format, dilations
        See `depthwise_conv2d`.

    Returns
    -------
    Tensor
        ``(batch, height', width', out)``, of the dtype of `input`.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.reshape(tf.range(8.0), [1, 2, 2, 2])
    >>> deep, wide = tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 1])
    >>> tf.Session().run(tf.nn.separable_conv2d(x, deep, wide, [1, 1, 1, 1], "VALID")).ravel()
    array([28.], dtype=float32)
    """
    rate = renamed_argument("rate", rate, "dilations", dilations)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        x = convert_to_tensor(input, name="tensor_in")
        deep = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        wide = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        for axis in range(2):
            size = wide.shape.with_rank(4)[axis]
            if not size.is_compatible_with(1):
                raise ValueError(f"Dimensions {size} and 1 are not compatible")
        mixed = _depthwise(x, deep, strides, padding, rate, data_format, "depthwise")
        ones = (1, 1, 1, 1)
        return conv2d(mixed, wide, ones, "VALID", data_format=data_format or "NHWC", name=scope)


def _depthwise(
    x: Tensor,
    filter: Tensor,
    strides: Any,
    padding: str,
    rate: Any,
    data_format: str | None,
    name: str,
) -> Tensor:
    def dense(part: Tensor, _: int, mode: str) -> Tensor:
        return depthwise_conv2d_native(part, filter, strides, mode, data_format, name=name)

    rates = [1, 1] if rate is None else rate
    return with_space_to_batch(
        x, rates, padding, dense, filter_shape=shape(filter), data_format=data_format
    )
