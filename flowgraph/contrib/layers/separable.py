"""Separable convolution: of each channel by itself, and then of channels into others."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.layers.connected import XAVIER
from flowgraph.contrib.layers.convolutions import order_of
from flowgraph.contrib.model_variables import (
    collect,
    collections_of,
    model_variable,
    renaming,
)
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ZEROS
from flowgraph.layers.separable import SeparableConv2D
from flowgraph.ops.bias import bias_add
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.rectification import relu
from flowgraph.ops.separable import depthwise_conv2d
from flowgraph.variables.variable_scope import variable_scope

_NAMES = {
    "bias": "biases",
    "depthwise_kernel": "depthwise_weights",
    "pointwise_kernel": "pointwise_weights",
}


@add_arg_scope
def separable_conv2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Convolve each channel of images by itself, mix the channels, add biases, and activate.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, in)``, floating point.
    num_outputs : int or None
        The number of output channels; ``None`` not to mix the channels.
    kernel_size : int or pair of int
        The size of the filter.
    depth_multiplier : int
        How many channels each becomes before they are mixed.
    stride, rate : int or pair of int
        Steps between windows and between the elements of one.
    padding : {"SAME", "VALID"}
    data_format : {"NHWC", "NCHW"}
    activation_fn, normalizer_fn, normalizer_params, weights_initializer
        See `fully_connected`; so are the others.
    pointwise_initializer : callable, optional
        For the weights that mix the channels; `weights_initializer` if left out.
    scope : str or VariableScope, optional
        By default ``"SeparableConv2d"``, made unique.

    Raises
    ------
    ValueError
        As `tf.layers.separable_conv2d`.

    Examples
    --------
    >>> tf.contrib.layers.separable_conv2d(tf.ones([1, 8, 8, 3]), 6, 3, stride=2)
    <tf.Tensor 'SeparableConv2d/Relu:0' shape=(1, 4, 4, 6) dtype=float32>
    """
    order = order_of(data_format, "data_format has to be either NCHW or NHWC.")
    getter = renaming(_NAMES)
    opened = variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=getter)
    with opened as inner:
        inputs = convert_to_tensor(inputs)
        if num_outputs is None:
            channels = inputs.shape[1 if data_format == "NCHW" else -1].value
            weights = model_variable(
                "depthwise_weights",
                [*_pair(kernel_size), channels, depth_multiplier],
                inputs.dtype.base_dtype,
                weights_initializer,
                weights_regularizer,
                trainable,
                collections_of(variables_collections, "weights"),
            )
            strides = [1, *_pair(stride), 1]
            if data_format == "NCHW":
                strides = [1, 1, *_pair(stride)]
            outputs = depthwise_conv2d(
                inputs, weights, strides, padding, rate=_pair(rate), data_format=data_format
            )
            if normalizer_fn is None and biases_initializer is not None:
                biases = model_variable(
                    "biases",
                    [channels * depth_multiplier],
                    inputs.dtype.base_dtype,
                    biases_initializer,
                    biases_regularizer,
                    trainable,
                    collections_of(variables_collections, "biases"),
                )
                outputs = bias_add(outputs, biases, data_format=data_format)
        else:
            layer = SeparableConv2D(
                num_outputs,
                kernel_size,
                stride,
                padding,
                order,
                _pair(rate),
                depth_multiplier,
                use_bias=not normalizer_fn and bool(biases_initializer),
                depthwise_initializer=weights_initializer,
                pointwise_initializer=pointwise_initializer or weights_initializer,
                bias_initializer=biases_initializer,
                depthwise_regularizer=weights_regularizer,
                pointwise_regularizer=weights_regularizer,
                bias_regularizer=biases_regularizer,
                trainable=trainable,
                name=inner.name,
                _scope=inner,
                _reuse=reuse,
            )
            outputs = layer(inputs)
            collect(layer.depthwise_kernel, variables_collections, "weights")
            collect(layer.pointwise_kernel, variables_collections, "weights")
            collect(layer.bias, variables_collections, "biases")
        if normalizer_fn is not None:
            outputs = normalizer_fn(outputs, **(normalizer_params or {}))
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


def _pair(given: Any) -> tuple[int, int]:
    first, second = given if isinstance(given, list | tuple) else (given, given)
    return int(first), int(second)
