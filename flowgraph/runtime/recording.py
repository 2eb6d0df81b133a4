"""Recorded runs: what every operation of the user's graph gave, in the order of execution.

The plan is the plain one, in which no operation is folded, merged or fused. Recording changes
nothing but the time a run takes: a training step that is recorded is one training step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from flowgraph import dtypes
from flowgraph.backends.calls import StepError
from flowgraph.dtypes import Array
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.plan.plan import Plan, Request, Step
from flowgraph.plan.transfer import ToDevice, ToHost
from flowgraph.runtime import failure, feeds
from flowgraph.runtime.executor import Executor, Variant
from flowgraph.runtime.function import Function, Functions, Loop, Shared, Varying
from flowgraph.runtime.observed import Observed
from flowgraph.runtime.parts import FED, FORWARD, parts

_NANO = 1e-9


class Limits(NamedTuple):
    """How much is kept.

    Attributes
    ----------
    elements : int
        Values of at most so many elements are kept whole.
    edge : int
        Of larger ones, so many elements from the beginning and from the end.
    turns : int
        Of a loop, the first so many turns; 0 for none, and for nothing inside of branches.
    """

    elements: int
    edge: int
    turns: int


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a recorded run, or an operation that gives none.

    Attributes
    ----------
    name : str
        The tensor's, or the operation's if it has no outputs.
    operation : Operation
    part : str
        ``"fed"``, ``"forward"``, ``"gradient"`` or ``"update"``.
    dtype : str or None
    shape : tuple of int or None
        ``None`` if it is no array: a queue's handle, a variable without a value.
    value : array or None
        The value, if it is small.
    first, last : array or None
        Its first and last elements, if it is large.
    minimum, mean, maximum : float or None
        Over the finite elements; ``None`` if there are none, or they are no real numbers.
    nans, infinities : int
        How many elements are NaN and infinite.
    seconds : float or None
        What the operation took; ``None`` for what is fed, and but for its first output.
    inside : tuple of str
        The turns and branches that it is in, such as ``("while turn 1",)``.
    note : str
        What there is to say of what is no array.
    """

    name: str
    operation: Operation
    part: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    value: Array | None = None
    first: Array | None = None
    last: Array | None = None
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    nans: int = 0
    infinities: int = 0
    seconds: float | None = None
    inside: tuple[str, ...] = ()
    note: str = ""


class Recorder:
    """Takes down rows.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows: list[Row] = []
        self.left_out: Counter[str] = Counter()
        self.is_binding = False
        self._inside: tuple[str, ...] = ()
        self._running: list[tuple[Operation, str]] = []
        self._visits: Counter[tuple[str, ...]] = Counter()
        self._muted = 0

    def enter(self, body: Graph) -> bool:
        """Begin a branch or a turn; False if it is not to be recorded."""
        if self._muted:
            self._muted += 1
            return False
        operation, _ = self._running[-1]
        words = [word for word, graph, _, _ in operation.op.insides() if graph is body]
        path = (*self._inside, f"{operation.name} {words[0]}")
        if words[0] == "turn":
            self._visits[path] += 1
            if self._visits[path] > self.limits.turns:
                self.left_out[operation.name] += 1
                self._muted = 1
                return False
            path = (*self._inside, f"{path[-1]} {self._visits[path]}")
        self._inside = path
        return True

    def leave(self) -> None:
        """End a branch or a turn."""
        if self._muted:
            self._muted -= 1
        else:
            self._inside = self._inside[:-1]

    def begin(self, operation: Operation, part: str) -> None:
        """An operation is to run."""
        self._running.append((operation, part))
        for path in [path for path in self._visits if path[:-1] == self._inside]:
            if path[-1] == f"{operation.name} turn":  # an outer loop runs this one again
                del self._visits[path]

    def end(self) -> None:
        """It has run."""
        self._running.pop()

    def add(self, step: Step, part: str, values: Sequence[Any], seconds: float | None) -> None:
        """Take down a step's results."""
        operation = step.operation
        if self._running and part == FORWARD:  # inside of a gradient's loop it is the gradient's
            part = self._running[-1][1]
        for tensor, value in zip(operation._outputs, values, strict=True):
            if tensor.dtype is dtypes.variant and isinstance(value, dict):
                continue  # a history, which is the gradient's own business
            self.add_value(tensor, part, value, seconds)
            seconds = None
        if not operation._outputs:
            self.rows.append(
                Row(operation.name, operation, part, seconds=seconds, inside=self._inside)
            )

    def add_value(self, tensor: Tensor, part: str, value: Any, seconds: float | None) -> None:
        """Take down a tensor's value."""
        name, dtype = tensor.name, tensor.dtype.base_dtype.name
        if value is None:
            value = "no value yet"
        if tensor.dtype.base_dtype in (dtypes.resource, dtypes.variant):
            value = value.item() if isinstance(value, np.ndarray) and not value.ndim else value
        facts: dict[str, Any] = {"note": value if isinstance(value, str) else type(value).__name__}
        if isinstance(value, np.ndarray | np.generic):
            facts = _facts(np.asarray(value), self.limits)
        self.rows.append(
            Row(name, tensor.op, part, dtype, seconds=seconds, inside=self._inside, **facts)
        )


def _facts(value: Array, limits: Limits) -> dict[str, Any]:
    facts: dict[str, Any] = {"shape": value.shape}
    if value.size <= limits.elements:
        facts["value"] = value.copy()
    else:
        facts["first"] = value.flat[: limits.edge].copy()
        facts["last"] = value.flat[value.size - limits.edge :].copy()
    return facts | _statistics(value)


