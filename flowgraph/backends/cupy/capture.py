"""Captured runs: the calls of a plan that only start work on a GPU, replayed as CUDA graphs.

Launching a kernel takes the host longer than a small kernel takes the GPU; a captured graph is
launched at once. Calls that need the host (feeds and fetches, Python, shapes that only a run
knows, CuPy's own calls of cuBLAS and its sisters) stand between the graphs and run as before, and
so do copies between GPUs. The body of a branch or a loop is a plan of its own, captured like any
other: its graphs are launched in each turn.

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


class Replay:
    """A captured graph, as a call.

    Parameters
    ----------
    graph : cupy.cuda.Graph
    stream : cupy.cuda.Stream
        Where it is launched.
    calls : sequence of callable
        What was captured. A graph holds addresses, and these calls hold the memory and the
        kernels at them.
    """

    __slots__ = ("_calls", "_graph", "_stream")

    def __init__(self, graph: Any, stream: Any, calls: Sequence[Call]) -> None:
        self._graph = graph
        self._stream = stream
        self._calls = calls

    def __call__(self) -> None:
        self._graph.launch(self._stream)


class Capture:
    """The calls of one bound plan, to be captured.

    Parameters
    ----------
    calls : list of callable
    owners : list of Step
        The step of each call.
    modules : list of ArrayModule or None
        The GPU of each call that only starts work there, over memory that stays where it is.

    Attributes
    ----------
    reasons : dict of int to str
        Why the calls of a step are not in a graph, by the step's ``id``.
    """

    def __init__(
        self, calls: Sequence[Call], owners: Sequence[Step], modules: Sequence[ArrayModule | None]
    ) -> None:
        self._calls = calls
        self._owners = owners
        self._modules = modules
        self._runs = 0
        pairs = zip(owners, modules, strict=True)
        self._started = {id(step) for step, module in pairs if module is not None}
        self.reasons: dict[int, str] = {}

    def is_due(self) -> bool:
        """Count a run; return whether enough have been made."""
        self._runs += 1
        return self._runs > WARM

    def replayed(self) -> tuple[list[Call], list[Step]]:
        """Return the calls with graphs in the place of what could be captured, and their steps.

        The GPUs do nothing of it yet.
        """
        calls: list[Call] = []
        owners: list[Step] = []
        start = 0
        while start < len(self._calls):
            module, end = self._modules[start], start + 1
            if module is None:
                self._explain(self._owners[start])
                pieces = [(self._calls[start], self._owners[start])]
            else:
                while end < len(self._calls) and self._modules[end] is module:
                    end += 1
                pieces = self._pieces(module, start, end)
            for call, owner in pieces:
                calls.append(call)
                owners.append(owner)
            start = end
        return calls, owners

    def _pieces(self, module: ArrayModule, start: int, end: int) -> list[tuple[Call, Step]]:
        """Capture calls that follow each other: as one graph, or around those that refuse."""
        pieces: list[tuple[Call, Step]] = []
        while end - start >= _LEAST:
            graph, failed = self._captured(module, start, end)
            if graph is not None:
                replay = Replay(graph, module.stream, self._calls[start:end])
                return [*pieces, (replay, self._owners[start])]
            pieces += self._pieces(module, start, failed)
            pieces.append((self._calls[failed], self._owners[failed]))
            start = failed + 1
        return [*pieces, *zip(self._calls[start:end], self._owners[start:end], strict=True)]

    def _captured(self, module: ArrayModule, start: int, end: int) -> tuple[Any, int]:
        """Return the graph of calls, or ``None`` and the position of the call that refused.

        The stream is one of its own: other threads go on using the device's meanwhile.
        """
        cuda = module.cupy.cuda
        position, graph, refusal = start, None, None
        with module.active():
            stream = cuda.Stream(non_blocking=True)
            with stream, cuda.using_allocator(_refuse):
                try:
                    stream.begin_capture()
                    for position in range(start, end):
                        self._calls[position]()
                except Exception as error:  # noqa: BLE001 - whatever it is, the call runs as before
                    refusal = error
                try:
                    graph = stream.end_capture()  # after a refusal too: else it would go on
                except Exception as error:  # noqa: BLE001 - an invalid capture shows only here
                    if refusal is None:  # nobody knows whose fault it is
                        position, refusal = (start + end) // 2, error
        if refusal is None:
            return graph, end
        first, *_ = str(refusal).splitlines() or [type(refusal).__name__]
        self.reasons[id(self._owners[position])] = f"not captured: {first}"
        return None, position

    def _explain(self, step: Step) -> None:
        if not step.device or not (step.inputs or step.outputs):
            return
        if id(step) in self._started:  # a call beside it: another GPU is chosen, memory let go
            return
        if step.op.insides():
            reason = "not captured: the host chooses, and its bodies have graphs of their own"
        elif isinstance(step.op, ToDevice | ToHost):
            reason = "not captured: a copy from or to the host, or between GPUs"
        else:
            reason = "not captured: its memory is known only in the run"
        self.reasons.setdefault(id(step), reason)


def _refuse(size: int) -> Any:
    """Allocate nothing: the pool would give the memory to others while the graph still uses it."""
    raise MemoryError(f"{size} bytes of memory of its own")
