"""The way from a call's arguments to an executor: found once, then taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.runtime import feeds
from flowgraph.runtime.executor import Executor


class Route:
    """What a call with the same fetches and the same keys of feeds has to do.

    Parameters
    ----------
    executor : Executor
    rebuild : callable
        Makes the caller's structure from the fetched values.
    direct : bool
        Whether the feed's keys are tensors already, in the executor's order.
    """

    __slots__ = ("_direct", "_graph", "executor", "rebuild")

    def __init__(
        self,
        executor: Executor,
        rebuild: Callable[[list[Any]], Any],
        direct: bool,
    ) -> None:
        self.executor = executor
        self.rebuild = rebuild
        self._graph = executor.request.graph
        self._direct = direct

    def values(self, feed_dict: Any) -> list[Any]:
        """Return the values to feed, in the executor's order."""
        if self._direct and isinstance(feed_dict, dict):
            return list(feed_dict.values())
        return [value for _, value in feeds.flatten(self._graph, feed_dict)]


def is_nested(fetches: Any) -> bool:
    """Whether equal fetches may differ in form: tuples within, which equal named tuples."""
    return isinstance(fetches, list | tuple) and any(isinstance(f, tuple) for f in fetches)
