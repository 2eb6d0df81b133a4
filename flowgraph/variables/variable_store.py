"""The variables of a graph by name: what ``get_variable`` makes, and finds again."""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import sys
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    colocate_with,
    control_dependencies,
    get_collection_ref,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.shapes import TensorShape, as_shape
from flowgraph.variables.distribution import (
    VariableAggregation,
    VariableSynchronization,
    checked_distribution,
)
from flowgraph.variables.initializers import GlorotUniform, Zeros
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.partitioning import checked_reuse, make_parts, partitions_of
from flowgraph.variables.slice_info import PartitionInfo
from flowgraph.variables.variable import Variable

_COLLECTION = ("__variable_store",)


class VariableStore:
    """Variables by full name."""

    def __init__(self) -> None:
        self._variables: dict[str, Variable] = {}
        self._partitioned: dict[str, PartitionedVariable] = {}

    def _similar(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._variables, n=3)
        return f"\n  hint: there is {', '.join(map(repr, close))}" if close else ""

    def get_variable(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Callable[..., Any] | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        """Make a variable, or return the one of that name, as `reuse` says.

        Parameters are those of `flowgraph.variables.variable_scope.get_variable`, with the
        scope's defaults in place.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        synchronization, aggregation, trainable = checked_distribution(
            synchronization, aggregation, trainable, name
        )
        arguments = {
            "name": name,
            "shape": shape,
            "dtype": getattr(dtype, "base_dtype", dtype),
            "initializer": initializer,
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        if custom_getter is None:
            return self._get(**arguments, constraint=constraint)
        if constraint is not None or _accepts(custom_getter, "constraint"):
            arguments["constraint"] = constraint
        return custom_getter(getter=self._get, **arguments)

    def _get(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Callable[[Any], Any] | None = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Variable | PartitionedVariable:
        settings = {
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "constraint": constraint,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        is_scalar = isinstance(shape, list | tuple | TensorShape) and as_shape(shape).sizes == ()
        if partitioner is not None and not is_scalar:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            return self._parts(name, shape, dtype, initializer, partitioner, settings)
        if reuse is True and name in self._partitioned:
            return self._parts(name, shape, dtype, initializer, None, settings)
        if f"{name}/part_0" in self._variables:
            raise ValueError(
                "No partitioner was provided, but a partitioned version of the variable was "
                f"found: {name}/part_0. Perhaps a variable of the same name was already created "
                "with partitioning?"
            )
        return self._single(name, shape, dtype, initializer, **settings)

    def _parts(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        initializer: Any,
        partitioner: Any,
        settings: dict[str, Any],
    ) -> PartitionedVariable:
        if name in self._variables:
            raise ValueError(
                "A partitioner was provided, but an unpartitioned version of the variable was "
                f"found: {name}.  Perhaps a variable of the same name was already created without "
                "partitioning?"
            )
        kind, wanted, reuse = as_dtype(dtype), as_shape(shape), settings["reuse"]
        if isinstance(initializer, Tensor):
            wanted = wanted.merge_with(initializer.shape)
        partitions = partitions_of(partitioner, wanted, kind) if partitioner is not None else []
        known = self._partitioned.get(name)
        if known is not None:
            if reuse is False:
                raise ValueError(
                    f"Partitioned variable with name {name} already exists. Did you mean to set "
                    "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
                )
            return checked_reuse(name, known, wanted, kind, partitions or None)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with "
                "tf.get_variable(). Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in "
                "VarScope?"
            )
        self._check_parts(name, math.prod(partitions))
        if initializer is None:
            initializer = default_initializer(name, kind)
        single = functools.partial(self._part, settings)
        made = make_parts(name, wanted, kind, initializer, partitions, single)
        self._partitioned[name] = made
        return made

    def _part(
        self,
        settings: dict[str, Any],
        name: str,
        shape: Any,
        dtype: Any,
        initializer: Any,
        partition_info: PartitionInfo,
    ) -> Variable:
        return self._single(
            name, shape, dtype, initializer, **settings, partition_info=partition_info
        )

    def _check_parts(self, name: str, count: int) -> None:
        """Raise if parts of that name were made that are not `count`."""
        if f"{name}/part_0" not in self._variables:
            return
        found = (
            "Partitioner returned a different partitioning than what was already found.  "
            f"Partitioner returned {count} shards, and shard {name}/part_0 was found, but"
        )
        if f"{name}/part_{count - 1}" not in self._variables:
            raise ValueError(f"{found} {name}/part_{count - 1} was not.")
        if f"{name}/part_{count}" in self._variables:
            raise ValueError(f"{found} so was the extra shard {name}/part_{count}.")

    def _single(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        initializer: Any,
        regularizer: Callable[[Any], Any] | None,
        reuse: Any,
        partition_info: PartitionInfo | None = None,
        **settings: Any,
    ) -> Variable:
        if shape is not None and initializer is not None and not callable(initializer):
            raise ValueError("If initializer is a constant, do not specify shape.")
        kind, wanted = as_dtype(dtype), as_shape(shape)
        known = self._variables.get(name)
        if known is not None:
            if reuse is False:
                raise ValueError(_exists(name, known))
            return _checked(name, known, wanted, kind)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). "
                f"Did you mean to set reuse=tf.AUTO_REUSE in VarScope?{self._similar(name)}"
            )
        if initializer is None:
            if shape is None:
                raise ValueError(
                    "The initializer passed is not valid. It should be a callable with no "
                    "arguments and the shape should not be provided or an instance of "
                    "`tf.keras.initializers.*' and `shape` should be fully defined.\n"
                    f"  hint: variable '{name}' has neither a shape nor an initializer"
                )
            initializer = default_initializer(name, kind)
        value, value_dtype = _initial_value(initializer, wanted, kind, partition_info)
        variable = Variable(value, name=name, dtype=value_dtype, **settings)
        self._variables[name] = variable
        if regularizer is not None:
            _add_regularization(name, variable, regularizer)
        return variable


def default_initializer(name: str, dtype: DType) -> Any:
    """Return the initializer of variables that are given none.

    Raises
    ------
    ValueError
        If there is none for `dtype`.
    """
    if dtype.is_floating:
        return GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype == "string":
        return Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype.base_dtype} is required")


def _initial_value(
    initializer: Any, shape: TensorShape, dtype: DType, info: PartitionInfo | None
) -> tuple[Any, DType | None]:
    """Return what to make a variable from, and its dtype where the initializer leaves it open."""
    if not callable(initializer):
        return initializer, None
    if isinstance(initializer, type):
        initializer = initializer()
    if shape.is_fully_defined():
        return lambda: _called(initializer, shape.as_list(), dtype, info), dtype
    if _takes_no_arguments(initializer):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the "
        "shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` "
        "should be fully defined."
    )


def _called(
    initializer: Callable[..., Any], shape: list[Any], dtype: DType, info: PartitionInfo | None
) -> Any:
    if _accepts(initializer, "partition_info"):
        return initializer(shape, dtype=dtype, partition_info=info)
    return initializer(shape, dtype=dtype)


def _accepts(function: Callable[..., Any], argument: str) -> bool:
    """Whether a function can be given a keyword argument."""
    parameters = inspect.signature(function).parameters
    return argument in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _takes_no_arguments(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return all(
        p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters
    )


def _exists(name: str, variable: Variable) -> str:
    message = (
        f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
        f"reuse=tf.AUTO_REUSE in VarScope? Originally defined at:\n\n  {variable.op.site}\n"
    )
    if "ipykernel" in sys.modules or hasattr(sys, "ps1"):
        message += (
            "\n  hint: a cell that runs twice makes its variables twice: "
            "call tf.reset_default_graph() first"
        )
    return message


def _checked(name: str, variable: Variable, shape: TensorShape, dtype: DType) -> Variable:
    """Return a variable found by name; ValueError if it is not of that shape and dtype."""
    trying = f"Trying to share variable {name}, but specified"
    defined = f"\n  defined at\n  {variable.op.site}"
    if not shape.is_compatible_with(variable.shape):
        raise ValueError(f"{trying} shape {shape} and found shape {variable.shape}.{defined}")
    if not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"{trying} dtype {dtype.name} and found dtype {variable.dtype.name}.{defined}"
        )
    return variable


def _add_regularization(
    name: str, variable: Variable, regularizer: Callable[[Any], Tensor | None]
) -> None:
    with colocate_with(variable), name_scope(f"{name}/Regularizer/"), control_dependencies(None):
        loss = regularizer(variable)
    if loss is not None:
        add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


def default_store() -> VariableStore:
    """Return the store of the default graph."""
    held = get_collection_ref(_COLLECTION)
    if not held:
        held.append(VariableStore())
    store: VariableStore = held[0]
    return store
