"""Finding a graph's element from a tensor, an operation, a name or what converts to one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor

if TYPE_CHECKING:
    from flowgraph.graph.graph import Graph


def as_graph_element(graph: Graph, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
    """Return the tensor or operation of `graph` that `obj` is, names or converts to."""
    kinds = [k for k, ok in (("Tensor", allow_tensor), ("Operation", allow_operation)) if ok]
    if not kinds:
        raise ValueError("allow_tensor and allow_operation can't both be False.")
    wanted = " or ".join(kinds)
    if hasattr(obj, "_as_graph_element"):
        obj = obj._as_graph_element()
    if isinstance(obj, bytes):
        obj = obj.decode()
    if isinstance(obj, str):
        return _by_name(graph, obj, allow_tensor, allow_operation, wanted)
    if isinstance(obj, Tensor) and allow_tensor:
        if obj.op.graph is not graph:
            raise ValueError(f"Tensor {obj} is not an element of this graph.")
        return obj
    if isinstance(obj, Operation) and allow_operation:
        if obj.graph is not graph:
            raise ValueError(f"Operation {obj!r} is not an element of this graph.")
        return obj
    raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")


def _by_name(
    graph: Graph, name: str, allow_tensor: bool, allow_operation: bool, wanted: str
) -> Any:
    by_name = graph._by_name
    if ":" in name:
        if not allow_tensor:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {wanted}.")
        op_name, _, index = name.partition(":")
        if not index.isdigit():
            raise ValueError(
                f"The name '{name}' looks a like a Tensor name, but is not a valid one. "
                'Tensor names must be of the form "<op_name>:<output_index>".'
            )
        operation = by_name.get(op_name)
        if operation is None:
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                f"'{op_name}', does not exist in the graph.{_similar(graph, op_name)}"
            )
        if int(index) >= len(operation.outputs):
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                f"'{op_name}', exists but only has {len(operation.outputs)} outputs."
            )
        return operation.outputs[int(index)]
    if allow_operation:
        if name not in by_name:
            raise KeyError(
                f"The name '{name}' refers to an Operation not in the graph.{_similar(graph, name)}"
            )
        return by_name[name]
    if name in by_name:
        raise ValueError(
            f"The name '{name}' refers to an Operation, not a Tensor. Tensor names must be of "
            f"the form \"<op_name>:<output_index>\".\n  hint: its first output is '{name}:0'"
        )
    raise ValueError(
        f"The name '{name}' looks like an (invalid) Operation name, not a Tensor. Tensor names "
        f'must be of the form "<op_name>:<output_index>".{_similar(graph, name)}'
    )


def _similar(graph: Graph, name: str) -> str:
    close = difflib.get_close_matches(name, graph._by_name, n=3)
    return f" Did you mean {', '.join(map(repr, close))}?" if close else ""
