"""What must hold of every plan, checked after each pass in debug mode."""

from __future__ import annotations

from flowgraph.plan.plan import Plan


def verify(plan: Plan) -> Plan:
    """Return `plan` if it is consistent.

    Raises
    ------
    AssertionError
        Naming the step: a slot is read before it is filled or filled twice, a
        dependency comes later, or two values that are alive together share a buffer.
    """
    filled = set(plan.feeds) | {i for i, slot in enumerate(plan.slots) if slot.value is not None}
    done = set()
    present = {step.operation for step in plan.steps}
    for step in plan.steps:
        name = step.operation.name
        missing = [i for i in step.inputs if i not in filled]
        if missing:
            raise AssertionError(f"step {name} reads slot {missing[0]}, which nothing fills before")
        twice = [i for i in step.outputs if i in filled]
        if twice:
            raise AssertionError(f"step {name} fills slot {twice[0]} a second time")
        late = [o.name for o in step.after if o in present and o not in done]
        if late:
            raise AssertionError(f"step {name} must come after {late[0]}")
        filled.update(step.outputs)
        done.add(step.operation)
    for i in plan.fetches:
        if i not in filled:
            raise AssertionError(f"fetched slot {i} ({plan.slots[i].tensor.name}) is never filled")
    _verify_buffers(plan)
    return plan


def _verify_buffers(plan: Plan) -> None:
    base: dict[int, int] = {}  # by slot: the slot whose memory it may be a view of
    holder: dict[int | None, int] = {}  # by buffer: the slot that was written into it last
    holder.update((plan.slots[i].buffer, i) for i in plan.feeds)
    for step in plan.steps:
        roots = [base.get(i, i) for i in step.inputs]
        for slot, root in zip(step.inputs, roots, strict=True):
            buffer = plan.slots[root].buffer
            if buffer is not None and holder.get(buffer) != root:
                raise AssertionError(
                    f"step {step.operation.name} reads slot {slot}, whose buffer {buffer} was "
                    "written over"
                )
        if step.op.may_alias and roots and step.outputs:
            base.update(dict.fromkeys(step.outputs, roots[0]))
        for slot in step.outputs:
            buffer = plan.slots[slot].buffer
            for shown, root in zip(step.inputs, roots, strict=True):
                if buffer is not None and shown != root and plan.slots[root].buffer == buffer:
                    raise AssertionError(
                        f"step {step.operation.name} writes into buffer {buffer}, of which its "
                        f"input slot {shown} is a view"
                    )
            if buffer is not None:
                if plan.buffers[buffer] < (plan.slots[slot].nbytes or 0):
                    raise AssertionError(f"slot {slot} does not fit its buffer {buffer}")
                holder[buffer] = slot
    for slot in plan.fetches:
        root = base.get(slot, slot)
        buffer = plan.slots[root].buffer
        if buffer is not None and holder.get(buffer) != root:
            raise AssertionError(f"fetched slot {slot} is a view of buffer {buffer}, written over")
