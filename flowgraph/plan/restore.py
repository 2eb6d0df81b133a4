"""Restoring: what variables alone take from a checkpoint is read straight into their memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flowgraph.dtypes import Array
from flowgraph.ops.checkpointing import RestoreV2, StoredTensor
from flowgraph.ops.state import Assign, Cell, VariableV2
from flowgraph.plan.plan import Plan, Step

_HARMLESS = (Assign, RestoreV2, VariableV2)
"""What may happen between finding a tensor in a file and reading it: the file stays."""


class FindStored(RestoreV2, abstract=True):
    """A ``RestoreV2`` that checks the whole of each tensor, and leaves the reading to others.

    A checkpoint that is damaged anywhere thus changes no variable.
    """

    def compute(self, xp: Any, *inputs: Array) -> list[StoredTensor]:
        found = self.stored(*inputs)
        for tensor in found:
            tensor.check()
        return found


class AssignStored(Assign, abstract=True):
    """An ``Assign`` of what `FindStored` found."""

    may_keep: ClassVar[int | None] = None

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, stored = inputs
        self.check(cell, stored.shape)
        cell.fill(stored.shape, stored.read)
        return cell  # type: ignore[no-any-return]


def restore(plan: Plan) -> Plan:
    """Let each ``Assign`` read what it alone takes from a checkpoint.

    Memory then holds no value twice.
    """
    steps = plan.steps
    if not any(isinstance(step.op, RestoreV2) for step in steps):
        return plan
    uses = Counter(slot for step in steps for slot in step.inputs)
    uses.update(plan.fetches)
    changed: dict[int, Step] = {}
    for start, step in enumerate(steps):
        takers = _takers(steps, start, uses) if isinstance(step.op, RestoreV2) else []
        for position in takers:
            op = AssignStored(**steps[position].op.attributes())
            changed[position] = replace(steps[position], op=op)
        if takers:
            changed[start] = replace(step, op=FindStored(**step.op.attributes()))
    return plan.with_steps(changed.get(i, step) for i, step in enumerate(steps))


def _takers(steps: Sequence[Step], start: int, uses: Counter[int]) -> list[int]:
    """Return the positions of the assignments that take what a step restores, and all of it."""
    left, takers = set(steps[start].outputs), []
    for position in range(start + 1, len(steps)):
        step = steps[position]
        taken = left.intersection(step.inputs)
        if taken:
            if not isinstance(step.op, Assign) or step.device or uses[step.inputs[1]] > 1:
                return []
            takers.append(position)
            left -= taken
            if not left:
                return takers
        elif step.op.is_stateful and not isinstance(step.op, _HARMLESS):
            return []
    return []
