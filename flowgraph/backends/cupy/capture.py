"""Captured runs: the calls of a plan that only start work on the GPU, replayed as CUDA graphs.

Launching a kernel takes the host longer than a small kernel takes the GPU; a captured graph is
launched at once. Calls that need the host (feeds and fetches, Python, shapes that only a run
knows, CuPy's own calls of cuBLAS and its sisters) stand between the graphs and run as before. So do
the bodies of branches and loops, whose plans are never captured.

The graphs of a bound plan go with it: the session's LRU of plans is theirs too.

Never run on a GPU: a stand-in asserts that nothing is allocated and nothing waits in a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.cupy.array_module import ArrayModule
from flowgraph.plan.plan import Step
from flowgraph.plan.transfer import ToDevice, ToHost

WARM = 2
"""Runs before the capture: kernels are loaded then, and memory has its final size."""

_LEAST = 2
"""A graph of fewer calls saves nothing."""

Call = Callable[[], Any]


class Capture:
    """The calls of one bound plan, to be captured.

    Parameters
    ----------
    xp : ArrayModule
        The one GPU of the plan.
    calls : list of callable
    owners : list of Step
        The step of each call.
    movable : list of bool
        Whether a call only starts work over memory that stays where it is.

    Attributes
    ----------
    reasons : dict of int to str
        Why the calls of a step are not in a graph, by the step's ``id``.
    """

    def __init__(
        self, xp: ArrayModule, calls: Sequence[Call], owners: Sequence[Step],
        movable: Sequence[bool],
    ) -> None:  # fmt: skip
        self._xp = xp
        self._calls = calls
        self._owners = owners
        self._movable = movable
        self._runs = 0
        self.reasons: dict[int, str] = {}

    def is_due(self) -> bool:
        """Count a run; return whether enough have been made."""
        self._runs += 1
        return self._runs > WARM

    def replayed(self) -> tuple[list[Call], list[Step]]:
        """Return the calls with graphs in the place of what could be captured, and their steps.

        The GPU does nothing of it yet.
        """
        calls: list[Call] = []
        owners: list[Step] = []
        start = 0
        while start < len(self._calls):
            end = start
            while end < len(self._calls) and self._movable[end]:
                end += 1
            for call, owner in self._pieces(start, end):
                calls.append(call)
                owners.append(owner)
            if end < len(self._calls):
                self._explain(self._owners[end])
                calls.append(self._calls[end])
                owners.append(self._owners[end])
            start = end + 1
        return calls, owners

    def _pieces(self, start: int, end: int) -> list[tuple[Call, Step]]:
        """Capture calls that follow each other: as one graph, or around those that refuse."""
        if end - start < _LEAST:
            return list(zip(self._calls[start:end], self._owners[start:end], strict=True))
        graph, failed = self._captured(start, end)
        if graph is not None:
            stream = self._xp.stream
            return [(lambda: graph.launch(stream), self._owners[start])]
        alone = (self._calls[failed], self._owners[failed])
        return [*self._pieces(start, failed), alone, *self._pieces(failed + 1, end)]

    def _captured(self, start: int, end: int) -> tuple[Any, int]:
        """Return the graph of calls, or ``None`` and the position of the call that refused.

        The stream is one of its own: other threads go on using the device's meanwhile.
        """
        stream = self._xp.cupy.cuda.Stream(non_blocking=True)
        position, graph, refusal = start, None, None
        with stream:
            try:
                stream.begin_capture()
                for position in range(start, end):
                    self._calls[position]()
            except Exception as error:  # noqa: BLE001 - whatever it is, the call runs as before
                refusal = error
            try:
                graph = stream.end_capture() if stream.is_capturing() else None
            except Exception as error:  # noqa: BLE001 - an invalid capture shows only here
                refusal = refusal or error
        if refusal is None:
            return graph, end
        first, *_ = str(refusal).splitlines() or [type(refusal).__name__]
        self.reasons[id(self._owners[position])] = f"not captured: {first}"
        return None, position

    def _explain(self, step: Step) -> None:
        if not step.device or not (step.inputs or step.outputs):
            return
        if step.op.insides():
            reason = "not captured: its bodies are plans of their own, run by the host"
        elif isinstance(step.op, ToDevice | ToHost):
            reason = "not captured: a copy from or to the host"
        else:
            reason = "not captured: its memory is known only in the run"
        self.reasons.setdefault(id(step), reason)
