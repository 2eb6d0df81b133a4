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
from flowgraph.graphdef.control_flow import write_if, write_while
from flowgraph.graphdef.function_writer import write_with_functions
from flowgraph.graphdef.histories import write_cotangent, write_item
from flowgraph.graphdef.writer import FORMS, Library, Writer, bare
from flowgraph.ops.functional import If, While
from flowgraph.ops.history import HistoryCotangent, HistoryCotangentItem, HistoryItem

PRODUCER = 134
"""The version of TensorFlow 1.15's graphs."""

FORMS.update(
    {
        If: write_if,
        While: write_while,
        HistoryItem: write_item,
        HistoryCotangent: write_cotangent,
        HistoryCotangentItem: write_cotangent,
        Op: write_with_functions,
    }
)


def node_def(operation: Operation) -> Any:
    """Return an operation as a NodeDef message.

    Raises
    ------
    NotImplementedError
        If its op, or one of its attributes, has no form in a file.
    """
    writer = Writer(Library(), set(operation.graph._by_name))
    writer.write(operation)
    return writer.nodes[-1]


def picture(graph: Graph) -> Any:
    """Return a GraphDef to look at, with shapes: what has no form in a file is a bare node.

    It cannot be imported where the graph has such a node.
    """
    return _written(graph, add_shapes=True, is_picture=True)


def graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """Return a graph as a GraphDef message. See `Graph.as_graph_def`."""
    message = _written(graph, from_version or 0, add_shapes)
    if message.ByteSize() >= 1 << 31:
        raise ValueError("GraphDef cannot be larger than 2GB.")
    return message


def _written(
    graph: Graph, first: int = 0, add_shapes: bool = False, is_picture: bool = False
) -> Any:
    message = protos.GraphDef()
    message.versions.producer = PRODUCER
    library = Library()
    writer = Writer(library, set(graph._by_name), add_shapes)
    for operation in graph.get_operations():
        count = len(writer.nodes)
        try:
            writer.write(operation)
        except NotImplementedError:
            if not is_picture:
                raise
            writer.nodes[count:] = [bare(operation, writer.inputs_of(operation))]
        if operation._id <= first:
            del writer.nodes[count:]
    message.node.extend(writer.nodes)
    if library.message.function:
        message.library.CopyFrom(library.message)
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
