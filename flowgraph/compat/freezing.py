"""``tensorflow.python.tools.freeze_graph``: a saved graph with its variables made constants."""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import message as messages
from google.protobuf import text_format

from flowgraph import protos
from flowgraph.formats.replace import write
from flowgraph.graph.graph import Graph
from flowgraph.graphdef.export import graph_def
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.graphdef.rewriting import convert_variables_to_constants
from flowgraph.runtime.session import Session
from flowgraph.saved_model.keys import SERVING
from flowgraph.saved_model.saved_model_loader import load
from flowgraph.train.checkpoint_reader import load_checkpoint
from flowgraph.train.checkpoint_state import checkpoint_exists
from flowgraph.train.meta_graph_import import import_meta_graph
from flowgraph.train.saver import Saver

_VERSION = 2


def freeze_graph(
    input_graph: str,
    input_saver: str,
    input_binary: bool,
    input_checkpoint: str,
    output_node_names: str,
    restore_op_name: object,
    filename_tensor_name: object,
    output_graph: str,
    clear_devices: bool,
    initializer_nodes: str,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph: str | None = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: str = SERVING,
    checkpoint_version: int = _VERSION,
) -> Any:
    """Write the part of a graph that gives some outputs, its variables made constants.

    The graph is that of the first of `input_saved_model_dir`, `input_meta_graph` and
    `input_graph` that is given.

    Parameters
    ----------
    input_graph : str
        The file of a GraphDef.
    input_saver : str
        The file of the SaverDef of `input_graph`, or empty.
    input_binary : bool
        Whether these files are binary, and not text.
    input_checkpoint : str
        The values of the variables.
    output_node_names : str
        Separated by commas.
    restore_op_name, filename_tensor_name : object
        Of no effect, as in TensorFlow.
    output_graph : str
        The file to write, or empty.
    clear_devices : bool
        Leave out the devices of the operations.
    initializer_nodes : str
        Operations to run once the variables are restored, separated by commas.
    variable_names_whitelist, variable_names_blacklist : str
        The only variables to convert, or those not to; separated by commas.
    input_meta_graph, input_saved_model_dir : str, optional
    saved_model_tags : str
        Separated by commas.
    checkpoint_version : int
        2; both versions are read.

    Returns
    -------
    GraphDef

    Raises
    ------
    OSError
        If a file is missing or holds something else.
    ValueError
        If there is no such checkpoint, no output is named, or there is nothing to restore.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.compat.freezing import freeze_graph
    >>> folder = tempfile.mkdtemp()
    >>> y = tf.multiply(tf.placeholder(tf.float32, name="x"), tf.Variable(3.0), name="y")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     checkpoint = tf.train.Saver().save(sess, os.path.join(folder, "model"))
    >>> graph = tf.train.write_graph(y.graph.as_graph_def(), folder, "graph.pbtxt")
    >>> frozen = freeze_graph(graph, "", False, checkpoint, "y", "", "", "", True, "")
    >>> [node.op for node in frozen.node]
    ['Placeholder', 'Const', 'Identity', 'Mul']
    """
    if checkpoint_version != _VERSION:
        raise NotImplementedError(f"freeze_graph with checkpoint_version={checkpoint_version}")
    if not input_saved_model_dir and not checkpoint_exists(input_checkpoint):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    with Graph().as_default() as graph, Session(graph=graph) as session:
        if input_saved_model_dir:
            load(session, _names(saved_model_tags), input_saved_model_dir)
        elif input_meta_graph:
            _restore(session, import_meta_graph(input_meta_graph), input_checkpoint)
        else:
            import_graph_def(_read(input_graph, protos.GraphDef(), input_binary), name="")
            saver = (
                Saver(saver_def=_read(input_saver, protos.SaverDef(), input_binary))
                if input_saver
                else _saver_of(graph, input_checkpoint)
            )
            _restore(session, saver, input_checkpoint)
        if initializer_nodes and not input_saver and not input_saved_model_dir:
            session.run(_names(initializer_nodes))
        message = graph_def(graph)
        for node in message.node if clear_devices else ():
            node.device = ""
        frozen = convert_variables_to_constants(
            session,
            message,
            _names(output_node_names),
            _names(variable_names_whitelist) or None,
            _names(variable_names_blacklist) or None,
        )
    if output_graph:
        write(output_graph, frozen.SerializeToString())
    return frozen


def _names(text: str) -> list[str]:
    text = text.replace(" ", "")
    return text.split(",") if text else []


def _read(path: str, message: Any, is_binary: bool) -> Any:
    if not os.path.exists(path):
        what = "graph" if isinstance(message, protos.GraphDef) else "saver"
        raise OSError(f"Input {what} file '{path}' does not exist!")
    with open(path, "rb") as file:
        data = file.read()
    try:
        if is_binary:
            message.ParseFromString(data)
        else:
            text_format.Parse(data.decode(), message)
    except (messages.DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    return message


def _saver_of(graph: Graph, checkpoint: str) -> Saver | None:
    """Return what restores the variables of a graph that are in a checkpoint."""
    saved = load_checkpoint(checkpoint).get_variable_to_shape_map()
    names = {operation.name for operation in graph.get_operations()}
    found = {name: graph.get_tensor_by_name(f"{name}:0") for name in saved if name in names}
    variables = {name: tensor for name, tensor in found.items() if tensor.dtype.is_ref_dtype}
    return Saver(variables) if variables else None


def _restore(session: Session, saver: Saver | None, checkpoint: str) -> None:
    if saver is None:
        raise ValueError(
            "No variables were found in this model. It is likely the model was frozen previously. "
            "You cannot freeze a graph twice."
        )
    saver.restore(session, checkpoint)
