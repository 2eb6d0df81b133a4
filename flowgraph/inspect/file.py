"""Files of graphs and checkpoints: what they are, read with bounds.

Nothing of a file is run. Its size is checked before it is read, its nodes and constants before a
graph is made of them, and names are printed without control characters.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Any

from flowgraph import protos
from flowgraph.formats.bundle import index_path
from flowgraph.inspect import tables
from flowgraph.inspect.checkpoint_report import CheckpointReport
from flowgraph.inspect.graph_report import GraphReport
from flowgraph.saved_model.keys import SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT

MAX_BYTES = (1 << 31) - 1
"""What a message may have at most, in protobuf too."""
MAX_TEXT = 1 << 26
"""What a message in text form may have at most: it takes far more time and memory."""

_SSTABLE = (0xDB4775248B80FB57).to_bytes(8, "little")
"""How a checkpoint of the first format ends."""


class GraphFile:
    """The graphs of a file.

    Attributes
    ----------
    path : str
    kind : str
        The message that it holds: ``"GraphDef"``, ``"MetaGraphDef"`` or ``"SavedModel"``.
    graphs : tuple of GraphReport
    """

    def __init__(self, path: str, kind: str, graphs: Sequence[GraphReport]) -> None:
        self.path = path
        self.kind = kind
        self.graphs = tuple(graphs)

    @property
    def is_whole(self) -> bool:
        """Whether all graphs can be loaded."""
        return all(graph.is_whole for graph in self.graphs)

    def text(self, batch: int | None = None, depth: int | None = None) -> str:
        """Return what there is to say; the arguments are those of `Graph.summary`."""
        return "\n\n".join(graph.text(batch, depth) for graph in self.graphs)

    def __str__(self) -> str:
        return self.text()


def inspect_file(path: str) -> GraphFile | CheckpointReport:
    """Return what a file of a graph or a checkpoint holds.

    Parameters
    ----------
    path : str
        A GraphDef or MetaGraphDef, binary or text; the directory of a SavedModel; the prefix of
        a checkpoint, or one of its files.

    Returns
    -------
    GraphFile or CheckpointReport
        Both print as text.

    Raises
    ------
    OSError
        If it cannot be read, is too large, or is none of these.
    OpError
        If a checkpoint is damaged.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.inspect.file import inspect_file
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> y = tf.nn.softmax(x, name="y")
    >>> path = tf.train.write_graph(x.graph, tempfile.mkdtemp(), "model.pb", as_text=False)
    >>> (graph,) = inspect_file(path).graphs
    >>> graph.inputs[0].name, graph.outputs[0].name, graph.unsupported
    ('x', 'y', ())
    """
    if os.path.isdir(path):
        for name in (SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT):
            inner = os.path.join(path, name)
            if os.path.exists(inner):
                return _graphs(inner, _bytes_of(inner), ("SavedModel",))
        raise OSError(f"{path} is a directory without {SAVED_MODEL_FILENAME_PB}")
    prefix = _checkpoint_prefix(path)
    if prefix is not None:
        return CheckpointReport(prefix)
    data = _bytes_of(path)
    if data.endswith(_SSTABLE):
        return CheckpointReport(path)
    name = os.path.basename(path)
    if name in (SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT):
        return _graphs(path, data, ("SavedModel",))
    is_meta = name.endswith((".meta", ".meta.txt"))
    return _graphs(path, data, ("MetaGraphDef",) if is_meta else ("GraphDef", "MetaGraphDef"))


def _checkpoint_prefix(path: str) -> str | None:
    """Return the prefix of the checkpoint that a path belongs to, or ``None``."""
    stem, dot, ending = path.rpartition(".")
    candidates = [path]
    if dot and (ending == "index" or ending.startswith("data-")):
        candidates.append(stem)
    return next((c for c in candidates if os.path.exists(index_path(c))), None)


def _bytes_of(path: str) -> bytes:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no regular file")
    if status.st_size > MAX_BYTES:
        raise OSError(f"{path} has {status.st_size} bytes; {MAX_BYTES} are allowed")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES)


def _graphs(path: str, data: bytes, kinds: Sequence[str]) -> GraphFile:
    for kind in kinds:
        for parse in (_binary, _text):
            message = parse(kind, data)
            if message is not None:
                return GraphFile(path, kind, _reports(path, kind, message, len(data)))
    raise OSError(f"{path} holds no {' or '.join(kinds)}")


def _binary(kind: str, data: bytes) -> Any:
    """Return the message in a file, or ``None`` if it is another."""
    from google.protobuf.message import DecodeError  # loaded when it is needed

    try:
        message = getattr(protos, kind).FromString(data)
    except DecodeError:
        return None
    return message if _is_plausible(kind, message) else None


def _text(kind: str, data: bytes) -> Any:
    from google.protobuf import text_format

    if len(data) > MAX_TEXT:
        return None
    try:
        message = text_format.Parse(data.decode(), getattr(protos, kind)())
    except (text_format.ParseError, UnicodeDecodeError, RecursionError):
        return None
    return message if _is_plausible(kind, message) else None


def _is_plausible(kind: str, message: Any) -> bool:
    """Whether a message is what it was read as: many bytes parse as anything."""
    if kind == "SavedModel":
        return bool(message.meta_graphs)
    nodes = message.node if kind == "GraphDef" else message.graph_def.node
    return bool(nodes) and all(node.op and node.name for node in nodes)


def _reports(path: str, kind: str, message: Any, size: int) -> list[GraphReport]:
    title = f"{tables.plain(path)}: {kind}"
    if kind == "GraphDef":
        return [GraphReport(title, message, size=size)]
    if kind == "MetaGraphDef":
        return [GraphReport(title, message.graph_def, message, size)]
    return [
        GraphReport(
            f"{title}, tags {', '.join(tables.plain(tag) for tag in each.meta_info_def.tags)}",
            each.graph_def,
            each,
            size,
        )
        for each in message.meta_graphs
    ]
