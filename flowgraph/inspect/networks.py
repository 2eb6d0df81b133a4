"""Graphs as networkx networks, and what leads where in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body
from flowgraph.ops.functional import While
from flowgraph.plan.prune import prune
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.fetches import Fetches

if TYPE_CHECKING:
    import networkx

_INSIDE = " > "


class _Link(NamedTuple):
    """A way between a body and the graph around it, or from a turn of a loop to the next."""

    kind: str
    source: Tensor
    is_source_inside: bool
    target: Tensor
    is_target_inside: bool


def to_networkx(
    graph: Graph, nodes: str = "operations", bodies: str = "attribute"
) -> networkx.MultiDiGraph:
    """Return a graph as a network of networkx.

    Parameters
    ----------
    graph : Graph
    nodes : {"operations", "tensors"}
        What the nodes are. Where they are tensors, an operation without outputs is a node too.
    bodies : {"attribute", "nodes"}
        What becomes of the graphs inside a branch or a loop: networks in the attribute
        ``bodies`` of its operation, or nodes beside the others, named
        ``"while/While > turn > while/add"``.

    Returns
    -------
    networkx.MultiDiGraph
        The nodes are names. Their attributes: ``type`` (of the op), ``device``, ``dtype`` and
        ``shape`` (of the outputs), ``scope``, ``source`` (``"file:line"`` of the user's
        program), and ``operation`` (its name) where the nodes are tensors. An edge has ``kind``,
        and the ``tensor`` that it carries, its ``dtype``, ``shape`` and position ``input``. The
        kinds are ``"data"``; ``"control"``, which carries nothing; and with bodies as nodes
        ``"enter"``, ``"leave"`` and, from one turn of a loop to the next, ``"next"``.
        But for ``bodies`` all are texts and numbers, so that networkx can write them to files.

    Raises
    ------
    ValueError
        If `nodes` or `bodies` is another word.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> y = tf.square(x, name="net/y")
    >>> network = tf.get_default_graph().to_networkx()
    >>> list(network.edges(data="tensor"))
    [('x', 'net/y', 'x:0')]
    >>> network.nodes["net/y"]["type"], network.nodes["net/y"]["shape"]
    ('Square', '(?, 2)')
    """
    if nodes not in ("operations", "tensors"):
        raise ValueError(f"nodes must be 'operations' or 'tensors', not {nodes!r}")
    if bodies not in ("attribute", "nodes"):
        raise ValueError(f"bodies must be 'attribute' or 'nodes', not {bodies!r}")
    import networkx

    network = networkx.MultiDiGraph()
    drawn = _Tensors(network) if nodes == "tensors" else _Operations(network)
    waiting: list[tuple[Graph, str]] = [(graph, "")]
    while waiting:
        inner, prefix = waiting.pop()
        drawn.add(inner, prefix)
        for operation in inner.get_operations():
            for word, body, _, results in operation.op.insides():
                if bodies == "attribute":
                    for node in drawn.places(operation, prefix):
                        held = network.nodes[node].setdefault("bodies", {})
                        held[word] = to_networkx(body, nodes)
                    continue
                inside = f"{prefix}{operation.name}{_INSIDE}{word}{_INSIDE}"
                waiting.append((body, inside))
                for link in _links(operation, body, list(results)):
                    drawn.join(
                        link,
                        inside if link.is_source_inside else prefix,
                        inside if link.is_target_inside else prefix,
                    )
    return network


class _Operations:
    """A network whose nodes are operations."""

    def __init__(self, network: networkx.MultiDiGraph) -> None:
        self.network = network

    def add(self, graph: Graph, prefix: str) -> None:
        """Add the operations of a graph, and what leads from one to another."""
        for operation in graph.get_operations():
            node = prefix + operation.name
            self.network.add_node(node, **_attributes(operation, operation._outputs))
            for position, tensor in enumerate(operation.inputs):
                edge = {**_carried(tensor, prefix), "input": position, "kind": "data"}
                self.network.add_edge(prefix + tensor.op.name, node, **edge)
            for before in operation.control_inputs:
                self.network.add_edge(prefix + before.name, node, kind="control")

    def places(self, operation: Operation, prefix: str) -> list[str]:
        """Return the nodes that stand for an operation."""
        return [prefix + operation.name]

    def join(self, link: _Link, source: str, target: str) -> None:
        """Add an edge between the graphs whose names begin with `source` and `target`."""
        ends = source + link.source.op.name, target + link.target.op.name
        self.network.add_edge(*ends, **_carried(link.source, source), kind=link.kind)


class _Tensors(_Operations):
    """A network whose nodes are tensors, and operations that have none."""

    def add(self, graph: Graph, prefix: str) -> None:
        for operation in graph.get_operations():
            for tensor in operation._outputs:
                attributes = _attributes(operation, (tensor,))
                self.network.add_node(prefix + tensor.name, operation=operation.name, **attributes)
            places = self.places(operation, prefix)
            if not operation._outputs:
                attributes = _attributes(operation, ())
                self.network.add_node(places[0], operation=operation.name, **attributes)
            for place in places:
                for position, tensor in enumerate(operation.inputs):
                    edge = {**_carried(tensor, prefix), "input": position, "kind": "data"}
                    self.network.add_edge(prefix + tensor.name, place, **edge)
                for before in operation.control_inputs:
                    source = self.places(before, prefix)[0]
                    self.network.add_edge(source, place, kind="control")

    def places(self, operation: Operation, prefix: str) -> list[str]:
        names = [tensor.name for tensor in operation._outputs]
        return [prefix + name for name in names or [operation.name]]

    def join(self, link: _Link, source: str, target: str) -> None:
        ends = source + link.source.name, target + link.target.name
        self.network.add_edge(*ends, **_carried(link.source, source), kind=link.kind)


def _attributes(operation: Operation, tensors: Iterable[Tensor]) -> dict[str, str]:
    outputs = list(tensors)
    return {
        "type": operation.type,
        "device": operation.device,
        "dtype": ", ".join(tensor.dtype.name for tensor in outputs),
        "shape": ", ".join(str(tensor.shape) for tensor in outputs),
        "scope": operation.name.rpartition("/")[0],
        "source": f"{operation.site.filename}:{operation.site.line}",
    }


def _carried(tensor: Tensor, prefix: str) -> dict[str, str]:
    return {
        "tensor": prefix + tensor.name,
        "dtype": tensor.dtype.name,
        "shape": str(tensor.shape),
    }


def _links(operation: Operation, body: Graph, results: list[Tensor]) -> Iterator[_Link]:
    """Yield what enters a body of an operation and leaves it."""
    if isinstance(body, Body):
        for outer, inner in body.captures.items():
            yield _Link("enter", outer, False, inner, True)
    outputs = operation.outputs
    if isinstance(operation.op, While) and isinstance(body, Body):
        for outer, inner in zip(operation.inputs, body.parameters, strict=False):
            yield _Link("enter", outer, False, inner, True)
        if body is operation.op.cond:
            return
        results = results[1:]  # the first says whether there is one more turn
        for result, parameter in zip(results, body.parameters, strict=True):
            yield _Link("next", result, True, parameter, True)
    for result, output in zip(results, outputs, strict=False):
        yield _Link("leave", result, True, output, False)


def ancestors(graph: Graph, fetches: Any, feeds: Any = ()) -> list[Operation]:
    """Return the operations that a run of `fetches` needs, as `Session.run` finds them.

    Parameters
    ----------
    graph : Graph
    fetches : any nesting of fetches
        Tensors, operations, variables or their names.
    feeds : iterable of Tensor
        What is fed, such as the keys of a ``feed_dict``: what only they need is left out.

    Returns
    -------
    list of Operation
        Each after those it depends on; the fetched ones among them.

    Raises
    ------
    TypeError, ValueError
        If one cannot be fetched or fed.

    Examples
    --------
    >>> a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    >>> c = tf.exp(a, name="c")
    >>> [operation.name for operation in tf.get_default_graph().ancestors(c)]
    ['a', 'c']
    """
    request = Fetches(graph, fetches).request(feeding.keys(graph, list(feeds)))
    return [step.operation for step in prune(request).steps if not step.is_read]


def paths(
    graph: Graph, fetch: Any, source: Any, control: bool = False
) -> Iterator[list[Operation]]:
    """Yield the ways that lead from `source` to `fetch`.

    Parameters
    ----------
    graph : Graph
    fetch, source : Tensor, Operation, Variable or str
    control : bool
        Also go along control dependencies.

    Yields
    ------
    list of Operation
        From the source to the fetch, both included.

    Raises
    ------
    TypeError, ValueError, KeyError
        If `fetch` or `source` is not of this graph.

    Notes
    -----
    A network in which values branch and join n times in a row has 2 to the n paths: take as many
    as you need, as with `itertools.islice`.

    Examples
    --------
    >>> x = tf.constant(1.0, name="x")
    >>> y = tf.add(x, tf.exp(x, name="exp"), name="y")
    >>> [[o.name for o in path] for path in tf.get_default_graph().paths(y, x)]
    [['x', 'y'], ['x', 'exp', 'y']]
    """
    end, start = (_operation(graph, element) for element in (fetch, source))
    return _paths(end, start, control)


def _operation(graph: Graph, element: Any) -> Operation:
    found = graph.as_graph_element(element)
    return found.op if isinstance(found, Tensor) else found


def _paths(end: Operation, start: Operation, control: bool) -> Iterator[list[Operation]]:
    leading = _between(end, start, control)
    if end not in leading:
        return
    path = [end]
    choices = [iter(_before(end, control))]
    if end is start:
        yield [end]
        return
    while choices:
        step = next((o for o in choices[-1] if o in leading), None)
        if step is None:
            choices.pop()
            path.pop()
        elif step is start:
            yield [start, *reversed(path)]
        else:
            path.append(step)
            choices.append(iter(_before(step, control)))


def _before(operation: Operation, control: bool) -> list[Operation]:
    """Return the operations next before one, each once."""
    found = [tensor.op for tensor in operation.inputs]
    return list(dict.fromkeys(found + (operation.control_inputs if control else [])))


def _between(end: Operation, start: Operation, control: bool) -> set[Operation]:
    """Return the operations on the ways from `start` to `end`, so that a search has no dead end."""
    followers: dict[Operation, list[Operation]] = {end: []}
    waiting = [end]
    while waiting:
        operation = waiting.pop()
        for before in _before(operation, control):
            if before not in followers:
                followers[before] = []
                waiting.append(before)
            followers[before].append(operation)
    found = {start} if start in followers else set()
    waiting = list(found)
    while waiting:
        for follower in followers[waiting.pop()]:
            if follower not in found:
                found.add(follower)
                waiting.append(follower)
    return found


def cycles(graph: Graph) -> list[list[Operation]]:
    """Return what turns in a graph: the loop-carried parts of its while loops.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    list of list of Operation
        For each loop, also those inside others, the groups of operations of its body that lie on
        a common cycle: from a loop variable's parameter to its next value. A variable that no
        turn changes is none. A graph without while loops has no cycle, and the list is empty.

    Examples
    --------
    >>> i = tf.while_loop(lambda i: i < 10, lambda i: tf.add(i, 1, name="next"), [0])
    >>> [[o.name for o in cycle] for cycle in tf.get_default_graph().cycles()]
    [['while/variable_1', 'while/next']]
    """
    import networkx

    found = []
    waiting = [graph]
    while waiting:
        inner = waiting.pop(0)
        for operation in inner.get_operations():
            for _, body, _, results in operation.op.insides():
                waiting.append(body)
                turns = [k for k in _links(operation, body, list(results)) if k.kind == "next"]
                network = networkx.DiGraph()
                edges = [(t.op, o) for o in body.get_operations() for t in o.inputs]
                network.add_edges_from(edges if turns else [])
                network.add_edges_from(
                    (k.source.op, k.target.op) for k in turns if k.source is not k.target
                )
                groups = networkx.strongly_connected_components(network)
                ordered = [sorted(group, key=lambda o: o._id) for group in groups]
                found += sorted(
                    (group for group in ordered if len(group) > 1), key=lambda group: group[0]._id
                )
    return found
