"""Bound plans that are watched at work: something happens before and after every step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.graph.op import Resources
from flowgraph.graph.tensor import is_array
from flowgraph.ops.state import Cell
from flowgraph.plan.plan import Plan, Step


class Observed(Bound):
    """A plan bound with a clock around every call. Other runs do not know of it."""

    def __init__(self, plan: Plan, xp: Any, resources: Resources) -> None:
        super().__init__(plan, xp, resources)
        self._slots = plan.slots
        self._last: Step | None = None
        changes = [module.use for module in self._modules]  # from one GPU to another: no steps
        self._calls = [
            call if call in changes else self._watched(call, step)
            for call, step in zip(self._calls, self._steps, strict=True)
        ]

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once. See `Bound.run`."""
        self._last = None
        return super().run(feeds, is_inner)

    def begin(self, step: Step) -> None:
        """A step is to run."""

    def end(self, step: Step, start: int, end: int) -> None:
        """A step has run, in between these times in nanoseconds."""
        raise NotImplementedError

    def on_host(self, step: Step) -> list[Any]:
        """Return the values that a step has made, arrays and variables' among them as copies.

        What is in host memory is returned as it is.
        """
        values = []
        for slot in step.outputs:
            value = self._values[slot]
            if isinstance(value, Cell):
                value = value.array if value.initialized else None
            if is_array(value) and not isinstance(value, np.ndarray):
                value = self._devices.module(step.device).to_host(value)
            values.append(value)
        return values

    def _watched(self, call: Callable[[], Any], step: Step) -> Callable[[], None]:
        if step.device:
            call = finished(call, self._devices.module(step.device))

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


def finished(call: Callable[[], Any], module: Any) -> Callable[[], None]:
    """Return a call that ends when the GPU has done what it was given."""

    def finished() -> None:
        call()
        module.synchronize()

    return finished
