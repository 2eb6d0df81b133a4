"""Bodies as functions: the plans of the graphs inside an op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.plan.plan import Request
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.store import Store


class Functions(Store):
    """A session's store that also runs bodies.

    Parameters
    ----------
    optimised : bool
        As the session's own plans are.
    """

    def __init__(self, optimised: bool) -> None:
        super().__init__()
        self.optimised = optimised

    def function(self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor]) -> Any:
        """Return a function from the values of `inputs` to the values of `results`."""
        request = Request(body, tuple(results), (), tuple(inputs))
        return Executor(request, self, self.optimised).run_body
