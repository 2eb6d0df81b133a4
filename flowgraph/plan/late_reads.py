"""Reads that come after a write though nothing holds them back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from flowgraph.graph.operation import Operation
from flowgraph.ops.core import Identity
from flowgraph.plan.plan import Plan, Step, producers_of, variable_of


def read_late(plan: Plan, edges: list[list[int]]) -> Plan:
    """Read a variable again for the steps that depend on a write to it.

    ``w/read`` depends on nothing, so it is made before every write. In TensorFlow it hands on the
    variable's memory: a step that a dependency places after a write sees what was written, as in
    ``with tf.control_dependencies([train]): averages.apply([w])``. Such a step gets a read of its
    own here, which waits for those writes.

    Parameters
    ----------
    plan : Plan
    edges : list of list of int
        The successors of each step.
    """
    producers = producers_of(plan)
    variables = {
        step.outputs[0]: variable_of(step.inputs[0], producers)
        for step in plan.steps
        if _hands_on(step, plan)
    }
    if not variables:
        return plan
    late: dict[int, dict[int, set[Operation]]] = defaultdict(lambda: defaultdict(set))
    for position, step in enumerate(plan.steps):
        for index in step.op.writes_variable:
            written = variable_of(step.inputs[index], producers)
            if written not in variables.values():
                continue
            for i in successors(position, edges):
                for slot in plan.steps[i].inputs:
                    if written is not None and variables.get(slot) is written:
                        late[i][slot].add(step.operation)
    return _with_reads(plan, late, producers) if late else plan


def successors(position: int, edges: list[list[int]]) -> set[int]:
    """Return the steps that depend on a step, directly or not."""
    found: set[int] = set()
    stack = [position]
    while stack:
        for successor in edges[stack.pop()]:
            if successor not in found:
                found.add(successor)
                stack.append(successor)
    return found


def _hands_on(step: Step, plan: Plan) -> bool:
    return (
        type(step.op) is Identity
        and plan.slots[step.inputs[0]].dtype.is_ref_dtype
        and not step.after
        and not step.is_read
    )


def _with_reads(
    plan: Plan, late: dict[int, dict[int, set[Operation]]], producers: dict[int, Step]
) -> Plan:
    slots = list(plan.slots)
    steps: list[Step] = []
    again: dict[tuple[int, frozenset[Operation]], int] = {}
    for i, step in enumerate(plan.steps):
        renamed = {}
        for slot, writes in late.get(i, {}).items():
            key = (slot, frozenset(writes))
            if key not in again:
                again[key] = len(slots)
                slots.append(replace(slots[slot]))
                read = producers[slot]
                steps.append(replace(read, outputs=(again[key],), after=key[1], is_read=True))
            renamed[slot] = again[key]
        if renamed:
            step = replace(step, inputs=tuple(renamed.get(s, s) for s in step.inputs))
        steps.append(step)
    return replace(plan, slots=tuple(slots), steps=tuple(steps))
