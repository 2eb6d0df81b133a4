"""What a GraphDef holds, read from the message: also where it has ops that are not known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from flowgraph import ops
from flowgraph.dtypes import as_dtype
from flowgraph.errors import OpError
from flowgraph.graph.graph import Graph
from flowgraph.graphdef.attributes import shape_of
from flowgraph.graphdef.function_reader import FUNCTIONAL, prepared
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.graphdef.meta import import_scoped_meta_graph
from flowgraph.graphdef.node import is_readable
from flowgraph.inspect import tables
from flowgraph.inspect.summary import Summary, summary

MAX_NODES = 1 << 18
"""Larger graphs are counted, but not loaded."""
_MOST_CONSTANTS = 1 << 28
"""So many bytes may constants have beyond those that are in the file."""
_LISTED = 20
_WIDTH = 96

_INPUTS = {"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"}
_VARIABLES = {"Variable", "VariableV2", "VarHandleOp"}
_NO_RESULTS = _VARIABLES | {"Const", "Assert", "Assign", "Shape"}

_REFUSALS = (OpError, ValueError, TypeError, LookupError, NotImplementedError, OverflowError)
"""What loading a graph may raise that is not valid, or not supported."""


class Endpoint(NamedTuple):
    """Where values enter or leave a graph.

    Attributes
    ----------
    name : str
        Of the node, or of the tensor in a signature.
    type : str
        Of the op, or the key in a signature.
    form : str
        Dtype and shape, as far as the file has them.
    """

    name: str
    type: str
    form: str


class GraphReport:
    """What a graph of a file holds.

    Parameters
    ----------
    title : str
    graph_def : GraphDef
    meta_graph : MetaGraphDef, optional
        What `graph_def` is a part of: its collections say which variables are trained.
    size : int
        The bytes of the file.

    Attributes
    ----------
    nodes : int
        Functions' nodes included.
    types : Counter
        How many nodes there are of each type.
    inputs, outputs : tuple of Endpoint
        Placeholders, and what no other node takes: without variables, their reads and initial
        assignments, shapes and constants.
    signatures : dict of str to pair of tuples of Endpoint
        Inputs and outputs as a SavedModel names them.
    unsupported : tuple of str
        Types that cannot be loaded.
    graph : Graph or None
        The graph, if it can be loaded.
    problem : str
        Why it cannot be loaded, or ``""``.
    """

    def __init__(self, title: str, graph_def: Any, meta_graph: Any = None, size: int = 0) -> None:
        self.title = title
        functions = list(graph_def.library.function)
        nodes = [*graph_def.node, *(node for f in functions for node in f.node_def)]
        self.nodes = len(nodes)
        self.functions = len(functions)
        self.types = Counter(node.op for node in nodes)
        self.inputs = tuple(_endpoint(n) for n in graph_def.node if n.op in _INPUTS)
        self.outputs = tuple(_outputs(graph_def))
        self.signatures = _signatures(meta_graph)
        self.graph: Graph | None = None
        self.problem = ""
        self.unsupported: tuple[str, ...] = ()
        if self.nodes > MAX_NODES:
            self.problem = f"more than {MAX_NODES} nodes"
        elif (declared := _declared_bytes(nodes)) > size + _MOST_CONSTANTS:
            self.problem = f"constants of {tables.amount(declared, 'B')}, more than the file has"
        else:
            self._load(graph_def, meta_graph)

    def _load(self, graph_def: Any, meta_graph: Any) -> None:
        graph = Graph()
        try:
            with graph.as_default():
                if meta_graph is None:
                    import_graph_def(graph_def, name="")
                else:
                    import_scoped_meta_graph(meta_graph)
        except _REFUSALS as error:
            self.unsupported = tuple(_unsupported(graph_def))
            text = error.message if isinstance(error, OpError) else str(error)
            self.problem = tables.plain(text.partition("\n")[0])
        else:
            self.graph = graph

    @property
    def is_whole(self) -> bool:
        """Whether the graph can be loaded."""
        return self.graph is not None

    def summary(self, batch: int | None = None, depth: int | None = None) -> Summary | None:
        """Return the table of the scopes, if the graph can be loaded."""
        return None if self.graph is None else summary(self.graph, batch, depth)

    def text(self, batch: int | None = None, depth: int | None = None) -> str:
        """Return what there is to say about the graph; the arguments are those of `summary`."""
        functions = f", {self.functions} functions" if self.functions else ""
        lines = [f"{self.title}: {self.nodes} nodes{functions}"]
        lines += _list("inputs", self.inputs) + _list("outputs", self.outputs)
        for name, (inputs, outputs) in self.signatures.items():
            lines += _list(f"signature {tables.plain(name)}, inputs", inputs)
            lines += _list(f"signature {tables.plain(name)}, outputs", outputs)
        counts = (f"{tables.plain(kind)} {n}" for kind, n in self.types.most_common())
        lines += ["ops", *_wrapped(counts)]
        table = self.summary(batch, depth)
        if table is not None:
            lines += ["", str(table)]
        if self.unsupported:
            names = (f"{tables.plain(t)} {self.types[t]}" for t in self.unsupported)
            lines += ["unsupported ops", *_wrapped(names)]
        if self.problem:
            lines.append(f"cannot be loaded: {self.problem}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


def _endpoint(node: Any) -> Endpoint:
    return Endpoint(node.name, node.op, _form(node))


def _form(node: Any) -> str:
    """Return the dtype and shape that a node states."""
    kinds = [node.attr[name].type for name in ("dtype", "T") if name in node.attr]
    parts = [_dtype(kinds[0])] if kinds else []
    if "shape" in node.attr:
        parts.append(_shape(node.attr["shape"].shape))
    elif "_output_shapes" in node.attr and node.attr["_output_shapes"].list.shape:
        parts.append(_shape(node.attr["_output_shapes"].list.shape[0]))
    return " ".join(parts)


def _dtype(number: int) -> str:
    try:
        return as_dtype(number).name
    except TypeError:
        return "?"


def _shape(message: Any) -> str:
    try:
        return str(shape_of(message))
    except ValueError:  # a size that is none
        return "?"


def _outputs(graph_def: Any) -> Iterator[Endpoint]:
    taken = {_source(text) for node in graph_def.node for text in node.input}
    variables = {node.name for node in graph_def.node if node.op in _VARIABLES}
    for node in graph_def.node:
        is_read = node.op == "Identity" and node.input and _source(node.input[0]) in variables
        if node.name not in taken and node.op not in _INPUTS | _NO_RESULTS and not is_read:
            yield _endpoint(node)


def _source(text: str) -> str:
    return text.removeprefix("^").partition(":")[0]


def _signatures(
    meta_graph: Any,
) -> dict[str, tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]]:
    if meta_graph is None:
        return {}
    return {
        name: (_described(signature.inputs), _described(signature.outputs))
        for name, signature in sorted(meta_graph.signature_def.items())
    }


def _described(tensors: Any) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(info.name, key, f"{_dtype(info.dtype)} {_shape(info.tensor_shape)}")
        for key, info in sorted(tensors.items())
    )


def _declared_bytes(nodes: Iterable[Any]) -> int:
    """Return how large all constants are: a few bytes of a file may stand for very many."""
    found = 0
    for node in nodes:
        if node.op == "Const":
            tensor = node.attr["value"].tensor
            sizes = [max(dim.size, 0) for dim in tensor.tensor_shape.dim]
            # Of 16 bytes are the elements of the widest dtype.
            found += math.prod(sizes) * (1 if tensor.tensor_content else 16)
    return found


def _unsupported(graph_def: Any) -> list[str]:
    functions = {f.signature.name: f for f in graph_def.library.function}
    try:
        nodes = prepared(graph_def.node, functions)
    except _REFUSALS:
        nodes = list(graph_def.node)
    kinds = {node.op for node in nodes} - FUNCTIONAL - functions.keys()
    known = {kind: ops.declared(kind) for kind in kinds}
    return sorted(kind for kind, op in known.items() if op is None or not is_readable(op))


def _list(heading: str, endpoints: tuple[Endpoint, ...]) -> list[str]:
    shown = ((tables.plain(text) for text in each if text) for each in endpoints[:_LISTED])
    lines = [heading, *(f"  {'  '.join(texts)}" for texts in shown)]
    if len(endpoints) > _LISTED:
        lines.append(f"  ... {len(endpoints) - _LISTED} more")
    return lines if endpoints else [f"{heading}: none"]


def _wrapped(texts: Iterable[str]) -> list[str]:
    lines = [""]
    for text in texts:
        if lines[-1] and len(lines[-1]) + len(text) + 2 > _WIDTH:
            lines[-1] += ","
            lines.append("")
        lines[-1] += f", {text}" if lines[-1] else text
    return [f"  {line}" for line in lines]
