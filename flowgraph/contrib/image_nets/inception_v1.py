"""Inception v1, GoogLeNet: Szegedy et al. (2014), arXiv:1409.4842."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import Defaults, arg_scope
from flowgraph.contrib.image_nets.inception import (
    Layer,
    Module,
    Result,
    arg_scope_of,
    build,
    check_end,
)
from flowgraph.contrib.layers.connected import fully_connected
from flowgraph.contrib.layers.convolutions import avg_pool2d, conv2d, max_pool2d
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.shaping import dropout
from flowgraph.contrib.layers.units import softmax
from flowgraph.ops.array import squeeze
from flowgraph.variables.initializers import TruncatedNormal
from flowgraph.variables.variable_scope import variable_scope


def _module(
    name: str,
    alone: int,
    middle: tuple[int, int],
    wide: tuple[int, int],
    pooled: int,
    second: str = "Conv2d_0b_3x3",
) -> Module:
    return Module(
        name,
        (
            (Layer("Conv2d_0a_1x1", alone),),
            (Layer("Conv2d_0a_1x1", middle[0]), Layer("Conv2d_0b_3x3", middle[1])),
            (Layer("Conv2d_0a_1x1", wide[0]), Layer(second, wide[1])),
            (Layer("MaxPool_0a_3x3"), Layer("Conv2d_0b_1x1", pooled)),
        ),
    )


_PARTS = (
    Layer("Conv2d_1a_7x7", 64, stride=2),
    Layer("MaxPool_2a_3x3", stride=2),
    Layer("Conv2d_2b_1x1", 64),
    Layer("Conv2d_2c_3x3", 192),
    Layer("MaxPool_3a_3x3", stride=2),
    _module("Mixed_3b", 64, (96, 128), (16, 32), 32),
    _module("Mixed_3c", 128, (128, 192), (32, 96), 64),
    Layer("MaxPool_4a_3x3", stride=2),
    _module("Mixed_4b", 192, (96, 208), (16, 48), 64),
    _module("Mixed_4c", 160, (112, 224), (24, 64), 64),
    _module("Mixed_4d", 128, (128, 256), (24, 64), 64),
    _module("Mixed_4e", 112, (144, 288), (32, 64), 64),
    _module("Mixed_4f", 256, (160, 320), (32, 128), 128),
    Layer("MaxPool_5a_2x2", stride=2),
    # The published weights have this name there.
    _module("Mixed_5b", 256, (160, 320), (32, 128), 128, second="Conv2d_0a_3x3"),
    _module("Mixed_5c", 384, (192, 384), (48, 128), 128),
)


def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> Result:
    """Build the network up to one of its parts.

    Parameters
    ----------
    inputs : Tensor
        Images, ``(batch, height, width, channels)``.
    final_endpoint : str
        The last part, from ``"Conv2d_1a_7x7"`` to ``"Mixed_5c"``.
    scope : str or VariableScope

    Returns
    -------
    net : Tensor
    end_points : dict of str to Tensor
        The outputs of the parts, by name.

    Raises
    ------
    ValueError
        If there is no such part.
    """
    end_points: dict[str, Any] = {}
    with (
        variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([conv2d, fully_connected], weights_initializer=TruncatedNormal(0.0, 0.01)),
        arg_scope([conv2d, max_pool2d], stride=1, padding="SAME"),
    ):
        net = build(inputs, _PARTS, int, final_endpoint, end_points)
    check_end(final_endpoint, end_points)
    return net, end_points


def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.8,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> Result:
    """Build the network with its classifier.

    Parameters
    ----------
    inputs : Tensor
        Images, ``(batch, height, width, channels)``; 224 by 224 for one prediction each.
    num_classes : int
    is_training : bool or bool Tensor
        Whether dropout drops, and normalization uses the statistics of the batch.
    dropout_keep_prob : float
    prediction_fn : callable
        Takes the logits and ``scope``.
    spatial_squeeze : bool
        Drop the axes of height and width of the logits, which must then be of size 1.
    reuse : bool, optional
        See `tf.variable_scope`.
    scope : str or VariableScope

    Returns
    -------
    logits : Tensor
    end_points : dict of str to Tensor
        The outputs of the parts, ``"Logits"`` and ``"Predictions"``.

    Examples
    --------
    >>> inception = tf.contrib.slim.nets.inception
    >>> with tf.contrib.slim.arg_scope(inception.inception_v1_arg_scope()):
    ...     logits, _ = inception.inception_v1(tf.ones([1, 224, 224, 3]), 10, is_training=False)
    >>> logits
    <tf.Tensor 'InceptionV1/Logits/SpatialSqueeze:0' shape=(1, 10) dtype=float32>
    """
    with (
        variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as inner,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v1_base(inputs, scope=inner)
        with variable_scope("Logits"):
            net = avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
            net = dropout(net, dropout_keep_prob, scope="Dropout_0b")
            logits = conv2d(
                net,
                num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                scope="Conv2d_0c_1x1",
            )
            if spatial_squeeze:
                logits = squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


vars(inception_v1)["default_image_size"] = 224


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str = "moving_vars",
) -> Defaults:
    """Return the defaults of layers for Inception v1.

    Parameters
    ----------
    weight_decay : float
        Factor of the L2 regularization.
    use_batch_norm : bool
        Normalize after each convolution, which the paper does not.
    batch_norm_var_collection : str
        Where to list the moving averages.
    """
    return arg_scope_of(weight_decay, batch_norm_var_collection, use_batch_norm)
