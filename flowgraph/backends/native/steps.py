"""Native kernels for the steps of one plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowgraph.backends.native import random
from flowgraph.backends.native.call import Call, Place, Result, Scratch
from flowgraph.backends.native.groups import HOT, UNITS, Unit, heater
from flowgraph.backends.native.kernels import MAKERS, UNSIZED
from flowgraph.backends.native.library import LIBRARY, Tier, Waiting
from flowgraph.backends.native.packs import shared_factors
from flowgraph.errors import OpError
from flowgraph.graph.op import Resources
from flowgraph.ops.random import Random
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Slot, Step


class Natives:
    """What is compiled of a plan.

    Parameters
    ----------
    plan : Plan
    tier : Tier
    asks : Waiting
        Made stale when more is compiled.
    resources : Resources
        Where the streams of random numbers are.

    Attributes
    ----------
    scratch : Scratch
        To be kept as long as the calls.
    heat : callable or None
        To be called in each run, so that a hot plan's groups are compiled.
    """

    def __init__(self, plan: Plan, tier: Tier, asks: Waiting, resources: Resources) -> None:
        self.heat: Callable[[], None] | None = None
        self._tier = tier
        self._resources = resources
        self._library = LIBRARY.get(tier, asks)
        self.scratch = Scratch(frozenset() if self._library is None else shared_factors(plan))
        self._unit = Unit(plan) if self._library is not None else None
        self._groups = None
        if self._unit is not None and self._unit.text:
            self._groups = UNITS.get(self._unit.text, tier)
            if self._groups is None and UNITS.may_come(self._unit.text):
                self.heat = heater(self._unit.text, asks)

    def may_bind(self, step: Step) -> bool:
        """Whether there is a kernel for steps of this kind."""
        if type(step.op) is Fused:
            return self._groups is not None
        return self._library is not None and (
            step.op.type in MAKERS or step.op.type in random.MAKERS
        )

    def reason(self, step: Step) -> str:
        """Return why a step that is not native is not."""
        if self._library is None:
            return LIBRARY.state(self._tier)
        if type(step.op) is Fused:
            if self._unit is not None and UNITS.may_come(self._unit.text):
                return f"compiled after {HOT} runs"
            return "its code did not compile"
        if not self.may_bind(step):
            return "no native kernel"
        return "no native kernel for these types, sizes or attributes"

    def can_place(self, step: Step, slot: Slot) -> bool:
        """Whether the step's kernel can be told beforehand as much of a value as it has to be."""
        if slot.dtype.numpy.hasobject:
            return False
        is_known = slot.shape.sizes if step.op.type in UNSIZED else slot.nbytes
        return is_known is not None

    def bind(self, step: Step, inputs: Sequence[Place], outputs: Sequence[Result]) -> Call | None:
        """Return the call of a step's kernel; ``None`` if it is not made for these forms."""
        if self._unit is not None and self._groups is not None and type(step.op) is Fused:
            return self._unit.bind(self._groups, step, inputs, outputs)
        if self._library is None:
            return None
        op = step.op
        try:
            if isinstance(op, Random):
                stream = op.stream(step.operation, self._resources)
                return random.MAKERS[op.type](self._library, op, stream, inputs, outputs[0])
            return MAKERS[op.type](self._library, op, inputs, outputs, self.scratch)
        except OpError:  # the step raises it again when it runs, and is named there
            return None
