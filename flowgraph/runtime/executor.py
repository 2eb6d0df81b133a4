"""Executors: the cached plans of one request, bound and ready to run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from flowgraph.backends import turns
from flowgraph.backends.bound import Bound
from flowgraph.backends.calls import StepError
from flowgraph.backends.native.groups import Unit
from flowgraph.backends.native.library import Tier
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.core import Placeholder
from flowgraph.plan.passes import PASSES, PLAIN_PASSES, Pass, optimise, specialise
from flowgraph.plan.plan import Plan, Request, Slot, Step, ref_positions
from flowgraph.plan.prune import prune
from flowgraph.plan.text import text, text_with_costs
from flowgraph.runtime import failure, feeds, missing
from flowgraph.runtime.store import Store
from flowgraph.source import here

_SHAPES_KEPT = 16
_SHAPES_BEFORE_GIVING_UP = 64


class Executor:
    """Runs one request (fetches and feed keys) for any values of the feeds.

    A plan is specialised to the feeds' shapes at their first appearance and
    kept; a request that sees ever new shapes settles for one plan that fits all.

    Parameters
    ----------
    request : Request
    store : Store
        The session's variables and streams.
    optimised : bool
        False runs every operation as it stands.
    lends, carried : int
        See `Plan`.
    is_body : bool
        The request is for the graph inside an op: nobody asked the session for it.
    """

    backend: Callable[[Plan, Any, Store], Bound] = Bound

    def __init__(
        self,
        request: Request,
        store: Store,
        optimised: bool = True,
        lends: int = -1,
        carried: int = 0,
        is_body: bool = False,
    ) -> None:
        self.request = request
        self.store = store
        self.passes: Sequence[Pass] = PASSES if optimised else PLAIN_PASSES
        gpus = len(store.devices.gpus)
        self.base = replace(
            prune(request), lends=lends, carried=carried, gpus=gpus, home=store.home
        )
        self._check_fed()
        if not is_body:
            store.asked.append((request, here()))
        self._plans: OrderedDict[Any, Variant] = OrderedDict()
        self._misses = 0
        self._lock = threading.Lock()

    def _check_fed(self) -> None:
        for step in self.base.steps:
            if isinstance(step.op, Placeholder):
                message = missing.explained(step.operation, self.request)
                raise InvalidArgumentError(None, step.operation, message)
            for position in ref_positions(step.op):
                slot = self.base.slots[step.inputs[position]]
                if not slot.dtype.is_ref_dtype:
                    raise InvalidArgumentError(None, step.operation, _fed_reference(step, slot))

    def run(self, values: Sequence[Any]) -> list[Any]:
        """Run with the values fed for the request's feeds; returns the fetches in its order."""
        with np.errstate(all="ignore"):
            if not values:
                return self._run([], ())
            tensors = self.request.feeds
            arrays = [feeds.to_feed(t, v) for t, v in zip(tensors, values, strict=True)]
            return self._run(arrays, tuple([array.shape for array in arrays]))

    def _run(self, arrays: list[Any], key: Any) -> list[Any]:
        variant = self._plans.get(key) or self.variant(key)
        if len(self._plans) > 1:
            self._plans_used(key)
        epoch, bound = self._take(variant)
        try:
            return bound.run(arrays)
        except StepError as error:
            raise failure.explained(error, self.request, self.store) from error.error
        finally:
            variant.pool.append((epoch, bound))

    def _take(self, variant: Variant) -> tuple[int, Bound]:
        """Return a bound plan that no other run is using, and the epoch of its variables."""
        now = self.store.epoch
        try:
            while True:
                epoch, bound = variant.pool.pop()
                if epoch == now and not bound.stale:
                    return epoch, bound
        except IndexError:
            return now, self._bind(variant.plan)

    def _bind(self, plan: Plan) -> Bound:
        try:
            return self.backend(plan, np, self.store)
        except StepError as error:
            raise failure.explained(error, self.request, self.store) from error.error

    def plan(self, shapes: Sequence[tuple[int, ...]] | None, until: str | None = None) -> Plan:
        """Return the plan for feeds of the given shapes, or for any, up to a pass.

        Raises
        ------
        ValueError
            If there is no such pass.
        """
        stages = ["prune", *(step.__name__ for step in self.passes)]
        if until is not None and until not in stages:
            raise ValueError(
                f"stage must be one of {[*stages, 'bound', 'code', 'costs']}, not {until!r}"
            )
        if until == "prune":
            return self.base
        plan = self.base if shapes is None else specialise(self.base, shapes)
        return optimise(plan, self.passes, until)

    def explain(self, shapes: Sequence[tuple[int, ...]], stage: str | None) -> str:
        """Return the plan as text; at ``"bound"`` with tiers, at ``"costs"`` with costs.

        At ``"code"`` it is the C of its groups and loops.
        """
        if stage == "costs":
            return text_with_costs(self.plan(shapes))
        if stage == "code":
            plan = self.plan(shapes)
            parts = [Unit(plan).text, *(code for code, _ in turns.explained(plan).values())]
            return "\n".join(part for part in parts if part)
        if stage != "bound":
            return text(self.plan(shapes, stage))
        plan = self.plan(shapes)
        bound = self._bind(plan)
        reasons = list(bound.explained())
        if self.store.tier is not Tier.OFF:
            for position, (_, told) in turns.explained(plan).items():
                reasons[position] = told
        return text(plan, bound.tiers, reasons)

    def variant(self, key: Any) -> Variant:
        """Return the plan for feeds of given shapes."""
        with self._lock:
            variant = self._plans.get(key)
            if variant is not None:  # another thread was faster
                return variant
            self._misses += 1
            if self._misses > _SHAPES_BEFORE_GIVING_UP:
                return self._plans.get(None) or self._plans.setdefault(
                    None, Variant(self.plan(None))
                )
            variant = self._plans[key] = Variant(self.plan(key))
            while len(self._plans) > _SHAPES_KEPT:
                self._plans.popitem(last=False)
            return variant

    def _plans_used(self, key: Any) -> None:
        """Note that a plan was used, so that the one unused for longest is dropped first."""
        with suppress(KeyError):  # another thread has just dropped it
            self._plans.move_to_end(key)


def _fed_reference(step: Step, slot: Slot) -> str:
    """Say that an operation cannot write to a variable whose value is fed."""
    operation, dtype = step.operation, failure.enum_name(slot.dtype.name)
    position = [tensor.name for tensor in operation.inputs].index(slot.tensor.name)
    return (
        f"Input {position} of node {operation.name} was passed {dtype} from "
        f"_arg_{slot.tensor.op.name}_0_0:0 incompatible with expected {dtype}_ref.\n"
        f"\t {failure.node(operation)}\n"
        f"  {slot.tensor.name} is fed in this run: its value can be read, not changed"
    )


class Variant:
    """A specialised plan with its bound copies: one for each run at the same time."""

    __slots__ = ("plan", "pool")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.pool: list[tuple[int, Bound]] = []
