"""Bound plans that are watched at work: something happens before and after every step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.bound import Bound
from flowgraph.graph.op import Resources
from flowgraph.plan.plan import Plan, Step


class Observed(Bound):
    """A plan bound with a clock around every call. Other runs do not know of it."""

    def __init__(self, plan: Plan, xp: Any, resources: Resources) -> None:
        super().__init__(plan, xp, resources)
        self._slots = plan.slots
        self._last: Step | None = None
        calls = zip(self._calls, self._steps, strict=True)
        self._calls = [self._watched(call, step) for call, step in calls]

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once. See `Bound.run`."""
        self._last = None
        return super().run(feeds, is_inner)

    def begin(self, step: Step) -> None:
        """A step is to run."""

    def end(self, step: Step, start: int, end: int) -> None:
        """A step has run, in between these times in nanoseconds."""
        raise NotImplementedError

    def _watched(self, call: Callable[[], Any], step: Step) -> Callable[[], None]:
        def watched() -> None:
            if step is self._last:  # a second call of a step lets go of its inputs
                call()
                return
            self.begin(step)
            start = time.time_ns()
            call()
            self.end(step, start, time.time_ns())
            self._last = step

        return watched
