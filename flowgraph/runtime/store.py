"""What a session keeps between runs: variables' values, positions in random streams."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from flowgraph.backends.cupy.devices import Devices
from flowgraph.backends.native.library import Tier
from flowgraph.plan.plan import Request
from flowgraph.source import Site


class Store:
    """Resources of one session, by operation or by shared name.

    Attributes
    ----------
    epoch : int
        Grows when a variable gets another buffer; plans bound before are stale.
    asked : list of (Request, Site)
        What the session was asked to run, each once, and where first.
    tier : Tier
        When plans use native kernels.
    devices : Devices
        The GPUs that plans may use; none until a session says which.
    home : str or None
        Where the op runs whose bodies this store runs; ``None`` for a session's own.
    """

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.devices = Devices()
        self.home: str | None = None
        self._held: dict[Hashable, Any] = {}
        self._lock = threading.RLock()  # what is made may ask to be told of the end
        self._cancels: list[Callable[[], None]] = []
        self._closed = False
        self.epoch = 0
        self.asked: list[tuple[Request, Site]] = []

    def function(self, body: Any, results: Any, inputs: Any) -> Any:
        """Return a function that runs a body. A session's own store can."""
        raise NotImplementedError("running a branch or a loop outside of a session")

    def loop(self, body: Any, results: Any, inputs: Any, count: int) -> Any:
        """Return a function that runs a body again and again. A session's own store can."""
        raise NotImplementedError("running a branch or a loop outside of a session")

    def fork(self) -> Any:
        """Return a store with random streams of its own. A session's own store can."""
        raise NotImplementedError("drawing elements outside of a session")

    def at(self, device: str) -> Any:
        """Return a store that runs bodies on a device. A session's own store can."""
        raise NotImplementedError("running a branch or a loop outside of a session")

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept for `key`, often an operation, made by `make` on first use."""
        with self._lock:
            if key not in self._held:
                self._held[key] = make()
            return self._held[key]

    def at_close(self, cancel: Callable[[], None]) -> None:
        """Call `cancel` when the session is closed, or now if it is."""
        with self._lock:
            if not self._closed:
                self._cancels.append(cancel)
                return
        cancel()

    def replaced(self) -> None:
        """Note that a variable has another buffer now."""
        with self._lock:
            self.epoch += 1

    def clear(self) -> None:
        """Forget everything, and tell of the end those that asked for it."""
        with self._lock:
            self._closed = True
            cancels, self._cancels = self._cancels, []
            self._held.clear()
        for cancel in cancels:
            cancel()
        self.asked.clear()
        self.epoch += 1
