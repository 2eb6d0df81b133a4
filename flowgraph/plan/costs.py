"""What steps cost: operations, bytes read and bytes written, from their ops and shapes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.functional import If, While
from flowgraph.plan.flops import flops
from flowgraph.plan.fold import constant_results, sharpen
from flowgraph.plan.plan import Plan, Request, Slot, Step
from flowgraph.plan.prune import prune
from flowgraph.shapes import TensorShape

_LARGEST_SHAPE = 1 << 16
"""Values of more bytes are no shapes: they are not worked out to know other shapes."""


class Cost(NamedTuple):
    """What one use of an op costs.

    Attributes
    ----------
    flops : int or None
        Floating-point operations, as `flowgraph.plan.flops` counts them.
    read, written : int or None
        Bytes of the inputs and of the outputs. An output that may be a view of the input is
        neither written nor, if there is no other, is the input read. Strings and handles
        count as nothing.

    Notes
    -----
    ``None`` is a cost that depends on a dimension that is not known. A branch costs what its
    dearer side does, and a loop one turn: how many it takes, the run decides.
    """

    flops: int | None
    read: int | None
    written: int | None

    def __add__(self, other: object) -> Cost:
        if not isinstance(other, Cost):
            return NotImplemented
        return Cost(*(_plus(a, b) for a, b in zip(self, other, strict=True)))


FREE = Cost(0, 0, 0)


def cost(op: Op, inputs: Sequence[Spec], outputs: Sequence[Spec]) -> Cost:
    """Return what one use of an op costs.

    Parameters
    ----------
    op : Op
    inputs, outputs : sequence of Spec
        Tensors, or slots of a plan: what is known of their shapes.

    Examples
    --------
    >>> from flowgraph.plan.costs import cost
    >>> y = tf.nn.relu(tf.zeros([4, 5]))
    >>> cost(y.op.op, y.op.inputs, y.op.outputs)
    Cost(flops=20, read=80, written=80)
    """
    if isinstance(op, If | While):
        return _of_bodies(op, inputs)
    if op.may_alias:
        return Cost(flops(op, inputs, outputs), 0, 0)
    return Cost(flops(op, inputs, outputs), _bytes(inputs), _bytes(outputs))


def step_cost(plan: Plan, step: Step) -> Cost:
    """Return what a step of a plan costs."""
    return cost(step.op, plan.specs(step), [plan.slots[i] for i in step.outputs])


def total(plan: Plan) -> Cost:
    """Return what all steps of a plan cost."""
    return sum((step_cost(plan, step) for step in plan.steps), FREE)


def operation_costs(plan: Plan) -> dict[Operation, Cost]:
    """Return the costs by operation; a read of a fetched variable counts with the variable."""
    found: dict[Operation, Cost] = {}
    for step in plan.steps:
        found[step.operation] = found.get(step.operation, FREE) + step_cost(plan, step)
    return found


def with_shapes(plan: Plan, given: dict[Tensor, TensorShape], unknown: int | None = None) -> Plan:
    """Return a plan with every shape inferred again. No step is dropped or changed.

    Parameters
    ----------
    plan : Plan
    given : dict of Tensor to TensorShape
        What is known of some tensors, such as those that are fed.
    unknown : int, optional
        What a dimension is taken for that no operation infers, such as a batch's.

    Examples
    --------
    >>> from flowgraph.plan.costs import total, with_shapes
    >>> from flowgraph.plan.plan import Request
    >>> from flowgraph.plan.prune import prune
    >>> x = tf.placeholder(tf.float32, [None, 3])
    >>> y = tf.exp(x)
    >>> plan = prune(Request(y.graph, (y,), (), (x,)))
    >>> total(with_shapes(plan, {}, unknown=10)).flops
    30
    """
    slots = list(plan.slots)
    made = {index for step in plan.steps for index in step.outputs}
    for index, slot in enumerate(slots):
        if slot.tensor in given:
            slots[index] = slot.with_shape(given[slot.tensor], slot.partial)
        if index not in made:
            slots[index] = _completed(slots[index], unknown)
    for step in plan.steps:
        specs = [slots[i] for i in step.inputs]
        sharpen(step, specs, slots)
        if all((slots[i].nbytes or 0) <= _LARGEST_SHAPE for i in step.outputs):
            for index, value in zip(
                step.outputs, constant_results(step, specs, slots) or (), strict=False
            ):
                if value is not None:
                    slots[index] = slots[index].with_value(value)
        for index in step.outputs:
            slots[index] = _completed(slots[index], unknown)
    return replace(plan, slots=tuple(slots))


def _completed(slot: Slot, unknown: int | None) -> Slot:
    sizes = slot.shape.sizes
    if unknown is None or sizes is None or None not in sizes:
        return slot
    shape = TensorShape.of(tuple(unknown if n is None else n for n in sizes))
    return slot.with_shape(shape, slot.partial)


def _of_bodies(op: If | While, inputs: Sequence[Spec]) -> Cost:
    costs = []
    for _, graph, parameters, results in op.insides():
        # A branch takes all inputs but its condition, a loop all of them.
        given = dict(zip(parameters, inputs[len(inputs) - len(parameters) :], strict=True))
        plan = prune(Request(graph, tuple(results), (), tuple(parameters)))
        shapes = {tensor: spec.shape for tensor, spec in given.items()}
        costs.append(total(with_shapes(plan, shapes)))
    if isinstance(op, While):
        return sum(costs, FREE)
    return max(costs, key=lambda each: tuple(-1 if n is None else n for n in each))


def _bytes(specs: Iterable[Spec]) -> int | None:
    count: int | None = 0
    for spec in specs:
        count = _plus(count, _size(spec))
    return count


def _size(spec: Spec) -> int | None:
    """Return the bytes of a value; of what is an object of Python's, none."""
    if spec.dtype.base_dtype.numpy.kind == "O":
        return 0
    sizes = spec.shape.sizes
    if sizes is None or None in sizes:
        return None
    return math.prod(n for n in sizes if n is not None) * spec.dtype.base_dtype.size


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b
