"""Functions from GraphDef to GraphDef: parts of graphs, and variables made constants."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from flowgraph import protos
from flowgraph.dtypes import as_dtype
from flowgraph.graphdef.attributes import Kind, attribute
from flowgraph.ops.tensor_proto import constant_proto

_VARIABLES = {"Variable", "VariableV2"}


def source(text: str) -> str:
    """Return the node that an input names."""
    return text.removeprefix("^").partition(":")[0]


def unused(name: str, taken: Container[str]) -> str:
    """Return a name like `name` that is not among those taken."""
    found, number = name, 0
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def extract_sub_graph(graph_def: Any, dest_nodes: list[str]) -> Any:
    """Return the part of a graph that some nodes depend on, with them.

    Parameters
    ----------
    graph_def : GraphDef
    dest_nodes : list of str
        The names of the nodes.

    Returns
    -------
    GraphDef

    Raises
    ------
    TypeError
        If `graph_def` is no GraphDef, or `dest_nodes` is a string.
    AssertionError
        If a node is not in the graph.

    Examples
    --------
    >>> a, b = tf.constant(1.0, name="a"), tf.constant(1.0, name="b")
    >>> c = tf.negative(a, name="c")
    >>> part = tf.graph_util.extract_sub_graph(a.graph.as_graph_def(), ["c"])
    >>> [node.name for node in part.node]
    ['a', 'c']
    """
    if not isinstance(graph_def, protos.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    by_name = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in by_name:
            raise AssertionError(f"{name} is not in graph")
    needed: set[str] = set()
    stack = list(dest_nodes)
    while stack:
        name = stack.pop()
        if name not in needed and name in by_name:
            needed.add(name)
            stack.extend(source(text) for text in by_name[name].input)
    return _with_nodes(graph_def, (node for node in graph_def.node if node.name in needed))


def _with_nodes(graph_def: Any, nodes: Iterable[Any]) -> Any:
    result = protos.GraphDef(versions=graph_def.versions, library=graph_def.library)
    result.node.extend(nodes)
    return result


def remove_training_nodes(input_graph: Any, protected_nodes: list[str] | None = None) -> Any:
    """Return a graph without the nodes that only training or checking needs.

    Parameters
    ----------
    input_graph : GraphDef
    protected_nodes : list of str, optional
        The names of nodes to keep.

    Returns
    -------
    GraphDef
        Without CheckNumerics, and without those Identity nodes that nothing but data
        passes through.

    Examples
    --------
    >>> a = tf.constant(1.0, name="a")
    >>> b = tf.negative(tf.identity(a, name="alias"), name="b")
    >>> part = tf.graph_util.remove_training_nodes(a.graph.as_graph_def())
    >>> [(node.name, list(node.input)) for node in part.node]
    [('a', []), ('b', ['a'])]
    """
    protected = set(protected_nodes or ())
    checks = {n.name for n in input_graph.node if n.op == "CheckNumerics"} - protected
    bypassed: dict[str, str] = {}
    kept = []
    for node in input_graph.node:
        if node.name in checks:
            bypassed[node.name] = node.input[0]
        else:
            kept.append(node)
    identities = {n.name: n for n in kept if n.op == "Identity" and n.name not in protected}
    ordered = {source(t) for n in kept for t in n.input if t.startswith("^")}
    for name, node in identities.items():
        waits = any(text.startswith("^") for text in node.input)
        if len(node.input) == 1 and not waits and name not in ordered:
            bypassed[name] = node.input[0]
    nodes = []
    for node in kept:
        if node.name not in bypassed:
            copy = protos.NodeDef()
            copy.CopyFrom(node)
            copy.input[:] = [_behind(text, bypassed) for text in node.input]
            nodes.append(copy)
    return _with_nodes(input_graph, nodes)


def _behind(text: str, bypassed: dict[str, str]) -> str:
    """Return what an input reads once the nodes in `bypassed` are gone."""
    while not text.startswith("^") and text in bypassed:
        text = bypassed[text]
    return f"^{_behind(text[1:], bypassed)}" if text[1:] in bypassed else text


def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: list[str],
    variable_names_whitelist: list[str] | None = None,
    variable_names_blacklist: list[str] | None = None,
) -> Any:
    """Return the part of a graph that gives some outputs, its variables made constants.

    Parameters
    ----------
    sess : Session
        Holds the variables' values.
    input_graph_def : GraphDef
    output_node_names : list of str
    variable_names_whitelist : list of str, optional
        The variables to convert; all if left out.
    variable_names_blacklist : list of str, optional
        Variables not to convert.

    Returns
    -------
    GraphDef

    Raises
    ------
    AssertionError
        If an output is not in the graph.
    FailedPreconditionError
        If a variable has no value.

    Examples
    --------
    >>> w = tf.Variable(2.0, name="w")
    >>> y = tf.multiply(w, 3.0, name="y")
    >>> with tf.Session() as session:
    ...     session.run(w.initializer)
    ...     frozen = tf.graph_util.convert_variables_to_constants(
    ...         session, y.graph.as_graph_def(), ["y"]
    ...     )
    >>> [(node.name, node.op) for node in frozen.node]
    [('w', 'Const'), ('w/read', 'Identity'), ('y/y', 'Const'), ('y', 'Mul')]
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    allowed, denied = variable_names_whitelist, set(variable_names_blacklist or ())
    names = [
        node.name
        for node in part.node
        if node.op in _VARIABLES
        and (allowed is None or node.name in allowed)
        and node.name not in denied
    ]
    values = dict(zip(names, sess.run([f"{name}:0" for name in names]), strict=True))
    nodes = [
        _constant(node, values[node.name]) if node.name in values else node for node in part.node
    ]
    return _with_nodes(protos.GraphDef(library=part.library), nodes)


def _constant(variable: Any, value: Any) -> Any:
    dtype = as_dtype(attribute(variable.attr["dtype"], Kind("type")))
    node = protos.NodeDef(name=variable.name, op="Const")
    node.attr["dtype"].type = dtype.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(constant_proto(value, dtype))
    return node
