"""Shapes and constants: what is known before a run is worked out before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowgraph.errors import OpError
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import as_array
from flowgraph.plan.plan import Plan, Slot, Step, sweep

LARGEST_CONSTANT = 10 << 20
"""Results larger than this many bytes are computed at each run, not kept."""


def fold(plan: Plan) -> Plan:
    """Infer every shape again from the feeds' shapes, and replace what is constant by its value.

    Once the feeds' shapes are known, so is most else: ``Shape`` ops, reduction
    axes and reshapes with -1 all become constants. A step that is dropped hands
    the dependencies it had to those that wait for it.
    """
    slots = list(plan.slots)
    kept: list[Step] = []
    inherited: dict[int, frozenset[Operation]] = {}  # by constant slot: what its step waited for
    dropped: dict[Operation, frozenset[Operation]] = {}
    ordered: dict[int, Operation] = {}  # by slot that comes after an effect: what computes it
    for step in plan.steps:
        after = step.after
        if after or inherited:
            after = frozenset().union(
                *(dropped.get(o, frozenset((o,))) for o in step.after),
                *(inherited[i] for i in step.inputs if i in inherited),
            )
        behind = {ordered[i] for i in step.inputs if i in ordered}
        if after != step.after:
            step = replace(step, after=after)
        specs = [slots[i] for i in step.inputs]
        sharpen(step, specs, slots)
        values = constant_results(step, specs, slots)
        known = {i: v for i, v in zip(step.outputs, values or (), strict=False) if v is not None}
        if step.operation in plan.targets and len(known) == len(step.outputs):
            known = {}
        if len(known) < len(step.outputs) or not step.outputs:
            for index in known:  # what is constant gets a slot of its own: this one is computed
                slots.append(slots[index])
            fresh = dict(zip(known, range(len(slots) - len(known), len(slots)), strict=True))
            step = replace(step, outputs=tuple(fresh.get(i, i) for i in step.outputs))
            kept.append(step)
            if behind or after or is_effect(step):
                ordered.update(dict.fromkeys(step.outputs, step.operation))
        else:
            dropped[step.operation] = after | behind
        # A shape is known before the effect that its tensor comes after: what takes it waits.
        for index, value in known.items():
            slots[index] = slots[index].with_value(value)
            if after or behind:
                inherited[index] = after | behind
    return sweep(replace(plan, slots=tuple(slots), steps=tuple(kept)))


def is_effect(step: Step) -> bool:
    """Whether a run can tell when a step is made: the draws of a random op are its own."""
    return step.op.is_stateful and bool(step.inputs) and not step.op.is_random


def sharpen(step: Step, specs: list[Slot], slots: list[Slot]) -> None:
    """Sharpen the shapes of a step's outputs."""
    has_value = type(step.op).static_shape is not Op.static_shape
    if not has_value and all(slots[i].shape.is_fully_defined() for i in step.outputs):
        return
    try:
        shapes = step.op.infer(*specs)
        merged = [
            slots[i].shape.merge_with(shape) for i, shape in zip(step.outputs, shapes, strict=True)
        ]
        partial = step.op.static_shape(*specs)
    except ValueError:
        return  # the step fails when it runs, and says why there
    for index, shape in zip(step.outputs, merged, strict=True):
        slots[index] = slots[index].with_shape(shape, partial)


def constant_results(step: Step, specs: list[Slot], slots: list[Slot]) -> tuple[Any, ...] | None:
    """Return a step's results, ``None`` for those that depend on the run."""
    op = step.op
    if op.is_stateful or not step.outputs:
        return None
    known = op.value_from_shapes(*specs)
    if known is not None and all(value is not None for value in known):
        return known
    if any(spec.value is None for spec in specs):
        return known
    # A result of unknown size is a choice among the inputs' elements.
    sizes = [slots[i].nbytes or 0 for i in step.outputs] + [spec.nbytes or 0 for spec in specs]
    if step.inputs and max(sizes) > LARGEST_CONSTANT:
        return None
    try:
        with np.errstate(all="ignore"):
            result = op.compute(np, *(spec.value for spec in specs))
    except (OpError, ValueError, TypeError, IndexError, MemoryError):
        return None  # the step fails when it runs, and says why there
    results = result if isinstance(result, tuple) else (result,)
    return tuple(as_array(value) for value in results)
