"""A bound plan: put the feeds in place, make the calls, copy out the fetches.

What could be settled before the first run was settled by `flowgraph.backends.binder`.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from flowgraph.backends.binder import Binder
from flowgraph.backends.calls import StepError, fetched, owned
from flowgraph.backends.native.library import Tier
from flowgraph.backends.native.steps import Natives
from flowgraph.graph.op import Resources
from flowgraph.plan.plan import Plan
from flowgraph.plan.transfer import given_on


def _binder(plan: Plan) -> type[Binder]:
    """Return what binds a plan. That for GPUs is loaded where there are any."""
    if not plan.gpus:
        return Binder
    binding = importlib.import_module("flowgraph.backends.cupy.binding")
    return binding.DeviceBinder  # type: ignore[no-any-return]


_NOWHERE: AbstractContextManager[None] = nullcontext()


class Bound:
    """A plan bound to kernels and memory. One run at a time; bind twice to run twice at once.

    Parameters
    ----------
    plan : Plan
    xp : module
    resources : Resources
    tier : Tier, optional
        When native kernels are used, if not as `resources` say.
    """

    __slots__ = (
        "__weakref__",
        "_arriving",
        "_calls",
        "_capture",
        "_copied",
        "_devices",
        "_fetches",
        "_home",
        "_modules",
        "_passed",
        "_plan_steps",
        "_scratch",
        "_steps",
        "_template",
        "_values",
        "reasons",
        "stale",
        "tiers",
    )

    def __init__(self, plan: Plan, xp: Any, resources: Resources, tier: Tier | None = None) -> None:
        self.stale = False
        tier = Tier.OFF if xp is not np else tier or resources.tier
        native = Natives(plan, tier, self, resources)
        binder = _binder(plan)(plan, xp, resources, native)
        self._calls = binder.calls
        self.tiers = binder.tiers
        """What each step of the plan runs on: a view made once, native code, NumPy into planned
        memory, or NumPy."""
        self.reasons = binder.reasons
        """Why each step on the host that computes is not native; empty where it is."""
        self._steps = binder.owners
        self._plan_steps = plan.steps
        self._values = binder.values
        self._template = list(binder.values)
        self._copied = binder.copied
        self._scratch = native.scratch  # calls hold addresses in it
        self._passed = [i for i in plan.feeds if i not in binder.fixed]
        self._fetches = [
            (i, i not in binder.fresh or i in plan.fetches[:n]) for n, i in enumerate(plan.fetches)
        ]
        self._devices = resources.devices
        self._modules = [
            resources.devices.module(device)
            for device in dict.fromkeys(step.device for step in plan.steps if step.device)
        ]
        self._arriving = None
        if plan.home:
            self._arriving = [not given_on(plan, i) for i in plan.feeds]
            self._home = resources.devices.module(plan.home)
        self._capture = binder.capture() if type(self) is Bound else None
        self.stale |= binder.provisional
        """Whether to bind again before the next run: a variable had no value yet, or the native
        kernels are there now."""

    def run(self, feeds: Sequence[Any], is_inner: bool = False) -> list[Any]:
        """Run once and return the fetched values, which belong to the caller.

        Scalars are returned as NumPy's scalars; as arrays of rank 0 if `is_inner`.

        Raises
        ------
        StepError
            If a step fails.
        """
        if not self._modules and self._arriving is None:
            return self._run(feeds, is_inner)
        with self.active():
            self.count()
            try:
                result = self._run(self.arrived(feeds), is_inner)
            except StepError as error:
                going = [module.settle() for module in self._modules]
                if all(going):
                    error.inputs = [self._devices.to_host(value) for value in error.inputs]
                raise
            if not is_inner:
                for module in self._modules:
                    module.synchronize()
            return result

    @property
    def is_warming(self) -> bool:
        """Whether a later run will capture the calls."""
        return self._capture is not None

    def count(self) -> None:
        """Count a run that begins; capture the calls if enough have been made."""
        if self._capture is not None and self._capture.is_due():
            self._calls, self._steps = self._capture.replayed()
            self._capture = None

    def explained(self) -> list[str]:
        """Return what is to be said of each step: why it is not native, or not captured."""
        if self._capture is None:
            return self.reasons
        with self.active():
            self._capture.replayed()
        told = self._capture.reasons
        steps = self._plan_steps
        return [told.get(id(s), r) for s, r in zip(steps, self.reasons, strict=True)]

    def active(self) -> AbstractContextManager[None]:
        """Return a context in which the GPU of the first step on one is current."""
        return self._modules[0].active() if self._modules else _NOWHERE

    def arrived(self, feeds: Sequence[Any]) -> Sequence[Any]:
        """Return the feeds of a body where its plan wants them."""
        if self._arriving is None:
            return feeds
        with self._home.active():
            pairs = zip(feeds, self._arriving, strict=True)
            return [self._home.moved(value, on_host) for value, on_host in pairs]

    def _run(self, feeds: Sequence[Any], is_inner: bool) -> list[Any]:
        values = self._values
        for i, place in self._copied:
            place[...] = feeds[i]
        for i in self._passed:
            values[i] = feeds[i]
        calls = iter(self._calls)
        try:
            try:
                for call in calls:
                    call()
            except Exception as error:
                step = self._steps[len(self._calls) - operator.length_hint(calls) - 1]
                raise StepError(step, error, [values[i] for i in step.inputs]) from error
            result = owned if is_inner else fetched
            return [result(values[i], shared) for i, shared in self._fetches]
        finally:
            values[:] = self._template
