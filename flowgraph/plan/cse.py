"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from flowgraph.graph.operation import Operation
from flowgraph.plan.plan import Plan, Slot, Step, sweep


def cse(plan: Plan) -> Plan:
    """Merge steps of equal op, attributes, inputs and dependencies, and equal constants.

    Effects (random numbers, variables, printing) are never merged.
    """
    renamed: dict[int, int] = {}
    constants: dict[Any, int] = {}
    for index, slot in enumerate(plan.slots):
        if slot.value is not None:
            renamed[index] = constants.setdefault(_constant_key(slot), index)
    seen: dict[Any, Step] = {}
    merged: dict[Operation, Operation] = {}
    kept: list[Step] = []
    for step in plan.steps:
        after = frozenset([merged.get(o, o) for o in step.after]) if step.after else step.after
        step = step.taking(tuple([renamed.get(i, i) for i in step.inputs]), after)
        if step.op.is_stateful or not step.outputs or _touches_variable(step, plan):
            kept.append(step)
            continue
        key = (step.op.equivalence(), step.inputs, step.after, step.device)
        first = seen.setdefault(key, step)
        if first is step or step.operation in plan.targets:
            kept.append(step)
            continue
        renamed.update(zip(step.outputs, first.outputs, strict=True))
        merged[step.operation] = first.operation
    fetches = tuple(renamed.get(i, i) for i in plan.fetches)
    return sweep(replace(plan, steps=tuple(kept), fetches=fetches))


def _touches_variable(step: Step, plan: Plan) -> bool:
    """Whether a step reads a variable: two reads may lie on both sides of a write."""
    return any(plan.slots[i].dtype.is_ref_dtype for i in step.inputs)


def _constant_key(slot: Slot) -> tuple[Any, ...]:
    value: Any = slot.value
    if value.dtype == object:
        return (value.shape, repr(value.tolist()))
    digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).digest()
    return (slot.dtype.name, value.shape, digest)
