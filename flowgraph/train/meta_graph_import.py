"""``tf.train.import_meta_graph``."""

from __future__ import annotations

import logging
import os
from typing import Any

import flowgraph.lookup.mutable
import flowgraph.train.queue_runners  # noqa: F401 - both say what their collections hold in files
from flowgraph.graphdef.meta import import_scoped_meta_graph, read_meta_graph
from flowgraph.train.saver import Saver
from flowgraph.train.saver_nodes import saveable_objects


def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Saver | None:
    """Add the graph in a ``.meta`` file to the default graph.

    Parameters
    ----------
    meta_graph_or_file : str or MetaGraphDef
    clear_devices : bool
        Leave out the devices of the operations.
    import_scope : str, optional
        The name scope to put them under.
    **kwargs
        ``input_map``: tensors that take the place of the graph's, by name.

    Returns
    -------
    Saver or None
        What restores its variables; ``None`` if there are none.

    Raises
    ------
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, os.path.join(tempfile.mkdtemp(), "model"))
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     tf.train.import_meta_graph(path + ".meta").restore(sess, path)
    ...     sess.run("w:0")
    array([1., 2.], dtype=float32)
    """
    message = meta_graph_or_file
    if isinstance(message, str | os.PathLike):
        message = read_meta_graph(os.fspath(message))
    variables = import_scoped_meta_graph(message, clear_devices, import_scope, **kwargs)
    if message.HasField("saver_def"):
        scope = import_scope
        if variables:  # they say under which unique name the scope was made
            name, variable = next(iter(variables.items()))
            scope = variable.name.removesuffix(name)
        return Saver(saver_def=message.saver_def, name=scope)
    if saveable_objects(import_scope):
        return Saver()
    logging.getLogger("tensorflow").info(
        "Saver not created because there are no variables in the graph to restore"
    )
    return None
