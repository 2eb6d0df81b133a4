"""Variables of models: listed as such, and under the names that contrib's layers give them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.graph import scope
from flowgraph.graph.scope import GraphKeys, add_to_collections
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import get_variable_scope


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """Do what `tf.get_variable` does, on a device, with defaults from an `arg_scope`.

    Parameters
    ----------
    name, shape, dtype, initializer, regularizer, trainable, collections, caching_device
        Those of `tf.get_variable`.
    device : str or callable, optional
        Where the variable is. By default where the block around says.
    partitioner, custom_getter, use_resource, synchronization, aggregation
        Those of `tf.get_variable`. `custom_getter` is also given the `reuse` of the scope.

    Returns
    -------
    Variable

    Examples
    --------
    >>> slim = tf.contrib.slim
    >>> with slim.arg_scope([slim.variable], device="/cpu:0"):
    ...     w = slim.variable("w", [2])
    >>> w.device
    '/device:CPU:0'
    """
    listed = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
    getter = get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=get_variable_scope().reuse)
    with scope.device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys(listed)),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """Make a variable as `variable` does, and list it in ``MODEL_VARIABLES`` too.

    Every variable of the layers of `tf.contrib.layers` is made by this function, so that an
    `arg_scope` of it reaches them all.

    Parameters
    ----------
    name, shape, dtype, initializer, regularizer, trainable, collections, caching_device, device
        Those of `variable`.
    partitioner, custom_getter, use_resource, synchronization, aggregation
        Those of `variable`.

    Returns
    -------
    Variable

    Examples
    --------
    >>> w = tf.contrib.framework.model_variable("w", [2])
    >>> tf.model_variables() == tf.global_variables() == [w]
    True
    """
    listed = [*(collections or ()), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=listed,
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Variable:
    """Make a variable of this session alone: not trained, listed in ``LOCAL_VARIABLES``.

    Parameters
    ----------
    initial_value, validate_shape, name, use_resource
        Those of `tf.Variable`.

    Examples
    --------
    >>> v = tf.contrib.framework.local_variable(0, name="count")
    >>> tf.local_variables() == [v], tf.global_variables()
    (True, [])
    """
    return _untrained(initial_value, GraphKeys.LOCAL_VARIABLES, validate_shape, name, use_resource)


def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Variable:
    """Make a variable that is not trained, listed in ``GLOBAL_VARIABLES``.

    Parameters
    ----------
    initial_value, validate_shape, name, use_resource
        Those of `tf.Variable`.

    Examples
    --------
    >>> v = tf.contrib.framework.global_variable(0, name="count")
    >>> tf.global_variables() == [v], tf.trainable_variables()
    (True, [])
    """
    return _untrained(initial_value, GraphKeys.GLOBAL_VARIABLES, validate_shape, name, use_resource)


def _untrained(
    value: Any, collection: str, validate_shape: bool, name: str | None, use_resource: bool | None
) -> Variable:
    return Variable(
        value,
        trainable=False,
        collections=[collection],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


def renaming(names: dict[str, str]) -> Callable[..., Any]:
    """Return a custom getter that makes model variables, some of them under other names."""

    def getter(getter: Callable[..., Any], name: str, **options: Any) -> Any:
        parent, slash, last = name.rpartition("/")
        options.pop("reuse")  # the scope's, which `variable` reads itself
        kept = {key: options.pop(key) for key in ("validate_shape", "constraint") if key in options}
        return model_variable(
            f"{parent}{slash}{names.get(last, last)}",
            custom_getter=functools.partial(getter, **kept),
            **options,
        )

    return getter


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """Return the collections that are given for a variable: those of its name, or of all.

    Parameters
    ----------
    variables_collections : list, or dict of str to list, optional
    name : str
        The variable's name.

    Examples
    --------
    >>> tf.contrib.layers.utils.get_variable_collections({"weights": ["kernels"]}, "weights")
    ['kernels']
    """
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def collections_of(collections: Any, name: str) -> list[Any]:
    """Return the collections given for the variable `name`: one list for all, or a dict."""
    return list(get_variable_collections(collections, name) or ())


def collect(variable: Any, collections: Any, name: str) -> None:
    """Add a variable, or its parts, to the collections given for variables of that name."""
    if variable is not None:
        parts = variable if isinstance(variable, PartitionedVariable) else [variable]
        for part in parts:
            add_to_collections(collections_of(collections, name), part)
