"""Graphs with their collections, as MetaGraphDef messages and ``.meta`` files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from flowgraph import protos
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys, get_default_graph
from flowgraph.graphdef.attributes import strip_defaults
from flowgraph.graphdef.collection_def import export_collection, import_collection
from flowgraph.graphdef.contexts import drop_lost_contexts
from flowgraph.graphdef.export import graph_def as exported
from flowgraph.graphdef.export import write_message
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.variables.variable import Variable

_RELEASE = "1.15.0"
"""The TensorFlow whose files these are."""


def export_meta_graph(
    graph: Graph | None = None,
    saver_def: Any = None,
    collection_list: Sequence[str] | None = None,
    *,
    filename: str | None = None,
    as_text: bool = False,
    graph_def: Any = None,
    meta_info_def: Any = None,
    clear_devices: bool = False,
    strip_default_attrs: bool = False,
) -> Any:
    """Return a graph, its collections and a saver as a MetaGraphDef message.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.
    saver_def : SaverDef, optional
    collection_list : list of str, optional
        The collections to write; all if left out. One whose members have no form in a
        file is left out with a warning.
    filename : str, optional
        Write the message to this file too.
    as_text : bool
        Write the text form; else the binary one.
    graph_def : GraphDef, optional
        In place of the graph's own.
    meta_info_def : MetaInfoDef, optional
    clear_devices : bool
        Leave out the devices of the operations.
    strip_default_attrs : bool
        Leave out the attributes that have the defaults of their ops.
    """
    graph = get_default_graph() if graph is None else graph
    message = protos.MetaGraphDef()
    if meta_info_def is not None:
        message.meta_info_def.CopyFrom(meta_info_def)
    message.meta_info_def.tensorflow_version = _RELEASE
    message.graph_def.CopyFrom(exported(graph, add_shapes=True) if graph_def is None else graph_def)
    if clear_devices:
        _clear_devices(message.graph_def)
    if strip_default_attrs:
        message.meta_info_def.stripped_default_attrs = True
        strip_defaults(message.graph_def)
    if saver_def is not None:
        message.saver_def.CopyFrom(saver_def)
    keys = graph.get_all_collection_keys() if collection_list is None else collection_list
    for key in keys:
        export_collection(message, key, graph)
    drop_lost_contexts(message)
    if filename is not None:
        os.makedirs(os.path.dirname(filename) or ".", exist_ok=True)
        write_message(message, filename, as_text)
    return message


def read_meta_graph(path: str) -> Any:
    """Return the MetaGraphDef in a file, of binary or text form.

    Raises
    ------
    OSError
        If there is no such file, or it holds something else.
    """
    from google.protobuf import message as messages
    from google.protobuf import text_format

    if not os.path.isfile(path):
        raise OSError(f"File {path} does not exist.")
    with open(path, "rb") as file:
        data = file.read()
    try:
        return protos.MetaGraphDef.FromString(data)
    except messages.DecodeError:
        pass
    message = protos.MetaGraphDef()
    try:
        text_format.Parse(data.decode(), message)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    return message


def import_scoped_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    input_map: dict[str, Any] | None = None,
) -> dict[str, Variable]:
    """Add a MetaGraphDef's operations and collections to the default graph.

    Parameters
    ----------
    meta_graph_or_file : MetaGraphDef or str
    clear_devices : bool
        Leave out the devices of the operations.
    import_scope : str, optional
        The name scope to put them under.
    input_map : dict of str to Tensor, optional
        As for `import_graph_def`.

    Returns
    -------
    dict of str to Variable
        The variables by the names they have without `import_scope`.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    if isinstance(meta_graph_or_file, str | os.PathLike):
        message = read_meta_graph(os.fspath(meta_graph_or_file))
    else:
        message = protos.MetaGraphDef.FromString(meta_graph_or_file.SerializeToString())
    graph = get_default_graph()
    if clear_devices:
        _clear_devices(message.graph_def)
    around = graph.get_name_scope()
    scope = graph.unique_name(import_scope, mark_as_used=False) if import_scope else around
    producers = message.meta_info_def.stripped_op_list
    import_graph_def(
        message.graph_def,
        input_map,
        name=import_scope or (f"{around}/" if around else ""),
        producer_op_list=producers if producers.op else None,
    )
    made: dict[bytes, Any] = {}
    for key in sorted(message.collection_def):
        import_collection(key, message.collection_def[key], graph, scope or None, made)
    prefix = f"{scope}/" if scope else ""
    found = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope or None)
    return {variable.name.removeprefix(prefix): variable for variable in found}


def _clear_devices(message: Any) -> None:
    for node in message.node:
        node.device = ""
