"""Products on a GPU that add a bias themselves, and clip as `Relu` does."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from flowgraph.plan.fused import Fused, Joined, Member
from flowgraph.plan.plan import Plan, Step, sizes_of

DTYPES = ("float32", "float16", "bfloat16")
"""The dtypes whose products can do more."""

_SUMS = ("BiasAdd", "Add", "AddV2")


class _Rest(NamedTuple):
    """What follows a product.

    Attributes
    ----------
    members : tuple of Member
        A sum and perhaps a `Relu`, as a group of two inputs.
    product, bias : int
        Slots.
    """

    members: tuple[Member, ...]
    product: int
    bias: int


def join(plan: Plan) -> Plan:
    """Join a product of matrices on a GPU with the bias and the `Relu` that alone take its result.

    The product runs where they stood. So nothing in between may wait for it or write a variable,
    of whose value the product might then need a copy.
    """
    if not plan.gpus:
        return plan
    producers = {i: n for n, step in enumerate(plan.steps) for i in step.outputs}
    uses = Counter([*plan.fetches, *(i for step in plan.steps for i in step.inputs)])
    steps = list(plan.steps)
    gone = set()
    for position, step in enumerate(plan.steps):
        for rest in _rests(step):
            start = producers.get(rest.product)
            if start is None or uses[rest.product] > 1:
                continue
            product = plan.steps[start]
            between = plan.steps[start + 1 : position]
            if _can_join(product, step, rest, plan) and not any(
                other.op.writes() or product.operation in other.after for other in between
            ):
                steps[position] = _joined(product, step, rest, plan)
                gone.add(start)
                break
    return plan.with_steps(step for n, step in enumerate(steps) if n not in gone)


def _rests(step: Step) -> list[_Rest]:
    """Return the ways in which a step can follow a product: either input may be the product."""
    if isinstance(step.op, Fused):
        members, results = step.op.members, step.op.results
    elif step.op.type in _SUMS and not step.is_read:
        dtype = step.operation.outputs[0].dtype
        members, results = (Member(step.operation, step.op, "", (0, 1), dtype),), (2,)
    else:
        return []
    first, *others = members
    is_clipped = [member.op.type for member in others] == ["Relu"] and others[0].inputs == (2,)
    is_sum = first.op.type in _SUMS and sorted(first.inputs) == [0, 1] and len(step.inputs) == 2
    if not (is_sum and (is_clipped or not others)) or results != (1 + len(members),):
        return []
    one, other = step.inputs
    return [_Rest(members, one, other), _Rest(members, other, one)]


def _can_join(product: Step, step: Step, rest: _Rest, plan: Plan) -> bool:
    """Whether a step is a product of matrices, to each row of which the rest adds the same."""
    if product.op.type != "MatMul" or not step.device or product.device != step.device:
        return False
    given = [plan.slots[i] for i in (rest.product, rest.bias, *product.inputs, *step.outputs)]
    made, bias = given[:2]
    if any(slot.dtype is not made.dtype or slot.nbytes is None for slot in given):
        return False
    columns = sizes_of(made)[-1:]
    is_row = sizes_of(bias) in (columns, (1, *columns))
    channels = getattr(rest.members[0].op, "data_format", "NHWC")  # of matrices the last axis
    return made.dtype.name in DTYPES and is_row and channels in ("NHWC", "NCHW")


def _joined(product: Step, step: Step, rest: _Rest, plan: Plan) -> Step:
    """Return one step for both. Its inputs are the factors and the bias."""
    (made,) = product.outputs
    first, *others = rest.members
    members = [
        Member(product.operation, product.op, "", (0, 1), plan.slots[made].dtype),
        first._replace(inputs=(3, 2)),
        *(member._replace(inputs=(4,)) for member in others),
    ]
    op = Joined(tuple(members), 3, (2 + len(members),), sizes_of(plan.slots[made]))
    after = (step.after | product.after) - {product.operation}
    inputs = (*product.inputs, rest.bias)
    return Step(step.operation, op, inputs, step.outputs, after, device=step.device)
