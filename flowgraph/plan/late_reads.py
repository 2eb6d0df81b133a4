"""Reads that come after a write though nothing holds them back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from flowgraph.graph.operation import Operation
from flowgraph.ops.core import Identity
from flowgraph.plan.plan import Plan, Step, producers_of, sweep, variable_of


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
    readers = _readers(plan)
    if not readers:
        return plan
    variables = {slot: variable_of(step.inputs[0], producers) for slot, step in readers.items()}
    late: dict[int, dict[int, set[Operation]]] = defaultdict(lambda: defaultdict(set))
    for position, step in enumerate(plan.steps):
        for index in step.op.writes():
            written = variable_of(step.inputs[index], producers)
            if written not in variables.values():
                continue
            after = successors(position, edges)
            seen = {plan.steps[i].outputs for i in after}  # a reader among these reads late enough
            for i in after:
                for slot in plan.steps[i].inputs:
                    if (
                        written is not None
                        and variables.get(slot) == written
                        and readers[slot].outputs not in seen
                    ):
                        late[i][slot].add(step.operation)
    return _with_reads(plan, late, readers) if late else plan


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


def _readers(plan: Plan) -> dict[int, Step]:
    """Return for each slot that hands a variable's value on the step that reads the variable.

    It waits for what the identities on the way wait for.
    """
    readers: dict[int, Step] = {}
    for step in plan.steps:
        if isinstance(step.op, Identity) and not step.is_read:
            (source,) = step.inputs
            read = readers.get(source)
            if read is not None:
                readers[step.outputs[0]] = replace(read, after=read.after | step.after)
            elif plan.slots[source].dtype.is_ref_dtype and not step.after:
                readers[step.outputs[0]] = step
    return readers


def _with_reads(
    plan: Plan, late: dict[int, dict[int, set[Operation]]], readers: dict[int, Step]
) -> Plan:
    slots = list(plan.slots)
    steps: list[Step] = []
    again: dict[tuple[int, frozenset[Operation]], int] = {}
    for i, step in enumerate(plan.steps):
        renamed = {}
        for slot, writes in late.get(i, {}).items():
            read = readers[slot]
            key = (read.outputs[0], read.after.union(writes))
            if key not in again:
                again[key] = len(slots)
                slots.append(replace(slots[slot]))
                steps.append(replace(read, outputs=(again[key],), after=key[1], is_read=True))
            renamed[slot] = again[key]
        if renamed:
            step = replace(step, inputs=tuple(renamed.get(s, s) for s in step.inputs))
        steps.append(step)
    return sweep(replace(plan, slots=tuple(slots), steps=tuple(steps)))
