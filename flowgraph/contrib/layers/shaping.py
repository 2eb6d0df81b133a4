"""Dropout, flattening, and layers one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import renaming
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.core import Dropout, Flatten
from flowgraph.ops.core import convert_to_tensor
from flowgraph.variables.variable_scope import variable_scope


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Tensor:
    """Set elements to zero at random in training.

    Parameters
    ----------
    inputs : Tensor
    keep_prob : float or Tensor
        The probability of an element to be kept.
    noise_shape, seed
        See `tf.layers.dropout`.
    is_training : bool or bool Tensor
    outputs_collections : str or list of str, optional
        Where to list the output.
    scope : str or VariableScope, optional

    Examples
    --------
    >>> tf.contrib.layers.dropout(tf.ones([2, 3]), is_training=False)
    <tf.Tensor 'Dropout/Identity:0' shape=(2, 3) dtype=float32>
    """
    with variable_scope(scope, "Dropout", [inputs], custom_getter=renaming({})) as inner:
        layer = Dropout(1 - keep_prob, noise_shape, seed, inner.name, _scope=inner)
        output = layer(convert_to_tensor(inputs), training=is_training)
        return collect_named_outputs(outputs_collections, inner.name, output)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Tensor:
    """Make all axes but the first one axis.

    Parameters
    ----------
    inputs : Tensor
        Of known rank, at least 1.
    outputs_collections : str or list of str, optional
        Where to list the output.
    scope : str, optional

    Raises
    ------
    ValueError
        If the rank is unknown or 0.

    Examples
    --------
    >>> tf.contrib.layers.flatten(tf.ones([2, 3, 4]))
    <tf.Tensor 'Flatten/flatten/Reshape:0' shape=(2, 12) dtype=float32>
    """
    with name_scope(scope, "Flatten", [inputs]) as inner:
        output = Flatten()(convert_to_tensor(inputs))
        return collect_named_outputs(outputs_collections, inner, output)


def _scope_of(layer: Callable[..., Any]) -> str:
    return getattr(layer, "__name__", None) or str(layer.func.__name__)  # type: ignore[attr-defined]


@add_arg_scope
def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Apply a layer several times, one after the other, each with variables of its own.

    Parameters
    ----------
    inputs : Tensor
    repetitions : int
    layer : callable
        Takes a tensor and ``scope``.
    *args, **kwargs
        Go to each; ``scope`` is of all, and each gets it with its number.

    Examples
    --------
    >>> layers = tf.contrib.layers
    >>> layers.repeat(tf.ones([2, 3]), 2, layers.fully_connected, 4, scope="deep")
    <tf.Tensor 'deep/deep_2/Relu:0' shape=(2, 4) dtype=float32>
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        scope = _scope_of(layer) if scope is None else scope
        outputs = convert_to_tensor(inputs)
        for number in range(1, repetitions + 1):
            outputs = layer(outputs, *args, **(kwargs | {"scope": f"{scope}_{number}"}))
        return outputs


@add_arg_scope
def stack(inputs: Any, layer: Callable[..., Any], stack_args: list[Any], **kwargs: Any) -> Any:
    """Apply a layer several times, one after the other, with other arguments each time.

    Parameters
    ----------
    inputs : Tensor
    layer : callable
        Takes a tensor and ``scope``.
    stack_args : list
        For each time its argument, or a list of them.
    **kwargs
        Go to each; ``scope`` is of all, and each gets it with its number.

    Examples
    --------
    >>> layers = tf.contrib.layers
    >>> layers.stack(tf.ones([2, 3]), layers.fully_connected, [8, 4], scope="deep")
    <tf.Tensor 'deep/deep_2/Relu:0' shape=(2, 4) dtype=float32>
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Stack", [inputs]):
        scope = _scope_of(layer) if scope is None else scope
        outputs = convert_to_tensor(inputs)
        for number, given in enumerate(stack_args, 1):
            arguments = given if isinstance(given, list | tuple) else [given]
            outputs = layer(outputs, *arguments, **(kwargs | {"scope": f"{scope}_{number}"}))
        return outputs
