"""ResNet as first published: He et al. (2015), arXiv:1512.03385."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.image_nets import residual
from flowgraph.contrib.image_nets.residual import Block, Result, conv2d_same, subsample
from flowgraph.contrib.layers.convolutions import conv2d
from flowgraph.contrib.named_outputs import collect_named_outputs, last_dimension
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.rectification import relu
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def bottleneck(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Build a unit: three convolutions beside a shortcut, rectified after the sum.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, channels)``.
    depth, depth_bottleneck : int
        How many channels it gives, and how many are inside.
    stride, rate : int
        Steps between pixels, and between the elements of a window.
    outputs_collections : str or list of str, optional
        Where to list the output.
    scope : str or VariableScope, optional
        By default ``"bottleneck_v1"``, made unique.
    """
    with variable_scope(scope, "bottleneck_v1", [inputs]) as inner:
        if depth == last_dimension(inputs.shape, min_rank=4):
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = conv2d(
                inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut"
            )
        branch = conv2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        branch = conv2d_same(branch, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        branch = conv2d(branch, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        output = relu(shortcut + branch)
        return collect_named_outputs(outputs_collections, inner.name, output)


_NETWORK = residual.Residual("resnet_v1", bottleneck, preactivated=False)


def resnet_v1(
    inputs: Any,
    blocks: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: float | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> Result:
    """Build a ResNet of given blocks.

    Parameters
    ----------
    inputs : Tensor
        Images, ``(batch, height, width, channels)``.
    blocks : list of Block
        See `resnet_v1_block`.
    num_classes : int, optional
        None for features rather than logits.
    is_training : bool or bool Tensor
        Whether batch normalization uses the statistics of the batch.
    global_pool : bool
        Take the mean over height and width.
    output_stride : int, optional
        How many times smaller the features' height and width are than the image's; all the
        strides' product, 32, if left out.
    include_root_block : bool
        Begin with a convolution and a pool, each of stride 2.
    reuse : bool, optional
        See `tf.variable_scope`.
    scope : str or VariableScope, optional
        By default ``"resnet_v1"``, made unique.

    Returns
    -------
    net : Tensor
        ``(batch, height, width, channels)``.
    end_points : dict of str to Tensor
        The outputs of convolutions, units and blocks by their scopes, and ``predictions``
        if there are classes.

    Raises
    ------
    ValueError
        If the strides do not lead to `output_stride`.

    Examples
    --------
    >>> resnet = tf.contrib.slim.nets.resnet_v1
    >>> with tf.contrib.slim.arg_scope(resnet.resnet_arg_scope()):
    ...     net, end_points = resnet.resnet_v1_50(tf.ones([1, 64, 64, 3]), is_training=False)
    >>> net.shape.as_list(), end_points["resnet_v1_50/block1"].shape.as_list()
    ([1, 1, 1, 2048], [1, 8, 8, 256])
    """
    return _NETWORK.build(
        inputs,
        blocks,
        num_classes,
        is_training,
        global_pool,
        output_stride,
        include_root_block,
        reuse,
        scope,
    )


def resnet_v1_block(scope: str, base_depth: int, num_units: int, stride: int) -> Block:
    """Return a block of units.

    Parameters
    ----------
    scope : str
    base_depth : int
        The channels inside of a unit; it gives four times as many.
    num_units : int
    stride : int
        Steps of the last unit; the others take steps of 1.
    """
    return residual.block(scope, bottleneck, base_depth, num_units, stride)


resnet_v1_50 = _NETWORK.of_units("resnet_v1_50", (3, 4, 6, 3))
resnet_v1_101 = _NETWORK.of_units("resnet_v1_101", (3, 4, 23, 3))
resnet_v1_152 = _NETWORK.of_units("resnet_v1_152", (3, 8, 36, 3))
resnet_v1_200 = _NETWORK.of_units("resnet_v1_200", (3, 24, 36, 3))

vars(resnet_v1)["default_image_size"] = 224
