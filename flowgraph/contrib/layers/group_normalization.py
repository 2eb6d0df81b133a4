"""Instance and group normalization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import collections_of, model_variable
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ONES, ZEROS
from flowgraph.ops.array import reshape
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.moments import moments, normalize_moments, sufficient_statistics
from flowgraph.ops.normalization import batch_normalization
from flowgraph.ops.transcendental import rsqrt
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Tensor:
    """Normalize each channel of each example to mean 0 and variance 1, then scale and shift [1]_.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, ..., channels)``, or ``(batch, channels, ...)`` with ``"NCHW"``; floating
        point, of a known rank of 2 or more.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`, for each channel.
    epsilon : float
        Added to the variance.
    activation_fn : callable, optional
    param_initializers : dict of str to initializer, optional
        Those of ``"beta"`` and ``"gamma"``, where they are not zeros and ones.
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"InstanceNorm"``, made unique.
    data_format : "NHWC" or "NCHW"

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the number of channels is not known, or `data_format` is another.

    References
    ----------
    .. [1] D. Ulyanov, A. Vedaldi and V. Lempitsky, Instance Normalization: The Missing Ingredient
       for Fast Stylization, 2016

    Examples
    --------
    >>> y = tf.contrib.layers.instance_norm(tf.constant([[[1.0], [3.0]]]), epsilon=0.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(y)
    array([[[-1.],
            [ 1.]]], dtype=float32)
    """
    inputs = convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as inner:
        channels = 1 if data_format == "NCHW" else rank - 1
        axes = [axis for axis in range(1, rank) if axis != channels]
        size = inputs.shape[channels : channels + 1]
        if not size.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {size}.")
        broadcast = [1] * rank
        broadcast[channels] = size[0].value
        made = _parameters(inputs, size, param_initializers, variables_collections, trainable)
        beta = made("beta", ZEROS, center)
        if beta is not None and data_format == "NCHW":
            beta = reshape(beta, broadcast)
        gamma = made("gamma", ONES, scale)
        if gamma is not None and data_format == "NCHW":
            gamma = reshape(gamma, broadcast)
        mean, variance = moments(inputs, axes, keep_dims=True)
        outputs = batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Any = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Tensor:
    """Normalize groups of channels to mean 0 and variance 1, then scale and shift channels [1]_.

    Parameters
    ----------
    inputs : Tensor
        Floating point, of known shape but for the first axis.
    groups : int
        How many groups of neighbouring channels. 1 normalizes an example's channels together,
        their number each alone.
    channels_axis : int
    reduction_axes : sequence of int
        The axes to normalize over beside the channels of a group.
    center, scale, activation_fn, param_initializers
        See `instance_norm`.
    epsilon : float
        Added to the variance.
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"GroupNorm"``, made unique.
    mean_close_to_zero : bool
        Compute the variance from the mean of squares, which is exact enough if the mean is about
        zero.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the shape is not known, an axis is out of range or given twice, or the channels cannot
        be put into so many groups.

    References
    ----------
    .. [1] Y. Wu and K. He, Group Normalization, 2018

    Examples
    --------
    >>> x = tf.constant([[[[1.0, 3.0, 5.0, 9.0]]]])
    >>> y = tf.contrib.layers.group_norm(x, groups=2, epsilon=0.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(y)
    array([[[[-1.,  1., -1.,  1.]]]], dtype=float32)
    """
    inputs = convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if channels_axis > rank - 1:
        raise ValueError("Axis is out of bounds.")
    sizes = inputs.shape.as_list()
    channels = channels_axis + rank if channels_axis < 0 else channels_axis
    count = sizes[channels]
    if count is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {channels}.")
    axes = [axis + rank if axis < 0 else axis for axis in reduction_axes]
    for axis in axes:
        if axis >= rank:
            raise ValueError("Axis is out of bounds.")
        if sizes[axis] is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {axis}.")
        if axis == channels:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    if groups > count:
        raise ValueError(f"Invalid groups {groups} for {count} channels.")
    if count % groups:
        raise ValueError(f"{count} channels is not commensurate with {groups} groups.")
    outside = list(sizes)
    if None in sizes:
        asked = shape(inputs)
        outside = [asked[axis] if size is None else size for axis, size in enumerate(sizes)]
    split = [*outside[:channels], groups, count // groups, *outside[channels + 1 :]]
    parted = reshape(inputs, split)
    over = [channels + 1, *(axis + 1 if axis > channels else axis for axis in axes)]
    broadcast = [1] * (rank + 1)
    broadcast[channels : channels + 2] = [groups, count // groups]
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as inner:
        size = inputs.shape[channels : channels + 1]
        made = _parameters(inputs, size, param_initializers, variables_collections, trainable)
        beta = made("beta", ZEROS, center)
        beta = None if beta is None else reshape(beta, broadcast)
        gamma = made("gamma", ONES, scale)
        gamma = None if gamma is None else reshape(gamma, broadcast)
        if mean_close_to_zero:
            statistics = sufficient_statistics(parted, over, keep_dims=True)
            mean, variance = normalize_moments(*statistics[:3], shift=None)
        else:
            mean, variance = moments(parted, over, keep_dims=True)
        factor: Any = rsqrt(variance + epsilon)
        offset = -mean * factor
        if gamma is not None:
            factor, offset = factor * gamma, offset * gamma
        if beta is not None:
            offset = offset + beta
        outputs = reshape(parted * factor + offset, outside)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


def _parameters(
    inputs: Tensor, size: Any, initializers: Any, collections: Any, trainable: bool
) -> Callable[[str, Any, bool], Any]:
    """Return the function that makes a variable of the channels, if there is to be one."""

    def made(name: str, initializer: Any, is_wanted: bool) -> Any:
        if not is_wanted:
            return None
        return model_variable(
            name,
            shape=size,
            dtype=inputs.dtype.base_dtype,
            initializer=(initializers or {}).get(name, initializer),
            collections=collections_of(collections, name),
            trainable=trainable,
        )

    return made
