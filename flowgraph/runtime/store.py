"""What a session keeps between runs: variables' values, positions in random streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.plan.plan import Request
from flowgraph.source import Site


class Store:
    """Resources of one session, by operation.

    Attributes
    ----------
    epoch : int
        Grows when a variable gets another buffer; plans bound before are stale.
    asked : list of (Request, Site)
        What the session was asked to run, each once, and where first.
    """

    def __init__(self) -> None:
        self._held: dict[Operation, Any] = {}
        self._lock = threading.Lock()
        self.epoch = 0
        self.asked: list[tuple[Request, Site]] = []

    def function(self, body: Any, results: Any, inputs: Any) -> Any:
        """Return a function that runs a body. A session's own store can."""
        raise NotImplementedError("running a branch or a loop outside of a session")

    def loop(self, body: Any, results: Any, inputs: Any, count: int) -> Any:
        """Return a function that runs a body again and again. A session's own store can."""
        raise NotImplementedError("running a branch or a loop outside of a session")

    def get(self, operation: Operation, make: Callable[[], Any]) -> Any:
        """Return what is kept for `operation`, made by `make` on first use."""
        with self._lock:
            if operation not in self._held:
                self._held[operation] = make()
            return self._held[operation]

    def replaced(self) -> None:
        """Note that a variable has another buffer now."""
        with self._lock:
            self.epoch += 1

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
        self.asked.clear()
        self.epoch += 1
