"""The first pass: from a request to the plan of what it needs."""

from __future__ import annotations

from collections import defaultdict

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import Identity, Placeholder
from flowgraph.plan.plan import Plan, Request, Slot, Step, variable_of


def prune(request: Request) -> Plan:
    """Return the plan of the operations that the fetches and targets need.

    A fed tensor needs nothing. A fetched variable becomes a read of it, which waits for every
    write to the variable: in TensorFlow the fetch shares the variable's memory until the run has
    ended, so that ``session.run([train, w])`` gives what the step has made of ``w``.
    """
    fed = set(request.feeds)
    needed = _needed(request, fed)
    order = sorted(needed, key=lambda operation: operation._id)
    if not request.graph.is_ordered:
        order = _topological(order, needed)
    slots: list[Slot] = []
    index: dict[Tensor, int] = {}

    def slot_of(tensor: Tensor) -> int:
        if tensor not in index:
            # A variable's value may be fed; the reference itself only to a body's parameter.
            is_value = tensor in fed and not isinstance(tensor.op.op, Placeholder)
            dtype = tensor.dtype.base_dtype if is_value else tensor.dtype
            index[tensor] = len(slots)
            slots.append(Slot(tensor, dtype, tensor._shape))
        return index[tensor]

    feeds = tuple(slot_of(tensor) for tensor in request.feeds)
    steps: list[Step] = []
    for operation in order:
        outputs = []
        for tensor in operation._outputs:
            if tensor in fed:  # its other outputs are needed: this one goes to a slot of its own
                outputs.append(len(slots))
                slots.append(Slot(tensor, tensor.dtype, tensor._shape))
            else:
                outputs.append(slot_of(tensor))
        inputs = tuple(slot_of(tensor) for tensor in operation._inputs)
        after = frozenset(o for o in operation._control_inputs if o in needed)
        steps.append(Step(operation, operation.op, inputs, tuple(outputs), after))
    producers = {slot: step for step in steps for slot in step.outputs}
    writers = _writers(steps, producers)
    fetches = []
    for tensor in request.fetches:
        slot = slot_of(tensor)
        source = _reference_behind(tensor, fed)
        if source is not None:
            reference = slot_of(source)
            waits = writers[variable_of(reference, producers)]
            if waits or source is tensor:
                slot = len(slots)
                slots.append(Slot(tensor, tensor.dtype.base_dtype, tensor._shape))
                after = frozenset(waits)
                read = Step(tensor.op, Identity(), (reference,), (slot,), after, is_read=True)
                steps.append(read)
        fetches.append(slot)
    targets = frozenset(request.targets)
    return Plan(tuple(slots), tuple(steps), feeds, tuple(fetches), targets)


def _reference_behind(tensor: Tensor, fed: set[Tensor]) -> Tensor | None:
    """Return the reference to a variable whose value a tensor hands on, or None."""
    while tensor not in fed:
        if tensor.dtype.is_ref_dtype:
            return tensor
        if not isinstance(tensor.op.op, Identity):
            return None
        (tensor,) = tensor.op._inputs
    return None


def _writers(
    steps: list[Step], producers: dict[int, Step]
) -> dict[Operation | int | None, set[Operation]]:
    """Return for each variable the operations that write to it."""
    writers: dict[Operation | int | None, set[Operation]] = defaultdict(set)
    for step in steps:
        for index in step.op.writes():
            writers[variable_of(step.inputs[index], producers)].add(step.operation)
    return writers


def _needed(request: Request, fed: set[Tensor]) -> set[Operation]:
    stack = [tensor.op for tensor in request.fetches if tensor not in fed]
    stack += request.targets
    needed = set(stack)
    while stack:
        operation = stack.pop()
        for tensor in operation._inputs:
            if tensor not in fed and tensor.op not in needed:
                needed.add(tensor.op)
                stack.append(tensor.op)
        for other in operation._control_inputs:
            if other not in needed and not _is_given(other, fed):
                needed.add(other)
                stack.append(other)
    return needed


def _is_given(operation: Operation, fed: set[Tensor]) -> bool:
    """Whether nothing is left of an operation to wait for: a placeholder that is fed."""
    return isinstance(operation.op, Placeholder) and not fed.isdisjoint(operation._outputs)


def _topological(order: list[Operation], needed: set[Operation]) -> list[Operation]:
    """Order operations of a graph in which control inputs were added afterwards."""
    done: set[Operation] = set()
    result: list[Operation] = []
    for root in order:
        stack = [(root, False)]
        while stack:
            operation, expanded = stack.pop()
            if operation in done:
                continue
            if expanded:
                done.add(operation)
                result.append(operation)
                continue
            stack.append((operation, True))
            before = [t.op for t in operation._inputs] + list(operation._control_inputs)
            stack.extend((o, False) for o in before if o in needed and o not in done)
    return result
