"""Guarded runs: the first operation that makes a NaN or an infinity is named.

A guarded session binds the same plans, with a look at each step's results around the same kernels,
so that nothing else changes; sessions without a guard do not know of it. What is inside of a fused
group is computed again, member by member, when the group's result is bad.

A NaN is told of at once. An infinity may be meant, as in ``tf.multinomial(tf.log(p))``: it is told
of where it becomes a NaN, is written to a variable or is fetched. Then the first operation that
made it is named. Constants of the user's own may be what they like.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound
from flowgraph.backends.native.library import Tier
from flowgraph.cautions import NonFiniteWarning, caution
from flowgraph.dtypes import Array
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor, is_array
from flowgraph.ops.constant import Const
from flowgraph.ops.state import Cell
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Request, Step, producers_of
from flowgraph.runtime.executor import Executor, Variant
from flowgraph.runtime.function import Function, Functions, Loop, Shared, Varying
from flowgraph.runtime.nonfinite import (
    CONSTANT,
    FEED,
    OPERATION,
    OUTSIDE,
    VARIABLE,
    Origin,
    has_nan,
    is_finite,
    message,
    origin,
)
from flowgraph.runtime.observed import Observed


class Guarding(Functions):
    """A store whose bodies are guarded too."""

    _raises: bool
    _told: set[Operation]
    _thread: threading.local

    def function(
        self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor]
    ) -> Function:
        return _GuardedFunction(Request(body, tuple(results), (), tuple(inputs)), self)

    def loop(
        self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor], count: int
    ) -> Loop:
        return _GuardedLoop(Request(body, tuple(results), (), tuple(inputs)), self, count)

    def at(self, device: str) -> Functions:
        return _At(self, device)

    def tell(self, first: Origin, at: Operation, request: Request) -> None:
        """Raise or warn, unless it was told before or there is nothing to tell.

        Raises
        ------
        InvalidArgumentError
            If the guard is to raise.
        """
        operation = first.operation
        if first.is_meant or operation in self._told:
            return
        text = message(first, at, request)
        if self._raises:
            raise InvalidArgumentError(None, operation, text)
        self._told.add(operation)
        caution(NonFiniteWarning, text)

    def hand_out(self, first: Origin) -> None:
        """Keep what came out of a body, for the operation that the body is in."""
        if self.inside is None:
            self._thread.inside = first

    @property
    def inside(self) -> Origin | None:
        """What came out of the bodies that the running operation ran, if it was not finite."""
        return getattr(self._thread, "inside", None)

    @inside.setter
    def inside(self, first: Origin | None) -> None:
        self._thread.inside = first


class GuardedFunctions(Guarding):
    """A session's store whose bodies are guarded too.

    Parameters
    ----------
    optimised, tier
        As of `Functions`.
    raises : bool
        Whether to raise, or else to warn.
    """

    def __init__(self, optimised: bool, tier: Tier, raises: bool) -> None:
        super().__init__(optimised, tier)
        self._raises = raises
        self._told = set()
        self._thread = threading.local()


class _At(Shared, Guarding):
    """A guarded store whose bodies run on a device; all else is shared with another one."""

    def __init__(self, shared: Guarding, device: str) -> None:
        super().__init__(shared)
        self._raises, self._told, self._thread = shared._raises, shared._told, shared._thread
        self.home = device


class GuardedExecutor(Executor):
    """An executor that looks at every result. See `Executor`."""

    store: GuardedFunctions

    def _bind(self, plan: Plan) -> Bound:
        return Guarded(plan, self.store, self.request)


class _GuardedFunction(Function):
    _store: Guarding

    def _bind(self, variant: Variant) -> Any:
        return Guarded(variant.plan, self._store, self._request)


class _GuardedLoop(Loop):
    """The body of a loop, of which each turn is looked at."""

    _store: Guarding

    def _bind(self, variant: Variant) -> Any:
        return Varying(Guarded(variant.plan, self._store, self._request), self._count)


class Guarded(Observed):
    """A plan bound to have every result looked at.

    Parameters
    ----------
    plan : Plan
    store : Guarding
    request : Request
        What the plan is for.
    """

    def __init__(self, plan: Plan, store: Guarding, request: Request) -> None:
        super().__init__(plan, np, store)
        self._plan = plan
        self._store = store
        self._request = request
        self._producers = producers_of(plan)
        self._watches = [(i, t) for i, t in zip(plan.feeds, request.feeds, strict=True)]
        self._used = {i for step in plan.steps for i in step.inputs}.union(plan.fetches)
        self._lost = {id(step): self._overwritten(step) for step in plan.steps}
        self._origins: dict[int, Origin | None] = {}
        self._inputs: list[Any] = []
        self._is_inner = False

    def _overwritten(self, step: Step) -> frozenset[int]:
        """Return the positions of the inputs whose memory may hold a result after the step."""
        xp = self._devices.module(step.device) if step.device else np
        outputs = [self._values[i] for i in step.outputs]
        arrays = [value for value in outputs if is_array(value)]
        lost = set(step.op.writes())
        if step.op.may_keep is not None:
            lost.add(step.op.may_keep)
        for position, slot in enumerate(step.inputs):
            value = self._values[slot]
            if not is_array(value) or self._slots[slot].value is not None:
                continue
            beside = [array for array in arrays if type(array) is type(value)]
            if any(xp.may_share_memory(value, array) for array in beside):
                lost.add(position)
        return frozenset(lost)

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once. See `Bound.run`.

        Raises
        ------
        InvalidArgumentError
            If there is a NaN or an infinity, and the guard is to raise.
        """
        self._origins.clear()
        self._is_inner = is_inner
        before = self._store.inside if is_inner else None  # what an earlier turn gave
        for (slot, tensor), fed in zip(self._watches, feeds, strict=True):
            value = self._seen(fed) if slot in self._used else None
            if not is_finite(value):
                first = before or origin(OUTSIDE if is_inner else FEED, tensor.op, [value])
                self._origins[slot] = first
                if has_nan(value):
                    self._store.tell(first, tensor.op, self._request)
        results = super().run(feeds, is_inner)
        for slot, made in zip(self._plan.fetches, results, strict=True):
            result = self._seen(made)
            if not is_finite(result):
                self._fetched(slot, result)
        return results

    def _fetched(self, slot: int, result: Any) -> None:
        first = self._origin(slot, result)
        if first is None:
            return
        if self._is_inner:
            self._store.hand_out(first)
        else:
            self._store.tell(first, self._slots[slot].tensor.op, self._request)

    def begin(self, step: Step) -> None:
        """Hold the inputs of a step, those that it overwrites as copies."""
        lost = self._lost[id(step)]
        self._inputs = [
            self._kept(self._values[slot], position in lost)
            for position, slot in enumerate(step.inputs)
        ]
        self._store.inside = None

    def end(self, step: Step, start: int, end: int) -> None:
        """Look at the results of a step."""
        made = [self._values[slot] for slot in step.outputs]
        made += [self._values[step.inputs[i]] for i in step.op.writes()]
        outputs = [self._seen(value) for value in made]
        if all(is_finite(value) for value in outputs):
            return
        first = self._judge(step, outputs)
        for slot in step.outputs:
            if not is_finite(self._seen(self._values[slot])):
                self._origins[slot] = first
        if first is not None and (step.op.writes() or any(has_nan(v) for v in outputs)):
            self._store.tell(first, step.operation, self._request)

    def _judge(self, step: Step, outputs: list[Any]) -> Origin | None:
        """Return where what is not finite in a step's results came from."""
        inputs = [self._seen(value) for value in self._inputs]
        sources = [
            None if is_finite(value) else self._origin(slot, value)
            for slot, value in zip(step.inputs, inputs, strict=True)
        ]
        if isinstance(step.op, Fused):
            return _member_of(step.op, step.operation, inputs, sources, outputs)
        if self._store.inside is not None:
            return self._store.inside
        return _first(step.operation, inputs, sources, outputs)

    def _seen(self, value: Any) -> Any:
        """Return a value, or a variable's; of an array on a GPU a copy in host memory."""
        return self._devices.to_host(value.array if isinstance(value, Cell) else value)

    def _kept(self, value: Any, is_lost: bool) -> Any:
        """Return a value as it is now, though its memory may change."""
        if not is_lost:
            return value
        array = self._seen(value)
        return array.copy() if isinstance(array, np.ndarray) else array

    def _origin(self, slot: int, value: Any) -> Origin | None:
        """Return where what is not finite in a slot came from."""
        if slot in self._origins:
            return self._origins[slot]
        spec, held = self._slots[slot], self._values[slot]
        if spec.value is not None:
            found = _folded(spec.tensor, value)
        elif isinstance(held, Cell):
            variable = spec.tensor.graph.root._by_name[held.name]
            found = origin(VARIABLE, variable, [value])
        else:  # a view: it has no call of its own
            step = self._producers[slot]
            found = self._origin(step.inputs[0], value) or origin(
                OPERATION, step.operation, [value]
            )
        self._origins[slot] = found
        return found


