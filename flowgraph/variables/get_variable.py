"""``get_variable``: make a variable or return the one of that name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import GraphKeys, name_scope
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.scope import first
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope
from flowgraph.variables.variable_store import default_store


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """Make a variable, or return the one of that name, as the variable scope says.

    Parameters
    ----------
    name : str
        Completed by the names of the variable scopes around, not by name scopes.
    shape : list of int, optional
        Left out if `initializer` is a value.
    dtype : DType, optional
        That of the scope, by default float32.
    initializer : Initializer, its class, callable, Tensor or array, optional
        A function of a shape and a dtype, or of nothing if `shape` is left out. By default
        the scope's, else `tf.glorot_uniform_initializer` for floats and zeros for others.
    regularizer : callable, optional
        Gives a loss for the variable, added to ``GraphKeys.REGULARIZATION_LOSSES``.
    trainable : bool, optional
        Whether optimizers change it by default. True if left out.
    collections : list of str, optional
        Where it is listed; ``[GraphKeys.GLOBAL_VARIABLES]`` by default.
    caching_device : str or callable, optional
        Where the value is read to.
    partitioner : callable, optional
        Says into how many parts each axis is divided, as `tf.fixed_size_partitioner` does.
    validate_shape : bool
        With False the shape may be unknown and may change.
    use_resource : bool, optional
        Whether to make resource variables, each of whose reads gives the value of that moment.
    custom_getter : callable, optional
        ``f(getter, name, *args, **kwargs)``, called instead; `getter` makes the variable.
    constraint : callable, optional
        What optimizers apply to the value after each step.
    synchronization : VariableSynchronization
    aggregation : VariableAggregation

    Returns
    -------
    Variable or PartitionedVariable
        Or what the custom getter returns.

    Raises
    ------
    ValueError
        If the variable exists and is not to be reused, or does not and is; or if it has
        another shape or dtype.

    Examples
    --------
    >>> with tf.variable_scope("layer"):
    ...     tf.get_variable("w", [3, 2])
    <tf.Variable 'layer/w:0' shape=(3, 2) dtype=float32_ref>
    """
    return get_variable_scope().get_variable(
        default_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """Make a local variable, or return the one of that name: `get_variable`, but for two things.

    The variable is listed in ``GraphKeys.LOCAL_VARIABLES``, so that no saver saves it, and no
    optimizer changes it: `trainable` is not read.

    Examples
    --------
    >>> tf.get_local_variable("count", [], tf.int32, tf.zeros_initializer())
    <tf.Variable 'count:0' shape=() dtype=int32_ref>
    >>> tf.local_variables(), tf.global_variables()
    ([<tf.Variable 'count:0' shape=() dtype=int32_ref>], [])
    """
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        False,
        [*(collections or ()), GraphKeys.LOCAL_VARIABLES],
        caching_device,
        partitioner,
        validate_shape,
        use_resource,
        custom_getter,
        constraint,
        synchronization,
        aggregation,
    )


def create_partitioned_variables(
    shape: Sequence[int],
    slicing: Sequence[int],
    initializer: Any,
    dtype: Any = dtypes.float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: bool | None = None,
) -> list[Variable]:
    """Return the parts of a variable, made or found.

    `tf.get_variable` with a partitioner replaces this function.

    Parameters
    ----------
    shape : list of int
        The whole's.
    slicing : list of int
        Into how many parts each axis is divided; one of them only may be more than 1. Where
        they do not divide evenly, the first parts are one longer.
    initializer : Initializer, callable, Tensor or array
        Called for each part; or a value for the whole.
    dtype : DType
    trainable : bool
    collections : list of str, optional
    name : str, optional
        Of the whole, ``"PartitionedVariable"`` if left out.
    reuse : bool, optional
        As for `tf.variable_scope`.

    Raises
    ------
    ValueError
        If the arguments do not fit.

    Examples
    --------
    >>> tf.create_partitioned_variables([4, 2], [2, 1], tf.zeros_initializer(), name="w")
    [<tf.Variable 'w/part_0:0' shape=(2, 2) dtype=float32_ref>, <tf.Variable 'w/part_1:0' shape=(2, 2) dtype=float32_ref>]
    """  # noqa: E501
    if len(shape) != len(slicing):
        raise ValueError(
            "The 'shape' and 'slicing' of a partitioned Variable must have the length: shape: "
            f"{shape}, slicing: {slicing}"
        )
    if not shape:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope(name, "PartitionedVariable", reuse=reuse) as scope, name_scope(None):
        parts = default_store().get_variable(
            scope.name,
            shape=list(shape),
            dtype=dtype,
            initializer=first(initializer, scope.initializer),
            regularizer=scope.regularizer,
            reuse=scope.reuse,
            trainable=trainable,
            collections=collections,
            caching_device=scope.caching_device,
            partitioner=lambda **_: slicing,
            use_resource=scope.use_resource,
            constraint=scope.constraint,
        )
        return list(parts)
