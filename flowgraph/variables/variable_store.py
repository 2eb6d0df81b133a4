"""The variables of a graph by name: what ``get_variable`` makes, and finds again."""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Callable
from typing import Any

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
from flowgraph.variables.variable import Variable

_COLLECTION = ("__variable_store",)


class VariableStore:
    """Variables by full name."""

    def __init__(self) -> None:
        self._variables: dict[str, Variable] = {}

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
        dtype: Any = "float32",
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
    ) -> Variable:
        if partitioner is not None:
            raise NotImplementedError("get_variable with partitioner")
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
                    f"Variable {name} did not get an initializer, so its `shape` argument must "
                    "be specified."
                )
            initializer = default_initializer(name, kind)
        value, value_dtype = _initial_value(initializer, wanted, kind)
        variable = Variable(
            value,
            name=name,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            dtype=value_dtype,
            validate_shape=validate_shape,
            constraint=constraint,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )
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


def _initial_value(initializer: Any, shape: TensorShape, dtype: DType) -> tuple[Any, DType | None]:
    """Return what to make a variable from, and its dtype where the initializer leaves it open."""
    if not callable(initializer):
        return initializer, None
    if isinstance(initializer, type):
        initializer = initializer()
    if shape.is_fully_defined():
        return lambda: _called(initializer, shape.as_list(), dtype), dtype
    if _takes_no_arguments(initializer):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the "
        "shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` "
        "should be fully defined."
    )


def _called(initializer: Callable[..., Any], shape: list[Any], dtype: DType) -> Any:
    if _accepts(initializer, "partition_info"):
        return initializer(shape, dtype=dtype, partition_info=None)
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
