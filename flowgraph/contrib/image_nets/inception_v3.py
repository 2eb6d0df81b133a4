"""Inception v3: Szegedy et al. (2015), arXiv:1512.00567."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib.arguments import Defaults, arg_scope
from flowgraph.contrib.image_nets.inception import (
    Fork,
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
from flowgraph.contrib.layers.shaping import dropout
from flowgraph.contrib.layers.units import softmax
from flowgraph.graph.scope import GraphKeys
from flowgraph.ops.array import squeeze
from flowgraph.variables.initializers import TruncatedNormal
from flowgraph.variables.variable_scope import variable_scope


def _pooled(depth: int) -> tuple[Layer, Layer]:
    return Layer("AvgPool_0a_3x3"), Layer("Conv2d_0b_1x1", depth)


def _of_35(name: str, pooled: int, middle: tuple[str, str]) -> Module:
    return Module(
        name,
        (
            (Layer("Conv2d_0a_1x1", 64),),
            (Layer(middle[0], 48), Layer(middle[1], 64)),
            (
                Layer("Conv2d_0a_1x1", 64),
                Layer("Conv2d_0b_3x3", 96),
                Layer("Conv2d_0c_3x3", 96),
            ),
            _pooled(pooled),
        ),
    )


def _of_17(name: str, depth: int) -> Module:
    return Module(
        name,
        (
            (Layer("Conv2d_0a_1x1", 192),),
            (
                Layer("Conv2d_0a_1x1", depth),
                Layer("Conv2d_0b_1x7", depth),
                Layer("Conv2d_0c_7x1", 192),
            ),
            (
                Layer("Conv2d_0a_1x1", depth),
                Layer("Conv2d_0b_7x1", depth),
                Layer("Conv2d_0c_1x7", depth),
                Layer("Conv2d_0d_7x1", depth),
                Layer("Conv2d_0e_1x7", 192),
            ),
            _pooled(192),
        ),
    )


def _of_8(name: str, tall: str) -> Module:
    return Module(
        name,
        (
            (Layer("Conv2d_0a_1x1", 320),),
            (
                Layer("Conv2d_0a_1x1", 384),
                Fork((Layer("Conv2d_0b_1x3", 384), Layer(tall, 384))),
            ),
            (
                Layer("Conv2d_0a_1x1", 448),
                Layer("Conv2d_0b_3x3", 384),
                Fork((Layer("Conv2d_0c_1x3", 384), Layer("Conv2d_0d_3x1", 384))),
            ),
            _pooled(192),
        ),
    )


_STEM = (
    Layer("Conv2d_1a_3x3", 32, stride=2),
    Layer("Conv2d_2a_3x3", 32),
    Layer("Conv2d_2b_3x3", 64, padding="SAME"),
    Layer("MaxPool_3a_3x3", stride=2),
    Layer("Conv2d_3b_1x1", 80),
    Layer("Conv2d_4a_3x3", 192),
    Layer("MaxPool_5a_3x3", stride=2),
)
_USUAL = ("Conv2d_0a_1x1", "Conv2d_0b_5x5")
_HALVED = (Layer("MaxPool_1a_3x3", stride=2, padding="VALID"),)
# Some names are not of the pattern; the published weights have them.
_MODULES = (
    _of_35("Mixed_5b", 32, _USUAL),
    _of_35("Mixed_5c", 64, ("Conv2d_0b_1x1", "Conv_1_0c_5x5")),
    _of_35("Mixed_5d", 64, _USUAL),
    Module(
        "Mixed_6a",
        (
            (Layer("Conv2d_1a_1x1", 384, stride=2, padding="VALID", kernel="3x3"),),
            (
                Layer("Conv2d_0a_1x1", 64),
                Layer("Conv2d_0b_3x3", 96),
                Layer("Conv2d_1a_1x1", 96, stride=2, padding="VALID", kernel="3x3"),
            ),
            _HALVED,
        ),
    ),
    _of_17("Mixed_6b", 128),
    _of_17("Mixed_6c", 160),
    _of_17("Mixed_6d", 160),
    _of_17("Mixed_6e", 192),
    Module(
        "Mixed_7a",
        (
            (
                Layer("Conv2d_0a_1x1", 192),
                Layer("Conv2d_1a_3x3", 320, stride=2, padding="VALID"),
            ),
            (
                Layer("Conv2d_0a_1x1", 192),
                Layer("Conv2d_0b_1x7", 192),
                Layer("Conv2d_0c_7x1", 192),
                Layer("Conv2d_1a_3x3", 192, stride=2, padding="VALID"),
            ),
            _HALVED,
        ),
    ),
    _of_8("Mixed_7b", "Conv2d_0b_3x1"),
    _of_8("Mixed_7c", "Conv2d_0c_3x1"),
)


def inception_v3_base(
    inputs: Any,
    final_endpoint: str = "Mixed_7c",
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
        The last part, from ``"Conv2d_1a_3x3"`` to ``"Mixed_7c"``.
    min_depth, depth_multiplier, scope
        See `inception_v2_base`.

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
    layers = [conv2d, max_pool2d, avg_pool2d]
    with variable_scope(scope, "InceptionV3", [inputs]):
        with arg_scope(layers, stride=1, padding="VALID"):
            net = build(inputs, _STEM, depth, final_endpoint, end_points)
        with arg_scope(layers, stride=1, padding="SAME"):
            net = build(net, _MODULES, depth, final_endpoint, end_points)
    check_end(final_endpoint, end_points)
    return net, end_points


def _auxiliary_logits(
    net: Any, num_classes: int, depth: Callable[[int], int], is_squeezed: bool
) -> Any:
    """Build the second classifier, on features from the middle of the network."""
    with variable_scope("AuxLogits"):
        net = avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = conv2d(net, depth(128), [1, 1], scope="Conv2d_1b_1x1")
        window = fitted(net, [5, 5])
        net = conv2d(
            net,
            depth(768),
            window,
            weights_initializer=TruncatedNormal(0.0, 0.01),
            padding="VALID",
            scope="Conv2d_2a_{}x{}".format(*window),
        )
        net = conv2d(
            net,
            num_classes,
            [1, 1],
            activation_fn=None,
            normalizer_fn=None,
            weights_initializer=TruncatedNormal(0.0, 0.001),
            scope="Conv2d_2b_1x1",
        )
        return squeeze(net, [1, 2], name="SpatialSqueeze") if is_squeezed else net


def inception_v3(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV3",
) -> Result:
    """Build the network with its classifiers, for images of 299 by 299.

    Parameters
    ----------
    inputs, num_classes, is_training, dropout_keep_prob, min_depth, depth_multiplier
    prediction_fn, spatial_squeeze, reuse, scope
        See `inception_v2`.

    Returns
    -------
    logits : Tensor
    end_points : dict of str to Tensor
        The outputs of the parts, ``"AuxLogits"``, ``"PreLogits"``, ``"Logits"`` and
        ``"Predictions"``.

    Raises
    ------
    ValueError
        If the factor is not positive.
    """
    depth = thinned(depth_multiplier, min_depth)
    with (
        variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as inner,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v3_base(
            inputs, scope=inner, min_depth=min_depth, depth_multiplier=depth_multiplier
        )
        with arg_scope([conv2d, max_pool2d, avg_pool2d], stride=1, padding="SAME"):
            end_points["AuxLogits"] = _auxiliary_logits(
                end_points["Mixed_6e"], num_classes, depth, spatial_squeeze
            )
        with variable_scope("Logits"):
            window = fitted(net, [8, 8])
            name = "AvgPool_1a_{}x{}".format(*window)
            net = avg_pool2d(net, window, padding="VALID", scope=name)
            net = dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
            end_points["PreLogits"] = net
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


vars(inception_v3)["default_image_size"] = 299


def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool = True,
) -> Defaults:
    """Return the defaults of layers for Inception v3.

    Parameters
    ----------
    weight_decay, batch_norm_var_collection
        See `inception_v1_arg_scope`.
    batch_norm_decay, batch_norm_epsilon, updates_collections, use_fused_batchnorm
        ``decay``, ``epsilon``, ``updates_collections`` and ``fused`` of
        `tf.contrib.layers.batch_norm`.
    """
    return arg_scope_of(
        weight_decay,
        batch_norm_var_collection,
        decay=batch_norm_decay,
        epsilon=batch_norm_epsilon,
        updates_collections=updates_collections,
        fused=use_fused_batchnorm,
    )
