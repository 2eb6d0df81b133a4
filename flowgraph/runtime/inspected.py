"""What a session tells of its runs: their plans, as text and as pictures."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.views import View
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.fetches import Fetches
from flowgraph.runtime.function import Functions


class Inspected:
    """The part of a session that explains what it runs."""

    _graph: Graph
    _store: Functions
    _optimised: bool

    trace = View("flowgraph.inspect.trace_view", "trace")
    profile = View("flowgraph.inspect.profile", "profile")
    show = View("flowgraph.inspect.plan_drawing", "show")

    def explain(self, fetches: Any, feed_dict: Any = None, stage: str | None = None) -> str:
        """Return the plan of a run as text.

        Parameters
        ----------
        fetches : any nesting of fetches
        feed_dict : dict, optional
            Values, whose shapes specialise the plan.
        stage : str, optional
            The pass to stop after: ``"prune"``, ``"place"``, ``"fold"``, ``"relax"``,
            ``"simplify"``, ``"cse"``, ``"schedule"``, ``"transfer"``, ``"restore"``,
            ``"fuse"``, ``"join"`` or ``"memory"`` (the last, the default).
            ``"bound"`` shows instead of the word ``step`` what each step runs on: ``native`` code,
            a CUDA ``kernel``, NumPy or CuPy into ``planned`` memory, either (``computed``), or
            nothing (a ``view``); of steps on a GPU also why they are in no captured graph;
            ``"costs"`` its floating-point operations and the bytes that it reads and writes.
            ``"code"`` gives, instead of a plan, the C that its fused groups become on a CPU: ``""``
            without a group. Groups that differ in their lengths alone share a function.

        Examples
        --------
        >>> a = tf.constant(2.0, name="a")
        >>> print(tf.Session().explain(tf.square(a, name="b")))
        const %1 float32[]  b:0 = 4.0
        fetch %1 b:0
        """
        parsed = Fetches(self._graph, fetches)
        fed = list(feeding.flatten(self._graph, feed_dict or {}))
        request = parsed.request(tensor for tensor, _ in fed)
        executor = Executor(request, self._store, self._optimised)
        shapes = [feeding.to_feed(tensor, value).shape for tensor, value in fed]
        return executor.explain(shapes, stage)
