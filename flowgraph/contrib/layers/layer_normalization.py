"""Layer normalization."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import (
    collections_of,
    model_variable,
    renaming,
)
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ONES, ZEROS
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.moments import moments
from flowgraph.ops.normalization import batch_normalization
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Tensor:
    """Normalize each example to mean 0 and variance 1, then scale and shift [1]_.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, ...)``, floating point, of known rank.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`.
    activation_fn : callable, optional
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"LayerNorm"``, made unique.
    begin_norm_axis : int
        The first of the axes to normalize over.
    begin_params_axis : int
        The first of the axes that `beta` and `gamma` have.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the sizes from `begin_params_axis` on are not known, or an axis is
        out of range.

    References
    ----------
    .. [1] J. L. Ba, J. R. Kiros and G. E. Hinton, Layer Normalization, 2016

    Examples
    --------
    >>> y = tf.contrib.layers.layer_norm(tf.constant([[1.0, 3.0], [5.0, 5.0]]))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(y)
    array([[-1.,  1.],
           [ 0.,  0.]], dtype=float32)
    """
    opened = variable_scope(scope, "LayerNorm", [inputs], reuse=reuse, custom_getter=renaming({}))
    with opened as inner:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.ndims is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        rank = len(inputs.shape)
        first = begin_norm_axis + rank if begin_norm_axis < 0 else begin_norm_axis
        if begin_params_axis >= rank or first >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({first}) must be < "
                f"rank(inputs) ({rank})"
            )
        sizes = inputs.shape[begin_params_axis:]
        if not sizes.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: "
                f"{inputs.shape}"
            )

        def made(name: str, initializer: Any) -> Any:
            return model_variable(
                name,
                shape=sizes,
                dtype=inputs.dtype.base_dtype,
                initializer=initializer,
                trainable=trainable,
                collections=collections_of(variables_collections, name),
            )

        beta = made("beta", ZEROS) if center else None
        gamma = made("gamma", ONES) if scale else None
        mean, variance = moments(inputs, list(range(first, rank)), keep_dims=True)
        epsilon = 1e-3 if inputs.dtype.base_dtype is dtypes.float16 else 1e-12
        outputs = batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)
