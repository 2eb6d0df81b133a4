"""Executors: the cached plans of one request, bound and ready to run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.bound import Bound, StepError
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.core import Placeholder
from flowgraph.plan.passes import PASSES, PLAIN_PASSES, Pass, optimise, specialise
from flowgraph.plan.plan import Plan, Request
from flowgraph.plan.prune import prune
from flowgraph.runtime import failure, feeds
from flowgraph.runtime.store import Store

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
    """

    backend: Callable[[Plan, Any, Store], Bound] = Bound

    def __init__(self, request: Request, store: Store, optimised: bool = True) -> None:
        self.request = request
        self.store = store
        self.passes: Sequence[Pass] = PASSES if optimised else PLAIN_PASSES
        self.base = prune(request)
        self._check_fed()
        self._plans: OrderedDict[Any, _Variant] = OrderedDict()
        self._misses = 0

    def _check_fed(self) -> None:
        for step in self.base.steps:
            if isinstance(step.op, Placeholder):
                roots = (*self.request.fetches, *self.request.targets)
                path = failure.path_to(step.operation, roots)
                fed = [tensor.name for tensor in self.request.feeds]
                message = feeds.missing(step.operation.outputs[0], path, fed)
                raise InvalidArgumentError(None, step.operation, message)

    def run(self, values: Sequence[Any]) -> list[Any]:
        """Run with the values fed for the request's feeds; returns the fetches in its order."""
        with np.errstate(all="ignore"):
            if values:
                tensors = self.request.feeds
                arrays = [feeds.to_feed(t, v) for t, v in zip(tensors, values, strict=True)]
                key = tuple([array.shape for array in arrays])
            else:
                arrays, key = [], ()
            variant = self._plans.get(key) or self._variant(key)
            bound = self._take(variant)
            try:
                return bound.run(arrays)
            except StepError as error:
                raise failure.explained(error, self.request.fetches) from error.error
            finally:
                variant.pool.append(bound)

    def _take(self, variant: _Variant) -> Bound:
        """Return a bound plan that no other run is using."""
        if variant.epoch == self.store.epoch:
            try:
                bound = variant.pool.pop()
                if not bound.stale:
                    return bound
            except IndexError:
                pass
        else:
            variant.epoch = self.store.epoch
            variant.pool.clear()
        return self._bind(variant.plan)

    def _bind(self, plan: Plan) -> Bound:
        try:
            return self.backend(plan, np, self.store)
        except StepError as error:
            raise failure.explained(error, self.request.fetches) from error.error

    def plan(self, shapes: Sequence[tuple[int, ...]] | None, until: str | None = None) -> Plan:
        """Return the plan for feeds of the given shapes, or for any, up to a pass."""
        if until == "prune":
            return self.base
        plan = self.base if shapes is None else specialise(self.base, shapes)
        return optimise(plan, self.passes, until)

    def _variant(self, key: Any) -> _Variant:
        self._misses += 1
        if self._misses > _SHAPES_BEFORE_GIVING_UP:
            variant = self._plans.get(None) or _Variant(self.plan(None), self.store.epoch)
            self._plans[None] = variant
            return variant
        variant = _Variant(self.plan(key), self.store.epoch)
        self._plans[key] = variant
        while len(self._plans) > _SHAPES_KEPT:
            self._plans.popitem(last=False)
        return variant


class _Variant:
    """A specialised plan with its bound copies: one for each run at the same time."""

    __slots__ = ("epoch", "plan", "pool")

    def __init__(self, plan: Plan, epoch: int) -> None:
        self.plan = plan
        self.epoch = epoch
        self.pool: list[Bound] = []
