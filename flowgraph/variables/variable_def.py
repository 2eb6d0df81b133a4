"""VariableDef messages: which operations of a graph make up a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowgraph import protos
from flowgraph.graph.scope import get_default_graph
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.slice_info import Slice

if TYPE_CHECKING:
    from flowgraph.variables.variable import Variable


def variable_def_of(variable: Variable, export_scope: str | None) -> Any:
    """Return the message of a variable, or ``None`` if it is not under `export_scope`."""
    scope = f"{export_scope.rstrip('/')}/" if export_scope else ""
    if not variable.name.startswith(scope):
        return None
    made = protos.VariableDef(
        is_resource=not variable.dtype.is_ref_dtype,
        variable_name=variable._variable.name.removeprefix(scope),
        initial_value_name=variable._initial_value.name.removeprefix(scope),
        initializer_name=variable._initializer_op.name.removeprefix(scope),
        snapshot_name=variable._snapshot.name.removeprefix(scope),
        trainable=variable._trainable,
        synchronization=variable._synchronization.value,
        aggregation=variable._aggregation.value,
    )
    info = variable._get_save_slice_info()
    part = None if info is None else info.to_proto(export_scope)
    if part is not None:
        made.save_slice_info_def.CopyFrom(part)
    return made


def take_over(variable: Variable, definition: Any, import_scope: str | None) -> None:
    """Make a new object stand for the variable of the default graph that a message describes.

    Raises
    ------
    KeyError
        If the default graph has no such variable.
    """
    graph = get_default_graph()
    prefix = f"{import_scope.rstrip('/')}/" if import_scope else ""
    variable._variable = graph.as_graph_element(prefix + definition.variable_name)
    variable._initializer_op = graph.as_graph_element(prefix + definition.initializer_name)
    variable._snapshot = graph.as_graph_element(prefix + definition.snapshot_name)
    variable._initial_value = variable._initializer_op.inputs[1]
    if definition.initial_value_name:  # which old files leave out
        name = definition.initial_value_name
        variable._initial_value = graph.as_graph_element(prefix + name)
    variable._trainable = definition.trainable
    variable._synchronization = VariableSynchronization(definition.synchronization)
    variable._aggregation = VariableAggregation(definition.aggregation)
    variable._constraint = variable._caching_device = None
    if definition.HasField("save_slice_info_def"):
        part = definition.save_slice_info_def
        variable._set_save_slice_info(Slice(save_slice_info_def=part, import_scope=import_scope))