def _statistics(value: Array) -> dict[str, Any]:
    """Return the range and the mean of what is finite, and how much is not."""
    if value.dtype.hasobject or value.dtype.kind in "SU" or not value.size:
        return {}
    if value.dtype.kind in "biu":
        numbers = value.astype(np.float64)
        return {"minimum": numbers.min(), "mean": numbers.mean(), "maximum": numbers.max()}
    counted = {"nans": int(np.isnan(value).sum()), "infinities": int(np.isinf(value).sum())}
    if value.dtype.kind == "c":
        return counted
    finite = value if not any(counted.values()) else value[np.isfinite(value)]
    if not finite.size:
        return counted
    mean = float(finite.mean(dtype=np.float64))
    return {**counted, "minimum": float(finite.min()), "mean": mean, "maximum": float(finite.max())}


class Recorded(Observed):
    """A plan bound to have each step's results taken down.

    Parameters
    ----------
    body : Graph, optional
        The graph of the branch or loop that the plan is of.
    """

    def __init__(
        self, plan: Plan, store: Functions, recorder: Recorder, body: Graph | None = None
    ) -> None:
        recorder.is_binding = True
        try:
            super().__init__(plan, np, store)
        finally:
            recorder.is_binding = False
        self._plan = plan
        self._recorder = recorder
        self._body = body
        self._parts = parts(plan)
        self._position = 0
        self._is_recorded = True

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once. See `Bound.run`."""
        self._position = 0
        if self._body is None:
            self._add_feeds(feeds)
            return self._recorded(feeds, is_inner)
        self._is_recorded = self._recorder.enter(self._body)
        try:
            return self._recorded(feeds, is_inner)
        finally:
            self._recorder.leave()

    def _recorded(self, feeds: Sequence[Any], is_inner: bool) -> list[Any]:
        results = super().run(feeds, is_inner)
        if self._is_recorded:
            self._add_views(None)
        return results

    def _add_feeds(self, feeds: Sequence[Any]) -> None:
        plan = self._plan
        used = {i for step in plan.steps for i in step.inputs}.union(plan.fetches)
        for i, value in zip(plan.feeds, feeds, strict=True):
            if i in used:
                self._recorder.add_value(self._slots[i].tensor, FED, value, None)

    def begin(self, step: Step) -> None:
        """Take down the views before a step: it may change what they show."""
        if self._is_recorded:
            self._add_views(step)
        self._recorder.begin(step.operation, self._parts.get(step.operation, FORWARD))

    def end(self, step: Step, start: int, end: int) -> None:
        """Take down a step."""
        self._recorder.end()
        if self._is_recorded:
            self._add(step, (end - start) * _NANO)
            self._position += 1

    def _add_views(self, until: Step | None) -> None:
        """Take down what was made when the plan was bound, and takes no time in a run."""
        for step in self._plan.steps[self._position :]:
            if step is until:
                return
            self._add(step, 0.0)
            self._position += 1

    def _add(self, step: Step, seconds: float) -> None:
        # What a fetch reads is the fetch's business, and where a value lies is the engine's.
        if not step.is_read and not isinstance(step.op, ToHost | ToDevice):
            self._recorder.add(step, self._parts[step.operation], self.on_host(step), seconds)


class _Watching(Shared):
    """A session's store for a run whose branches and loops are recorded too."""

    def __init__(self, shared: Functions, recorder: Recorder) -> None:
        super().__init__(shared)
        self.optimised = False
        self.recorder = recorder

    # A pipeline that a run sets up keeps its functions: only those of the run's own steps, which
    # ask for them when they are bound, are recorded.

    def function(self, body: Graph, results: Any, inputs: Any) -> Function:
        if not self.recorder.is_binding:
            return self._shared.function(body, results, inputs)
        return _RecordedBody(Request(body, tuple(results), (), tuple(inputs)), self)

    def loop(self, body: Graph, results: Any, inputs: Any, count: int) -> Loop:
        if not self.recorder.is_binding:
            return self._shared.loop(body, results, inputs, count)
        return _RecordedLoop(Request(body, tuple(results), (), tuple(inputs)), self, count)

    def fork(self) -> Functions:
        return self._shared.fork()

    def at(self, device: str) -> Functions:
        store = _Watching(self._shared, self.recorder)
        store.home = device
        return store


class _RecordedBody(Function):
    """A branch."""

    _store: _Watching

    def _bind(self, variant: Variant) -> Any:
        return Recorded(variant.plan, self._store, self._store.recorder, self._request.graph)


class _RecordedLoop(Loop):
    """A loop, which runs one turn at a time."""

    _store: _Watching

    def _bind(self, variant: Variant) -> Any:
        return Varying(_RecordedBody._bind(self, variant), self._count)  # type: ignore[arg-type]


def record(
    request: Request, store: Functions, values: Sequence[Any], limits: Limits
) -> tuple[Recorder, list[Any]]:
    """Run a request once, and take down what every operation gives.

    Returns
    -------
    recorder : Recorder
    results : list
        The fetched values.
    """
    recorder = Recorder(limits)
    watching = _Watching(store, recorder) if limits.turns else store
    executor = Executor(request, watching, optimised=False)
    with np.errstate(all="ignore"):
        arrays = [feeds.to_feed(t, v) for t, v in zip(request.feeds, values, strict=True)]
        plan = executor.plan([array.shape for array in arrays])
        try:
            return recorder, Recorded(plan, watching, recorder).run(arrays)
        except StepError as error:
            raise failure.explained(error, request, store) from error.error
