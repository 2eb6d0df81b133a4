"""Restoring: what variables alone take from a checkpoint is read straight into their memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flowgraph.graph.operation import Operation
from flowgraph.ops.checkpointing import RestoreV2, StoredTensor
from flowgraph.ops.state import Assign, Cell, VariableV2
from flowgraph.plan.plan import Plan, Step

_HARMLESS = (Assign, RestoreV2, VariableV2)
"""What may happen between finding a tensor in a file and reading it: the file stays."""


class FindStored(RestoreV2, abstract=True):
    """A ``RestoreV2`` that also takes the variables its tensors are for, and changes none.

    A checkpoint that is damaged anywhere thus changes no variable. The value of a variable
    that has none is read. One that has a value would then be in memory twice: its new one
    is checked, and read into the variable's memory by others.
    """

    def references(self) -> frozenset[int]:
        return frozenset(range(3, 3 + len(self.dtypes)))

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return super().advice(operation, *inputs[:3])

    def compute(self, xp: Any, *inputs: Any) -> list[StoredTensor]:
        found = self.stored(*inputs[:3])
        for tensor, cell in zip(found, inputs[3:], strict=True):
            if cell.initialized:
                tensor.check()
            else:
                tensor.load()
        return found


class AssignStored(Assign, abstract=True):
    """An ``Assign`` of what `FindStored` found."""

    may_keep: ClassVar[int | None] = None

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, stored = inputs
        self.check(cell, stored.shape)
        value = stored.taken()
        if value is None:
            cell.fill(stored.shape, stored.read)
        else:
            cell.write(value, is_given=True)
        return cell  # type: ignore[no-any-return]


def restore(plan: Plan) -> Plan:
    """Let each ``Assign`` read what it alone takes from a checkpoint.

    Memory then holds no value twice.
    """
    if not any(isinstance(step.op, RestoreV2) for step in plan.steps):
        return plan
    variables = [s for s in plan.steps if isinstance(s.op, VariableV2) and not s.after]
    known = {*plan.feeds, *(slot for step in variables for slot in step.outputs)}
    first = {step.operation for step in variables}
    steps = (*variables, *(step for step in plan.steps if step.operation not in first))
    uses = Counter(slot for step in steps for slot in step.inputs)
    uses.update(plan.fetches)
    changed: dict[int, Step] = {}
    for start, step in enumerate(steps):
        takers = _takers(steps, start, uses) if isinstance(step.op, RestoreV2) else []
        cells = {value: cell for i in takers for cell, value in [steps[i].inputs]}
        if not takers or not known.issuperset(cells.values()):
            continue
        for i in takers:
            changed[i] = replace(steps[i], op=AssignStored(**steps[i].op.attributes()))
        inputs = (*step.inputs, *(cells[slot] for slot in step.outputs))
        changed[start] = replace(step, op=FindStored(**step.op.attributes()), inputs=inputs)
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
