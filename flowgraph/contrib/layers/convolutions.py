"""Convolution and pooling of images."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.layers.connected import NAMES, XAVIER, finished
from flowgraph.contrib.model_variables import renaming
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.convolutional import Conv2D
from flowgraph.layers.identifiers import ZEROS
from flowgraph.layers.pooling import AveragePooling2D, MaxPooling2D
from flowgraph.layers.transposed import Conv2DTranspose
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.rectification import relu
from flowgraph.variables.variable_scope import variable_scope


def order_of(data_format: str | None, wrong: str) -> str:
    """Return the layers' word for a data format; ValueError if there is none."""
    if data_format not in (None, "NHWC", "NCHW"):
        raise ValueError(wrong)
    return "channels_first" if data_format == "NCHW" else "channels_last"


@add_arg_scope
def conv2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Convolve images with a filter that is a variable, add biases, and activate.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, in)``, floating point.
    num_outputs : int
        The number of output channels.
    kernel_size : int or pair of int
        The size of the filter.
    stride, rate : int or pair of int
        Steps between windows and between the elements of one.
    padding : {"SAME", "VALID"}
        As many windows as it takes to cover the image, or only whole ones.
    data_format : {"NHWC", "NCHW"}, optional
    activation_fn, normalizer_fn, normalizer_params, weights_initializer
        See `fully_connected`; so are the others.
    scope : str or VariableScope, optional
        By default ``"Conv"``, made unique.

    Returns
    -------
    Tensor
        ``(batch, height', width', num_outputs)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank is not 4, or as `tf.layers.conv2d`.

    Examples
    --------
    >>> tf.contrib.layers.conv2d(tf.ones([2, 7, 7, 3]), 4, 3, stride=2)
    <tf.Tensor 'Conv/Relu:0' shape=(2, 4, 4, 4) dtype=float32>
    """
    order = order_of(data_format, f"Invalid data_format: {data_format!r}")
    opened = variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=renaming(NAMES))
    with opened as inner:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.ndims != 4:
            raise ValueError(f"Convolution expects input with rank 4, got {inputs.shape.ndims}")
        layer = Conv2D(
            num_outputs,
            kernel_size,
            stride,
            padding,
            order,
            rate,
            use_bias=not normalizer_fn and bool(biases_initializer),
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=inner.name,
            _scope=inner,
            _reuse=reuse,
        )
        outputs = finished(
            layer(inputs), layer, variables_collections, normalizer_fn, normalizer_params
        )
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


@add_arg_scope
def conv2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution of images. Parameters and errors as for `conv2d`.

    Examples
    --------
    >>> tf.contrib.layers.conv2d_transpose(tf.ones([2, 7, 7, 3]), 4, 3, stride=2)
    <tf.Tensor 'Conv2d_transpose/Relu:0' shape=(2, 14, 14, 4) dtype=float32>
    """
    order = order_of(data_format, "data_format has to be either NCHW or NHWC.")
    opened = variable_scope(
        scope, "Conv2d_transpose", [inputs], reuse=reuse, custom_getter=renaming(NAMES)
    )
    with opened as inner:
        layer = Conv2DTranspose(
            num_outputs,
            kernel_size,
            stride,
            padding,
            order,
            use_bias=not normalizer_fn and bool(biases_initializer),
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=inner.name,
            _scope=inner,
            _reuse=reuse,
        )
        outputs = finished(
            layer(inputs), layer, variables_collections, normalizer_fn, normalizer_params
        )
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


def _pooled(
    kind: Any,
    inputs: Any,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    collections: Any,
    scope: Any,
) -> Tensor:
    order = order_of(data_format, "data_format has to be either NCHW or NHWC.")
    with name_scope(scope, "MaxPool2D" if kind is MaxPooling2D else "AvgPool2D", [inputs]) as inner:
        layer = kind(kernel_size, stride, padding, order, _scope=inner)
        return collect_named_outputs(collections, inner, layer(inputs))


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Take the largest element of each window of an image.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, channels)``.
    kernel_size, stride : int or pair of int
        The size of a window, and the steps between windows.
    padding : {"VALID", "SAME"}
    data_format : {"NHWC", "NCHW"}
    outputs_collections : str or list of str, optional
        Where to list the output.
    scope : str, optional

    Raises
    ------
    ValueError
        As `tf.layers.max_pooling2d`.

    Examples
    --------
    >>> tf.contrib.layers.max_pool2d(tf.ones([2, 8, 8, 3]), 2)
    <tf.Tensor 'MaxPool2D/MaxPool:0' shape=(2, 4, 4, 3) dtype=float32>
    """
    arguments = (inputs, kernel_size, stride, padding, data_format, outputs_collections, scope)
    return _pooled(MaxPooling2D, *arguments)


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Take the mean of each window of an image. Parameters and errors as for `max_pool2d`."""
    arguments = (inputs, kernel_size, stride, padding, data_format, outputs_collections, scope)
    return _pooled(AveragePooling2D, *arguments)
