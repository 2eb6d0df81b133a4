"""Resource variables in files, which become reference variables.

In a graph of TensorFlow's, the operations of a resource variable take a handle. Here the handle's
node becomes that of a reference of the same name, so that checkpoints fit, and each operation the
one on references that does the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import int32
from flowgraph.graphdef.rewriting import source
from flowgraph.ops.tensor_proto import constant_proto

_HANDLE = "VarHandleOp"

_ON_REFERENCES = {
    "AssignAddVariableOp": "AssignAdd",
    "AssignSubVariableOp": "AssignSub",
    "AssignVariableOp": "Assign",
    "ReadVariableOp": "Identity",
    "ResourceGather": "GatherV2",
    "VarIsInitializedOp": "IsVariableInitialized",
    "VariableShape": "Shape",
}
_FAMILIES = ("ResourceApply", "ResourceScatter", "ResourceSparseApply")
"""These become, say, ``ApplyAdam``."""

_HANDED_ON = {"Switch", "Enter"}

_OF_HANDLES = {"dtype", "shape", "container", "shared_name"}


def as_references(nodes: Iterable[Any], arguments: dict[str, int] | None = None) -> list[Any]:
    """Return the nodes of a graph with reference variables for resource variables.

    Parameters
    ----------
    nodes : iterable of NodeDef
    arguments : dict of str to int, optional
        The dtypes of variables that a function is given, by the arguments' names.
    """
    nodes = list(nodes)
    kinds = {node.name: node.attr["dtype"].type for node in nodes if node.op == _HANDLE}
    kinds.update(arguments or {})
    _pass_on(nodes, kinds)
    if not kinds:
        return nodes
    result = []
    for node in nodes:
        kind = kinds.get(source(node.input[0])) if node.input else None
        if node.op in _HANDED_ON and kind is not None:
            copy = protos.NodeDef()
            copy.CopyFrom(node)
            copy.op, copy.attr["T"].type = f"Ref{node.op}", kind
            node = copy
        elif node.op == "Identity" and kind is not None:
            node = _operation(node, node.op, kind)
        elif node.op == _HANDLE:
            node = _reference(node)
        elif kind is not None and (op := _on_references(node.op)) is not None:
            node = _operation(node, op, kind)
            if op == "GatherV2":
                axis = _first_axis(node)
                node.input.insert(2, axis.name)
                result.append(axis)
        result.append(node)
    return result


def _pass_on(nodes: list[Any], kinds: dict[str, int]) -> None:
    """Add the nodes that hand a variable on into a branch or a loop."""
    while kinds:
        more = {
            node.name: kinds[source(node.input[0])]
            for node in nodes
            if node.op in _HANDED_ON and source(node.input[0]) in kinds and node.name not in kinds
        }
        if not more:
            return
        kinds.update(more)


def _on_references(op: str) -> str | None:
    if op.startswith(_FAMILIES):
        return op.removeprefix("Resource")
    return _ON_REFERENCES.get(op)


def _reference(handle: Any) -> Any:
    made = protos.NodeDef(
        name=handle.name, op="VariableV2", input=handle.input, device=handle.device
    )
    for name in handle.attr:
        if name in _OF_HANDLES or (name.startswith("_") and name != "_output_shapes"):
            made.attr[name].CopyFrom(handle.attr[name])
    return made


def _operation(node: Any, op: str, kind: int) -> Any:
    made = protos.NodeDef()
    made.CopyFrom(node)
    made.op = op
    made.attr.pop("dtype", None)
    if op not in ("Identity", "GatherV2", "Shape"):  # its output is a reference, or new
        made.attr.pop("_output_shapes", None)
    match op:
        case "IsVariableInitialized":
            made.attr["dtype"].type = kind
        case "GatherV2":
            made.attr.pop("validate_indices", None)
            made.attr["Tparams"].type = kind
            made.attr["Taxis"].type = int32.as_datatype_enum
        case _:
            made.attr["T"].type = kind
    return made


def _first_axis(gather: Any) -> Any:
    made = protos.NodeDef(name=f"{gather.name}/axis", op="Const", device=gather.device)
    made.attr["dtype"].type = int32.as_datatype_enum
    made.attr["value"].tensor.CopyFrom(constant_proto(np.int32(0), int32))
    return made
