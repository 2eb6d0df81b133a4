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

_OF_HANDLES = {"dtype", "shape", "container", "shared_name"}


def as_references(nodes: Iterable[Any]) -> list[Any]:
    """Return the nodes of a graph with reference variables for resource variables."""
    nodes = list(nodes)
    kinds = {node.name: node.attr["dtype"].type for node in nodes if node.op == _HANDLE}
    if not kinds:
        return nodes
    result = []
    for node in nodes:
        kind = kinds.get(node.input[0].partition(":")[0]) if node.input else None
        if node.op == _HANDLE:
            node = _reference(node)
        elif kind is not None and (op := _on_references(node.op)) is not None:
            node = _operation(node, op, kind)
            if op == "GatherV2":
                axis = _first_axis(node)
                node.input.insert(2, axis.name)
                result.append(axis)
        result.append(node)
    return result


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
