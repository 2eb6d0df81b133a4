"""Initial values that depend on variables which may not have been initialized yet.

One ``run`` of the initializers goes through all variables in no stated order. So where
an initial value is computed from another variable, that variable stands for its value
if it has one and else for its own initial value.
"""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply
from flowgraph.ops.state import InitializedValue, VariableV2

# TensorFlow makes a cond of it, and copies what the cond reads the variable by where that is
# the initial value of another. Seeds count these nodes.
_CONDITION = 9
_COPIED = 3


def value_or_initial_value(variable: Any) -> Tensor:
    """Return the value of `variable`, or its initial value while it has none."""
    with control_dependencies(None), name_scope("cond"):
        value = apply(InitializedValue(), variable._ref(), variable.initial_value, name="Merge")
    value.graph.inside += _CONDITION - 1
    return value


def guarded(scope: str, initial_value: Tensor) -> Tensor:
    """Return `initial_value`, computed from variables that need not be initialized.

    Parameters
    ----------
    scope : str
        The name scope of the variable that `initial_value` is for. Operations that must
        be built anew take it into their names.
    initial_value : Tensor
    """
    graph = initial_value.graph
    replaced: dict[Tensor, Tensor] = {}
    kept: set[Tensor] = set()  # what TensorFlow would build anew, and is as it must be here
    for operation in _ancestors(initial_value.op):
        if isinstance(operation.op, VariableV2):
            variable = _variable_of(operation)
            if variable is not None:
                replaced[operation.outputs[0]] = value_or_initial_value(variable)
        elif isinstance(operation.op, InitializedValue):
            graph.inside += _CONDITION + _COPIED
            kept.update(operation.outputs)
        elif any(tensor in replaced for tensor in operation.inputs):
            copy = graph.add_operation(
                operation.op,
                tuple(replaced.get(tensor, tensor) for tensor in operation.inputs),
                [tensor.dtype for tensor in operation.outputs],
                f"{operation.name}_{scope}",
            )
            copy.annotations = operation.annotations and dict(operation.annotations)
            replaced.update(zip(operation.outputs, copy.outputs, strict=True))
        elif not kept.isdisjoint(operation.inputs):
            graph.inside += 1
            kept.update(operation.outputs)
    return replaced.get(initial_value, initial_value)


def _ancestors(operation: Operation) -> list[Operation]:
    """Return the operations that `operation` is computed from, and itself, inputs first.

    Nothing is looked for beyond operations that take references: writers yield what
    they have written, and the others accept variables without a value.
    """
    stack, seen = [operation], {operation}
    while stack:
        current = stack.pop()
        if any(argument.is_ref for argument in current.op.signature.inputs):
            continue
        before = [t.op for t in current.inputs if t.op not in seen]
        stack += before
        seen.update(before)
    return sorted(seen, key=lambda o: o._id)


def _variable_of(operation: Operation) -> Any:
    """Return the listed variable that `operation` is the reference of, or ``None``."""
    graph = operation.graph
    for collection in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in graph.get_collection_ref(collection):
            if variable.op is operation:
                return variable
    return None
