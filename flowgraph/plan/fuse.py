"""Fusion: elementwise steps that need each other only become one step."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.plan.fused import Fused, Member
from flowgraph.plan.plan import Plan, Step, producers_of, sizes_of, variable_of

DTYPES = ("float32", "float64", "int32", "int64", "bool")
"""The dtypes that the emitter has types for on every device."""

HALVES = ("float16", "bfloat16")
"""Those that it has types for on a GPU only."""

MOST = 100
"""Members of a group: a longer chain is cut, since compiling it would take too long."""

LARGE = 1 << 14
"""A single step over so many elements is a group too: it runs on several threads."""


def fuse(plan: Plan) -> Plan:
    """Join elementwise steps of one shape where one takes the other's result.

    A group runs where its last member stood. So a step joins a group only as long as nobody else
    has asked for the group's results or waits for its members, and no variable that the group
    reads has been written.
    """
    grouping = _Grouping(plan)
    for step in plan.steps:
        grouping.place(step)
    used: dict[int, int] = {}
    for step in plan.steps:
        for slot in set(step.inputs):
            used[slot] = used.get(slot, 0) + 1
    steps = []
    for step in plan.steps:
        group = grouping.group_of.get(step.outputs[0] if step.outputs else -1)
        if group is None:
            steps.append(step)
        elif group.steps[-1] is step:
            steps.append(_fused(group.steps, plan, used) if group.is_worthwhile() else step)
    return plan.with_steps(steps) if grouping.group_of else plan


class _Group:
    """Steps over one shape, in order."""

    def __init__(self, sizes: tuple[int, ...], device: str) -> None:
        self.sizes = sizes
        self.device = device
        self.steps: list[Step] = []
        self.variables: set[Any] = set()
        self.is_open = True

    def is_worthwhile(self) -> bool:
        return len(self.steps) > 1 or math.prod(self.sizes) >= LARGE


class _Grouping:
    """The groups found so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.producers = producers_of(plan)
        self.group_of: dict[int, _Group] = {}  # by slot
        self.member_of: dict[Operation, _Group] = {}
        self.shown: dict[int, Any] = {}  # by slot that shows a variable's memory: the variable
        self.position = {id(step): n for n, step in enumerate(plan.steps)}

    def place(self, step: Step) -> None:
        """Put a step into a group, or close the groups that it asks for or that it disturbs."""
        self._follow_variables(step)
        sizes = _sizes(step, self.plan)
        joined = None if sizes is None else self._joined(step, sizes)
        asked = [self.group_of.get(slot) for slot in step.inputs]
        asked += [self.member_of.get(operation) for operation in step.after]
        for group in asked:
            if group is not None and group is not joined:
                group.is_open = False
        written = {variable_of(step.inputs[i], self.producers) for i in step.op.writes()}
        if written:
            for group in set(self.group_of.values()):
                if None in written or not written.isdisjoint(group.variables):
                    group.is_open = False
        if joined is not None:
            joined.steps.append(step)
            joined.variables.update(self.shown[i] for i in step.inputs if i in self.shown)
            self.group_of[step.outputs[0]] = self.member_of[step.operation] = joined

    def _joined(self, step: Step, sizes: tuple[int, ...]) -> _Group:
        """Return the group a step belongs to: those of its inputs, made one, or a new one."""
        found: list[_Group] = []
        for slot in step.inputs:
            group = self.group_of.get(slot)
            if group is None or not group.is_open or group in found:
                continue
            if group.sizes == sizes and group.device == step.device:
                found.append(group)
        if sum(len(group.steps) for group in found) >= MOST:
            for group in found:
                group.is_open = False
            found = []
        if not found:
            return _Group(sizes, step.device)
        first, *others = found
        for other in others:
            first.steps += other.steps
            first.variables |= other.variables
            for member in other.steps:
                self.group_of[member.outputs[0]] = self.member_of[member.operation] = first
        if others:
            first.steps.sort(key=lambda s: self.position[id(s)])
        return first

    def _follow_variables(self, step: Step) -> None:
        """Note which slots show a variable's own memory."""
        for slot in step.inputs:
            if self.plan.slots[slot].dtype.is_ref_dtype and slot not in self.shown:
                self.shown[slot] = variable_of(slot, self.producers)
        if step.op.may_alias and step.inputs and step.inputs[0] in self.shown:
            self.shown.update(dict.fromkeys(step.outputs, self.shown[step.inputs[0]]))


def _sizes(step: Step, plan: Plan) -> tuple[int, ...] | None:
    """Return the shape over which a step can be fused, or ``None``."""
    op = step.op
    if not op.has_scalar() or step.is_read:
        return None
    slots = [plan.slots[i] for i in (*step.inputs, *step.outputs)]
    out = slots[-1].shape.sizes
    if out is None or None in out or 0 in out:
        return None
    sizes = sizes_of(slots[-1])
    allowed = (*DTYPES, *HALVES) if step.device else DTYPES
    for slot in slots:
        if slot.dtype.name not in allowed:  # nor is a variable's reference
            return None
        given = slot.shape.sizes
        if given != out and not _is_broadcast(given, sizes):
            return None
    return None if op.scalar(*slots) is None else sizes


def _is_broadcast(given: tuple[int | None, ...] | None, sizes: tuple[int, ...]) -> bool:
    """Whether an input fits the shape: if not, its step fails, and says so, when it runs."""
    if given is None:
        return False
    pairs = zip(reversed(given), reversed(sizes), strict=False)
    return len(given) <= len(sizes) and all(m in (1, n) for m, n in pairs)


def _fused(steps: list[Step], plan: Plan, used: dict[int, int]) -> Step:
    """Return one step for several."""
    numbers: dict[int, int] = {}
    made = {slot for step in steps for slot in step.outputs}
    for step in steps:
        for slot in step.inputs:
            if slot not in made:
                numbers.setdefault(slot, len(numbers))
    count = len(numbers)
    inputs = tuple(numbers)
    uses = dict.fromkeys(made, 0)
    members = []
    for n, step in enumerate(steps):
        for slot in set(step.inputs) & made:
            uses[slot] += 1
        taken = tuple([numbers[slot] for slot in step.inputs])
        (out,) = step.outputs
        scalar = step.op.scalar(*[plan.slots[i] for i in (*step.inputs, out)]) or ""
        members.append(Member(step.operation, step.op, scalar, taken, plan.slots[out].dtype))
        numbers[out] = count + n
    fetched = set(plan.fetches)
    outputs = tuple(
        [
            slot
            for step in steps
            for slot in step.outputs
            if slot in fetched or used.get(slot, 0) > uses[slot] or not used.get(slot)
        ]
    )
    results = tuple([numbers[slot] for slot in outputs])
    op = Fused(tuple(members), count, results, sizes_of(plan.slots[outputs[0]]))
    after = frozenset().union(*(step.after for step in steps))
    after -= {s.operation for s in steps}
    return Step(steps[-1].operation, op, inputs, outputs, after, device=steps[0].device)
