"""``tf.train.export_meta_graph``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graphdef import meta


def export_meta_graph(
    filename: str | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Sequence[str] | None = None,
    as_text: bool = False,
    graph: Graph | None = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> Any:
    """Return a graph with its collections as a MetaGraphDef message, and write it to a file.

    Parameters
    ----------
    filename : str, optional
        The file, if one is to be written.
    meta_info_def : MetaInfoDef, optional
    graph_def : GraphDef, optional
        In place of the graph's own.
    saver_def : SaverDef, optional
        What saves and restores its variables.
    collection_list : list of str, optional
        The collections to write; all if left out.
    as_text : bool
        Write the text form; else the binary one.
    graph : Graph, optional
        The default graph if left out.
    export_scope : None
    clear_devices : bool
        Leave out the devices of the operations.
    strip_default_attrs : bool
        Leave out the attributes that have the defaults of their ops.
    clear_extraneous_savers, save_debug_info : bool
        Must be False.

    Returns
    -------
    MetaGraphDef

    Raises
    ------
    NotImplementedError
        If an operation has no form in a file, and for the arguments that must be left.

    Examples
    --------
    >>> x = tf.constant(1.0, name="x")
    >>> [node.name for node in tf.train.export_meta_graph().graph_def.node]
    ['x']
    """
    given = {
        "export_scope": export_scope,
        "clear_extraneous_savers": clear_extraneous_savers,
        "save_debug_info": save_debug_info,
        **kwargs,
    }
    for name, value in given.items():
        if value:
            raise NotImplementedError(f"export_meta_graph with {name}={value!r}")
    return meta.export_meta_graph(
        graph,
        saver_def,
        collection_list,
        filename=filename,
        as_text=as_text,
        graph_def=graph_def,
        meta_info_def=meta_info_def,
        clear_devices=clear_devices,
        strip_default_attrs=strip_default_attrs,
    )
