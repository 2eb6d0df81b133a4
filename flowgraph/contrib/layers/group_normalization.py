"""Instance and group normalization."""

from __future__ import annotations

from collections.abc import Sequence
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
        ``(batch, ..., channels)``, or ``(batch, channels, ...)`` for ``NCHW``: floating point, of
        known rank and a known number of channels.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`, for each channel.
    epsilon : float
        Added to the variance.
    activation_fn : callable, optional
    param_initializers : dict, optional
        Initializers of ``"beta"`` and ``"gamma"``.
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"InstanceNorm"``, made unique.
    data_format : str
        ``"NHWC"`` or ``"NCHW"``.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the number of channels is not known, or for another `data_format`.

    References
    ----------
    .. [1] D. Ulyanov, A. Vedaldi and V. Lempitsky, Instance Normalization: The Missing Ingredient
       for Fast Stylization, 2016

    Examples
    --------
    >>> images = tf.constant([[[[1.0]], [[3.0]]], [[[5.0]], [[9.0]]]])
    >>> y = tf.contrib.layers.instance_norm(images)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(y).ravel().round(3)
    array([-1.,  1., -1.,  1.], dtype=float32)
    """
    inputs = convert_to_tensor(inputs)
    rank = _rank(inputs)
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as inner:
        axis = 1 if data_format == "NCHW" else rank - 1
        channels = inputs.shape[axis]
        if channels.value is None:
            raise ValueError(
                f"Inputs {inputs.name} has undefined channels dimension ({channels},)."
            )
        sizes = [channels.value if i == axis else 1 for i in range(rank)]
        beta, gamma = _parameters(
            [channels.value],
            inputs,
            {"beta": center, "gamma": scale},
            param_initializers,
            variables_collections,
            trainable,
            sizes if data_format == "NCHW" else None,
        )
        mean, variance = moments(inputs, [i for i in range(1, rank) if i != axis], keep_dims=True)
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
    reduction_axes: Sequence[int] = (-3, -2),
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
    """Normalize groups of channels of each example to mean 0 and variance 1 [1]_.

    Parameters
    ----------
    inputs : Tensor
        Floating point, of known rank and a known number of channels, such as
        ``(batch, rows, columns, channels)``.
    groups : int
        Into how many groups of neighbours the channels are split. Must divide their number.
    channels_axis : int
        Which axis the channels are.
    reduction_axes : sequence of int
        The axes to normalize over, beside the channels of a group.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`, for each channel.
    epsilon : float
        Added to the variance.
    activation_fn, param_initializers, reuse, variables_collections, outputs_collections
        See `instance_norm`.
    trainable, scope
        See `fully_connected`. The scope is by default ``"GroupNorm"``, made unique.
    mean_close_to_zero : bool
        Take the variance as the mean of the squares less the square of the mean: one pass,
        exact enough where the mean is small.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the number of channels is not known, an axis is out of range or given for
        both, or `groups` does not divide the channels.

    References
    ----------
    .. [1] Y. Wu and K. He, Group Normalization, 2018

    Examples
    --------
    >>> y = tf.contrib.layers.group_norm(tf.constant([[[[1.0, 3.0, 5.0, 9.0]]]]), groups=2)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(y).ravel().round(3)
    array([-1.,  1., -1.,  1.], dtype=float32)
    """
    inputs = convert_to_tensor(inputs)
    rank = _rank(inputs)
    axis, *reduced = (i + rank if i < 0 else i for i in (channels_axis, *reduction_axes))
    if not all(0 <= i < rank for i in (axis, *reduced)):
        raise ValueError("Axis is out of bounds.")
    if axis in reduced:
        raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    channels = inputs.shape[axis].value
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {axis}.")
    unknown = [i for i in reduced if inputs.shape[i].value is None]
    if unknown:
        raise ValueError(f"Inputs {inputs.name} has undefined dimensions {unknown[0]}.")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    sizes = _sizes(inputs)
    split = [groups, channels // groups]
    grouped = reshape(inputs, [*sizes[:axis], *split, *sizes[axis + 1 :]])
    # The axis of the groups stands before that of their channels.
    over = sorted([i if i < axis else i + 1 for i in reduced] + [axis + 1])
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as inner:
        beta, gamma = _parameters(
            [channels],
            inputs,
            {"beta": center, "gamma": scale},
            param_initializers,
            variables_collections,
            trainable,
            [1] * axis + split + [1] * (rank - axis - 1),
        )
        if mean_close_to_zero:
            counts, sums, squares, _ = sufficient_statistics(grouped, over, keep_dims=True)
            mean, variance = normalize_moments(counts, sums, squares, shift=None)
        else:
            mean, variance = moments(grouped, over, keep_dims=True)
        gain = rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain, offset = gain * gamma, offset * gamma
        if beta is not None:
            offset = offset + beta
        outputs = reshape(grouped * gain + offset, sizes)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


def _rank(inputs: Tensor) -> int:
    if inputs.shape.ndims is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    return inputs.shape.ndims


def _sizes(inputs: Tensor) -> list[Any]:
    """Return the size of each axis: a number, or a tensor where it is not known."""
    actual = shape(inputs)
    return [actual[i] if d is None else d for i, d in enumerate(inputs.shape.as_list())]


def _parameters(
    sizes: list[int],
    inputs: Tensor,
    wanted: dict[str, bool],
    initializers: Any,
    collections: Any,
    trainable: bool,
    broadcast: list[int] | None,
) -> list[Any]:
    """Return `beta` and `gamma`, in the shape `broadcast`, and None for one not wanted."""
    made: list[Any] = []
    for name, default in (("beta", ZEROS), ("gamma", ONES)):
        parameter = None
        if wanted[name]:
            parameter = model_variable(
                name,
                shape=sizes,
                dtype=inputs.dtype.base_dtype,
                initializer=(initializers or {}).get(name, default),
                collections=collections_of(collections, name),
                trainable=trainable,
            )
            if broadcast is not None:
                parameter = reshape(parameter, broadcast)
        made.append(parameter)
    return made
