"""A SavedModel's directory back to a graph and the values of its variables."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from typing import Any

from flowgraph import protos
from flowgraph.errors import NotFoundError
from flowgraph.graph.graph import Graph
from flowgraph.saved_model.assets import asset_feeds
from flowgraph.saved_model.keys import (
    INIT_OP_SIGNATURE_KEY,
    LEGACY_INIT_OP_KEY,
    MAIN_OP_KEY,
    SAVED_MODEL_FILENAME_PB,
    SAVED_MODEL_FILENAME_PBTXT,
    VARIABLES_DIRECTORY,
    VARIABLES_FILENAME,
)
from flowgraph.saved_model.tensor_information import scoped
from flowgraph.train.meta_graph_import import import_meta_graph

_log = logging.getLogger("tensorflow")


def load(
    sess: Any,
    tags: Collection[str],
    export_dir: str | bytes,
    import_scope: str | None = None,
    **saver_kwargs: Any,
) -> Any:
    """Add a graph of a SavedModel to a session's, and restore its variables.

    Parameters
    ----------
    sess : Session
    tags : list of str
        All tags of the graph, in any order.
    export_dir : str
        The SavedModel's directory.
    import_scope : str, optional
        The name scope to put the operations under.
    **saver_kwargs
        As for `tf.train.import_meta_graph`.

    Returns
    -------
    MetaGraphDef
        With the signatures in ``signature_def``.

    Raises
    ------
    OSError
        If there is no SavedModel, or it is damaged.
    RuntimeError
        If it has no graph with these tags.

    Examples
    --------
    >>> import os, tempfile
    >>> x = tf.placeholder(tf.float32)
    >>> y = tf.multiply(x, tf.Variable(3.0))
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     tf.saved_model.simple_save(sess, path, {"x": x}, {"y": y})
    >>> with tf.Session(graph=tf.Graph()) as sess:
    ...     model = tf.saved_model.loader.load(sess, ["serve"], path)
    ...     signature = model.signature_def["serving_default"]
    ...     sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: 2.0})
    np.float32(6.0)
    """
    export_dir = os.fsdecode(export_dir)
    message = _with_tags(_read(export_dir), tags)
    with sess.graph.as_default():
        saver = import_meta_graph(message, import_scope=import_scope, **saver_kwargs)
        if saver is None:
            _log.info("The specified SavedModel has no variables; no checkpoints were restored.")
        else:
            saver.restore(sess, os.path.join(export_dir, VARIABLES_DIRECTORY, VARIABLES_FILENAME))
        operation = _main_operation(sess.graph, message, import_scope)
        if operation is not None:
            sess.run([operation], asset_feeds(export_dir, message, import_scope))
    return message


def maybe_saved_model_directory(export_dir: str) -> bool:
    """Whether a directory has the file of a SavedModel.

    Parameters
    ----------
    export_dir : str

    Examples
    --------
    >>> tf.saved_model.loader.maybe_saved_model_directory("/no/such/directory")
    False
    """
    names = (SAVED_MODEL_FILENAME_PBTXT, SAVED_MODEL_FILENAME_PB)
    return any(os.path.exists(os.path.join(export_dir, name)) for name in names)


def _read(export_dir: str) -> Any:
    """Return the SavedModel message of a directory."""
    from google.protobuf import message as messages
    from google.protobuf import text_format

    message = protos.SavedModel()
    path = os.path.join(export_dir, SAVED_MODEL_FILENAME_PB)
    text = os.path.join(export_dir, SAVED_MODEL_FILENAME_PBTXT)
    try:
        if os.path.exists(path):
            with open(path, "rb") as file:
                message.ParseFromString(file.read())
        elif os.path.exists(path := text):
            with open(path, "rb") as file:
                text_format.Parse(file.read().decode(), message)
        else:
            raise OSError(
                f"SavedModel file does not exist at: {export_dir}/"
                f"{{{SAVED_MODEL_FILENAME_PBTXT}|{SAVED_MODEL_FILENAME_PB}}}"
            )
    except (messages.DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    return message


def _with_tags(saved_model: Any, tags: Collection[str]) -> Any:
    found = [set(graph.meta_info_def.tags) for graph in saved_model.meta_graphs]
    if set(tags) in found:
        return saved_model.meta_graphs[found.index(set(tags))]
    raise RuntimeError(
        f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in "
        "SavedModel. To inspect available tag-sets in the SavedModel, please use the SavedModel "
        f"CLI: `saved_model_cli`\navailable_tags: {found}"
    )


def _main_operation(graph: Graph, message: Any, import_scope: str | None) -> Any:
    """Return what is to be run after loading, or None."""
    if INIT_OP_SIGNATURE_KEY in message.signature_def:
        name = message.signature_def[INIT_OP_SIGNATURE_KEY].outputs[INIT_OP_SIGNATURE_KEY].name
        try:
            return graph.as_graph_element(scoped(name, import_scope))
        except KeyError:
            raise NotFoundError(
                None, None, f"The {INIT_OP_SIGNATURE_KEY} could not be found in the graph."
            ) from None
    for key in (MAIN_OP_KEY, LEGACY_INIT_OP_KEY):
        if key in message.collection_def:
            names = message.collection_def[key].node_list.value
            if len(names) != 1:
                raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {names}")
            return graph.as_graph_element(scoped(names[0], import_scope))
    return None
