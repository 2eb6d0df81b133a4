"""The default graph and session of a thread, and the scopes of the default graph."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flowgraph import source
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor


class _Stacks(threading.local):
    def __init__(self) -> None:
        self.outermost = Graph()
        self.graphs: list[Graph] = []
        self.sessions: list[Any] = []


_stacks = _Stacks()


def get_default_graph() -> Graph:
    """Return the graph that operations are added to. Each thread has its own."""
    return _stacks.graphs[-1] if _stacks.graphs else _stacks.outermost


def reset_default_graph() -> None:
    """Start over with an empty default graph.

    Raises
    ------
    AssertionError
        Inside a ``with graph.as_default()`` block.
    """
    if _stacks.graphs:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared "
            "graph, exit the nesting and create a new graph."
        )
    _stacks.outermost.reset_site = source.here()
    _stacks.outermost = Graph()


@contextmanager
def default_graph_is(graph: Graph) -> Iterator[None]:
    """Make `graph` the default inside the block."""
    _stacks.graphs.append(graph)
    try:
        yield
    finally:
        pop_graph(graph)


def push_graph(graph: Graph) -> None:
    """Make `graph` the default until `pop_graph`."""
    _stacks.graphs.append(graph)


def pop_graph(graph: Graph) -> None:
    """Undo the innermost `push_graph` of `graph`."""
    for position in reversed(range(len(_stacks.graphs))):
        if _stacks.graphs[position] is graph:
            del _stacks.graphs[position]
            return


def get_default_session() -> Any:
    """Return the innermost session of a ``with session`` block, or ``None``."""
    return _stacks.sessions[-1] if _stacks.sessions else None


def push_session(session: Any) -> None:
    """Make `session` the default until `pop_session`."""
    _stacks.sessions.append(session)


def pop_session(session: Any) -> None:
    """Undo the innermost `push_session` of `session`."""
    for position in reversed(range(len(_stacks.sessions))):
        if _stacks.sessions[position] is session:
            del _stacks.sessions[position]
            return


@contextmanager
def default_session_is(session: Any) -> Iterator[Any]:
    """Make `session` the default inside the block; the default graph stays."""
    push_session(session)
    try:
        yield session
    finally:
        pop_session(session)


@contextmanager
def init_scope() -> Iterator[None]:
    """Build in the outermost graph, without control dependencies.

    What is made once, such as a variable, may be made inside a loop's body this way.
    """
    graph = get_default_graph()
    root = graph.root
    if root is graph:
        with graph.control_dependencies(None):
            yield
        return
    name = graph.get_name_scope()
    inside = root.name_scope(f"{name}/" if name else None)
    # Seeds count the nodes made so far, also those inside.
    counted = graph.node_count - root.node_count
    root.inside += counted
    try:
        with root.as_default(), root.control_dependencies(None), inside:
            yield
    finally:
        root.inside -= counted


def session_for(element: Tensor | Operation, session: Any, kind: str) -> Any:
    """Return the session to evaluate `element` in.

    Raises
    ------
    ValueError
        If none is given and there is no default, or the default has another graph.
    """
    doing = (
        ("evaluate tensor using `eval()`", "eval", "")
        if kind == "tensor"
        else ("execute operation using `run()`", "run", ":")
    )
    if session is None:
        session = get_default_session()
        if session is None:
            raise ValueError(
                f"Cannot {doing[0]}: No default session is registered. Use `with "
                f"sess.as_default(){doing[2]}` or pass an explicit session to "
                f"`{doing[1]}(session=sess)`"
            )
        if session.graph is not element.graph:
            raise ValueError(
                f"Cannot use the default session to {doing[0].split(' using')[0]}: the {kind}'s "
                f"graph is different from the session's graph. Pass an explicit session to "
                f"`{doing[1]}(session=sess)`."
            )
    elif session.graph is not element.graph:
        raise ValueError(
            f"Cannot use the given session to {doing[0].split(' using')[0]}: the {kind}'s graph "
            "is different from the session's graph."
        )
    return session


class name_scope(AbstractContextManager[str]):
    """Put the names of operations made inside the block under a scope.

    Parameters
    ----------
    name : str or None
        The scope; a caller's ``name`` argument.
    default_name : str, optional
        Used when `name` is ``None``.
    values : list, optional
        Inputs of the operations to come: their graph becomes the default.

    Examples
    --------
    >>> with tf.name_scope("layer") as scope:
    ...     tf.constant(1.0, name="c").name, scope
    ('layer/c:0', 'layer/')
    """

    def __init__(
        self, name: str | None, default_name: str | None = None, values: Any = None
    ) -> None:
        self._name = default_name if name is None else name
        if name is None and values is not None and default_name is None:
            raise ValueError(
                f"At least one of name (None) and default_name ({default_name}) must be provided."
            )
        self._values = values
        self._entered: list[AbstractContextManager[Any]] = []

    @property
    def name(self) -> str | None:
        """The name asked for."""
        return self._name

    def __enter__(self) -> str:
        graph = graph_of(self._values or ())
        contexts: list[AbstractContextManager[Any]] = [graph.name_scope(self._name)]
        if graph is not get_default_graph():
            contexts.insert(0, graph.as_default())
        scope = ""
        for context in contexts:
            scope = context.__enter__()
            self._entered.append(context)
        return str(scope)

    def __exit__(self, *exception: Any) -> None:
        while self._entered:
            self._entered.pop().__exit__(*exception)


def graph_of(values: Iterable[Any]) -> Graph:
    """Return the graph of the tensors among `values`, or the default graph.

    Raises
    ------
    ValueError
        If two of them are of different graphs.
    """
    first: Any = None
    default = get_default_graph()
    for value in values:
        if isinstance(value, list | tuple):
            graph_of(value)
            value = next((v for v in value if hasattr(v, "graph")), None)
        if (
            isinstance(value, Tensor)
            or hasattr(value, "_as_graph_element")
            or isinstance(value, Operation | IndexedSlices)
        ):
            if default.accepts(value.graph):
                if first is not None and not default.accepts(first.graph):
                    raise ValueError(_of_two_graphs(value, first))
            elif first is not None and value.graph is not first.graph:
                raise ValueError(_of_two_graphs(value, first))
            first = value
    return default if first is None or default.accepts(first.graph) else first.graph


def _of_two_graphs(value: Any, first: Any) -> str:
    lines = [f"{value} must be from the same graph as {first}."]
    for element in (value, first):
        operation = getattr(element, "op", element)
        lines.append(f"  {operation.name} was made at\n  {operation.site}")
        reset = operation.graph.reset_site
        if reset is not None:
            lines.append(f"  its graph was given up by tf.reset_default_graph() at\n  {reset}")
    return "\n".join(lines)


def control_dependencies(control_inputs: Any) -> AbstractContextManager[None]:
    """Make operations built inside the block run after `control_inputs`.

    Parameters
    ----------
    control_inputs : list of Operation, Tensor or Variable, or None
        ``None`` clears the dependencies of the blocks around.

    Examples
    --------
    >>> a = tf.constant(1.0, name="first")
    >>> with tf.control_dependencies([a]):
    ...     b = tf.constant(2.0)
    >>> b.op.control_inputs
    [<tf.Operation 'first' type=Const>]
    """
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """Ask for a device for the operations built inside the block, as `Graph.device` does."""
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
    """Place operations built inside the block beside `op`, as `Graph.colocate_with` does."""
    return get_default_graph().colocate_with(op, ignore_existing)


def add_to_collection(name: Any, value: Any) -> None:
    """Append `value` to a collection of the default graph."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Append `value` to several collections of the default graph."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """Return a copy of a collection of the default graph, as `Graph.get_collection` does."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """Return a collection of the default graph itself."""
    return get_default_graph().get_collection_ref(key)


def set_random_seed(seed: int) -> None:
    """Set the default graph's random seed.

    Parameters
    ----------
    seed : int
        With it, operations that state no seed of their own draw the same
        numbers in every session.
    """
    get_default_graph().seed = seed


def get_name_scope() -> str:
    """Return the current name scope of the default graph."""
    return get_default_graph().get_name_scope()


class GraphKeys:
    """Names of the collections that the library itself uses."""

    GLOBAL_VARIABLES = "variables"
    VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    MODEL_VARIABLES = "model_variables"
    METRIC_VARIABLES = "metric_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    SUMMARIES = "summaries"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    CONCATENATED_VARIABLES = "concatenated_variables"
    SAVERS = "savers"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    SAVEABLE_OBJECTS = "saveable_objects"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    SUMMARY_OP = "summary_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"
