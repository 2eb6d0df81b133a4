"""Shapes and constants: what is known before a run is worked out before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowgraph.errors import OpError
from flowgraph.graph.operation import Operation
from flowgraph.plan.plan import Plan, Slot, Step, sweep
from flowgraph.shapes import TensorShape

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
    for step in plan.steps:
        after = frozenset().union(
            *(dropped.get(o, frozenset((o,))) for o in step.after),
            *(inherited[i] for i in step.inputs if i in inherited),
        )
        if after != step.after:
            step = replace(step, after=after)
        specs = [slots[i] for i in step.inputs]
        _infer(step, specs, slots)
        values = _constant(step, specs, slots)
        if values is None or step.operation in plan.targets:
            kept.append(step)
            continue
        for index, value in zip(step.outputs, values, strict=True):
            slots[index] = replace(slots[index], value=value, shape=TensorShape.of(value.shape))
            if after:
                inherited[index] = after
        dropped[step.operation] = after
    return sweep(replace(plan, slots=tuple(slots), steps=tuple(kept)))


def _infer(step: Step, specs: list[Slot], slots: list[Slot]) -> None:
    """Sharpen the shapes of a step's outputs."""
    if all(slots[i].shape.is_fully_defined() for i in step.outputs):
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
        slots[index] = replace(slots[index], shape=shape, partial=partial)


def _constant(step: Step, specs: list[Slot], slots: list[Slot]) -> tuple[Any, ...] | None:
    """Return a step's results if they do not depend on the run."""
    op = step.op
    if op.is_stateful or not step.outputs:
        return None
    known = op.value_from_shapes(*specs)
    if known is not None:
        return tuple(np.asarray(value) for value in known)
    if any(spec.value is None for spec in specs):
        return None
    sizes = [slots[i].nbytes for i in step.outputs]
    if step.inputs and any(n is None or n > LARGEST_CONSTANT for n in sizes):
        return None
    try:
        with np.errstate(all="ignore"):
            result = op.compute(np, *(spec.value for spec in specs))
    except (OpError, ValueError):
        return None  # the step fails when it runs, and says why there
    results = result if isinstance(result, tuple) else (result,)
    return tuple(np.asarray(value) for value in results)
