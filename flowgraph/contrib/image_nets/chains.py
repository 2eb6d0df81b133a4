"""Networks that are one layer after the other: VGG, AlexNet, OverFeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.contrib.arguments import Defaults, arg_scope
from flowgraph.contrib.layers.connected import fully_connected
from flowgraph.contrib.layers.convolutions import conv2d, max_pool2d
from flowgraph.contrib.layers.regularizers import l2_regularizer
from flowgraph.contrib.layers.shaping import dropout, repeat
from flowgraph.contrib.named_outputs import convert_collection_to_dict
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import squeeze
from flowgraph.ops.rectification import relu
from flowgraph.variables.initializers import Constant, TruncatedNormal, Zeros
from flowgraph.variables.variable_scope import variable_scope

Result = tuple[Tensor, dict[str, Any]]


def _arg_scope(weight_decay: float, biases: Any) -> Defaults:
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=biases,
        ),
        arg_scope([conv2d], padding="SAME") as defaults,
    ):
        return defaults


def _arg_scope_of_whole_pools(weight_decay: float, biases: Any) -> Defaults:
    with (
        arg_scope(_arg_scope(weight_decay, biases)),
        arg_scope([max_pool2d], padding="VALID") as defaults,
    ):
        return defaults


def vgg_arg_scope(weight_decay: float = 0.0005) -> Defaults:
    """Return the defaults of layers for VGG.

    Parameters
    ----------
    weight_decay : float
        Factor of the L2 regularization.
    """
    return _arg_scope(weight_decay, Zeros())


def alexnet_v2_arg_scope(weight_decay: float = 0.0005) -> Defaults:
    """Return the defaults of layers for AlexNet. See `vgg_arg_scope`."""
    return _arg_scope_of_whole_pools(weight_decay, Constant(0.1))


def overfeat_arg_scope(weight_decay: float = 0.0005) -> Defaults:
    """Return the defaults of layers for OverFeat. See `vgg_arg_scope`."""
    return _arg_scope_of_whole_pools(weight_decay, Zeros())


class _Chain:
    """What the networks share: a scope, a collection of outputs, and convolutions at the end."""

    def __init__(
        self,
        num_classes: int,
        is_training: Any,
        dropout_keep_prob: Any,
        spatial_squeeze: bool,
    ) -> None:
        self.num_classes = num_classes
        self.is_training = is_training
        self.keep_prob = dropout_keep_prob
        self.is_squeezed = spatial_squeeze

    def build(
        self,
        inputs: Any,
        scope: Any,
        default: str,
        layers: Callable[[Any], Tensor],
        widths: tuple[int, int],
        window: int,
        initializers: dict[str, Any],
    ) -> Result:
        with variable_scope(scope, default, [inputs]) as inner:
            # The name that TensorFlow's OverFeat gives it is not that of the others.
            name = inner.name if default == "overfeat" else inner.original_name_scope
            ends = f"{name}_end_points"
            with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=ends):
                net = self._classified(layers(inputs), widths, window, initializers)
                end_points = convert_collection_to_dict(ends)
                if self.is_squeezed:
                    net = squeeze(net, [1, 2], name="fc8/squeezed")
                    end_points[f"{inner.name}/fc8"] = net
                return net, end_points

    def _classified(
        self, net: Tensor, widths: tuple[int, int], window: int, initializers: dict[str, Any]
    ) -> Tensor:
        """Add what were fully connected layers, as convolutions."""
        with arg_scope([conv2d], **initializers):
            net = conv2d(net, widths[0], [window, window], padding="VALID", scope="fc6")
            net = dropout(net, self.keep_prob, is_training=self.is_training, scope="dropout6")
            net = conv2d(net, widths[1], [1, 1], scope="fc7")
            net = dropout(net, self.keep_prob, is_training=self.is_training, scope="dropout7")
            last: dict[str, Any] = {"biases_initializer": Zeros()} if initializers else {}
            return conv2d(  # type: ignore[no-any-return]
                net,
                self.num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                scope="fc8",
                **last,
            )


_NARROW = {"weights_initializer": TruncatedNormal(0.0, 0.005), "biases_initializer": Constant(0.1)}


def _vgg(inputs: Any, scope: Any, default: str, repetitions: Sequence[int], net: _Chain) -> Result:
    def layers(net: Any) -> Tensor:
        for block, (times, depth) in enumerate(
            zip(repetitions, (64, 128, 256, 512, 512), strict=True), 1
        ):
            net = repeat(net, times, conv2d, depth, [3, 3], scope=f"conv{block}")
            net = max_pool2d(net, [2, 2], scope=f"pool{block}")
        return net  # type: ignore[no-any-return]

    return net.build(inputs, scope, default, layers, (4096, 4096), 7, {})


def vgg_a(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_a",
) -> Result:
    """Build VGG of 11 layers, configuration A of Simonyan and Zisserman (2014).

    Parameters
    ----------
    inputs : Tensor
        Images, ``(batch, height, width, channels)``; 224 by 224 for one prediction each.
    num_classes : int
    is_training : bool or bool Tensor
        Whether dropout drops.
    dropout_keep_prob : float
    spatial_squeeze : bool
        Drop the axes of height and width of the result, which must then be of size 1.
    scope : str or VariableScope

    Returns
    -------
    net : Tensor
        The logits.
    end_points : dict of str to Tensor
        The outputs of the layers, by their scopes.

    Examples
    --------
    >>> vgg = tf.contrib.slim.nets.vgg
    >>> with tf.contrib.slim.arg_scope(vgg.vgg_arg_scope()):
    ...     logits, end_points = vgg.vgg_a(tf.placeholder(tf.float32, [None, 224, 224, 3]))
    >>> logits
    <tf.Tensor 'vgg_a/fc8/squeezed:0' shape=(?, 1000) dtype=float32>
    >>> end_points["vgg_a/pool5"].shape.as_list()
    [None, 7, 7, 512]
    """
    net = _Chain(num_classes, is_training, dropout_keep_prob, spatial_squeeze)
    return _vgg(inputs, scope, "vgg_a", (1, 1, 2, 2, 2), net)


def vgg_16(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_16",
) -> Result:
    """Build VGG of 16 layers. See `vgg_a`."""
    net = _Chain(num_classes, is_training, dropout_keep_prob, spatial_squeeze)
    return _vgg(inputs, scope, "vgg_16", (2, 2, 3, 3, 3), net)


def vgg_19(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_19",
) -> Result:
    """Build VGG of 19 layers. See `vgg_a`."""
    net = _Chain(num_classes, is_training, dropout_keep_prob, spatial_squeeze)
    return _vgg(inputs, scope, "vgg_19", (2, 2, 4, 4, 4), net)


def alexnet_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "alexnet_v2",
) -> Result:
    """Build AlexNet on one device (Krizhevsky, 2014, arXiv:1404.5997). See `vgg_a`."""

    def layers(net: Any) -> Tensor:
        net = conv2d(net, 64, [11, 11], 4, padding="VALID", scope="conv1")
        net = max_pool2d(net, [3, 3], 2, scope="pool1")
        net = conv2d(net, 192, [5, 5], scope="conv2")
        net = max_pool2d(net, [3, 3], 2, scope="pool2")
        for number, depth in ((3, 384), (4, 384), (5, 256)):
            net = conv2d(net, depth, [3, 3], scope=f"conv{number}")
        return max_pool2d(net, [3, 3], 2, scope="pool5")  # type: ignore[no-any-return]

    net = _Chain(num_classes, is_training, dropout_keep_prob, spatial_squeeze)
    return net.build(inputs, scope, "alexnet_v2", layers, (4096, 4096), 5, _NARROW)


def overfeat(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: Any = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
) -> Result:
    """Build OverFeat (Sermanet et al., 2013), for images of 231 by 231. See `vgg_a`."""

    def layers(net: Any) -> Tensor:
        net = conv2d(net, 64, [11, 11], 4, padding="VALID", scope="conv1")
        net = max_pool2d(net, [2, 2], scope="pool1")
        net = conv2d(net, 256, [5, 5], padding="VALID", scope="conv2")
        net = max_pool2d(net, [2, 2], scope="pool2")
        for number, depth in ((3, 512), (4, 1024), (5, 1024)):
            net = conv2d(net, depth, [3, 3], scope=f"conv{number}")
        return max_pool2d(net, [2, 2], scope="pool5")  # type: ignore[no-any-return]

    net = _Chain(num_classes, is_training, dropout_keep_prob, spatial_squeeze)
    return net.build(inputs, scope, "overfeat", layers, (3072, 4096), 6, _NARROW)


for _net, _size in ((vgg_a, 224), (vgg_16, 224), (vgg_19, 224), (alexnet_v2, 224), (overfeat, 231)):
    vars(_net)["default_image_size"] = _size
