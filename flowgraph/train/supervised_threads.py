"""The threads of a `Supervisor`, which begin and end together."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys
from flowgraph.train.coordinator import Coordinator, LooperThread


class SupervisedThreads:
    """Starts threads and ends them."""

    _graph: Graph

    def __init__(self) -> None:
        self._coord = Coordinator()

    @property
    def coord(self) -> Any:
        """The coordinator of the threads."""
        return self._coord

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> list[Any]:
        """Start the threads of queue runners, of all in the graph if left out."""
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        return [
            thread
            for runner in queue_runners
            for thread in runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        ]

    def loop(
        self, timer_interval_secs: float | None, target: Any, args: Any = None, kwargs: Any = None
    ) -> LooperThread:
        """Start a thread that calls a function again and again until training stops.

        Parameters
        ----------
        timer_interval_secs : float or None
            How long to wait between calls.
        target : callable
        args, kwargs : optional
            Its arguments.
        """
        looper = LooperThread(self._coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def request_stop(self, ex: BaseException | None = None) -> None:
        """Ask all threads to end; see `Coordinator.request_stop`."""
        self._coord.request_stop(ex=ex)

    def should_stop(self) -> bool:
        """Return whether somebody asked to stop."""
        return self._coord.should_stop()

    def stop_on_exception(self) -> AbstractContextManager[None]:
        """Return a context that asks to stop when its block raises an error."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Wait until somebody asks to stop."""
        self._coord.wait_for_stop()
