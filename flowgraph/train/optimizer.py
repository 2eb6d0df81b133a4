"""``Optimizer``: from a loss to an operation that makes one step of training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, ValuesView
from typing import Any

from flowgraph import dtypes
from flowgraph.autodiff.diagnosis import explain_no_gradient
from flowgraph.autodiff.gradients import gradients
from flowgraph.dtypes import DType
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    colocate_with,
    control_dependencies,
    get_collection_ref,
    get_default_graph,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import group, tuple_
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.gathering import unsorted_segment_sum
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.partitioning import unique
from flowgraph.train import slot_creator
from flowgraph.variables.assign import assign_add
from flowgraph.variables.collections import trainable_variables
from flowgraph.variables.resource_variable import is_resource
from flowgraph.variables.variable import Variable


class Optimizer:
    """The base of all optimizers.

    A subclass overrides `_apply_dense` and `_apply_sparse`, and, if it has slots or
    hyperparameters, `_create_slots`, `_prepare` and `_finish`.

    Parameters
    ----------
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str
        Scope of the operations, and part of the slots' names.

    Raises
    ------
    ValueError
        If `name` is empty.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(session.run(w))
    0.5
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Operation, Variable]] = {}
        self._non_slots: dict[tuple[str, Any], Variable] = {}

    def get_name(self) -> str:
        """Return the name given to the optimizer."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """Return an operation that changes variables so that `loss` gets smaller.

        Parameters
        ----------
        loss : Tensor
        global_step : Variable, optional
            Increased by one after the step.
        var_list : list of Variable, optional
            What to change; all trainable variables if left out.
        gate_gradients : int
            ``GATE_NONE``; ``GATE_OP``: no gradient of an operation is used before all
            of them are computed; ``GATE_GRAPH``: no variable changes before all
            gradients are computed.
        aggregation_method : int, optional
            One of `tf.AggregationMethod`'s constants.
        colocate_gradients_with_ops : bool
            Place each gradient beside its operation.
        name : str, optional
        grad_loss : Tensor, optional
            The gradient of `loss` to start from; ones if left out.

        Raises
        ------
        ValueError
            If there are no variables, or no gradient reaches one of them: the message
            says where the paths from `loss` end.
        """
        pairs = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        variables = [v for _, v in pairs]
        if all(gradient is None for gradient, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not "
                f"support gradients, between variables {[str(v) for v in variables]} and loss "
                f"{loss}.\n  {explain_no_gradient(loss, variables)}"
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Return pairs of gradient and variable: the first part of `minimize`.

        Parameters
        ----------
        loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
            As for `minimize`.

        Returns
        -------
        list of (Tensor, IndexedSlices or None, Variable)
            ``None`` where `loss` does not depend on the variable.

        Raises
        ------
        ValueError
            If there are no variables, or a dtype is not one the optimizer works in.
        """
        if callable(loss):
            raise NotImplementedError("a callable loss, which needs eager execution")
        if loss is None:
            raise ValueError(
                "'NoneType' object has no attribute 'dtype': loss is None\n  hint: does the "
                "function that builds the loss end in `return`?"
            )
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                f"Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss] if grad_loss is None else [loss, grad_loss])
        variables = trainable_variables() if var_list is None else list(_flat(var_list))
        if not variables:
            raise ValueError("No variables to optimize.")
        for variable in variables:
            if not isinstance(variable, Variable | Tensor):
                raise NotImplementedError(f"Trying to optimize unsupported type {variable}")
        found: Sequence[Any] = gradients(
            loss,
            variables,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == self.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == self.GATE_GRAPH and any(g is not None for g in found):
            found = tuple_(found)
        pairs = list(zip(found, variables, strict=True))
        self._assert_valid_dtypes([v for g, v in pairs if g is not None])
        return pairs

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Return an operation that changes variables by gradients: the second part of `minimize`.

        Parameters
        ----------
        grads_and_vars : list of (Tensor, IndexedSlices or None, Variable)
        global_step : Variable, optional
            Increased by one after the step.
        name : str, optional
            The optimizer's name if left out.

        Raises
        ------
        TypeError
            If a gradient is neither a tensor nor `IndexedSlices`.
        ValueError
            If there are no variables or no gradients.
        """
        pairs = [(_gradient(gradient), variable) for gradient, variable in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        known = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not known:
            names = [str(variable) for _, variable in pairs]
            raise ValueError(f"No gradients provided for any variable: {names}.")
        for _, variable in known:
            if isinstance(variable, Tensor):
                raise NotImplementedError("Trying to update a Tensor ", variable)
        with control_dependencies(None):
            self._create_slots([variable for _, variable in known])
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = [self._updated(gradient, variable) for gradient, variable in known]
            if global_step is None:
                operation = self._finish(updates, scope)
            else:
                with (
                    control_dependencies([self._finish(updates, "update")]),
                    colocate_with(global_step),
                ):
                    if is_resource(global_step):
                        operation = global_step.assign_add(1, name=scope, read_value=False)
                    else:
                        operation = assign_add(global_step, 1, name=scope).op
            collection = get_collection_ref(GraphKeys.TRAIN_OP)
            if operation not in collection:
                collection.append(operation)
            return operation

    def _updated(self, gradient: Any, variable: Variable) -> Any:
        """Return the update of one variable."""
        with name_scope(f"update_{variable.op.name}"), colocate_with(variable):
            if isinstance(gradient, IndexedSlices):
                if variable.constraint is not None:
                    raise RuntimeError("Cannot use a constraint function on a sparse variable.")
                return self._apply_sparse_duplicate_indices(gradient, variable)
            update = self._apply_dense(gradient, variable)
            if variable.constraint is None:
                return update
            with control_dependencies([update]):
                # A read of its own: the variable's ``read`` would come before the update.
                value = variable.constraint(variable.read_value())
                return variable.assign(value)

    # -- slots --------------------------------------------------------------------------------

    def get_slot(self, var: Any, name: str) -> Variable | None:
        """Return the slot of a variable, or ``None``.

        Parameters
        ----------
        var : Variable
        name : str
            One of `get_slot_names`, such as ``"momentum"``.
        """
        return self._slots.get(name, {}).get(var.op)

    def get_slot_names(self) -> list[str]:
        """Return the names of the slots that were made."""
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """Return the optimizer's own variables in the default graph, by name."""
        graph = get_default_graph()
        own = [*self._non_slots.values(), *(v for s in self._slots.values() for v in s.values())]
        return sorted((v for v in own if v.graph is graph), key=lambda v: v.name)

    def _slot(self, var: Any, name: str) -> Variable:
        """Return a slot that exists."""
        return self._slots[name][var.op]

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> Variable:
        """Return a slot, made with the initial value `val` where it does not exist."""
        named = self._slots.setdefault(slot_name, {})
        if var.op not in named:
            named[var.op] = slot_creator.create_slot(var, val, op_name)
        return named[var.op]

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Variable:
        """Return a slot, filled by an initializer where it does not exist."""
        named = self._slots.setdefault(slot_name, {})
        if var.op not in named:
            named[var.op] = slot_creator.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name
            )
        return named[var.op]

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Variable:
        """Return a slot, zero at first where it does not exist."""
        named = self._slots.setdefault(slot_name, {})
        if var.op not in named:
            named[var.op] = slot_creator.create_zeros_slot(var, op_name)
        return named[var.op]

    def _create_non_slot_variable(
        self, initial_value: Any, name: str, colocate_with: Any
    ) -> Variable:
        """Return a variable that belongs to the optimizer and no variable of the model."""
        key = (name, colocate_with.graph)
        if key not in self._non_slots:
            with get_default_graph().colocate_with(colocate_with):
                kind = is_resource(colocate_with)
                self._non_slots[key] = Variable(
                    initial_value, name=name, trainable=False, use_resource=kind
                )
        return self._non_slots[key]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Variable | None:
        """Return what `_create_non_slot_variable` made, or ``None``."""
        return self._non_slots.get((name, graph))

    # -- for subclasses -------------------------------------------------------------------------

    def _valid_dtypes(self) -> Iterable[DType]:
        """Return the dtypes of losses and variables that the optimizer works in."""
        return (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)

    def _assert_valid_dtypes(self, tensors: Iterable[Any]) -> None:
        valid = list(self._valid_dtypes())
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if dtype not in valid:
                raise ValueError(f"Invalid type {dtype!r} for {tensor.name}, expected: {valid}.")

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Make the slots of the variables. Nothing by default."""

    def _prepare(self) -> None:
        """Make the tensors that all updates share. Nothing by default."""

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        """Return an operation that updates a variable by a dense gradient."""
        raise NotImplementedError(f"{type(self).__name__}._apply_dense")

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        """Return an operation that updates a variable by slices, some for the same row."""
        rows, places = unique(grad.indices)
        count = strided_slice_from_key(shape(rows), 0)
        values = unsorted_segment_sum(grad.values, places, count)
        return self._apply_sparse(IndexedSlices(values, rows, grad.dense_shape), var)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        """Return an operation that updates a variable by slices, one for each row."""
        raise NotImplementedError(f"{type(self).__name__}._apply_sparse")

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Operation:
        """Return an operation named `name_scope` that is done when the updates are."""
        return group(*update_ops, name=name_scope)

    def _call_if_callable(self, param: Any) -> Any:
        """Return a hyperparameter, which may be given as a function of nothing."""
        return param() if callable(param) else param


def _gradient(value: Any) -> Any:
    if value is None or isinstance(value, Tensor | IndexedSlices):
        return value
    try:
        return convert_to_tensor(value)
    except TypeError:
        raise TypeError(
            f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {value}"
        ) from None


def _flat(values: Any) -> Iterable[Any]:
    nested = (list, tuple, set, ValuesView)
    for value in values if isinstance(values, nested) else [values]:
        if isinstance(value, nested):
            yield from _flat(value)
        else:
            yield value
