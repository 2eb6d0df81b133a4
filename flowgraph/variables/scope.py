"""``VariableScope``: a prefix for the names of variables, and defaults for them."""

from __future__ import annotations

import enum
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import GraphKeys, get_collection, name_scope
from flowgraph.ops.core import convert_to_tensor
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.variable_store import VariableStore


class _ReuseMode(enum.Enum):
    """How variables are reused besides always and never."""

    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
"""Make a variable on first use and return it again after that."""

DEFAULTS = (
    "initializer",
    "regularizer",
    "caching_device",
    "partitioner",
    "custom_getter",
    "dtype",
    "use_resource",
    "constraint",
)
"""What a scope passes on to the variables and scopes in it."""


class VariableScope:
    """A prefix for the names of variables, and defaults for them. See `variable_scope`.

    Attributes
    ----------
    name : str
        The prefix, without a trailing ``/``.
    original_name_scope : str
        The name scope of the operations made when the scope was first entered.
    reuse : bool, None or AUTO_REUSE
    initializer, regularizer, caching_device, partitioner, custom_getter : optional
    dtype, use_resource, constraint : optional
        The defaults of `get_variable` inside the scope.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.original_name_scope = name_scope
        self.reuse = reuse
        self.initializer = initializer
        self.regularizer = regularizer
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.dtype = dtype
        self.use_resource = use_resource
        self.constraint = constraint

    def reuse_variables(self) -> None:
        """Only return variables from now on that exist already."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Set the default initializer."""
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Set the default regularizer."""
        self.regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Set where values are read to."""
        self.caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Set the default partitioner."""
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Set the default getter."""
        self.custom_getter = custom_getter

    def set_dtype(self, dtype: Any) -> None:
        """Set the default dtype."""
        self.dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Set whether variables are resource variables by default."""
        self.use_resource = use_resource

    def get_collection(self, name: Any) -> list[Any]:
        """Return the items of a collection whose names begin with this scope's."""
        return get_collection(name, f"{self.name}/" if self.name else "")

    def trainable_variables(self) -> list[Any]:
        """Return the trainable variables of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """Return the global variables of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """Return the local variables of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: VariableStore,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
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
        """Return a variable of `var_store` under this scope's name and with its defaults."""
        with name_scope(None):  # the variable scope alone names variables
            if dtype is not None and initializer is not None and not callable(initializer):
                found = convert_to_tensor(initializer).dtype.base_dtype
                if found != dtype:
                    raise ValueError(
                        f"Initializer type '{found}' and explicit dtype '{as_dtype(dtype)}' "
                        "don't match."
                    )
            return var_store.get_variable(
                f"{self.name}/{name}" if self.name else name,
                shape=shape,
                dtype=first(dtype, self.dtype),
                initializer=first(initializer, self.initializer),
                regularizer=first(regularizer, self.regularizer),
                reuse=first(reuse, self.reuse),
                trainable=trainable,
                collections=collections,
                caching_device=first(caching_device, self.caching_device),
                partitioner=first(partitioner, self.partitioner),
                validate_shape=validate_shape,
                use_resource=first(use_resource, self.use_resource),
                custom_getter=first(custom_getter, self.custom_getter),
                constraint=first(constraint, self.constraint),
                synchronization=synchronization,
                aggregation=aggregation,
            )


def first(own: Any, default: Any) -> Any:
    """Return what is given, or else the default."""
    return default if own is None else own
