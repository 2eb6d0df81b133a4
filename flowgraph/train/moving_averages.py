"""Moving averages of variables and tensors."""

from __future__ import annotations

import itertools
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    colocate_with,
    control_dependencies,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import group
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.transcendental import pow
from flowgraph.train import slot_creator
from flowgraph.variables.assign import assign, assign_add, assign_sub
from flowgraph.variables.collections import (
    global_variables,
    moving_average_variables,
    trainable_variables,
)
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope

_DTYPES = (dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64)


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Tensor:
    """Move a variable towards a value: ``variable -= (1 - decay) * (variable - value)``.

    Parameters
    ----------
    variable : Variable
        The average.
    value : Tensor
    decay : float or Tensor
        Near 1: how much of the average is kept.
    zero_debias : bool
        Divide out that the average began at zero (Kingma and Ba, 2015, section 3). It is
        then computed from two variables of its own, ``biased`` and ``local_step``, and
        what `variable` held before does not count.
    name : str, optional

    Returns
    -------
    Tensor
        The variable's reference after the change.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        rate = convert_to_tensor(1.0 - decay, name="decay")
        if rate.dtype.base_dtype is not variable.dtype.base_dtype:
            rate = cast(rate, variable.dtype.base_dtype)
        if zero_debias:
            average = _debiased(variable, value, rate)
            with colocate_with(variable):
                return assign(variable, average, name=scope)
        change = (variable - value) * rate
        with colocate_with(variable):
            return assign_sub(variable, change, name=scope)


def _debiased(variable: Any, value: Any, rate: Tensor) -> Tensor:
    """Return the new average, of which the part that stems from zero is divided out."""
    kind = variable.dtype.base_dtype
    with (
        variable_scope(variable.op.name, auxiliary_name_scope=False) as scope,
        colocate_with(variable),
    ):
        biased = get_variable(
            _unused(scope, "biased"), variable.shape, kind, Zeros(), trainable=False
        )
        steps = get_variable(_unused(scope, "local_step"), [], kind, Zeros(), trainable=False)
    change = (biased - value) * rate
    with colocate_with(variable):
        moved = assign_sub(biased, change, name="AssignSub")
        count = assign_add(steps, 1, name="AssignAdd")
    kept = 1.0 - rate
    average: Tensor = moved / (1.0 - pow(kept, count, name="Pow"))
    return average


def _unused(scope: Any, name: str) -> str:
    """Return `name`, with a number if the scope has a variable of that name."""
    if scope.reuse:
        return name
    taken = {variable.op.name for variable in global_variables()}
    for suffix in itertools.chain([""], (f"_{i}" for i in itertools.count(1))):
        if f"{scope.name}/{name}{suffix}" not in taken:
            break
    return f"{name}{suffix}"


class ExponentialMovingAverage:
    """Moving averages of variables, kept in variables beside them (shadow variables).

    ``average -= (1 - decay) * (average - value)`` in each run of the operation that `apply`
    returns.

    Parameters
    ----------
    decay : float or Tensor
        Near 1: how much of an average is kept.
    num_updates : Variable or Tensor, optional
        How many steps have been made. Given, the decay is at most
        ``(1 + num_updates) / (10 + num_updates)``, so that averages move faster at first.
    zero_debias : bool
        Correct averages of tensors for beginning at zero.
    name : str
        Scope of the operations, and part of the averages' names.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> averages = tf.train.ExponentialMovingAverage(0.5)
    >>> step = averages.apply([w])
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(w.assign(2.0).op)
    ...     session.run(step)
    ...     print(session.run(averages.average(w)))
    1.5
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def apply(self, var_list: Any = None) -> Operation:
        """Make the averages, and return an operation that moves them.

        Parameters
        ----------
        var_list : list of Variable or Tensor, optional
            All trainable variables if left out. The average of a variable begins at its
            initial value, that of a tensor at zero.

        Raises
        ------
        TypeError
            If a dtype is no floating-point one.
        """
        values = trainable_variables() if var_list is None else list(var_list)
        debiased = set()
        for value in values:
            if value.dtype.base_dtype not in _DTYPES:
                raise TypeError(f"The variables must be half, float, or double: {value.name}")
            if value in self._averages:
                continue
            with control_dependencies(None):
                if isinstance(value, Variable):
                    initial = value.initialized_value()
                    average = slot_creator.create_slot(value, initial, self._name)
                    add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, value)
                else:
                    is_reference = value.op.type in ("Variable", "VariableV2")
                    average = slot_creator.create_zeros_slot(
                        value, self._name, colocate_with_primary=is_reference
                    )
                    if self._zero_debias:
                        debiased.add(value)
            self._averages[value] = average
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                count = cast(self._num_updates, dtypes.float32, name="num_updates")
                decay = minimum(decay, (1.0 + count) / (10.0 + count))
            updates = [
                assign_moving_average(self._averages[value], value, decay, value in debiased)
                for value in values
            ]
            return group(*updates, name=scope)

    def average(self, var: Any) -> Variable | None:
        """Return the variable that holds the average of `var`, or ``None``."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """Return the name of the average of `var`, whether it exists or not.

        Parameters
        ----------
        var : Variable or Tensor
        """
        if var in self._averages:
            return self._averages[var].op.name
        graph = var.graph
        with graph.as_default(), name_scope(""):
            name: str = graph.unique_name(f"{var.op.name}/{self._name}", mark_as_used=False)
            return name

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Variable]:
        """Return what to restore under which name, for evaluation with the averages.

        Parameters
        ----------
        moving_avg_variables : list of Variable, optional
            What to restore from their averages. All trainable variables and those that
            averages are kept of, if left out.

        Returns
        -------
        dict of str to Variable
            Names as in the checkpoint: for the variables above those of their averages,
            for all others their own.
        """
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        averaged = dict.fromkeys(moving_avg_variables)
        names = {self.average_name(variable): variable for variable in averaged}
        shadows = set(names)
        for variable in global_variables():
            if variable not in averaged and variable.op.name not in shadows:
                names[variable.op.name] = variable
        return names
