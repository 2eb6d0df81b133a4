"""What the versions of Inception are made of: layers and modules as data, and their building."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flowgraph.contrib.arguments import Defaults, arg_scope
from flowgraph.contrib.layers.connected import fully_connected
from flowgraph.contrib.layers.convolutions import avg_pool2d, conv2d, max_pool2d
from flowgraph.contrib.layers.initializers import variance_scaling_initializer
from flowgraph.contrib.layers.normalization import batch_norm
from flowgraph.contrib.layers.regularizers import l2_regularizer
from flowgraph.graph.scope import GraphKeys
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.joining import concat
from flowgraph.ops.rectification import relu
from flowgraph.variables.initializers import TruncatedNormal
from flowgraph.variables.variable_scope import variable_scope

Result = tuple[Tensor, dict[str, Any]]


class Layer(NamedTuple):
    """A convolution or a pool. Its name says which, and the size of its windows.

    Parameters
    ----------
    name : str
        The scope, such as ``"Conv2d_0a_1x1"`` or ``"MaxPool_0a_3x3"``.
    depth : int
        How many channels a convolution gives.
    stride : int
    padding : str, optional
        That of the scope around if left out.
    stddev : float, optional
        Of the initial weights; the initializer of the scope around if left out.
    kernel : str, optional
        The size, where the name says another.
    """

    name: str
    depth: int = 0
    stride: int = 1
    padding: str | None = None
    stddev: float | None = None
    kernel: str | None = None

    def build(self, net: Any, depth: Callable[[int], int]) -> Any:
        """Build the layer; `depth` gives the number of channels of a thinner or wider network."""
        kind, size = self.name.split("_")[0], self.kernel or self.name.split("_")[-1]
        window = [int(number) for number in size.split("x")]
        options: dict[str, Any] = {} if self.stride == 1 else {"stride": self.stride}
        if self.padding is not None:
            options["padding"] = self.padding
        if kind == "MaxPool":
            return max_pool2d(net, window, scope=self.name, **options)
        if kind == "AvgPool":
            return avg_pool2d(net, window, scope=self.name, **options)
        if self.stddev is not None:
            options["weights_initializer"] = TruncatedNormal(0.0, self.stddev)
        return conv2d(net, depth(self.depth), window, scope=self.name, **options)


class Fork(NamedTuple):
    """Layers that take the same, and whose outputs are joined along the channels."""

    layers: tuple[Layer, ...]

    def build(self, net: Any, depth: Callable[[int], int]) -> Any:
        """Build the layers."""
        return concat([layer.build(net, depth) for layer in self.layers], 3)


class Module(NamedTuple):
    """Branches of layers that take the same, and whose outputs are joined along the channels."""

    name: str
    branches: Sequence[Sequence[Layer | Fork]]

    def build(self, net: Any, depth: Callable[[int], int]) -> Any:
        """Build the branches."""
        with variable_scope(self.name):
            outputs = []
            for number, layers in enumerate(self.branches):
                with variable_scope(f"Branch_{number}"):
                    branch = net
                    for layer in layers:
                        branch = layer.build(branch, depth)
                outputs.append(branch)
            return concat(outputs, 3)


def build(
    net: Any,
    parts: Sequence[Layer | Module],
    depth: Callable[[int], int],
    final_endpoint: str,
    end_points: dict[str, Any],
) -> Any:
    """Build parts one after the other up to one of them, and list their outputs by name."""
    for part in parts:
        if final_endpoint in end_points:
            break
        net = end_points[part.name] = part.build(net, depth)
    return net


def check_end(final_endpoint: str, end_points: dict[str, Any]) -> None:
    """Raise ValueError if there was no part of that name."""
    if final_endpoint not in end_points:
        raise ValueError(f"Unknown final endpoint {final_endpoint}")


def thinned(depth_multiplier: float, min_depth: int) -> Callable[[int], int]:
    """Return a function that multiplies numbers of channels.

    Raises
    ------
    ValueError
        If the factor is not positive.
    """
    if depth_multiplier <= 0:
        raise ValueError("depth_multiplier is not greater than zero.")
    return lambda depth: max(int(depth * depth_multiplier), min_depth)


def fitted(net: Any, kernel_size: Sequence[int]) -> list[int]:
    """Return the window, at most the image where its size is known."""
    _, height, width, _ = net.shape.as_list()
    if height is None or width is None:
        return list(kernel_size)
    return [min(height, kernel_size[0]), min(width, kernel_size[1])]


def arg_scope_of(
    weight_decay: float,
    batch_norm_var_collection: str,
    use_batch_norm: bool = True,
    **batch_norm_params: Any,
) -> Defaults:
    """Return the defaults of layers for Inception.

    Parameters
    ----------
    weight_decay : float
        Factor of the L2 regularization.
    batch_norm_var_collection : str
        Where to list the moving averages.
    use_batch_norm : bool
    **batch_norm_params
        Arguments of `tf.contrib.layers.batch_norm`.
    """
    normalization = {
        "decay": 0.9997,
        "epsilon": 0.001,
        "updates_collections": GraphKeys.UPDATE_OPS,
        "variables_collections": {
            "moving_mean": [batch_norm_var_collection],
            "moving_variance": [batch_norm_var_collection],
        },
    }
    normalizing: dict[str, Any] = {
        "normalizer_fn": batch_norm,
        "normalizer_params": normalization | batch_norm_params,
    }
    if not use_batch_norm:
        normalizing = {"normalizer_fn": None, "normalizer_params": {}}
    with (
        arg_scope([conv2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay)),
        arg_scope(
            [conv2d],
            weights_initializer=variance_scaling_initializer(),
            activation_fn=relu,
            **normalizing,
        ) as defaults,
    ):
        return defaults
