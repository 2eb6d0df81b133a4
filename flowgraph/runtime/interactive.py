"""The session for shells and notebooks."""

from __future__ import annotations

from flowgraph.graph import scope
from flowgraph.graph.graph import Graph
from flowgraph.runtime.config import ConfigProto
from flowgraph.runtime.session import BaseSession


class InteractiveSession(BaseSession):
    """A session that is the default one from the start, for shells and notebooks.

    Parameters
    ----------
    target : str
        Only ``""``: this process.
    graph : Graph, optional
    config : ConfigProto, optional
    nan_guard : str, optional
        See `Session`.

    Examples
    --------
    >>> sess = tf.InteractiveSession()
    >>> print(tf.constant(5).eval())
    5
    >>> sess.close()
    """

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        *,
        nan_guard: str | None = None,
    ) -> None:
        super().__init__(target, graph, config, nan_guard=nan_guard)
        self._explicit_graph = graph
        scope.push_session(self)
        if graph is not None:
            scope.push_graph(graph)

    def close(self) -> None:
        """Stop being the default and release everything."""
        if self._closed is None:
            scope.pop_session(self)
            if self._explicit_graph is not None:
                scope.pop_graph(self._explicit_graph)
        super().close()
