"""Inception v2, with batch normalization: Ioffe and Szegedy (2015), arXiv:1502.03167."""

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
    fitted,
    thinned,
)
from flowgraph.contrib.layers.convolutions import avg_pool2d, conv2d, max_pool2d
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.separable import separable_conv2d
from flowgraph.contrib.layers.shaping import dropout
from flowgraph.contrib.layers.units import softmax
from flowgraph.ops.array import squeeze
from flowgraph.variables.initializers import TruncatedNormal
from flowgraph.variables.variable_scope import variable_scope


def _squeezing(depth: int) -> Layer:
    return Layer("Conv2d_0a_1x1", depth, stddev=0.09)


def _module(
    name: str,
    alone: int,
    middle: tuple[int, int],
    deep: tuple[int, int],
    pooled: int,
    pool: str = "AvgPool_0a_3x3",
) -> Module:
    last = Layer("Conv2d_0b_1x1", pooled, stddev=None if pool.startswith("Max") else 0.1)
    return Module(
        name,
        (
            (Layer("Conv2d_0a_1x1", alone),),
            (_squeezing(middle[0]), Layer("Conv2d_0b_3x3", middle[1])),
            (
                _squeezing(deep[0]),
                Layer("Conv2d_0b_3x3", deep[1]),
                Layer("Conv2d_0c_3x3", deep[1]),
            ),
            (Layer(pool), last),
        ),
    )


def _halving(name: str, middle: tuple[int, int], deep: tuple[int, int]) -> Module:
    return Module(
        name,
        (
            (_squeezing(middle[0]), Layer("Conv2d_1a_3x3", middle[1], stride=2)),
            (
                _squeezing(deep[0]),
                Layer("Conv2d_0b_3x3", deep[1]),
                Layer("Conv2d_1a_3x3", deep[1], stride=2),
            ),
            (Layer("MaxPool_1a_3x3", stride=2),),
        ),
    )


_FIRST = "Conv2d_1a_7x7"
_PARTS = (
    Layer("MaxPool_2a_3x3", stride=2),
    Layer("Conv2d_2b_1x1", 64, stddev=0.1),
    Layer("Conv2d_2c_3x3", 192),
    Layer("MaxPool_3a_3x3", stride=2),
    _module("Mixed_3b", 64, (64, 64), (64, 96), 32),
    _module("Mixed_3c", 64, (64, 96), (64, 96), 64),
    _halving("Mixed_4a", (128, 160), (64, 96)),
    _module("Mixed_4b", 224, (64, 96), (96, 128), 128),
    _module("Mixed_4c", 192, (96, 128), (96, 128), 128),
    _module("Mixed_4d", 160, (128, 160), (128, 160), 96),
    _module("Mixed_4e", 96, (128, 192), (160, 192), 96),
    _halving("Mixed_5a", (128, 192), (192, 256)),
    _module("Mixed_5b", 352, (192, 320), (160, 224), 128),
    _module("Mixed_5c", 352, (192, 320), (192, 224), 128, pool="MaxPool_0a_3x3"),
)


def inception_v2_base(
    inputs: Any,
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> Result:
    """Build the network up to one of its parts.

    Parameters
    ----------
    inputs : Tensor
        Images, ``(batch, height, width, channels)``.
    final_endpoint : str
        The last part, from ``"Conv2d_1a_7x7"`` to ``"Mixed_5c"``.
    min_depth : int
        The least number of channels.
    depth_multiplier : float
        Factor of all numbers of channels.
    scope : str or VariableScope, optional

    Returns
    -------
    net : Tensor
    end_points : dict of str to Tensor
        The outputs of the parts, by name.

    Raises
    ------
    ValueError
        If there is no such part, or the factor is not positive.
    """
    end_points: dict[str, Any] = {}
    depth = thinned(depth_multiplier, min_depth)
    with (
        variable_scope(scope, "InceptionV2", [inputs]),
        arg_scope([conv2d, max_pool2d, avg_pool2d, separable_conv2d], stride=1, padding="SAME"),
    ):
        net = end_points[_FIRST] = separable_conv2d(
            inputs,
            depth(64),
            [7, 7],
            # More channels between than come out would be parameters for nothing.
            depth_multiplier=min(depth(64) // 3, 8),
            stride=2,
            weights_initializer=TruncatedNormal(0.0, 1.0),
            scope=_FIRST,
        )
        net = build(net, _PARTS, depth, final_endpoint, end_points)
    check_end(final_endpoint, end_points)
    return net, end_points


def inception_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV2",
) -> Result:
    """Build the network with its classifier.

    Parameters
    ----------
    inputs, num_classes, is_training, dropout_keep_prob, prediction_fn, spatial_squeeze
    reuse, scope
        See `inception_v1`.
    min_depth, depth_multiplier
        See `inception_v2_base`.

    Raises
    ------
    ValueError
        If the factor is not positive.
    """
    depth = {"min_depth": min_depth, "depth_multiplier": depth_multiplier}
    thinned(depth_multiplier, min_depth)
    with (
        variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as inner,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v2_base(inputs, scope=inner, **depth)  # type: ignore[arg-type]
        with variable_scope("Logits"):
            window = fitted(net, [7, 7])
            name = "AvgPool_1a_{}x{}".format(*window)
            net = avg_pool2d(net, window, padding="VALID", scope=name)
            net = dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
            logits = conv2d(
                net,
                num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                scope="Conv2d_1c_1x1",
            )
            if spatial_squeeze:
                logits = squeeze(logits, [1, 2], name="SpatialSqueeze")
        end_points["Logits"] = logits
        end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


vars(inception_v2)["default_image_size"] = 224


def inception_v2_arg_scope(
    weight_decay: float = 0.00004, batch_norm_var_collection: str = "moving_vars"
) -> Defaults:
    """Return the defaults of layers for Inception v2. See `inception_v1_arg_scope`."""
    return arg_scope_of(weight_decay, batch_norm_var_collection)
