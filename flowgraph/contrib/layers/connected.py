"""Fully connected layers."""

from __future__ import annotations

import functools
from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.layers.initializers import xavier_initializer
from flowgraph.contrib.model_variables import collect, renaming
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.core import Dense
from flowgraph.layers.identifiers import ZEROS
from flowgraph.ops.rectification import relu as rectified
from flowgraph.variables.variable_scope import variable_scope

XAVIER = xavier_initializer()
NAMES = {"bias": "biases", "kernel": "weights"}


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = rectified,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Return ``activation_fn(inputs @ weights + biases)``.

    Parameters
    ----------
    inputs : Tensor
        ``(..., in)``, floating point, of rank 2 or more.
    num_outputs : int
        The size of the last axis of the output.
    activation_fn : callable or None
    normalizer_fn : callable, optional
        Applied before the activation, with `normalizer_params`; there are no biases then.
    normalizer_params : dict, optional
    weights_initializer, biases_initializer : callable or None
        Without one for the biases there are none.
    weights_regularizer, biases_regularizer : callable, optional
        Give losses, added to ``GraphKeys.REGULARIZATION_LOSSES``.
    reuse : bool or AUTO_REUSE, optional
        Whether the variables of `scope` must exist already.
    variables_collections : list of str, or dict of str to list of str, optional
        Where to list the variables too; by ``"weights"`` and ``"biases"``, or all.
    outputs_collections : str or list of str, optional
        Where to list the output.
    trainable : bool
        Whether optimizers change the variables by default.
    scope : str or VariableScope, optional
        By default ``"fully_connected"``, made unique.

    Returns
    -------
    Tensor
        ``(..., num_outputs)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If `num_outputs` is not an int, or as `tf.layers.dense`.

    Examples
    --------
    >>> tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)
    <tf.Tensor 'fully_connected/Relu:0' shape=(2, 4) dtype=float32>
    >>> [v.name for v in tf.trainable_variables()]
    ['fully_connected/weights:0', 'fully_connected/biases:0']
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs type should be one of [{int}], got {type(num_outputs)}.")
    opened = variable_scope(
        scope, "fully_connected", [inputs], reuse=reuse, custom_getter=renaming(NAMES)
    )
    with opened as inner:
        layer = Dense(
            num_outputs,
            use_bias=not normalizer_fn and bool(biases_initializer),
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=inner.name,
            _scope=inner,
            _reuse=reuse,
        )
        outputs = finished(
            layer(inputs), layer, variables_collections, normalizer_fn, normalizer_params
        )
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


def finished(
    outputs: Any,
    layer: Any,
    variables_collections: Any,
    normalizer_fn: Any,
    normalizer_params: dict[str, Any] | None,
) -> Any:
    """List the variables of a layer, and normalize its outputs."""
    collect(layer.kernel, variables_collections, "weights")
    collect(layer.bias, variables_collections, "biases")
    if normalizer_fn is None:
        return outputs
    return normalizer_fn(outputs, **(normalizer_params or {}))


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=rectified)
