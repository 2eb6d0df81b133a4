"""Accumulation: products of matrices that are added up go straight into the sum."""

from __future__ import annotations

from collections import Counter

from flowgraph.graph.operation import Operation
from flowgraph.plan.fused import Accumulated, Fused, Member
from flowgraph.plan.plan import Plan, Slot, Step, sizes_of

DTYPES = ("float32", "float64")

_SUMS = ("Add", "AddV2", "AddN")

LEAST = 1 << 14
"""A sum of fewer elements is added in no time, and may belong to a loop's own C function."""


def accumulate(plan: Plan) -> Plan:
    """Let products on the host whose results are only added up add to the sum themselves.

    Each does so where it stands: the results need not all be kept until the sum is made. A sum of
    products alone starts as the first of them. Gradients of weights that are used again and again,
    as in a recurrent net, are such sums.
    """
    producers = {i: n for n, step in enumerate(plan.steps) for i in step.outputs}
    uses = Counter([*plan.fetches, *(i for step in plan.steps for i in step.inputs)])
    awaited = {o for step in plan.steps for o in step.after}.union(plan.targets)
    steps: list[Step | None] = list(plan.steps)
    for position, step in enumerate(plan.steps):
        summand = _sum(step, plan)
        if summand is None:
            continue
        found = sorted(
            producers[i] for i in step.inputs
            if uses[i] == 1 and i in producers
            and _is_product(plan.steps[producers[i]], awaited)
        )  # fmt: skip
        made = {i for n in found for i in plan.steps[n].outputs}
        others = [i for i in step.inputs if i not in made]
        if len(others) == 1 and found and producers.get(others[0], -1) < found[0]:
            total = others[0]
        elif not others and len(found) > 1:
            total = plan.steps[found.pop(0)].outputs[0]
        else:
            continue
        for n in found:
            is_last = n == found[-1]
            product = plan.steps[n]
            (out,) = step.outputs if is_last else product.outputs
            operation = step.operation if is_last else product.operation
            steps[n] = _accumulated(product, summand, total, out, operation, plan)
            total = out
        steps[position] = None
    return plan.with_steps(step for step in steps if step is not None)


def _sum(step: Step, plan: Plan) -> Member | None:
    """Return a step that only adds up values of one large shape, as a group's member."""
    op = step.op
    if type(op) is Fused and len(op.members) == 1:
        (member,) = op.members
    elif op.type in _SUMS and not step.is_read:
        dtype = step.operation.outputs[0].dtype
        member = Member(step.operation, op, "", tuple(range(len(step.inputs))), dtype)
    else:
        return None
    slots = [plan.slots[i] for i in (*step.inputs, *step.outputs)]
    if step.device or step.after or member.op.type not in _SUMS or len(step.inputs) < 2:
        return None
    return member if _are_alike(slots) else None


def _are_alike(slots: list[Slot]) -> bool:
    first = slots[0]
    if first.dtype.name not in DTYPES or (first.shape.num_elements() or 0) < LEAST:
        return False
    return all(slot.dtype is first.dtype and slot.shape == first.shape for slot in slots)


def _is_product(step: Step, awaited: set[Operation]) -> bool:
    return step.op.type == "MatMul" and not step.device and step.operation not in awaited


def _accumulated(
    product: Step, summand: Member, total: int, out: int, operation: Operation, plan: Plan
) -> Step:
    """Return a product's step with what it is added to as the first input."""
    dtype = plan.slots[out].dtype
    members = (
        Member(product.operation, product.op, "", (1, 2), dtype),
        summand._replace(inputs=(0, 3)),
    )
    op = Accumulated(members, 3, (4,), sizes_of(plan.slots[out]))
    return Step(operation, op, (total, *product.inputs), (out,), product.after)
