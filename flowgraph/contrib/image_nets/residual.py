"""What both versions of ResNet are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph.contrib.arguments import Defaults, add_arg_scope, arg_scope
from flowgraph.contrib.layers.convolutions import conv2d, max_pool2d
from flowgraph.contrib.layers.initializers import variance_scaling_initializer
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.regularizers import l2_regularizer
from flowgraph.contrib.layers.units import softmax
from flowgraph.contrib.named_outputs import collect_named_outputs, convert_collection_to_dict
from flowgraph.graph.scope import GraphKeys
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.rectification import relu
from flowgraph.ops.reduction import reduce_mean
from flowgraph.ops.slicing import pad
from flowgraph.variables.variable_scope import variable_scope

Result = tuple[Tensor, dict[str, Any]]


class Block(NamedTuple):
    """Units of a ResNet at one resolution.

    Parameters
    ----------
    scope : str
    unit_fn : callable
        Builds a unit: takes a tensor, ``rate`` and what is in `args`.
    args : list of dict
        For each unit its arguments: ``depth``, ``depth_bottleneck``, ``stride``.
    """

    scope: str
    unit_fn: Callable[..., Any]
    args: list[dict[str, Any]]


def block(
    scope: str, unit: Callable[..., Any], base_depth: int, num_units: int, stride: int
) -> Block:
    """Return a block whose last unit takes the steps."""
    each = {"depth": base_depth * 4, "depth_bottleneck": base_depth}
    steps = [1] * (num_units - 1) + [stride]
    return Block(scope, unit, [each | {"stride": step} for step in steps])


def blocks(unit: Callable[..., Any], counts: tuple[int, int, int, int]) -> list[Block]:
    """Return the four blocks of the networks of the papers."""
    return [
        block(f"block{number}", unit, 32 * 2**number, count, 2 if number < 4 else 1)
        for number, count in enumerate(counts, 1)
    ]


def subsample(inputs: Any, factor: int, scope: Any = None) -> Any:
    """Return every so-manieth pixel of an image.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, channels)``.
    factor : int
    scope : str, optional
    """
    return inputs if factor == 1 else max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None
) -> Tensor:
    """Apply a convolution whose windows do not depend on whether the size is even.

    It gives every `stride`-th pixel of a convolution with ``"SAME"`` padding and stride 1.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, height, width, channels)``.
    num_outputs, kernel_size, stride, rate : int
        See `tf.contrib.layers.conv2d`.
    scope : str or VariableScope, optional

    Examples
    --------
    >>> conv2d_same = tf.contrib.slim.nets.resnet_utils.conv2d_same
    >>> conv2d_same(tf.ones([1, 8, 8, 3]), 4, 3, stride=2)
    <tf.Tensor 'Conv/Relu:0' shape=(1, 4, 4, 4) dtype=float32>
    """
    padding = "SAME"
    if stride != 1:
        total = (kernel_size - 1) * rate
        around = [total // 2, total - total // 2]
        inputs, padding = pad(inputs, [[0, 0], around, around, [0, 0]]), "VALID"
    return conv2d(  # type: ignore[no-any-return]
        inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding=padding, scope=scope
    )


@add_arg_scope
def stack_blocks_dense(
    net: Any, blocks: Any, output_stride: float | None = None, outputs_collections: Any = None
) -> Any:
    """Build blocks one after the other.

    Parameters
    ----------
    net : Tensor
        ``(batch, height, width, channels)``.
    blocks : list of Block
    output_stride : int, optional
        From where this product of strides is reached, units take steps of 1 and look at
        pixels farther apart instead.
    outputs_collections : str or list of str, optional
        Where to list the blocks' outputs.

    Raises
    ------
    ValueError
        If the strides' product is never `output_stride`.
    """
    current, rate = 1, 1
    for part in blocks:
        with variable_scope(part.scope, "block", [net]) as inner:
            for number, unit in enumerate(part.args, 1):
                if output_stride is not None and current > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with variable_scope(f"unit_{number}", values=[net]):
                    if current == output_stride:
                        net = part.unit_fn(net, rate=rate, **(unit | {"stride": 1}))
                        rate *= unit.get("stride", 1)
                    else:
                        net = part.unit_fn(net, rate=1, **unit)
                        current *= unit.get("stride", 1)
            net = collect_named_outputs(outputs_collections, inner.name, net)
    if output_stride is not None and current != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> Defaults:
    """Return the defaults of layers for ResNets.

    Parameters
    ----------
    weight_decay : float
        Factor of the L2 regularization.
    batch_norm_decay, batch_norm_epsilon : float
    batch_norm_scale : bool
        Those of `tf.contrib.layers.batch_norm`.
    """
    normalization = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
        "updates_collections": GraphKeys.UPDATE_OPS,
    }
    with (
        arg_scope(
            [conv2d],
            weights_regularizer=l2_regularizer(weight_decay),
            weights_initializer=variance_scaling_initializer(),
            activation_fn=relu,
            normalizer_fn=batch_norm,
            normalizer_params=normalization,
        ),
        arg_scope([batch_norm], **normalization),
        arg_scope([max_pool2d], padding="SAME") as defaults,
    ):
        return defaults


class Residual:
    """A version of ResNet: its unit, and whether units normalize what they take.

    Parameters
    ----------
    name : str
        The default scope.
    unit : callable
    preactivated : bool
        Units normalize and rectify what they take, not what they give.
    """

    def __init__(self, name: str, unit: Callable[..., Any], preactivated: bool) -> None:
        self.name = name
        self.unit = unit
        self.preactivated = preactivated

    def of_units(self, name: str, counts: tuple[int, int, int, int]) -> Callable[..., Result]:
        """Return the function that builds a network of the papers, from the units of each block."""

        def network(
            inputs: Any,
            num_classes: int | None = None,
            is_training: Any = True,
            global_pool: bool = True,
            output_stride: float | None = None,
            reuse: Any = None,
            scope: Any = name,
        ) -> Result:
            return self.build(
                inputs, blocks(self.unit, counts), num_classes, is_training, global_pool,
                output_stride, True, reuse, scope,
            )  # fmt: skip

        network.__name__ = network.__qualname__ = name
        network.__doc__ = f"Build {name}; the parameters are those of `{self.name}`."
        return network

    def _root(self, net: Any) -> Any:
        if self.preactivated:
            with arg_scope([conv2d], activation_fn=None, normalizer_fn=None):
                net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
        else:
            net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
        return max_pool2d(net, [3, 3], stride=2, scope="pool1")

    def build(
        self,
        inputs: Any,
        blocks: Any,
        num_classes: int | None,
        is_training: Any,
        global_pool: bool,
        output_stride: float | None,
        include_root_block: bool,
        reuse: Any,
        scope: Any,
    ) -> Result:
        """Build the network. The parameters are those of `resnet_v1`."""
        with variable_scope(scope, self.name, [inputs], reuse=reuse) as inner:
            ends = f"{inner.original_name_scope}_end_points"
            with (
                arg_scope([conv2d, self.unit, stack_blocks_dense], outputs_collections=ends),
                arg_scope([batch_norm], is_training=is_training),
            ):
                net = inputs
                if include_root_block:
                    if output_stride is not None:
                        if output_stride % 4 != 0:
                            raise ValueError("The output_stride needs to be a multiple of 4.")
                        output_stride /= 4
                    net = self._root(net)
                net = stack_blocks_dense(net, blocks, output_stride)
                if self.preactivated:
                    net = batch_norm(net, activation_fn=relu, scope="postnorm")
                if global_pool:
                    net = reduce_mean(net, [1, 2], name="pool5", keepdims=True)
                if num_classes is not None:
                    net = conv2d(
                        net,
                        num_classes,
                        [1, 1],
                        activation_fn=None,
                        normalizer_fn=None,
                        scope="logits",
                    )
                end_points = convert_collection_to_dict(ends)
                if num_classes is not None:
                    end_points["predictions"] = softmax(net, scope="predictions")
                return net, end_points
