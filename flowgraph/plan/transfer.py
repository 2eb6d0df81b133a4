"""Copies between devices: only where a value is needed on another one, and once for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.plan.place import HOST, stays_on_host
from flowgraph.plan.plan import (
    Plan,
    Slot,
    Step,
    producers_of,
    ref_positions,
    variable_of,
)

ANYWHERE = "*"
"""Where a step takes an input that wants none to be moved."""


class ToHost(Op, abstract=True):
    """A copy in host memory of a value on the step's device."""

    signature = Signature("value: T -> copy: T")
    host_outputs = True

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.to_host(inputs[0])

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.to_host(inputs[0], out)


class ToDevice(Op, abstract=True):
    """A copy on the step's device of a value in host memory or on another device."""

    signature = Signature("value: T -> copy: T")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.to_device(inputs[0])

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.to_device(inputs[0], out)


def transfer(plan: Plan) -> Plan:
    """Insert a copy before the first step that needs a value on another device.

    Feeds come from the host and fetches go there, but for those of bodies: see `given_on`.
    """
    return _Transfer(plan).plan() if plan.gpus else plan


def given_on(plan: Plan, slot: int) -> str:
    """Return where the value of a feed or fetch lies for those who run the plan."""
    if not plan.home or stays_on_host(plan.slots[slot]):
        return HOST
    return plan.home


def taken_on(step: Step, position: int, slot: Slot) -> str:
    """Return where a step wants an input."""
    op = step.op
    if op.any_memory:
        return ANYWHERE
    if op.mixed_memory:
        return HOST if stays_on_host(slot) else step.device
    count = len(step.inputs)
    return HOST if any(position == i % count for i in op.host_inputs) else step.device


def made_on(step: Step, slot: Slot) -> str:
    """Return where a step leaves an output."""
    op = step.op
    if op.mixed_memory:
        return HOST if stays_on_host(slot) else step.device
    return HOST if op.host_outputs else step.device


def is_settled(step: Step, slots: Sequence[Slot]) -> bool:
    """Whether a step only copies a constant: that is done when the plan is bound."""
    return isinstance(step.op, ToDevice) and slots[step.inputs[0]].value is not None


class _Transfer:
    """The plan as it is rewritten."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._slots = list(plan.slots)
        self._first: list[Step] = []  # copies of feeds: the GPU can begin with the first of them
        self._steps: list[Step] = []
        self._producers = producers_of(plan)
        self._feeds = {i for i in plan.feeds if not plan.slots[i].dtype.is_ref_dtype}
        self._where = {i: given_on(plan, i) for i in plan.feeds}
        self._written: dict[Operation | int | None, int] = {}
        self._copies: dict[tuple[int, str, int], int] = {}

    def plan(self) -> Plan:
        """Return the plan with copies."""
        slots = self._plan.slots
        for step in self._plan.steps:
            references = ref_positions(step.op)
            inputs = tuple(
                [
                    slot
                    if position in references
                    else self._on(slot, taken_on(step, position, slots[slot]))
                    for position, slot in enumerate(step.inputs)
                ]
            )
            self._steps.append(step.taking(inputs, step.after))
            for slot in step.outputs:
                self._where[slot] = made_on(step, slots[slot])
            for position in step.op.writes():
                variable = variable_of(step.inputs[position], self._producers)
                self._written[variable] = self._written.get(variable, 0) + 1
        fetches = tuple([self._on(i, given_on(self._plan, i)) for i in self._plan.fetches])
        steps, made = (*self._first, *self._steps), tuple(self._slots)
        return replace(self._plan, slots=made, steps=steps, fetches=fetches)

    def _on(self, slot: int, device: str) -> int:
        """Return the slot that holds the value of `slot` on a device."""
        spec = self._plan.slots[slot]
        where = self._where.get(slot, HOST)  # a constant is on the host
        if device in (where, ANYWHERE) or spec.dtype.base_dtype.numpy.hasobject:
            return slot
        version = 0
        if spec.dtype.is_ref_dtype:  # a variable may have another value by now
            version = self._written.get(variable_of(slot, self._producers), 0)
        key = (slot, device, version)
        if key not in self._copies:
            self._copies[key] = len(self._slots)
            dtype = spec.dtype.base_dtype
            self._slots.append(Slot(spec.tensor, dtype, spec.shape, partial=spec.partial))
            op, runs_on = (ToDevice(), device) if device else (ToHost(), where)
            copy = Step(spec.tensor.op, op, (slot,), (self._copies[key],), device=runs_on)
            (self._first if slot in self._feeds else self._steps).append(copy)
        return self._copies[key]
