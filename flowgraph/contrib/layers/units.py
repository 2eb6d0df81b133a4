"""Layers without a kernel: softmax, biases, unit norm and maxout."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import collections_of, model_variable
from flowgraph.contrib.named_outputs import collect_named_outputs, last_dimension
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ZEROS
from flowgraph.ops import bias
from flowgraph.ops import softmax as softmax_ops
from flowgraph.ops.arithmetic import square
from flowgraph.ops.array import reshape
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.division import div
from flowgraph.ops.filling import ones
from flowgraph.ops.indexing import strided_slice
from flowgraph.ops.joining import concat
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max, reduce_sum
from flowgraph.ops.transcendental import sqrt
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """Return the softmax along the last axis.

    Parameters
    ----------
    logits : Tensor
        Of rank 2 or more, floating point, the last axis of known size.
    scope : str or VariableScope, optional
        By default ``"softmax"``, made unique.

    Returns
    -------
    Tensor
        Of the shape and dtype of `logits`.

    Raises
    ------
    ValueError
        If the rank or the last size is not known, or the rank is below 2.

    Examples
    --------
    >>> tf.contrib.layers.softmax(tf.ones([2, 3, 4]))
    <tf.Tensor 'softmax/Reshape_1:0' shape=(2, 3, 4) dtype=float32>
    """
    with variable_scope(scope, "softmax", [logits]):
        rows = reshape(logits, [-1, last_dimension(logits.shape, min_rank=2)])
        predictions = reshape(softmax_ops.softmax(rows), shape(logits))
        predictions.set_shape(logits.shape)
        return predictions


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = ZEROS,
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Tensor:
    """Add a bias to each channel, from a variable ``biases``.

    Parameters
    ----------
    inputs : Tensor
        Of known rank; channels are its last axis, or its second for ``"NCHW"``.
    activation_fn : callable, optional
    initializer, regularizer : callable, optional
        Of the biases.
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"BiasAdd"``, made unique.
    data_format : {"NHWC", "NCHW"}

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the number of channels is not known, the rank is not 4 with
        ``"NCHW"``, or for another `data_format`.

    Examples
    --------
    >>> tf.contrib.layers.bias_add(tf.ones([2, 3]))
    <tf.Tensor 'BiasAdd/BiasAdd:0' shape=(2, 3) dtype=float32>
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as inner:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.ndims is None:
            raise ValueError("Dims of shape must be known but is None")
        if inputs.shape.ndims != 4 and data_format == "NCHW":
            raise ValueError("Data format NCHW only supports 4D Tensor")
        channels = inputs.shape[1 if data_format == "NCHW" else -1].value
        if channels is None:
            raise ValueError("`C` dimension must be known but is None")
        biases = model_variable(
            "biases",
            shape=[channels],
            dtype=inputs.dtype.base_dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=collections_of(variables_collections, "biases"),
            trainable=trainable,
        )
        outputs = bias.bias_add(inputs, biases, data_format=data_format)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Tensor:
    """Divide vectors along an axis by their lengths.

    Parameters
    ----------
    inputs : Tensor
        Of known rank, floating point.
    dim : int
        The axis, not negative.
    epsilon : float
        Added to the squares of the lengths.
    scope : str or VariableScope, optional
        By default ``"UnitNorm"``, made unique.

    Raises
    ------
    ValueError
        If the rank is not known, or there is no such axis.

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.layers.unit_norm(tf.constant([[3.0, 4.0]]), 1)))
    [[0.6 0.8]]
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        rank = inputs.shape.ndims
        if not rank:
            raise ValueError("The input rank must be known.")
        if dim < 0 or dim >= rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        squares = reduce_sum(square(inputs), dim, True)
        lengths = sqrt(epsilon + squares)
        before = [ones([dim], dtypes.int32)] if dim else []
        here = strided_slice(shape(inputs), [dim], [dim + 1])
        after = [ones([rank - 1 - dim], dtypes.int32)] if dim < rank - 1 else []
        return div(inputs, tile(lengths, concat([*before, here, *after], 0)))


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Tensor:
    """Take the largest of each group of channels (Goodfellow et al., 2013).

    Parameters
    ----------
    inputs : Tensor
        Of known rank.
    num_units : int
        How many groups there are; it must divide the number of channels.
    axis : int
        The axis of channels.
    scope : str or VariableScope, optional
        By default ``"MaxOut"``, made unique.

    Returns
    -------
    Tensor
        Of the shape of `inputs`, with `num_units` channels.

    Raises
    ------
    ValueError
        If `num_units` does not divide the number of channels.

    Examples
    --------
    >>> print(tf.Session().run(tf.contrib.layers.maxout([[1.0, 5.0, 3.0, 2.0]], 2)))
    [[5. 3.]]
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        sizes: list[Any] = inputs.shape.as_list()
        channels = sizes[axis]
        if channels % num_units:
            raise ValueError(
                f"number of features({channels}) is not a multiple of num_units({num_units})"
            )
        sizes[axis] = num_units
        sizes.append(channels // num_units)
        for place, size in enumerate(sizes):
            if size is None:
                sizes[place] = shape(inputs)[place]
        return reduce_max(reshape(inputs, sizes), -1, keepdims=False)
