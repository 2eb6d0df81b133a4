"""The variables of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.shapes import as_shape
from flowgraph.variables.collections import global_variables, trainable_variables
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.scope import VariableScope
from flowgraph.variables.variable_scope import variable_scope
from flowgraph.variables.variable_store import default_initializer


class Weights:
    """The part of a layer that makes and lists its variables."""

    trainable: bool
    built: bool
    add_loss: Callable[..., None]
    _name: str
    _dtype: str | None
    _reuse: Any
    _set_scope: Callable[[], VariableScope]

    def __init__(self) -> None:
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Make a variable of this layer, or find it.

        Parameters
        ----------
        name : str
            Completed by the layer's variable scope.
        shape : list of int
        dtype : DType, optional
            By default the layer's, else float32.
        initializer : callable, optional
            By default the scope's, else `tf.glorot_uniform_initializer` for floats.
        regularizer : callable, optional
            Gives a loss for the variable, the first time that it is made.
        trainable : bool, optional
            True if left out. Variables of a layer that is not trainable never are.
        constraint, use_resource, synchronization, aggregation, partitioner : optional
            See `tf.get_variable`.

        Returns
        -------
        Variable

        Raises
        ------
        TypeError
            For another keyword argument.
        """
        for unknown in kwargs:
            raise TypeError("Unknown keyword argument:", unknown)
        on_read = synchronization is VariableSynchronization.ON_READ
        if trainable is None:
            trainable = not on_read
        elif trainable and on_read:
            raise ValueError(
                "Synchronization value can be set to VariableSynchronization.ON_READ only for "
                "non-trainable variables. You have specified trainable=True and "
                "synchronization=VariableSynchronization.ON_READ."
            )
        kind = as_dtype(dtype or self._dtype or dtypes.float32)
        before = set() if regularizer is None else set(global_variables())
        scope = self._set_scope()
        reuse = self.built or self._reuse
        with (
            variable_scope(scope, reuse=reuse, auxiliary_name_scope=False) as inner,
            name_scope(scope.original_name_scope),
        ):
            if initializer is None:
                initializer = inner.initializer or default_initializer(name, kind)
            variable = get_variable(
                name,
                shape=as_shape(shape),
                dtype=kind,
                initializer=initializer,
                trainable=trainable and self.trainable,
                constraint=constraint,
                partitioner=partitioner,
                use_resource=use_resource,
                synchronization=synchronization,
                aggregation=aggregation,
            )
            parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
            if regularizer is not None and before.isdisjoint(parts):
                for part in parts:
                    with name_scope(f"{name}/Regularizer"):
                        loss = regularizer(part)
                    if loss is not None:
                        self.add_loss(loss)
        # A custom getter of a scope around may have made it one that is not trained.
        trained = trainable and self.trainable and variable in trainable_variables()
        (self._trainable_weights if trained else self._non_trainable_weights).append(variable)
        return variable

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """Do what `add_weight` does."""
        return self.add_weight(*args, **kwargs)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables to train: none if the layer is not trainable."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables."""
        rest = list(self._non_trainable_weights)
        return rest if self.trainable else [*self._trainable_weights, *rest]

    @property
    def weights(self) -> list[Any]:
        """All variables, those to train first."""
        return self.trainable_weights + self.non_trainable_weights

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def count_params(self) -> int:
        """Return how many numbers the variables hold; ValueError before the layer is built."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self._name}, but the layer isn't built. You "
                f"can build it manually via: `{self._name}.build(batch_input_shape)`."
            )
        return sum(int(variable.shape.num_elements()) for variable in self.weights)
