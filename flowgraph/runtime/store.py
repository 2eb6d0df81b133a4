"""What a session keeps between runs: variables' values, positions in random streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flowgraph.graph.operation import Operation


class Store:
    """Resources of one session, by operation.

    Attributes
    ----------
    epoch : int
        Grows when a variable gets another buffer; plans bound before are stale.
    """

    def __init__(self) -> None:
        self._held: dict[Operation, Any] = {}
        self._lock = threading.Lock()
        self.epoch = 0

    def get(self, operation: Operation, make: Callable[[], Any]) -> Any:
        """Return what is kept for `operation`, made by `make` on first use."""
        with self._lock:
            if operation not in self._held:
                self._held[operation] = make()
            return self._held[operation]

    def replaced(self) -> None:
        """Note that a variable has another buffer now."""
        self.epoch += 1

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
        self.epoch += 1