def _first(
    operation: Operation,
    inputs: Sequence[Any],
    sources: Sequence[Origin | None],
    outputs: Sequence[Any],
) -> Origin:
    """Return where what is not finite in an operation's outputs came from.

    Parameters
    ----------
    operation : Operation
    inputs : sequence of array
    sources : sequence of Origin or None
        Where what is not finite in each input came from.
    outputs : sequence of array
    """
    found = [source for source in sources if source is not None]
    if any(has_nan(value) for value in outputs):
        of_nan = [
            source
            for source, value in zip(sources, inputs, strict=True)
            if source is not None and has_nan(value)
        ]
        if of_nan:
            return of_nan[0]
        found = [source for source in found if not source.is_meant]
    return found[0] if found else origin(OPERATION, operation, outputs, inputs)


def _member_of(
    group: Fused,
    operation: Operation,
    inputs: Sequence[Any],
    sources: Sequence[Origin | None],
    outputs: Sequence[Any],
) -> Origin:
    """Return where what is not finite in a group's results came from, by its members' results."""
    values, origins = list(inputs), list(sources)
    for member in group.members:
        taken = [values[i] for i in member.inputs]
        value = member.op.compute(np, *taken)
        before = [origins[i] for i in member.inputs]
        values.append(value)
        origins.append(
            None if is_finite(value) else _first(member.operation, taken, before, [value])
        )
    results = [origins[i] for i in group.results]
    bad = [i for i in group.results if has_nan(values[i])] or list(group.results)
    for i in bad:
        if origins[i] is not None:
            return origins[i]  # type: ignore[return-value]
    return next((o for o in results if o), None) or _first(operation, inputs, sources, outputs)


def _folded(tensor: Tensor, value: Array) -> Origin:
    """Return where what is not finite in a value that is known before the run came from."""
    operation = tensor.op
    if isinstance(operation.op, Const):
        return origin(CONSTANT, operation, [value])
    inputs = [t.static_value() for t in operation.inputs]
    sources = [
        None if v is None or is_finite(v) else _folded(t, v)
        for t, v in zip(operation.inputs, inputs, strict=True)
    ]
    return _first(operation, inputs, sources, [value])


def guarded_store(
    mode: Any, served: Functions | None, optimised: bool, tier: Tier
) -> GuardedFunctions:
    """Return the store of a guarded session.

    Parameters
    ----------
    mode : str
        ``"raise"`` or ``"warn"``.
    served : Functions or None
        The store of the server that the session is for: it serves other sessions too.
    optimised, tier
        As of `Functions`.

    Raises
    ------
    ValueError
        If `mode` is another.
    NotImplementedError
        If the session is for a server.
    """
    if mode not in ("raise", "warn"):
        raise ValueError(f"nan_guard must be None, 'raise' or 'warn', not {mode!r}")
    if served is not None:
        raise NotImplementedError("nan_guard in a session with a target")
    return GuardedFunctions(optimised, tier, raises=mode == "raise")
