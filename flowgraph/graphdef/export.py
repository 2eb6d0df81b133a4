"""Graphs to GraphDef messages, and these to files.

Gives `Graph.as_graph_def` and `Operation.node_def` their meaning: the graph's own layer knows
no messages.
"""

from __future__ import annotations

import os
from typing import Any

from flowgraph import protos
from flowgraph.formats.replace import write
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graphdef.attributes import Kind, kind_of, kinds, set_attribute
from flowgraph.graphdef.guarded_reads import OP_TYPE, as_branches

PRODUCER = 134
"""The version of TensorFlow 1.15's graphs."""

CONSTANT_ATTRIBUTES: dict[str, dict[str, Any]] = {"Cast": {"Truncate": False}}
"""Attributes that TensorFlow's op has and ours has not, with the only value that is supported."""

_SOURCES = {
    "If": "tf.cond",
    "While": "tf.while_loop",
    **dict.fromkeys(
        ("HistoryItem", "HistoryCotangent", "HistoryCotangentItem", "AddHistoryCotangents"),
        "the gradient of tf.cond or tf.while_loop",
    ),
    "NoHistoryCotangents": "the gradient of tf.cond or tf.while_loop",
}
"""The ops that TensorFlow has not, or not as such, and what makes them."""

_CONTRADICTED = {"FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"}
"""Ops whose unused outputs have other shapes than TensorFlow infers: it refuses the true ones."""


def node_def(operation: Operation, add_shapes: bool = False) -> Any:
    """Return an operation as a NodeDef message.

    Raises
    ------
    NotImplementedError
        If its op, or one of its attributes, has no form in a file.
    """
    op = operation.op
    if op.type in _SOURCES:
        raise NotImplementedError(
            f"A GraphDef with {_SOURCES[op.type]}: operation '{operation.name}' of type {op.type}"
        )
    message = _bare(operation)
    declared = kinds(type(op))
    for name, value in op.attributes().items():
        kind = declared.get(name, Kind("type"))
        if kind is None:
            raise NotImplementedError(f"A GraphDef with {op.type}: its attribute {name}")
        set_attribute(message.attr[name], value, kind)
    implied = operation.implied_attributes() | CONSTANT_ATTRIBUTES.get(op.type, {})
    for name, value in implied.items():
        if isinstance(value, list | tuple):
            set_attribute(message.attr[name], value, Kind("type", is_list=True))
        elif name not in message.attr:
            set_attribute(message.attr[name], value, kind_of(value))
    for name, value in (operation.annotations or {}).items():
        set_attribute(message.attr[name], value, kind_of(value))
    if add_shapes and op.type not in _CONTRADICTED:
        _add_shapes(message, operation)
    return message


def _bare(operation: Operation) -> Any:
    """Return a NodeDef without attributes."""
    message = protos.NodeDef(name=operation.name, op=operation.type, device=operation.device)
    message.input.extend(tensor._as_node_def_input() for tensor in operation._inputs)
    message.input.extend(sorted(f"^{o.name}" for o in operation._control_inputs))
    return message


def _add_shapes(message: Any, operation: Operation) -> None:
    if operation._outputs:
        shapes = [tensor.shape for tensor in operation._outputs]
        set_attribute(message.attr["_output_shapes"], shapes, Kind("shape", is_list=True))


def _has_form(op: Op) -> bool:
    """Whether an op can stand in a file: it holds no graph and no function."""
    declared = kinds(type(op))
    return op.type not in _SOURCES and all(declared.get(n, "") is not None for n in op.attributes())


def picture(graph: Graph) -> Any:
    """Return a GraphDef to look at, with shapes: what holds graphs or functions is a bare node.

    It cannot be imported where the graph has such a node.
    """
    message = protos.GraphDef()
    message.versions.producer = PRODUCER
    for operation in graph.get_operations():
        if not _has_form(operation.op):
            node = message.node.add()
            node.CopyFrom(_bare(operation))
            _add_shapes(node, operation)
        else:
            node = node_def(operation, add_shapes=True)
            message.node.extend(as_branches(node) if node.op == OP_TYPE else [node])
    return message


def graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """Return a graph as a GraphDef message. See `Graph.as_graph_def`."""
    message = protos.GraphDef()
    message.versions.producer = PRODUCER
    first = from_version or 0
    for operation in graph.get_operations():
        if operation._id > first:
            node = node_def(operation, add_shapes)
            message.node.extend(as_branches(node) if node.op == OP_TYPE else [node])
    if message.ByteSize() >= 1 << 31:
        raise ValueError("GraphDef cannot be larger than 2GB.")
    return message


def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Write a graph to a file.

    Parameters
    ----------
    graph_or_graph_def : Graph or GraphDef
    logdir : str
        The directory, made if it is not there.
    name : str
        The file's name.
    as_text : bool
        Write the text form; else the binary one.

    Returns
    -------
    str
        The file's path.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> x = tf.constant(1.0, name="x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = tf.train.write_graph(x.graph, folder, "graph.pbtxt")
    ...     print(pathlib.Path(path).read_text()[:20])
    node {
      name: "x"
    """
    is_graph = isinstance(graph_or_graph_def, Graph)
    message = graph_def(graph_or_graph_def) if is_graph else graph_or_graph_def
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    write_message(message, path, as_text)
    return path


def write_message(message: Any, path: str, as_text: bool) -> None:
    """Write a message's text or binary form to a file."""
    from google.protobuf import text_format

    if as_text:
        write(path, text_format.MessageToString(message).encode())
    else:
        write(path, message.SerializeToString(deterministic=True))


def _as_graph_def(self: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """Return the graph as a GraphDef message.

    Parameters
    ----------
    from_version : int, optional
        Leave out the operations that the graph had at this version.
    add_shapes : bool
        Write the static shapes of all outputs as attributes ``_output_shapes``.

    Raises
    ------
    ValueError
        If the message has 2 GB or more.
    NotImplementedError
        If the graph holds what has no form in a file.

    Examples
    --------
    >>> x = tf.constant(1.0, name="x")
    >>> [(node.name, node.op) for node in x.graph.as_graph_def().node]
    [('x', 'Const')]
    """
    return graph_def(self, from_version, add_shapes)


setattr(Graph, "as_graph_def", _as_graph_def)  # noqa: B010 - the stub is another function
setattr(Operation, "node_def", property(node_def))  # noqa: B010
